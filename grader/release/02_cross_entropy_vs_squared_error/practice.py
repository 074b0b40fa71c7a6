"""Answers while you work: `check(f)` tries your function, and `hint(f)` gives the next hint.

The course makes this file and practice.json, which lies beside it; you need not change either.
`check` calls your function and compares what it does with the right results. The hidden checks
that grade your work make other calls.
"""

from collections.abc import Callable
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any
import io
import json
import linecache
import logging
import math
import numpy as np
import os
import re
import sys
import traceback
import warnings

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

LAST_LINE = re.compile(r"^check\((\w+)\)\s*\Z", re.MULTILINE)
LONGEST = 8  # lines of a failure
# numpy.testing writes a title before the sentence of a check, and numbers below it.
TITLE = re.compile(
    r"(Not equal to tolerance rtol=\S+ atol=\S+|Items are not equal:|Arrays are not equal"
    r"|Arrays are not strictly ordered `.*?`|item=\S+|key=\S+|\w+ not raised :)\s*"
)
NUMBERS = re.compile(
    r" (ACTUAL|DESIRED|x|y): |Mismatch|Max (absolute|relative)|\((shapes|dtypes) |.+ mismatch:"
)


def shorten_failures(check: Callable[[Any], None]) -> None:
    """Let a notebook's kernel show every failure of a cell in the short form.

    `%tb` still shows the whole of it. Outside of a notebook this does nothing.

    Args:
        check: answers in place of the cell's last line, `check(f)`, which a failure skips.
    """
    ipython = sys.modules.get("IPython")
    running = ipython and ipython.get_ipython()
    if not running:
        return

    def show(
        shell: Any, kind: type, error: BaseException, trace: TracebackType, tb_offset: Any = None
    ) -> list[str]:
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
        lines = short_failure(error, shell.user_ns)
        shell._showtraceback(kind, error, lines)
        skipped = LAST_LINE.search(shell.user_ns["In"][-1])
        if skipped and skipped[1] in shell.user_ns:
            check(shell.user_ns[skipped[1]])
        return lines

    running.set_custom_exc((Exception,), show)


def short_failure(error: BaseException, names: dict[str, Any]) -> list[str]:
    """Return an error as lines: which line of the notebook failed where, and what it says.

    Args:
        error: what a cell raised.
        names: the global names of the notebook; only its own lines are shown.
    """
    frames = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is names
    ]
    lines = []
    for code, line in [*frames[:1], *frames[1:][-1:]]:  # the cell that ran, the innermost function
        place = "this cell" if code.co_name == "<module>" else code.co_name
        source = linecache.getline(code.co_filename, line).strip()
        lines += [f"Line {line} of {place}:", f"    {source}"]
    said = sentence(error)
    return [*lines, *said[: LONGEST - len(lines)]]


def sentence(error: BaseException) -> list[str]:
    """Return what an error says, without what `numpy.testing` adds to the sentence of a check."""
    said = [line for line in str(error).splitlines() if line.strip()]
    if not isinstance(error, AssertionError) or not said:
        kind = type(error).__name__
        return [f"{kind}: {said[0]}", *said[1:]] if said else [kind]
    own = list(said)
    while own and (title := TITLE.match(own[0])):
        own[0] = own[0][title.end() :]
        own = own if own[0] else own[1:]
    end = next((number for number, line in enumerate(own) if NUMBERS.match(line)), len(own))
    return own[:end] or said

MOST_NUMBERS = 10_000  # in a result; no exercise returns nearly as many
ROUNDING = 1e-5  # relative; the result may be in single precision


def plain(value: Any) -> Any:
    """Return a result as nested lists, numbers and strings.

    Raises:
        TypeError: the result is not data.
        ValueError: an array has too many numbers to compare.
    """
    if isinstance(value, np.ndarray | np.generic):
        if value.size > MOST_NUMBERS:
            raise ValueError("too many numbers to compare")
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return [[plain(key), plain(item)] for key, item in value.items()]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} is not data")


def raised(error: Exception, arguments: list[Any]) -> dict[str, Any]:
    """Return the outcome of a call that ended with an error.

    Args:
        error: what was raised.
        arguments: the values that the function was called with.
    """
    kinds = [kind for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    named = [_is_named(value, str(error)) for value in arguments]
    return {"raised": kinds[0].__name__, "named": named}


def _is_named(value: Any, message: str) -> bool:
    """Whether an error message contains this argument if it is a string, or an array's shape."""
    name = str(value.shape) if isinstance(value, np.ndarray) else value
    return isinstance(name, str) and name in message


def same(one: Any, other: Any, relative: float = ROUNDING, absolute: float = 1e-9) -> bool:
    """Whether two observations are equal, apart from a relative or an absolute difference."""
    if isinstance(one, list) and isinstance(other, list):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(same(*pair, relative, absolute) for pair in pairs)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key], relative, absolute) for key in one
        )
    if isinstance(one, float | int) and isinstance(other, float | int):
        close = math.isclose(one, other, rel_tol=relative, abs_tol=absolute)
        return close or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def closest(behavior: list[Any], right: list[Any], mistakes: dict[str, list[Any]]) -> str:
    """Return the name of the one mistake that behaves like this; "" if none does, or several do.

    The behavior must agree with the mistake wherever the right answer returns something, and
    wherever the mistake differs from the right answer. It may disagree where both of them raise
    the same error: a student who returns a sum instead of a mean often forgets the error too, and
    the sum is still the mistake.
    """
    agreements = {}
    for name, wrong in mistakes.items():
        agrees = [same(one, other) for one, other in zip(behavior, wrong, strict=True)]
        differs = [not same(one, other) for one, other in zip(wrong, right, strict=True)]
        required = [d or "returned" in seen for d, seen in zip(differs, right, strict=True)]
        if any(differs) and all(a for a, must in zip(agrees, required, strict=True) if must):
            agreements[name] = sum(agrees)
    best = [name for name, count in agreements.items() if count == max(agreements.values())]
    return best[0] if len(best) == 1 else ""

shorten_failures(check)
