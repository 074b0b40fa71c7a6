"""Does a function behave like a known answer?

It runs in two kernels: in one that tries the known answers once, and in the examiner's, which tries
the student's. It needs the standard library and NumPy only.

What is known of a function is a list of observations, two a call: what came out, and which
arguments it changed. All of it is plain data, so that it fits into JSON.
"""

import base64
import json
import math
import os
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout, suppress
from functools import partial
from typing import Any

import numpy as np

from .wire import Reader, Writer, pack, unpack

MOST = 10_000  # numbers in a result; no exercise returns nearly as many
ROUNDING = 1e-5  # relative; wide enough for a result in single precision


def encode(value: Any) -> str:
    """Return the arguments of a call as text, as they cross the exam boundary.

    Raises:
        TypeError: a value is not data. Of functions only NumPy's own are, such as `np.prod`.
    """
    return base64.b64encode(pack(Writer(_numpy_name).write(value))).decode()


def decode(text: str) -> Any:
    """Return new arguments from what `encode` returned."""
    return Reader(_numpy_function).read(unpack(base64.b64decode(text)))


def _numpy_name(value: Any) -> list[str]:
    name = getattr(value, "__name__", None)
    if isinstance(name, str) and getattr(np, name, None) is value:
        return ["numpy", name]
    raise TypeError(f"{type(value).__name__} is not data")


def _numpy_function(tag: str, parts: list[Any]) -> Any:
    (name,) = parts
    return getattr(np, name)


ONCE = encode([[], {}])  # the one call of a trial


def plain(value: Any) -> Any:
    """A result as nested lists, numbers and strings; raises TypeError when it is no data."""
    if isinstance(value, np.ndarray | np.generic):
        if value.size > MOST:
            raise ValueError("too many numbers to compare")
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return [[plain(key), plain(item)] for key, item in value.items()]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} is not data")


def observe(function: Callable[..., Any], calls: list[str], view: Any = None) -> list[Any]:
    """Call `function` and note, for each call, what came out and which arguments it changed.

    An overflow is an error here: a number too large for the formula may vanish from the result,
    as in 1 / (1 + exp(1000)), and still be the mistake.

    Args:
        function: what to try.
        calls: pairs of arguments and keyword arguments, encoded.
        view: makes data of a result that is none, such as a model.
    """
    seen: list[Any] = []
    for call in calls:
        arguments, options = decode(call)
        before = [encode(value) for value in arguments]
        outcome: dict[str, Any]
        try:
            with np.errstate(all="ignore", over="raise"):
                result = function(*arguments, **options)
            outcome = {"returned": plain(view(result) if view else result)}
        except Exception as error:  # whatever the function does wrong is what it does
            message = str(error)
            named = [_is_named(value, message) for value in (*arguments, *options.values())]
            kinds = [kind for kind in type(error).__mro__ if kind.__module__ == "builtins"]
            outcome = {"raised": kinds[0].__name__, "named": named}
        after = [encode(value) for value in arguments]
        seen += [outcome, [old != new for old, new in zip(before, after, strict=True)]]
    return seen


def _is_named(value: Any, message: str) -> bool:
    """Whether an error message speaks of this argument: of an array by its shape."""
    name = str(value.shape) if isinstance(value, np.ndarray) else value
    return isinstance(name, str) and name in message


def same(one: Any, other: Any) -> bool:
    """Whether two observations are equal but for rounding."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float | int) and isinstance(other, float | int):
        close = math.isclose(one, other, rel_tol=ROUNDING, abs_tol=1e-9)
        return close or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def closest(seen: list[Any], right: list[Any], mistakes: dict[str, list[Any]]) -> str:
    """The name of the mistake that behaves as seen; "" if none does, or more than one.

    The answer must agree with the mistake wherever a right answer returns something, and wherever
    the mistake shows. It need not where the mistake keeps a promise, such as to raise an error:
    who adds up in place of a mean often forgets the error as well, and still adds up.
    """
    fits = {}
    for name, known in mistakes.items():
        agrees = [same(here, there) for here, there in zip(seen, known, strict=True)]
        shows = [not same(here, there) for here, there in zip(known, right, strict=True)]
        needed = [show or "returned" in there for show, there in zip(shows, right, strict=True)]
        if any(shows) and all(a for a, need in zip(agrees, needed, strict=True) if need):
            fits[name] = sum(agrees)
    best = [name for name, count in fits.items() if count == max(fits.values())]
    return best[0] if len(best) == 1 else ""


def known_answers(notebook: dict[str, Any]) -> dict[str, Any]:
    """Try the solution of each exercise and its known mistakes on the calls of its checks.

    Args:
        notebook: `setup`, a list of sources, and `exercises`: for each function its `solution`,
            `view`, `trial` and, by name, `checks` and `mistakes`, all of them sources.
    """
    scope: dict[str, Any] = {}
    exercises = notebook["exercises"]
    for source in [*notebook["setup"], *(one["solution"] for one in exercises.values())]:
        exec(source, scope)
    known = {}
    for name, exercise in exercises.items():
        hooks = dict(scope)
        exec(f"{exercise['view']}\n{exercise['trial']}", hooks)
        view, trial = hooks.get("view"), hooks.get("trial")
        calls = [ONCE] if trial else calls_of(name, exercise["checks"].values(), scope)
        mistakes = {}
        for mistake, source in exercise["mistakes"].items():
            own = dict(scope)
            exec(source, own)
            mistakes[mistake] = observe(to_call(own[name], trial), calls, view)
        right = observe(to_call(scope[name], trial), calls, view)
        known[name] = {"calls": calls, "right": right, "mistakes": mistakes}
    return known


def to_call(function: Callable[..., Any], trial: Any) -> Callable[..., Any]:
    """What to call: the function, or a trial of it, which takes no arguments."""
    return partial(trial, function) if trial else function


def calls_of(name: str, checks: Iterable[str], scope: dict[str, Any]) -> list[str]:
    """Run the checks of a function and return the calls they make, encoded, each once."""
    function = scope[name]
    calls: dict[str, None] = {}

    def recorder(*arguments: Any, **options: Any) -> Any:
        # Another right answer may draw in another order, so a call with a generator proves nothing.
        drawn = any(isinstance(v, np.random.Generator) for v in (*arguments, *options.values()))
        with suppress(
            TypeError, ValueError
        ):  # the arguments are not data, so the call cannot be tried again
            if not drawn:
                calls[encode([list(arguments), options])] = None
        return function(*arguments, **options)

    for source in checks:
        exec(source, {**scope, name: recorder})
    return list(calls)


def try_known_answers(notebook: str) -> str:
    """Return `known_answers` of a notebook, both as JSON; what they print is dropped."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        return json.dumps(known_answers(json.loads(notebook)))
