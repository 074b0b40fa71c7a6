"""The checks' outputs of an executed notebook as scores, by nbgrader's rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, SaveAutoGrades

from grader.notebook import is_check


def finish(notebook: NotebookNode, steps: Sequence[Preprocessor]) -> tuple[NotebookNode, list[str]]:
    """Run those of nbgrader's `autograde_preprocessors` that look at the notebook alone.

    Returns:
        The notebook, and a flag in a sentence for each check whose outputs are no score.
    """
    resources: dict[str, Any] = {"metadata": {}}
    for step in steps:
        # The marks are the master's and were checked with it.
        if not isinstance(step, Execute | SaveAutoGrades | AssignLatePenalties) and (
            type(step) is not CheckCellMetadata
        ):
            notebook, resources = step(notebook, resources)
    return notebook, _void_false_scores(notebook)


def _void_false_scores(notebook: NotebookNode) -> list[str]:
    """Give 0 where nbgrader would stumble over a check's result, or be fooled by one.

    nbgrader reads a check's result as its points; a negative one or NaN counts as full points,
    and a larger one than there are, or one that is no text, raises an error.
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
                    cell.outputs.append(_error("NoScore", f"{what}{mark.points:g}"))
                    cell.outputs.remove(output)
                    flags.append(f"{what}{mark.points:g}; it counts 0")
                break
    return flags


def _is_score(text: object, most: float) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return 0 <= float(text) <= most
    except ValueError:
        return True  # Not meant as points; nbgrader gives all.


def _error(name: str, message: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
