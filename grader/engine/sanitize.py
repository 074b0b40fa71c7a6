"""Makes a student's notebook ready to be executed, by nbgrader's own steps without its gradebook.

A `Master` holds what the gradebook knows about a notebook, and is read once for the whole class.
It replaces the gradebook, so a submission is sanitized without a connection and in any thread. The
instructor's metadata and locked cells are restored, deleted checks are added again, and copies of
checks are removed.
"""

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import BaseCell, Gradebook, MissingEntry, Notebook, SourceCell
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    CheckCellMetadata,
    OverwriteCells,
    OverwriteKernelspec,
)
from nbgrader.utils import find_all_files, is_grade, is_locked

from grader.course import Exercise
from grader.notebook import BadSubmissionError, language, read, read_bytes
from grader.notebook_size import TooLargeError, limit

MOST_FILES = 1000  # files that a submission may have beside its notebooks


@dataclass(frozen=True)
class MasterCell:
    """A cell with a `grade_id`, as the gradebook keeps it."""

    name: str
    cell_type: str
    locked: bool
    source: str
    checksum: str
    max_score: float | None


@dataclass(frozen=True)
class Master:
    """A notebook of an assignment, as the instructor made it.

    nbgrader's `OverwriteCells` uses it in place of a gradebook.

    Attributes:
        exercise: the cells with a `grade_id`, in the order in which they were released.
        cells: the same cells by their `grade_id`, as the gradebook keeps them.
        kernelspec: the kernel for the notebook; empty if the instructor's notebook names none.
        released: the sources as they were released, without hidden tests, by `grade_id`.
    """

    exercise: Exercise
    cells: Mapping[str, MasterCell]
    kernelspec: Mapping[str, Any]
    released: Mapping[str, str]

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> MasterCell:
        """Return the cell with the `grade_id` `name`; raises `MissingEntry` if there is none."""
        if name not in self.cells:
            raise MissingEntry(f"No such source cell: {assignment}/{notebook}/{name}")
        return self.cells[name]

    find_graded_cell = find_source_cell


@dataclass(frozen=True)
class Folder:
    """The rules for the files beside the notebooks of an assignment, and the instructor's files.

    Attributes:
        masters: the instructor's files, which replace a student's, by their path in the folder.
        ignore: patterns of the names to ignore.
        largest: the bytes that a file may have.
        most: the bytes that all files of a submission together may have.
    """

    masters: Mapping[str, bytes] = field(default_factory=dict)
    ignore: Sequence[str] = ()
    largest: int = 100_000_000
    most: int = 100_000_000

    def read(self, folder: Path) -> tuple[dict[str, bytes], list[str]]:
        """Read the files in a student's folder, and put the instructor's files in place of them.

        Returns:
            The files by their path in the folder, and a remark on each file that was left out.
        """
        files: dict[str, bytes] = {}
        remarks = []
        room = self.most
        for name in _names(folder, self.ignore):
            content, problem = read_bytes(folder / name, self.largest)
            room -= len(content)
            if room < 0 or len(files) == MOST_FILES:
                limit = f"{MOST_FILES} files" if room >= 0 else f"{self.most / 1e6:g} MB"
                what = f"{name} and the files after it exceed the limit of {limit}"
                remarks.append(f"{what}; they were left out")
                break
            if problem:
                remarks.append(f"{name} {problem}; it was left out")
            else:
                files[name] = content
        return files | dict(self.masters), remarks


@dataclass(frozen=True)
class Assignment:
    """What all submissions for one assignment share.

    Attributes:
        masters: the instructor's notebooks, by name.
        folder: the rules for the other files.
    """

    masters: Mapping[str, Master]
    folder: Folder

    def words(self) -> set[str]:
        """Return all words in the instructor's code."""
        cells = (cell for master in self.masters.values() for cell in master.cells.values())
        code = (cell.source for cell in cells if cell.cell_type == "code")
        return {word for source in code for word in re.findall(r"\w+", source)}


