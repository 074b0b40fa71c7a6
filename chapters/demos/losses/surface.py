"""Gradient descent on a surface: the speed of a walk and where it starts, both fitted at once."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..show.numerals import minus
from ..show.style import BLUE, INK, MUTED, ORANGE, PURPLE, panels
from .walk import POSITION, TIME, draw_readings

START = np.array([0.4, 4.0])  # speed in meters per second, position at time 0 in meters
STEPS = (0, 1, 2, 3, 5, 10, 20, 45, 54, 100, 162, 400)
LEVELS = (0.5, 2.0, 5.0, 10.0)  # losses in m² above the least one, for the contours
INPUTS = np.column_stack([TIME, np.ones_like(TIME)])  # shape (8, 2)
MOST_POINTS = 201  # of a path on the page


def mean_square(w: np.ndarray) -> float:
    """Return the mean squared error in m² of w = (speed, position at time 0), shape (2,)."""
    return float(np.mean((INPUTS @ w - POSITION) ** 2))


def gradient(w: np.ndarray) -> np.ndarray:
    """Return both slopes of the loss, shape (2,), at w = (speed, position at time 0)."""
    return 2 / len(TIME) * INPUTS.T @ (INPUTS @ w - POSITION)


def best() -> np.ndarray:
    """Return the speed and the position at time 0 with the least loss, shape (2,)."""
    return np.linalg.lstsq(INPUTS, POSITION)[0]


def curvatures() -> np.ndarray:
    """Return how fast the slope changes along and across the valley, in this order, shape (2,)."""
    return np.linalg.eigvalsh(2 / len(TIME) * INPUTS.T @ INPUTS)


def descend(learning_rate: float, steps: int) -> np.ndarray:
    """Return the parameters that gradient descent visits, shape (steps + 1, 2); first `START`."""
    path = [START]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1]))
    return np.array(path)


def draw_surface(step: int, learning_rate: float) -> Figure:
    """Draw the path over lines of equal loss, and the line that the last parameters give."""
    figure, (left, right) = panels(2, height=3.5)
    path = descend(learning_rate, step)
    (speed, start), loss = path[-1], mean_square(path[-1])
    _draw_contours(left)
    shown = path[np.unique(np.linspace(0, step, min(step + 1, MOST_POINTS)).astype(int))]
    left.plot(*shown.T, "o-", color=ORANGE, linewidth=1, markersize=3, alpha=0.7)
    left.plot([speed], [start], "o", color=ORANGE, markersize=9, zorder=4, gid="drag:step")
    left.set_xlim(-0.3, 2.5)
    left.set_ylim(-2.5, 5.5)
    left.set_xlabel("speed (meters per second)")
    left.set_ylabel("position at time 0 (meters)")
    left.text(2.45, 4.8, f"step {step}", color=MUTED, ha="right")
    left.text(2.45, 4.0, f"{loss:.2f} m²", color=PURPLE, ha="right", fontsize=15)

    right.plot([0, 9], [start, start + 9 * speed], color=BLUE)
    draw_readings(right)
    right.set_xlim(0, 9)
    right.set_ylim(-1, 15)
    right.text(0.3, 13.3, f"{minus(speed, 2)} m/s", color=BLUE, fontsize=13, fontweight="bold")
    right.text(0.3, 11.9, f"from {minus(start, 2)} m", color=BLUE, fontsize=13, fontweight="bold")
    figure.set_label(
        f"After {step} step{'s' * (step != 1)} at learning rate {learning_rate:g} the speed is "
        f"{minus(speed, 2)} meters per second, the position at time 0 is {minus(start, 2)} meters, "
        f"and the mean squared error is {loss:.2f} square meters."
    )
    return figure


def _draw_contours(axes: Axes) -> None:
    """Draw ellipses of equal loss and a cross at the least loss."""
    values, vectors = np.linalg.eigh(INPUTS.T @ INPUTS / len(TIME))
    angle = np.linspace(0, 2 * np.pi, 90)
    circle = np.array([np.cos(angle), np.sin(angle)])
    for level in LEVELS:
        ellipse = vectors @ (np.sqrt(level / values)[:, None] * circle)
        axes.plot(*(best()[:, None] + ellipse), color=MUTED, linewidth=0.9, alpha=0.6)
    axes.plot(*best(), "+", color=INK, markersize=9, markeredgewidth=1.6)
