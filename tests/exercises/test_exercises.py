"""The shape of an exercise: what every solution notebook must be, cell by cell."""

import ast
import builtins
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from grader.solutions import as_text, normalized, refresh

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
ALLOWED_IMPORTS = {"numpy", "matplotlib", "keras"} | sys.stdlib_module_names
# A model can not be handed from a check to a student's function, so it is the student's own.
USED_TOO = {"train_model": {"build_model"}, "test_accuracy": {"build_model", "train_model"}}

Cells = list[NotebookNode]


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def kind(cell: NotebookNode) -> str:
    """What nbgrader takes the cell for: task, solution, written, check, fixed or free."""
    marks = cell.metadata.get("nbgrader")
    if not marks:
        return "free"
    if marks["solution"]:
        return "written" if marks["grade"] else "solution"
    if marks["grade"]:
        return "check"
    return "task" if cell.id.endswith("-task") else "fixed"


def is_hidden(check: NotebookNode) -> bool:
    return "### BEGIN HIDDEN TESTS" in check.source


def exercises(notebook: NotebookNode) -> Iterator[tuple[str, Cells]]:
    """Yield each exercise's stem and its cells, the task first."""
    stem = ""

    def stem_of(cell: NotebookNode) -> str:
        nonlocal stem
        if kind(cell) == "task":
            stem = cell.id.removesuffix("-task")
        return stem

    for name, cells in groupby(notebook.cells, stem_of):
        if name:
            yield name, list(cells)


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> NotebookNode:
    return read(request.param)


EXERCISES = [
    pytest.param(cells, id=stem) for path in PATHS for stem, cells in exercises(read(path))
]


