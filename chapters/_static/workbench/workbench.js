// Workbenches: cells of a page become editors, and Python in the browser runs them.
// `start.js` loads this module when the reader presses a button for the first time.

import { showOutputs } from "./outputs.js";
import * as python from "./python.js";
import { pointsOf, Tasks } from "./tasks.js";
import { Work } from "./work.js";

const bar = document.querySelector(".workbench-bar");
const { key, files, practice } = bar.dataset;
const address = new URL(bar.dataset.notebook, location.href);
const KEYS_LINE = "Ctrl+Enter runs the cell. Tab indents; Escape, then Tab leaves the editor.";

const frames = new Map(); // the elements of the cells that can be changed, by id
const editors = new Map(); // of the cells that are open: promises, by id
const hintsGiven = new Map();
for (const frame of document.querySelectorAll("[data-cell]")) {
  frames.set(frame.dataset.cell, frame);
}

const sheet = document.createElement("link");
Object.assign(sheet, { rel: "stylesheet", href: new URL("./workbench.css", import.meta.url).href });
document.head.append(sheet);

const notebook = await fetchJson(address);
const work = new Work(notebook, key);
const tasks = new Tasks(notebook);
const names = files.split(" ").filter(Boolean);
python.useFiles(address, names);
const way = await python.look();
let running = null; // the id of the cell that runs
let isReady = Boolean(way.isStored); // whether this browser has Python already
let queue = Promise.resolve();
addEventListener("storage", (event) => event.key === key && showElsewhere());

async function fetchJson(where) {
  const answer = await fetch(where);
  if (!answer.ok) throw new Error(`${where} could not be loaded: ${answer.status}`);
  return answer.json();
}

function say(sentence) {
  bar.querySelector(".workbench-says").textContent = sentence;
  bar.hidden = false; // That of a chapter is hidden.
}

// The cells

// Shows again what an earlier visit has left.
export async function restore() {
  await Promise.all(work.changed.filter((id) => frames.has(id)).map(open));
  showPoints();
}

function isCode(frame) {
  return frame.querySelector(".cell_input") !== null;
}

// Turns a cell into an editor, or a written answer into a text field.
async function open(id) {
  const frame = frames.get(id);
  if (!frame) throw new Error(`This page has no cell ${id} that can be changed here.`);
  if (!editors.has(id)) {
    editors.set(id, isCode(frame) ? makeEditor(id, frame) : makeField(id, frame));
    await editors.get(id);
    showButtons(id);
  }
  return editors.get(id);
}

async function makeEditor(id, frame) {
  const { createEditor } = await import("./editor.js");
  const parent = document.createElement("div");
  parent.className = "workbench-editor";
  frame.prepend(parent);
  const editor = createEditor({
    parent,
    source: work.source(id),
    label: `${frame.getAttribute("aria-label")}: ${id.replaceAll("-", " ")}`,
    onChange: (text) => keep(id, text),
    onRun: () => run(id),
  });
  frame.classList.add("is-open");
  return editor;
}

async function makeField(id, frame) {
  const field = document.createElement("textarea");
  field.className = "workbench-field";
  frame.prepend(field);
  field.setAttribute("aria-label", `Your answer: ${id.replaceAll("-", " ")}`);
  field.rows = 8;
  field.value = work.source(id);
  field.addEventListener("input", () => keep(id, field.value));
  frame.classList.add("is-open");
  return {
    focus: () => field.focus(),
    get source() {
      return field.value;
    },
    set source(text) {
      field.value = text;
      keep(id, text);
    },
  };
}

function keep(id, text) {
  const isKept = work.write(id, text);
  if (!isKept) say("This browser keeps nothing: download your notebook before you leave the page.");
  showPoints();
}

// The buttons

function showButtons(id) {
  const row = frames.get(id).querySelector(".cell-buttons");
  const actions = ["reset"];
  if (isCode(frames.get(id))) {
    const task = tasks.get(id);
    actions.unshift(...(way.sentence ? [] : task ? ["run", "check"] : ["run"]));
    if (task && practice) actions.splice(-1, 0, "hint");
    actions.push("stop");
  }
  row.replaceChildren(...actions.map((name) => makeButton(name)));
  if (isCode(frames.get(id))) {
    const line = document.createElement("span");
    line.className = "workbench-keys";
    line.textContent = way.sentence || KEYS_LINE;
    row.append(line);
  }
  showStates();
}

function makeButton(name) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.do = name;
  button.textContent = name[0].toUpperCase() + name.slice(1);
  return button;
}

