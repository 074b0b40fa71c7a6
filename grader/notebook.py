"""Reads one handed-in notebook, and says whether and why it cannot be graded.

A notebook often comes back different from how it was released: another program has saved it, its
file was renamed, or cells were deleted or copied. `read` repairs what it can without guessing,
returns a remark on each repair, and raises `BadSubmissionError` with one sentence otherwise.
"""

import json
import os
import re
import stat
import warnings
from collections.abc import Mapping, Sequence, Set
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id
from nbformat.validator import NotebookValidationError, normalize
from nbgrader.utils import is_grade, is_locked, is_solution

from grader import GraderError
from grader.course import Exercise
from grader.plain_text import one_line

from .matching import Texts, defined, ids, is_as_released, match
from .moved_answers import move_answers
from .notebook_repair import CELL_ID, MOST_NAMES, repair
from .notebook_size import MOST_OUTPUTS, TooLargeError, limit, load

# The reader keeps so many outputs of a notebook, and so many bytes of them.
MOST_OUTPUT_BYTES = 2_000_000
LONGEST_NAME = 60  # characters of a kernel's name in a remark
# Byte order marks that Python's json does not know.
OTHER_MARKS = {b"\x84\x31\x95\x33": "gb18030", b"+/v": "utf-7"}


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
    texts = Texts(exercise, others.get(exercise.assignment))
    named = {name for cell in notebook.cells for name in ids(cell)}
    is_other = assignment_of(named, others) not in {None, exercise.assignment}
    found = {} if is_other else match(notebook.cells, grade_ids, texts)
    has_answers = not is_other and _has_answers(notebook, exercise)
    if notebook.cells and not has_answers and _is_foreign(notebook, grade_ids, exercise):
        raise BadSubmissionError(_foreign_reason(named, exercise, others))
    remarks += _kernel_remarks(notebook)
    remarks += _unmarked_remarks(notebook.cells, grade_ids, found)
    remarks += _restore(notebook, grade_ids, texts)
    remarks += move_answers(notebook, texts)
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
    text, remarks = _decode(content)
    if text.endswith("\0"):  # programs that copy files leave such an end when they are cut off
        text = text.rstrip("\0")
        remarks.append("had zero bytes behind its end; they were left out")
    if not text.strip():
        raise BadSubmissionError(f"is empty; {advice}")
    try:
        data = load(text)
        remarks += limit(data)
    except (json.JSONDecodeError, RecursionError):
        reason = "is not a notebook, because it is not JSON"
        raise BadSubmissionError(f"{reason}; {advice}") from None
    except TooLargeError as error:
        raise BadSubmissionError(str(error)) from None
    if not isinstance(data, dict) or type(data.get("nbformat")) is not int:
        raise BadSubmissionError(f"is JSON, but not a notebook; {advice}")
    if data["nbformat"] not in nbformat.versions:
        newest = max(nbformat.versions)
        raise BadSubmissionError(f"is in another notebook format than 1 to {newest}; {advice}")
    notebook, found = _upgrade(data, advice)
    remarks += found
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


