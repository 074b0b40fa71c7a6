"""What the Validate button says about checks that fail."""

from __future__ import annotations

from pathlib import Path

import course_validator
import nbformat
import pytest
from checkout import ROOT
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.server_extensions.validate_assignment import handlers
from nbgrader_cells import mark
from traitlets.config import Config

CHECK = '"""Two doubled is four."""\nassert double(2) == 4, "double(2) has to be 4."'
HIDDEN = "# Hidden check: numbers below zero."


def validated(folder: Path, answer: str) -> dict[str, list[dict[str, str]]]:
    """Return what the button gets for a notebook with this answer."""
    cells = [
        mark(new_code_cell(answer), "double", solution=True),
        mark(new_code_cell(CHECK), "double-two", 1),
        mark(new_code_cell(HIDDEN), "double-negative", 3),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "small.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return course_validator.CourseValidator().validate(str(path))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [("return 5", "double(2) has to be 4."), ("raise NotImplementedError()", "# YOUR CODE HERE.")],
)
def test_a_failing_check_is_named_with_its_sentence(
    tmp_path: Path, body: str, sentence: str
) -> None:
    results = validated(tmp_path, f"def double(x):\n    {body}")
    assert results.keys() == {"failed"}
    [failed] = results["failed"]
    assert failed["source"] == "Two doubled is four.\n(double-two, 1 point)"
    shown, note = failed["error"].rsplit("\n\n", 1)
    assert sentence in shown
    assert len(shown.splitlines()) <= course_validator.LONGEST
    assert note.endswith("They hold 3 of the 4 points.")


def test_a_right_answer_passes(tmp_path: Path) -> None:
    assert validated(tmp_path, "def double(x):\n    return 2 * x") == {}


def test_the_server_of_make_lab_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "Validator", handlers.Validator)
    config = Config()
    names = {"__file__": str(ROOT / "lab/x"), "get_config": lambda: config}
    exec((ROOT / "lab/jupyter_server_config.py").read_text(), names)
    assert handlers.Validator is course_validator.CourseValidator
