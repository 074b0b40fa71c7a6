"""Lines of equal loss of a quadratic bowl, on which several chapters draw a descent."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse

from ..show.style import INK, MUTED


def draw_ellipses(axes: Axes, curvatures: tuple[float, float], widths: list[float]) -> None:
    """Draw lines of equal loss of a bowl with its minimum at the origin, and the minimum.

    Args:
        axes: to draw on.
        curvatures: second derivatives of the loss in the two directions, both > 0.
        widths: of the ellipses in the first direction.
    """
    ratio = np.sqrt(curvatures[0] / curvatures[1])
    for width in widths:
        axes.add_patch(
            Ellipse((0, 0), width, width * ratio, fill=False, edgecolor=MUTED, alpha=0.55)
        )
    axes.plot([0], [0], "+", color=INK, markersize=9, markeredgewidth=1.6)
