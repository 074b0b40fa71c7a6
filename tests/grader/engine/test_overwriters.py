"""Answers without a formula that overwrite their arguments earn no point of a hidden check.

A check computes what is right from arrays that it has passed to the student's function. If the
function's changes reached them, a function could make every check compare zero with zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from exercises.grading import NOTEBOOKS, Exercises, exercises_of
from test_exam import Student, failures_across

HELPERS = """\
import numpy as np

def arrays(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from arrays(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from arrays(item)

def overwrite(arguments, options, number):
    for array in arrays([arguments, options]):
        if array.flags.writeable and array.dtype.kind in "fiub":
            array[...] = number

def biggest(arguments, options):
    return max(arrays([arguments, options]), key=np.size)
"""
# What each writes into every array, and what it returns then.
OVERWRITERS = {
    "zero": (0, "0.0"),
    "zeros": (0, "np.zeros_like(next(arrays([arguments, options])))"),
    "a_zero_for_each_row": (0, "np.zeros(next(arrays([arguments, options])).shape[:-1])"),
    "zeros_for_the_biggest": (0, "np.zeros_like(biggest(arguments, options))"),
    "the_first_argument": (0, "arguments[0]"),
    "the_last_argument": (0, "arguments[-1]"),
    "all_arguments": (0, "arguments"),
    "one": (1, "1.0"),
    "ones": (1, "np.ones_like(next(arrays([arguments, options])))"),
    "the_first_argument_as_ones": (1, "arguments[0]"),
    "half": (0.5, "0.5"),
    "not_a_number": (np.nan, "np.full_like(next(arrays([arguments, options])), np.nan)"),
    "one_not_a_number": (np.nan, "float('nan')"),
    "infinity": (np.inf, "np.full_like(next(arrays([arguments, options])), np.inf)"),
}


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Student]:
    running = Student(tmp_path_factory.mktemp("exam"))
    yield running
    running.close()


def cases() -> Iterator[Any]:
    """Each exercise with each overwriter; of every notebook one exercise is tried always."""
    for path in NOTEBOOKS:
        exercises = exercises_of(path)
        for place, exercise in enumerate(exercises.solutions):
            marks = [pytest.mark.slow] if place else []
            yield pytest.param(exercises, exercise, id=exercise, marks=marks)


@pytest.mark.parametrize(("exercises", "exercise"), list(cases()))
def test_an_overwriter_passes_no_hidden_check(
    student: Student,
    exercises: Exercises,
    exercise: str,
) -> None:
    hidden = {
        check
        for check, (_, source) in exercises.checks[exercise].items()
        if "### BEGIN HIDDEN TESTS" in source
    }
    earned = {}
    for name, (number, result) in OVERWRITERS.items():
        answer = (
            f"{HELPERS}\ndef {exercise}(*arguments, **options):\n"
            f"    overwrite(arguments, options, float({str(number)!r}))\n    return {result}\n"
        )
        failed = failures_across(student, exercises, exercise, answer)
        if passed := hidden - failed.keys():
            earned[name] = passed
    assert not earned
