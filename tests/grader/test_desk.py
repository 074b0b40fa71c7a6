"""A student's desk: what `make lab` puts into practice/, and what it leaves alone."""

import json
import os
import time
from pathlib import Path

import nbformat
import pytest

from grader.course import RELEASE
from grader.practice import desk

NOTEBOOK = "01_loss_functions/loss_functions.ipynb"
CHAPTER = "chapters/01_loss_functions.ipynb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new desk."""
    desk.practice(tmp_path / "practice")
    return tmp_path / "practice"


def test_it_has_the_exercises_the_chapters_and_a_start_page_that_leads_to_them(
    folder: Path,
) -> None:
    for path in RELEASE.glob("*/*.*"):
        assert (folder / path.relative_to(RELEASE)).read_bytes() == path.read_bytes()
    start = (folder / "start.md").read_text(encoding="utf-8")
    for path in folder.glob("*/*.ipynb"):
        assert f"({path.relative_to(folder).as_posix()})" in start
    assert (folder / "chapters/demos/__init__.py").exists()
    assert (folder / "chapters/_static/demos.js").exists()


def test_its_chapters_are_common_markdown_and_lead_to_its_exercises(folder: Path) -> None:
    chapter = nbformat.read(folder / CHAPTER, as_version=4)
    text = "\n".join(cell.source for cell in chapter.cells)
    assert ":::" not in text
    assert "<details>" in text
    assert f"](../{NOTEBOOK})" in text


def test_it_has_no_solution(folder: Path) -> None:
    for path in folder.rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "BEGIN SOLUTION" not in text
        assert "BEGIN HIDDEN TESTS" not in text


@pytest.mark.parametrize("name", [NOTEBOOK, CHAPTER])
def test_what_nobody_has_changed_becomes_new_and_a_students_work_stays(
    folder: Path, name: str
) -> None:
    path = folder / name
    ours = path.read_bytes()
    path.write_bytes(b"an older version")
    os.utime(path, (desk.UNCHANGED, desk.UNCHANGED))
    desk.practice(folder)
    assert path.read_bytes() == ours
    path.write_bytes(b"the student's work")
    desk.practice(folder)
    assert path.read_bytes() == b"the student's work"


def test_a_desk_from_before_gets_what_it_lacks(folder: Path, tmp_path: Path) -> None:
    """Whoever had a notebook before gets the files beside it that are new in the course."""
    released = tmp_path / "release"
    (released / "01_small").mkdir(parents=True)
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (released / "01_small/small.ipynb").write_text(json.dumps(notebook))
    assert desk.practice(folder, released) == [(folder / "01_small", True)]
    os.utime(folder / "01_small/small.ipynb", (time.time(), time.time()))
    (released / "01_small/data.csv").write_text("x\n1\n")
    assert desk.practice(folder, released) == [(folder / "01_small", False)]
    assert (folder / "01_small/data.csv").read_text() == "x\n1\n"
    assert int((folder / "01_small/small.ipynb").stat().st_mtime) != desk.UNCHANGED


def test_a_course_without_chapters_has_a_desk_of_exercises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "SITE", tmp_path / "none")
    desk.practice(tmp_path / "practice")
    assert {path.name for path in (tmp_path / "practice").iterdir()} == {
        path.name for path in RELEASE.iterdir()
    }


def test_the_fonts_are_listed_before_the_first_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    desk.list_fonts()
    assert list(tmp_path.glob("fontlist-*.json"))
