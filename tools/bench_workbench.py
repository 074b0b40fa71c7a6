"""Time Python in the page: the first answer, later checks, and a second visit.

`make bench-site` prints this after the table of the pages.
"""

from __future__ import annotations

import statistics

from playwright.sync_api import Browser, Page

PAGE = "grader/release/01_loss_functions/loss_functions.html"
CELL = "mean-squared-error"
ANSWER = "def mean_squared_error(y_true, y_pred):\n    return np.mean((y_true - y_pred) ** 2)\n"
REPEATS = 20
MOST_FIRST, MOST_LATER = 3.0, 0.3  # seconds that were promised, after loading
TIMED = """async ([name, id]) => {
  const start = performance.now();
  await practice[name](id);
  return (performance.now() - start) / 1000;
}"""


def seconds(page: Page, name: str) -> float:
    """Return how long a run or a check takes."""
    return float(page.evaluate(TIMED, [name, CELL]))


def measure(browser: Browser, address: str) -> str:
    """Return lines with the size and the times of Python on an exercise page."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    files = page.evaluate(
        "fetch('../../../_static/workbench/runtime/manifest.json')"
        ".then(answer => answer.ok ? answer.json() : {files: []}).then(found => found.files)"
    )
    if not files:
        return "Python in the page: the book was built without it."
    size = sum(file["bytes"] for file in files) / 1e6
    page.evaluate("([id, source]) => practice.fill(id, source)", [CELL, ANSWER])
    loading = seconds(page, "run")
    first = seconds(page, "check")
    later = statistics.median(seconds(page, "check") for _ in range(REPEATS))
    page.reload()
    again = seconds(page, "run")
    context.close()
    return (
        f"Python in the page: {size:.1f} MB; first run {loading:.1f} s with loading, "
        f"first check {first:.2f} s after it (wanted: {MOST_FIRST} s), "
        f"later checks {later:.2f} s (wanted: {MOST_LATER} s), "
        f"first run of the second visit {again:.1f} s"
    )
