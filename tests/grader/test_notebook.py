"""A handed-in notebook is read as its student meant it, whatever program has saved it."""

import codecs
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.preprocessors import ClearHiddenTests, ComputeChecksums
from nbgrader.utils import determine_grade
from nbgrader_cells import mark

from grader.course import Exercise
from grader.notebook import BadSubmissionError, assignment_in, read
from grader.notebook_repair import DAMAGED

ANSWER = "The mean of squares punishes one large error most."
SECOND = "Because both halves see the same noise."


def stub(name: str) -> str:
    return f"def {name}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def instructors(points: float = 2, claim: str = "assert double(4) == 8") -> NotebookNode:
    """Return an exercise with two functions and two written answers, hidden check included.

    Args:
        points: what the first written answer and the visible check are worth.
        claim: what the visible check asserts.
    """
    hidden = '"""Zero stays zero."""\n### BEGIN HIDDEN TESTS\nassert double(0) == 0\n'
    cells = [
        mark(new_markdown_cell("# Small exercise"), "introduction"),
        mark(new_code_cell("import math\n\nscale = 2"), "setup"),
        mark(new_markdown_cell("## Double\n\nReturn twice x."), "double-task"),
        mark(new_code_cell(stub("double")), "double", solution=True),
        new_code_cell("# Try it: does it work for text?\n# Change the line below.\nscale"),
        mark(new_code_cell(f'"""Four becomes eight."""\n{claim}'), "double-four", points),
        mark(new_code_cell(f"{hidden}### END HIDDEN TESTS"), "double-zero", 1),
        mark(new_markdown_cell("## Why?\n\nWhich loss would you take?"), "why-task"),
        mark(new_markdown_cell("YOUR ANSWER HERE"), "why", points, solution=True),
        new_markdown_cell("The next part is harder."),
        mark(new_markdown_cell("## Halve\n\nReturn half of x."), "half-task"),
        mark(new_code_cell(stub("half")), "half", solution=True),
        mark(new_code_cell('"""Four becomes two."""\nassert half(4) == 2'), "half-four", 1),
        mark(new_markdown_cell("## How?\n\nHow sure are you?"), "how-task"),
        mark(new_markdown_cell("YOUR ANSWER HERE"), "how", 3, solution=True),
    ]
    return ComputeChecksums().preprocess(new_notebook(cells=cells), {})[0]


def release(notebook: NotebookNode) -> NotebookNode:
    """Return the students' version, as nbgrader makes it."""
    released = deepcopy(notebook)
    for step in (ClearHiddenTests(), ComputeChecksums()):
        released, _ = step.preprocess(released, {})
    return released


MASTER = Exercise("01_small", "small", instructors())
RELEASED = Exercise("01_small", "small", release(instructors()))
OTHERS = {"01_small": RELEASED}
# An upload is read with the release; nbgrader's own steps read with the gradebook, which has the
# hidden checks and no cell without a mark.
GRADEBOOK = Exercise(
    "01_small",
    "small",
    new_notebook(cells=[cell for cell in MASTER.notebook.cells if "nbgrader" in cell.metadata]),
)
BOTH = pytest.mark.parametrize("exercise", [RELEASED, GRADEBOOK], ids=["release", "gradebook"])


def filled(why: str = ANSWER, how: str = SECOND) -> NotebookNode:
    """Return the released notebook with all functions and these answers filled in."""
    answers = {
        "double": "def double(x):\n    return 2 * x",
        "half": "def half(x):\n    return x / 2",
    }
    notebook = deepcopy(RELEASED.notebook)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    for name, text in (("why", why), ("how", how)):
        notebook.cells[at(notebook, name)].source = text or "YOUR ANSWER HERE"
    return notebook


def at(notebook: NotebookNode, grade_id: str) -> int:
    return next(index for index, cell in enumerate(notebook.cells) if cell.id == grade_id)


