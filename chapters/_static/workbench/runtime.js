// Python for a page. This is the only file that knows how Python gets into the browser, so that
// another build of Python can take its place. `course_site/workbench/` writes what it downloads.

export const LIMITS = {
  seconds: 60, // of one run
  characters: 200_000, // of the text that one run prints
  memory: 2 ** 30, // bytes; the module has this limit in itself
};

const NO_CONNECTION =
  "Python could not be downloaded. Check the connection to the internet, and try again.";
const STORE = "training-neural-networks-python"; // in the browser's Cache Storage

// Rejects what was running when the reader pressed Stop.
export class Stopped extends Error {
  constructor() {
    super("Your code was stopped.");
    this.name = "Stopped";
  }
}

// Returns how many bytes a first visit downloads, and whether the browser has stored all of them;
// or null where the site has no Python.
export async function describe(base) {
  try {
    const { files } = await manifest(folder(base));
    const stored = await Promise.all(files.map((file) => isStored(file, base)));
    return {
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      isStored: stored.every(Boolean),
    };
  } catch {
    return null;
  }
}

// Returns "", or a sentence that says why Python cannot run here and what to do.
export function obstacle() {
  if (location.protocol === "file:") {
    return (
      "Python runs on this page only if the page comes from a web server: open the course's " +
      "website, or work in JupyterLab with the student kit."
    );
  }
  const isMissing = [
    typeof WebAssembly !== "object" || !WebAssembly.compileStreaming,
    typeof DecompressionStream !== "function",
    !hasWasmExceptions(),
  ].some(Boolean);
  return isMissing
    ? "This browser is too old to run Python on the page: update it, or work in JupyterLab."
    : "";
}

// The smallest module with the newest part of WebAssembly that Python needs: `try_table`. All
// browsers that have it also start workers from modules.
function hasWasmExceptions() {
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  const type = [1, 4, 1, 96, 0, 0];
  const code = [3, 2, 1, 0, 10, 8, 1, 6, 0, 31, 64, 0, 11, 11];
  try {
    return WebAssembly.validate(new Uint8Array([...header, ...type, ...code]));
  } catch {
    return false;
  }
}

// Returns the address of a folder as a whole, with a slash at its end.
function folder(base) {
  return new URL(`${base}`.replace(/\/?$/, "/"), document.baseURI).href;
}

// A new version of a file has a new address, in the store and for every cache on the way.
function addressOf({ name, sha256 }, base) {
  return new URL(`${name}?${sha256}`, folder(base)).href;
}

async function manifest(base) {
  return (await get(new URL("manifest.json", base), { cache: "no-cache" })).json();
}

async function get(address, options) {
  const answer = await fetch(address, options).catch(() => null);
  if (!answer?.ok) throw new Error(NO_CONNECTION);
  return answer;
}

async function isStored(file, base) {
  try {
    return Boolean(await caches.match(addressOf(file, base), { cacheName: STORE }));
  } catch {
    return false; // as below
  }
}

// Returns the browser's store, or null where it is forbidden or the address is not secure.
async function openStore() {
  try {
    return await caches.open(STORE);
  } catch {
    return null;
  }
}

async function download(address, signal, onBytes) {
  const answer = await get(address, { signal });
  const chunks = [];
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    onBytes(part.value.length);
  }
  return new Blob(chunks);
}

// Tells whether a download is the file that the manifest names.
async function isWhole(blob, { bytes, sha256 }) {
  if (blob.size !== bytes) return false;
  if (!globalThis.crypto?.subtle) return true; // The address is not secure.
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  const text = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  return text.join("") === sha256;
}

// Returns the files of Python as blobs by their names, from the store if they are there.
async function fetchFiles(base, signal, onProgress) {
  const { files } = await manifest(base);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const store = await openStore();
  const blobs = {};
  let received = 0;
  const addresses = new Set();
  const add = (bytes) => onProgress?.((received += bytes), total);
  for (const file of files) {
    const address = addressOf(file, base);
    addresses.add(address);
    const stored = await store?.match(address);
    blobs[file.name] = (await stored?.blob()) ?? (await download(address, signal, add));
    if (stored) {
      add(file.bytes);
    } else if (await isWhole(blobs[file.name], file)) {
      await store?.put(address, new Response(blobs[file.name])).catch(() => {}); // It is full.
    } else {
      throw new Error("The download of Python was damaged on its way: try again.");
    }
  }
  for (const { url } of (await store?.keys()) ?? []) {
    if (url.startsWith(base) && !addresses.has(url)) await store.delete(url); // of an older course
  }
  return blobs;
}

function newWorker() {
  return new Worker(new URL("worker.js", import.meta.url), { type: "module" });
}

export class Runtime {
  #base;
  #keeper = null; // a worker that only keeps the compiled module and the library for the next one
  #files = {}; // what the page has written; a new worker gets it, too
  #worker = null;
  #loading = null;
  #aborter = null;
  #current = null; // the request that is being answered
  #last = Promise.resolve(); // settles when the last request of the queue is answered
  #stops = 0;

  // `base` is the address of the folder with manifest.json. Nothing starts yet.
  constructor(base) {
    this.#base = folder(base);
  }

