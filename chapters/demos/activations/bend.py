"""Activations: what each makes of a value, and how steep it is there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..backprop.neuron import output, steepness
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, ORANGE, PURPLE, panels

Curve = Callable[[np.ndarray, float], np.ndarray]
LINE = np.linspace(-4, 4, 81)


@dataclass(frozen=True)
class Bend:
    """An activation.

    Attributes:
        value: of inputs of any shape and the parameter, of the shape of the inputs.
        slope: its derivative by the input, of the same shape; at a kink that of the left side.
        parameter: what Keras takes where none is given; unused where there is nothing to choose.
    """

    value: Curve
    slope: Curve
    parameter: float = 1.0

    def at(self, x: float | np.ndarray) -> np.ndarray:
        """Return the value at inputs of any shape."""
        return self.value(np.asarray(x, dtype=float), self.parameter)

    def steep(self, x: float | np.ndarray) -> np.ndarray:
        """Return the slope at inputs of any shape."""
        return self.slope(np.asarray(x, dtype=float), self.parameter)


def below(x: np.ndarray) -> np.ndarray:
    """Return the probability that a standard normal variable is below `x`, of its shape."""
    return np.vectorize(lambda one: (1 + math.erf(one / math.sqrt(2))) / 2, otypes=[float])(x)


def _density(x: np.ndarray) -> np.ndarray:
    return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


BENDS = {
    "none": Bend(lambda x, _: x, lambda x, _: np.ones_like(x)),
    "sigmoid": Bend(lambda x, _: output(x), lambda x, _: steepness(x)),
    "tanh": Bend(lambda x, _: np.tanh(x), lambda x, _: 1 - np.tanh(x) ** 2),
    "ReLU": Bend(lambda x, _: np.maximum(x, 0), lambda x, _: np.where(x > 0, 1.0, 0.0)),
    "Leaky ReLU": Bend(
        lambda x, a: np.maximum(x, 0) + a * np.minimum(x, 0),
        lambda x, a: np.where(x > 0, 1.0, a),
        parameter=0.3,
    ),
    "ELU": Bend(
        lambda x, a: np.maximum(x, 0) + a * np.expm1(np.minimum(x, 0)),
        lambda x, a: np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0))),
    ),
    "SiLU": Bend(
        lambda x, b: x * output(b * x),
        lambda x, b: output(b * x) + b * x * steepness(b * x),
    ),
    "GELU": Bend(lambda x, _: x * below(x), lambda x, _: below(x) + x * _density(x)),
}
INPUTS = (-4.0, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
SHOWN = ("sigmoid", "tanh", "ReLU", "ELU", "SiLU", "GELU")
LETTERS = {"Leaky ReLU": "negative_slope", "ELU": "alpha", "SiLU": "beta"}


def draw_bend(activation: str, x: float) -> Figure:
    """Draw an activation with its tangent at an input, and its slope at every input."""
    figure, (left, right) = panels(2, height=3.5)
    bend = BENDS[activation]
    value, slope = float(bend.at(x)), float(bend.steep(x))
    left.plot(LINE, bend.at(LINE), color=BLUE)
    ends = np.array([x - 1.2, x + 1.2])
    left.plot(ends, value + slope * (ends - x), color=ORANGE, linewidth=1.8)
    left.plot([x], [value], "o", color=ORANGE, markersize=9, zorder=4, clip_on=False)
    left.set_title(f"{activation}: {minus(value, 3)}", color=BLUE)
    _draw_slope(right, bend, bend.parameter)
    right.plot([x], [slope], "o", color=ORANGE, markersize=9, zorder=4, clip_on=False)
    right.set_title(f"its slope: {minus(slope, 4)}", color=ORANGE)
    _draw_axes(left, right)
    figure.set_label(
        f"{activation} makes {value:.3f} of the input {x:.1f}, where its slope is {slope:.4f}."
    )
    return figure


def draw_shape(activation: str, parameter: float) -> Figure:
    """Draw an activation that has a parameter, and its slope, with ReLU behind both."""
    figure, (left, right) = panels(2, height=3.5)
    bend, dashes = BENDS[activation], (0, (3, 2))
    left.plot([-4, 0, 4], [0, 0, 4], color=MUTED, linewidth=1.3, linestyle=dashes)
    right.plot([-4, 0, 0, 4], [0, 0, 1, 1], color=MUTED, linewidth=1.3, linestyle=dashes)
    left.plot(LINE, bend.value(LINE, parameter), color=BLUE)
    _draw_slope(right, bend, parameter)
    letter = LETTERS[activation]
    left.set_title(f"{activation}, {letter} = {parameter:g}", color=BLUE)
    right.set_title("its slope", color=PURPLE)
    _draw_axes(left, right)
    depth, tilt = (float(curve(np.array(-1.0), parameter)) for curve in (bend.value, bend.slope))
    figure.set_label(
        f"{activation} with {letter} = {parameter:g} makes {depth:.2f} of the input −1, "
        f"where its slope is {tilt:.2f}; dashes show ReLU."
    )
    return figure


def _draw_slope(axes: Axes, bend: Bend, parameter: float) -> None:
    """Draw the slope at every input, with a jump where there is a kink."""
    for side in (LINE[LINE <= 0], LINE[LINE >= 0]):
        off = side + np.where(side == 0, np.sign(side.sum()) * 1e-9, 0)
        axes.plot(side, bend.slope(off, parameter), color=PURPLE)


def _draw_axes(left: Axes, right: Axes) -> None:
    for axes in (left, right):
        axes.set_xlim(-4, 4)
        axes.set_xticks(range(-4, 5, 2))
        axes.set_xlabel("input x")
    left.set_ylim(-2.2, 4.2)
    left.set_ylabel("output f(x)")
    right.set_ylim(-0.3, 1.4)
    right.set_yticks([-0.25, 0, 0.25, 0.5, 0.75, 1, 1.25])
    right.set_ylabel("slope f′(x)")
