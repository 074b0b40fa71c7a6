"""Reads one handed-in notebook, and says whether and why it cannot be graded.

A notebook often comes back different from how it was released: another program has saved it, its
file was renamed, or cells were deleted or copied. `read` repairs what it can without guessing,
returns a remark on each repair, and raises `BadSubmissionError` with one sentence otherwise.
"""

import json
import os
import stat
import warnings
from collections.abc import Iterator, Mapping, Set
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

# The reader keeps so many outputs of a notebook, and so many bytes of them.
MOST_OUTPUTS, MOST_OUTPUT_BYTES = 1000, 2_000_000


def sentence(student: str, file: str, remark: str) -> str:
    """Return a remark on a file as a sentence that also names the student, if there is one."""
    return f"{student}: {file} {remark}." if student else f"{file} {remark}."


def is_check(cell: NotebookNode) -> bool:
    """Whether a cell checks the student's code and gives points for it."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


class BadSubmissionError(GraderError):
    """A file cannot be graded; the message says what is wrong and what to do."""


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
        exercise: the exercise as it was released.
        others: all exercises of the course, by the name of the assignment. They tell where a
            notebook of another exercise belongs.
        blank_too: accept a notebook without cells, as one in which the student did nothing.

    Returns:
        The notebook, ready for nbgrader, and remarks on what was unusual about it.

    Raises:
        BadSubmissionError: the file cannot be graded as this exercise.
    """
    notebook, remarks = parse(content, exercise.name, blank_too)
    grade_ids = [_grade_id(cell, exercise) for cell in notebook.cells]
    if notebook.cells and _is_foreign(notebook, grade_ids, exercise):
        raise BadSubmissionError(_foreign_reason(notebook, exercise, others))
    remarks += _kernel_remarks(notebook)
    remarks += _restore(notebook, grade_ids, exercise)
    return notebook, remarks


def parse(content: bytes, name: str, blank_too: bool = False) -> tuple[NotebookNode, list[str]]:
    """Parse the bytes of any file as a notebook of the current format.

    Args:
        content: the bytes of the file.
        name: the name of the notebook, for the advice in a `BadSubmissionError`.
        blank_too: accept a notebook without cells.

    Returns:
        The notebook, and remarks on what was unusual about it.

    Raises:
        BadSubmissionError: the file is not a notebook.
    """
    advice = f"ask for {name}.ipynb as JupyterLab saves it"
    try:
        text = content.decode("utf-8-sig")
        if not text.strip():
            raise BadSubmissionError(f"is empty; {advice}")
        data = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        reason = "is not a notebook, because it is not JSON"
        raise BadSubmissionError(f"{reason}; {advice}") from None
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise BadSubmissionError(f"is JSON, but not a notebook; {advice}")
    notebook, remarks = _upgrade(text, advice)
    if not notebook.cells and not blank_too:
        raise BadSubmissionError(f"is a notebook without cells; {advice}")
    if data["nbformat"] < 4:
        remarks.append(f"was saved in the old notebook format {data['nbformat']} and was converted")
    return notebook, remarks


def read_bytes(path: Path, largest: int) -> tuple[bytes, str]:
    """Return the content of a regular file of at most `largest` bytes.

    The second result is "", or the reason why the file was not read. This follows no link, which
    could lead to the instructor's files, and opens no pipe, for which it could wait forever.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        is_link = path.is_symlink()
        return b"", "is a link" if is_link else f"cannot be opened ({error.strerror})"
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return b"", "is not a regular file"
        if status.st_size > largest:
            return b"", f"is larger than {largest / 1e6:g} MB"
        return file.read(), ""


def assignment_of(ids: Set[str], exercises: Mapping[str, Exercise]) -> str | None:
    """Return the assignment that has the most cells with these ids, or None if none has any."""
    counts = {name: len(ids & exercise.cells.keys()) for name, exercise in exercises.items()}
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best is not None and counts[best] else None


def _upgrade(text: str, advice: str) -> tuple[NotebookNode, list[str]]:
    """Return a valid notebook of the current format, and remarks on outputs that it lost."""
    try:
        with warnings.catch_warnings():
            # nbformat warns of missing and equal cell ids, which the next lines repair.
            warnings.simplefilter("ignore")
            notebook = nbformat.convert(nbformat.reader.reads(text), 4)
            had_ids = notebook.nbformat_minor >= 5
            notebook = nbformat.v4.upgrade(notebook, 4, notebook.nbformat_minor)
            for index, cell in enumerate(notebook.cells):
                if not had_ids:  # nbformat draws random ids; the same file must give the same ids
                    cell.id = f"cell-{index}"
            remarks = _limit_outputs(notebook)
            _, notebook = normalize(notebook, strip_invalid_metadata=True)
            try:
                nbformat.validate(notebook)
            except NotebookValidationError:
                _limit_outputs(notebook, most=0)
                nbformat.validate(notebook)
                remarks = ["had invalid outputs; all its outputs were left out"]
    except Exception as error:  # a broken file can make nbformat raise almost anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadSubmissionError(f"is a damaged notebook ({reason}); {advice}") from None
    return notebook, remarks


def _limit_outputs(notebook: NotebookNode, most: int = MOST_OUTPUTS) -> list[str]:
    """Keep at most the first `most` outputs; return a remark if the notebook had more."""
    room, kept, total = MOST_OUTPUT_BYTES, 0, 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        outputs = cell.get("outputs", [])
        cell.outputs, cell.execution_count = [], None
        for output in outputs:
            total += 1
            size = len(json.dumps(output))
            if kept < most and size <= room:
                room, kept = room - size, kept + 1
                cell.outputs.append(output)
    if kept == total:
        return []
    return [f"had more outputs than the grader keeps; {total - kept} of {total} were left out"]


def _grade_id(cell: NotebookNode, exercise: Exercise) -> str | None:
    """Return the `grade_id` of the exercise's cell that this is, or None."""
    return next((name for name in _ids(cell) if name in exercise.cells), None)


