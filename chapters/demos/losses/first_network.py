"""A network of two inputs, one hidden layer of two units and one logit, small enough to read."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.functions import logistic
from ..nets.rain import HIDDEN, HIDDEN_BIAS, OUTPUT, OUTPUT_BIAS
from ..show.numerals import minus
from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, PAPER, panels

PARAMETERS = HIDDEN.size + HIDDEN_BIAS.size + OUTPUT.size + 1


def forward(humidity: float, pressure: float) -> tuple[np.ndarray, float, float]:
    """Return what each layer computes.

    Args:
        humidity: a share from 0 to 1.
        pressure: the change of air pressure in the last three hours, in hPa.

    Returns:
        The two hidden values, shape (2,), the logit of rain, and its probability.
    """
    hidden = np.maximum(np.array([humidity, pressure]) @ HIDDEN + HIDDEN_BIAS, 0)
    logit = float(hidden @ OUTPUT + OUTPUT_BIAS)
    return hidden, logit, float(logistic(logit))


def draw_network(humidity: float, pressure: float) -> Figure:
    """Draw the units of the network with their values, and its connections with their weights."""
    figure, axes = panels(1, height=3.7)
    hidden, logit, probability = forward(humidity, pressure)
    for unit, weights in enumerate(HIDDEN.T):
        for place, weight in enumerate(weights):
            _draw_connection(axes, (0, 1 - place), (1, 1 - unit), weight)
    for unit, weight in enumerate(OUTPUT):
        _draw_connection(axes, (1, 1 - unit), (2, 0.5), weight)
    _draw_unit(axes, (0, 1), minus(humidity, 1), "humidity", INK)
    _draw_unit(axes, (0, 0), minus(pressure, 0), "pressure change", INK)
    for unit, value in enumerate(hidden):
        bias = f"bias {minus(HIDDEN_BIAS[unit], 0, plus=True)}"
        _draw_unit(axes, (1, 1 - unit), minus(value, 1), bias, BLUE if value else MUTED)
    _draw_unit(axes, (2, 0.5), minus(logit, 1), f"bias {minus(OUTPUT_BIAS, 0)}", ORANGE)
    axes.text(2, 0.98, f"rain {probability:.2f}", color=GREEN, fontsize=14, ha="center")
    axes.grid(visible=False)
    axes.set_xlim(-0.5, 2.45)
    axes.set_ylim(-0.5, 1.45)
    axes.set_xticks([0, 1, 2], ["inputs", "hidden layer", "output layer"])
    axes.set_yticks([])
    axes.set_xlabel("layer, from the inputs to the output")
    axes.set_ylabel("units of each layer")
    figure.set_label(
        f"At a humidity of {humidity:.1f} and a pressure change of {minus(pressure, 0)} the two "
        f"hidden units give {hidden[0]:.1f} and {hidden[1]:.1f}. The logit of the output unit is "
        f"{minus(logit, 1)}, and the probability of rain {probability:.2f}."
    )
    return figure


def _draw_unit(axes: Axes, place: tuple[float, float], value: str, name: str, color: str) -> None:
    """Draw a unit as a circle with its value, and its name below it."""
    axes.plot(*place, "o", color=color, markerfacecolor=PAPER, markersize=40, zorder=3)
    axes.text(*place, value, color=color, fontsize=12, ha="center", va="center", zorder=4)
    axes.text(place[0], place[1] - 0.36, name, color=MUTED, ha="center", zorder=4)


def _draw_connection(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], weight: float
) -> None:
    """Draw a connection as a line, dashed if its weight is negative, and write its weight on it."""
    axes.plot(
        [start[0], end[0]],
        [start[1], end[1]],
        color=MUTED,
        linewidth=0.6 + abs(weight) / 2,
        linestyle="-" if weight > 0 else (0, (4, 2)),
        alpha=0.6,
    )
    share = 0.34
    x, y = (start[i] + share * (end[i] - start[i]) for i in range(2))
    axes.text(x, y + 0.07, minus(weight, 1).removesuffix(".0"), color=INK, ha="center")
