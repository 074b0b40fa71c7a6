"""From what a student handed in to what is executed: nbgrader's own steps, without its gradebook.

A `Master` holds what the gradebook knows of a notebook, read once for the whole class.
With it a submission is sanitized without a connection, in any thread: marks restored, locked
cells written anew, deleted checks put back, copies dropped.
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

MOST_FILES = 1000  # files of one submission that are taken along


@dataclass(frozen=True)
class MasterCell:
    """A cell with nbgrader's mark, as the gradebook keeps it."""

    name: str
    cell_type: str
    locked: bool
    source: str
    checksum: str
    max_score: float | None


@dataclass(frozen=True)
class Master:
    """A notebook of an assignment, as the instructor made it.

    It answers what nbgrader's `OverwriteCells` asks of a gradebook.

    Attributes:
        exercise: its marked cells, in the order in which students were given them.
        cells: the same by their `grade_id`, with what the gradebook adds.
        kernelspec: what it is executed with; empty if the instructor's notebook does not say.
        released: the sources as students were given them, without hidden tests.
    """

    exercise: Exercise
    cells: Mapping[str, MasterCell]
    kernelspec: Mapping[str, Any]
    released: Mapping[str, str]

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> MasterCell:
        """The cell called `name`; raises `MissingEntry` as a gradebook does."""
        if name not in self.cells:
            raise MissingEntry(f"No such source cell: {assignment}/{notebook}/{name}")
        return self.cells[name]

    find_graded_cell = find_source_cell


@dataclass(frozen=True)
class Folder:
    """The other files of an assignment: how they are read, and the instructor's own.

    Attributes:
        masters: files that replace a student's, by their path in the folder.
        ignore: patterns of names that are left out.
        largest: bytes that a file may have.
        most: bytes that all files of a submission may have together.
    """

    masters: Mapping[str, bytes] = field(default_factory=dict)
    ignore: Sequence[str] = ()
    largest: int = 100_000_000
    most: int = 100_000_000

    def read(self, folder: Path) -> tuple[dict[str, bytes], list[str]]:
        """The files in a student's folder, the instructor's in place of theirs.

        Returns:
            The files by their path in the folder, and what was left out, in sentences.
        """
        files: dict[str, bytes] = {}
        remarks = []
        room = self.most
        for name in _names(folder, self.ignore):
            content, why = read_bytes(folder / name, self.largest)
            room -= len(content)
            if room < 0 or len(files) == MOST_FILES:
                remarks.append(f"{name} and what follows is too much; it was left out")
                break
            if why:
                remarks.append(f"{name} {why}; it was left out")
            else:
                files[name] = content
        return files | dict(self.masters), remarks


@dataclass(frozen=True)
class Assignment:
    """What all submissions for one assignment share: its notebooks by name, and its files."""

    masters: Mapping[str, Master]
    folder: Folder

    def words(self) -> set[str]:
        """All names in the instructor's code."""
        cells = (cell for master in self.masters.values() for cell in master.cells.values())
        code = (cell.source for cell in cells if cell.cell_type == "code")
        return {word for source in code for word in re.findall(r"\w+", source)}


def read_assignment(
    gradebook: Gradebook, coursedir: CourseDirectory, name: str, students_own: Collection[str] = ()
) -> Assignment:
    """Read an assignment from the gradebook, and the instructor's files beside it.

    `students_own` are files that are not replaced by the instructor's.

    Raises:
        MissingEntry: the gradebook does not know the assignment.
    """
    source, release = (
        Path(coursedir.format_path(step, ".", name))
        for step in (coursedir.source_directory, coursedir.release_directory)
    )
    found = masters(gradebook, name, [release, source])
    paths = find_all_files(str(source), [*coursedir.ignore, "*.ipynb"])
    ours = {os.path.relpath(path, source): Path(path) for path in paths}
    files = {path: ours[path].read_bytes() for path in ours if path not in students_own}
    kilobyte = 1000  # as nbgrader counts them
    largest, most = coursedir.max_file_size * kilobyte, coursedir.max_dir_size * kilobyte
    return Assignment(found, Folder(files, coursedir.ignore, largest, most))


def masters(gradebook: Gradebook, assignment: str, folders: Sequence[Path]) -> dict[str, Master]:
    """The notebooks of an assignment by their names, as the gradebook has them.

    Args:
        gradebook: an open one.
        assignment: its name.
        folders: where the notebooks are to be found as files, the released ones first. The
            gradebook does not keep the order of the cells; these do.

    Raises:
        MissingEntry: the gradebook does not know the assignment.
    """
    return {
        notebook.name: _master(gradebook, notebook, assignment, folders)
        for notebook in gradebook.find_assignment(assignment).notebooks
    }


def _master(
    gradebook: Gradebook, notebook: Notebook, assignment: str, folders: Sequence[Path]
) -> Master:
    paths = [folder / f"{notebook.name}.ipynb" for folder in folders]
    released = next((_sources(path) for path in paths if path.is_file()), {})
    kinds: dict[str, dict[str, BaseCell]] = {}
    for cell in gradebook.db.query(BaseCell).filter_by(notebook_id=notebook.id):
        kinds.setdefault(cell.name, {})[cell.type] = cell
    order = {name: position for position, name in enumerate(released)}
    rows = gradebook.db.query(SourceCell).filter_by(notebook_id=notebook.id).all()
    rows.sort(key=lambda row: order.get(row.name, len(order)))
    made = [_marked_cell(row, kinds.get(row.name, {})) for row in rows]
    page = new_notebook(cells=[cell for cell, _ in made])
    CheckCellMetadata().preprocess(page, {})
    return Master(
        Exercise(assignment, notebook.name, page),
        {master.name: master for _, master in made},
        json.loads(notebook.kernelspec or "{}"),
        released,
    )