  get isLoaded() {
    return this.#worker !== null && this.#loading === null;
  }

  // Downloads Python unless the browser has it, and starts it. Calls onProgress(received, total).
  load(onProgress) {
    if (this.isLoaded) return Promise.resolve();
    if (!this.#loading) {
      const loading = this.#start(onProgress).finally(() => {
        if (this.#loading === loading) this.#loading = null;
      });
      this.#loading = loading;
    }
    return this.#loading;
  }

  // Writes files into Python's current folder: {name: string or Uint8Array}. A name may have
  // folders in it, as in "demos/show/style.py".
  write(files) {
    const added = {};
    for (const [name, content] of Object.entries(files)) {
      const isText = typeof content === "string";
      added[name] = isText ? new TextEncoder().encode(content) : content;
    }
    Object.assign(this.#files, added);
    return this.#inTurn(() => this.isLoaded && this.#request("write", { files: added }));
  }

  // Runs a cell. Returns {ok, outputs: [{kind: "text" | "error" | "svg", content}]}, and calls
  // onOutput(text) for what it prints meanwhile. Names last until a reset, or until Python ends
  // because of the cell: it took too long or too much memory, or it crashed.
  run(source, onOutput) {
    return this.#inTurn(async () => {
      await this.load();
      const { outputs } = await this.#request("run", { source }, onOutput);
      return { ok: outputs.every(({ kind }) => kind !== "error"), outputs };
    });
  }

  // Returns the value of a Python expression that JSON can hold; an error in it is thrown.
  call(expression) {
    return this.#inTurn(async () => {
      await this.load();
      const { outputs } = await this.#request("call", { expression });
      const error = outputs.find(({ kind }) => kind === "error");
      if (error) throw new Error(error.content);
      return JSON.parse(outputs.find(({ kind }) => kind === "value").content);
    });
  }

  // Forgets all names, and keeps Python.
  reset() {
    return this.#inTurn(() => this.isLoaded && this.#request("reset"));
  }

  // Ends Python at once; what was running or waiting is rejected with `Stopped`.
  stop() {
    this.#stops++;
    this.#aborter?.abort();
    this.#current?.reject(new Stopped());
    this.#loading = null;
    this.#end();
  }

  // Does something after everything that was asked for before.
  #inTurn(action) {
    const stops = this.#stops;
    const turn = this.#last.then(() => {
      if (stops !== this.#stops) throw new Stopped();
      return action();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #start(onProgress) {
    this.#aborter = new AbortController();
    const { signal } = this.#aborter;
    if (!this.#keeper) {
      const files = await fetchFiles(this.#base, signal, onProgress).catch((error) => {
        throw signal.aborted ? new Stopped() : error;
      });
      if (signal.aborted) throw new Stopped();
      this.#keeper = newWorker();
      const parts = { module: files["python.wasm.gz"], library: files["library.zip.gz"] };
      this.#keeper.postMessage({ action: "keep", ...parts });
    }
    // The module goes from worker to worker, because the page's policy lets no module into the page.
    const { port1, port2 } = new MessageChannel();
    this.#keeper.postMessage({ action: "give", port: port1 }, [port1]);
    this.#worker = newWorker();
    const { outputs } = await this.#request("start", { port: port2 }, null, [port2]);
    const error = outputs.find(({ kind }) => kind === "error");
    if (error) {
      this.#keeper.terminate();
      this.#keeper = null;
      throw new Error(error.content);
    }
    if (Object.keys(this.#files).length) await this.#request("write", { files: this.#files });
  }

  // Sends the worker a request, and returns its answer: {outputs}.
  #request(action, values = {}, onOutput = null, ports = []) {
    const worker = this.#worker;
    const current = {};
    let text = "";
    return new Promise((resolve, reject) => {
      const died = (sentence, outputs = text ? [{ kind: "text", content: text }] : []) => {
        this.#end();
        resolve({ outputs: [...outputs, { kind: "error", content: sentence }] });
      };
      current.reject = reject;
      this.#current = current;
      worker.onerror = (event) => died(`Python ended unexpectedly: ${event.message ?? "no reason"}`);
      worker.onmessage = ({ data }) => {
        if (data.done) {
          if (data.died) died(data.died, data.outputs);
          else resolve({ outputs: this.#freed(data.outputs) });
        } else {
          text += data.text;
          onOutput?.(data.text);
        }
      };
      const tooLong =
        `The code was ended because it ran longer than ${LIMITS.seconds} seconds. ` +
        "Does a loop in it never end?";
      const isTimed = action === "run" || action === "call"; // A slow phone may take long to start.
      if (isTimed) current.timer = setTimeout(died, 1000 * LIMITS.seconds, tooLong);
      worker.postMessage({ action, most: LIMITS.characters, ...values }, ports);
    }).finally(() => {
      clearTimeout(current.timer);
      if (this.#current === current) this.#current = null;
    });
  }

  // Ends Python if the code has filled its memory, because Python cannot give it back.
  #freed(outputs) {
    if (!outputs.some(({ kind }) => kind === "memory")) return outputs;
    this.#end();
    return outputs.map((part) => (part.kind === "memory" ? { ...part, kind: "error" } : part));
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
