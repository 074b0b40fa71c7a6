"""Gradient descent on the loss of a walk: one parameter, one step at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import DOTTED
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, ORANGE, PAPER, PURPLE, panels
from .walk import TIME, draw_readings, errors, mean_square

START = 0.5  # meters per second, the first speed of every descent
STEPS = 12


def slope(speed: float) -> float:
    """Return the derivative of the mean squared error by `speed`."""
    return float(2 * np.mean(errors(speed) * TIME))


def descend(learning_rate: float, steps: int) -> np.ndarray:
    """Return the speeds that gradient descent visits.

    Args:
        learning_rate: step size, > 0.
        steps: number of steps, >= 0.

    Returns:
        Speeds in meters per second, shape (steps + 1,); the first one is `START`.
    """
    speeds = [START]
    for _ in range(steps):
        speeds.append(speeds[-1] - learning_rate * slope(speeds[-1]))
    return np.array(speeds)


def draw_descent(step: int, learning_rate: float = 0.01) -> Figure:
    """Draw the walk and its loss after some steps of gradient descent, and the next step."""
    figure, (left, right) = panels(2, height=3.4)
    *speeds, following = descend(learning_rate, step + 1)
    speed, loss = float(speeds[-1]), float(mean_square(speeds[-1]))
    left.plot([0, 9], [0, 9 * speed], color=BLUE)
    draw_readings(left)
    left.set_xlim(0, 9)
    left.set_ylim(-1, 18)
    left.set_yticks([0, 5, 10, 15])
    left.text(0.3, 16, f"{minus(speed, 2)} m/s", color=BLUE, fontsize=15, fontweight="bold")

    line = np.linspace(-0.15, 2.95, 120)
    right.plot(line, mean_square(line), color=PURPLE)
    visited = np.array(speeds)
    right.plot(
        visited, mean_square(visited), "o-", color=ORANGE, linewidth=1, markersize=4, alpha=0.6
    )
    _draw_next_step(right, speed, float(following))
    right.plot([speed], [loss], "o", color=ORANGE, markersize=9, zorder=4, gid="drag:step")
    right.set_xlim(-0.3, 3.1)
    right.set_ylim(-2, 75)
    right.set_xlabel("speed (meters per second)")
    right.set_ylabel("mean squared error (m²)")
    right.text(1.4, 69, f"step {step}", color=MUTED, ha="center")
    right.text(1.4, 61, f"{loss:.2f} m²", color=PURPLE, ha="center", fontsize=15)
    figure.set_label(
        f"After {step} step{'s' * (step != 1)} at learning rate {learning_rate:g} the speed is "
        f"{minus(speed, 2)} meters per second and the mean squared error {loss:.2f} square "
        f"meters. The next step leads to {minus(float(following), 2)} meters per second."
    )
    return figure


def _draw_next_step(axes: Axes, speed: float, following: float) -> None:
    """Draw the step that the slope and the learning rate make next, as a ring at its end."""
    ends = np.array([speed, following])
    axes.plot(ends, mean_square(ends), color=ORANGE, linewidth=1.2, linestyle=DOTTED)
    ring: dict[str, Any] = {"color": ORANGE, "markerfacecolor": PAPER, "markersize": 7, "zorder": 3}
    axes.plot(ends[1:], mean_square(ends[1:]), "o", **ring)
