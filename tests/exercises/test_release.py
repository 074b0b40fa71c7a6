"""The release is made from the present solutions, and nothing in it gives them away."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from secret_lines import secret_lines

from grader.engine.behavior import same
from grader.practice.shipping import make_data
from grader.release import release
from grader.solutions import solution_notebooks

ROOT = Path(__file__).resolve().parents[2]


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below `folder`, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


def test_the_release_is_the_same_bytes_as_a_fresh_one(tmp_path: Path) -> None:
    """The data for `check` are made anew only if one of their sources has changed."""
    kept = ROOT / "grader" / "release"
    shutil.copytree(kept, tmp_path / "release")
    release(tmp_path / "release", f"sqlite:///{tmp_path}/gradebook.db")
    assert files(tmp_path / "release") == files(kept), (
        "grader/release/ is not made from the present solutions/, grader/mistakes/ and "
        "grader/practice/: run `make release`"
    )


@pytest.mark.slow  # it runs every known mistake
@pytest.mark.parametrize("path", solution_notebooks(), ids=lambda path: path.stem)
def test_the_data_for_check_come_out_again(path: Path) -> None:
    file = ROOT / "grader" / "release" / path.parent.name / "practice.json"
    assert same(make_data(path), json.loads(file.read_text(encoding="utf-8"))["exercises"], 1e-3)


@pytest.mark.slow  # the test above already compares with the bytes of another machine
def test_two_releases_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        release(tmp_path / name, f"sqlite:///{tmp_path}/{name}.db")
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_release_holds_no_line_of_a_solution_or_of_a_hidden_check() -> None:
    secrets = secret_lines()
    assert len(secrets) > 50
    released = [
        cell.source + str(cell.get("outputs", ""))
        for path in (ROOT / "grader" / "release").glob("*/*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
    ]
    assert released
    assert [line for line in secrets if any(line in text for text in released)] == [], (
        "put these lines between the marks of a solution or a hidden check, and run `make release`"
    )


@pytest.mark.parametrize("word", ["BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "MARK SCHEME"])
def test_the_release_holds_no_delimiter(word: str) -> None:
    for path in (ROOT / "grader" / "release").rglob("*.ipynb"):
        assert word not in path.read_text()


def test_the_release_is_a_notebook_an_assignment_and_nothing_else() -> None:
    """Chapter 7 alone has data beside its notebook; tests/chapters/test_data.py knows them."""
    sources = {
        str(path.relative_to(ROOT / "solutions")) for path in (ROOT / "solutions").glob("*/*.ipynb")
    }
    data = {f"07_putting_it_together/{name}" for name in ("digits.npz", "runs.json")}
    module = {
        str(Path(source).with_name(name))
        for source in sources
        for name in ("practice.py", "practice.json")
    }
    assert set(files(ROOT / "grader" / "release")) == sources | data | module
