"""Prepares an executed notebook for scoring: nbgrader reads the scores from the checks' outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, SaveAutoGrades

from grader.notebook import is_check

from .outputs import add_error


def finish(notebook: NotebookNode, steps: Sequence[Preprocessor]) -> tuple[NotebookNode, list[str]]:
    """Run those of nbgrader's `autograde_preprocessors` that need no gradebook.

    Returns:
        The notebook, and a flag in a sentence for each check whose result is not a valid score.
    """
    resources: dict[str, Any] = {"metadata": {}}
    for step in steps:
        # The metadata come from the instructor's master, which was checked when it was read.
        if not isinstance(step, Execute | SaveAutoGrades | AssignLatePenalties) and (
            type(step) is not CheckCellMetadata
        ):
            notebook, resources = step(notebook, resources)
    return notebook, _void_false_scores(notebook)


def _void_false_scores(notebook: NotebookNode) -> list[str]:
    """Give 0 points for a result of a check that nbgrader would misread.

    nbgrader reads a check's result as its points. A negative number or NaN would count as full
    points. A number above the maximum, or a result without text, would raise an error.
    """
    flags = []
    for cell in filter(is_check, notebook.cells):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                break
            if output.output_type == "execute_result":
                mark = cell.metadata.nbgrader
                if not _is_score(output.data.get("text/plain"), float(mark.points)):
                    what = f"the result of {mark.grade_id} is no number of points from 0 to "
                    add_error(cell, "NoScore", f"{what}{mark.points:g}")
                    cell.outputs.remove(output)
                    flags.append(f"{what}{mark.points:g}; it counts 0")
                break
    return flags


def _is_score(text: object, maximum: float) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return 0 <= float(text) <= maximum
    except ValueError:
        return True  # The result is not meant as points, and nbgrader gives full points.
