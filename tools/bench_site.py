"""Weigh and time every page of the built site in a real browser: `python -m tools.bench_site`.

For each page:
- KB over the wire with everything it loads, compressed as static hosts do (gzip);
- on a mid-range phone (a processor 4 times slower, 1.6 Mbit/s, 150 ms to the server) the time to
  the first text, how far things shift while the page loads, and how long the first demo, once it is
  painted, takes to answer a reader who presses an arrow key every 50 ms;
- how far things shift when the demos move, and how many milliseconds it takes from the beginning of
  a display's refresh until a move of a slider is drawn: the 95th percentile over all demos;
- KB of the same demos embedded as ipywidgets itself does: each slider linked to a `Stack` of the
  same pictures, and the scripts of the widgets as they are installed for JupyterLab. A page would
  load more than that, because the bundle for web pages also contains JupyterLab's renderers.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from ipywidgets.embed import dependency_state, embed_data
from playwright.sync_api import Browser, Page, sync_playwright

from tools import bench_workbench
from tools import browser as chromium
from tools.book import HTML, pages, served

MOST_KB = 400  # the goals: KB of a page, and milliseconds
MOST_PAINT, MOST_ANSWER, MOST_MOVE = 1000, 500, 20
MOST_SHIFT = (
    0.02  # the goal while a page loads, in the unit of the browsers, Cumulative Layout Shift
)
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".txt"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
SLOWER, LATENCY, DOWN, UP = 4, 150, 1.6e6 / 8, 0.75e6 / 8  # factor, ms, bytes per second
WIDGET_SCRIPTS = "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/static"

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries()))
  .observe({ type: "layout-shift", buffered: true });
"""
# How far things shift inside the elements of a selector.
SHIFTED = """(selector) => {
  const inside = ({ node }) => (node?.closest ? node : node?.parentElement)?.closest(selector);
  return window.shifts
    .filter((shift) => shift.sources.some(inside))
    .reduce((sum, shift) => sum + shift.value, 0);
}"""
LIFT_VEILS = "document.querySelectorAll('.veil button').forEach((show) => show.click())"
# Presses the arrow of the first slider from the moment on when its picture is painted, until the
# picture changes.
PRESS_WHEN_PAINTED = """
const wait = () => {
  const demo = document.querySelector(".demo:has(input[type=range])");
  if (!demo?.querySelector(".demo-spoken")) return requestAnimationFrame(wait);
  const picture = demo.querySelector(".demo-picture");
  const before = picture.getAttribute("aria-label");
  const slider = demo.querySelector("input[type=range]");
  requestAnimationFrame(() => setTimeout(() => {
    const painted = performance.now();
    const timer = setInterval(() => {
      slider.stepUp();
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      if (picture.getAttribute("aria-label") === before) return;
      clearInterval(timer);
      window.waited = performance.now() - painted;
    }, 50);
  }));
};
requestAnimationFrame(wait);
"""
PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""
# Moves each slider to its other values, one at each refresh of the display. The message arrives
# when the picture is drawn.
MOVE = """async (demo) => {
  const times = [];
  const refresh = () => new Promise(requestAnimationFrame);
  const drawn = () => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  });
  for (const range of demo.querySelectorAll("input[type=range]")) {
    const count = Math.min(Number(range.max), 20);
    for (let move = 0; move <= count; move++) {
      await refresh();
      const begin = performance.now();
      range.value = Math.round((move / count) * range.max);
      range.dispatchEvent(new Event("input", { bubbles: true }));
      await drawn();
      times.push(performance.now() - begin);
    }
  }
  return times;
}"""


class CompressingHandler(SimpleHTTPRequestHandler):
    """Serves a folder as static hosts do: text compressed, connections kept."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file, or the status 404 if there is none."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        if path.suffix in COMPRESSED:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


def weigh(browser: Browser, url: str) -> float:
    """Return the KB that a page loads when someone scrolls to its end."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    received: list[float] = []
    network.on("Network.loadingFinished", lambda file: received.append(file["encodedDataLength"]))
    page.goto(url, wait_until="networkidle")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    context.close()
    return sum(received) / 1000


