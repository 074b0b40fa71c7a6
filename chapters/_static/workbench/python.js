// Runs the cells of a page in Python, one request after the other, always from a clean start.

import { describe, obstacle, Runtime } from "./runtime.js";

const BASE = new URL("./runtime/", import.meta.url).href;
const runtime = new Runtime(BASE);

let files = null; // what the notebook reads, until Python has it
let folder = null;

// Says which files of a folder Python gets once it is loaded.
export function useFiles(address, names) {
  folder = address;
  files = names;
}

// Returns a sentence that says why Python cannot run here and what to do, or what `describe` returns.
export async function look() {
  const sentence = obstacle();
  if (sentence) return { sentence };
  const found = await describe(BASE);
  if (found) return found;
  return { sentence: "This copy of the book has no Python: work in JupyterLab with the kit." };
}

// Whether Python runs, and has the names of the last run.
export function isLoaded() {
  return runtime.isLoaded;
}

// Loads Python unless it is there, and forgets all names of earlier runs.
export async function begin(onProgress) {
  await runtime.load(onProgress);
  if (files) {
    const contents = await Promise.all(files.map((name) => fetchFile(new URL(name, folder))));
    await runtime.write(Object.fromEntries(files.map((name, i) => [name, contents[i]])));
    files = null; // The runtime gives them to a new worker, too.
  }
  await runtime.reset();
}

export function run(source, onOutput) {
  return runtime.run(source, onOutput);
}

// Returns what `check` of the course says about a function of the reader's.
export function advice(name) {
  return runtime.call(`__import__("practice").message(${name})`);
}

export function stop() {
  runtime.stop();
}

async function fetchFile(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} could not be loaded: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}
