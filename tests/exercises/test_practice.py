"""What `check` and `hint` say to each known answer, with the released module and its data."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from contextlib import chdir, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from exercises.grading import NOTEBOOKS, Exercises, exercises_of
from exercises.test_mistakes import TRAINED
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from grader.course import RELEASE
from grader.engine.behavior import closest
from grader.engine.exam.observe import calls_of, encode
from grader.mistakes import bank_of
from grader.mistakes.bank import Answer
from grader.practice import student

WIDEST = 88  # characters of a call; JupyterLab shows more only after scrolling
MOST_UNSEEN = 0.02  # of the known mistakes; nothing that a student can see finds these
MOST_LINES = 4


@cache
def practice_of(path: Path) -> ModuleType:
    """Return the module that lies beside a released notebook."""
    file = RELEASE / path.parent.name / "practice.py"
    assert file.exists(), f"{file} is missing: write grader/practice/{path.stem}.toml"
    spec = importlib.util.spec_from_file_location(f"practice_of_{path.stem}", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def data_of(path: Path) -> dict[str, Any]:
    """Return the data of each exercise of a notebook."""
    text = Path(practice_of(path).DATA).read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)["exercises"]
    return data


@cache
def solved(exercises: Exercises) -> dict[str, Any]:
    """Return a namespace in which the setup and all solutions have run."""
    names = exercises.set_up()
    for source in exercises.solutions.values():
        exec(source, names)
    return names


def told(path: Path, exercise: str, source: str) -> str:
    """Return what `check` says to an answer of which this is the source."""
    names = dict(solved(exercises_of(path)))
    with chdir(path.parent):
        exec(source, names)
        message: str = practice_of(path).message(names[exercise])
    return message


def functions(may_train: bool = True) -> list[Any]:
    """Return every function; if its checks may train networks here, only in the long suite."""
    return [
        pytest.param(
            path,
            name,
            id=name,
            marks=[pytest.mark.slow] if may_train and name in TRAINED else [],
        )
        for path in NOTEBOOKS
        for name in exercises_of(path).solutions
    ]


def right_answers() -> list[Any]:
    """Return the other right answers; those that train networks belong to the long suite."""
    return [
        pytest.param(
            path,
            answer,
            id=f"{answer.exercise}-{answer.name}",
            marks=[pytest.mark.slow] if answer.exercise in TRAINED else [],
        )
        for path in NOTEBOOKS
        for answer in bank_of(path.stem).answers
        if answer.is_right
    ]


def mistakes_of(path: Path) -> list[Answer]:
    return [answer for answer in bank_of(path.stem).answers if not answer.is_right]


@pytest.mark.parametrize(("path", "name"), functions(may_train=False))
def test_an_exercise_has_calls_and_hints(path: Path, name: str) -> None:
    file, exercise = f"grader/practice/{path.stem}.toml", data_of(path).get(name)
    assert exercise, f"{file} has no table [{name}]: write one and run `make release`"
    assert len(exercise["calls"]) >= 8, f"{file}: [{name}] needs eight calls or more"
    wide = [call for call in exercise["calls"] if len(call) > WIDEST]
    assert not wide, f"{file}: these calls have more than {WIDEST} characters: {wide}"
    assert len(exercise["hints"]) in (2, 3), f"{file}: [{name}] needs two or three hints"


@pytest.mark.parametrize(("path", "name"), functions())
def test_no_call_is_one_of_a_check(path: Path, name: str) -> None:
    """Otherwise a hidden check's number could be read in practice.json."""
    exercises = exercises_of(path)
    names, made = solved(exercises), list[str]()

    def recorder(*arguments: Any, **options: Any) -> Any:
        with suppress(TypeError, ValueError):  # some arguments are not data
            made.append(encode([list(arguments), options]))
        return names[name](*arguments, **options)

    exercise = data_of(path)[name]
    with chdir(path.parent):
        of_checks = calls_of(name, (source for _, source in exercises.checks[name].values()), names)
        inside = dict(names)
        exec(exercise["setup"], inside)
        for call in exercise["calls"]:
            made.clear()
            with suppress(Exception):  # an error may be the right result
                eval(call, {**inside, name: recorder})
            assert not set(made) & set(of_checks), (
                f"grader/practice/{path.stem}.toml: a check makes the call {call}, too"
            )