def assignment_in(content: bytes, exercises: Mapping[str, Exercise]) -> str | None:
    """Return the assignment that the bytes of a notebook belong to, or None, without parsing them.

    The ids of its cells tell it or, if they are lost, the functions that it defines.
    """
    text, _ = _decode(content)
    named = set(re.findall(r'"(?:grade_)?id": *"([^"\\]{1,200})"', text))
    if assignment := assignment_of(named, exercises):
        return assignment
    functions = set(re.findall(r'(?:"|\\n)(?:def|class) +(\w+)', text))
    counts = {
        name: len(functions & set().union(*map(_asked_for, exercise.cells.values())))
        for name, exercise in exercises.items()
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best is not None and counts[best] else None


def _asked_for(cell: NotebookNode) -> set[str]:
    """Return the names that a cell of an exercise leaves to the student to define."""
    return defined(cell.source) if cell.cell_type == "code" and is_solution(cell) else set()


def _decode(content: bytes) -> tuple[str, list[str]]:
    """Return the text of a file in any of the encodings of Unicode, and a remark if it is unusual.

    Without a byte order mark, the zero bytes in the first characters tell the encoding.
    """
    other = (name for mark, name in OTHER_MARKS.items() if content.startswith(mark))
    encoding = next(other, json.detect_encoding(content))
    try:
        text = content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        text = content.decode(encoding, "replace").removeprefix("\ufeff")
        name = encoding.removesuffix("-sig").upper()
        return text, [f"has characters that are not {name}; they were replaced"]
    if encoding.startswith("utf-8"):
        return text, []
    return text, [f"was saved in {encoding.upper()} and was converted to UTF-8"]


def _upgrade(data: dict[str, Any], advice: str) -> tuple[NotebookNode, list[str]]:
    """Return a valid notebook of the current format, and remarks on what it lost."""
    try:
        with warnings.catch_warnings():
            # nbformat warns of missing and equal cell ids, which the next lines repair.
            warnings.simplefilter("ignore")
            major, minor = nbformat.reader.get_version(data)
            remarks = repair(data) if major == 4 else []
            read_version = nbformat.versions[major].to_notebook_json
            notebook = nbformat.convert(read_version(data, minor=minor), 4)
            remarks += repair(notebook) if major < 4 else []
            had_ids = notebook.nbformat_minor >= 5
            kept = [cell.pop("id", None) for cell in notebook.cells]
            notebook = nbformat.v4.upgrade(notebook, 4, notebook.nbformat_minor)
            for index, name in enumerate(kept):
                # nbformat draws random ids; the same file must give the same ids
                is_id = isinstance(name, str) and CELL_ID.fullmatch(name)
                is_own = is_id and (had_ids or kept.count(name) == 1)
                notebook.cells[index].id = name if is_own else f"cell-{index}"
            remarks += _limit_outputs(notebook)
            _, notebook = normalize(notebook, strip_invalid_metadata=True)
            try:
                nbformat.validate(notebook)
            except NotebookValidationError:
                _limit_outputs(notebook, most=0)
                nbformat.validate(notebook)
                remarks.append("had invalid outputs; all its outputs were left out")
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
    """Return the `grade_id` of the exercise's cell that has this cell's id, or None."""
    return next((name for name in ids(cell) if name in exercise.cells), None)


def _is_foreign(notebook: NotebookNode, grade_ids: list[str | None], exercise: Exercise) -> bool:
    """Whether the notebook has no graded cell of the exercise.

    If the exercise has no graded cells, a notebook is foreign if it has only cells of others.
    """
    if exercise.points:
        return not {*grade_ids} & exercise.points.keys()
    return not any(grade_ids) and any("nbgrader" in cell.metadata for cell in notebook.cells)


def _has_answers(notebook: NotebookNode, exercise: Exercise) -> bool:
    """Whether the notebook defines a quarter of the functions that the exercise asks for."""
    wanted = [names for cell in exercise.cells.values() if (names := _asked_for(cell))]
    code = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    theirs = set().union(*map(defined, code))
    return sum(bool(names & theirs) for names in wanted) * 4 > len(wanted)


def _foreign_reason(named: Set[str], exercise: Exercise, others: Mapping[str, Exercise]) -> str:
    """Return why a foreign notebook cannot be graded, and what to do."""
    assignment = assignment_of(named, others)
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
        f"was saved with the kernel {one_line(str(name), LONGEST_NAME)} and graded with Python; "
        "check that it is the right notebook"
    ]


def _unmarked_remarks(
    cells: Sequence[NotebookNode], grade_ids: list[str | None], found: Mapping[str, list[str]]
) -> list[str]:
    """Return a remark on cells without nbgrader's mark that belong to the exercise nevertheless."""
    recognized = {name for names in found.values() for name in names}
    unmarked = [
        name
        for cell, name in zip(cells, grade_ids, strict=True)
        if name and name not in recognized and "nbgrader" not in cell.metadata
    ]
    ways = ["id"] * bool(unmarked) + [*found]
    names = [*unmarked, *recognized]
    if not names:
        return []
    how = " and ".join(filter(None, (", ".join(ways[:-1]), ways[-1])))
    which = ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} cells"
    return [f"had lost nbgrader's marks in {which}, recognized by {how}"]