def _marked_cell(row: SourceCell, kinds: Mapping[str, BaseCell]) -> tuple[NotebookNode, MasterCell]:
    """A cell as nbgrader writes it, from the rows that the gradebook has of it."""
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
    """The sources of the marked cells in a file of the instructor's, in their order."""
    cells = json.loads(path.read_text(encoding="utf-8")).get("cells", [])
    marked = (cell for cell in cells if "grade_id" in cell["metadata"].get("nbgrader", {}))
    return {cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"]) for cell in marked}


def read_hand_in(
    path: Path, master: Master, others: Mapping[str, Exercise], largest: int
) -> tuple[NotebookNode, list[str]]:
    """Read a notebook as it was handed in, and mend what can be mended without guessing.

    Args:
        path: the file.
        master: the same notebook as the instructor made it.
        others: all exercises of the course, to say where a wrong file belongs.
        largest: bytes that the file may have.

    Returns:
        The notebook, and the remarks on what was unusual about it.

    Raises:
        BadSubmissionError: it cannot be graded; the message says why.
    """
    content, why = read_bytes(path, largest)
    if why:
        raise BadSubmissionError(f"{why}; ask for the notebook itself")
    return read(content, master.exercise, others, blank_too=True)


def read_mended(path: Path) -> NotebookNode:
    """Read a notebook that `read_hand_in` has mended, or `grader.notebook.read`."""
    return nbformat.from_dict(json.loads(path.read_bytes()))


def sanitize(
    notebook: NotebookNode, master: Master, steps: Sequence[Preprocessor]
) -> tuple[str, list[str]]:
    """Make a student's notebook ready to be executed.

    Args:
        notebook: as it was handed in, with what could be mended mended; changed in place.
        master: the same notebook as the instructor made it.
        steps: nbgrader's `sanitize_preprocessors`.

    Returns:
        The notebook as JSON, and the remarks on what the student had changed.

    Raises:
        BadSubmissionError: it cannot be graded; the message says why.
    """
    remarks = _write_anew(notebook, master)
    _note_outputs(notebook)
    notebook = _run(steps, notebook, master)
    if language(notebook) not in {"", "python"}:
        raise BadSubmissionError(f"needs a kernel for {language(notebook)}; Python alone is graded")
    # JSON may hold half a character, for which UTF-8 has no bytes: it becomes a question mark.
    source = json.dumps(notebook, ensure_ascii=False).encode(errors="replace").decode()
    return source, remarks


def _write_anew(notebook: NotebookNode, master: Master) -> list[str]:
    """Put the instructor's cell in place of each locked one; only its place is the student's."""
    edited = []
    originals = master.exercise.cells
    for index, cell in enumerate(notebook.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name is None:
            continue
        known = master.cells[name]
        if known.locked:
            given = {known.source.rstrip(), master.released.get(name, cell.source).rstrip()}
            if known.cell_type == "code" and cell.source.rstrip() not in given:
                edited.append(name)
            anew = NotebookNode(deepcopy(originals[name]), id=cell.id)
            if "outputs" in cell and "outputs" in anew:
                anew.update(outputs=cell.outputs, execution_count=cell.execution_count)
            notebook.cells[index] = anew
        elif cell.cell_type != known.cell_type:
            anew = NotebookNode(deepcopy(originals[name]), id=cell.id, source=cell.source)
            notebook.cells[index] = anew
    if not edited:
        return []
    return [f"had changes in {', '.join(edited)}, which is not for students to change; undone"]


def _note_outputs(notebook: NotebookNode) -> None:
    """Note in each cell of the student's own, and in each check, what it had put out before.

    Feedback shows that: what the grading run puts out may hold what a hidden check has passed to
    a function of the student's.
    """
    notebook.metadata.pop("course", None)  # What the engine notes there, nobody can bring along.
    for cell in notebook.cells:
        cell.metadata.pop("course", None)
        if cell.cell_type == "code" and (is_grade(cell) or not is_locked(cell)):
            cell.metadata["course"] = {"handed_in": cell.outputs}


def _run(steps: Sequence[Preprocessor], notebook: NotebookNode, master: Master) -> NotebookNode:
    """Run nbgrader's steps; where one asks the gradebook, the master answers."""
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
        elif type(step) is not CheckCellMetadata:  # All marks are the master's, checked there.
            notebook, resources = step(notebook, resources)
    return notebook


def _names(folder: Path, ignore: Sequence[str]) -> Iterator[str]:
    """The paths of all files below `folder` but notebooks and those that nbgrader ignores."""
    for directory, inside, files in os.walk(folder):
        inside[:] = sorted(name for name in inside if not _ignored(name, ignore))
        for name in sorted(files):
            if not name.endswith(".ipynb") and not _ignored(name, ignore):
                yield os.path.relpath(os.path.join(directory, name), folder)


def _ignored(name: str, patterns: Sequence[str]) -> bool:
    """As a shell matches names: `*` does not stand for one that begins with a dot."""
    return any(
        fnmatch(name, pattern) and (pattern.startswith(".") or not name.startswith("."))
        for pattern in patterns
    )
