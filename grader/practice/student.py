"""Answers while you work: `check(f)` tries your function, and `hint(f)` gives the next hint.

The course makes this file and practice.json, which lies beside it; you need not change either.
`check` calls your function and compares what it does with the right results. The hidden checks
that grade your work make other calls.
"""

import io
import json
import linecache
import logging
import os
import traceback
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.engine.behavior import closest, plain, raised, same

Function = Callable[..., Any]
Exercise = dict[str, Any]  # an entry of practice.json

LONGEST_TEXT = 100  # characters of an error's message
CHANGED = (
    "changed its argument, and whoever called the function still needs it. Make a new array, as "
    "`x = x - 1` does, in place of `x -= 1` or `x[0] = …`."
)
MOST_SHOWN = 16  # numbers of an array
DATA = Path(__file__).with_name("practice.json")
hints_given: dict[str, int] = {}


@dataclass
class Attempt:
    """What a function did on one call.

    Attributes:
        call: the call, as Python source.
        outcome: `{"returned": …}`, `{"raised": …, "named": …}`, or `{"nothing": True}` if the
            function returned None.
        is_changed: whether the function changed an argument.
        overflows: whether a number became too large on the way.
        shown: the result, to be read by a person.
        error: what was raised.
        printed: the last line that the function printed.
    """

    call: str
    outcome: dict[str, Any] = field(default_factory=dict)
    is_changed: bool = False
    overflows: bool = False
    shown: str = ""
    error: Exception | None = None
    printed: str = ""

    @property
    def observations(self) -> list[Any]:
        """The attempt in the form that `closest` compares."""
        return [self.outcome, [self.is_changed], [self.overflows]]


class _NothingReturnedError(Exception):
    """The function returned None, so the rest of the call cannot be evaluated."""


def check(function: Function) -> None:
    """Try your function on calls of this course, and print what it does, in four lines at most.

    It does nothing while nbgrader validates or grades, because nobody reads its answer then.
    """
    if "NBGRADER_EXECUTION" not in os.environ:
        print(message(function))


def hint(function: Function) -> None:
    """Print the next hint for an exercise; hints cost no points."""
    print(next_hint(function))


def message(function: Function) -> str:
    """Return what `check` prints."""
    exercise = _exercise_of(function)
    if isinstance(exercise, str):
        return exercise
    attempts = attempt_all(function, exercise)
    for diagnose in (_unwritten, _known_mistake, _first_slip):
        lines = diagnose(function, attempts, exercise)
        if lines:
            return "\n".join(lines)
    agrees = f"{function.__name__} agrees on all {len(attempts)} calls."
    if not exercise["hidden"]:
        return agrees
    return f"{agrees}\nThe hidden checks look at this: {exercise['hidden']}"


def next_hint(function: Function) -> str:
    """Return what `hint` prints."""
    exercise = _exercise_of(function)
    if isinstance(exercise, str):
        return exercise
    hints, name = exercise["hints"], function.__name__
    if not hints:
        return f"There are no hints for {name}."
    number = min(hints_given.get(name, 0) + 1, len(hints))
    hints_given[name] = number
    more = "Ask again for the next one" if number < len(hints) else "That was the last one"
    return f"Hint {number} of {len(hints)}: {hints[number - 1]}\n{more}; hints cost no points."


def attempt_all(function: Function, exercise: Exercise) -> list[Attempt]:
    """Make each call of the exercise with new arguments; return what the function did."""
    names = {**function.__globals__, "np": np}
    exec(exercise["setup"], names)
    may_be_none = exercise.get("may_be_none", False)
    logging.disable(logging.WARNING)  # TensorFlow advises on the speed of functions
    try:
        return [attempt(function, call, names, may_be_none) for call in exercise["calls"]]
    finally:
        logging.disable(logging.NOTSET)