def cell_of(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """Return the one cell with this mark."""
    (cell,) = (
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    return cell


def needs_a_person(notebook: NotebookNode, grade_id: str) -> bool:
    """Whether nbgrader asks a person to give the points; otherwise it gives 0."""
    score, _ = determine_grade(cell_of(notebook, grade_id))
    return score is None


def read_as(exercise: Exercise, notebook: NotebookNode | bytes) -> tuple[NotebookNode, list[str]]:
    content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
    return read(content, exercise, OTHERS)


@BOTH
def test_a_filled_in_notebook_stays_as_it_is_and_gets_no_remark(exercise: Exercise) -> None:
    notebook, remarks = read_as(exercise, filled())
    assert remarks == []
    sources = [cell.source for cell in filled().cells]
    if exercise is RELEASED:
        assert [cell.source for cell in notebook.cells] == sources
    assert needs_a_person(notebook, "why") and needs_a_person(notebook, "how")


@BOTH
def test_the_released_notebook_asks_nobody_to_read_it(exercise: Exercise) -> None:
    notebook, remarks = read_as(exercise, RELEASED.notebook)
    assert remarks == []
    assert not needs_a_person(notebook, "why")
    assert not needs_a_person(notebook, "how")


# Encodings and keys


ENCODINGS = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16-LE",
    "utf-16-be": "UTF-16-BE",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32-LE",
    "utf-32-be": "UTF-32-BE",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("indent", [None, 1])
def test_every_encoding_of_unicode_is_read(encoding: str, indent: int | None) -> None:
    answer = "Größe, 평균, رمز, 🎲"
    text = json.dumps(filled(answer), ensure_ascii=False, indent=indent)
    notebook, remarks = read_as(RELEASED, text.encode(encoding))
    assert cell_of(notebook, "why").source == answer
    assert remarks == [f"was saved in {ENCODINGS[encoding]} and was converted to UTF-8"]


@pytest.mark.parametrize(
    ("mark_of_order", "encoding"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        ("\ufeff".encode("gb18030"), "gb18030"),
        ("\ufeff".encode("utf-7"), "utf-7"),
    ],
)
def test_a_byte_order_mark_tells_the_encoding(mark_of_order: bytes, encoding: str) -> None:
    text = json.dumps(filled("Größe 평균"), ensure_ascii=False)
    notebook, remarks = read_as(RELEASED, mark_of_order + text.encode(encoding))
    assert cell_of(notebook, "why").source == "Größe 평균"
    assert len(remarks) == (encoding != "utf-8")


def test_letters_of_an_unknown_encoding_are_replaced_and_the_rest_is_graded() -> None:
    text = json.dumps(filled("Größe"), ensure_ascii=False)
    notebook, remarks = read_as(RELEASED, text.encode("cp1252"))
    assert cell_of(notebook, "why").source == "Gr\ufffd\ufffde"
    assert remarks == ["has characters that are not UTF-8; they were replaced"]


def as_json(notebook: NotebookNode, minor: int = 5) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(nbformat.writes(notebook))
    data["nbformat_minor"] = minor
    return data


@BOTH
@pytest.mark.parametrize("minor", [0, 2, 4, 5])
@pytest.mark.parametrize("with_ids", [True, False])
def test_unknown_keys_are_left_out(exercise: Exercise, minor: int, with_ids: bool) -> None:
    data = as_json(filled(), minor)
    data["colab"] = {}
    data["cells"][4]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "1", "transient": {}},
    ]
    for cell in data["cells"]:
        cell.update(outputExpanded=False, outputs_reference="s3:a", execution_start=1)
        if cell["cell_type"] != "code":
            cell.update(outputs=[], execution_count=None)
        if not with_ids:
            del cell["id"]
    notebook, remarks = read_as(exercise, json.dumps(data).encode())
    nbformat.validate(notebook)
    assert needs_a_person(notebook, "why")
    assert notebook.cells[4].outputs[0].text == "1"
    (remark,) = [remark for remark in remarks if "lacked" not in remark]
    assert remark.startswith("had keys that no notebook has (colab, execution_count, execution_s")
    assert remark.endswith(" more); they were left out")


def test_keys_that_a_cell_lacks_are_added() -> None:
    data = as_json(filled())
    for cell in data["cells"]:
        cell.pop("execution_count", None)
        cell.pop("outputs", None)
    data["cells"].append({"cell_type": "code"})
    data["cells"].append({"cell_type": "sql", "source": ["select 1"], "metadata": {}})
    notebook, remarks = read_as(RELEASED, json.dumps(data).encode())
    nbformat.validate(notebook)
    assert remarks == []
    assert notebook.cells[-1].cell_type == "raw"


