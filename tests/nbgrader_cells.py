"""Cells of nbgrader's for the notebooks that tests write."""

from __future__ import annotations

from nbformat import NotebookNode


def mark(
    cell: NotebookNode, grade_id: str, points: float | None = None, solution: bool = False
) -> NotebookNode:
    """Give a cell nbgrader's metadata, and its grade_id as the id.

    Args:
        cell: the cell, which is changed and returned.
        grade_id: its name.
        points: what it gives at most; None if it is not graded.
        solution: whether it holds the student's answer. All other cells are locked.
    """
    cell.id = grade_id
    cell.metadata.nbgrader = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": points is not None,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "cell_type": cell.cell_type,
    }
    if points is not None:
        cell.metadata.nbgrader["points"] = points
    return cell