def _ids(cell: NotebookNode) -> Iterator[str]:
    """Yield the cell's `grade_id` and its id, which also tells the cell if the former is lost."""
    metadata = cell.metadata.get("nbgrader")
    grade_id = metadata.get("grade_id") if isinstance(metadata, dict) else None
    yield from (name for name in (grade_id, cell.get("id")) if isinstance(name, str))


def _is_foreign(notebook: NotebookNode, grade_ids: list[str | None], exercise: Exercise) -> bool:
    """Whether the notebook has no graded cell of the exercise.

    If the exercise has no graded cells, a notebook is foreign if it has only cells of others.
    """
    if exercise.points:
        return not set(grade_ids) & exercise.points.keys()
    return not any(grade_ids) and any("nbgrader" in cell.metadata for cell in notebook.cells)


def _foreign_reason(
    notebook: NotebookNode, exercise: Exercise, others: Mapping[str, Exercise]
) -> str:
    """Return why a foreign notebook cannot be graded, and what to do."""
    assignment = assignment_of({name for cell in notebook.cells for name in _ids(cell)}, others)
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
    """Return the language of a notebook's kernel in lower case, or "" if it is not known."""
    kernel = notebook.metadata.get("kernelspec", {})
    info = notebook.metadata.get("language_info", {})
    name = str(kernel.get("language") or info.get("name") or "").lower()
    return "python" if name in {"python3", "ipython"} else name


def _kernel_remarks(notebook: NotebookNode) -> list[str]:
    if language(notebook) in {"", "python"}:
        return []
    kernel = notebook.metadata.get("kernelspec", {})
    name = kernel.get("display_name") or kernel.get("name") or language(notebook)
    return [
        f"was saved with the kernel {name} and graded with Python; "
        "check that it is the right notebook"
    ]


def _restore(notebook: NotebookNode, grade_ids: list[str | None], exercise: Exercise) -> list[str]:
    """Give the exercise's cells its own metadata, and insert the graded cells that are missing.

    Other cells lose nbgrader's metadata. Of copies of a cell the last one counts, as in nbgrader.
    Sources stay as they are, because nbgrader itself overwrites those of locked cells.

    Returns:
        Remarks on what was changed.
    """
    last = {grade_id: index for index, grade_id in enumerate(grade_ids) if grade_id}
    changed = []
    for index, (cell, grade_id) in enumerate(zip(notebook.cells, grade_ids, strict=True)):
        theirs = cell.metadata.pop("nbgrader", None)
        if grade_id and last[grade_id] == index:
            ours = exercise.cells[grade_id].metadata.nbgrader
            if theirs and _worth(theirs) != _worth(ours):
                changed.append(grade_id)
            cell.metadata["nbgrader"] = deepcopy(ours)

    copied = sorted({name for name in grade_ids if name and grade_ids.count(name) > 1})
    missing = _insert_missing(notebook, exercise)
    remarks = []
    if changed:
        remarks.append(f"had other points or flags in {', '.join(changed)} and was corrected")
    if copied:
        remarks.append(f"has {', '.join(copied)} more than once; the last one counts")
    if missing:
        remarks.append(f"lacked {', '.join(missing)} and was completed from the release")
    return remarks


def _worth(metadata: Any) -> tuple[object, ...]:
    """Return the part of nbgrader's metadata that decides on points; no accident changes it."""
    if not isinstance(metadata, dict):
        return ()
    grade, solution, task = (bool(metadata.get(name)) for name in ("grade", "solution", "task"))
    return grade, solution, task, (metadata.get("points") if grade or task else None)


def _insert_missing(notebook: NotebookNode, exercise: Exercise) -> list[str]:
    """Insert each missing graded cell after the cell that it follows in the exercise.

    A missing solution cell stays away. The student may have written the function in another
    cell, and the released stub would define it again.

    Returns:
        The `grade_id` of each inserted cell.
    """
    missing = []
    present = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    position = -1
    for grade_id, cell in exercise.cells.items():
        if grade_id in present:
            position = present.index(grade_id)
        elif grade_id in exercise.points:
            position += 1
            present.insert(position, grade_id)
            notebook.cells.insert(position, NotebookNode(cell, id=generate_corpus_id()))
            missing.append(grade_id)
    return missing
