// Shows the picture of a demo for the values of its controls, and lets the reader drag in it.
//
// On the site, the page contains the controls and all pictures, as `demos/show/markup.py` and
// `demos/show/packing.py` in `chapters/` wrote them. In JupyterLab, this file is the front end of a
// widget, and the pictures arrive while they are drawn; see `demos/show/live.py`.

"use strict";

const GLIDE = 120; // milliseconds from one picture to the next
const SILENCE = 500; // milliseconds without a move, after which a screen reader speaks

// The frames of a demo by their index: pictures, descriptions, places that can be dragged, and what
// places mean in numbers.
class Frames {
  constructor() {
    this.pieces = []; // Many pictures have them in common.
    this.rows = []; // for each picture, the numbers of its pieces
    this.alts = [];
    this.handles = [];
    this.scales = [];
  }

  // Reads the form in which a page contains all frames.
  static unpack({ pieces, frames, alts, handles, scales }) {
    const all = Object.assign(new Frames(), { alts, handles, scales });
    let piece = "";
    all.pieces = pieces.map(([shared, rest]) => (piece = piece.slice(0, shared) + rest));
    let row = [];
    all.rows = frames.map((steps) => (row = steps.map((step, i) => step + (row[i] ?? 0))));
    return all;
  }

  // Adds frames that were drawn just now. Batches that do not go on where the last one ended, but
  // begin at 0, refer to pieces of their own.
  add({ begin, pieces, frames, alts, handles, scales }) {
    if (begin === 0) this.offset = this.pieces.length;
    this.pieces.push(...pieces);
    for (const [index, row] of Object.entries(frames)) {
      this.rows[index] = row.map((piece) => piece + this.offset);
      this.alts[index] = alts[index];
      this.handles[index] = handles[index];
      this.scales[index] = scales[index];
    }
  }

  has(index) {
    return index in this.rows;
  }

  picture(index) {
    return this.rows[index].map((piece) => this.pieces[piece]).join("");
  }
}

// A slider, a menu or a box: its value is one of a list, and `place` is where in the list.
class Control {
  constructor(input) {
    this.input = input;
    this.texts = JSON.parse(input.dataset.texts);
    this.spoken = JSON.parse(input.dataset.spoken ?? input.dataset.texts);
  }

  get place() {
    const { input } = this;
    if (input.type === "checkbox") return Number(input.checked);
    return input.tagName === "SELECT" ? input.selectedIndex : Number(input.value);
  }

  // The place that the page was written with.
  get start() {
    const { input } = this;
    if (input.type === "checkbox") return Number(input.defaultChecked);
    if (input.tagName !== "SELECT") return Number(input.defaultValue);
    return [...input.options].findIndex((option) => option.defaultSelected);
  }

  set place(place) {
    const { input } = this;
    if (input.type === "checkbox") input.checked = Boolean(place);
    else if (input.tagName === "SELECT") input.selectedIndex = place;
    else input.value = place;
  }

  // Writes the value beside a slider, and for a screen reader into it.
  write() {
    if (this.input.type !== "range") return;
    this.input.setAttribute("aria-valuetext", this.spoken[this.place]);
    const value = this.input.closest(".demo-range").querySelector(".demo-value");
    value.textContent = this.texts[this.place];
  }
}

class Demo {
  // `readFrames` returns the frames; it is called late, because reading takes time. `ask` says
  // which frame the reader wants to see, where not all of them are drawn yet.
  constructor(element, readFrames, ask = () => {}) {
    this.element = element;
    this.picture = element.querySelector(".demo-picture");
    this.spoken = element.querySelector(".demo-spoken");
    this.controls = [...element.querySelectorAll("[data-texts]")].map((c) => new Control(c));
    this.switches = [...element.querySelectorAll("[data-switch]")];
    this.readFrames = readFrames;
    this.ask = ask;
    this.shown = this.index(this.controls.map((control) => control.start));
    this.play = null; // the button that plays, and its timer
    this.drag = null; // the handle that the reader holds
    this.lit = null; // the line that the pointer is on
  }

