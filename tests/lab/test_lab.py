"""Practice and grading as people do them: in JupyterLab in a browser, and with nbgrader."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import pytest
from checkout import ENVIRONMENT, checkout
from nbformat import NotebookNode
from playwright.sync_api import Browser, Locator, Page, expect

from grader.mistakes import bank_of
from grader.student_feedback.sources import claim
from tools.bench_grading import instructors, without_keras
from tools.bench_lab import interrupt, keep_busy

ASSIGNMENT = "01_loss_functions"
NOTEBOOK = "loss_functions.ipynb"
EXERCISE = "mean-squared-error"
WRITTEN = "train-on-one-report-the-other"
SLOW = 120_000  # milliseconds: grading takes long on a busy machine


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course, whose instructor has run `make release`.

    It has a single exercise, whose functions need only NumPy. The full exercise trains networks,
    and the tests of this module execute it four times.
    """
    folder = checkout(tmp_path_factory.mktemp("lab") / "course")
    for exercises in ("solutions", "grader/release"):
        shutil.rmtree(folder / exercises)
    (folder / "solutions" / ASSIGNMENT).mkdir(parents=True)
    nbformat.write(
        without_keras(instructors()).notebook, folder / "solutions" / ASSIGNMENT / NOTEBOOK
    )
    command = ["make", "release"]
    run = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables that give Jupyter a new folder for its settings and records."""
    folder = tmp_path_factory.mktemp("home")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    mine = {name: str(folder / name.lower()) for name in names}
    return {**ENVIRONMENT, **mine, "NBGRADER_EXCHANGE": ""}


@pytest.fixture(scope="module")
def lab(course: Path, home: dict[str, str]) -> Iterator[str]:
    """The address of a student's JupyterLab, started by `make lab`."""
    with jupyterlab("lab", course, home) as address:
        yield address


@pytest.fixture(scope="module")
def grade(course: Path, home: dict[str, str]) -> Iterator[str]:
    """The address of an instructor's JupyterLab, started by `make grade`."""
    with jupyterlab("grade", course, home) as address:
        yield address


@contextmanager
def jupyterlab(target: str, course: Path, home: dict[str, str]) -> Iterator[str]:
    """Start JupyterLab with make and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = f"FLAGS=--no-browser --port={port} --IdentityProvider.token="
    log = course / f"{target}.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            ["make", target, flags],
            cwd=course,
            env=home,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        for _ in range(SLOW // 500):
            if "is running at" in log.read_text() or server.poll() is not None:
                break
            time.sleep(0.5)
        assert "is running at" in log.read_text() and server.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):  # It has ended by itself.
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
    assert run.returncode == 0, f"nbgrader {arguments[0]} failed:\n{run.stderr}"


def cells(course: Path, folder: str) -> dict[str, NotebookNode]:
    """Return the cells of the exercise in `folder`, by id."""
    notebook = nbformat.read(course / folder / ASSIGNMENT / NOTEBOOK, as_version=4)
    return {cell.id: cell for cell in notebook.cells}


def open_file(page: Page, name: str) -> None:
    """Double-click a name in the file browser."""
    page.locator(".jp-DirListing-item", has_text=name).dblclick()


def wait_for_kernel(page: Page) -> None:
    """Wait until the kernel of the notebook in front is idle."""
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle", timeout=SLOW)


def code_cell(page: Page, text: str) -> Locator:
    """Return the code cell that contains `text`."""
    return page.locator(".jp-CodeCell", has_text=text)


def run_cell(page: Page, cell: Locator) -> None:
    """Run a cell with Shift+Enter and wait for its number."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=SLOW)


