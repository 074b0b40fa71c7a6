"""Momentum takes the gradient at the current point, Nesterov at the point ahead."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..nets.contours import draw_ellipses
from ..nets.names import draw_key
from ..show.numerals import minus
from ..show.style import INK, ORANGE, panels
from .looks import LOOKS, draw_mark

FLAT, STEEP = 1.0, 10.0  # curvatures of the loss (FLAT * x**2 + STEEP * y**2) / 2
START = np.array([-3.0, 1.6])
LEARNING_RATE = 0.05
STEPS = 12


def gradient(point: np.ndarray) -> np.ndarray:
    """Return the gradient of the loss at a point, shape (2,)."""
    return np.array([FLAT, STEEP]) * point


def descend(momentum: float, ahead: bool, steps: int = STEPS) -> tuple[np.ndarray, np.ndarray]:
    """Return the points and the velocities of a descent from `START` at rest.

    Args:
        momentum: share of the velocity that each step keeps, from 0 to 1.
        ahead: whether the gradient is taken at the look-ahead point (Nesterov) or at the current
            point (Momentum).
        steps: number of steps, >= 0.

    Returns:
        Two arrays of shape (steps + 1, 2): the points, and the velocities that led to them.
    """
    points, velocities = [START], [np.zeros(2)]
    for _ in range(steps):
        carried = momentum * velocities[-1]
        point = points[-1] + carried if ahead else points[-1]
        velocities.append(carried - LEARNING_RATE * gradient(point))
        points.append(points[-1] + velocities[-1])
    return np.array(points), np.array(velocities)


def next_points(here: np.ndarray, carried: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the next point of Momentum and that of Nesterov, each of shape (2,).

    Args:
        here: the current point, shape (2,).
        carried: momentum times velocity, shape (2,).
    """
    ahead = here + carried
    return ahead - LEARNING_RATE * gradient(here), ahead - LEARNING_RATE * gradient(ahead)


def draw_vectors(step: int, momentum: float = 0.9) -> Figure:
    """Draw the vectors of both rules at one step of Nesterov's descent, and both descents.

    Args:
        step: from 0 to `STEPS`.
        momentum: share of the velocity that each step keeps.
    """
    figure, (left, right) = panels(2, height=4.35)
    points, velocities = descend(momentum, ahead=True)
    other, _ = descend(momentum, ahead=False)
    here, carried = points[step], momentum * velocities[step]
    ends = next_points(here, carried)
    middle, half = _window(np.array([here, ends[0] - carried, here + carried, *ends]))
    _draw_vectors(left, here, carried)
    left.set_xlim(middle[0] - half, middle[0] + half)
    left.set_ylim(middle[1] - half, middle[1] + half)
    left.set(xticks=[], yticks=[])  # the box on the right shows this window

    draw_ellipses(right, (FLAT, STEEP), [2.0, 4.0, 6.0])
    for name, path in (("Momentum", other), ("NAG", points)):
        right.plot(*path[: step + 1].T, linewidth=1.4, **LOOKS[name])
        for point in path[: step + 1]:
            draw_mark(right, name, *point, markersize=5)
    right.plot(*here, "o", color=ORANGE, markersize=8, zorder=5, gid="drag:step")
    x, y = middle - half
    right.add_patch(Rectangle((x, y), 2 * half, 2 * half, fill=False, edgecolor=INK))
    right.set_xlim(-4, 3)
    right.set_ylim(-3.5, 3.5)
    right.set_title("both descents")
    draw_key(right, [(name, LOOKS[name]) for name in ("Momentum", "NAG")], "upper right")
    for axes in (left, right):
        axes.set_aspect("equal")
        axes.set_xlabel("flat direction")
        axes.set_ylabel("steep direction")
    rows = (
        ("◆ momentum × velocity", INK),
        ("● −η × gradient here: Momentum", LOOKS["Momentum"]["color"]),
        ("■ −η × gradient at ◆: NAG", LOOKS["NAG"]["color"]),
    )
    for row, (text, color) in enumerate(reversed(rows)):
        place = {"x": 0, "y": 1.02 + 0.075 * row, "transform": left.transAxes}
        left.text(**place, s=text, color=color, fontweight="bold")
    far = [float(np.hypot(*path[step])) for path in (other, points)]
    figure.set_label(
        f"Step {step} at momentum {momentum}: from one point and velocity Momentum would step by "
        f"{_written(ends[0] - here)} and NAG by {_written(ends[1] - here)}. "
        f"In its own descent, Momentum is {far[0]:.2f} from the minimum, and NAG is {far[1]:.2f}."
    )
    return figure


def _draw_vectors(axes: Axes, here: np.ndarray, carried: np.ndarray) -> None:
    """Draw the vectors of both steps, end to end."""
    ahead = here + carried
    late, early = next_points(here, carried)
    # The lines of equal loss through both points show that each gradient is at a right angle.
    widths = [2 * float(np.sqrt(point @ gradient(point) / FLAT)) for point in (here, ahead)]
    draw_ellipses(axes, (FLAT, STEEP), widths)
    _draw_arrow(axes, here, ahead, INK, 2.2)
    # Momentum's gradient, where it is taken and where it is added.
    _draw_arrow(axes, here, late - carried, LOOKS["Momentum"]["color"], 1.4, "dotted")
    _draw_arrow(axes, ahead, late, LOOKS["Momentum"]["color"], 2.2)
    _draw_arrow(axes, ahead, early, LOOKS["NAG"]["color"], 2.2)
    axes.plot(*ahead, "D", color=INK, markersize=6, zorder=4)
    draw_mark(axes, "Momentum", *late)
    draw_mark(axes, "NAG", *early)
    axes.plot(*here, "o", color=ORANGE, markersize=9, zorder=5)
    axes.annotate("here", (here[0], here[1]), (7, 6), textcoords="offset points", color=ORANGE)


def _draw_arrow(
    axes: Axes,
    start: np.ndarray,
    end: np.ndarray,
    color: str,
    width: float,
    dash: str = "solid",
) -> None:
    """Draw an arrow, unless both ends are the same point."""
    if np.hypot(*(end - start)) > 1e-9:
        shape = {"arrowstyle": "-|>", "color": color, "linewidth": width, "linestyle": dash}
        tight = {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 15}
        axes.annotate("", (end[0], end[1]), (start[0], start[1]), arrowprops={**shape, **tight})


def _window(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the center and half the side of a square around points, shape (n, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, float(np.max(high - low)) * 0.68


def _written(vector: np.ndarray) -> str:
    return f"{minus(vector[0], 2)} along and {minus(vector[1], 2)} across"