  get frames() {
    const frames = this.readFrames();
    Object.defineProperty(this, "frames", { value: frames });
    return frames;
  }

  // The index of the frame for a place of each control: the last control changes fastest.
  index(places = this.controls.map((control) => control.place)) {
    return this.controls.reduce((index, { texts }, i) => index * texts.length + places[i], 0);
  }

  // Shows the frame for the values of the controls.
  show() {
    for (const control of this.controls) control.write();
    const index = this.index();
    this.ask(index);
    this.waits = !this.frames.has(index);
    if (!this.waits) this.paint(index);
  }

  // Shows what the reader waits for, and the handles, once there are more frames.
  update() {
    if (this.index() !== this.shown) return this.show();
    if (!this.drag) for (const handle of this.picture.querySelectorAll(".demo-handle")) handle.remove();
    if (this.frames.has(this.shown)) placeHandles(this);
  }

  paint(index) {
    if (index !== this.shown) showPicture(this.picture, this.frames.picture(index));
    this.shown = index;
    this.showLayers();
    this.picture.setAttribute("aria-label", this.frames.alts[index]);
    placeHandles(this);
    highlight(this, this.lit);
    this.speakLater();
  }

  showLayers() {
    const off = this.switches.filter((box) => !box.checked).map((box) => box.dataset.switch);
    for (const part of this.picture.querySelectorAll("[data-layer]")) {
      part.style.display = off.includes(part.dataset.layer) ? "none" : "";
    }
  }

  // A screen reader speaks the description when nothing moves any more.
  speakLater() {
    clearTimeout(this.speaking);
    if (this.play || this.drag) return;
    const speak = () => (this.spoken.textContent = this.frames.alts[this.shown]);
    this.speaking = setTimeout(speak, SILENCE);
  }

  // Starts or stops a play button.
  togglePlay(button) {
    const playing = this.play?.button;
    if (playing) this.stopPlay();
    if (playing === button) return;
    const range = button.closest(".demo-range").querySelector("input");
    if (range.value === range.max) range.value = range.min;
    const step = () => {
      if (this.waits) return;
      if (range.value === range.max) return this.stopPlay();
      range.stepUp();
      this.show();
    };
    this.play = { button, timer: setInterval(step, Number(button.dataset.interval)) };
    nameButton(button, "Pause");
  }

  stopPlay() {
    if (!this.play) return;
    clearInterval(this.play.timer);
    nameButton(this.play.button, "Play");
    this.play = null;
    this.speakLater();
  }
}

function nameButton(button, word) {
  button.textContent = word;
  button.setAttribute("aria-label", `${word} ${button.dataset.label}`);
}

// Pictures, and how they glide from one to the next

const MOVES = ["d", "x", "y", "width", "height", "transform"]; // attributes
const NUMBER = /-?(?:\d+\.?\d*|\.\d+)/g;
const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

// Puts the panels of a picture in place of the old ones. What both have in common glides.
function showPicture(picture, svg) {
  const template = document.createElement("template");
  template.innerHTML = svg;
  const panels = [...picture.children];
  const fresh = [...template.content.children];
  cancelAnimationFrame(picture.gliding);
  const moves = stillness.matches || document.hidden ? [] : movesBetween(panels, fresh);
  if (panels.map((panel) => panel.tagName).join() !== fresh.map((panel) => panel.tagName).join()) {
    picture.replaceChildren(...fresh);
  } else {
    // The handles stay, because the reader may hold one.
    panels.forEach((panel, i) => {
      for (const part of [...panel.children]) if (!part.matches(".demo-handle")) part.remove();
      panel.prepend(...fresh[i].childNodes);
    });
  }
  if (moves.length) glide(picture, moves);
}

