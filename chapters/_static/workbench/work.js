// What a reader has written into the cells of a page. It is kept in this browser, and goes into a
// notebook and comes out of one.

const VERSION = 1;

export class Work {
  #notebook; // as it was released
  #key;
  #sources; // what the reader has written: Map from a cell's id to its text
  #points; // of the answers that were checked as they are now: Map from an id to a number

  // Arguments: the released notebook, and the name under which the browser keeps the work.
  constructor(notebook, key) {
    this.#notebook = notebook;
    this.#key = key;
    this.load();
  }

  // Ignores stored text that is damaged or that this script did not write.
  load() {
    this.#sources = new Map();
    this.#points = new Map();
    try {
      const { version, sources, points } = JSON.parse(localStorage.getItem(this.#key));
      if (version !== VERSION) return;
      for (const [id, text] of sources) {
        if (this.released(id) !== undefined && typeof text === "string") this.#sources.set(id, text);
      }
      for (const [id, number] of points) if (this.#sources.has(id)) this.#points.set(id, number);
    } catch {}
  }

  // The ids of all cells that the reader has changed.
  get changed() {
    return [...this.#sources.keys()];
  }

  released(id) {
    const cell = this.#notebook.cells.find((one) => one.id === id);
    return cell && textOf(cell);
  }

  source(id) {
    return this.#sources.get(id) ?? this.released(id);
  }

  // Returns whether the browser could keep it.
  write(id, text) {
    if (text === this.source(id)) return true;
    this.#points.delete(id);
    if (text === this.released(id)) this.#sources.delete(id);
    else this.#sources.set(id, text);
    return this.#keep();
  }

  get points() {
    return [...this.#points.values()].reduce((sum, number) => sum + number, 0);
  }

  setPoints(id, number) {
    if (this.#sources.has(id)) this.#points.set(id, number);
    return this.#keep();
  }

  forget() {
    this.#sources.clear();
    this.#points.clear();
    localStorage.removeItem(this.#key);
  }

  // Returns the notebook with what the reader has written, as text.
  toNotebook() {
    const cells = this.#notebook.cells.map((cell) =>
      this.#sources.has(cell.id) ? { ...cell, source: lines(this.#sources.get(cell.id)) } : cell,
    );
    return `${JSON.stringify({ ...this.#notebook, cells }, null, 1)}\n`;
  }

  // Returns what a notebook has in those cells that the reader may change: [[id, text], …].
  // JupyterLab keeps the ids of cells; older programs keep only nbgrader's names of the answers.
  fromNotebook(text, mayChange) {
    let cells;
    try {
      ({ cells } = JSON.parse(text));
      cells = cells.map((cell) => [cell.metadata?.nbgrader?.grade_id ?? cell.id, textOf(cell)]);
    } catch {
      throw new Error("This file is not a notebook.");
    }
    const found = cells.filter(([id]) => mayChange(id));
    if (!found.length) throw new Error("This notebook belongs to another exercise.");
    return found;
  }

  #keep() {
    try {
      const state = { version: VERSION, sources: [...this.#sources], points: [...this.#points] };
      if (this.#sources.size) localStorage.setItem(this.#key, JSON.stringify(state));
      else localStorage.removeItem(this.#key);
      return localStorage instanceof Storage; // A replacement forgets.
    } catch {
      return false; // The storage is full.
    }
  }
}

export function textOf({ source }) {
  return Array.isArray(source) ? source.join("") : source;
}

// Splits a text as notebooks do: each line but the last ends with a line break.
function lines(text) {
  return text.split(/(?<=\n)/);
}
