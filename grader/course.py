"""The folders of the course, its exercises, and its configuration of nbgrader."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_locked
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

COURSE = Path(__file__).resolve().parent
REPOSITORY = COURSE.parent
SOLUTIONS = REPOSITORY / "solutions"
RELEASE = COURSE / "release"


@dataclass(frozen=True)
class Exercise:
    """An assignment and its one notebook, as the instructor wrote it or as students get it."""

    assignment: str
    name: str
    notebook: NotebookNode

    @cached_property
    def cells(self) -> dict[str, NotebookNode]:
        """The cells that nbgrader knows, by their `grade_id`, in the order of the notebook."""
        return {
            cell.metadata.nbgrader.grade_id: cell
            for cell in self.notebook.cells
            if "nbgrader" in cell.metadata
        }

    @cached_property
    def points(self) -> dict[str, float]:
        """The points of each graded cell, in the order of the notebook."""
        return {
            grade_id: float(cell.metadata.nbgrader.points)
            for grade_id, cell in self.cells.items()
            if cell.metadata.nbgrader.grade
        }

    def differs_in(self, other: "Exercise") -> list[str]:
        """Return the `grade_id` of each cell that is missing, or has other points or locked text.

        Args:
            other: another version of the exercise, equally with or without hidden checks.
        """
        names = dict.fromkeys([*self.cells, *other.cells])
        return [name for name in names if self._identity(name) != other._identity(name)]

    def _identity(self, name: str) -> tuple[object, ...]:
        """Return what must not differ between two versions of a cell."""
        if name not in self.cells:
            return ()
        cell = self.cells[name]
        is_fixed = is_locked(cell) and "AUTOTEST" not in cell.source  # nbgrader writes such tests
        return name, self.points.get(name), cell.source.strip() if is_fixed else ""


def exercises(folder: Path = RELEASE) -> dict[str, Exercise]:
    """Read every `NN_topic/topic.ipynb` in `folder`; return them by the name of the assignment.

    Raises:
        ValueError: an assignment has two notebooks.
    """
    by_assignment: dict[str, Exercise] = {}
    for path in sorted(folder.glob("[!.]*/[!.]*.ipynb")):
        assignment = path.parent.name
        if assignment in by_assignment:
            raise ValueError(f"{path.parent} has two notebooks, and an assignment has only one")
        notebook = nbformat.read(path, as_version=4)
        by_assignment[assignment] = Exercise(assignment, path.stem, notebook)
    return by_assignment


def configuration(root: Path = COURSE) -> Config:
    """Return nbgrader's configuration of this course, with `root` as the course folder.

    nbgrader keeps the gradebook and writes every file in `root`. The sources are always those of
    this course.
    """
    config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE)).load_config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.source_directory = str(SOLUTIONS)
    return config
