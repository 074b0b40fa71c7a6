"""Practice and grading as people do them: JupyterLab in a real browser, nbgrader's own commands."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from checkout import ENVIRONMENT, checkout
from nbformat import NotebookNode
from playwright.sync_api import Browser, Locator, Page, expect

ASSIGNMENT = "01_loss_functions"
NOTEBOOK = "loss_functions.ipynb"
EXERCISE = "mean-squared-error"
SLOW = 120_000  # milliseconds: a cell may import Keras, on a busy machine


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of its own, whose instructor has run `make release`."""
    folder = checkout(tmp_path_factory.mktemp("lab") / "course")
    command = ["make", "release"]
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which Jupyter keeps its settings and records in a folder of its own."""
    folder = tmp_path_factory.mktemp("home")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    mine = {name: str(folder / name.lower()) for name in names}
    return {**ENVIRONMENT, **mine, "NBGRADER_EXCHANGE": ""}


@pytest.fixture(scope="module")
def lab(course: Path, home: dict[str, str]) -> Iterator[str]:
    """The address of JupyterLab, started by `make lab`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = f"FLAGS=--no-browser --port={port} --IdentityProvider.token="
    log = course / "lab.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            ["make", "lab", flags],
            cwd=course,
            env=home,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        for _ in range(120):
            if "is running at" in log.read_text() or server.poll() is not None:
                break
            time.sleep(0.5)
        assert server.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window wide enough for JupyterLab."""
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        context.set_default_timeout(60_000)
        yield context.new_page()


def nbgrader(course: Path, home: dict[str, str], *arguments: str) -> None:
    """Run one of nbgrader's commands as an instructor does, in the course folder."""
    command = ["../.venv/bin/python", "-m", "nbgrader", *arguments]
    run = subprocess.run(command, cwd=course / "grader", env=home, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def cells(course: Path, folder: str) -> dict[str, NotebookNode]:
    """The cells of the exercise in `folder`, by id."""
    notebook = nbformat.read(course / folder / ASSIGNMENT / NOTEBOOK, as_version=4)
    return {cell.id: cell for cell in notebook.cells}


def open_file(page: Page, name: str) -> None:
    """Double-click a name in the file browser."""
    page.locator(".jp-DirListing-item", has_text=name).dblclick()


def wait_for_kernel(page: Page) -> None:
    """Wait until the notebook in front has a kernel with nothing to do."""
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle", timeout=SLOW)


def code_cell(page: Page, text: str) -> Locator:
    """The code cell in which `text` stands."""
    return page.locator(".jp-CodeCell", has_text=text)


def run_cell(page: Page, cell: Locator) -> None:
    """Run a cell with Shift+Enter and wait for its number."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=SLOW)


def validate(page: Page) -> str:
    """Press nbgrader's *Validate* and return what it says."""
    page.get_by_role("button", name="Validate").click()
    result = page.locator("#validation-message")
    result.wait_for(timeout=SLOW)
    text = result.inner_text()
    page.locator(".jp-Dialog").get_by_role("button").last.click()
    return text


def graded(cell: NotebookNode) -> bool:
    """Tell whether a cell of the exercise gives points."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def without_markers(source: str) -> str:
    """A student's answer: the solution without the lines that nbgrader cuts at."""
    return "\n".join(line for line in source.splitlines() if not line.strip().startswith("###"))


def answer(page: Page, cell: Locator, source: str) -> None:
    """Replace what stands in a cell, and run it."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    run_cell(page, cell)


def save(page: Page) -> None:
    """Save the notebook in front and wait until it is saved."""
    page.keyboard.press("ControlOrMeta+s")
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)


def submit(page: Page) -> None:
    """Hand in the assignment, from the menu."""
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()
    row = page.locator("#fetched_assignments_list .list_item", has_text=ASSIGNMENT)
    row.get_by_role("button", name="Submit").click()
    page.locator("#submitted_assignments_list").get_by_text(ASSIGNMENT).first.wait_for()


def test_an_exercise_is_filled_in_validated_submitted_and_graded(
    course: Path, home: dict[str, str], lab: str, page: Page
) -> None:
    released, solution = cells(course, "grader/release"), cells(course, "solutions")
    points = {id: cell.metadata.nbgrader.points for id, cell in solution.items() if graded(cell)}
    earned = sum(worth for id, worth in points.items() if id.startswith(f"{EXERCISE}-"))
    total = sum(points.values())
    check = released[f"{EXERCISE}-worked-number"].source

    page.goto(f"{lab}/lab/tree/practice?reset")
    open_file(page, ASSIGNMENT)
    open_file(page, NOTEBOOK)
    wait_for_kernel(page)
    before = validate(page)
    assert check in before
    assert "NotImplementedError" in before

    run_cell(page, code_cell(page, "import keras").first)
    blank = code_cell(page, released[EXERCISE].source.splitlines()[0])
    answer(page, blank, without_markers(solution[EXERCISE].source))
    run_cell(page, code_cell(page, check.splitlines()[0]))
    passed = code_cell(page, check.splitlines()[0]).locator(".jp-OutputArea-output")
    expect(passed).to_have_count(0)  # a check that passes says nothing
    save(page)
    after = validate(page)
    assert check not in after
    assert "NotImplementedError" in after  # the other functions are still to do
    submit(page)

    nbgrader(course, home, "collect", ASSIGNMENT)
    formgrader = page.context.new_page()
    formgrader.goto(f"{lab}/formgrader/manage_submissions/{ASSIGNMENT}")
    formgrader.locator(".autograde a").click()
    expect(formgrader.locator(".modal-body")).to_contain_text(
        f"Successfully autograded '{ASSIGNMENT}'", timeout=SLOW
    )
    formgrader.close()
    for step in ("generate_feedback", "release_feedback"):
        nbgrader(course, home, step, ASSIGNMENT)

    page.get_by_role("button", name="Fetch Feedback").click()
    page.get_by_text("(view feedback)").wait_for()
    [feedback] = course.glob(f"practice/{ASSIGNMENT}/feedback/*/*.html")
    page.goto(feedback.as_uri())
    expect(page.locator("body")).to_contain_text(f"{earned:g} of {total:g} points")

    page.goto(f"{lab}/formgrader/manage_submissions/{ASSIGNMENT}")
    expect(page.locator("tbody")).to_contain_text(f"{earned:g} / {total:g}")


def test_a_chapter_opens_as_a_notebook_with_a_live_demo(course: Path, lab: str, page: Page) -> None:
    chapter = course / "chapters" / f"{ASSIGNMENT}.md"
    text = chapter.read_text(encoding="utf-8")

    page.goto(f"{lab}/lab/tree/chapters?reset")
    open_file(page, chapter.name)
    wait_for_kernel(page)
    page.locator(".jp-MarkdownCell", has_text="Loss functions").first.click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")  # the cell under the title holds the first demo
    slider = page.get_by_role("slider").first
    slider.wait_for(timeout=SLOW)
    picture = page.locator(".demo-picture")
    description, drawing = picture.get_attribute("aria-label") or "", picture.inner_html()
    assert "<svg" in drawing
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(picture).not_to_have_attribute("aria-label", description)
    assert picture.inner_html() != drawing

    save(page)
    assert chapter.read_text(encoding="utf-8") == text  # saving changes what was typed, no more
