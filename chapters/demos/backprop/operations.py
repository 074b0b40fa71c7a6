"""A sigmoid neuron as a graph of eight small operations, stepped forward and back."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..show.numerals import minus
from ..show.style import BLUE, GRID, ORANGE, panels
from .graph import draw_edge, draw_frame, draw_number, draw_operation, number_places

W = np.array([2.0, -3.0, -3.0])  # the weights, shape (3,); the last one is the bias
X = np.array([-1.0, -2.0])  # the inputs, shape (2,)

LEAVES = ("w0", "x0", "w1", "x1", "b")
# The operations in the order of the forward pass, each with its operands and its symbol.
OPERATIONS = {
    "w0x0": (("w0", "x0"), "×"),
    "w1x1": (("w1", "x1"), "×"),
    "sum": (("w0x0", "w1x1"), "+"),
    "z": (("sum", "b"), "+"),
    "-z": (("z",), "× −1"),
    "exp": (("-z",), "exp"),
    "below": (("exp",), "+ 1"),
    "p": (("below",), "1 / x"),
}
FORWARD = len(OPERATIONS)
STEPS = 2 * FORWARD + 1  # the forward pass, the slope of p in itself, and the backward pass

_PLACES = {
    **{name: (float(i), 0.0) for i, name in enumerate(LEAVES)},
    "w0x0": (0.5, 1.2),
    "w1x1": (2.5, 1.2),
    "sum": (1.7, 2.2),
    "z": (3.2, 3.2),
    "-z": (3.2, 4.2),
    "exp": (3.2, 5.2),
    "below": (3.2, 6.2),
    "p": (3.2, 7.2),
}
_TEXT = -0.4  # where the explanations begin
_LEVELS = {1.2: "multiply", 2.2: "add", 3.2: "add b", 4.2: "negate", 5.2: "exp"}
_LEVELS |= {6.2: "add 1", 7.2: "invert"}
_SPOKEN = {"w0x0": "w0 times x0", "w1x1": "w1 times x1", "sum": "their sum", "-z": "minus z"}
_SPOKEN |= {"exp": "exp of minus z", "below": "1 plus exp of minus z"}


def forward_values(w: np.ndarray, x: np.ndarray) -> dict[str, float]:
    """Return the value of every leaf and operation.

    Args:
        w: weights, shape (3,), the last one the bias.
        x: inputs, shape (2,).
    """
    values = dict(zip(LEAVES, (w[0], x[0], w[1], x[1], w[2]), strict=True))
    values = {name: float(value) for name, value in values.items()}
    values["w0x0"] = values["w0"] * values["x0"]
    values["w1x1"] = values["w1"] * values["x1"]
    values["sum"] = values["w0x0"] + values["w1x1"]
    values["z"] = values["sum"] + values["b"]
    values["-z"] = -values["z"]
    values["exp"] = math.exp(values["-z"])
    values["below"] = values["exp"] + 1
    values["p"] = 1 / values["below"]
    return values


def local_slopes(values: dict[str, float]) -> dict[str, dict[str, float]]:
    """Return, for each operation, its derivative with respect to each of its operands."""
    return {
        "w0x0": {"w0": values["x0"], "x0": values["w0"]},
        "w1x1": {"w1": values["x1"], "x1": values["w1"]},
        "sum": {"w0x0": 1.0, "w1x1": 1.0},
        "z": {"sum": 1.0, "b": 1.0},
        "-z": {"z": -1.0},
        "exp": {"-z": values["exp"]},
        "below": {"exp": 1.0},
        "p": {"below": -1 / values["below"] ** 2},
    }


def backward_slopes(values: dict[str, float]) -> dict[str, float]:
    """Return the derivatives of p with respect to all values, in the order of the backward pass."""
    local = local_slopes(values)
    slopes = {"p": 1.0}
    for name in reversed(OPERATIONS):
        for operand, slope in local[name].items():
            slopes[operand] = slopes[name] * slope
    return slopes


def _written(number: float) -> str:
    """Return a number with two decimals, or with two significant digits if it is small."""
    if number == 0 or abs(number) >= 0.1:
        return minus(number, 2)
    return minus(number, 1 - math.floor(math.log10(abs(number))))


def _factor(number: float) -> str:
    """Return a number as a factor: in parentheses if it is negative."""
    return f"({_written(number)})" if number < 0 else _written(number)


def _explanation(step: int, values: dict[str, float], slopes: dict[str, float]) -> list[str]:
    """Return a description of a step in short lines."""
    if step == 0:
        return ["Five numbers", "come in."]
    if step <= FORWARD:
        name = list(OPERATIONS)[step - 1]
        return _forward_explanation(name, values)
    if step == FORWARD + 1:
        return ["The slope of p", "in p itself is 1."]
    name = list(OPERATIONS)[STEPS - step]
    local = local_slopes(values)[name]
    rule = {
        "p": "The slope of 1/x is −1/x².",
        "below": "+ 1 passes it on.",
        "exp": "exp is its own slope.",
        "-z": "× −1 flips its sign.",
        "z": "+ passes it to both.",
        "sum": "+ passes it to both.",
    }.get(name, "× the other factor.")
    products = [f"{_written(slopes[name])} × {_factor(slope)}" for slope in local.values()]
    results = [_written(slopes[operand]) for operand in local]
    lines = [f"{p} = {r}" for p, r in zip(products, results, strict=True)]
    return [rule, *dict.fromkeys(lines)]


def _forward_explanation(name: str, values: dict[str, float]) -> list[str]:
    """Return the equation that an operation computes, in numbers."""
    operands, symbol = OPERATIONS[name]
    first = _written(values[operands[0]])
    result = _written(values[name])
    if name == "exp":
        return [f"exp({first}) = {result}"]
    if name == "p":
        return [f"1 / {first} = {result}"]
    if len(operands) == 1:
        return [f"{first} {symbol} = {result}"]
    return [f"{first} {symbol} {_factor(values[operands[1]])} = {result}"]


def known_slopes(step: int) -> set[str]:
    """Return the names of the values whose slope is known after some steps."""
    done = list(reversed(OPERATIONS))[: max(0, step - FORWARD - 1)]
    names = {name for operation in done for name in OPERATIONS[operation][0]}
    return names | ({"p"} if step > FORWARD else set())


def draw_graph(step: int, bias: float = -3.0) -> Figure:
    """Draw the graph after some steps of the forward and the backward pass.

    Args:
        step: 0 to `STEPS`; the first `FORWARD` of them are the forward pass.
        bias: the bias b of the neuron.
    """
    figure, axes = panels(1, height=5.4)
    values = forward_values(np.array([W[0], W[1], bias]), X)
    slopes = backward_slopes(values)
    known, back = {*LEAVES, *list(OPERATIONS)[:step]}, known_slopes(step)
    for name in values:
        user = next((o for o, (operands, _) in OPERATIONS.items() if name in operands), None)
        _draw_edge(axes, name, user, ORANGE if name in back else BLUE if name in known else GRID)
    for name, (_, symbol) in OPERATIONS.items():
        draw_operation(axes, *_PLACES[name], symbol, name in known)
    for name in values:
        value = _written(values[name]) if name in known else ""
        _draw_numbers(axes, name, value, _written(slopes[name]) if name in back else "")

    way, color = ("forward", BLUE) if step <= FORWARD else ("backward", ORANGE)
    lines = _explanation(step, values, slopes)
    axes.text(_TEXT, 4.1, f"{way}, step {step}", color=color, fontsize=13, fontweight="bold")
    for row, line in enumerate(lines):
        axes.text(_TEXT, 4.65 + 0.5 * row, line, color=color, fontsize=11)
    _draw_names(axes)
    numbers = [
        f"{_SPOKEN.get(name, name)} {_written(slopes[name])}" for name in slopes if name in back
    ]
    figure.set_label(
        f"Step {step} of {STEPS}, {way}, with the bias at {minus(bias, 0)}. "
        f"{_sentences(lines)} Slopes so far: {', '.join(numbers) or 'none'}."
    )
    return figure


def _sentences(lines: list[str]) -> str:
    """Return the lines of a description as sentences."""
    text = " ".join(lines if lines[-1].endswith(".") else [f"{line}." for line in lines])
    return text.replace("..", ".")


def _draw_edge(axes: Axes, name: str, user: str | None, color: str) -> None:
    """Draw the line from a value to the operation that uses it, or out of the graph."""
    x, y = _PLACES[name]
    end = _PLACES[user] if user else (x, y + 0.75)
    start = y + 0.25 if name in LEAVES else y
    draw_edge(axes, (x, start), end, color)


def _draw_numbers(axes: Axes, name: str, value: str, slope: str) -> None:
    """Write a value left of its operation and its slope right of it, or both above an input."""
    for_value, for_slope = number_places(*_PLACES[name], name in LEAVES)
    draw_number(axes, for_value, value, BLUE)
    draw_number(axes, for_slope, slope, ORANGE)


def _draw_names(axes: Axes) -> None:
    """Label the columns, the rows and the two colors."""
    axes.text(_TEXT, 6.9, "blue: the value", color=BLUE)
    axes.text(_TEXT, 7.3, "orange: slope of p in it", color=ORANGE)
    draw_frame(axes, 8.1)
    axes.set_xticks(range(5), ["w₀", "x₀", "w₁", "x₁", "b"])
    axes.set_yticks(list(_LEVELS), list(_LEVELS.values()))
    axes.set_xlabel("weights, inputs and bias")
