// Shows, in each demo of the static site, the picture for the values of its controls. The build has
// drawn all pictures; `chapters/demos/show/interact.py` writes them and the controls into the page.

class Demo {
  constructor(element) {
    this.picture = element.querySelector(".demo-picture");
    this.spoken = element.querySelector(".demo-spoken");
    this.json = element.querySelector('script[type="application/json"]');
    this.controls = [...element.querySelectorAll("[data-texts]")];
    this.switches = [...element.querySelectorAll("[data-switch]")];
    element.addEventListener("input", () => this.show());
    for (const button of element.querySelectorAll(".demo-play")) this.makePlayable(button);
  }

  // Reads the data when the demo comes near or the reader moves a control, because reading takes
  // time. `pack` in `demos/show/frames.py` wrote it.
  get data() {
    const { pieces, frames, alts } = JSON.parse(this.json.textContent);
    let piece = "";
    const whole = pieces.map(([shared, rest]) => (piece = piece.slice(0, shared) + rest));
    let row = [];
    const rows = frames.map((steps) => (row = steps.map((step, i) => step + (row[i] ?? 0))));
    const data = { pieces: whole, frames: rows, alts };
    Object.defineProperty(this, "data", { value: data });
    return data;
  }

  show() {
    let frame = 0; // The frames are in the order in which the last control changes fastest.
    for (const control of this.controls) {
      const texts = JSON.parse(control.dataset.texts);
      const index = valueIndex(control);
      frame = frame * texts.length + index;
      if (control.type === "range") {
        control.setAttribute("aria-valuetext", texts[index]);
        control.closest(".demo-range").querySelector("output").textContent = texts[index];
      }
    }
    const { pieces, frames, alts } = this.data;
    this.picture.innerHTML = frames[frame].map((piece) => pieces[piece]).join("");
    this.showLayers();
    this.picture.setAttribute("aria-label", alts[frame]);
    this.speakLater(alts[frame]);
  }

  showLayers() {
    const off = this.switches.filter((box) => !box.checked).map((box) => box.dataset.switch);
    for (const part of this.picture.querySelectorAll("[data-layer]")) {
      part.style.display = off.includes(part.dataset.layer) ? "none" : "";
    }
  }

  // A screen reader speaks the description when the reader stops moving, not at every step.
  speakLater(sentence) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => (this.spoken.textContent = sentence), 500);
  }

  makePlayable(button) {
    const range = button.closest(".demo-range").querySelector("input");
    let timer = null;
    const stop = () => {
      clearInterval(timer);
      timer = null;
      button.textContent = "Play";
    };
    const step = () => {
      if (range.value === range.max) return stop();
      range.stepUp();
      this.show();
    };
    button.addEventListener("click", () => {
      if (timer !== null) return stop();
      if (range.value === range.max) range.value = range.min;
      button.textContent = "Pause";
      timer = setInterval(step, Number(button.dataset.interval));
    });
    range.addEventListener("pointerdown", stop);
  }
}

function valueIndex(control) {
  if (control.type === "checkbox") return Number(control.checked);
  if (control.tagName === "SELECT") return control.selectedIndex;
  return Number(control.value);
}

// Reads the data of a demo that comes near, when the browser has nothing else to do.
const idle = window.requestIdleCallback ?? setTimeout;
const watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      idle(() => target.demo.data);
    }
  },
  { rootMargin: "50%" },
);

document.addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll(".demo")) {
    if (!element.querySelector(".demo-controls")) continue;
    element.demo = new Demo(element);
    watcher.observe(element);
  }
});
