// What the network said, and what its answer is made of.

import { element } from "./fields.js";

const MOST_BARS = 10;

export function number(value) {
  return value && Math.abs(value) < 5e-4 ? value.toExponential(2) : value.toFixed(4);
}

// A table with a bar in each row; signed ones go to both sides of the middle.
function bars(caption, pairs, signed = false) {
  const most = signed ? Math.max(...pairs.map(([, value]) => Math.abs(value)), 1e-12) : 1;
  const rows = pairs.map(([name, value]) => {
    const bar = element("span", { className: value < 0 ? "against" : "for" });
    const width = (Math.abs(value) / most) * (signed ? 50 : 100);
    bar.style.width = `${width}%`;
    bar.style.left = signed ? `${value < 0 ? 50 - width : 50}%` : "0";
    const track = element("div", { className: "track" }, bar);
    track.setAttribute("aria-hidden", "true");
    return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, track), element("td", { className: "number" }, number(value)));
  });
  return element("table", { className: signed ? "bars signed" : "bars" }, element("caption", {}, caption), element("tbody", {}, ...rows));
}

function figures(caption, pairs) {
  const rows = pairs.map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", { className: "number" }, number(value))));
  return element("table", { className: "bars" }, element("caption", {}, caption), element("tbody", {}, ...rows));
}

// `explain` is called with the class whose explanation is asked for.
export function showPrediction(answer, model, explain) {
  const shown = element("div", {});
  const said = answer.label ?? answer.transcript ?? answer.caption;
  if (said !== undefined) shown.append(element("p", { className: "said" }, element("strong", {}, said || "(nothing)")));
  if (answer.probabilities) {
    const pairs = Object.entries(answer.probabilities).sort((one, other) => other[1] - one[1]);
    const many = pairs.length > MOST_BARS ? `, the first ${MOST_BARS} of ${pairs.length}` : "";
    shown.append(bars(`Probabilities${many}`, pairs.slice(0, MOST_BARS)));
  }
  for (const key of ["score", "value"]) if (key in answer) shown.append(numbersOf(key, answer[key], model));
  if (answer.picture_bytes) {
    shown.append(element("img", { src: `data:image/png;base64,${answer.picture_bytes.b64}`, alt: "the picture that the network drew" }));
  }
  const there = (wanted) => Object.keys(answer.presence).filter((name) => answer.presence[name] === wanted).join(", ");
  const absent = there(false) ? ` Absent: ${there(false)}.` : "";
  shown.append(element("p", { className: "note", id: "seen" }, `Seen: ${there(true)}.${absent}`));
  if (model.classes.length > 1) shown.append(targets(model.classes, said, explain));
  return shown;
}

// One number, several, or several with names.
function numbersOf(key, value, model) {
  if (value === null) return element("p", {}, `No ${key}: something is missing.`);
  if (key === "score" && typeof value === "number" && model.task === "ranking") return bars("Probability", [[key, value]]);
  return figures("Answer", typeof value === "number" ? [[key, value]] : Object.entries(value));
}

function targets(classes, said, explain) {
  const chosen = element("select", { id: "target" }, ...classes.map((one) => new Option(one, one, one === said, one === said)));
  chosen.addEventListener("change", () => explain(chosen.value));
  return element("p", {}, element("label", { htmlFor: "target" }, "Explain "), chosen);
}

// The maps come drawn, as HTML that the server made and escaped.
function drawn(html, wide = false) {
  const whole = element("div", { className: wide ? "wide" : "" });
  whole.innerHTML = html;
  return whole;
}

export function showExplanation(found) {
  const shown = [];
  if (found.shares) {
    const caption = `Exact Shapley values of ${found.target}: from ${number(found.shares.without_any)} with every modality absent to ${number(found.answer)}.`;
    shown.push(element("h2", {}, "What each modality contributed"), bars(caption, Object.entries(found.shares.values), true));
  }
  for (const one of found.modalities) {
    const rows = one.parts.map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", { className: "number" }, number(value))));
    const table = element("table", { className: "bars" }, element("tbody", {}, ...rows));
    const section = drawn(one.html, true);
    section.append(element("details", {}, element("summary", {}, `The strongest parts of ${one.name} as numbers`), table));
    shown.push(section);
  }
  if (found.attention) shown.push(drawn(found.attention, true));
  shown.push(element("p", { className: "note" }, found.note));
  return shown;
}
