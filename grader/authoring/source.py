"""A solution notebook as its author saved it: its tasks, and what each cell is for."""

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Literal

from nbformat import NotebookNode
from nbformat.v4 import to_notebook
from nbformat.validator import iter_validate

from grader import GraderError
from grader.course import REPOSITORY

Kind = Literal["task", "solution", "written", "check", "free", "fixed"]


class UnreadableNotebookError(GraderError):
    """The file is missing or is not a notebook; the message says so in a sentence."""


@dataclass(frozen=True)
class Task:
    """The cells of one task, from its text to its last check.

    Attributes:
        stem: the task's name in ids, such as "mean-squared-error".
        cells: its cells in their order; the first is the text.
    """

    stem: str
    cells: Sequence[NotebookNode]

    @property
    def function(self) -> str:
        """The function that the task asks for, such as "mean_squared_error"."""
        return self.stem.replace("-", "_")

    @property
    def text(self) -> NotebookNode:
        """The Markdown cell that says what to do."""
        return self.cells[0]

    @property
    def checks(self) -> list[NotebookNode]:
        """Its checks, visible and hidden."""
        return self.of_kind("check")

    @property
    def is_written(self) -> bool:
        """Whether a person grades the answer."""
        return bool(self.of_kind("written"))

    def of_kind(self, wanted: Kind) -> list[NotebookNode]:
        """Return the task's cells of one kind."""
        return [cell for cell in self.cells if kind(cell) == wanted]


@dataclass(frozen=True)
class Solution:
    """A solution notebook and the text of its file."""

    path: Path
    text: str
    notebook: NotebookNode

    @property
    def name(self) -> str:
        """The file's path for a sentence: from the repository's root where it lies in there."""
        return name_of(self.path)

    @property
    def cells(self) -> list[NotebookNode]:
        """All cells."""
        cells: list[NotebookNode] = self.notebook.cells
        return cells

    @property
    def code(self) -> list[NotebookNode]:
        """The code cells."""
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def checks(self) -> list[NotebookNode]:
        """The checks of all tasks, visible and hidden."""
        return [cell for cell in self.cells if kind(cell) == "check"]

    @cached_property
    def tasks(self) -> list[Task]:
        """The tasks; each begins at its text and ends before the next one's."""
        return [Task(stem, cells) for stem, cells in self._parts if stem]

    @cached_property
    def before_the_tasks(self) -> list[NotebookNode]:
        """The introduction and what else stands before the first task."""
        return [cell for stem, cells in self._parts if not stem for cell in cells]

    @cached_property
    def _parts(self) -> list[tuple[str, list[NotebookNode]]]:
        stem = ""

        def stem_of(cell: NotebookNode) -> str:
            nonlocal stem
            if kind(cell) == "task":
                stem = id_of(cell).removesuffix("-task")
            return stem

        return [(name, list(cells)) for name, cells in groupby(self.cells, stem_of)]


def read(path: Path) -> Solution:
    """Read the solution notebook at `path` as it is; nbformat's reader would mend some faults.

    Raises:
        UnreadableNotebookError: there is no such file, or it is not a notebook.
    """
    name = name_of(path)
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except FileNotFoundError:
        raise UnreadableNotebookError(f"{name} does not exist; check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableNotebookError(f"{name} cannot be read as text: {error}.") from None
    except json.JSONDecodeError as error:
        raise UnreadableNotebookError(
            f"{name} is not a notebook: its line {error.lineno} is not JSON ({error.msg})."
        ) from None
    fields = content if isinstance(content, dict) else {}
    if (fields.get("nbformat"), fields.get("nbformat_minor")) != (4, 5):
        raise UnreadableNotebookError(
            f"{name} is not a notebook in format 4.5, in which cells have ids; "
            "open it in JupyterLab and save it."
        )
    for fault in iter_validate(content, version=4, version_minor=5):
        raise UnreadableNotebookError(f"{name} is not a valid notebook: {fault.message}.")
    if not content["cells"]:
        raise UnreadableNotebookError(f"{name} has no cells.")
    return Solution(path, text, to_notebook(content))


def name_of(path: Path) -> str:
    """Return `path` for a sentence: from the repository's root if it lies in there."""
    absolute = path.resolve()
    return str(absolute.relative_to(REPOSITORY) if absolute.is_relative_to(REPOSITORY) else path)


def id_of(cell: NotebookNode) -> str:
    """Return the name by which nbgrader knows a cell, which the course makes the cell's id."""
    name: str = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id
    return name


def kind(cell: NotebookNode) -> Kind:
    """Return what a cell is for.

    "task": the text of a task; "solution": code that students write; "written": an answer that a
    person grades; "check": it gives points; "free": nbgrader does not know the cell; "fixed":
    everything else that students cannot change, such as the introduction.
    """
    marks = cell.metadata.get("nbgrader")
    if not marks:
        return "free"
    if marks.get("solution"):
        return "written" if marks.get("grade") else "solution"
    if marks.get("grade"):
        return "check"
    return "task" if id_of(cell).endswith("-task") else "fixed"


def is_hidden(check: NotebookNode) -> bool:
    """Return whether students get a check without its code."""
    return "### BEGIN HIDDEN TESTS" in check.source


def is_visible(check: NotebookNode) -> bool:
    """Return whether students get a check with its code."""
    return not is_hidden(check)


def tree(cell: NotebookNode) -> ast.Module:
    """Return a cell's syntax tree; an empty one if the cell is not Python."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.Module([], [])
