"""Exercises and chapters whose code runs on the page: in a real browser, with Python in it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import nbformat
import pytest
from course_site.pages.exercise_pages import ANSWER, RELEASE
from course_site.pages.workbench import keras_functions
from exercises.grading import NOTEBOOKS, exercises_of
from playwright.sync_api import Browser, BrowserContext, Page, expect

from grader.mistakes import bank_of

ROOT = Path(__file__).resolve().parents[2]
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
KEY = "training-neural-networks/01_loss_functions"
LOSSES = f"{RELEASE}01_loss_functions/loss_functions.html"
MEAN = "mean-squared-error"
RIGHT = """\
def mean_squared_error(y_true, y_pred):
    if y_true.shape != y_pred.shape:
        raise ValueError(f"{y_true.shape} and {y_pred.shape}")
    return np.mean((y_true - y_pred) ** 2)
"""


def address(path: Path) -> str:
    """The page of a solution notebook, from the book's root."""
    return f"{RELEASE}{path.parent.name}/{path.stem}.html"


def ids(path: Path) -> dict[str, str]:
    """The ids of a notebook's answers in code that the page can run, by their functions."""
    released = ROOT / RELEASE / path.parent.name
    keras = keras_functions(released)
    cells = nbformat.read(released / path.name, as_version=4).cells
    found = {}
    for cell in cells:
        rights = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and rights.get("solution"):
            name = re.findall(r"^def (\w+)", cell.source, re.MULTILINE)[0]
            found[name] = cell.id
    return {name: cell for name, cell in found.items() if name not in keras}


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that keeps Python from page to page, and in which no page may raise an error."""
    errors: list[str] = []
    with browser.new_context(accept_downloads=True) as context:
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context
    assert errors == []


@pytest.fixture
def page(reader: BrowserContext, site: str) -> Iterator[Page]:
    """The exercises of chapter 1, on which nobody has written yet."""
    page = reader.new_page()
    page.goto(f"{site}/{LOSSES}")
    page.evaluate("localStorage.clear()")
    page.reload()
    yield page
    page.evaluate("localStorage.clear()")
    page.close()


def frame(page: Page, cell: str) -> Any:
    return page.locator(f".exercise-cell[data-cell='{cell}']")


def press(page: Page, cell: str, name: str) -> None:
    """Press a button below a cell."""
    frame(page, cell).get_by_role("button", name=re.compile(f"^{name}")).click()


def fill(page: Page, cell: str, source: str) -> None:
    page.evaluate("([id, source]) => practice.fill(id, source)", [cell, source])


def check(page: Page, cell: str) -> dict[str, Any]:
    """Check an answer as the button does; return what the page says."""
    verdict: dict[str, Any] = page.evaluate("id => practice.check(id)", cell)
    return verdict


def points(page: Page) -> Any:
    return page.locator(".workbench-points")


def kept(page: Page) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(page.evaluate(f"localStorage.getItem('{KEY}')") or "null")
    return state


# Before the first click


def test_before_the_first_click_a_page_loads_one_small_script(site: str, browser: Browser) -> None:
    page = browser.new_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    for path in ("chapters/01_loss_functions.html", LOSSES):
        loaded.clear()
        page.goto(f"{site}/{path}", wait_until="networkidle")
        of_ours = [url for url in loaded if "/workbench/" in url]
        assert [url.partition("?")[0] for url in of_ours] == [f"{site}/_static/workbench/start.js"]
    assert page.evaluate("Object.keys(localStorage)") == []
    press(page, MEAN, "Write here")
    expect(frame(page, MEAN).locator(".cm-content")).to_be_focused()
    assert not [url for url in loaded if "/runtime/" in url and "manifest.json" not in url]
    expect(frame(page, MEAN).get_by_role("button", name="Run")).to_have_text(
        re.compile(r"Run — loads Python once, \d+ MB")
    )
    page.close()


def test_each_answer_has_a_button_or_a_sentence_that_names_keras(book: Path) -> None:
    for path in NOTEBOOKS:
        text = (book / address(path)).read_text(encoding="utf-8")
        for cell in ids(path).values():
            assert f'data-cell="{cell}"' in text
        folder = ROOT / RELEASE / path.parent.name
        notebook = nbformat.read(folder / path.name, as_version=4)
        written = [cell for cell in notebook.cells if ANSWER in cell.source]
        assert all(f'data-cell="{cell.id}"' in text for cell in written)
        assert text.count("This task needs Keras") >= len(keras_functions(folder))


# Run, check, hint


def test_a_reader_writes_runs_and_checks_an_answer(page: Page) -> None:
    press(page, MEAN, "Write here")
    editor = frame(page, MEAN).locator(".cm-content")
    editor.press("Control+a")
    page.keyboard.insert_text("print('seen')\n" + RIGHT)
    page.keyboard.press("Control+Enter")
    expect(frame(page, MEAN).get_by_role("status")).to_have_text("seen", timeout=60_000)
    press(page, MEAN, "Check")
    status = frame(page, MEAN).get_by_role("status")
    expect(status).to_contain_text("2 of 2 points: the visible checks pass.")
    expect(status).to_contain_text("mean_squared_error agrees on all")
    expect(points(page)).to_contain_text("Visible checks: 2 of ")


def test_a_failed_check_says_which_and_what_and_names_the_mistake(page: Page) -> None:
    fill(page, MEAN, RIGHT.replace("np.mean", "np.sum"))
    verdict = check(page, MEAN)
    assert (verdict["passed"], verdict["points"], verdict["of"]) == (False, 1, 2)
    assert "divide it by how many there are" in verdict["message"]
    assert "You add the squared errors up" in verdict["message"]
    claim = "This check fails: The worked number comes out"
    expect(frame(page, MEAN).get_by_role("status")).to_contain_text(claim)
    expect(points(page)).to_contain_text("Visible checks: 1 of ")
    fill(page, MEAN, "def mean_squared_error(y_true, y_pred:\n    return 0")
    assert "SyntaxError" in check(page, MEAN)["message"]


def test_an_unwritten_answer_is_called_so(page: Page) -> None:
    verdict = check(page, MEAN)
    assert not verdict["passed"]
    assert verdict["points"] == 0
    assert "is not written yet" in verdict["message"]


def test_hints_come_one_by_one_and_need_no_python(page: Page) -> None:
    press(page, MEAN, "Write here")
    press(page, MEAN, "Hint")
    status = frame(page, MEAN).get_by_role("status")
    expect(status).to_contain_text("Hint 1 of ")
    press(page, MEAN, "Hint")
    expect(status).to_contain_text("Hint 2 of ")


def test_what_is_there_to_try_draws_a_figure_in_both_themes(page: Page) -> None:
    cell = "mean-squared-error-try-it"
    press(page, cell, "Try it here")
    fill(page, cell, "plt.plot([1, 2])\nplt.title('slope')\nplt.show()\nprint('below')")
    press(page, cell, "Run")
    figure = frame(page, cell).get_by_role("img")
    expect(figure).to_be_visible(timeout=60_000)
    expect(frame(page, cell).get_by_role("status")).to_contain_text("below")
    colors = set()
    for theme in "light", "dark":
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        title = figure.locator("text", has_text="slope")
        colors.add(title.evaluate("text => getComputedStyle(text).fill"))
    assert len(colors) == 2, f"the title is as dark on a dark page: {colors}"


def test_a_cell_to_try_that_fails_is_answered_by_its_last_line(page: Page) -> None:
    fill(page, MEAN, "def mean_squared_error(y_true, y_pred):\n    np.mean((y_true - y_pred) ** 2)")
    result = page.evaluate("id => practice.run(id)", f"{MEAN}-try-it")
    error, answer = result["outputs"][-2:]
    assert error["kind"] == "error"
    assert "End the function with `return`" in answer["content"]
    expect(frame(page, f"{MEAN}-try-it").get_by_role("status")).to_contain_text("gave None")


def test_stop_ends_an_endless_loop_and_the_next_run_works(page: Page) -> None:
    press(page, MEAN, "Write here")
    fill(page, MEAN, "print('begins', flush=True)\nwhile True:\n    pass")
    press(page, MEAN, "Run")
    press(page, MEAN, "Stop")
    expect(frame(page, MEAN).get_by_role("status")).to_contain_text("stopped")
    fill(page, MEAN, RIGHT)
    assert check(page, MEAN)["passed"]


def test_an_end_of_python_costs_that_check_only(page: Page) -> None:
    fill(page, MEAN, "import os\nos._exit(3)")
    verdict = check(page, MEAN)
    assert not verdict["passed"]
    assert verdict["message"]
    fill(page, MEAN, RIGHT)
    assert check(page, MEAN)["passed"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_solution_in_numpy_passes_its_visible_checks(
    reader: BrowserContext, site: str, path: Path
) -> None:
    page = reader.new_page()
    page.goto(f"{site}/{address(path)}")
    solutions, cells = exercises_of(path).solutions, ids(path)
    assert len(cells) >= 4
    for name, cell in cells.items():
        fill(page, cell, solutions[name])
    failed = {}
    for name, cell in cells.items():
        verdict = check(page, cell)
        if not verdict["passed"] or verdict["points"] != verdict["of"]:
            failed[name] = verdict["message"]
    assert failed == {}
    said = points(page).inner_text()
    [reached, possible] = re.findall(r"\d+", said)
    assert reached == possible, "the bar promises other points than the checks give"
    page.evaluate("localStorage.clear()")
    page.close()


def test_ten_known_mistakes_are_named(page: Page) -> None:
    [path] = [path for path in NOTEBOOKS if path.stem == "loss_functions"]
    cells, solutions = ids(path), exercises_of(path).solutions
    named = {}
    for name, cell in list(cells.items())[:6]:
        mistakes = [a for a in bank_of(path.stem).answers if a.exercise == name and not a.is_right]
        for mistake in mistakes[:2]:
            fill(page, cell, mistake.source)
            message = " ".join(check(page, cell)["message"].split())
            named[mistake.name] = mistake.sentence in message
        fill(page, cell, solutions[name])
    assert len(named) >= 10
    assert [name for name, is_named in named.items() if not is_named] == []


# Work that is kept


def test_work_survives_a_reload_until_it_is_cleared(page: Page) -> None:
    fill(page, MEAN, RIGHT)
    check(page, MEAN)
    page.reload()
    expect(frame(page, MEAN).locator(".cm-content")).to_contain_text("np.mean")
    expect(points(page)).to_contain_text("Visible checks: 2 of ")
    fill(page, MEAN, RIGHT + "\n# changed")
    expect(points(page)).to_contain_text("Visible checks: 0 of ")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Clear my work").click()
    assert kept(page)["sources"][0][0] == MEAN
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Clear my work").click()
    expect(page.locator(".workbench-says")).to_contain_text("forgotten")
    assert kept(page) is None
    page.reload()
    expect(frame(page, MEAN).get_by_role("button", name="Write here")).to_be_visible()


def test_reset_puts_back_what_was_released(page: Page) -> None:
    fill(page, MEAN, RIGHT)
    page.once("dialog", lambda dialog: dialog.accept())
    press(page, MEAN, "Reset")
    expect(frame(page, MEAN).locator(".cm-content")).to_contain_text("YOUR CODE HERE")
    assert kept(page) is None


def test_damaged_storage_is_ignored(page: Page, site: str) -> None:
    for text in ("{", "null", '{"version": 1, "sources": [["x", 3]], "points": []}', "[]"):
        page.evaluate("text => localStorage.setItem(...text)", [KEY, text])
        page.reload()
        press(page, MEAN, "Write here")
        expect(frame(page, MEAN).locator(".cm-content")).to_contain_text("YOUR CODE HERE")


def test_a_notebook_goes_out_and_comes_back(page: Page, tmp_path: Path) -> None:
    written = frame(page, "train-on-one-report-the-other")
    written.get_by_role("button", name="Write here").click()
    written.get_by_role("textbox").fill("Because a mean\nis not a median.")
    fill(page, MEAN, RIGHT)
    file = saved(page, tmp_path)
    cells = {cell.id: cell for cell in nbformat.read(file, as_version=4).cells}
    assert cells[MEAN].source == RIGHT
    assert cells["train-on-one-report-the-other"].source == "Because a mean\nis not a median."
    released = ROOT / RELEASE / "01_loss_functions" / "loss_functions.ipynb"
    for cell in nbformat.read(released, as_version=4).cells:
        if cell.id not in {MEAN, "train-on-one-report-the-other"}:
            assert cells[cell.id] == cell
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Clear my work").click()
    opened(page, file)
    expect(page.locator(".workbench-says")).to_contain_text("is open")
    expect(written.get_by_role("textbox")).to_have_value("Because a mean\nis not a median.")
    expect(frame(page, MEAN).locator(".cm-content")).to_contain_text("np.mean")
    other = tmp_path / "other.ipynb"
    for text, sentence in {
        "{": "This file is not a notebook.",
        '{"cells": []}': "This notebook belongs to another exercise.",
    }.items():
        other.write_text(text)
        opened(page, other)
        expect(page.locator(".workbench-says")).to_have_text(sentence)


def saved(page: Page, folder: Path) -> Path:
    """Download the reader's notebook."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my notebook").click()
    assert download.value.suggested_filename == "loss_functions.ipynb"
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def opened(page: Page, file: Path) -> None:
    """Choose a notebook on this machine."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open my notebook").click()
    chooser.value.set_files(file)


@pytest.mark.slow
def test_the_grader_gives_the_points_that_the_page_said(page: Page, tmp_path: Path) -> None:
    [path] = [path for path in NOTEBOOKS if path.stem == "loss_functions"]
    solutions, cells = exercises_of(path).solutions, ids(path)
    fill(page, MEAN, RIGHT.replace("np.mean", "np.sum"))
    for name in ("r_squared", "huber", "log_sum_exp"):
        fill(page, cells[name], solutions[name])
    answers = {name: check(page, cells[name])["points"] for name in list(cells)[:8]}
    assert 0 < answers["mean_squared_error"] < sum(answers.values())
    student = tmp_path / "hand-in" / "ada"
    student.mkdir(parents=True)
    saved(page, student)
    output = str(tmp_path / "graded")
    command = [sys.executable, "-m", "grader", "grade", "--output", output, str(student.parent)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    table = Path(output, "marks.csv").read_text(encoding="utf-8-sig")
    [row] = csv.DictReader(table.splitlines())
    marks = {column.partition(" (")[0]: number for column, number in row.items()}
    notebook = nbformat.read(ROOT / RELEASE / path.parent.name / path.name, as_version=4)
    graded, task = dict.fromkeys(answers, 0.0), ""
    names = {cell: name for name, cell in cells.items()}
    for cell in notebook.cells:
        rights = cell.metadata.get("nbgrader", {})
        if rights.get("solution"):
            task = names.get(cell.id, "")
        elif rights.get("grade") and task in graded and "# Hidden check" not in cell.source:
            graded[task] += float(marks[cell.id])
    assert graded == answers


# For everyone


def test_on_a_page_from_a_folder_a_sentence_says_why_nothing_runs(
    book: Path, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto((book / LOSSES).as_uri())
    expect(page.locator(".workbench-says")).to_contain_text("only if the page comes from a web")
    expect(page.get_by_role("button", name=re.compile("Write here"))).to_have_count(0)
    page.close()


def test_without_python_on_the_site_a_sentence_says_so_and_writing_works(
    site: str, browser: Browser
) -> None:
    page = browser.new_page()
    page.route("**/runtime/manifest.json", lambda route: route.fulfill(status=404))
    page.goto(f"{site}/{LOSSES}")
    press(page, MEAN, "Write here")
    expect(frame(page, MEAN)).to_contain_text("has no Python")
    buttons = frame(page, MEAN).locator(".cell-buttons").get_by_role("button")
    expect(buttons).to_have_text(["Hint", "Reset"])
    page.close()


def test_the_keyboard_leaves_the_editor_with_escape_and_tab(page: Page) -> None:
    button = frame(page, MEAN).get_by_role("button", name="Write here")
    button.press("Enter")
    editor = frame(page, MEAN).locator(".cm-content")
    expect(editor).to_be_focused()
    page.keyboard.press("Tab")
    expect(editor).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(frame(page, MEAN).get_by_role("button", name=re.compile("^Run"))).to_be_focused()
    expect(frame(page, MEAN)).to_contain_text("Escape, then Tab leaves the editor")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_open_workbench_is_accessible_and_fits_a_phone(
    site: str, browser: Browser, theme: str
) -> None:
    context = browser.new_context(bypass_csp=True, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{site}/{LOSSES}")
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    fill(page, MEAN, RIGHT + "# a long line " * 20)
    check(page, MEAN)
    page.evaluate(AXE.read_text())
    report = page.evaluate("axe.run({include: ['.exercise-cell.is-open', '.workbench-bar']})")
    found = [
        (violation["id"], violation["nodes"][0]["html"])
        for violation in report["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


# Chapters


CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("0*_*.md"))


def open_cell(page: Page, cell: str) -> Any:
    """Open a cell of a chapter; return its frame."""
    live = page.locator(f".live-cell[data-cell='{cell}']")
    live.get_by_role("button", name=re.compile("^Edit and run")).click()
    expect(live.locator(".cm-content")).to_be_focused()
    return live


def alike(text: str, other: str) -> bool:
    """Tell whether two texts have the same words, and the same numbers but for their last digit."""
    number = r"-?\d+\.?\d*(?:e[-+]?\d+)?"
    numbers, others = ([float(found) for found in re.findall(number, t)] for t in (text, other))
    words = [re.sub(number, "", one).split() for one in (text, other)]
    return words[0] == words[1] and numbers == pytest.approx(others, rel=2e-3, abs=1e-12)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_cells_of_a_chapter_print_on_the_page_what_they_printed_in_the_book(
    reader: BrowserContext, site: str, chapter: str
) -> None:
    page = reader.new_page()
    page.goto(f"{site}/chapters/{chapter}.html")
    cells = page.locator(".live-cell").evaluate_all("all => all.map(one => one.dataset.cell)")
    assert len(cells) >= 4
    printed = {
        cell: page.locator(f"[data-cell='{cell}'] .cell_output pre").all_text_contents()
        for cell in cells
    }
    wrong = {}
    for cell in cells:
        result = page.evaluate("id => practice.run(id)", cell)
        text = "\n".join(part["content"] for part in result["outputs"] if part["kind"] != "svg")
        if not result["ok"] or not alike(text, "\n".join(printed[cell])):
            wrong[cell] = (text, printed[cell])
    assert wrong == {}
    page.close()


def test_a_reader_changes_a_cell_of_a_chapter(reader: BrowserContext, site: str) -> None:
    page = reader.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    live = open_cell(page, "code-2")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("from demos.losses import walk\nprint(len(walk.TIME), 'seconds')")
    page.keyboard.press("Control+Enter")
    expect(live.get_by_role("status")).to_have_text("8 seconds", timeout=60_000)
    expect(live.locator(".cell_output")).to_be_hidden()
    page.reload()
    expect(live.locator(".cm-content")).to_contain_text("seconds")
    page.once("dialog", lambda dialog: dialog.accept())
    live.get_by_role("button", name="Reset").click()
    expect(live.locator(".cell_output")).to_be_visible()
    page.evaluate("localStorage.clear()")
    page.close()


def test_cells_with_keras_say_where_they_run(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    cell = page.locator("div.cell", has_text="import keras").first
    note = cell.locator("xpath=following-sibling::*[1]")
    expect(note).to_have_text("Keras runs in JupyterLab, not on the page.")
    note.get_by_role("link").click()
    expect(page.locator("#in-jupyterlab")).to_be_in_viewport()
    page.close()


def test_in_a_folder_a_chapter_says_on_a_click_why_nothing_runs(
    book: Path, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto((book / "chapters" / "01_loss_functions.html").as_uri())
    page.get_by_role("button", name=re.compile("^Edit and run")).first.click()
    expect(page.locator(".live-cell").first).to_contain_text("only if the page comes from a web")
    page.close()