// Lists the attributes that differ between elements that both pictures have.
function movesBetween(before, after) {
  const twins = byLook(before);
  const moves = [];
  for (const [look, elements] of byLook(after)) {
    const old = twins.get(look);
    if (old?.length !== elements.length) continue;
    elements.forEach((element, i) => {
      for (const name of MOVES) {
        const [from, to] = [old[i].getAttribute(name), element.getAttribute(name)];
        const between = from && to && from !== to && interpolation(from, to);
        if (between) moves.push({ element, name, between, to });
      }
    });
  }
  return moves;
}

// Sorts the elements of panels by what does not change while they move.
function byLook(panels) {
  const groups = new Map();
  for (const element of panels.flatMap((panel) => [...panel.querySelectorAll(":not(g, defs *)")])) {
    if (element.closest(".demo-handle, .demo-tip")) continue;
    const look = [element, element.parentElement]
      .map((e) => `${e.tagName} ${e.getAttribute("style")} ${e.getAttribute("href")}`)
      .join();
    if (!groups.has(look)) groups.set(look, []);
    groups.get(look).push(element);
  }
  return groups;
}

// Returns the function that gives the text between two texts that differ in their numbers alone.
function interpolation(from, to) {
  const [old, now] = [from, to].map((text) => text.match(NUMBER)?.map(Number) ?? []);
  const [letters, wanted] = [from, to].map((text) => text.replace(NUMBER, "").replace(/\s/g, ""));
  if (old.length !== now.length || letters !== wanted) return null;
  const parts = to.split(NUMBER);
  return (share) =>
    parts.reduce((text, part, i) => {
      const value = old[i - 1] + share * (now[i - 1] - old[i - 1]);
      return `${text} ${value.toFixed(1)}${part}`;
    });
}

function glide(picture, moves) {
  const begin = performance.now();
  const step = (time) => {
    const share = Math.min(1, Math.max(0, (time - begin) / GLIDE));
    const eased = 1 - (1 - share) ** 3;
    for (const { element, name, between, to } of moves) {
      element.setAttribute(name, share < 1 ? between(eased) : to);
    }
    if (share < 1) picture.gliding = requestAnimationFrame(step);
  };
  step(begin);
}

// Handles: parts of the picture that the reader drags to move controls

// The demo's frames that the reader can reach with a handle, which is the names of its controls.
function reachable(demo, handle) {
  let all = [demo.controls.map((control) => control.place)];
  for (const name of handle.split(" ")) {
    const which = demo.controls.findIndex(({ input }) => input.name === name);
    const count = demo.controls[which].texts.length;
    all = all.flatMap((places) =>
      Array.from({ length: count }, (_, place) => places.map((p, i) => (i === which ? place : p))),
    );
  }
  return all;
}

// Lists where a handle is in each of these frames.
function positions(demo, { handle, which }) {
  return reachable(demo, handle)
    .map((places) => ({ places, at: demo.frames.handles[demo.index(places)]?.[handle]?.[which] }))
    .filter(({ at }) => at);
}

// Moves the controls so that the handle is as near as possible to a point of its panel.
function dragTo(demo, grip, x, y) {
  const distance = ({ at }) => (at[1] - x) ** 2 + (at[2] - y) ** 2;
  const all = positions(demo, grip);
  if (!all.length) return;
  const { places } = all.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  if (demo.index(places) === demo.index()) return;
  demo.controls.forEach((control, i) => (control.place = places[i]));
  demo.show();
}

// Draws the handles at their places in the picture that is shown.
function placeHandles(demo) {
  const panels = [...demo.picture.querySelectorAll("svg")];
  const missing = new Set(demo.picture.querySelectorAll(".demo-handle"));
  for (const [handle, places] of Object.entries(demo.frames.handles[demo.shown] ?? {})) {
    places.forEach((place, which) => {
      const panel = panels[place[0]];
      const id = `${handle} ${which}`;
      let element = [...panel.children].find((child) => child.dataset.handle === id);
      if (!element) {
        element = newHandle(demo, { handle, which }, place);
        element.dataset.handle = id;
        panel.append(element);
      }
      element.style.transform = `translate(${place[1]}px, ${place[2]}px)`;
      missing.delete(element);
    });
  }
  for (const element of missing) element.remove();
}

