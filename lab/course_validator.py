"""nbgrader's Validate, with short results: which checks failed, and their sentences.

nbgrader shows the whole source of each failing check and the whole traceback. Its button has no
setting for that, so `install` puts a validator of the course in the place of nbgrader's.
"""

import ast
import html

import nbformat
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.server_extensions.validate_assignment import handlers
from nbgrader.validator import Validator

LONGEST = 8  # lines of a failure
NOT_WRITTEN = "Nothing is written here yet: put your code where it says # YOUR CODE HERE."


def install() -> None:
    """Let the Validate button use `CourseValidator`."""
    handlers.Validator = CourseValidator


class CourseValidator(Validator):
    """Validates as nbgrader does, and tells each failing check in a few lines."""

    def validate(self, filename: str) -> dict[str, list[dict[str, str]]]:
        """Run a notebook; return what nbgrader's dialog shows, by kind.

        Args:
            filename: the notebook's path.
        """
        results: dict[str, list[dict[str, str]]] = super().validate(filename)
        failed = results.get("failed")
        if failed:
            cells = nbformat.read(filename, as_version=4).cells
            failed[-1]["error"] += f"\n\n{html.escape(hidden_points(cells))}"
        return results

    def _get_failed_cells(self, nb: NotebookNode) -> list[NotebookNode]:
        """Return the failing checks with their names in place of their sources."""
        failed: list[NotebookNode] = super()._get_failed_cells(nb)
        for cell in failed:
            cell.source = name(cell)
        return failed

    def _extract_error(self, cell: NotebookNode) -> str:
        """Return the last lines of a failure."""
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if not errors:
            text: str = super()._extract_error(cell)
            return text
        if errors[0].ename == "NotImplementedError":
            return NOT_WRITTEN
        lines = strip_ansi("\n".join(errors[0].traceback)).splitlines()
        return "\n".join(lines[-LONGEST:])


def name(cell: NotebookNode) -> str:
    """Return how a student finds a check: its docstring, its id, and its points."""
    try:
        told = ast.get_docstring(ast.parse(cell.source))
    except SyntaxError:  # a magic command
        told = None
    told = told or cell.source.strip().split("\n")[0].strip("# ")
    points = cell.metadata.nbgrader.points
    return f"{told}\n({cell.metadata.nbgrader.grade_id}, {points:g} point{'s' * (points != 1)})"


def hidden_points(cells: list[NotebookNode]) -> str:
    """Say how many points belong to checks that a student's notebook does not contain."""
    points = [(cell, cell.metadata.nbgrader.points) for cell in cells if utils.is_grade(cell)]
    code = [(cell, worth) for cell, worth in points if cell.cell_type == "code"]
    hidden = sum(worth for cell, worth in code if cell.source.startswith("# Hidden check"))
    whole = sum(worth for _, worth in points)
    return (
        f"Hidden checks did not run, because they run when your work is graded. "
        f"They hold {hidden:g} of the {whole:g} points."
    )
