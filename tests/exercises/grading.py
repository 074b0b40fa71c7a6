"""Grade an answer in this process: the code of a solution notebook, with one function exchanged."""

from collections.abc import Iterable, Iterator
from contextlib import chdir, closing
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import nbformat
import numpy as np

from grader.solutions import solution_notebooks

NOTEBOOKS = solution_notebooks()

Namespace = dict[str, Any]


@cache
def compiled(source: str) -> CodeType:
    """Compile the source of a cell once, because most cells run again for every answer."""
    return compile(source, "<cell>", "exec")


class Exercises:
    """The code cells of a solution notebook, by what they are for.

    Attributes:
        folder: where the notebook and its data lie.
        setup: the sources that run before any answer.
        solutions: the source of each function's solution, in the order of the notebook.
        checks: for each function, the points and the source of each check by its grade_id.
        texts: the source of each cell of text by its id.
    """

    def __init__(self, path: Path) -> None:
        self.folder = path.parent
        every = nbformat.read(path, as_version=4).cells
        self.texts = {c.id: c.source for c in every if c.cell_type == "markdown"}
        cells = [c for c in every if c.cell_type == "code"]
        marks = {cell.id: cell.metadata.get("nbgrader", {}) for cell in cells}
        self.setup = [
            c.source for c in cells if marks[c.id].get("locked") and not marks[c.id].grade
        ]
        self.solutions = {
            c.id.replace("-", "_"): c.source for c in cells if marks[c.id].get("solution")
        }
        self.checks: dict[str, dict[str, tuple[int, str]]] = {name: {} for name in self.solutions}
        for cell in cells:
            if marks[cell.id].get("solution"):
                checks = self.checks[cell.id.replace("-", "_")]
            elif marks[cell.id].get("grade"):
                checks[cell.id] = (marks[cell.id].points, cell.source)

    def set_up(self) -> Namespace:
        """Return a fresh namespace in which the setup has run."""
        namespace: Namespace = {}
        with chdir(self.folder):
            for source in self.setup:
                exec(compiled(source), namespace)
        return namespace

    def solved(self) -> Namespace:
        """Return a namespace with NumPy and all solutions, none of which has run."""
        namespace: Namespace = {"np": np}
        for source in self.solutions.values():
            exec(compiled(source), namespace)
        return namespace

    def assert_claimed(self, claims: Iterable[tuple[str, str]]) -> None:
        """Fail unless each cell of text has its claims, word for word.

        Args:
            claims: pairs of the id of a cell and a part of a sentence with a computed number.
        """
        missing = [(cell, claim) for cell, claim in claims if claim not in self.texts[cell]]
        assert not missing, f"solutions/{self.folder.name} does not say: {missing}"

    def failures(self, exercise: str, answer: str) -> dict[str, str]:
        """Put `answer` in the place of the solution; return the message of each failed check."""
        return dict(self._failures(exercise, answer))

    def loses_points(self, exercise: str, answer: str) -> bool:
        """Return whether a check fails on `answer`; the checks after that one do not run."""
        with closing(self._failures(exercise, answer)) as failures:
            return any(True for _ in failures)

    def _failures(self, exercise: str, answer: str) -> Iterator[tuple[str, str]]:
        with chdir(self.folder):
            namespace = self.set_up()
            for name, source in self.solutions.items():
                exec(compiled(answer if name == exercise else source), namespace)
            for check, (_, source) in self.checks[exercise].items():
                try:
                    exec(compiled(source), namespace)
                except Exception as error:  # a check fails however the answer goes wrong
                    yield check, f"{type(error).__name__}: {error}"


exercises_of = cache(Exercises)


def exercises_named(stem: str) -> Exercises:
    """Return the exercises of the notebook with this name, without its extension."""
    [path] = [path for path in NOTEBOOKS if path.stem == stem]
    return exercises_of(path)
