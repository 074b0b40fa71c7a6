"""A rotated ravine: optimizers with a step for each parameter depend on the axes."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.optimizers import descend, named
from ..show.style import INK, MUTED, PAPER, panels
from .landscape import FLAT, RAVINE, STEEP
from .race import LEAST, RATES, STEPS, line_style

ANGLES = tuple(range(0, 95, 5))  # degrees
NAMES = ("SGD", "Momentum", "AdaGrad", "RMSProp", "Adam")
REACH = 12.0  # the farthest distance from the minimum of a run that counts


def rotation_matrix(angle: float) -> np.ndarray:
    """Return the matrix that rotates points (as columns) by an angle in degrees, shape (2, 2)."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.array([[c, -s], [s, c]])


@cache
def best_run(name: str, angle: float) -> np.ndarray:
    """Return the run of an optimizer on the rotated ravine, at its best learning rate there.

    Args:
        name: of the optimizer.
        angle: by which ravine and start are rotated, in degrees.

    Returns:
        Points, shape (STEPS + 1, 2).
    """
    r = rotation_matrix(angle)
    hessian = r @ np.diag([FLAT, STEEP]) @ r.T
    start = np.tile(r @ RAVINE.start, (len(RATES), 1))
    points = descend(named(name), lambda w, t: w @ hessian, start, RATES[:, None], STEPS)
    with np.errstate(over="ignore", invalid="ignore"):
        late = np.mean(loss(points, angle)[-STEPS // 3 :], axis=0)
        late[~np.all(np.hypot(*points.T) < REACH, axis=1)] = np.inf
    return points[:, np.argmin(late)]


def loss(points: np.ndarray, angle: float) -> np.ndarray:
    """Return the loss of points, shape (..., 2), on the rotated ravine, shape (...)."""
    return RAVINE.loss(points @ rotation_matrix(angle))


def late_loss(name: str, angle: float) -> float:
    """Return the mean loss of the last third of the best run."""
    return float(np.mean(loss(best_run(name, angle), angle)[-STEPS // 3 :]))


def draw_turned(angle: int) -> Figure:
    """Draw three optimizers on the rotated ravine, and the late loss of five at every angle."""
    figure, (left, right) = panels(2, height=3.8)
    circle = np.linspace(0, 2 * np.pi, 61)
    for level in (2.0, 8.0, 20.0):
        radii = np.sqrt(2 * level / np.array([FLAT, STEEP]))
        ellipse = radii[:, None] * np.stack([np.cos(circle), np.sin(circle)])
        left.plot(*rotation_matrix(angle) @ ellipse, color=MUTED, linewidth=0.9, alpha=0.45)
    for name in ("SGD", "RMSProp", "Adam"):
        color, mark, _ = line_style(named(name))
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
        color, mark, dash = line_style(named(name))
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
        f"steps is: " + ", ".join(f"{name} {late:.2g}" for name, late in losses.items()) + "."
    )
    return figure
