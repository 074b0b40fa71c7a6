"""One handed-in notebook: can it be graded, and if not, why.

What students hand in is seldom quite what they were given: it went through other programs,
was renamed, lost cells or has them twice. `read` mends what can be mended without guessing,
says what it did, and says in one sentence what is wrong with the rest.
"""

import json
import warnings
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id
from nbformat.validator import normalize

from grader import GraderError
from grader.course import Exercise


class BadSubmissionError(GraderError):
    """A file that can not be graded; the message says what is wrong and what to do."""


def read(
    path: Path, exercise: Exercise, others: Mapping[str, Exercise]
) -> tuple[NotebookNode, list[str]]:
    """Read the notebook at `path` as a submission for `exercise`.

    Args:
        path: the file, under any name.
        exercise: what the students were given.
        others: all exercises of the course, to say where a wrong file belongs.

    Returns:
        The notebook, ready for nbgrader, and the remarks on what was unusual about it.

    Raises:
        BadSubmissionError: it can not be graded as this exercise.
    """
    notebook, remarks = parse(path, exercise.name)
    grade_ids = [_grade_id(cell, exercise) for cell in notebook.cells]
    if not set(grade_ids) & exercise.points.keys():
        raise BadSubmissionError(_stranger(notebook, exercise, others))
    remarks += _kernel_remarks(notebook)
    remarks += _restore(notebook, grade_ids, exercise)
    return notebook, remarks


def parse(path: Path, name: str) -> tuple[NotebookNode, list[str]]:
    """Read any file as a notebook of today's format, without its outputs.

    `name` is what the notebook is called, for the advice in a `BadSubmissionError`.
    """
    again = f"ask for {name}.ipynb as JupyterLab saves it"
    try:
        text = path.read_text(encoding="utf-8-sig")
        if not text.strip():
            raise BadSubmissionError(f"is empty; {again}")
        data = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise BadSubmissionError(f"is no notebook (not JSON inside); {again}") from None
    except OSError as error:
        raise BadSubmissionError(f"can not be opened ({error.strerror}); {again}") from None
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise BadSubmissionError(f"is JSON, but no notebook; {again}")
    notebook = _today(text, again)
    if not notebook.cells:
        raise BadSubmissionError(f"is a notebook without cells; {again}")
    remarks = []
    if data["nbformat"] < 4:
        remarks.append(f"was saved in the old notebook format {data['nbformat']} and was converted")
    return notebook, remarks


def belongs_to(notebook: NotebookNode, exercises: Mapping[str, Exercise]) -> str | None:
    """The assignment of which the notebook holds the most cells; None if it holds none."""
    counts = {
        name: len({_grade_id(cell, exercise) for cell in notebook.cells} - {None})
        for name, exercise in exercises.items()
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best is not None and counts[best] else None


def _today(text: str, again: str) -> NotebookNode:
    """Convert to the present notebook format, drop the outputs and validate the rest."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Missing and doubled cell ids: mended right below.
            notebook = nbformat.reads(text, as_version=4)
            notebook = nbformat.v4.upgrade(notebook, 4, notebook.nbformat_minor)
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
            _, notebook = normalize(notebook, strip_invalid_metadata=True)
            nbformat.validate(notebook)
    except Exception as error:  # nbformat meets a broken file with many kinds of exception.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadSubmissionError(f"is a damaged notebook ({reason}); {again}") from None
    return notebook


def _grade_id(cell: NotebookNode, exercise: Exercise) -> str | None:
    """Which of the exercise's cells this is: by nbgrader's mark, or by its id if that is lost."""
    mark = cell.metadata.get("nbgrader")
    for known in (mark.get("grade_id") if isinstance(mark, dict) else None, cell.get("id")):
        if isinstance(known, str) and known in exercise.cells:
            return known
    return None


def _stranger(notebook: NotebookNode, exercise: Exercise, others: Mapping[str, Exercise]) -> str:
    """What to say of a notebook with none of the graded cells."""
    assignment = belongs_to(notebook, others)
    if assignment and assignment != exercise.assignment:
        return (
            f"belongs to the assignment {assignment}, not to {exercise.assignment}; "
            f"grade it with --assignment {assignment}"
        )
    return (
        f"has none of the {len(exercise.points)} graded cells of {exercise.name}; "
        "ask for the notebook that was handed out, filled in"
    )


def _kernel_remarks(notebook: NotebookNode) -> list[str]:
    kernel = notebook.metadata.get("kernelspec", {})
    language = kernel.get("language") or notebook.metadata.get("language_info", {}).get("name")
    if language is None or str(language).lower() in {"python", "python3", "ipython"}:
        return []
    name = kernel.get("display_name") or kernel.get("name") or language
    return [
        f"was saved with the kernel {name} and graded with Python; see whether it is the right one"
    ]


def _restore(notebook: NotebookNode, grade_ids: list[str | None], exercise: Exercise) -> list[str]:
    """Give each known cell the exercise's marks, unmark the rest, put deleted cells back.

    Of a copied cell the last one counts, as in nbgrader. Sources stay as they are: nbgrader
    itself writes the locked ones anew.
    """
    last = {grade_id: index for index, grade_id in enumerate(grade_ids) if grade_id}
    for index, (cell, grade_id) in enumerate(zip(notebook.cells, grade_ids, strict=True)):
        cell.metadata.pop("nbgrader", None)
        if grade_id and last[grade_id] == index:
            cell.metadata["nbgrader"] = deepcopy(exercise.cells[grade_id].metadata.nbgrader)

    doubled = sorted({known for known in grade_ids if known and grade_ids.count(known) > 1})
    missing = _put_back(notebook, exercise)
    remarks = []
    if doubled:
        remarks.append(f"has {', '.join(doubled)} more than once; the last one counts")
    if missing:
        remarks.append(f"lacked {', '.join(missing)}; put back as handed out")
    return remarks


def _put_back(notebook: NotebookNode, exercise: Exercise) -> list[str]:
    """Insert each deleted graded cell behind the one that it follows there."""
    # Solution cells stay away: the student may have written the function anew in another cell,
    # and the empty one would define it again.
    missing = []
    position = -1
    for grade_id, cell in exercise.cells.items():
        present = [
            index
            for index, other in enumerate(notebook.cells)
            if other.metadata.get("nbgrader", {}).get("grade_id") == grade_id
        ]
        if present:
            position = present[0]
        elif grade_id in exercise.points:
            position += 1
            notebook.cells.insert(position, NotebookNode(cell, id=generate_corpus_id()))
            missing.append(grade_id)
    return missing
