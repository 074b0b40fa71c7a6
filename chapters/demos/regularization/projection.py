"""Two units whose weights walk to their best fit, and a limit on the length of a weight vector."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, panels

CURVATURE = np.array([[1.0, 0.3], [0.3, 0.7]])  # of the loss of each unit
BEST = np.array([[3.0, -0.9], [1.6, 0.8]])  # where the loss is least; a column is a unit
START = np.array([[0.3, 0.2], [-0.7, -0.6]])
LEARNING_RATE = 0.4
STEPS = 10
LIMITS = (1.0, 1.5, 2.0, 4.0)
_LOOKS = (("unit 1", BLUE, "o"), ("unit 2", GREEN, "s"))


def shorten(w: np.ndarray, limit: float) -> np.ndarray:
    """Return weights, shape (inputs, units), with columns longer than `limit` scaled down to it."""
    lengths = np.linalg.norm(w, axis=0)
    return w * np.minimum(1, limit / lengths)


@cache
def descend(limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where each step of descent lands, and where the limit then puts the weights.

    Args:
        limit: of the length of a column; infinite for none.

    Returns:
        Two arrays of shape (STEPS + 1, 2, 2), the first place in both being the start.
    """
    landed, kept = [START], [shorten(START, limit)]
    for _ in range(STEPS):
        landed.append(kept[-1] - LEARNING_RATE * CURVATURE @ (kept[-1] - BEST))
        kept.append(shorten(landed[-1], limit))
    return np.array(landed), np.array(kept)


def draw_projection(limit: float, step: int) -> Figure:
    """Draw the weights of both units up to a step, and their lengths.

    Args:
        limit: one of `LIMITS`.
        step: from 0 to `STEPS`.
    """
    figure, (left, right) = panels(2, height=3.9)
    turn = np.linspace(0, 2 * np.pi, 81)
    left.fill(limit * np.cos(turn), limit * np.sin(turn), facecolor=ORANGE, alpha=0.14)
    left.plot(limit * np.cos(turn), limit * np.sin(turn), color=ORANGE, linewidth=1.2)
    right.axhline(limit, color=ORANGE, linewidth=1.6)
    landed, kept = descend(limit)
    free = np.linalg.norm(descend(np.inf)[1], axis=1)
    lengths = np.linalg.norm(kept, axis=1)
    for unit, (name, color, mark) in enumerate(_LOOKS):
        _draw_unit(left, unit, landed[: step + 1, :, unit], kept[: step + 1, :, unit])
        right.plot(free[:, unit], color=color, linewidth=1.2, linestyle=(0, (2, 2)))
        right.plot(lengths[: step + 1, unit], color=color, marker=mark, markersize=5)
        right.text(STEPS + 0.4, free[-1, unit] + 0.08, name, color=color, weight="bold")
    _draw_axes(left, right)
    said = " and ".join(f"{length:.2f}" for length in lengths[step])
    right.set_title(f"lengths {said}")
    figure.set_label(
        f"With a limit of {limit:g}, after step {step} the weight vectors of the two units have "
        f"the lengths {said}; unlimited they would have "
        f"{' and '.join(f'{length:.2f}' for length in free[step])}."
    )
    return figure


def _draw_unit(axes: Axes, unit: int, landed: np.ndarray, kept: np.ndarray) -> None:
    """Draw one unit's steps, shape (steps + 1, 2): each dashed, its way back solid."""
    _, color, mark = _LOOKS[unit]
    gap = np.full_like(kept[1:], np.nan)  # lifts the pen between two strokes
    steps = np.stack([kept[:-1], landed[1:], gap], axis=1).reshape(-1, 2)
    backs = np.stack([landed[1:], kept[1:], gap], axis=1).reshape(-1, 2)
    axes.plot(*steps.T, color=color, linewidth=1.4, linestyle=(0, (3, 1.5)))
    axes.plot(*backs.T, color=ORANGE, linewidth=1.6)
    axes.plot(*BEST[:, unit], "+", color=color, markersize=11, markeredgewidth=1.8)
    axes.plot([0, kept[-1, 0]], [0, kept[-1, 1]], color=color, linewidth=1.2, alpha=0.5)
    axes.plot(*kept[-1], mark, color=color, markersize=8, zorder=5)


def _draw_axes(left: Axes, right: Axes) -> None:
    """Scale and label both panels."""
    left.plot(0, 0, ".", color=INK)
    left.set_aspect("equal")
    left.set_xlim(-2.4, 3.8)
    left.set_ylim(-2.6, 3.2)
    left.set_xlabel("weight from the first input")
    left.set_ylabel("weight from the second input")
    left.set_title("+ best fit", color=MUTED)
    right.set_xlim(0, STEPS + 4)
    right.set_ylim(0, 4.2)
    right.set_xticks(range(0, STEPS + 1, 2))
    right.set_xlabel("step")
    right.set_ylabel("length of a weight vector")