const SVG = "http://www.w3.org/2000/svg";

// Makes the element that shows that a part can be dragged, and where to; (0, 0) is its middle.
function newHandle(demo, grip, [, , , halfWidth, halfHeight]) {
  const all = positions(demo, grip).map(({ at }) => at);
  const range = (i) => Math.max(...all.map((at) => at[i])) - Math.min(...all.map((at) => at[i]));
  const both = range(1) > 3 && range(2) > 3;
  const plane = both && grip.handle.includes(" ");
  const across = plane || range(1) >= range(2);
  const long = Math.max(halfWidth, halfHeight) > 20;
  // A line has its knob at the end that is near the axis.
  const [x, y] = !long ? [0, 0] : halfHeight > halfWidth ? [0, halfHeight] : [-halfWidth, 0];
  const radius = long ? 6 : Math.max(halfWidth, halfHeight) + 3.5;
  const far = radius + 6.5;
  const arrow = (dx, dy) =>
    `M${x + dx * far} ${y + dy * far}l${-4 * dx - 3 * dy} ${-4 * dy - 3 * dx}` +
    `l${6 * dy} ${6 * dx}z`;
  const arrows = [
    ...(across ? [arrow(1, 0), arrow(-1, 0)] : []),
    ...(plane || !across ? [arrow(0, 1), arrow(0, -1)] : []),
  ];
  const element = document.createElementNS(SVG, "g");
  element.classList.add("demo-handle");
  element.dataset.moves = both ? "both" : across ? "across" : "down";
  if (long) element.classList.add("demo-knob");
  element.grip = grip;
  // A finger moves the handle and not the page. `touch-action` has no effect inside an SVG.
  element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  element.innerHTML =
    `<rect class="demo-reach" x="${-halfWidth}" y="${-halfHeight}" ` +
    `width="${2 * halfWidth + 1}" height="${2 * halfHeight + 1}"/><circle class="demo-ring" cx="${x}" cy="${y}" r="${radius}"/>` +
    `<path class="demo-arrows" d="${arrows.join("")}"/>`;
  return element;
}

// Returns a pointer's place in the coordinates of a panel.
function placeIn(panel, { clientX, clientY }) {
  return new DOMPoint(clientX, clientY).matrixTransform(panel.getScreenCTM().inverse());
}

function takeHandle(demo, event) {
  demo.dragged = false;
  const element = event.target.closest(".demo-handle");
  if (!element || event.button !== 0) return;
  const panel = element.closest("svg");
  const { x, y } = placeIn(panel, event);
  const { handle, which } = element.grip;
  const [, left, top] = demo.frames.handles[demo.shown][handle][which];
  demo.stopPlay();
  demo.drag = { grip: element.grip, panel, x: left - x, y: top - y };
  demo.picture.setPointerCapture(event.pointerId);
  demo.picture.classList.add("demo-dragging");
  demo.picture.dataset.moves = element.dataset.moves;
  event.preventDefault(); // Text would be selected.
}

function moveHandle(demo, event) {
  const { grip, panel, x, y } = demo.drag;
  const point = placeIn(panel, event);
  dragTo(demo, grip, point.x + x, point.y + y);
}

function releaseHandle(demo) {
  demo.drag = null;
  demo.dragged = true; // The browser may take the end for a click.
  demo.picture.classList.remove("demo-dragging");
  demo.speakLater();
}

// A click or a tap into a panel brings its handle there.
function jumpTo(demo, event) {
  const panel = event.target.closest(".demo-picture svg");
  const handles = panel ? [...panel.querySelectorAll(".demo-handle")] : [];
  if (!handles.length || demo.dragged) return;
  const { x, y } = placeIn(panel, event);
  const nearest = ({ grip }) =>
    Math.min(...positions(demo, grip).map(({ at }) => Math.hypot(at[1] - x, at[2] - y)));
  dragTo(demo, handles.reduce((a, b) => (nearest(b) < nearest(a) ? b : a)).grip, x, y);
}

