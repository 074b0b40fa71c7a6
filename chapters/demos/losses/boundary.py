"""Sixteen days and one boundary: the share of mistakes is a staircase, cross-entropy is smooth."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import logistic
from ..show.numerals import minus
from ..show.style import BLUE, INK, ORANGE, RED, panels

# Halves of a percent, so that no day lies on a boundary at a whole percent.
HUMIDITY = 0.5 + np.array([38, 42, 47, 50, 54, 57, 59, 61, 63, 66, 68, 71, 74, 78, 83, 87])
RAIN = np.array([0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1], float)
SOFTNESS = 5.0  # percent of humidity in which the logit of rain grows by 1


def forecast(boundary: float, humidity: np.ndarray = HUMIDITY) -> np.ndarray:
    """Return the predicted probability of rain.

    Args:
        boundary: the humidity, in percent, at which the forecast is one half.
        humidity: in percent, any shape.

    Returns:
        Probabilities of the shape of `humidity`.
    """
    return logistic((humidity - boundary) / SOFTNESS)


def mistakes(boundary: float) -> int:
    """Return the number of days with a wrong forecast, for a boundary in percent of humidity."""
    return int(np.sum((boundary < HUMIDITY) != (RAIN == 1)))


def cross_entropy(boundary: float) -> float:
    """Return the mean cross-entropy of the forecasts in nats."""
    return float(np.mean(np.logaddexp(0, (1 - 2 * RAIN) * (HUMIDITY - boundary) / SOFTNESS)))


def cross_entropy_slope(boundary: float) -> float:
    """Return the derivative of `cross_entropy`, in nats per percent of humidity."""
    return float(np.mean(RAIN - forecast(boundary)) / SOFTNESS)


def draw_two_scores(boundary: float) -> Figure:
    """Draw the forecast for a boundary in percent of humidity, and both measures of its error."""
    figure, (left, right) = panels(2, height=3.5)
    wrong = (boundary < HUMIDITY) != (RAIN == 1)
    line = np.linspace(35, 92, 80)
    left.plot(line, forecast(boundary, line), color=BLUE)
    left.axvline(boundary, color=ORANGE, gid="drag:boundary")
    left.plot(HUMIDITY[~wrong], RAIN[~wrong], "o", color=INK, markersize=6)
    left.plot(HUMIDITY[wrong], RAIN[wrong], "X", color=RED, markersize=9)
    left.set_yticks([0, 0.5, 1], ["dry  0", "0.5", "rain  1"])
    left.set_ylim(-0.12, 1.2)
    left.set_xlim(35, 92)
    left.set_xlabel("humidity (percent)")
    left.set_ylabel("probability of rain")
    if boundary > 70:
        left.text(boundary - 1, 1.1, "boundary", color=ORANGE, ha="right")
    else:
        left.text(boundary + 1, 1.1, "boundary", color=ORANGE)

    every = np.linspace(40, 90, 201)
    share, nats = mistakes(boundary) / len(RAIN), cross_entropy(boundary)
    right.step(every, [mistakes(b) / len(RAIN) for b in every], color=INK, where="mid")
    right.plot(every, [cross_entropy(b) for b in every], color=BLUE)
    point: dict[str, Any] = {"color": ORANGE, "markersize": 8, "clip_on": False}
    right.plot([boundary], [share], "o", **point)
    right.plot([boundary], [nats], "o", gid="drag:boundary", **point)
    right.set_xlim(40, 90)
    right.set_ylim(0, 2.4)
    right.set_xlabel("boundary (percent)")
    right.set_ylabel("measure of error, lower is better")
    slope, count = cross_entropy_slope(boundary), mistakes(boundary)
    smooth = f"cross-entropy {nats:.2f}, slope {minus(slope, 3)}"
    steps = f"mistakes {count} of 16, slope 0"
    right.text(65, 2.2, smooth, color=BLUE, ha="center", fontweight="bold")
    right.text(65, 2.0, steps, color=INK, ha="center", fontweight="bold")
    figure.set_label(
        f"With the boundary at {boundary:.0f} percent humidity the forecast makes {count} "
        f"mistake{'s' * (count != 1)} in 16 days, and its cross-entropy is {nats:.2f} nats, with "
        f"a slope of {minus(slope, 3)}."
    )
    return figure
