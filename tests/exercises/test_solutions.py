"""`python -m grader solutions` runs notebooks and keeps of them what is the same everywhere."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from grader import GraderError
from grader.__main__ import main
from grader.solutions import as_text, chosen, normalized, refresh, solution_notebooks


def small_notebook(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    for cell in cells:
        cell.metadata = NotebookNode(tags=["kept"], editable=True)
    made = nbformat.v4.new_notebook(cells=cells, metadata={"editor": "of this machine"})
    path.write_text(as_text(made), encoding="utf-8")
    return path


def test_refresh_keeps_text_and_drops_the_rest(tmp_path: Path) -> None:
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    path = small_notebook(tmp_path / "small.ipynb", "print(6 * 7)", figure)
    refresh([path])
    text = path.read_text(encoding="utf-8")
    first, second = nbformat.read(path, as_version=4).cells
    assert (first.id, first.execution_count, first.outputs[0].text) == ("cell-0", 1, "42\n")
    assert first.metadata == {"tags": ["kept"]}
    assert list(second.outputs[0].data) == ["text/plain"]
    assert "of this machine" not in text
    refresh([path])
    assert path.read_text(encoding="utf-8") == text


def test_refresh_leaves_a_notebook_that_fails_as_it_was(tmp_path: Path) -> None:
    path = small_notebook(tmp_path / "small.ipynb", "print(6 * 7)", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(GraderError, match="cell cell-1: ZeroDivisionError: division by zero"):
        refresh([path])
    assert path.read_bytes() == before


def test_a_cell_gets_the_id_by_which_nbgrader_knows_it() -> None:
    cell = nbformat.v4.new_code_cell("pass", id="f3a1")
    too_long = nbformat.v4.new_code_cell("pass", id="f3a2")
    cell.metadata["nbgrader"] = NotebookNode(grade_id="huber-worked-number")
    too_long.metadata["nbgrader"] = NotebookNode(grade_id="huber" * 13)
    free = nbformat.v4.new_code_cell("pass", id="huber-try-it")
    notebook = nbformat.v4.new_notebook(cells=[cell, too_long, free])
    ids = [cell.id for cell in normalized(notebook).cells]
    assert ids == ["huber-worked-number", "f3a2", "huber-try-it"]


def test_notebooks_are_chosen_by_their_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    known = solution_notebooks()
    assert chosen([]) == known
    monkeypatch.chdir(known[1].parent)
    assert chosen([known[2], Path(known[1].name)]) == [known[2], Path(known[1].name)]


def test_a_path_that_is_no_solution_notebook_gets_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small_notebook(tmp_path / "small.ipynb", "print(6 * 7)")
    before = path.read_bytes()
    for name in (str(path), str(tmp_path / "missing.ipynb")):
        assert main(["solutions", name]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"{name} is not a solution notebook; name one such as solutions/01_")
    assert path.read_bytes() == before
