"""Plain gradient descent near a saddle: how long it stays there, without noise and with it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.words import plain
from ..show.style import BLUE, INK, MUTED, ORANGE, panels
from .landscape import SADDLE, draw_contours

LEARNING_RATE = 0.2
STEPS = 100
NOISE = 0.05  # standard deviation of the noise in each component of the gradient


def descend(offset: float, noise: float = 0.0) -> np.ndarray:
    """Return the points that gradient descent visits.

    Args:
        offset: distance of the start from the crest, which leads to the saddle.
        noise: standard deviation of the noise in each component of the gradient.

    Returns:
        Points, shape (STEPS + 1, 2).
    """
    random = np.random.default_rng(4)
    points = [np.array([SADDLE.start[0], offset])]
    for _ in range(STEPS):
        gradient = SADDLE.gradient(points[-1]) + noise * random.standard_normal(2)
        points.append(points[-1] - LEARNING_RATE * gradient)
    return np.array(points)


def escape_step(points: np.ndarray) -> int | None:
    """Return the first step at which the loss is below half of that at the saddle, or None.

    Args:
        points: shape (steps + 1, 2).
    """
    below = np.flatnonzero(SADDLE.loss(points) < SADDLE.loss(np.zeros(2)) / 2)
    return int(below[0]) if len(below) else None


def draw_stay(offset: float, noisy: bool) -> Figure:
    """Draw the path from a start beside the crest, and its loss step by step.

    Args:
        offset: distance of the start from the crest.
        noisy: whether the gradient has noise.
    """
    figure, (left, right) = panels(2, height=3.6)
    points = descend(offset, NOISE if noisy else 0.0)
    draw_contours(left, SADDLE)
    left.plot(*points.T, "o-", color=ORANGE, linewidth=1.1, markersize=3.5)
    left.plot(*points[0], "o", color=INK, markersize=7)
    left.plot([0], [0], "x", color=INK, markersize=8, markeredgewidth=1.6)
    left.text(0.15, 0.06, "saddle", color=INK)
    level = float(SADDLE.loss(np.zeros(2)))
    right.axhline(level, color=MUTED, linewidth=1, linestyle=(0, (1, 1.5)))
    right.plot(np.arange(STEPS + 1), SADDLE.loss(points), color=BLUE)
    right.set_xlim(0, STEPS)
    right.set_ylim(0, 0.5)
    right.set_xlabel("steps")
    right.set_ylabel("loss above the minimum")
    right.text(STEPS, level + 0.015, "loss at the saddle", color=MUTED, ha="right")
    escape = escape_step(points)
    outcome = f"leaves at step {escape}" if escape is not None else f"still there at step {STEPS}"
    right.set_title(outcome, color=BLUE)
    place = f"{plain(offset)} beside the crest" if offset else "exactly on the crest"
    figure.set_label(
        f"From a start {place}, {'with' if noisy else 'without'} noise, "
        f"plain descent comes to the saddle and {outcome.replace('still', 'is still')}."
    )
    return figure
