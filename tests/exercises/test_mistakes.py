"""Every known mistake loses points, and every other right answer gets full marks."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.mistakes import bank_of
from grader.mistakes.bank import Answer, Bank

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
SECONDS_A_CHECK = 5

Namespace = dict[str, Any]


class Exercises:
    """A notebook's code in one process: a fresh namespace for each answer, checks one by one."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent  # where its data lie
        cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
        marks = {cell.id: cell.metadata.get("nbgrader", {}) for cell in cells}
        self.setup = [
            c.source for c in cells if marks[c.id].get("locked") and not marks[c.id].grade
        ]
        self.solutions = {
            c.id.replace("-", "_"): c.source for c in cells if marks[c.id].get("solution")
        }
        self.checks: dict[str, dict[str, tuple[int, str]]] = {name: {} for name in self.solutions}
        for cell in cells:
            if marks[cell.id].get("solution"):
                checks = self.checks[cell.id.replace("-", "_")]
            elif marks[cell.id].get("grade"):
                checks[cell.id] = (marks[cell.id].points, cell.source)

    def full_marks(self, exercise: str) -> int:
        return sum(points for points, _ in self.checks[exercise].values())

    def failures(self, exercise: str, answer: str) -> dict[str, str]:
        """Put `answer` in the place of the solution; return each failed check's message."""
        with chdir(self.folder):
            namespace = self.set_up()
            for name, source in self.solutions.items():
                exec(answer if name == exercise else source, namespace)
            failed = {}
            for check, (_, source) in self.checks[exercise].items():
                try:
                    exec(source, namespace)
                except Exception as error:  # a check fails however the answer goes wrong
                    failed[check] = f"{type(error).__name__}: {error}"
        return failed

    def set_up(self) -> Namespace:
        """A fresh namespace, after the cells that are the same for every answer."""
        namespace: Namespace = {}
        with chdir(self.folder):
            for source in self.setup:
                exec(source, namespace)
        return namespace

    def points(self, exercise: str, answer: str) -> int:
        """The points that `answer` earns in the place of the solution."""
        failed = self.failures(exercise, answer)
        return sum(
            points for check, (points, _) in self.checks[exercise].items() if check not in failed
        )


exercises_of = cache(Exercises)


TRAINING = {"train_model", "test_accuracy", "compare_losses"}  # seconds an answer


def known(is_right: bool) -> Iterator[Any]:
    """Known answers; of an exercise that trains, one of each kind is tried every time."""
    seen = set[str]()
    for path in NOTEBOOKS:
        for answer in bank_of(path.stem).answers:
            if answer.is_right == is_right:
                late = answer.exercise in TRAINING & seen
                seen.add(answer.exercise)
                marks = [pytest.mark.slow] if late else []
                name = f"{answer.exercise}-{answer.name}"
                yield pytest.param(exercises_of(path), answer, id=name, marks=marks)


def stubs() -> list[Any]:
    return [
        pytest.param(exercises_of(path), name, id=name)
        for path in NOTEBOOKS
        for name in exercises_of(path).solutions
    ]


@pytest.mark.parametrize(("exercises", "exercise"), stubs())
def test_solution_gets_full_marks_in_time(exercises: Exercises, exercise: str) -> None:
    exercises.set_up()  # the first import of Keras takes longer than any check
    start = time.process_time()
    failed = exercises.failures(exercise, exercises.solutions[exercise])
    assert failed == {}
    assert time.process_time() - start < SECONDS_A_CHECK * len(exercises.checks[exercise])


@pytest.mark.parametrize(("exercises", "exercise"), stubs())
@pytest.mark.parametrize(
    "body",
    # np.testing finds an empty array equal to any number.
    [
        "raise NotImplementedError()",
        "return None",
        "return 0.0",
        "return ()",
        "import numpy; return numpy.array([])",
        "import numpy; return numpy.zeros((0, 3))",
    ],
)
def test_no_check_passes_on_an_answer_without_content(
    exercises: Exercises, exercise: str, body: str
) -> None:
    stub = f"def {exercise}(*args, **kwargs):\n    {body}\n"
    assert exercises.points(exercise, stub) == 0


@pytest.mark.parametrize(("exercises", "answer"), list(known(is_right=False)))
def test_mistake_loses_points(exercises: Exercises, answer: Answer) -> None:
    assert exercises.points(answer.exercise, answer.source) < exercises.full_marks(answer.exercise)


@pytest.mark.parametrize(("exercises", "answer"), list(known(is_right=True)))
def test_right_answer_gets_full_marks(exercises: Exercises, answer: Answer) -> None:
    assert exercises.failures(answer.exercise, answer.source) == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_exercise_has_its_answers(path: Path) -> None:
    answers = bank_of(path.stem).answers
    exercises = exercises_of(path)
    assert {answer.exercise for answer in answers} == set(exercises.solutions)
    for exercise in exercises.solutions:
        rights = [answer.is_right for answer in answers if answer.exercise == exercise]
        assert rights.count(False) >= 4, exercise
        assert rights.count(True) >= 2, exercise


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_sentences_speak_to_the_student(path: Path) -> None:
    answers = bank_of(path.stem).answers
    assert len({answer.name for answer in answers}) == len(answers)
    for answer in answers:
        form = r"You [^;]+; .+\." if not answer.is_right else r"[A-Z].+\."
        assert re.fullmatch(form, answer.sentence), answer.name


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
