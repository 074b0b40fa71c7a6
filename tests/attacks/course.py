"""A small course to attack.

It has two tasks and four checks for 1, 2, 4 and 8 points. Thus the total tells which checks passed.
"""

from __future__ import annotations

import copy

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader_cells import mark

ASSIGNMENT, NOTEBOOK = "01_vectors", "vectors"

# Words that only the grader may see, by the place that contains them.
SECRETS = {
    "a hidden check": "sesame-check",
    "the solutions": "sesame-solution",
    "a neighbor's notebook": "sesame-neighbor",
    "the grader's environment": "sesame-environment",
}
SECRET_NUMBER = "4711.375"  # in the arguments of a hidden check

SETUP = "import numpy as np\n\nsample = np.array([3.0, 4.0])"
SQUARE_VISIBLE = '''"""The square of 3 is 9, and of -2 it is 4."""
import numpy as np

np.testing.assert_allclose(square(np.array([3.0, -2.0])), [9, 4], err_msg="square([3, -2])")'''
SQUARE_HIDDEN = f"""# Hidden check: fresh numbers, and the argument stays as it was.
### BEGIN HIDDEN TESTS
import numpy as np

word = "{SECRETS["a hidden check"]}"
fresh = np.array([1.5, 0.0, -7.0])
np.testing.assert_allclose(square(fresh), [2.25, 0, 49], err_msg="square of fresh numbers")
np.testing.assert_equal(fresh, [1.5, 0, -7], err_msg="square changed its argument")
### END HIDDEN TESTS"""
NORM_VISIBLE = '''"""The norm of the sample (3, 4) is 5."""
assert abs(norm(sample) - 5) < 1e-9, "norm((3, 4))"'''
NORM_HIDDEN = f"""# Hidden check: fresh vectors.
### BEGIN HIDDEN TESTS
from fractions import Fraction

import numpy as np

word = "{SECRETS["a hidden check"]}"
fresh = np.array([{SECRET_NUMBER}, -90210.5, 0.125])
expected = np.sqrt(float(sum(Fraction(number) ** 2 for number in fresh)))
np.testing.assert_allclose(norm(fresh), expected, err_msg="norm of a fresh vector")
### END HIDDEN TESTS"""
HONEST = {
    "square": "def square(x):\n    return x**2",
    "norm": "def norm(x):\n    return np.sqrt(np.sum(x**2))",
}
WRONG_NORM = "def norm(x):\n    return 0.0"


def instructors() -> NotebookNode:
    """Return the source notebook, with solutions and hidden checks."""

    def solution(function: str) -> NotebookNode:
        head, body = HONEST[function].split("\n")
        begin = f"    ### BEGIN SOLUTION\n    # {SECRETS['the solutions']}"
        source = f"{head}\n{begin}\n{body}\n    ### END SOLUTION"
        return mark(new_code_cell(source), function, solution=True)

    cells = [
        mark(new_code_cell(SETUP), "setup"),
        mark(new_markdown_cell("Write `square(x)`."), "square-task"),
        solution("square"),
        mark(new_code_cell(SQUARE_VISIBLE), "square-of-three", 1),
        mark(new_code_cell(SQUARE_HIDDEN), "square-of-fresh-numbers", 2),
        mark(new_markdown_cell("Write `norm(x)`."), "norm-task"),
        solution("norm"),
        mark(new_code_cell(NORM_VISIBLE), "norm-of-the-sample", 4),
        mark(new_code_cell(NORM_HIDDEN), "norm-of-fresh-vectors", 8),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def honest(released: NotebookNode, *functions: str) -> NotebookNode:
    """Return the released notebook with these functions right. Otherwise `norm` is wrong."""
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if cell.id in functions:
            cell.source = HONEST[cell.id]
        elif cell.id == "norm":
            cell.source = WRONG_NORM
    return notebook


def neighbor(released: NotebookNode) -> NotebookNode:
    """Return the released notebook with all functions right and a secret remark."""
    notebook = honest(released, "square", "norm")
    notebook.cells.append(new_code_cell("# " + SECRETS["a neighbor's notebook"]))
    return notebook


def read(path: object) -> NotebookNode:
    return nbformat.read(str(path), as_version=4)
