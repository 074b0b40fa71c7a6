"""A ravine that lies askew: what a step for each parameter owes to the directions of the axes."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.optimizers import member, walk_down
from ..show.style import INK, MUTED, PAPER, panels
from .landscape import FLAT, RAVINE, STEEP
from .race import LEAST, RATES, STEPS, look

ANGLES = tuple(range(0, 95, 5))  # degrees
NAMES = ("SGD", "Momentum", "AdaGrad", "RMSProp", "Adam")
REACH = 12.0  # a run that goes farther from the minimum is none to choose


def turning(angle: float) -> np.ndarray:
    """Return the matrix that turns points (as columns) by an angle in degrees, shape (2, 2)."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.array([[c, -s], [s, c]])


@cache
def best_run(name: str, angle: float) -> np.ndarray:
    """Return the run on the turned ravine at the learning rate that suits it there.

    Args:
        name: of an optimizer.
        angle: by which ravine and start are turned, in degrees.

    Returns:
        Points, shape (STEPS + 1, 2).
    """
    turned = turning(angle)
    hessian = turned @ np.diag([FLAT, STEEP]) @ turned.T
    start = np.tile(turned @ RAVINE.start, (len(RATES), 1))
    points = walk_down(member(name), lambda w, t: w @ hessian, start, RATES[:, None], STEPS)
    with np.errstate(over="ignore", invalid="ignore"):
        late = np.mean(height(points, angle)[-STEPS // 3 :], axis=0)
        late[~np.all(np.hypot(*points.T) < REACH, axis=1)] = np.inf
    return points[:, np.argmin(late)]


def height(points: np.ndarray, angle: float) -> np.ndarray:
    """Return the loss of points, shape (..., 2), on the turned ravine, shape (...)."""
    return RAVINE.height(points @ turning(angle))


def late_loss(name: str, angle: float) -> float:
    """Return the mean loss of the last third of the best run."""
    return float(np.mean(height(best_run(name, angle), angle)[-STEPS // 3 :]))


def draw_turned(angle: int) -> Figure:
    """Draw the paths of two optimizers on the turned ravine, and the late loss at every angle."""
    figure, (left, right) = panels(2, height=3.8)
    turned = turning(angle)
    circle = np.linspace(0, 2 * np.pi, 61)
    for loss in (2.0, 8.0, 20.0):
        ring = np.sqrt(2 * loss / np.array([FLAT, STEEP]))
        around = turned @ (ring[:, None] * np.stack([np.cos(circle), np.sin(circle)]))
        left.plot(*around, color=MUTED, linewidth=0.9, alpha=0.45)
    for name in ("SGD", "RMSProp", "Adam"):
        color, mark, _ = look(member(name))
        path = best_run(name, angle)
        left.plot(*path.T, color=color, linewidth=1.2)
        left.plot(*path[-1:].T, mark, color=color, markersize=7.5, markeredgecolor=PAPER, zorder=4)
    left.plot([0], [0], "+", color=INK, markersize=11, markeredgewidth=1.6)
    left.set_aspect("equal")
    left.set_xlim(-11, 7)
    left.set_ylim(-12, 6)
    left.grid(visible=False)
    left.set_xlabel("first parameter")
    left.set_ylabel("second parameter")
    losses = {name: late_loss(name, angle) for name in NAMES}
    for row, name in enumerate(NAMES):
        color, mark, dash = look(member(name))
        curve = np.maximum([late_loss(name, other) for other in ANGLES], LEAST)
        right.plot(ANGLES, curve, color=color, linestyle=dash, linewidth=1.8)
        right.plot([angle], [max(losses[name], LEAST)], mark, color=color, clip_on=False)
        right.plot([4 + 46 * (row // 3)], [170 / 3.0 ** (row % 3)], mark, color=color)
        right.text(
            9 + 46 * (row // 3),
            170 / 3.0 ** (row % 3),
            name,
            color=color,
            va="center",
            fontsize=9.5,
        )
    right.set_yscale("log")
    right.set_xlim(0, 90)
    right.set_xticks([0, 30, 60, 90])
    right.set_ylim(LEAST, 400)
    right.set_yticks([1e-4, 1e-2, 1.0], ["0.0001", "0.01", "1"])
    right.minorticks_off()
    right.set_xlabel("angle of the ravine (degrees)")
    right.set_ylabel("late loss above the least")
    figure.set_label(
        f"On a ravine turned by {angle} degrees the mean loss of the last {STEPS // 3} of {STEPS} "
        f"steps is: " + ", ".join(f"{name} {loss:.2g}" for name, loss in losses.items()) + "."
    )
    return figure