// The line under the pointer, its value, and everything that belongs to it

const LINES = /(?:stroke|fill):var\(--course-(blue|orange|green|purple|red)\)/;

// Returns what a part of the picture belongs to: a layer, or else everything of one color.
function lineOf(part) {
  return (
    part.closest("[data-layer]")?.dataset.layer ??
    (part.getAttribute("style") ?? part.parentElement.getAttribute("style"))?.match(LINES)?.[1]
  );
}

// Returns the part of a line that the pointer is on, or nearly so.
function partAt({ clientX, clientY }, picture) {
  for (const [dx, dy] of [[0, 0], [0, -5], [0, 5], [-5, 0], [5, 0]]) {
    const part = document.elementFromPoint(clientX + dx, clientY + dy);
    if (part?.matches(".demo-picture svg *:not(.demo-handle *)") && picture.contains(part)) {
      if (lineOf(part)) return part;
    }
  }
  return null;
}

function leave(demo) {
  highlight(demo, null);
  demo.picture.querySelector(".demo-tip")?.remove();
}

function point(demo, event) {
  // The boxes of layers are a key to the picture.
  const box = event.target.closest(".demo-check")?.querySelector("[data-switch]");
  const part = box ? null : partAt(event, demo.picture);
  const line = box?.dataset.switch ?? (part && lineOf(part));
  if (line !== demo.lit) highlight(demo, line);
  showValue(demo, event, part);
}

// Shows the numbers of the place on a curve that is nearest to the pointer.
function showValue(demo, event, part) {
  demo.picture.querySelector(".demo-tip")?.remove();
  const points = part?.matches("path") ? pointsOf(part) : [];
  if (points.length < 2 || part.style.fill !== "none") return;
  const panel = part.closest("svg");
  const { scales } = demo.frames;
  const number = [...demo.picture.children].indexOf(panel);
  const axes = (scales[demo.shown] ?? scales[0])?.[number];
  if (!axes) return;
  const at = nearestOn(points, placeIn(panel, event));
  const text = `(${axes.map((axis, i) => written(valueAt(axis, at[i]), axis)).join(", ")})`;
  const { x: left, width } = panel.viewBox.baseVal;
  const side = at[0] > left + 0.6 * width ? -1 : 1;
  const tip = document.createElementNS(SVG, "g");
  tip.classList.add("demo-tip");
  tip.innerHTML =
    `<circle cx="${at[0]}" cy="${at[1]}" r="3"/><text x="${at[0] + 8 * side}" ` +
    `y="${Math.max(at[1] - 7, 12)}" text-anchor="${side > 0 ? "start" : "end"}">${text}</text>`;
  panel.append(tip);
}

// Returns the place on a line through these points that is nearest to another place.
function nearestOn(points, { x, y }) {
  const places = points.slice(1).map(([x1, y1], i) => {
    const [x0, y0] = points[i];
    const [dx, dy] = [x1 - x0, y1 - y0];
    const share = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
    const inside = Math.min(1, Math.max(0, share));
    return [x0 + inside * dx, y0 + inside * dy];
  });
  const distance = (place) => Math.hypot(place[0] - x, place[1] - y);
  return places.reduce((a, b) => (distance(b) < distance(a) ? b : a));
}

// Lists the points of a path that consists of lines; the first point is absolute, all others are
// relative to the one before. Curves and gaps have none.
function pointsOf(path) {
  const data = path.getAttribute("d") ?? "";
  if (!/^m[^a-z]*$/.test(data)) return [];
  const numbers = data.match(NUMBER).map(Number);
  let [x, y] = [0, 0];
  return Array.from({ length: numbers.length / 2 }, (_, i) => {
    [x, y] = [x + numbers[2 * i], y + numbers[2 * i + 1]];
    return [x, y];
  });
}

