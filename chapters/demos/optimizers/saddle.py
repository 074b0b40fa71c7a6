"""Plain descent that comes to a saddle: how long it stays there, and what noise does."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..show.style import BLUE, INK, MUTED, ORANGE, panels
from .landscape import SADDLE, draw_contours

LEARNING_RATE = 0.2
STEPS = 100
NOISE = 0.05  # standard deviation of each component of the gradient


def travel(offset: float, noise: float = 0.0) -> np.ndarray:
    """Return the points that descent visits from beside the ridge that leads to the saddle.

    Args:
        offset: distance of the start from the ridge.
        noise: standard deviation of what is added to each component of each gradient.

    Returns:
        Points, shape (STEPS + 1, 2).
    """
    random = np.random.default_rng(4)
    points = [np.array([SADDLE.start[0], offset])]
    for _ in range(STEPS):
        gradient = SADDLE.gradient(points[-1]) + noise * random.standard_normal(2)
        points.append(points[-1] - LEARNING_RATE * gradient)
    return np.array(points)


def leaving(points: np.ndarray) -> int | None:
    """Return the first step at which a path is halfway down from the saddle, if it gets there.

    Args:
        points: shape (steps + 1, 2).
    """
    below = np.flatnonzero(SADDLE.height(points) < SADDLE.height(np.zeros(2)) / 2)
    return int(below[0]) if len(below) else None


def draw_stay(offset: float, noisy: bool) -> Figure:
    """Draw the path from a start so far beside the ridge, and its loss step by step."""
    figure, (left, right) = panels(2, height=3.6)
    points = travel(offset, NOISE if noisy else 0.0)
    draw_contours(left, SADDLE)
    left.plot(*points.T, "o-", color=ORANGE, linewidth=1.1, markersize=3.5)
    left.plot(*points[0], "o", color=INK, markersize=7)
    left.plot([0], [0], "x", color=INK, markersize=8, markeredgewidth=1.6)
    left.text(0.15, 0.06, "saddle", color=INK)
    level = float(SADDLE.height(np.zeros(2)))
    right.axhline(level, color=MUTED, linewidth=1, linestyle=(0, (1, 1.5)))
    right.plot(np.arange(STEPS + 1), SADDLE.height(points), color=BLUE)
    right.set_xlim(0, STEPS)
    right.set_ylim(0, 0.5)
    right.set_xlabel("steps")
    right.set_ylabel("loss above the least")
    right.text(STEPS, level + 0.015, "loss at the saddle", color=MUTED, ha="right")
    left_at = leaving(points)
    said = f"leaves at step {left_at}" if left_at is not None else f"still there at step {STEPS}"
    right.set_title(said, color=BLUE)
    figure.set_label(
        f"From a start {offset:g} beside the ridge, {'with' if noisy else 'without'} noise, "
        f"plain descent comes to the saddle and {said}."
    )
    return figure
