"""A rotated ravine: optimizers with a step for each parameter depend on the axes."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.optimizers import descend, named
from ..nets.words import plain
from ..show.style import INK, MUTED, panels
from .landscape import FLAT, RAVINE, STEEP
from .looks import LOOKS, draw_ends, draw_mark
from .race import RATES, STEPS

ANGLES = tuple(range(0, 95, 5))  # degrees
NAMES = ("SGD", "Momentum", "AdaGrad", "RMSProp", "Adam")
LEAST = 1e-4  # the least loss that is drawn
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
        path = best_run(name, angle)
        left.plot(*path.T, linewidth=1.4, **LOOKS[name])
        draw_mark(left, name, *path[-1])
    left.plot([0], [0], "+", color=INK, markersize=11, markeredgewidth=1.6)
    left.plot(*best_run("SGD", angle)[0], "o", color=INK, markersize=7, gid="drag:angle")
    left.set_aspect("equal")
    left.set_xlim(-11, 7)
    left.set_ylim(-12, 6)
    left.grid(visible=False)
    left.set_xlabel("first parameter")
    left.set_ylabel("second parameter")
    losses = {name: max(late_loss(name, angle), LEAST) for name in NAMES}
    for name in NAMES:
        curve = np.maximum([late_loss(name, other) for other in ANGLES], LEAST)
        right.plot(ANGLES, curve, linewidth=1.8, **LOOKS[name])
        draw_mark(right, name, angle, losses[name], clip_on=False)
    right.axvline(angle, color=MUTED, linewidth=0.9, gid="drag:angle")
    right.set_yscale("log")
    right.set_xlim(0, 152)
    right.set_xticks([0, 30, 60, 90])
    right.set_ylim(LEAST, 30)
    right.set_yticks([1e-4, 1e-2, 1.0], ["0.0001", "0.01", "1"])
    right.minorticks_off()
    right.set_xlabel("angle of the ravine (degrees)")
    right.set_ylabel("late loss above the minimum")
    draw_ends(right, 90, {name: max(late_loss(name, 90), LEAST) for name in NAMES})
    figure.set_label(
        f"On a ravine turned by {angle} degrees the mean loss of the last {STEPS // 3} of {STEPS} "
        "steps is: "
        + ", ".join(f"{name} {_spoken(late_loss(name, angle))}" for name in NAMES)
        + "."
    )
    return figure


def _spoken(loss: float) -> str:
    """Return a loss as a listener understands it."""
    return plain(loss) if loss > LEAST else f"below {plain(LEAST)}"
