"""Tries a function on many calls, to find out which known answer it behaves like.

This code runs in two kernels: one tries the known answers once for a class, and the examiner's
kernel tries a student's function.
"""

import base64
import json
import os
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout, suppress
from functools import partial
from typing import Any

import numpy as np

from ..behavior import plain, raised
from .wire import Reader, Writer, pack, unpack


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
            outcome = raised(error, [*arguments, *options.values()])
        after = [encode(value) for value in arguments]
        behavior += [outcome, [old != new for old, new in zip(before, after, strict=True)]]
    return behavior


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