def expect_soon(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + SLOW / 1000
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def validate(page: Page) -> str:
    """Press nbgrader's *Validate* and return its message."""
    page.get_by_role("button", name="Validate").click()
    result = page.locator("#validation-message")
    result.wait_for(timeout=SLOW)
    text = result.inner_text()
    page.locator(".jp-Dialog").get_by_role("button").last.click()
    return text


def graded(cell: NotebookNode) -> bool:
    """Return whether a cell of the exercise is a check that gives points."""
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def without_markers(source: str) -> str:
    """Return a solution without the lines that tell nbgrader what to cut out."""
    return "\n".join(line for line in source.splitlines() if not line.strip().startswith("###"))


def fill_in_all_but(exercise: str, course: Path, solution: dict[str, NotebookNode]) -> None:
    """Write all answers except one into the student's notebook."""
    path = course / "practice" / ASSIGNMENT / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.id != exercise:
            cell.source = without_markers(solution[cell.id].source)
    nbformat.write(notebook, path)


def answer(page: Page, cell: Locator, source: str) -> None:
    """Replace the source of a cell, and run the cell."""
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


def press_in_formgrader(page: Page, column: str, success: str) -> None:
    """Press formgrader's button in a column of the assignment's row, and wait for its success."""
    page.locator("tr", has=page.locator(f"{column} a")).first.locator(f"{column} a").click()
    result = page.locator(".modal.in")
    expect(result.locator(".modal-body")).to_contain_text(success, timeout=SLOW)
    result.locator(".modal-footer button").click()
    expect(result).to_have_count(0)


def test_an_exercise_is_filled_in_validated_submitted_graded_and_its_feedback_read(
    course: Path, home: dict[str, str], lab: str, grade: str, page: Page
) -> None:
    released, solution = cells(course, "grader/release"), cells(course, "solutions")
    earned = sum(cell.metadata.nbgrader.points for cell in solution.values() if graded(cell))
    total = earned + solution[WRITTEN].metadata.nbgrader.points
    check = released[f"{EXERCISE}-worked-number"].source
    its_call = next(line for line in check.splitlines() if line.startswith("call = "))
    mistake = next(a for a in bank_of(Path(NOTEBOOK).stem).answers if not a.is_right)
    fill_in_all_but(EXERCISE, course, solution)

    page.goto(lab)  # It opens on the start page.
    page.get_by_role("link", name=NOTEBOOK).click()
    wait_for_kernel(page)
    before = validate(page)
    assert claim(check) in before
    assert "# YOUR CODE HERE" in before
    assert "Hidden checks did not run" in before

    run_cell(page, code_cell(page, "import numpy").first)
    blank = code_cell(page, released[EXERCISE].source.splitlines()[0])
    try_it = code_cell(page, f"check({mistake.exercise})")
    asked = released[f"{EXERCISE}-try-it"].source
    answer(page, blank, mistake.source)
    run_cell(page, try_it)
    expect(try_it.locator(".jp-OutputArea-output").last).to_contain_text(mistake.sentence)
    answer(page, try_it, f"check({mistake.exercise})\nhint({mistake.exercise})")
    expect(try_it.locator(".jp-OutputArea-output").last).to_contain_text("Hint 1 of ")
    answer(page, blank, without_markers(solution[EXERCISE].source))
    answer(page, try_it, asked)
    expect(try_it.locator(".jp-OutputArea-output").last).to_contain_text("agrees on all ")
    run_cell(page, code_cell(page, its_call))
    passed = code_cell(page, its_call).locator(".jp-OutputArea-output")
    expect(passed).to_have_count(0)  # A check that passes prints nothing.
    save(page)
    assert "Success! Your notebook passes all the tests." in validate(page)
    submit(page)

    nbgrader(course, home, "collect", ASSIGNMENT)
    formgrader = page.context.new_page()
    formgrader.goto(f"{grade}/formgrader/manage_submissions/{ASSIGNMENT}")
    press_in_formgrader(formgrader, ".autograde", f"Successfully autograded '{ASSIGNMENT}'")
    formgrader.reload()
    expect(formgrader.locator("tbody")).to_contain_text(f"{earned:g} / {total:g}")
    formgrader.goto(f"{grade}/formgrader/manage_assignments")
    press_in_formgrader(formgrader, ".generate-feedback", "Successfully generated feedback")
    press_in_formgrader(formgrader, ".release-feedback", "Successfully released feedback")
    formgrader.close()

    page.get_by_role("button", name="Fetch Feedback").click()
    page.get_by_text("(view feedback)").click()
    open_file(page, f"{Path(NOTEBOOK).stem}.html")
    feedback = page.frame_locator(".jp-HTMLViewer iframe").locator("body")
    expect(feedback).to_contain_text(f"{earned:g} of {total:g} points")


def test_a_students_desk_shows_chapters_as_notebooks_and_no_solutions(lab: str, page: Page) -> None:
    page.goto(f"{lab}/lab/tree/start.md?reset")
    page.get_by_role("link", name="Loss functions", exact=True).click()
    wait_for_kernel(page)
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    names = page.locator(".jp-DirListing-itemText").all_inner_texts()
    assert set(names) == {ASSIGNMENT, "chapters", "references.md", "start.md"}
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").wait_for()
    expect(page.get_by_role("menuitem", name="Formgrader")).to_have_count(0)
    page.keyboard.press("Escape")

    page.locator(".jp-MarkdownCell", has_text="Loss functions").first.click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")  # The second cell shows the first demo.
    page.locator(".demo-picture svg").wait_for(timeout=SLOW)
    expect(page.locator("[data-mime-type$=stderr]")).to_have_count(0)


def test_an_author_edits_a_chapter_as_a_notebook_with_a_live_demo(
    course: Path, grade: str, page: Page
) -> None:
    chapter = course / "chapters" / f"{ASSIGNMENT}.md"
    text = chapter.read_text(encoding="utf-8")

    page.goto(f"{grade}/lab/tree/chapters?reset")
    open_file(page, chapter.name)
    wait_for_kernel(page)
    page.get_by_role("tab", name="Create Assignment").wait_for()
    page.locator(".jp-MarkdownCell", has_text="Loss functions").first.click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")  # The second cell shows the first demo.
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
    assert chapter.read_text(encoding="utf-8") == text  # Saving changes nothing else.

    known = "demo => Object.keys(demo.demo.frames.rows).length"
    count = int(slider.get_attribute("max") or 0) + 1
    expect_soon(lambda: page.locator(".demo").evaluate(known) == count)
    description = picture.get_attribute("aria-label") or ""
    keep_busy(page)
    slider.press("ArrowRight")
    expect(picture).not_to_have_attribute("aria-label", description)
    interrupt(page)