// Says on the buttons what they would download, and which of them wait.
function showStates() {
  const size = ` — loads Python once, ${megabytes(way.bytes)} MB`;
  for (const button of document.querySelectorAll(".cell-buttons button")) {
    const id = button.closest("[data-cell]").dataset.cell;
    const { do: name } = button.dataset;
    if (name === "run") button.textContent = `Run${isReady ? "" : size}`;
    if (name === "stop") button.hidden = running !== id;
    else if (name !== "hint") button.setAttribute("aria-disabled", running !== null);
  }
}

function megabytes(bytes) {
  return Math.round(bytes / 1e6);
}

// Does what a button says.
export async function act(button) {
  const id = button.closest("[data-cell]")?.dataset.cell;
  const actions = { write, run, check, hint, reset, stop, download, upload, clear };
  const { do: name } = button.dataset;
  const mayWait = ["run", "check", "reset", "upload", "clear"].includes(name);
  if (running === null || !mayWait) await actions[name](id);
}

async function write(id) {
  const editor = await open(id);
  editor.focus();
}

function reset(id) {
  const isChanged = work.source(id) !== work.released(id);
  if (isChanged && !confirm("Put this cell back as it was, and lose what you wrote in it?")) return;
  return putBack(id);
}

async function putBack(id) {
  await fill(id, work.released(id));
  frames.get(id).querySelector(".workbench-output")?.remove();
  frames.get(id).classList.remove("has-run");
}

// The next hint of the task; it needs no Python.
async function hint(id) {
  const { name } = tasks.get(id);
  const hints = (await fetchJson(new URL("hints.json", address)))[name] ?? [];
  const number = Math.min((hintsGiven.get(id) ?? 0) + 1, hints.length);
  hintsGiven.set(id, number);
  const more = number < hints.length ? "Ask again for the next one" : "That was the last one";
  const text = hints.length
    ? `Hint ${number} of ${hints.length}: ${hints[number - 1]}\n${more}; hints cost no points.`
    : `There are no hints for ${name}.`;
  showOutputs(output(id), [{ kind: "says", content: text }]);
}

function stop() {
  python.stop();
}

// Running

// The place for what a cell gives, below its buttons.
function output(id) {
  const frame = frames.get(id);
  const place = frame.querySelector(".workbench-output") ?? document.createElement("div");
  place.className = "workbench-output";
  place.setAttribute("role", "status");
  frame.append(place);
  return place;
}

// Runs a task when the one before has ended; meanwhile, the cell has a button to stop it.
function inTurn(id, task) {
  const turn = queue.then(async () => {
    running = id;
    showStates();
    try {
      return await task();
    } finally {
      running = null;
      showStates();
    }
  });
  queue = turn.catch(() => {});
  return turn;
}

// Runs the setup, all answers above and this cell. Returns {ok, outputs}.
async function runCells(id) {
  const place = output(id);
  const problem = await prepare(id, place);
  if (problem) return problem;
  let printed = "";
  const show = (text) => showOutputs(place, [{ kind: "text", content: (printed += text) }]);
  return python.run(work.source(id), show);
}

// Starts Python with what a cell needs. Returns the result of a cell above that ends Python.
async function prepare(id, place) {
  await python.begin((received, total) => showProgress(place, received, total));
  isReady = true;
  place.replaceChildren();
  for (const above of tasks.before(id, work.changed)) {
    const result = await python.run(work.source(above));
    if (!result.ok && !python.isLoaded()) {
      const where = { kind: "error", content: `The cell ${above} above did not end:` };
      return { ok: false, outputs: [where, ...result.outputs] };
    }
  }
  return null;
}

function showProgress(place, received, total) {
  let progress = place.querySelector("progress");
  if (!progress) {
    progress = document.createElement("progress");
    progress.setAttribute("aria-label", "Loading Python");
    const line = document.createElement("p");
    line.textContent = `Loading Python, ${megabytes(total)} MB. This happens once.`;
    place.replaceChildren(line, progress);
  }
  progress.max = total;
  progress.value = received;
}

// Returns a failure of the runtime itself as the result of a run.
function failure(error) {
  return { ok: false, outputs: [{ kind: "error", content: error.message }] };
}

// Runs a cell with all that it needs, and shows what it gives: {ok, outputs}.
export async function run(id) {
  await open(id);
  if (way.sentence) throw new Error(way.sentence);
  return inTurn(id, async () => {
    const result = await runCells(id).catch(failure);
    if (!result.ok) result.outputs.push(...(await answerFor(id)));
    const done = result.outputs.length ? result.outputs : [{ kind: "says", content: "Done." }];
    showOutputs(output(id), done);
    frames.get(id).classList.add("has-run");
    return result;
  });
}

