"""Where one function of Keras solves a task too, the exercise says what that is worth."""

import re

import nbformat
import pytest

from grader.course import exercises

SENTENCE = re.compile(
    r"write the answer in NumPy[.:]\s+a function of Keras may earn the points too", re.IGNORECASE
)


@pytest.mark.parametrize("assignment", exercises())
def test_an_exercise_says_that_a_function_of_keras_may_earn_points(assignment: str) -> None:
    introduction: nbformat.NotebookNode = exercises()[assignment].notebook.cells[0]
    assert introduction.cell_type == "markdown"
    assert SENTENCE.search(introduction.source)
