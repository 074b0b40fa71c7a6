"""Activation functions and their slopes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.functions import logistic, logistic_slope
from ..nets.names import Look
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, ORANGE, PURPLE, panels

Curve = Callable[[np.ndarray, float], np.ndarray]
LINE = np.linspace(-4, 4, 81)  # the inputs that are drawn


@dataclass(frozen=True)
class Activation:
    """An activation function.

    Attributes:
        function: of inputs of any shape and of the parameter; it returns the shape of the inputs.
        derivative: by the input, likewise; at a kink it is that of the left side.
        parameter: default of Keras; unused if the activation has none.
    """

    function: Curve
    derivative: Curve
    parameter: float = 1.0

    def value(self, x: float | np.ndarray) -> np.ndarray:
        """Return the activation of inputs of any shape, for the default parameter."""
        return self.function(np.asarray(x, dtype=float), self.parameter)

    def slope(self, x: float | np.ndarray) -> np.ndarray:
        """Return the derivative at inputs of any shape, for the default parameter."""
        return self.derivative(np.asarray(x, dtype=float), self.parameter)


def normal_cdf(x: np.ndarray) -> np.ndarray:
    """Return the probability that a standard normal variable is below `x`, of its shape."""
    return np.vectorize(lambda one: (1 + math.erf(one / math.sqrt(2))) / 2, otypes=[float])(x)


def _normal_density(x: np.ndarray) -> np.ndarray:
    return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


ACTIVATIONS = {
    "none": Activation(lambda x, _: x, lambda x, _: np.ones_like(x)),
    "sigmoid": Activation(lambda x, _: logistic(x), lambda x, _: logistic_slope(x)),
    "tanh": Activation(lambda x, _: np.tanh(x), lambda x, _: 1 - np.tanh(x) ** 2),
    "ReLU": Activation(lambda x, _: np.maximum(x, 0), lambda x, _: np.where(x > 0, 1.0, 0.0)),
    "Leaky ReLU": Activation(
        lambda x, a: np.maximum(x, 0) + a * np.minimum(x, 0),
        lambda x, a: np.where(x > 0, 1.0, a),
        parameter=0.3,
    ),
    "ELU": Activation(
        lambda x, a: np.maximum(x, 0) + a * np.expm1(np.minimum(x, 0)),
        lambda x, a: np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0))),
    ),
    "SiLU": Activation(
        lambda x, b: x * logistic(b * x),
        lambda x, b: logistic(b * x) + b * x * logistic_slope(b * x),
    ),
    "GELU": Activation(
        lambda x, _: x * normal_cdf(x), lambda x, _: normal_cdf(x) + x * _normal_density(x)
    ),
}
ACTIVATIONS["Swish"] = ACTIVATIONS["SiLU"]  # its name where it has another parameter than 1
INPUTS = (-4.0, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
SHOWN = ("sigmoid", "tanh", "ReLU", "ELU", "SiLU", "GELU")
PARAMETER_NAMES = {"Leaky ReLU": "negative_slope", "ELU": "alpha", "Swish": "beta"}


def draw_activation(activation: str, x: float) -> Figure:
    """Draw an activation with its tangent at an input, and its slope at every input.

    Args:
        activation: a name of `ACTIVATIONS`.
        x: the input.
    """
    figure, (left, right) = panels(2, height=3.5)
    f = ACTIVATIONS[activation]
    value, slope = float(f.value(x)), float(f.slope(x))
    left.plot(LINE, f.value(LINE), color=BLUE)
    ends = np.array([x - 1.2, x + 1.2])
    left.plot(ends, value + slope * (ends - x), color=ORANGE, linewidth=1.8)
    point: Look = {"color": ORANGE, "markersize": 9, "zorder": 4, "clip_on": False}
    left.plot([x], [value], "o", gid="drag:x", **point)
    left.set_title(f"{activation}: {minus(value, 3)}", color=BLUE)
    _draw_slope(right, f, f.parameter)
    right.plot([x], [slope], "o", gid="drag:x", **point)
    right.set_title(f"its slope: {minus(slope, 4)}", color=ORANGE)
    _draw_axes(left, right)
    figure.set_label(
        f"{activation} turns the input {minus(x, 1)} into {minus(value, 3)}, and its slope there "
        f"is {minus(slope, 4)}."
    )
    return figure


def draw_shape(activation: str, parameter: float) -> Figure:
    """Draw an activation that has a parameter, and its slope, with those of ReLU behind them.

    Args:
        activation: a name of `PARAMETER_NAMES`.
        parameter: of the activation.
    """
    figure, (left, right) = panels(2, height=3.5)
    f, dashes = ACTIVATIONS[activation], (0, (3, 2))
    left.plot([-4, 0, 4], [0, 0, 4], color=MUTED, linewidth=1.3, linestyle=dashes)
    right.plot([-4, 0, 0, 4], [0, 0, 1, 1], color=MUTED, linewidth=1.3, linestyle=dashes)
    left.plot(LINE, f.function(LINE, parameter), color=BLUE)
    _draw_slope(right, f, parameter)
    name = PARAMETER_NAMES[activation]
    left.set_title(f"{activation}, {name} = {parameter:g}", color=BLUE)
    right.set_title("its slope", color=PURPLE)
    _draw_axes(left, right)
    value, slope = (float(c(np.array(-1.0), parameter)) for c in (f.function, f.derivative))
    figure.set_label(
        f"{activation} with {name} = {parameter:g} turns the input −1 into {minus(value, 2)}, and "
        f"its slope there is {minus(slope, 2)}; dashes show ReLU."
    )
    return figure


def _draw_slope(axes: Axes, f: Activation, parameter: float) -> None:
    """Draw the slope at every input, with a jump at a kink."""
    for side in (LINE[LINE <= 0], LINE[LINE >= 0]):
        beside_kink = side + np.where(side == 0, np.sign(side.sum()) * 1e-9, 0)
        axes.plot(side, f.derivative(beside_kink, parameter), color=PURPLE)


def _draw_axes(left: Axes, right: Axes) -> None:
    """Scale and label both panels."""
    for axes in (left, right):
        axes.set_xlim(-4, 4)
        axes.set_xticks(range(-4, 5, 2))
        axes.set_xlabel("input x")
    left.set_ylim(-2.2, 4.2)
    left.set_ylabel("output f(x)")
    right.set_ylim(-0.3, 1.4)
    right.set_yticks([-0.25, 0, 0.25, 0.5, 0.75, 1, 1.25])
    right.set_ylabel("slope f′(x)")