def test_there_is_a_notebook() -> None:
    assert PATHS
    assert EXERCISES


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_file_has_its_chapters_name(path: Path) -> None:
    assert re.fullmatch(rf"\d\d_{path.stem}", path.parent.name)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_file_is_what_refresh_would_write(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == as_text(normalized(read(path)))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_file_names_no_folder_of_this_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/home/|/tmp/|/Users/|[A-Z]:\\\\|0x[0-9a-f]{6}", text)
    assert str(ROOT) not in text


def test_ids_are_unique_over_the_course() -> None:
    ids = Counter(cell.id for path in PATHS for cell in read(path).cells)
    assert [name for name, count in ids.items() if count > 1] == []


def test_ids_are_words_joined_by_dashes(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        words = cell.id.split("-")
        assert all(re.fullmatch(r"[a-z]+|l[12]", word) for word in words), cell.id  # L1 and L2
        if kind(cell) != "free":
            assert cell.metadata.nbgrader.grade_id == cell.id


def test_marks_lock_what_is_not_the_students(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if kind(cell) == "free":
            continue
        marks = cell.metadata.nbgrader
        assert marks.locked is not marks.solution, cell.id
        assert ("points" in marks) is marks.grade, cell.id
        assert (marks.schema_version, marks.task) == (3, False), cell.id
        assert marks.get("points", 1) > 0, cell.id


def test_points_of_the_introduction_are_those_of_the_checks(notebook: NotebookNode) -> None:
    total = sum(cell.metadata.nbgrader.points for cell in notebook.cells if is_graded(cell))
    promised = re.findall(r"\*\*(\d+) points\*\*", notebook.cells[0].source)
    assert promised == [str(total)]
    assert total > 20


def is_graded(cell: NotebookNode) -> bool:
    return kind(cell) in ("check", "written")


@pytest.mark.parametrize("cells", EXERCISES)
def test_points_of_the_task_are_those_of_its_checks(cells: Cells) -> None:
    total = sum(cell.metadata.nbgrader.points for cell in cells if is_graded(cell))
    promised = re.match(r"## .+ · (\d+) points\n", cells[0].source)
    assert promised
    assert int(promised[1]) == total


@pytest.mark.parametrize("cells", EXERCISES)
def test_cells_come_in_order(cells: Cells) -> None:
    stem = cells[0].id.removesuffix("-task")
    kinds = [kind(cell) for cell in cells]
    assert cells[1].id == stem
    if kinds[1] == "written":
        assert kinds == ["task", "written"]
        return
    checks = cells[3:]
    assert kinds == ["task", "solution", "free"] + ["check"] * len(checks)
    assert cells[2].id == f"{stem}-try-it"
    assert all(check.id.startswith(f"{stem}-") for check in checks)
    hidden = [is_hidden(check) for check in checks]
    assert hidden == sorted(hidden), "visible checks come first"
    assert {True, False} == set(hidden), "at least one visible and one hidden check"


@pytest.mark.parametrize("cells", EXERCISES)
def test_task_says_what_to_write(cells: Cells) -> None:
    task, answer = cells[:2]
    assert task.cell_type == "markdown"
    if kind(answer) == "written":
        rubric = re.findall(r"^- (\d+) points?: ", task.source, re.MULTILINE)
        assert sum(map(int, rubric)) == answer.metadata.nbgrader.points
        return
    head = " ".join(answer.source.split(":\n")[0].removeprefix("def ").split())
    signature = head.replace("( ", "(").replace(" )", ")")  # which may take three lines
    assert f"Write `{signature}`." in task.source
    assert "\n- returns " in task.source
    for argument in ast.parse(answer.source).body[0].args.args:
        assert re.search(rf"^- .*`{argument.arg}`", task.source, re.MULTILINE), argument.arg


@pytest.mark.parametrize("cells", EXERCISES)
def test_solution_stands_between_its_marks(cells: Cells) -> None:
    answer = cells[1]
    if kind(answer) == "written":
        assert answer.cell_type == "markdown"
        return
    stem = cells[0].id.removesuffix("-task")
    assert re.fullmatch(
        rf"def {stem.replace('-', '_')}\((\n    [^\n]+\n|[^\n]+)\):\n"
        r'    """[A-Z][^\n]+\."""\n'
        r"    ### BEGIN SOLUTION\n"
        r"(    [^\n]+\n|\n)+"
        r"    ### END SOLUTION",
        answer.source,
    )


@pytest.mark.parametrize("cells", EXERCISES)
def test_checks_explain_themselves(cells: Cells) -> None:
    for check in filter(lambda cell: kind(cell) == "check", cells):
        if is_hidden(check):
            form = r"(# [^\n]+\n)+### BEGIN HIDDEN TESTS\n(?s:.+)\n### END HIDDEN TESTS"
            assert re.fullmatch(form, check.source), check.id
            assert check.source.startswith("# Hidden check: "), check.id
        else:
            sentence = ast.get_docstring(ast.parse(check.source))
            assert sentence and sentence.endswith("."), check.id
            assert "\n" not in sentence, check.id
            assert "### " not in check.source, check.id


@pytest.mark.parametrize("cells", EXERCISES)
def test_checks_show_the_call_that_failed(cells: Cells) -> None:
    """Every np.testing call has an err_msg; a ValueError that is waited for has its msg."""
    for check in filter(lambda cell: kind(cell) == "check", cells):
        calls = [
            node
            for node in ast.walk(ast.parse(check.source))
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("np.testing.")
        ]
        assert calls, check.id
        for call in calls:
            message = "msg" if "raises" in ast.unparse(call.func) else "err_msg"
            assert message in {keyword.arg for keyword in call.keywords}, ast.unparse(call)


@pytest.mark.parametrize("cells", EXERCISES)
def test_checks_need_nothing_but_the_function(cells: Cells) -> None:
    """A check imports and makes what it uses, so that it also runs in a process of its own."""
    function = cells[0].id.removesuffix("-task").replace("-", "_")
    for check in filter(lambda cell: kind(cell) == "check", cells):
        nodes = list(ast.walk(ast.parse(check.source)))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        imports = [alias for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        imported = {alias.asname or alias.name for alias in imports}
        used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        asked = used - made - imported - set(dir(builtins))
        assert {function} <= asked <= {function} | USED_TOO.get(function, set()), check.id
        assert imported <= used, check.id


def test_random_numbers_are_seeded(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        assert not re.search(r"np\.random\.(?!default_rng\(\d+\))", cell.source), cell.id


def test_imports_run_wherever_the_course_does(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            assert {name.split(".")[0] for name in names} <= ALLOWED_IMPORTS, cell.id


def test_outputs_are_kept_as_text(notebook: NotebookNode) -> None:
    """Executed from a clean start, nothing on standard error, and outputs to compare with."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    compared = 0
    for cell in code:
        for output in cell.outputs:
            assert output.output_type in ("stream", "display_data"), cell.id
            assert output.get("name", "stdout") == "stdout", cell.id
            assert kind(cell) in ("free", "fixed"), f"{cell.id}: a check says nothing"
            tags = cell.metadata.get("tags", [])
            if output.output_type == "display_data":
                assert "nbval-ignore-output" in tags, f"{cell.id}: a figure"
            compared += "nbval-ignore-output" not in tags
    assert compared > 0


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
    first, second = read(path).cells
    assert (first.id, first.execution_count, first.outputs[0].text) == ("cell-0", 1, "42\n")
    assert first.metadata == {"tags": ["kept"]}
    assert list(second.outputs[0].data) == ["text/plain"]
    assert "of this machine" not in text
    refresh([path])
    assert path.read_text(encoding="utf-8") == text


def test_refresh_leaves_a_notebook_that_fails_as_it_was(tmp_path: Path) -> None:
    path = small_notebook(tmp_path / "small.ipynb", "print(6 * 7)", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        refresh([path])
    assert path.read_bytes() == before