@pytest.mark.parametrize(("path", "name"), functions())
def test_the_solution_agrees(path: Path, name: str) -> None:
    message = told(path, name, exercises_of(path).solutions[name])
    count = len(data_of(path)[name]["calls"])
    assert message.startswith(f"{name} agrees on all {count} calls."), message
    assert "The hidden checks look at this: " in message


@pytest.mark.parametrize(("path", "answer"), right_answers())
def test_no_other_right_answer_is_told_wrong(path: Path, answer: Answer) -> None:
    message = told(path, answer.exercise, answer.source)
    assert message.startswith(f"{answer.exercise} agrees on all "), message


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_mistake_is_told_in_four_lines(path: Path) -> None:
    for answer in mistakes_of(path):
        if answer.exercise not in TRAINED:
            message = told(path, answer.exercise, answer.source)
            assert message.count("\n") < MOST_LINES, message


def verdict(path: Path, answer: Answer) -> str:
    """Return whether `check` names a known mistake, only finds it wrong, or does not see it."""
    exercise = data_of(path)[answer.exercise]
    right, mistakes = student.known_behavior(exercise)
    if not exercise["mistakes"][answer.name]["differs"]:
        return "unseen"
    found = closest(mistakes[answer.name], right, mistakes)
    return "named" if found == answer.name else "found wrong"


def passes_what_is_visible(path: Path, answer: Answer) -> bool:
    exercises = exercises_of(path)
    failed = exercises.failures(answer.exercise, answer.source)
    checks = exercises.checks[answer.exercise]
    return all("BEGIN HIDDEN TESTS" in checks[check][1] for check in failed)


def test_hardly_a_mistake_stays_unseen() -> None:
    answers = [(path, answer) for path in NOTEBOOKS for answer in mistakes_of(path)]
    verdicts = Counter(verdict(*pair) for pair in answers)
    unseen = [
        f"{answer.exercise}: {answer.name}"
        for path, answer in answers
        if verdict(path, answer) == "unseen" and passes_what_is_visible(path, answer)
    ]
    assert len(unseen) <= MOST_UNSEEN * len(answers), (
        f"no visible check and no call of `check` finds {unseen}: add a call to the tables in "
        "grader/practice/ and run `make release`"
    )
    assert verdicts["named"] > 0.9 * len(answers), verdicts


def test_the_module_imports_only_what_a_student_has() -> None:
    for path in NOTEBOOKS:
        text = Path(str(practice_of(path).__file__)).read_text(encoding="utf-8")
        assert "import grader" not in text and "from grader" not in text


def test_in_a_notebook_check_answers_also_if_its_cell_fails() -> None:
    """The kernel shows the student's own lines, and `check` has its say behind them."""
    cells = [
        "import numpy as np\nfrom practice import check, hint",
        "def mean_squared_error(y_true, y_pred):\n    return y_true - unknown",
        "loss = mean_squared_error(np.ones(2), np.ones(2))\n\ncheck(mean_squared_error)",
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    folder = RELEASE / "01_loss_functions"
    client = NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": folder}})
    failure, answer = client.execute().cells[-1].outputs
    assert "\n".join(failure.traceback).splitlines() == [
        "Line 1 of this cell:",
        "    loss = mean_squared_error(np.ones(2), np.ones(2))",
        "Line 2 of mean_squared_error:",
        "    return y_true - unknown",
        "NameError: name 'unknown' is not defined",
    ]
    assert "raised NameError: name 'unknown' is not defined" in answer.text
    assert answer.text.endswith("mean_squared_error's cell: return y_true - unknown\n")
