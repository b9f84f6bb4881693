// One fieldset for each modality: a switch, and what a person fills it in with.

import { asPicture, asWav, record } from "./media.js";

const OF_FILES = { picture: "image/*", sound: "audio/*", frames: "image/*" };
const SHOWN_FRAMES = 8;

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// `parts` are what is sent of the modality, `fill` takes what the server's example has for it.
export function makeField(described, mostBytes, tell) {
  const { name, kind, control, hint } = described;
  const make = control in OF_FILES ? fileControl : textControl;
  const inner = make(described, mostBytes, tell);
  const used = element("input", { type: "checkbox", checked: true, id: `use-${name}` });
  const whole = element(
    "fieldset", {},
    element("legend", {}, `${name} `, element("span", { className: "kind" }, kind === name ? "" : kind)),
    element("label", { className: "switch", htmlFor: used.id }, used, `use ${name}`),
    element("div", { className: "control" }, inner.element, element("p", { className: "hint", id: `hint-${name}` }, hint)),
  );
  used.addEventListener("change", () => whole.classList.toggle("off", !used.checked));
  return { name, element: whole, parts: () => (used.checked ? inner.parts() : []), fill: inner.fill };
}

function textControl({ name, control, suggestions }) {
  const long = ["text", "lines", "rows"].includes(control);
  const input = element(long ? "textarea" : "input", {
    id: `value-${name}`, className: control, ...(long ? { rows: 4 } : { type: "text" }),
  });
  input.setAttribute("aria-label", name);
  input.setAttribute("aria-describedby", `hint-${name}`);
  const whole = element("div", {}, input);
  if (suggestions.length) {
    whole.append(element("datalist", { id: `known-${name}` }, ...suggestions.map((one) => new Option(one))));
    input.setAttribute("list", `known-${name}`);
  }
  if (control === "rows") whole.append(tableFile(name, input));
  return {
    element: whole,
    parts: () => (input.value.trim() ? [input.value] : []),
    fill: (value) => { input.value = value; },
  };
}

// Rows of numbers may come from a file; it is read here, and can be looked at.
function tableFile(name, input) {
  const chosen = element("input", { type: "file", accept: ".csv,.txt,.tsv", id: `table-${name}` });
  chosen.addEventListener("change", async () => {
    if (chosen.files.length) input.value = await chosen.files[0].text();
  });
  return element("p", { className: "hint" }, element("label", { htmlFor: chosen.id }, "or the numbers of a file "), chosen);
}

function fileControl({ name, control }, mostBytes, tell) {
  let files = [];
  const several = control === "frames";
  const chosen = element("input", { type: "file", id: `value-${name}`, accept: OF_FILES[control], multiple: several });
  chosen.setAttribute("aria-describedby", `hint-${name}`);
  const what = { picture: "picture", sound: "sound file", frames: "GIF or pictures" }[control];
  const drop = element("div", { className: "drop" }, element("label", { htmlFor: chosen.id }, `Drop a ${what} here, or choose`), chosen);
  const preview = element("div", { className: "preview" });

  async function take(given) {
    tell("");
    if (given.reduce((sum, one) => sum + one.size, 0) > mostBytes) {
      tell(`${name} is too large: the files of a record may have ${Math.round(mostBytes / 2 ** 20)} MB in all.`);
      return;
    }
    files = await Promise.all(given.map(control === "sound" ? asWav : asPicture));
    show();
  }

  function show() {
    for (const one of preview.querySelectorAll("[src]")) URL.revokeObjectURL(one.src);
    const shown = files.slice(0, SHOWN_FRAMES).map((file, place) => {
      const src = URL.createObjectURL(file);
      const told = `${name}${several ? `, frame ${place + 1}` : ""}`;
      return control === "sound" ? element("audio", { src, controls: true, ariaLabel: told }) : element("img", { src, alt: told });
    });
    if (files.length > SHOWN_FRAMES) shown.push(`and ${files.length - SHOWN_FRAMES} more`);
    if (files.length) shown.push(element("button", { type: "button", onclick: remove, ariaLabel: `Remove ${name}` }, "Remove"));
    preview.replaceChildren(...shown);
  }

  function remove() {
    chosen.value = "";
    files = [];
    show();
    chosen.dispatchEvent(new Event("input", { bubbles: true }));
    chosen.focus();
  }

  chosen.addEventListener("change", () => take([...chosen.files]));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
    });
  }
  drop.addEventListener("drop", async (event) => {
    const dropped = [...event.dataTransfer.files];
    await take(several ? dropped : dropped.slice(0, 1));
    chosen.dispatchEvent(new Event("input", { bubbles: true }));
  });

  const whole = element("div", {}, drop);
  if (control === "sound") whole.append(recorder(name, take, tell, chosen));
  whole.append(preview);
  return {
    element: whole,
    parts: () => files,
    fill: async (sent) => {
      chosen.value = "";
      files = sent.map((one, place) => new File([Uint8Array.from(atob(one.b64), (c) => c.charCodeAt(0))], `${name}-${place + 1}`));
      show();
    },
  };
}

function recorder(name, take, tell, chosen) {
  const button = element("button", { type: "button", id: `record-${name}` }, "Record");
  let stop = null;
  button.addEventListener("click", async () => {
    if (stop) {
      const sound = await stop();
      stop = null;
      button.textContent = "Record";
      await take([sound]);
      chosen.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    try {
      stop = await record();
      button.textContent = "Stop recording";
    } catch {
      tell("There is no microphone, or the browser may not use it.");
    }
  });
  return element("p", { className: "buttons" }, button);
}
