"""What students get: made from the solutions as they are, without anything that gives them away."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from grader.release import release

ROOT = Path(__file__).resolve().parents[2]
REGION = re.compile(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", re.DOTALL)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


def secrets() -> Iterator[str]:
    """Each line in `solutions/` that students must not get.

    Left out are lines that also stand outside of the marked regions, or are too short to tell.
    """
    notebooks = [nbformat.read(path, as_version=4) for path in ROOT.glob("solutions/*/*.ipynb")]
    text = "\n".join(cell.source for notebook in notebooks for cell in notebook.cells)
    given = REGION.sub("", text)
    for region in REGION.findall(text):
        lines = (line.strip() for line in region.splitlines())
        yield from (line for line in lines if len(line) > 12 and line not in given)


def test_the_release_is_the_same_bytes_as_a_fresh_one(tmp_path: Path) -> None:
    release(tmp_path / "release", f"sqlite:///{tmp_path}/gradebook.db")
    assert files(tmp_path / "release") == files(ROOT / "grader" / "release"), (
        "grader/release/ is not what solutions/ makes: run `make release`"
    )


@pytest.mark.slow  # the test above compares with what another machine has made
def test_two_releases_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        release(tmp_path / name, f"sqlite:///{tmp_path}/{name}.db")
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_release_holds_no_line_of_a_solution_or_of_a_hidden_check() -> None:
    hidden = set(secrets())
    assert len(hidden) > 50
    released = [
        cell.source + str(cell.get("outputs", ""))
        for path in (ROOT / "grader" / "release").glob("*/*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
    ]
    assert released
    assert [line for line in hidden if any(line in text for text in released)] == []


@pytest.mark.parametrize("word", ["BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "MARK SCHEME"])
def test_the_release_holds_no_delimiter(word: str) -> None:
    for path in (ROOT / "grader" / "release").rglob("*.ipynb"):
        assert word not in path.read_text()


def test_the_release_is_a_notebook_an_assignment_and_nothing_else() -> None:
    """But for the data of chapter 7, of which tests/chapters/test_data.py says what they are."""
    sources = {
        str(path.relative_to(ROOT / "solutions")) for path in (ROOT / "solutions").glob("*/*.ipynb")
    }
    data = {f"07_putting_it_together/{name}" for name in ("digits.npz", "runs.json")}
    assert set(files(ROOT / "grader" / "release")) == sources | data
