// Shows what a cell gives: text, errors, figures, and sentences of the course.

// The elements of the kinds of outputs; a figure has its own.
const ELEMENTS = {
  text: ["pre", "workbench-text"],
  error: ["pre", "workbench-error"],
  says: ["p", "workbench-advice"],
  passed: ["p", "workbench-passed"],
  lost: ["p", "workbench-lost"],
};
let figures = 0;

// Shows outputs, [{kind, content}], in a place of the page instead of what is there.
export function showOutputs(place, outputs) {
  place.replaceChildren(...outputs.map(toElement));
}

function toElement({ kind, content }) {
  if (kind === "svg") return toFigure(content);
  const [tag, name] = ELEMENTS[kind];
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = content.trimEnd();
  return element;
}

// A figure of Matplotlib, as part of the page, so that its colors follow light and dark.
function toFigure(text) {
  const prefix = `figure-${++figures}-`; // Two figures may use the same ids.
  const own = text
    .replace(/\bid="/g, `id="${prefix}`)
    .replace(/(url\(#|href="#)/g, `$1${prefix}`);
  const picture = new DOMParser().parseFromString(own, "text/html").querySelector("svg");
  for (const part of picture.querySelectorAll("script, foreignObject, a")) part.remove();
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "The figure that the cell draws");
  const frame = document.createElement("div");
  frame.className = "workbench-figure";
  frame.append(document.adoptNode(picture));
  return frame;
}
