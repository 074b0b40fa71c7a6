"""One learning rate and two curvatures: each direction has its own factor of the distance.

The loss is a bowl or a ravine, with curvature 1 across and a smaller one along. In a direction with
curvature c, a step of plain gradient descent multiplies the distance to the minimum by
1 - learning_rate * c.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.contours import draw_ellipses
from ..nets.names import DASHED, Look, draw_key
from ..nets.words import plain
from ..show.numerals import minus
from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, PAPER, RED, panels

STEEP = 1.0
START = np.array([-9.0, 2.5])
STEPS = 20
MOST = 2.3  # learning rate at the right edge of the picture
LOOKS: dict[str, Look] = {
    "steep": {"color": BLUE},
    "flat": {"color": GREEN, "linestyle": DASHED},
}


def kept(learning_rate: float, curvature: float) -> float:
    """Return the factor of the distance in one step, in a direction of this curvature."""
    return 1 - learning_rate * curvature


def behavior(factor: float) -> str:
    """Return in a word or two how a distance changes that each step multiplies by `factor`."""
    if factor < -1 - 1e-9:
        return "diverges"
    if factor < -1 + 1e-9:
        return "oscillates forever"
    if factor < -1e-9:
        return "oscillates"
    return "crawls" if factor > 0.85 else "glides in"


def descend(learning_rate: float, flat: float) -> np.ndarray:
    """Return the points that plain gradient descent visits.

    Args:
        learning_rate: > 0.
        flat: curvature along the ravine, in the first coordinate, > 0.

    Returns:
        Points, shape (STEPS + 1, 2).
    """
    factors = np.array([kept(learning_rate, flat), kept(learning_rate, STEEP)])
    return START * factors ** np.arange(STEPS + 1)[:, None]


def draw_factors(learning_rate: float, flat: float) -> Figure:
    """Draw twenty steps of gradient descent, and the factor of the distance in each direction."""
    figure, (left, right) = panels(2, height=3.8)
    factors = {"steep": kept(learning_rate, STEEP), "flat": kept(learning_rate, flat)}
    draw_ellipses(left, (flat, STEEP), [6.0, 12.0, 18.0])
    points = descend(learning_rate, flat)
    points = points[np.abs(points[:, 1]) < 50]
    left.plot(*points.T, "o-", color=ORANGE, linewidth=1.1, markersize=3.5)
    left.plot(*START, "o", color=INK, markersize=7)
    left.set_xlim(-11, 8)
    left.set_ylim(-7, 9.5)
    left.set_yticks([-6, -3, 0, 3, 6])
    left.set_xlabel("flat direction")
    left.set_ylabel("steep direction")
    ways = {name: behavior(factor) for name, factor in factors.items()}
    left.axhspan(7, 9.5, color=PAPER, linewidth=0, zorder=3)  # The path must not cross the words.
    for row, (name, look) in enumerate(LOOKS.items()):
        text = {"color": look["color"], "fontweight": "bold", "zorder": 4}
        left.text(-10.5, 8.6 - 1.2 * row, f"{name}: {ways[name]}", **text)
    _draw_factors(right, learning_rate, flat)
    far = float(np.hypot(*descend(learning_rate, flat)[-1]) / np.hypot(*START))
    figure.set_label(
        f"The learning rate is {learning_rate:.1f}, and the curvatures are 1 and {flat:g}. Each "
        f"step multiplies the distance in the steep direction by {minus(factors['steep'], 2)}, so "
        f"the descent {ways['steep']} there. In the flat direction the factor is "
        f"{minus(factors['flat'], 2)}, so the descent {ways['flat']} there. After {STEPS} steps, "
        f"{plain(far)} of the distance is left."
    )
    return figure


def _draw_factors(axes: Axes, learning_rate: float, flat: float) -> None:
    """Draw both factors against the learning rate, and the band in which a direction converges."""
    line = np.array([0, MOST])
    axes.axhspan(-1, 1, color=MUTED, alpha=0.12, linewidth=0)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    # The key is above the line.
    axes.axvline(learning_rate, ymax=0.78, color=ORANGE, linewidth=1.2, gid="drag:learning_rate")
    rows = []
    for (name, look), curvature in zip(LOOKS.items(), (STEEP, flat), strict=True):
        factor = kept(learning_rate, curvature)
        axes.plot(line, 1 - line * curvature, **look)
        axes.plot([learning_rate], [factor], "o", color=look["color"], zorder=4)
        rows.append((f"{name} × {minus(factor, 2)}", look))
    draw_key(axes, rows)
    axes.text(0.08, -1.33, "diverges below −1", color=RED)
    axes.set_xlim(0, MOST)
    axes.set_ylim(-1.45, 1.7)
    axes.set_yticks([-1, 0, 1])
    axes.set_xlabel("learning rate")
    axes.set_ylabel("factor of the distance")