// Returns the number that belongs to a place on an axis.
function valueAt([kind, from, to, low, high], place) {
  const share = (place - from) / (to - from);
  return kind === "log" ? low * (high / low) ** share : low + share * (high - low);
}

// Writes a number on an axis as exactly as the picture shows it.
function written(value, [kind, , , low, high]) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(high - low))));
  const rounded = kind === "log" ? value.toPrecision(3) : value.toFixed(Math.min(digits, 20));
  return String(Number(rounded)).replaceAll("-", "−");
}

// Lets a line stand out: all other lines and their names become pale.
function highlight(demo, line) {
  if (!line && !demo.lit) return;
  demo.lit = line;
  for (const part of demo.picture.querySelectorAll("path, use, text")) {
    const own = line && !part.closest("defs, .demo-handle") && lineOf(part);
    part.classList.toggle("demo-pale", Boolean(own) && own !== line);
  }
}

// What the reader does

// Listens inside an element; `demoOf` returns the demo that contains an event's target.
function listen(root, demoOf) {
  let entered = null; // the demo that the mouse was in
  const on = (type, act) =>
    root.addEventListener(type, (event) => {
      const demo = demoOf(event.target);
      if (demo) act(demo, event);
    });
  on("input", (demo) => demo.show());
  on("click", (demo, event) => {
    if (event.target.matches(".demo-play")) demo.togglePlay(event.target);
    else jumpTo(demo, event);
  });
  on("pointerdown", (demo, event) => {
    if (event.target.matches("input[type=range]")) demo.stopPlay();
    takeHandle(demo, event);
  });
  on("pointermove", (demo, event) => demo.drag && moveHandle(demo, event));
  root.addEventListener("pointermove", (event) => {
    const demo = event.pointerType === "mouse" ? demoOf(event.target) : null;
    if (entered && entered !== demo) leave(entered);
    entered = demo;
    if (demo && !demo.drag) point(demo, event);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    on(type, (demo) => demo.drag && releaseHandle(demo));
  }
}

// On the site. The script runs while the page is still loading, and listens to all of it.
function startOnPage() {
  const demoOf = (target) => {
    const element = target.closest?.(".demo"); // The document itself has no such method.
    const json = element?.querySelector(':scope > script[type="application/json"]');
    if (!json) return null; // It has no controls, or is not loaded to its end.
    const read = () => Frames.unpack(JSON.parse(json.textContent));
    return (element.demo ??= new Demo(element, read));
  };
  listen(document, demoOf);
  const idle = window.requestIdleCallback ?? setTimeout;
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watcher.unobserve(target);
        idle(() => target.demo.update());
      }
    },
    { rootMargin: "50%" },
  );
  const start = () => {
    for (const element of document.querySelectorAll(".demo")) {
      const demo = demoOf(element);
      if (!demo) continue;
      if (demo.index() !== demo.shown) demo.show(); // The reader was faster than the page.
      watcher.observe(element);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}

// In JupyterLab, as anywidget calls it.
function renderWidget({ model, el }) {
  el.innerHTML = model.get("html");
  const frames = new Frames();
  const ask = (index) => {
    model.set("index", index);
    model.save_changes();
  };
  const element = el.querySelector(".demo");
  const demo = (element.demo = new Demo(element, () => frames, ask));
  let next = 0;
  const update = () => {
    for (let batch; (batch = model.get(`frames_${next}`)); next++) frames.add(JSON.parse(batch));
    demo.update();
  };
  listen(el, () => demo);
  model.on("change", update);
  update();
  // JupyterLab would take these keys; this attribute says that a control needs them.
  const keepKey = ({ target, key }) => {
    if (!el.contains(target)) return;
    target.toggleAttribute("data-lm-suppress-shortcuts", /^(Arrow|Home|End|Page| )/.test(key));
  };
  window.addEventListener("keydown", keepKey, true);
  return () => {
    model.off("change", update);
    window.removeEventListener("keydown", keepKey, true);
  };
}

if (document.currentScript) startOnPage(); // A module has no such script.
