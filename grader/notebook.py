"""One handed-in notebook: can it be graded, and if not, why.

What students hand in is seldom quite what they were given: it went through other programs,
was renamed, lost cells or has them twice. `read` mends what can be mended without guessing,
says what it did, and says in one sentence what is wrong with the rest.
"""

import json
import os
import stat
import warnings
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id
from nbformat.validator import NotebookValidationError, normalize
from nbgrader.utils import is_grade, is_solution

from grader import GraderError
from grader.course import Exercise

MOST_OUTPUTS, MOST_OUTPUT_BYTES = 1000, 2_000_000  # that are kept of a notebook as handed in


def sentence(student: str, file: str, what: str) -> str:
    """A remark that stands alone: which student, which file, what about it."""
    return f"{student}: {file} {what}." if student else f"{file} {what}."


def is_check(cell: NotebookNode) -> bool:
    """Whether a cell checks the student's code and gives points for it."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


class BadSubmissionError(GraderError):
    """A file that can not be graded; the message says what is wrong and what to do."""


def read(
    content: bytes,
    exercise: Exercise,
    others: Mapping[str, Exercise],
    *,
    blank_too: bool = False,
) -> tuple[NotebookNode, list[str]]:
    """Read the content of a file as a submission for `exercise`.

    Args:
        content: the bytes of the file.
        exercise: what the students were given.
        others: all exercises of the course, to say where a wrong file belongs.
        blank_too: a notebook without cells counts as one in which nothing was done.

    Returns:
        The notebook, ready for nbgrader, and the remarks on what was unusual about it.

    Raises:
        BadSubmissionError: it can not be graded as this exercise.
    """
    notebook, remarks = parse(content, exercise.name, blank_too)
    return mend(notebook, remarks, exercise, others)


def mend(
    notebook: NotebookNode,
    remarks: list[str],
    exercise: Exercise,
    others: Mapping[str, Exercise],
) -> tuple[NotebookNode, list[str]]:
    """Do what `read` does with a notebook that is parsed already; it is changed in place."""
    grade_ids = [_grade_id(cell, exercise) for cell in notebook.cells]
    if notebook.cells and _is_stranger(notebook, grade_ids, exercise):
        raise BadSubmissionError(_stranger(notebook, exercise, others))
    remarks += _kernel_remarks(notebook)
    remarks += _restore(notebook, grade_ids, exercise)
    return notebook, remarks


def parse(content: bytes, name: str, blank_too: bool = False) -> tuple[NotebookNode, list[str]]:
    """Read the bytes of any file as a notebook of today's format, as `read` does.

    `name` is what the notebook is called, for the advice in a `BadSubmissionError`.
    """
    again = f"ask for {name}.ipynb as JupyterLab saves it"
    try:
        text = content.decode("utf-8-sig")
        if not text.strip():
            raise BadSubmissionError(f"is empty; {again}")
        data = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise BadSubmissionError(f"is no notebook (not JSON inside); {again}") from None
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise BadSubmissionError(f"is JSON, but no notebook; {again}")
    notebook, remarks = _today(text, again)
    if not notebook.cells and not blank_too:
        raise BadSubmissionError(f"is a notebook without cells; {again}")
    if data["nbformat"] < 4:
        remarks.append(f"was saved in the old notebook format {data['nbformat']} and was converted")
    return notebook, remarks


def read_bytes(path: Path, largest: int) -> tuple[bytes, str]:
    """The content of a plain file of at most `largest` bytes, or why it has none, in words.

    A link could lead to the instructor's files, and a pipe would be waited for forever.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        link = path.is_symlink()
        return b"", "is a link" if link else f"cannot be opened ({error.strerror})"
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return b"", "is no file"
        if status.st_size > largest:
            return b"", f"is larger than {largest / 1e6:g} MB"
        return file.read(), ""