def attempt(
    function: Function, call: str, names: dict[str, Any], may_be_none: bool = False
) -> Attempt:
    """Make one call.

    Args:
        function: the student's function.
        call: an expression that calls it by its name.
        names: what the expression may use.
        may_be_none: whether None is a result like any other, and not a forgotten `return`.
    """
    made, printed = Attempt(call), io.StringIO()
    arguments: list[Any] = []

    def recorder(*positional: Any, **named: Any) -> Any:
        arguments[:] = [value for value in (*positional, *named.values()) if _is_data(value)]
        before = deepcopy(arguments)
        try:
            result = function(*positional, **named)
        finally:
            made.is_changed |= not same(_as_data(before), _as_data(arguments))
        if result is None and not may_be_none:
            raise _NothingReturnedError
        return result

    def note_overflow(kind: str, flag: int) -> None:
        made.overflows = True

    try:
        with (
            redirect_stdout(printed),
            warnings.catch_warnings(action="ignore"),
            np.errstate(all="ignore", over="call", call=note_overflow),
        ):
            result = eval(call, {**names, function.__name__: recorder})
            made.outcome = {"returned": _as_data(result)}
        made.shown = show(result)
    except _NothingReturnedError:
        made.outcome = {"nothing": True}
    except Exception as error:  # any error is part of the behavior
        made.error, made.outcome = error, raised(error, arguments)
    made.printed = (printed.getvalue().strip().splitlines() or [""])[-1]
    return made


def show(value: Any) -> str:
    """Return a result as text of one line."""
    if isinstance(value, tuple):
        return f"({', '.join(map(show, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {show(item)}' for key, item in value.items())}}}"
    if value is None or isinstance(value, str | bool | int):
        return repr(value)
    array = np.asarray(value)
    if np.issubdtype(array.dtype, np.floating):
        array = array + 0.0  # prints -0.0 as 0
    if array.size > MOST_SHOWN:
        first = ", ".join(show(item) for item in array.ravel()[:MOST_SHOWN])
        return f"an array of shape {array.shape} that begins with {first}"
    if array.ndim > 0:
        return f"[{', '.join(map(show, array))}]"
    return f"{array:.5g}" if np.issubdtype(array.dtype, np.floating) else str(array)


def known_behavior(exercise: Exercise) -> tuple[list[Any], dict[str, list[Any]]]:
    """Return the observations of the right answer, and of each known mistake by its name."""
    right = [seen for outcome in exercise["right"] for seen in (outcome, [False], [False])]
    mistakes = {}
    for name, mistake in exercise["mistakes"].items():
        mistakes[name] = list(right)
        for number, observations in mistake["differs"].items():
            start = 3 * int(number)
            mistakes[name][start : start + 3] = observations
    return right, mistakes


@cache
def _exercises() -> dict[str, Exercise]:
    exercises: dict[str, Exercise] = json.loads(DATA.read_text(encoding="utf-8"))["exercises"]
    return exercises


def _exercise_of(function: Function) -> Exercise | str:
    """Return the exercise that a function answers, or a sentence that says why there is none."""
    name = getattr(function, "__name__", "")
    if not callable(function) or not name:
        return "Pass the function itself, without parentheses and arguments, as in check(f)."
    return _exercises().get(name) or (
        f"{name} is not an exercise of this notebook; each task says which name it asks for."
    )


def _is_data(value: Any) -> bool:
    """Whether an argument can be copied and compared: numbers, text, arrays, lists of them."""
    try:
        _as_data(value)
    except (TypeError, ValueError):
        return False
    return True


def _as_data(value: Any) -> Any:
    """Return a value as nested lists, numbers and strings; tensors count as arrays.

    Raises:
        TypeError: the value is not data.
        ValueError: it has too many numbers to compare.
    """
    return plain(np.asarray(value) if hasattr(value, "numpy") else value)


