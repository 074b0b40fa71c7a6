"""Time the demos of the student kit in a real JupyterLab: `python -m tools.bench_lab`.

For each chapter: the seconds that all of its cells take, and the milliseconds from a move of a
control until the picture for the new value is drawn, over all moves of all demos. First the reader
moves each control as soon as the cells have run, one step after the other, while the remaining
pictures are still being drawn. At the end, the reader moves while a cell runs that keeps the kernel
busy. The clock stops when the browser has drawn; what glides to its place arrives up to 120 ms
later, so the browser is one that asks for no motion.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tools import browser as chromium
from tools.book import HTML

KIT = HTML / "_static" / "training-neural-networks.zip"
MOST_MEDIAN, MOST_SLOW = 100, 200  # milliseconds: the goals for the median and the 95th percentile
MOST_MOVES = 12  # of one control
SLOW = 240_000  # milliseconds until all cells of a chapter have run
# Moves a control, and returns the milliseconds until the picture for the new value is drawn.
MOVE = """async ([demo, name, place]) => {
  const control = demo.querySelector(`[name="${name}"]`);
  const picture = demo.querySelector(".demo-picture");
  const before = picture.getAttribute("aria-label");
  if (control.type === "checkbox") control.checked = Boolean(place);
  else if (control.tagName === "SELECT") control.selectedIndex = place;
  else control.value = place;
  await new Promise(requestAnimationFrame);
  const begin = performance.now();
  control.dispatchEvent(new Event("input", { bubbles: true }));
  while (picture.getAttribute("aria-label") === before) {
    if (performance.now() - begin > 60000) throw new Error(`${demo.id} shows no new picture`);
    await new Promise((done) => setTimeout(done, 1));
  }
  const { port1, port2 } = new MessageChannel();
  const drawn = new Promise((done) => (port1.onmessage = done));
  requestAnimationFrame(() => port2.postMessage(0));
  await drawn;
  return performance.now() - begin;
}"""
CONTROLS = """demo => [...demo.querySelectorAll("[data-texts]")].map((control) => {
  const start = control.type === "checkbox" ? Number(control.checked)
    : control.selectedIndex ?? Number(control.value);
  return [control.name, JSON.parse(control.dataset.texts).length, start];
})"""
BUSY = "import time\nwhile True:\n    time.sleep(0.01)"


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Start JupyterLab in a folder, with settings of its own, and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    own = {name: str(folder / ".home" / name.lower()) for name in names}
    log = folder / "lab.log"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}"]
    command += ["--IdentityProvider.token=", *(["--allow-root"] if chromium.AS_ROOT else [])]
    with log.open("w") as out:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | own,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        for _ in range(240):
            if "is running at" in log.read_text() or server.poll() is not None:
                break
            time.sleep(0.5)
        if "is running at" not in log.read_text():
            raise RuntimeError(f"JupyterLab does not start:\n{log.read_text()}")
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):  # It has ended by itself.
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def run_all(page: Page, address: str, notebook: str) -> float:
    """Open a notebook, run its cells, and return the seconds that they took."""
    page.goto(f"{address}/lab/tree/chapters/{notebook}?reset")
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle", timeout=SLOW)
    begin = time.monotonic()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    wait_for_cells(page)
    return time.monotonic() - begin


def wait_for_cells(page: Page) -> None:
    """Wait until no cell runs or waits; at least one does now."""
    running = page.locator(".jp-InputPrompt", has_text="[*]:")
    running.first.wait_for(timeout=SLOW)
    expect(running).to_have_count(0, timeout=SLOW)


def move_all(page: Page, most: int = MOST_MOVES) -> dict[str, list[float]]:
    """Move each control of each demo step by step; return the milliseconds of a demo's moves."""
    times: dict[str, list[float]] = {}
    for demo in page.query_selector_all(".demo:has(.demo-controls)"):
        demo.scroll_into_view_if_needed()
        moves = times.setdefault(demo.get_attribute("id") or "", [])
        for name, count, start in demo.evaluate(CONTROLS):
            # Up to the end and back to the beginning, as readers do.
            places = [*range(start + 1, count), *range(count - 2, -1, -1)]
            now = start
            for place in places[:: len(places) // most + 1]:
                if place != now:
                    moves.append(page.evaluate(MOVE, [demo, name, place]))
                now = place
    return times


def keep_busy(page: Page) -> None:
    """Add a cell at the end that keeps the kernel busy, and run it."""
    count = page.locator(".jp-Cell").count()
    page.locator(".jp-Notebook-footer").click()
    expect(page.locator(".jp-Cell")).to_have_count(count + 1)
    page.locator(".jp-Cell.jp-mod-active .cm-content").click()
    page.keyboard.insert_text(BUSY)
    page.keyboard.press("Shift+Enter")
    page.locator(".jp-InputPrompt", has_text="[*]:").first.wait_for(timeout=SLOW)


def interrupt(page: Page) -> None:
    """Interrupt the kernel, and wait until it is idle."""
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text="Interrupt Kernel").click()
    expect(page.locator(".jp-InputPrompt", has_text="[*]:")).to_have_count(0, timeout=SLOW)


def summary(moves: list[float]) -> str:
    """Return the number of moves, their median and their 95th percentile."""
    slow = sorted(moves)[int(0.95 * len(moves))]
    return f"{len(moves):5} moves {statistics.median(moves):6.0f} ms {slow:6.0f} ms"


def main(arguments: list[str] | None = None) -> None:
    """Print two lines for each chapter, and the slowest demos."""
    parser = argparse.ArgumentParser("python -m tools.bench_lab", description=__doc__)
    parser.add_argument("chapters", nargs="*", help="numbers (default: all)")
    parser.add_argument("--kit", type=Path, default=KIT, help="the zip file (default: %(default)s)")
    options = parser.parse_args(arguments)
    print(f"wanted: median {MOST_MEDIAN} ms, 95th percentile {MOST_SLOW} ms", flush=True)
    folder = Path(tempfile.mkdtemp())
    with zipfile.ZipFile(options.kit) as kit:
        kit.extractall(folder)
    (course,) = folder.iterdir()
    notebooks = sorted(path.name for path in (course / "chapters").glob("*.ipynb"))
    chosen = [n for n in notebooks if not options.chapters or n[:2].lstrip("0") in options.chapters]
    everything: dict[str, list[float]] = {}
    try:
        with jupyterlab(course) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium.executable(), args=chromium.ARGUMENTS
            )
            for notebook in chosen:
                page = browser.new_page(
                    viewport={"width": 1400, "height": 1000}, reduced_motion="reduce"
                )
                page.set_default_timeout(60_000)
                seconds = run_all(page, address, notebook)
                times = move_all(page)
                everything |= {f"{notebook[:2]} {name}": moves for name, moves in times.items()}
                moves = [move for moves in times.values() for move in moves]
                print(f"{summary(moves)}  {notebook}, cells {seconds:.0f} s", flush=True)
                keep_busy(page)
                busy = [move for moves in move_all(page, 5).values() for move in moves]
                print(f"{summary(busy)}  while a cell runs", flush=True)
                interrupt(page)
                page.close()
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(summary([move for moves in everything.values() for move in moves]), "in all")
    for name in sorted(everything, key=lambda name: -statistics.median(everything[name]))[:5]:
        print(f"{summary(everything[name])}  {name}")


if __name__ == "__main__":
    main()