Change = Callable[[dict[str, Any]], object]


def each_cell(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change every cell of a notebook."""

    def change_all(data: dict[str, Any]) -> None:
        for cell in data["cells"]:
            change(cell)

    return change_all


def with_cell(**fields: object) -> Change:
    """Add a code cell with these fields at the beginning."""
    code = {"cell_type": "code", "id": "own", "metadata": {}, "source": "1"}
    whole = {**code, "outputs": [], "execution_count": None, **fields}
    return lambda data: data["cells"].insert(0, whole)


STRANGE_OUTPUTS = [None, 5, {}, {"output_type": "x"}, {"output_type": ["stream"]}]
DATA_IN_A_LIST = {"output_type": "display_data", "data": ["x"], "metadata": {}}
STREAM = {"output_type": "stream", "name": "stdout", "text": "1"}
DAMAGES: dict[str, Change] = {
    "no metadata": lambda data: data.update(metadata=None),
    "metadata in a list": lambda data: data.update(metadata=[1]),
    "a version that is a text": lambda data: data.update(nbformat_minor="5"),
    "a cell that is nothing": lambda data: data["cells"].insert(0, None),
    "a cell that is a list": lambda data: data["cells"].append(["x"]),
    "a cell of numbers": lambda data: data["cells"].append({"cell_type": 5, "source": 7, "id": 1}),
    "a source that is nothing": with_cell(source=None),
    "a source that is an object": with_cell(source={"a": 1}),
    "a source with other things": with_cell(source=["a = 1", None, ["b"], 5]),
    "outputs that are nothing": with_cell(outputs=None),
    "outputs that are an object": with_cell(outputs={}),
    "strange outputs": with_cell(outputs=[*STRANGE_OUTPUTS, DATA_IN_A_LIST, STREAM]),
    "attachments that are nothing": lambda data: data["cells"][0].update(attachments=None),
    "attachments in a list": lambda data: data["cells"][0].update(attachments=["a.png"]),
    "an attachment that is a text": lambda data: data["cells"][0].update(attachments={"a": "b"}),
}
UNSEEN: dict[str, Change] = {  # of these, nothing is lost
    "a count that is a text": with_cell(execution_count="5"),
    "a count that is true": with_cell(execution_count=True),
    "ids that are empty": each_cell(lambda cell: cell.update(id="")),
    "ids that are numbers": each_cell(lambda cell: cell.update(id=5)),
    "ids that are too long": each_cell(lambda cell: cell.update(id=cell["id"] + "x" * 64)),
    "ids with strange signs": each_cell(lambda cell: cell.update(id=f"\x1b[2J{cell['id']} .")),
    "a later version": lambda data: data.update(nbformat_minor=99),
}


@pytest.mark.parametrize("damage", [*DAMAGES, *UNSEEN])
def test_a_damage_costs_nothing_but_what_is_damaged(damage: str) -> None:
    data = as_json(filled())
    (DAMAGES | UNSEEN)[damage](data)
    content = json.dumps(data).encode()
    notebook, remarks = read_as(RELEASED, content)
    nbformat.validate(notebook)
    assert needs_a_person(notebook, "why") and needs_a_person(notebook, "how")
    for name in ("double", "half"):
        assert cell_of(notebook, name).source == filled().cells[at(filled(), name)].source
    assert remarks == [DAMAGED] * (damage in DAMAGES)
    if damage == "strange outputs":
        assert [output.text for output in notebook.cells[0].outputs] == ["1"]
    assert [cell.id for cell in read_as(RELEASED, content)[0].cells] == [
        cell.id for cell in notebook.cells
    ]


@pytest.mark.parametrize("mark", [5, "x", ["grade"], {"grade_id": ["double"]}, {"grade_id": {}}])
def test_a_mark_of_nbgraders_that_cannot_be_read_is_lost(mark: object) -> None:
    data = as_json(filled())
    for cell in data["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] = mark
    notebook, (remark,) = read_as(RELEASED, json.dumps(data).encode())
    assert remark.startswith("had lost nbgrader's marks in ") and remark.endswith("by id")
    assert needs_a_person(notebook, "why")


@pytest.mark.parametrize("ending", ["\0", "\0" * 4000, "\n\0\0"])
def test_zero_bytes_behind_the_end_are_left_out(ending: str) -> None:
    content = (nbformat.writes(filled()) + ending).encode()
    notebook, remarks = read_as(RELEASED, content)
    assert remarks == ["had zero bytes behind its end; they were left out"]
    assert needs_a_person(notebook, "why")
    with pytest.raises(BadSubmissionError, match="is empty"):
        read_as(RELEASED, ending.encode())


@pytest.mark.parametrize("version", [0, 5, -1, 10**30])
def test_an_unknown_format_is_named(version: int) -> None:
    data = {**as_json(filled()), "nbformat": version}
    with pytest.raises(BadSubmissionError, match="is in another notebook format than 1 to 4; ask"):
        read_as(RELEASED, json.dumps(data).encode())


@pytest.mark.parametrize("version", [True, "4", None, 4.0])
def test_what_names_no_format_is_no_notebook(version: object) -> None:
    data = {**as_json(filled()), "nbformat": version}
    with pytest.raises(BadSubmissionError, match="is JSON, but not a notebook"):
        read_as(RELEASED, json.dumps(data).encode())


@pytest.mark.parametrize("cells", [None, {}, "x", 5])
def test_a_notebook_without_a_list_of_cells_is_refused_with_the_reason(cells: object) -> None:
    data = {**as_json(filled()), "cells": cells}
    reason = "is a damaged notebook \\(its cells are no list\\); ask for small.ipynb"
    with pytest.raises(BadSubmissionError, match=reason):
        read_as(RELEASED, json.dumps(data).encode())


def test_a_remark_repeats_no_strange_key() -> None:
    data = as_json(filled())
    data["cells"][0]["\x1b[2J\n=1+1"] = 1
    _, remarks = read_as(RELEASED, json.dumps(data).encode())
    assert remarks == ["had keys that no notebook has (1 more); they were left out"]


# Cells without nbgrader's marks


def unmark(notebook: NotebookNode) -> None:
    """Take nbgrader's marks and the ids away, as a copy by way of other programs does."""
    for index, cell in enumerate(notebook.cells):
        cell.metadata = NotebookNode()
        cell.id = f"lost-{index}"


def colab(notebook: NotebookNode) -> None:
    """Move the ids to where Google Colab keeps them."""
    for index, cell in enumerate(notebook.cells):
        cell.metadata = NotebookNode(id=cell.id)
        cell.id = f"lost-{index}"


def retyped(notebook: NotebookNode) -> None:
    """Copy the functions and answers into a new notebook."""
    mine = {"double", "half", "why", "how"}
    notebook.cells = [cell for cell in notebook.cells if cell.id in mine]
    unmark(notebook)


def edited_checks(notebook: NotebookNode) -> None:
    for name in ("double-four", "half-four"):
        notebook.cells[at(notebook, name)].source += "\nprint('it works')"
    unmark(notebook)


def with_scratch(notebook: NotebookNode) -> None:
    """Add first attempts, prints and notes of the student's."""
    notebook.cells.insert(3, new_code_cell("def double(x):\n    return x"))
    notebook.cells.insert(2, new_code_cell("print(scale)"))
    notebook.cells.append(new_code_cell("double(half(3))"))
    unmark(notebook)


def with_windows_line_ends(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n") + "\r\n"
    unmark(notebook)


@BOTH
@pytest.mark.parametrize(
    "change", [unmark, colab, retyped, edited_checks, with_scratch, with_windows_line_ends]
)
def test_cells_without_marks_are_recognized(
    exercise: Exercise, change: Callable[[NotebookNode], None]
) -> None:
    handed_in = filled()
    change(handed_in)
    notebook, remarks = read_as(exercise, handed_in)
    assert cell_of(notebook, "double").source.split() == [
        "def",
        "double(x):",
        "return",
        "2",
        "*",
        "x",
    ]
    assert cell_of(notebook, "half").source.split() == ["def", "half(x):", "return", "x", "/", "2"]
    assert ANSWER in cell_of(notebook, "why").source
    assert SECOND in cell_of(notebook, "how").source
    assert needs_a_person(notebook, "why") and needs_a_person(notebook, "how")
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    kept = [name for name in names if name]
    graded = ["double-four", "double-zero", "why", "half-four", "how"]
    assert [name for name in kept if name in graded] == graded
    assert kept.index("double") < kept.index("double-four")
    assert "setup" in kept
    assert remarks[0].startswith("had lost nbgrader's marks in ")


@BOTH
def test_an_untouched_notebook_without_marks_asks_nobody_to_read_it(exercise: Exercise) -> None:
    handed_in = deepcopy(RELEASED.notebook)
    unmark(handed_in)
    notebook, _ = read_as(exercise, handed_in)
    assert not needs_a_person(notebook, "why") and not needs_a_person(notebook, "how")


@BOTH
def test_another_notebook_is_not_taken_for_the_exercise(exercise: Exercise) -> None:
    cells = [new_code_cell("1 + 1"), new_markdown_cell(ANSWER), new_code_cell("def f(x): ...")]
    with pytest.raises(BadSubmissionError, match="has none of the 5 graded cells of small"):
        read_as(exercise, new_notebook(cells=cells))


def test_a_notebook_of_another_assignment_is_refused_though_its_cells_look_the_same() -> None:
    other = deepcopy(RELEASED.notebook)
    for cell in other.cells:
        cell.id = f"o-{cell.id}"
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.grade_id = cell.id
    others = {**OTHERS, "02_other": Exercise("02_other", "other", other)}
    with pytest.raises(BadSubmissionError, match="belongs to the assignment 02_other"):
        read(nbformat.writes(other).encode(), RELEASED, others)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-be"])
@pytest.mark.parametrize("change", [None, unmark, retyped])
def test_the_assignment_is_recognized_from_the_bytes(
    encoding: str, change: Callable[[NotebookNode], None] | None
) -> None:
    handed_in = filled()
    if change:
        change(handed_in)
    content = nbformat.writes(handed_in).encode(encoding)
    assert assignment_in(content, OTHERS) == "01_small"
    assert assignment_in(json.dumps({"cells": []}).encode(encoding), OTHERS) is None


# Cells that are missing


@BOTH
def test_missing_locked_code_is_put_back_in_its_place(exercise: Exercise) -> None:
    handed_in = filled()
    del handed_in.cells[at(handed_in, "setup")]
    del handed_in.cells[at(handed_in, "half-four")]
    notebook, remarks = read_as(exercise, handed_in)
    assert remarks == ["lacked setup, half-four and was completed from the release"]
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    assert [name for name in names if name] == list(exercise.cells)


@BOTH
def test_set_up_comes_first_when_everything_before_it_is_missing(exercise: Exercise) -> None:
    handed_in = filled()
    handed_in.cells = handed_in.cells[2:]
    notebook, remarks = read_as(exercise, handed_in)
    assert notebook.cells[0].source == "import math\n\nscale = 2"
    assert remarks == ["lacked setup and was completed from the release"]


@BOTH
@pytest.mark.parametrize("place", ["double-four", "how"])
def test_set_up_that_was_moved_behind_the_answers_is_put_back(
    exercise: Exercise, place: str
) -> None:
    handed_in = filled()
    set_up = handed_in.cells.pop(at(handed_in, "setup"))
    handed_in.cells.insert(at(handed_in, place), set_up)
    notebook, remarks = read_as(exercise, handed_in)
    assert remarks == ["had setup in a later place; it was put back"]
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    assert [name for name in names if name] == list(exercise.cells)


@BOTH
def test_all_functions_in_one_cell_are_recognized(exercise: Exercise) -> None:
    functions = "\n\n".join(cell.source for cell in filled().cells if "def " in cell.source)
    notebook, remarks = read_as(exercise, new_notebook(cells=[new_code_cell(functions)]))
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    graded = ["double-four", "double-zero", "why", "half-four", "how"]
    assert [name for name in names if name] == ["setup", "double", *graded]
    assert remarks[0] == "had lost nbgrader's marks in double, recognized by definition"


# Written answers that stand beside their cell


def copied_above(notebook: NotebookNode) -> None:
    index = at(notebook, "why")
    notebook.cells.insert(index, NotebookNode(deepcopy(notebook.cells[index]), id="a-copy"))
    notebook.cells[index].source = ANSWER


def copied_below(notebook: NotebookNode) -> None:
    index = at(notebook, "why")
    notebook.cells.insert(index + 1, NotebookNode(deepcopy(notebook.cells[index]), id="a-copy"))
    notebook.cells[index + 1].source = ANSWER


def copied_to_the_end(notebook: NotebookNode) -> None:
    copy = NotebookNode(deepcopy(notebook.cells[at(notebook, "why")]), id="a-copy", source=ANSWER)
    notebook.cells.append(copy)


def below(notebook: NotebookNode) -> None:
    notebook.cells.insert(at(notebook, "why") + 1, new_markdown_cell(ANSWER))


def above(notebook: NotebookNode) -> None:
    notebook.cells.insert(at(notebook, "why"), new_markdown_cell(ANSWER))


def below_under_a_heading(notebook: NotebookNode) -> None:
    index = at(notebook, "why") + 1
    notebook.cells[index:index] = [new_markdown_cell("### My answer"), new_markdown_cell(ANSWER)]


def below_a_deleted_one(notebook: NotebookNode) -> None:
    notebook.cells[at(notebook, "why")] = new_markdown_cell(ANSWER)


def in_a_raw_cell(notebook: NotebookNode) -> None:
    notebook.cells.insert(at(notebook, "why") + 1, new_raw_cell(ANSWER))


def in_comments(notebook: NotebookNode) -> None:
    notebook.cells.insert(at(notebook, "why") + 1, new_code_cell(f"# {ANSWER}"))


def in_a_string(notebook: NotebookNode) -> None:
    notebook.cells.insert(at(notebook, "why") + 1, new_code_cell(f'"""{ANSWER}"""'))


def as_prose_in_a_code_cell(notebook: NotebookNode) -> None:
    cell = new_code_cell(ANSWER, outputs=[new_output("error", ename="SyntaxError", evalue="")])
    cell.outputs[0].traceback = []
    notebook.cells.insert(at(notebook, "why") + 1, cell)


def at_the_end(notebook: NotebookNode) -> None:
    notebook.cells.append(new_markdown_cell(ANSWER))


def in_the_task(notebook: NotebookNode) -> None:
    notebook.cells[at(notebook, "why-task")].source += f"\n\n{ANSWER}"


def behind_the_last_word_of_the_task(notebook: NotebookNode) -> None:
    notebook.cells[at(notebook, "why-task")].source += f" {ANSWER}"


def within_the_task(notebook: NotebookNode) -> None:
    notebook.cells[
        at(notebook, "why-task")
    ].source = f"## Why?\n\n{ANSWER}\n\nWhich loss would you take?"


PLACES = [
    copied_above,
    copied_below,
    copied_to_the_end,
    below,
    above,
    below_under_a_heading,
    below_a_deleted_one,
    in_a_raw_cell,
    in_comments,
    in_a_string,
    as_prose_in_a_code_cell,
    at_the_end,
    in_the_task,
    behind_the_last_word_of_the_task,
    within_the_task,
]


@BOTH
@pytest.mark.parametrize("place", PLACES)
def test_an_answer_beside_its_cell_goes_to_a_person(
    exercise: Exercise, place: Callable[[NotebookNode], None]
) -> None:
    handed_in = filled(why="")
    place(handed_in)
    notebook, remarks = read_as(exercise, handed_in)
    answer = cell_of(notebook, "why")
    assert needs_a_person(notebook, "why")
    assert ANSWER in answer.source
    assert "Which loss would you take?" not in answer.source
    assert len(remarks) >= 1 and all("why" in remark for remark in remarks)
    if place not in (copied_above, copied_below, copied_to_the_end, below_a_deleted_one):
        assert answer.source.startswith("*Moved here from ")
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert sum(ANSWER in text for text in texts if "## Why?" not in text) == 1
    assert cell_of(notebook, "how").source == SECOND


@BOTH
@pytest.mark.parametrize("place", PLACES)
def test_an_answer_beside_its_cell_is_found_without_marks_too(
    exercise: Exercise, place: Callable[[NotebookNode], None]
) -> None:
    handed_in = filled(why="")
    place(handed_in)
    unmark(handed_in)
    notebook, _ = read_as(exercise, handed_in)
    assert any(
        ANSWER in cell.source
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    )


def test_pasted_pictures_move_with_the_answer() -> None:
    handed_in = filled(why="")
    pasted = new_markdown_cell("![plot](attachment:plot.png)")
    pasted.attachments = {"plot.png": {"image/png": "aGk="}}
    handed_in.cells.insert(at(handed_in, "why") + 1, pasted)
    notebook, _ = read_as(RELEASED, handed_in)
    answer = cell_of(notebook, "why")
    assert "attachment:plot.png" in answer.source
    assert answer.attachments == pasted.attachments


def test_text_that_was_added_to_the_task_joins_the_answer() -> None:
    handed_in = filled("As I said above.")
    in_the_task(handed_in)
    notebook, _ = read_as(RELEASED, handed_in)
    answer = cell_of(notebook, "why").source
    assert answer.startswith("As I said above.") and answer.endswith(ANSWER)


@BOTH
def test_a_solution_in_a_copied_cell_counts_before_an_untouched_copy(exercise: Exercise) -> None:
    handed_in = filled()
    handed_in.cells.insert(
        at(handed_in, "half") + 1,
        NotebookNode(
            deepcopy(handed_in.cells[at(handed_in, "half")]), id="copy", source=stub("half")
        ),
    )
    notebook, remarks = read_as(exercise, handed_in)
    assert cell_of(notebook, "half").source.endswith("return x / 2")
    assert not any(cell.source == stub("half") for cell in notebook.cells)
    assert remarks == ["has half more than once; the one that is filled in counts"]


@BOTH
def test_of_two_filled_in_copies_the_last_one_counts_as_in_nbgrader(exercise: Exercise) -> None:
    handed_in = filled()
    copy = NotebookNode(deepcopy(handed_in.cells[at(handed_in, "why")]), id="copy", source="No.")
    handed_in.cells.insert(at(handed_in, "why") + 1, copy)
    notebook, remarks = read_as(exercise, handed_in)
    assert cell_of(notebook, "why").source == "No."
    assert remarks == ["has why more than once; the last one counts"]


@BOTH
def test_notes_elsewhere_are_no_answer(exercise: Exercise) -> None:
    handed_in = filled(why="", how="")
    handed_in.cells.insert(at(handed_in, "double"), new_markdown_cell("I start with this one."))
    handed_in.cells.insert(at(handed_in, "why") + 1, new_code_cell("x = 1\nprint(x)"))
    notebook, remarks = read_as(exercise, handed_in)
    assert remarks == []
    assert not needs_a_person(notebook, "why") and not needs_a_person(notebook, "how")


# What the instructor has changed since the release


CHANGED = release(instructors(points=5, claim="assert double(8) == 16"))
SINCE = Exercise("01_small", "small", CHANGED)


def test_nobody_is_accused_of_what_the_instructor_has_changed() -> None:
    for handed_in in (filled(), RELEASED.notebook):
        content = nbformat.writes(handed_in).encode()
        notebook, remarks = read(content, SINCE, {"01_small": SINCE})
        assert remarks == []
        check = cell_of(notebook, "double-four")
        assert (check.source, check.metadata.nbgrader.points) == (
            SINCE.cells["double-four"].source,
            5,
        )
        assert cell_of(notebook, "why").metadata.nbgrader.points == 5
    assert not needs_a_person(notebook, "why")


def test_a_new_text_of_a_task_is_no_answer_of_the_student() -> None:
    since = deepcopy(CHANGED)
    since.cells[at(since, "why-task")].source += " Give a reason."
    since.cells[at(since, "why")].source = "WRITE HERE"
    since, _ = ComputeChecksums().preprocess(since, {})
    exercise = Exercise("01_small", "small", since)
    content = nbformat.writes(RELEASED.notebook).encode()
    notebook, remarks = read(content, exercise, {"01_small": exercise})
    assert remarks == []
    assert not needs_a_person(notebook, "why")


def test_a_student_who_has_changed_points_is_told_so() -> None:
    handed_in = filled()
    handed_in.cells[at(handed_in, "double-four")].metadata.nbgrader.points = 100
    notebook, remarks = read_as(RELEASED, handed_in)
    assert remarks == ["had other points or flags in double-four and was corrected"]
    assert cell_of(notebook, "double-four").metadata.nbgrader.points == 2
