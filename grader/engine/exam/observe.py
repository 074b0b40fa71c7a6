"""Tries a function on many calls, to find out which known answer it behaves like.

This code runs in two kernels: one tries the known answers once for a class, and the examiner's
kernel tries a student's function.

The behavior of a function is a list with two observations for each call: the outcome, and which
arguments the function changed. Both are plain data, so they fit into JSON.
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

MOST_NUMBERS = 10_000  # in a result; no exercise returns nearly as many
ROUNDING = 1e-5  # relative; the result may be in single precision


def encode(value: Any) -> str:
    """Return the arguments of a call as text, written as for the exam boundary.

    Raises:
        TypeError: a value is not data. NumPy's own functions, such as `np.prod`, count as data.
    """
    return base64.b64encode(pack(Writer(_numpy_name).write(value))).decode()


def decode(text: str) -> Any:
    """Return new arguments, read from what `encode` returned."""
    return Reader(_numpy_function).read(unpack(base64.b64decode(text)))


def _numpy_name(value: Any) -> list[str]:
    name = getattr(value, "__name__", None)
    if isinstance(name, str) and getattr(np, name, None) is value:
        return ["numpy", name]
    raise TypeError(f"{type(value).__name__} is not data")


def _numpy_function(tag: str, parts: list[Any]) -> Any:
    (name,) = parts
    return getattr(np, name)


ONCE = encode([[], {}])  # a trial is called once, without arguments


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


def observe(function: Callable[..., Any], calls: list[str], view: Any = None) -> list[Any]:
    """Call `function`, and return for each call its outcome and which arguments it changed.

    An overflow counts as an error here. In 1 / (1 + exp(1000)) the infinity vanishes from the
    result, although the overflow is the mistake.

    Args:
        function: what to try.
        calls: pairs of arguments and keyword arguments, encoded.
        view: turns a result that is not data, such as a model, into data.
    """
    behavior: list[Any] = []
    for call in calls:
        arguments, options = decode(call)
        before = [encode(value) for value in arguments]
        outcome: dict[str, Any]
        try:
            with np.errstate(all="ignore", over="raise"):
                result = function(*arguments, **options)
            outcome = {"returned": plain(view(result) if view else result)}
        except Exception as error:  # any error is part of the behavior
            message = str(error)
            named = [_is_named(value, message) for value in (*arguments, *options.values())]
            kinds = [kind for kind in type(error).__mro__ if kind.__module__ == "builtins"]
            outcome = {"raised": kinds[0].__name__, "named": named}
        after = [encode(value) for value in arguments]
        behavior += [outcome, [old != new for old, new in zip(before, after, strict=True)]]
    return behavior


def _is_named(value: Any, message: str) -> bool:
    """Whether an error message contains this argument if it is a string, or an array's shape."""
    name = str(value.shape) if isinstance(value, np.ndarray) else value
    return isinstance(name, str) and name in message


def same(one: Any, other: Any) -> bool:
    """Whether two observations are equal, apart from rounding."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float | int) and isinstance(other, float | int):
        close = math.isclose(one, other, rel_tol=ROUNDING, abs_tol=1e-9)
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


def known_answers(notebook: dict[str, Any]) -> dict[str, Any]:
    """Try the solution of each exercise and its known mistakes on the calls of its checks.

    Args:
        notebook: `setup`, a list of sources, and `exercises`: for each function its `solution`,
            `view`, `trial` and, by name, `checks` and `mistakes`, all of them sources.

    Returns:
        For each function the encoded `calls`, the behavior of the solution as `right`, and the
        behavior of each of the `mistakes` by name.
    """
    namespace: dict[str, Any] = {}
    exercises = notebook["exercises"]
    for source in [*notebook["setup"], *(one["solution"] for one in exercises.values())]:
        exec(source, namespace)
    behaviors = {}
    for name, exercise in exercises.items():
        hooks = dict(namespace)
        exec(f"{exercise['view']}\n{exercise['trial']}", hooks)
        view, trial = hooks.get("view"), hooks.get("trial")
        calls = [ONCE] if trial else calls_of(name, exercise["checks"].values(), namespace)
        mistakes = {}
        for mistake, source in exercise["mistakes"].items():
            changed = dict(namespace)
            exec(source, changed)
            mistakes[mistake] = observe(to_call(changed[name], trial), calls, view)
        right = observe(to_call(namespace[name], trial), calls, view)
        behaviors[name] = {"calls": calls, "right": right, "mistakes": mistakes}
    return behaviors


def to_call(function: Callable[..., Any], trial: Any) -> Callable[..., Any]:
    """Return what `observe` calls: the function, or its trial, which takes no arguments."""
    return partial(trial, function) if trial else function


def calls_of(name: str, checks: Iterable[str], namespace: dict[str, Any]) -> list[str]:
    """Run the checks of a function and return the calls that they make, encoded, each once."""
    function = namespace[name]
    calls: dict[str, None] = {}

    def recorder(*arguments: Any, **options: Any) -> Any:
        values = (*arguments, *options.values())
        # Two right answers may draw random numbers in different orders and so return different
        # results. Such a call cannot tell a mistake.
        is_random = any(isinstance(value, np.random.Generator) for value in values)
        with suppress(TypeError, ValueError):  # the arguments are not data, or too large
            if not is_random:
                calls[encode([list(arguments), options])] = None
        return function(*arguments, **options)

    for source in checks:
        exec(source, {**namespace, name: recorder})
    return list(calls)


def try_known_answers(notebook: str) -> str:
    """Do what `known_answers` does, from JSON to JSON, and drop what the code prints."""
    with open(os.devnull, "w") as null, redirect_stdout(null):
        return json.dumps(known_answers(json.loads(notebook)))