def _unwritten(function: Function, attempts: list[Attempt], exercise: Exercise) -> list[str]:
    """Say that the answer, or one that it needs, is still as it was released."""
    for made in attempts:
        if isinstance(made.error, NotImplementedError):
            frame, _ = list(traceback.walk_tb(made.error.__traceback__))[-1]
            if frame.f_globals is function.__globals__:
                name = frame.f_code.co_name
                return [f"{name} is not written yet: put your code where it says # YOUR CODE HERE."]
    return []


def _known_mistake(function: Function, attempts: list[Attempt], exercise: Exercise) -> list[str]:
    """Name the known mistake that the function behaves like."""
    right, mistakes = known_behavior(exercise)
    behavior = [seen for made in attempts for seen in made.observations]
    name = closest(behavior, right, mistakes)
    if not name:
        return []
    number = min(map(int, exercise["mistakes"][name]["differs"]))
    made = attempts[number]
    lines = [exercise["mistakes"][name]["sentence"], made.call]
    if not same(made.outcome, exercise["right"][number]):
        lines.append(_comparison(made, exercise, number))
    elif made.is_changed:
        lines.append("gave the right result, but it changed its argument.")
    else:
        lines.append("gave the right result, but a number on the way became too large.")
    return lines


def _first_slip(function: Function, attempts: list[Attempt], exercise: Exercise) -> list[str]:
    """Say what went wrong on the first call that did not do what is right."""
    for number, made in enumerate(attempts):
        if made.outcome.get("nothing"):
            return [made.call, _nothing(made)]
        if not _agrees(made, exercise, number):
            place = [_place(made.error, function)] if made.error else []
            return [made.call, _comparison(made, exercise, number), *place]
        if made.is_changed:
            return [made.call, CHANGED]
    return []


def _nothing(made: Attempt) -> str:
    if made.printed:
        return (
            f"printed {made.printed}, but it gave None. A printed result is only for the eye: "
            "write `return` in place of `print`."
        )
    return "gave None. End the function with `return` and the result."


def _place(error: Exception, function: Function) -> str:
    """Say in which line of the student's the error came."""
    frames = list(traceback.walk_tb(error.__traceback__))
    own = [(frame, line) for frame, line in frames if frame.f_globals is function.__globals__]
    if not own:
        return "The error came after your function: its result has another form."
    frame, line = own[-1]
    # A comprehension has a frame of its own, whose name is no name of the student's.
    names = [one.f_code.co_name for one, _ in own if not one.f_code.co_name.startswith("<")]
    source = linecache.getline(frame.f_code.co_filename, line).strip()
    name = names[-1] if names else function.__name__
    return f"The error is in line {line} of {name}'s cell: {source}"


def _agrees(made: Attempt, exercise: Exercise, number: int) -> bool:
    """Whether a call did what the right answer does."""
    right, tolerance = exercise["right"][number], exercise["tolerance"]
    return same(made.outcome, right, *([tolerance, tolerance] if tolerance else []))


def _comparison(made: Attempt, exercise: Exercise, number: int) -> str:
    """Say what a call did and what is right."""
    right = exercise["right"][number]
    shown = exercise["shown"][number]
    if made.error is not None:
        text = (str(made.error).strip().splitlines() or [""])[0].rstrip(".")
        if len(text) > LONGEST_TEXT:  # the end often has the sizes
            text = f"{text[: LONGEST_TEXT // 2]} … {text[-LONGEST_TEXT // 2 :]}"
        raising = f"raised {type(made.error).__name__}{': ' if text else ''}{text}"
        if made.outcome["raised"] == right.get("raised"):
            return f"{raising}. The error is right, but its message has to tell what is wrong."
        return f"{raising}, but {shown} is right."
    wanted, got = right.get("returned"), made.outcome.get("returned")
    if isinstance(wanted, bool | int | float) and isinstance(got, list):
        return f"gave {made.shown}, but one number is asked for: {shown}."
    if isinstance(wanted, list) and isinstance(got, bool | int | float):
        return f"gave {made.shown}, which is one number, but {shown} is right."
    return f"gave {made.shown or None}, but {shown} is right."
