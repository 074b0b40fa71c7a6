"""Every known mistake loses points, and every other right answer gets full marks."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from exercises.grading import NOTEBOOKS, Exercises, exercises_of

from grader.mistakes import bank_of
from grader.mistakes.bank import Answer, Bank

SECONDS_A_CHECK = 5
# Functions whose answers or checks train networks: a right answer takes seconds.
TRAINED = {
    *("build_model", "build_regularized", "compare_losses", "deep_network"),
    *("reloaded", "repaired_network", "test_accuracy", "train_model"),
}
# Those of them whose mistakes fail in a check that trains nothing.
FOUND_AT_ONCE = {"repaired_network", "test_accuracy"}
# np.testing finds an empty array equal to every number.
WITHOUT_CONTENT = [
    "return None",
    "import numpy; return numpy.zeros((0, 3))",
    "raise NotImplementedError()",
    "return 0.0",
    "return ()",
    "import numpy; return numpy.array([])",
]


def functions() -> list[Any]:
    """Return every function that the exercises ask for."""
    return [
        pytest.param(exercises_of(path), name, id=name)
        for path in NOTEBOOKS
        for name in exercises_of(path).solutions
    ]


def known(is_right: bool) -> Iterator[Any]:
    """Yield the known answers; most of those that train networks belong to the long suite.

    Every run tries the solution and one mistake of each such function.
    """
    seen = set[str]()
    for path in NOTEBOOKS:
        for answer in bank_of(path.stem).answers:
            if answer.is_right != is_right:
                continue
            is_repeated = answer.exercise in (
                TRAINED if is_right else (TRAINED - FOUND_AT_ONCE) & seen
            )
            seen.add(answer.exercise)
            yield pytest.param(
                exercises_of(path),
                answer,
                id=f"{answer.exercise}-{answer.name}",
                marks=[pytest.mark.slow] if is_repeated else [],
            )


def stubs() -> Iterator[Any]:
    """Yield each function with each body without content."""
    for number, body in enumerate(WITHOUT_CONTENT):
        for function in functions():
            # The checks of these train a network before they call the answer.
            is_repeated = function.id in {"test_accuracy", "reloaded"} and number > 1
            marks = [pytest.mark.slow] if is_repeated else []
            yield pytest.param(*function.values, body, id=f"{function.id}-{body}", marks=marks)


@pytest.mark.parametrize(("exercises", "exercise"), functions())
def test_solution_gets_full_marks_in_time(exercises: Exercises, exercise: str) -> None:
    exercises.set_up()  # the first import of Keras takes longer than any check
    start = time.process_time()
    failed = exercises.failures(exercise, exercises.solutions[exercise])
    assert failed == {}
    assert time.process_time() - start < SECONDS_A_CHECK * len(exercises.checks[exercise])


@pytest.mark.parametrize(("exercises", "exercise", "body"), list(stubs()))
def test_no_check_passes_on_an_answer_without_content(
    exercises: Exercises, exercise: str, body: str
) -> None:
    stub = f"def {exercise}(*args, **kwargs):\n    {body}\n"
    passed = exercises.checks[exercise].keys() - exercises.failures(exercise, stub).keys()
    assert passed == set(), "these checks have to ask for the type or the shape first"


@pytest.mark.parametrize(("exercises", "answer"), list(known(is_right=False)))
def test_mistake_loses_points(exercises: Exercises, answer: Answer) -> None:
    assert exercises.loses_points(answer.exercise, answer.source), (
        "every check passes; add one that finds this mistake"
    )


@pytest.mark.parametrize(("exercises", "answer"), list(known(is_right=True)))
def test_right_answer_gets_full_marks(exercises: Exercises, answer: Answer) -> None:
    assert exercises.failures(answer.exercise, answer.source) == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_exercise_has_its_answers(path: Path) -> None:
    answers, bank = bank_of(path.stem).answers, f"grader/mistakes/{path.stem}.py"
    exercises = exercises_of(path)
    assert {answer.exercise for answer in answers} == set(exercises.solutions), bank
    for exercise in exercises.solutions:
        rights = [answer.is_right for answer in answers if answer.exercise == exercise]
        assert rights.count(False) >= 4, f"{bank}: {exercise} needs four mistakes or more"
        assert rights.count(True) >= 2, f"{bank}: {exercise} needs two right answers or more"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_sentences_speak_to_the_student(path: Path) -> None:
    answers, bank = bank_of(path.stem).answers, f"grader/mistakes/{path.stem}.py"
    names = [answer.name for answer in answers]
    assert len(set(names)) == len(names), f"{bank}: two answers have the same name"
    for answer in answers:
        form = r"[A-Z].+\." if answer.is_right else r"You [^;]+; .+\."
        assert re.fullmatch(form, answer.sentence), (
            f"{bank}: the docstring of {answer.name} has to be "
            + ("a sentence" if answer.is_right else "`You …; ….`")
        )


def test_source_takes_the_name_of_the_exercise() -> None:
    bank = Bank()

    @bank.mistake("double")
    def square_for_double(x: float) -> float:
        """You square; doubling adds the number to itself."""
        return x * x

    (answer,) = bank.answers
    namespace: dict[str, Callable[[float], float]] = {}
    exec(answer.source, namespace)
    assert namespace["double"](3) == 9
    assert (answer.exercise, answer.name, answer.is_right) == ("double", "square_for_double", False)
    assert answer.sentence == "You square; doubling adds the number to itself."


def test_a_bank_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_notebook"):
        bank_of("no_such_notebook")
