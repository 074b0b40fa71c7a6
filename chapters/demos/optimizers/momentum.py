"""Momentum on a ravine: which learning rates and momenta converge there, and how fast.

The loss is `(FLAT * x**2 + STEEP * y**2) / 2`, so the two directions do not influence each other.
In each of them, a step of Momentum multiplies (distance, velocity) by a constant 2 x 2 matrix. In
the long run each step multiplies the distance by the larger absolute value of its eigenvalues; this
is the convergence rate.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.contours import draw_ellipses
from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, RED, panels

FLAT, STEEP = 0.1, 10.0  # curvatures, in loss per square of a parameter
START = np.array([-9.0, 1.0])
STEPS = 40
MOST = 0.42  # learning rate at the right edge of the map


def convergence_rate(
    learning_rate: float | np.ndarray, momentum: float | np.ndarray, curvature: float
) -> np.ndarray:
    """Return the convergence rate in one direction; above 1 the descent diverges.

    Args:
        learning_rate: > 0, of any shape.
        momentum: from 0 to 1, of a shape that broadcasts with that of `learning_rate`.
        curvature: second derivative of the loss in this direction, > 0.

    Returns:
        The spectral radius of the matrix of a step, of the broadcast shape.
    """
    # The eigenvalues follow from the trace and the determinant, which is `momentum`.
    trace = 1 + momentum - np.asarray(learning_rate) * curvature
    discriminant = trace**2 - 4 * np.asarray(momentum)
    real = (np.abs(trace) + np.sqrt(np.maximum(discriminant, 0))) / 2
    return np.where(discriminant < 0, np.sqrt(momentum), real)


def ravine_rate(learning_rate: float | np.ndarray, momentum: float | np.ndarray) -> np.ndarray:
    """Return the convergence rate on the ravine, which is that of its slower direction.

    The arguments are those of `convergence_rate`.
    """
    flat, steep = (convergence_rate(learning_rate, momentum, c) for c in (FLAT, STEEP))
    return np.maximum(flat, steep)


def behavior(learning_rate: float, momentum: float, curvature: float) -> str:
    """Return in a word or two how Momentum moves in a direction of this curvature."""
    if convergence_rate(learning_rate, momentum, curvature) > 1 + 1e-9:
        return "diverges"
    trace = 1 + momentum - learning_rate * curvature
    if trace**2 < 4 * momentum - 1e-9:
        return "swings"
    return "glides in" if trace > -1e-9 else "oscillates"


def best_settings() -> tuple[float, float]:
    """Return the learning rate and the momentum with the least convergence rate on the ravine."""
    low, high = np.sqrt(FLAT), np.sqrt(STEEP)
    return float(4 / (low + high) ** 2), float(((high - low) / (high + low)) ** 2)


def descend(learning_rate: float, momentum: float, steps: int = STEPS) -> np.ndarray:
    """Return the points that Momentum visits from `START` at rest, shape (steps + 1, 2)."""
    points, velocity = [START], np.zeros(2)
    for _ in range(steps):
        velocity = momentum * velocity - learning_rate * np.array([FLAT, STEEP]) * points[-1]
        points.append(points[-1] + velocity)
    return np.array(points)


def draw_convergence(learning_rate: float, momentum: float) -> Figure:
    """Draw the map of the convergence rate, with one point, and the path of that point."""
    figure, (left, right) = panels(2, height=3.7)
    _draw_map(left)
    (point,) = left.plot([learning_rate], [momentum], "o", color=ORANGE, markersize=10, zorder=4)
    point.set_gid("drag:learning_rate momentum")

    draw_ellipses(right, (FLAT, STEEP), [6.0, 12.0, 18.0])
    path = descend(learning_rate, momentum)
    visible = path[: _last_inside(path) + 1]
    right.plot(*visible.T, "o-", color=ORANGE, linewidth=1, markersize=3)
    right.plot(*START, "o", color=INK, markersize=7)
    right.text(START[0] - 0.6, START[1], "start", ha="right", va="center")
    right.set_xlim(-12.5, 11)
    right.set_ylim(-3.2, 3.2)
    right.set_xlabel("flat direction")
    right.set_ylabel("steep direction", labelpad=0)
    value = float(ravine_rate(learning_rate, momentum))
    ways = [behavior(learning_rate, momentum, curvature) for curvature in (FLAT, STEEP)]
    right.set_title(_speed(value), color=RED if value > 1 - 1e-9 else ORANGE)
    right.text(0, -2.6, f"flat: {ways[0]}\nsteep: {ways[1]}", color=MUTED, va="center", ha="left")
    figure.set_label(
        f"At learning rate {learning_rate:.2f} and momentum {momentum:.1f} each step multiplies "
        f"the distance by {value:.3f} in the long run. In the flat direction the path {ways[0]}, "
        f"in the steep one it {ways[1]}."
    )
    return figure


def _speed(value: float) -> str:
    """Return in words how fast a descent with this convergence rate is."""
    if abs(value - 1) < 1e-9:
        return "never settles"
    if value > 1:
        return f"diverges: × {value:.2f} a step"
    return f"÷ 1000 every {np.log(1000) / -np.log(value):.0f} steps"


def _last_inside(path: np.ndarray) -> int:
    """Return the index of the first point far outside the picture, or of the last point."""
    outside = np.flatnonzero(np.any(np.abs(path) > [40, 12], axis=1))
    return int(outside[0]) if len(outside) else len(path) - 1


def level(value: float) -> np.ndarray:
    """Return the triangle on the map on which the convergence rate is `value`.

    On its upper side both directions swing, and the rate is the root of the momentum. On its
    left side the flat direction is slow, on its right side the steep direction oscillates.

    Args:
        value: from the rate of `best_settings` to below 1.

    Returns:
        Four corners (learning rate, momentum), shape (4, 2); the last one repeats the first.
    """
    slow, flips = FLAT / (1 - value), STEEP / (1 + value)
    bottom = 2 / (slow + flips)
    corners = [
        ((1 - value) ** 2 / FLAT, value**2),
        ((1 + value) ** 2 / STEEP, value**2),
        (bottom, value - bottom * slow * value),
    ]
    return np.array([*corners, corners[0]])


def _draw_map(axes: Axes) -> None:
    """Draw lines of equal convergence rate, the best point, and the region that diverges."""
    for value in (0.98, 0.95, 0.9):
        corners = level(value)
        axes.fill(*corners.T, color=BLUE, alpha=0.1, linewidth=0)
        axes.plot(*corners.T, color=BLUE, linewidth=1.1)
        x, y = (corners[0] + corners[1]) / 2
        axes.text(x, y - 0.008, f"{value:.2f}", color=BLUE, fontsize=9, ha="center", va="top")
    edge = (2 + 2 * np.array([0, 1])) / STEEP
    axes.fill_between([*edge, MOST], [0, 0, 0], [0, 1, 1], color=RED, alpha=0.13, linewidth=0)
    axes.plot(edge, [0, 1], color=RED)
    axes.text(0.335, 0.22, "diverges", color=RED, ha="center", fontweight="bold")
    top = best_settings()
    axes.plot(*top, "*", color=GREEN, markersize=11)
    axes.text(top[0] + 0.012, top[1], f"{ravine_rate(*top):.2f}", color=GREEN, va="center")
    axes.set_xlim(0, MOST)
    axes.set_ylim(-0.03, 1)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("momentum")
    axes.set_title("distance kept at each step", color=BLUE)