def read_assignment(
    gradebook: Gradebook, coursedir: CourseDirectory, name: str, students_own: Collection[str] = ()
) -> Assignment:
    """Read an assignment from the gradebook, and the instructor's files from its source folder.

    Args:
        gradebook: an open gradebook.
        coursedir: where the assignment lies.
        name: the name of the assignment.
        students_own: the files that the instructor's files do not replace.

    Raises:
        MissingEntry: the gradebook does not know the assignment.
    """
    source, release = (
        Path(coursedir.format_path(step, ".", name))
        for step in (coursedir.source_directory, coursedir.release_directory)
    )
    masters = {
        notebook.name: _read_master(gradebook, notebook, name, [release, source])
        for notebook in gradebook.find_assignment(name).notebooks
    }
    paths = find_all_files(str(source), [*coursedir.ignore, "*.ipynb"])
    names = {os.path.relpath(path, source) for path in paths} - {*students_own}
    files = {name: (source / name).read_bytes() for name in sorted(names)}
    kilobyte = 1000  # as nbgrader counts
    largest, most = coursedir.max_file_size * kilobyte, coursedir.max_dir_size * kilobyte
    return Assignment(masters, Folder(files, coursedir.ignore, largest, most))


def _read_master(
    gradebook: Gradebook, notebook: Notebook, assignment: str, folders: Sequence[Path]
) -> Master:
    """Read a notebook from the gradebook, and the order of its cells from a file.

    Args:
        gradebook: an open gradebook.
        notebook: the notebook's row in it.
        assignment: the name of the assignment.
        folders: where the notebook's file may lie. The first one that has it is used.
    """
    paths = [folder / f"{notebook.name}.ipynb" for folder in folders]
    released = next((_sources(path) for path in paths if path.is_file()), {})
    kinds: dict[str, dict[str, BaseCell]] = {}
    for cell in gradebook.db.query(BaseCell).filter_by(notebook_id=notebook.id):
        kinds.setdefault(cell.name, {})[cell.type] = cell
    order = {name: position for position, name in enumerate(released)}
    rows = gradebook.db.query(SourceCell).filter_by(notebook_id=notebook.id).all()
    rows.sort(key=lambda row: order.get(row.name, len(order)))
    pairs = [_make_cell(row, kinds.get(row.name, {})) for row in rows]
    content = new_notebook(cells=[cell for cell, _ in pairs])
    CheckCellMetadata().preprocess(content, {})
    return Master(
        Exercise(assignment, notebook.name, content),
        {master.name: master for _, master in pairs},
        json.loads(notebook.kernelspec or "{}"),
        released,
    )


def _make_cell(row: SourceCell, kinds: Mapping[str, BaseCell]) -> tuple[NotebookNode, MasterCell]:
    """Make a cell, as nbgrader writes it, from its rows in the gradebook.

    Args:
        row: the row of its source.
        kinds: its other rows, by their type.
    """
    graded = kinds.get("GradeCell") or kinds.get("TaskCell")
    master = MasterCell(
        row.name,
        row.cell_type,
        row.locked,
        row.source or "",
        row.checksum,
        None if graded is None else graded.max_score,
    )
    make = new_code_cell if row.cell_type == "code" else new_markdown_cell
    cell = make(master.source)
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": row.name,
        "grade": "GradeCell" in kinds,
        "solution": "SolutionCell" in kinds,
        "task": "TaskCell" in kinds,
        "locked": row.locked,
        "cell_type": row.cell_type,
    }
    if row.checksum:
        cell.metadata.nbgrader["checksum"] = row.checksum
    if graded is not None:
        cell.metadata.nbgrader["points"] = graded.max_score
    if row.locked:
        cell.metadata.update(deletable=False, editable=False)
    return cell, master


