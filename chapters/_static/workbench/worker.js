// Runs Python in a worker, so that the page stays usable and can end it at any time. `runtime.js`
// starts it, sends `start` first, and then one request after the other. Each is answered by
// `{done}`, after any number of `{text}` for what was printed meanwhile. Another worker of this
// kind runs no Python: it gets `keep`, and `give` for each worker that starts.

import {
  ConsoleStdout,
  Directory,
  File,
  OpenFile,
  PreopenDirectory,
  WASI,
  WASIProcExit,
} from "./shim/index.js";

const LIBRARY = "/usr/local/lib/python315.zip";
const ENVIRONMENT = ["HOME=/tmp", "TMPDIR=/tmp", "MPLCONFIGDIR=/tmp", "NO_COLOR=1"];

let python = null; // the exports of the running module
let home = null; // the files in Python's current folder
let kept = null; // in the worker that keeps them: the module and the library, as a promise
let output = null; // collects what the current request gives

// What the request printed and drew, in order. Text beyond the limit is left out.
class Output {
  constructor(most) {
    this.parts = [];
    this.rest = most;
    this.decoder = new TextDecoder();
  }

  write(bytes) {
    let text = this.decoder.decode(bytes, { stream: true });
    if (this.rest < 0 || !text) return;
    this.rest -= text.length;
    if (this.rest < 0) text = `${text.slice(0, this.rest)}\n… The rest of the output is left out.\n`;
    if (this.parts.at(-1)?.kind === "text") this.parts.at(-1).content += text;
    else this.parts.push({ kind: "text", content: text });
    postMessage({ text });
  }

  receive(bytes) {
    this.parts.push(JSON.parse(new TextDecoder().decode(bytes)));
  }
}

// A file such as /dev/null, which keeps nothing of what is written into it.
class Device extends File {
  constructor(write) {
    super([]);
    this.write = write;
  }

  path_open() {
    return { ret: 0, fd_obj: new ConsoleStdout(this.write) };
  }
}

const unpacked = (blob) => new Response(blob.stream().pipeThrough(new DecompressionStream("gzip")));

async function compiled(blob) {
  const headers = { "Content-Type": "application/wasm" };
  return WebAssembly.compileStreaming(new Response(unpacked(blob).body, { headers }));
}

function fileSystem(library) {
  home = new Directory(new Map());
  const devices = new Map([
    ["null", new Device(() => {})],
    ["page", new Device((bytes) => output.receive(bytes))],
  ]);
  const root = [
    ["tmp", new Directory(new Map())],
    ["home", home],
    ["dev", new Directory(devices)],
  ];
  const printed = () => new ConsoleStdout((bytes) => output.write(bytes));
  const archive = new File([], { readonly: true });
  archive.data = library; // The constructor would copy it.
  return [
    new OpenFile(new File([])),
    printed(),
    printed(),
    new PreopenDirectory("/usr/local/lib", new Map([["python315.zip", archive]])),
    new PreopenDirectory(`${LIBRARY}/matplotlib/mpl-data`, new Map()), // filled by bootstrap.py
    new PreopenDirectory("/", new Map(root)),
  ];
}

// Another worker keeps what takes long to make, so that Python starts again in a second.
async function keep({ module, library }) {
  const made = Promise.all([compiled(module), unpacked(library).arrayBuffer()]);
  kept = made.catch((error) => ({ error: reason(error) }));
}

async function give({ port }) {
  port.postMessage(await kept);
}

async function start({ port }) {
  const received = await new Promise((resolve) => (port.onmessage = ({ data }) => resolve(data)));
  if (received.error) throw new Error(received.error);
  const [module, buffer] = received;
  const library = new Uint8Array(buffer);
  const wasi = new WASI(["python"], ENVIRONMENT, fileSystem(library), { debug: false });
  correctSleep(wasi);
  const imports = { wasi_snapshot_preview1: wasi.wasiImport, host: { call: () => -1 } };
  const instance = await WebAssembly.instantiate(module, imports);
  wasi.inst = instance;
  python = instance.exports;
  python._initialize();
  turn("import bootstrap; bootstrap.start()");
}

// The shim looks for the flags of a subscription four bytes before their place, and so takes the
// time at which `time.sleep` ends for the time that it lasts.
function correctSleep({ wasiImport }) {
  const { poll_oneoff } = wasiImport;
  wasiImport.poll_oneoff = (subscription, ...rest) => {
    const view = new DataView(python.memory.buffer);
    view.setUint16(subscription + 36, view.getUint16(subscription + 40, true), true);
    return poll_oneoff(subscription, ...rest);
  };
}

// Runs Python code that is our own; what readers wrote is a string in it.
function turn(code) {
  const bytes = new TextEncoder().encode(code);
  const address = python.host_alloc(bytes.length) >>> 0;
  if (!address) throw new Error("Python has no memory left.");
  new Uint8Array(python.memory.buffer).set(bytes, address);
  if (python.turn(address, bytes.length) !== 0) {
    throw new Error(output.parts.map(({ content }) => content).join("\n") || "Python has ended.");
  }
}

// Returns a folder below another one, and makes it if it is missing.
function folderIn(parent, names) {
  return names.reduce(({ contents }, name) => {
    if (!contents.has(name)) contents.set(name, new Directory(new Map()));
    return contents.get(name);
  }, parent);
}

function write({ files }) {
  for (const [path, content] of Object.entries(files)) {
    const folders = path.split("/");
    const name = folders.pop();
    folderIn(home, folders).contents.set(name, new File(content));
  }
  const modules = Object.keys(files).filter((name) => name.endsWith(".py"));
  turn(`bootstrap.refresh(${JSON.stringify(modules)})`);
}

const ACTIONS = {
  keep,
  give,
  start,
  write,
  // A string of JSON is a string of Python, too.
  run: ({ source }) => turn(`bootstrap.run(${JSON.stringify(source)})`),
  call: ({ expression }) => turn(`bootstrap.value(${JSON.stringify(expression)})`),
  reset: () => turn("bootstrap.reset()"),
};

onmessage = async ({ data: { action, most, ...values } }) => {
  output = new Output(most);
  try {
    await ACTIONS[action](values);
    postMessage({ done: true, outputs: output.parts });
  } catch (error) {
    postMessage({ done: true, outputs: output.parts, died: reason(error) });
  }
};

// Says in a sentence why Python can no longer run.
function reason(error) {
  if (error instanceof WASIProcExit) return `The code ended Python itself, with code ${error.code}.`;
  if (error instanceof RangeError) return "Python ended because calls were nested too deeply.";
  return `Python ended unexpectedly: ${error.message ?? error}`;
}