// A cell to try that fails never comes to its last line, `check(f)`: returns what that would say.
async function answerFor(id) {
  const [, name] = work.source(id).match(/(?:^|\n)check\((\w+)\)\s*$/) ?? [];
  if (!name || !practice || !python.isLoaded()) return [];
  const said = await python.advice(name).catch(() => "");
  return said ? [{ kind: "says", content: said }] : [];
}

// Runs an answer and its visible checks: {passed, points, of, message}.
export async function check(id) {
  const task = tasks.get(id);
  if (!task) throw new Error(`${id} is not the answer of a task.`);
  await open(id);
  if (way.sentence) throw new Error(way.sentence);
  return inTurn(id, async () => {
    const verdict = await tryChecks(task).catch((error) => ({
      failures: failure(error).outputs,
      points: 0,
      advice: "",
    }));
    const { failures, points, advice, claim } = verdict;
    const of = pointsOf(task);
    work.setPoints(id, points);
    showPoints();
    showOutputs(output(id), [
      { kind: failures.length ? "lost" : "passed", content: headline(points, of, failures, claim) },
      ...failures,
      ...(advice ? [{ kind: "says", content: advice }] : []),
    ]);
    const message = [...failures.map(({ content }) => content), advice].filter(Boolean).join("\n");
    return { passed: failures.length === 0, points, of, message };
  });
}

// Runs an answer, then each visible check; then asks the course what it has to say.
async function tryChecks(task) {
  const { id, name, checks } = task;
  const own = await runCells(id);
  if (!own.ok) return { failures: errors(own), points: 0, advice: "" };
  const failures = [];
  let points = 0;
  let claim = ""; // of the first check that fails
  for (const one of checks) {
    if (!python.isLoaded()) await runCells(id); // The check before ended Python.
    const result = await python.run(one.source);
    if (result.ok) points += one.points;
    else if (!failures.length) {
      failures.push(...errors(result));
      claim = one.claim;
    }
  }
  const advice = python.isLoaded() && practice ? await python.advice(name).catch(() => "") : "";
  return { failures, points, advice, claim };
}

function errors({ outputs }) {
  return outputs.filter(({ kind }) => kind === "error");
}

function headline(points, of, failures, claim) {
  const share = `${points} of ${of} point${of === 1 ? "" : "s"}`;
  if (!failures.length) return `${share}: the visible checks pass.`;
  return claim ? `${share}. This check fails: ${claim}` : `${share}.`;
}

function showPoints() {
  const line = bar.querySelector(".workbench-points");
  if (!line) return; // A chapter has no points.
  const text = `Visible checks: ${work.points} of ${bar.dataset.points} points.`;
  if (line.textContent !== text) line.textContent = text;
}

// The notebook

// Puts a text into a cell, as if the reader had written it.
export async function fill(id, source) {
  (await open(id)).source = source;
}

function download() {
  const link = document.createElement("a");
  const file = new Blob([work.toNotebook()], { type: "application/x-ipynb+json" });
  link.href = URL.createObjectURL(file);
  link.download = decodeURIComponent(address.pathname.split("/").pop());
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function upload() {
  const chooser = document.createElement("input");
  Object.assign(chooser, { type: "file", accept: ".ipynb,application/x-ipynb+json" });
  chooser.addEventListener("change", async () => {
    try {
      const cells = work.fromNotebook(await chooser.files[0].text(), (id) => frames.has(id));
      const question = "Replace what you wrote on this page by what is in the notebook?";
      if (work.changed.length && !confirm(question)) return;
      for (const [id, text] of cells) {
        if (text !== work.source(id) || editors.has(id)) await fill(id, text);
      }
      say(`${chooser.files[0].name} is open: its answers are in the cells below.`);
    } catch (error) {
      say(error.message);
    }
  });
  chooser.click();
}

async function clear() {
  if (!confirm("Forget everything that you wrote on this page?")) return;
  await Promise.all([...editors.keys()].map(putBack));
  work.forget();
  hintsGiven.clear();
  showPoints();
  say("What you wrote on this page is forgotten.");
}

// Another tab has changed the work.
async function showElsewhere() {
  work.load();
  for (const id of new Set([...editors.keys(), ...work.changed])) {
    if (frames.has(id)) await fill(id, work.source(id));
  }
  showPoints();
}