def phone(browser: Browser) -> Page:
    """Return an empty page of a mid-range phone; who asks closes its context."""
    # The page's own policy would not let Playwright wait for a condition.
    context = browser.new_context(**PHONE, bypass_csp=True)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    device.send("Network.enable")
    speed = {"latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
    device.send("Network.emulateNetworkConditions", {"offline": False} | speed)
    return page


def open_on_a_phone(browser: Browser, url: str) -> tuple[float, float]:
    """Return the milliseconds to the first text on a phone, and how far things shift."""
    page = phone(browser)
    page.add_init_script(WATCH_SHIFTS)
    page.goto(url, wait_until="networkidle")
    painted, shifted = page.evaluate(PAINTED), page.evaluate(SHIFTED, "body")
    page.context.close()
    return painted, shifted


def press_on_a_phone(browser: Browser, url: str) -> float:
    """Return the milliseconds from the first demo's picture until it answers to its slider."""
    page = phone(browser)
    page.add_init_script(PRESS_WHEN_PAINTED)
    page.goto(url, wait_until="commit")
    page.wait_for_function("window.waited")
    waited = page.evaluate("window.waited")
    page.context.close()
    return waited


def move_demos(page: Page) -> tuple[list[float], float]:
    """Move every slider of a page; return the milliseconds of each move, and the text's shift."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.evaluate(LIFT_VEILS)
    page.evaluate("window.shifts = []")
    times: list[float] = []
    for demo in page.query_selector_all(".demo:has(input[type=range])"):
        demo.scroll_into_view_if_needed()
        times += demo.evaluate(MOVE)
    return times, page.evaluate(SHIFTED, ".bd-article")


def unpacked(data: dict[str, Any]) -> list[str]:
    """Return the pictures of a demo from its data on the page, as `demos.js` puts them together."""
    pieces: list[str] = [""]
    row: list[int] = []
    svgs = []
    for shared, rest in data["pieces"]:
        pieces.append(pieces[-1][:shared] + rest)
    for steps in data["frames"]:
        row = [step + before for step, before in zip(steps, row + [0] * len(steps), strict=False)]
        svgs.append("".join(pieces[1 + piece] for piece in row))
    return svgs


def stock(html: str) -> float:
    """Return the KB, compressed, of a page's demos embedded as ipywidgets does it."""
    demos = re.findall(r'<script type="application/json">(.*?)</script>', html, re.S)
    if not demos:
        return 0.0
    views = []
    for data in map(json.loads, demos):
        svgs = unpacked(data)
        slider = widgets.IntSlider(max=len(svgs) - 1)
        stack = widgets.Stack([widgets.HTML(svg) for svg in svgs], selected_index=0)
        widgets.jslink((slider, "value"), (stack, "selected_index"))
        views.append(widgets.VBox([slider, stack]))
    embedded = json.dumps(embed_data(views=views, state=dependency_state(views)))
    scripts = (Path(sys.prefix) / WIDGET_SCRIPTS).glob("*.js")
    return (
        len(gzip.compress(embedded.encode(), 6))
        + sum(len(gzip.compress(script.read_bytes(), 6)) for script in scripts)
    ) / 1000


@dataclass(frozen=True)
class Measured:
    """The weight and the times of a page."""

    kb: float
    paint: float
    load_shift: float
    answer: float | None
    move: float | None  # 95th percentile
    move_shift: float
    stock_kb: float

    def __str__(self) -> str:
        answer = f"{self.answer:6.0f} ms" if self.answer is not None else " " * 9
        move = f"{self.move:7.1f} ms" if self.move is not None else " " * 10
        stock = f"{self.stock_kb:8.0f} KB" if self.stock_kb else ""
        return (
            f"{self.kb:6.0f} KB {self.paint:6.0f} ms {self.load_shift:8.3f} "
            f"{answer} {move} {self.move_shift:8.3f} {stock}"
        )


def measure(browser: Browser, url: str, html: str) -> Measured:
    """Measure one page."""
    painted, load_shift = open_on_a_phone(browser, url)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH_SHIFTS)
    page.goto(url)
    times, move_shift = move_demos(page)
    page.close()
    slow = sorted(times)[int(0.95 * len(times))] if times else None
    answer = press_on_a_phone(browser, url) if times else None
    kb = weigh(browser, url)
    return Measured(kb, painted, load_shift, answer, slow, move_shift, stock(html))


def main(arguments: list[str] | None = None) -> None:
    """Print a line for each page."""
    parser = argparse.ArgumentParser("python -m tools.bench_site", description=__doc__)
    parser.add_argument("pages", nargs="*", help="paths in the site (default: all pages)")
    chosen = parser.parse_args(arguments).pages or pages(HTML)
    print(
        f"wanted: {MOST_KB} KB, {MOST_PAINT} ms, a shift of {MOST_SHIFT} while the page loads, "
        f"{MOST_ANSWER} ms until the first demo answers, {MOST_MOVE} ms, no shift when demos move\n"
        "  loaded  1st text    shift   answer    a move    shift    stock widgets"
    )
    with served(HTML, CompressingHandler) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.ARGUMENTS
        )
        for path in chosen:
            measured = measure(browser, f"{address}/{path}", (HTML / path).read_text("utf-8"))
            print(measured, path, flush=True)
        print(bench_workbench.measure(browser, address))
        browser.close()


if __name__ == "__main__":
    main()
