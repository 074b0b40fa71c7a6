"""The built site in Chromium, Firefox and WebKit: formulas, the console, every frame of a demo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tools.book import pages, served
from tools.engines import ENGINES, Window, opened
from tools.formulas import kinds

pytestmark = pytest.mark.slow

# Runs before everything else on a page, and collects what goes wrong there.
WATCH = """
window.complaints = [];
for (const level of ["error", "warn"]) {
  const say = console[level];
  console[level] = (...parts) => { complaints.push(parts.join(" ")); say.apply(console, parts); };
}
const lost = ({ message, target }) => complaints.push(message ?? `not loaded: ${target.outerHTML}`);
addEventListener("error", lost, true);
addEventListener("unhandledrejection", (e) => complaints.push(String(e.reason)));
document.addEventListener("securitypolicyviolation", (e) => complaints.push(
  `${e.effectiveDirective} forbids ${e.blockedURI}`));
document.fonts?.addEventListener("loadingerror", () => complaints.push("a font is not loaded"));
"""
POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>')
# What a page must have loaded before its console counts.
LOADED = """
await document.fonts.ready;
await new Promise((done) => setTimeout(done, 200));
return complaints;
"""


class WatchingHandler(SimpleHTTPRequestHandler):
    """Serves a folder, and puts a script that watches into every page."""

    missing: list[str] = []

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if self.path == "/watch.js":
            body, kind = WATCH.encode(), "text/javascript"
        elif path.is_file():
            body, kind = path.read_bytes(), self.guess_type(path)
        else:
            self.missing.append(self.path)
            return self.send_error(404)
        if path.suffix == ".html":
            body = POLICY.sub(rb'\g<0><script src="/watch.js"></script>', body)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module", params=ENGINES)
def window(request: pytest.FixtureRequest) -> Iterator[Window]:
    """A window of each engine; where an engine is missing, the tests fail and say what to do."""
    with opened(request.param) as window:
        window.resize(1280, 900)
        yield window


@pytest.fixture(scope="module")
def watched(book: Path) -> Iterator[str]:
    """The address of the built site with a script in every page that watches for complaints."""
    with served(book, WatchingHandler) as address:
        yield address


# Pages and demos


def test_no_page_complains(book: Path, watched: str, window: Window) -> None:
    WatchingHandler.missing.clear()
    complaints = {}
    for path in pages(book):
        window.open(f"{watched}/{path}")
        if found := window.run(LOADED):
            complaints[path] = found
    assert complaints == {}
    assert [path for path in WatchingHandler.missing if path != "/favicon.ico"] == []


# Gives the controls of each demo all combinations of their values, and looks at each picture.
MOVE_ALL = """
const frame = () => new Promise((done) => setTimeout(done));
const found = { frames: 0, empty: [], labels: [] };
for (const demo of document.querySelectorAll(".demo")) {
  const controls = [...demo.querySelectorAll("[data-texts]")];
  if (!controls.length) continue;
  const counts = controls.map((control) => JSON.parse(control.dataset.texts).length);
  const total = counts.reduce((product, count) => product * count, 1);
  const labels = new Set();
  for (let number = 0; number < total; number++) {
    let rest = number;
    controls.forEach((control, i) => {
      const index = rest % counts[i];
      rest = Math.floor(rest / counts[i]);
      if (control.type === "checkbox") control.checked = Boolean(index);
      else if (control.tagName === "SELECT") control.selectedIndex = index;
      else control.value = index;
    });
    controls[0].dispatchEvent(new Event("input", { bubbles: true }));
    if (number % 20 === 0) await frame();
    const picture = demo.querySelector(".demo-picture");
    const drawn = [...picture.querySelectorAll("svg")];
    const good = drawn.length && drawn.every((svg) => svg.querySelector("path, use, text"));
    if (!good) found.empty.push(`${demo.id}: frame ${number}`);
    labels.add(picture.getAttribute("aria-label"));
  }
  found.frames += total;
  if (labels.size < total || labels.has(null)) found.labels.push(demo.id);
}
found.complaints = complaints;
return found;
"""


def test_every_demo_draws_at_every_value_of_its_controls(
    book: Path, watched: str, window: Window
) -> None:
    frames = 0
    for path in pages(book):
        if 'class="demo"' not in (book / path).read_text():
            continue
        window.open(f"{watched}/{path}")
        found = window.run(MOVE_ALL)
        frames += found.pop("frames")
        assert found == {"empty": [], "labels": [], "complaints": []}, path
    assert frames > 2000


def test_the_sidebar_does_not_scroll_sideways(watched: str, window: Window) -> None:
    window.open(f"{watched}/chapters/02_cross_entropy_vs_squared_error.html")
    sizes = "const bar = document.querySelector('.bd-sidebar-primary');"
    wide, frame = window.run(f"{sizes} return [bar.scrollWidth, bar.clientWidth]")
    assert wide <= frame


# Formulas


@pytest.fixture(scope="module")
def boxes(book: Path, watched: str, window: Window) -> list[dict[str, Any]]:
    """The boxes of the parts of all kinds of formulas, in units of the font size."""
    window.open(f"{watched}/chapters/01_loss_functions.html")
    return list(window.run(MEASURE, list(kinds(book))))


# Finds accents, lines over letters, brackets of a given size, braces of cases and the sign ⊙.
MEASURE = """
const place = document.querySelector("main article");
place.innerHTML = "";
place.style.fontSize = "100px";
const boxes = [];
const rect = (e) => {
  const { left, right, top, bottom, width, height } = e.getBoundingClientRect();
  const size = parseFloat(getComputedStyle(e).fontSize);
  return Object.fromEntries(Object.entries({ left, right, top, bottom, width, height })
    .map(([name, pixels]) => [name, pixels / size]));
};
await document.fonts.load('20px "Course Math"');
for (const formula of arguments[0]) {
  place.innerHTML = formula;
  for (const mover of place.querySelectorAll("mover[accent]")) {
    const [letter, accent] = mover.children;
    const kind = mover.matches(".overline") ? "line" : "accent";
    boxes.push({ kind, formula, whole: rect(mover), letter: rect(letter), accent: rect(accent) });
  }
  for (const bracket of place.querySelectorAll("mo[minsize]")) {
    if (bracket.textContent === "|") continue;  // WebKit leaves it as it is, a fifth lower.
    const size = parseFloat(bracket.getAttribute("minsize"));
    boxes.push({ kind: "bracket", formula, whole: rect(bracket), size });
  }
  for (const table of place.querySelectorAll("mo + mtable")) {
    const brace = table.previousElementSibling;
    if (brace.textContent !== "{") continue;
    const first = [...table.querySelectorAll("mtr > :first-child")].map((cell) => {
      const inside = document.createRange();
      inside.selectNodeContents(cell);
      return inside.getBoundingClientRect().left;
    });
    const size = parseFloat(getComputedStyle(brace).fontSize);
    const gap = (Math.min(...first) - brace.getBoundingClientRect().right) / size;
    boxes.push({ kind: "cases", formula, gap });
  }
  for (const sign of place.querySelectorAll("mo")) {
    if (sign.textContent === "⊙") boxes.push({ kind: "product", formula, whole: rect(sign) });
  }
  for (const fraction of place.querySelectorAll("math:not([display]) > mfrac")) {
    const size = (e) => parseFloat(getComputedStyle(e).fontSize);
    boxes.push({ kind: "fraction", formula, ratio: size(fraction.children[0]) / size(fraction) });
  }
}
return boxes;
"""


def of_kind(boxes: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    found = [box for box in boxes if box["kind"] == kind]
    assert found, f"the course has no {kind} any more: remove its test"
    return found


def test_accents_stand_close_above_the_middle_of_their_letter(boxes: list[dict[str, Any]]) -> None:
    for box in of_kind(boxes, "accent"):
        letter, accent, whole = box["letter"], box["accent"], box["whole"]
        assert whole["height"] - letter["height"] < 0.35, box
        off = accent["left"] + accent["right"] - letter["left"] - letter["right"]
        assert abs(off) / 2 < 0.25, box
        assert accent["width"] < letter["width"] + 0.5, box


def test_a_line_over_letters_is_as_wide_as_they_are(boxes: list[dict[str, Any]]) -> None:
    for box in of_kind(boxes, "line"):
        letter, whole = box["letter"], box["whole"]
        assert abs(letter["left"] - whole["left"]) < 0.02, box
        assert abs(letter["right"] - whole["right"]) < 0.02, box


def test_brackets_have_the_size_that_they_ask_for(boxes: list[dict[str, Any]]) -> None:
    for box in of_kind(boxes, "bracket"):
        assert 0.95 * box["size"] < box["whole"]["height"] < 1.5 * box["size"], box


def test_cases_have_a_gap_behind_their_brace(boxes: list[dict[str, Any]]) -> None:
    for box in of_kind(boxes, "cases"):
        assert 0.15 < box["gap"] < 0.6, box


def test_the_sign_of_a_product_is_as_small_as_others(boxes: list[dict[str, Any]]) -> None:
    for box in of_kind(boxes, "product"):
        assert box["whole"]["height"] < 1.1, box


def test_fractions_in_a_line_of_text_are_small(boxes: list[dict[str, Any]]) -> None:
    for box in of_kind(boxes, "fraction"):
        assert box["ratio"] == pytest.approx(0.7, abs=0.03), box