def belongs_to(notebook: NotebookNode, exercises: Mapping[str, Exercise]) -> str | None:
    """The assignment of which the notebook holds the most cells; None if it holds none."""
    counts = {
        name: len({_grade_id(cell, exercise) for cell in notebook.cells} - {None})
        for name, exercise in exercises.items()
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best is not None and counts[best] else None


def _today(text: str, again: str) -> tuple[NotebookNode, list[str]]:
    """Convert to the present notebook format and validate; remarks say what outputs it cost."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Missing and doubled cell ids: mended right below.
            notebook = nbformat.convert(nbformat.reader.reads(text), 4)
            had_ids = notebook.nbformat_minor >= 5
            notebook = nbformat.v4.upgrade(notebook, 4, notebook.nbformat_minor)
            for index, cell in enumerate(notebook.cells):
                if not had_ids:  # The upgrade draws lots; the same file is to give the same.
                    cell.id = f"cell-{index}"
            remarks = _limit_outputs(notebook)
            _, notebook = normalize(notebook, strip_invalid_metadata=True)
            try:
                nbformat.validate(notebook)
            except NotebookValidationError:
                _limit_outputs(notebook, most=0)
                nbformat.validate(notebook)
                remarks = ["had outputs that no notebook may hold; all its outputs were left out"]
    except Exception as error:  # nbformat meets a broken file with many kinds of exception.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadSubmissionError(f"is a damaged notebook ({reason}); {again}") from None
    return notebook, remarks


def _limit_outputs(notebook: NotebookNode, most: int = MOST_OUTPUTS) -> list[str]:
    """Keep so many of the outputs at most, from the first one on, and say if that is not all."""
    room, kept, there = MOST_OUTPUT_BYTES, 0, 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        outputs = cell.get("outputs", [])
        cell.outputs, cell.execution_count = [], None
        for output in outputs:
            there += 1
            size = len(json.dumps(output))
            if kept < most and size <= room:
                room, kept = room - size, kept + 1
                cell.outputs.append(output)
    left = there - kept
    return [f"had more outputs than are kept; {left} of {there} were left out"] if left else []


def _grade_id(cell: NotebookNode, exercise: Exercise) -> str | None:
    """Which of the exercise's cells this is: by nbgrader's mark, or by its id if that is lost."""
    mark = cell.metadata.get("nbgrader")
    for known in (mark.get("grade_id") if isinstance(mark, dict) else None, cell.get("id")):
        if isinstance(known, str) and known in exercise.cells:
            return known
    return None


def _is_stranger(notebook: NotebookNode, grade_ids: list[str | None], exercise: Exercise) -> bool:
    """Whether none of the cells that count is there, or those of another exercise alone."""
    if exercise.points:
        return not set(grade_ids) & exercise.points.keys()
    return not any(grade_ids) and any("nbgrader" in cell.metadata for cell in notebook.cells)


def _stranger(notebook: NotebookNode, exercise: Exercise, others: Mapping[str, Exercise]) -> str:
    """What to say of a notebook with none of the graded cells."""
    assignment = belongs_to(notebook, others)
    if assignment and assignment != exercise.assignment:
        return (
            f"belongs to the assignment {assignment}, not to {exercise.assignment}; "
            f"grade it with --assignment {assignment}"
        )
    cells = f"the {len(exercise.points)} graded" if exercise.points else "the"
    return (
        f"has none of {cells} cells of {exercise.name}; "
        "ask for the notebook that was handed out, filled in"
    )


def language(notebook: NotebookNode) -> str:
    """The language of a notebook's kernel, in lower case; "" if it does not say."""
    kernel = notebook.metadata.get("kernelspec", {})
    info = notebook.metadata.get("language_info", {})
    named = str(kernel.get("language") or info.get("name") or "").lower()
    return "python" if named in {"python3", "ipython"} else named


def _kernel_remarks(notebook: NotebookNode) -> list[str]:
    if language(notebook) in {"", "python"}:
        return []
    kernel = notebook.metadata.get("kernelspec", {})
    name = kernel.get("display_name") or kernel.get("name") or language(notebook)
    return [
        f"was saved with the kernel {name} and graded with Python; see whether it is the right one"
    ]


def _restore(notebook: NotebookNode, grade_ids: list[str | None], exercise: Exercise) -> list[str]:
    """Give each known cell the exercise's marks, unmark the rest, put deleted cells back.

    Of a copied cell the last one counts, as in nbgrader. Sources stay as they are: nbgrader
    itself writes the locked ones anew.
    """
    last = {grade_id: index for index, grade_id in enumerate(grade_ids) if grade_id}
    changed = []
    for index, (cell, grade_id) in enumerate(zip(notebook.cells, grade_ids, strict=True)):
        mark = cell.metadata.pop("nbgrader", None)
        if grade_id and last[grade_id] == index:
            ours = exercise.cells[grade_id].metadata.nbgrader
            if mark and _worth(mark) != _worth(ours):
                changed.append(grade_id)
            cell.metadata["nbgrader"] = deepcopy(ours)

    doubled = sorted({known for known in grade_ids if known and grade_ids.count(known) > 1})
    missing = _put_back(notebook, exercise)
    remarks = []
    if changed:
        remarks.append(f"had other points or flags in {', '.join(changed)}; set right")
    if doubled:
        remarks.append(f"has {', '.join(doubled)} more than once; the last one counts")
    if missing:
        remarks.append(f"lacked {', '.join(missing)}; put back as handed out")
    return remarks


def _worth(mark: Any) -> tuple[object, ...]:
    """What of nbgrader's mark decides over points; editing it is no accident."""
    if not isinstance(mark, dict):
        return ()
    grade, solution, task = (bool(mark.get(name)) for name in ("grade", "solution", "task"))
    return grade, solution, task, (mark.get("points") if grade or task else None)


def _put_back(notebook: NotebookNode, exercise: Exercise) -> list[str]:
    """Insert each deleted graded cell behind the one that it follows there."""
    # Solution cells stay away: the student may have written the function anew in another cell,
    # and the empty one would define it again.
    missing = []
    here = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    position = -1
    for grade_id, cell in exercise.cells.items():
        if grade_id in here:
            position = here.index(grade_id)
        elif grade_id in exercise.points:
            position += 1
            here.insert(position, grade_id)
            notebook.cells.insert(position, NotebookNode(cell, id=generate_corpus_id()))
            missing.append(grade_id)
    return missing
