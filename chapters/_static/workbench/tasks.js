// Reads a released notebook: which cells a task has, and what must run before a cell.

import { textOf } from "./work.js";

export class Tasks {
  #cells;
  #byId = new Map(); // a task by the id of its answer: {id, name, checks: [{source, claim, points}]}

  constructor(notebook) {
    this.#cells = notebook.cells.filter(({ cell_type }) => cell_type === "code");
    let task = null;
    for (const cell of this.#cells) {
      const rights = cell.metadata.nbgrader;
      const source = textOf(cell);
      if (rights?.solution) {
        task = { id: cell.id, name: source.match(/^def (\w+)/m)?.[1] ?? "", checks: [] };
        this.#byId.set(cell.id, task);
      } else if (rights?.grade && task && !source.startsWith("# Hidden check")) {
        const claim = source.match(/^"""(.*?)"""/)?.[1] ?? "";
        task.checks.push({ source, claim, points: rights.points });
      }
    }
  }

  // The task with this answer; undefined for other cells.
  get(id) {
    return this.#byId.get(id);
  }

  // The ids of the cells that run before a cell: in an exercise, the setup and all answers above; in
  // a chapter, the cells above that define what it uses, and those that the reader has changed.
  before(id, changed) {
    const index = this.#cells.findIndex((cell) => cell.id === id);
    const { needs } = this.#cells[index].metadata;
    const isAnswer = ({ nbgrader }) => nbgrader && !nbgrader.grade;
    const isNeeded = (cell) =>
      needs ? needs.includes(cell.id) || changed.includes(cell.id) : isAnswer(cell.metadata);
    return this.#cells.slice(0, index).filter(isNeeded).map((cell) => cell.id);
  }
}

export function pointsOf(task) {
  return task.checks.reduce((sum, { points }) => sum + points, 0);
}
