"""Compares the behavior of functions: what they return, raise and change.

The behavior of a function is a list with two observations for each call: the outcome, and which
arguments the function changed. Both are plain data, so they fit into JSON. An outcome is
`{"returned": data}` or `{"raised": the name of the error, "named": which arguments it tells}`.

`grader.practice.shipping` puts a copy of these functions into the module that students get.
"""

import math
from typing import Any

import numpy as np

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
