"""Two units whose weights descend to their best fit, with a limit on the norm of each."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import Look
from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, panels

CURVATURE = np.array([[1.0, 0.3], [0.3, 0.7]])  # of the loss of each unit
BEST = np.array([[3.0, -0.9], [1.6, 0.8]])  # minimum of the loss; each column is a unit
START = np.array([[0.3, 0.2], [-0.7, -0.6]])
LEARNING_RATE = 0.4
STEPS = 10
LIMITS = (1.0, 1.5, 2.0, 4.0)
_STYLES = (("unit 1", BLUE, "o"), ("unit 2", GREEN, "s"))


def project(w: np.ndarray, limit: float) -> np.ndarray:
    """Return weights with every column that is longer than `limit` scaled down to it.

    Args:
        w: shape (inputs, units).
        limit: largest norm of a column, > 0.
    """
    norms = np.linalg.norm(w, axis=0)
    return w * np.minimum(1, limit / norms)


@cache
def descend(limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights after each step of gradient descent, before and after the projection.

    Args:
        limit: largest norm of a column; infinite for no limit.

    Returns:
        Two arrays of shape (STEPS + 1, 2, 2); both start with `START`.
    """
    before, after = [START], [project(START, limit)]
    for _ in range(STEPS):
        before.append(after[-1] - LEARNING_RATE * CURVATURE @ (after[-1] - BEST))
        after.append(project(before[-1], limit))
    return np.array(before), np.array(after)


def draw_projection(limit: float, step: int) -> Figure:
    """Draw the weights of both units up to a step, and their norms.

    Args:
        limit: one of `LIMITS`.
        step: from 0 to `STEPS`.
    """
    figure, (left, right) = panels(2, height=3.9)
    angles = np.linspace(0, 2 * np.pi, 81)
    circle = limit * np.cos(angles), limit * np.sin(angles)
    left.fill(*circle, facecolor=ORANGE, alpha=0.14)
    left.plot(*circle, color=ORANGE, linewidth=1.2)
    right.axhline(limit, color=ORANGE, linewidth=1.6, gid="drag:limit")
    before, after = descend(limit)
    free = np.linalg.norm(descend(np.inf)[1], axis=1)
    norms = np.linalg.norm(after, axis=1)
    for unit, (name, color, mark) in enumerate(_STYLES):
        _draw_unit(left, unit, before[: step + 1, :, unit], after[: step + 1, :, unit])
        right.plot(free[:, unit], color=color, linewidth=1.2, linestyle=(0, (2, 2)))
        right.plot(norms[: step + 1, unit], color=color, marker=mark, markersize=5)
        point: Look = {"color": color, "markersize": 8, "zorder": 5, "clip_on": False}
        right.plot([step], [norms[step, unit]], mark, gid="drag:step", **point)
        right.text(STEPS + 0.4, free[-1, unit] + 0.08, name, color=color, weight="bold")
    _draw_axes(left, right)
    lengths = " and ".join(f"{norm:.2f}" for norm in norms[step])
    right.set_title(f"lengths {lengths}")
    figure.set_label(
        f"After step {step} with a limit of {limit:g}, the weights into the two units have the "
        f"lengths {lengths}. Without a limit, the lengths would be "
        f"{' and '.join(f'{norm:.2f}' for norm in free[step])}."
    )
    return figure


def _draw_unit(axes: Axes, unit: int, before: np.ndarray, after: np.ndarray) -> None:
    """Draw the steps of one unit as dashed lines, and their projections as solid lines.

    Args:
        axes: to draw on.
        unit: its column.
        before: weights before each projection, shape (steps + 1, 2).
        after: weights after it, same shape.
    """
    _, color, mark = _STYLES[unit]
    gap = np.full_like(after[1:], np.nan)  # separates two lines
    steps = np.stack([after[:-1], before[1:], gap], axis=1).reshape(-1, 2)
    backs = np.stack([before[1:], after[1:], gap], axis=1).reshape(-1, 2)
    axes.plot(*steps.T, color=color, linewidth=1.4, linestyle=(0, (3, 1.5)))
    axes.plot(*backs.T, color=ORANGE, linewidth=1.6)
    axes.plot(*BEST[:, unit], "+", color=color, markersize=11, markeredgewidth=1.8)
    axes.plot([0, after[-1, 0]], [0, after[-1, 1]], color=color, linewidth=1.2, alpha=0.5)
    axes.plot(*after[-1], mark, color=color, markersize=8, zorder=5, gid="drag:step")


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
