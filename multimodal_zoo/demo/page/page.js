// The page: which network, its form, and asking it.

import { showExplanation, showPrediction } from "./answer.js";
import { makeField } from "./fields.js";

const at = (id) => document.getElementById(id);
let offer, model, fields = [], examples = 0, asked = 0;

// Ask the server; what it refuses is an Error with its words.
async function ask(path, query, form) {
  let response, said;
  try {
    const options = form ? { method: "POST", body: form } : {};
    response = await fetch(`${path}?${new URLSearchParams(query)}`, options);
    said = await response.json();
  } catch {
    throw new Error("The demo does not answer. Is it still running in its terminal?");
  }
  if (!response.ok) throw new Error(said.error);
  return said;
}

function showError(message) {
  at("error").textContent = message;
  at("error").hidden = !message;
}

function title({ network, model: name }) {
  return name.includes(network) ? name : `${network} (${name})`;
}

// An answer belongs to one record: when that changes, it goes.
function clearAnswer(status = "Fill in a record, or take the example, and ask.") {
  asked += 1;
  at("ask").disabled = false;
  at("status").textContent = status;
  at("prediction").replaceChildren();
  at("explanation").replaceChildren();
  showError("");
}

function chooseModel(name) {
  model = offer.models.find((one) => one.model === name);
  const data = model.data ? ` Trained on: ${model.data}.` : "";
  const missing = model.may_miss ? "Any modality may be left out." : "It needs all of its modalities.";
  at("about").textContent = `${model.description}${data} ${missing}`;
  at("explaining").hidden = !model.is_explained;
  fields = model.modalities.map((one) => makeField(one, offer.most_bytes, showError));
  at("modalities").replaceChildren(...fields.map((one) => one.element));
  examples = 0;
  at("told").textContent = "";
  clearAnswer();
}

async function fillInExample() {
  clearAnswer("Fetching an example…");
  try {
    const found = await ask("example", { model: model.model, number: examples });
    examples += 1;
    for (const field of fields) await field.fill(found.values[field.name]);
    at("told").textContent = found.told;
    clearAnswer("An example is filled in.");
  } catch (error) {
    clearAnswer("");
    showError(error.message);
  }
}

// What is in use goes to the server; a modality that is switched off, or empty, is absent.
function record() {
  const form = new FormData();
  for (const field of fields) for (const part of field.parts()) form.append(field.name, part);
  return form;
}

async function askNetwork(target = "") {
  const kept = target ? [...at("prediction").childNodes] : [];
  clearAnswer(target ? `Explaining ${target}…` : "Asking the network…");
  at("prediction").replaceChildren(...kept);
  const mine = asked;
  at("ask").disabled = true;
  try {
    if (!target) {
      const answer = await ask("predict", { model: model.model }, record());
      if (mine !== asked) return;
      at("prediction").replaceChildren(showPrediction(answer, model, askNetwork));
    }
    if (model.is_explained && (target || at("explain").checked)) {
      at("status").textContent = "Answered. Explaining takes some seconds…";
      const found = await ask("explain", { model: model.model, target }, record());
      if (mine !== asked) return;
      at("explanation").replaceChildren(...showExplanation(found));
    }
    at("status").textContent = "Answered.";
  } catch (error) {
    if (mine !== asked) return;
    at("status").textContent = "";
    showError(error.message);
  }
  at("ask").disabled = false;
}

at("record").addEventListener("submit", (event) => {
  event.preventDefault();
  askNetwork();
});
at("model").addEventListener("change", (event) => chooseModel(event.target.value));
at("modalities").addEventListener("input", () => clearAnswer());
at("example").addEventListener("click", fillInExample);
at("clear").addEventListener("click", () => chooseModel(model.model));

try {
  offer = await ask("models", {});
  at("note").textContent = offer.note;
  at("model").replaceChildren(...offer.models.map((one) => new Option(title(one), one.model)));
  chooseModel(offer.models[0].model);
} catch (error) {
  showError(error.message);
}