def _sources(path: Path) -> dict[str, str]:
    """Return the sources of the cells that have a `grade_id`, by `grade_id`, in their order."""
    cells = json.loads(path.read_text(encoding="utf-8")).get("cells", [])
    named = (cell for cell in cells if "grade_id" in cell["metadata"].get("nbgrader", {}))
    return {cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"]) for cell in named}


def read_hand_in(
    path: Path, master: Master, others: Mapping[str, Exercise], largest: int
) -> tuple[NotebookNode, list[str]]:
    """Read a notebook as it was handed in, and repair what can be repaired without guessing.

    Args:
        path: the file.
        master: the same notebook as the instructor made it.
        others: all exercises of the course, to say where a wrong file belongs.
        largest: the bytes that the file may have.

    Returns:
        The notebook, and remarks on what was unusual about it.

    Raises:
        BadSubmissionError: it cannot be graded; the message says why.
    """
    content, problem = read_bytes(path, largest)
    if problem:
        raise BadSubmissionError(f"{problem}; ask for the notebook itself")
    return read(content, master.exercise, others, blank_too=True)


def _limit(data: Any) -> list[str]:
    try:
        return limit(data)
    except TooLargeError as error:
        raise BadSubmissionError(str(error)) from None


def read_mended(path: Path) -> tuple[NotebookNode, list[str]]:
    """Read a notebook that was read and repaired before, and was then saved.

    Returns:
        The notebook, and remarks on what exceeded a limit.

    Raises:
        BadSubmissionError: it cannot be graded; the message says why.
    """
    data = json.loads(path.read_bytes())
    remarks = _limit(data)
    return nbformat.from_dict(data), remarks


def sanitize(
    notebook: NotebookNode, master: Master, steps: Sequence[Preprocessor]
) -> tuple[str, list[str]]:
    """Make a student's notebook ready to be executed.

    Args:
        notebook: the notebook that was handed in, repaired; it is changed in place.
        master: the same notebook as the instructor made it.
        steps: nbgrader's `sanitize_preprocessors`.

    Returns:
        The notebook as JSON, and remarks on what the student had changed.

    Raises:
        BadSubmissionError: it needs another kernel than one for Python.
    """
    remarks = _restore_cells(notebook, master)
    _keep_outputs(notebook)
    notebook = _run_steps(steps, notebook, master)
    if language(notebook) not in {"", "python"}:
        problem = f"needs a kernel for {language(notebook)}, but only Python is graded"
        raise BadSubmissionError(problem)
    # JSON may hold half of a surrogate pair, which UTF-8 cannot write; it becomes "?".
    source = json.dumps(notebook, ensure_ascii=False).encode(errors="replace").decode()
    return source, remarks


def _restore_cells(notebook: NotebookNode, master: Master) -> list[str]:
    """Replace each locked cell by the instructor's cell, and each changed cell type.

    Returns:
        Remarks on what the student had changed.
    """
    edited = []
    originals = master.exercise.cells
    for index, cell in enumerate(notebook.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name not in master.cells:  # the instructor has removed it since the release
            cell.metadata.pop("nbgrader", None)
            continue
        known = master.cells[name]
        if known.locked:
            unedited = {known.source.rstrip(), master.released.get(name, cell.source).rstrip()}
            if known.cell_type == "code" and cell.source.rstrip() not in unedited:
                edited.append(name)
            restored = NotebookNode(deepcopy(originals[name]), id=cell.id)
            if "outputs" in cell and "outputs" in restored:
                restored.update(outputs=cell.outputs, execution_count=cell.execution_count)
            notebook.cells[index] = restored
        elif cell.cell_type != known.cell_type:
            restored = NotebookNode(deepcopy(originals[name]), id=cell.id, source=cell.source)
            notebook.cells[index] = restored
    if not edited:
        return []
    return [f"had changes in {', '.join(edited)}, which students may not change; they were undone"]


def _keep_outputs(notebook: NotebookNode) -> None:
    """Keep the outputs that the student's own cells and the checks had when they were handed in.

    Feedback shows these outputs. Those of the grading run may contain the arguments that a hidden
    check passed to a function of the student's.
    """
    # The engine alone writes this key; drop it from what the student sent.
    notebook.metadata.pop("course", None)
    for cell in notebook.cells:
        cell.metadata.pop("course", None)
        if cell.cell_type == "code" and (is_grade(cell) or not is_locked(cell)):
            cell.metadata["course"] = {"handed_in": cell.outputs}


def _run_steps(
    steps: Sequence[Preprocessor], notebook: NotebookNode, master: Master
) -> NotebookNode:
    """Run nbgrader's steps with the master in place of the gradebook."""
    ids = {"notebook": master.exercise.name, "assignment": master.exercise.assignment}
    resources: dict[str, Any] = {"nbgrader": ids, "metadata": {}}
    for step in steps:
        if isinstance(step, OverwriteKernelspec):
            if step.enabled and master.kernelspec:
                notebook.metadata["kernelspec"] = dict(master.kernelspec)
        elif isinstance(step, OverwriteCells):
            step.gradebook = master
            step.notebook_id, step.assignment_id = ids["notebook"], ids["assignment"]
            if step.enabled:
                Preprocessor.preprocess(step, notebook, resources)
        elif type(step) is not CheckCellMetadata:  # `_read_master` has checked all metadata
            notebook, resources = step(notebook, resources)
    return notebook


def _names(folder: Path, ignore: Sequence[str]) -> Iterator[str]:
    """Yield the paths of all files below `folder`, except notebooks and ignored files."""
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _ignored(name, ignore))
        for name in sorted(files):
            if not name.endswith(".ipynb") and not _ignored(name, ignore):
                yield os.path.relpath(os.path.join(directory, name), folder)


def _ignored(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern matches as in a shell, where `*` matches no name that starts with a dot."""
    return any(
        fnmatch(name, pattern) and (pattern.startswith(".") or not name.startswith("."))
        for pattern in patterns
    )