def _restore(notebook: NotebookNode, grade_ids: list[str | None], texts: Texts) -> list[str]:
    """Give the exercise's cells its own metadata, and insert the cells that must not be missing.

    Other cells lose nbgrader's metadata. Of copies of a cell the last one counts, as in nbgrader,
    but an answer counts before a copy in which nothing was done. Sources of locked cells stay as
    they are, because nbgrader itself overwrites them, unless the instructor has changed them since.

    Returns:
        Remarks on what was changed.
    """
    exercise = texts.exercise
    chosen = _choose_copies(notebook.cells, grade_ids, texts)
    changed, untouched_copies = [], set()
    for index, (cell, grade_id) in enumerate(zip(notebook.cells, grade_ids, strict=True)):
        theirs = cell.metadata.pop("nbgrader", None)
        if not grade_id:
            continue
        original = exercise.cells[grade_id]
        if chosen[grade_id] != index:
            if is_solution(original) and texts.is_untouched(grade_id, cell):
                untouched_copies.add(index)
            continue
        ours = original.metadata.nbgrader
        is_text = cell.cell_type == original.cell_type != "code"
        is_given = is_locked(original) or (is_text and is_solution(original))
        if is_given and is_as_released(cell, theirs):
            cell.source = original.source
        elif theirs and _worth(theirs) != _worth(ours):
            is_corrected = not is_as_released(cell, theirs, *texts.of(grade_id), original.source)
            changed += [grade_id] * is_corrected
        cell.metadata["nbgrader"] = deepcopy(ours)

    remarks = []
    if changed:
        remarks.append(f"had other points or flags in {', '.join(changed)} and was corrected")
    copied = sorted({name for name in grade_ids if name and grade_ids.count(name) > 1})
    last = {name: index for index, name in enumerate(grade_ids) if name}
    filled = [name for name in copied if chosen[name] != last[name]]
    if rest := [name for name in copied if name not in filled]:
        remarks.append(f"has {', '.join(rest)} more than once; the last one counts")
    if filled:
        remarks.append(f"has {', '.join(filled)} more than once; the one that is filled in counts")
    notebook.cells = [
        cell for index, cell in enumerate(notebook.cells) if index not in untouched_copies
    ]
    if moved := _take_out_late_set_up(notebook, exercise):
        remarks.append(f"had {', '.join(moved)} in a later place; it was put back")
    missing = [name for name in _insert_missing(notebook, exercise) if name not in moved]
    if missing:
        remarks.append(f"lacked {', '.join(missing)} and was completed from the release")
    return remarks


def _take_out_late_set_up(notebook: NotebookNode, exercise: Exercise) -> list[str]:
    """Remove locked code without points that stands after a cell that may need it.

    Returns:
        The `grade_id` of each cell that was removed; `_insert_missing` puts it back.
    """
    order = {name: place for place, name in enumerate(exercise.cells)}
    late = []
    furthest = -1
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name not in order:
            continue
        is_set_up = cell.cell_type == "code" and is_locked(cell) and not is_grade(cell)
        if is_set_up and order[name] < furthest:
            late.append(name)
        elif cell.cell_type == "code":
            furthest = max(furthest, order[name])
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in late
    ]
    return late


def _choose_copies(
    cells: Sequence[NotebookNode], grade_ids: list[str | None], texts: Texts
) -> dict[str, int]:
    """Return the index of the cell that counts for each `grade_id`."""
    chosen: dict[str, int] = {}
    filled = set()
    for index, (cell, name) in enumerate(zip(cells, grade_ids, strict=True)):
        if not name:
            continue
        is_answer = is_solution(texts.exercise.cells[name])
        if is_answer and not texts.is_untouched(name, cell):
            filled.add(name)
        elif name in filled:
            continue
        chosen[name] = index
    return chosen


def _worth(metadata: Any) -> tuple[object, ...]:
    """Return the part of nbgrader's metadata that decides on points; no accident changes it."""
    if not isinstance(metadata, dict):
        return ()
    grade, solution, task = (bool(metadata.get(name)) for name in ("grade", "solution", "task"))
    return grade, solution, task, (metadata.get("points") if grade or task else None)


def _insert_missing(notebook: NotebookNode, exercise: Exercise) -> list[str]:
    """Insert each missing graded or locked code cell after the cell that it follows.

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
        elif grade_id in exercise.points or (cell.cell_type == "code" and is_locked(cell)):
            position += 1
            present.insert(position, grade_id)
            notebook.cells.insert(position, NotebookNode(cell, id=generate_corpus_id()))
            missing.append(grade_id)
    return missing
