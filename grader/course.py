"""Where the course's exercises are, and nbgrader's configuration for them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

COURSE = Path(__file__).resolve().parent
REPOSITORY = COURSE.parent
SOLUTIONS = REPOSITORY / "solutions"
RELEASE = COURSE / "release"


@dataclass(frozen=True)
class Exercise:
    """One assignment and its notebook, as the instructor wrote it or as students get it."""

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


def exercises(folder: Path = RELEASE) -> dict[str, Exercise]:
    """Read every `NN_topic/topic.ipynb` in `folder`, by the name of its assignment."""
    found = {}
    for path in sorted(folder.glob("[!.]*/[!.]*.ipynb")):
        assignment = path.parent.name
        if assignment in found:
            raise ValueError(f"{path.parent} holds two notebooks; an assignment is one notebook")
        notebook = nbformat.read(path, as_version=4)
        found[assignment] = Exercise(assignment, path.stem, notebook)
    return found


def configuration(root: Path = COURSE) -> Config:
    """The course's nbgrader configuration, working in the folder `root`.

    With another root than the course's own, the gradebook and all that nbgrader writes are
    there; the sources stay the course's.
    """
    config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE)).load_config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.source_directory = str(SOLUTIONS)
    return config
