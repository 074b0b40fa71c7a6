"""A walk past a lamp post: eight position readings, and one speed to fit to them.

The model is `position = speed * time`. It has a single parameter, so its loss is a curve that we
can draw. The opening figure, the outlier and gradient descent all use this walk.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..show.style import BLUE, INK, ORANGE, PURPLE, panels

TIME = np.arange(1.0, 9.0)  # seconds, shape (8,)
POSITION = np.array([1.9, 2.3, 4.6, 5.2, 7.6, 8.1, 9.9, 11.0])  # meters, shape (8,)


def errors(speed: float) -> np.ndarray:
    """Return how far the line of `speed` (meters per second) is above each reading.

    Returns:
        Errors in meters, shape (8,).
    """
    return speed * TIME - POSITION


def mean_square(speed: float | np.ndarray) -> float | np.ndarray:
    """Return the mean squared error, which is the mean area of the squares in the figure.

    Args:
        speed: one speed, or an array of speeds of any shape, in meters per second.

    Returns:
        Square meters: a number, or an array of the shape of `speed`.
    """
    return np.mean((np.multiply.outer(speed, TIME) - POSITION) ** 2, axis=-1)


def draw_readings(axes: Axes, position: np.ndarray = POSITION) -> None:
    """Draw the readings, shape (8,) in meters, and label both axes."""
    axes.plot(TIME, position, "o", color=INK, markersize=5, zorder=3)
    axes.set_xticks(range(0, 13, 2))
    axes.set_xlabel("time (seconds)")
    axes.set_ylabel("position (meters)")


def draw_squares(speed: float) -> Figure:
    """Draw the line of one speed, in meters per second, and a square on each error."""
    figure, axes = panels(1, height=3.7)
    meter = 0.5  # the length of a meter on the page, in seconds of the other axis
    axes.set_aspect(meter)
    for t, y, error in zip(TIME, POSITION, errors(speed), strict=True):
        left = t if error < 0 else t - error * meter
        corner = (left, min(y, y + error))
        axes.add_patch(Rectangle(corner, abs(error) * meter, abs(error), color=PURPLE, alpha=0.18))
        axes.plot([t, t], [y, y + error], color=PURPLE, linewidth=1.2)
    axes.plot([0, 9], [0, 9 * speed], color=BLUE)
    draw_readings(axes)
    axes.set_xlim(0, 12)
    axes.set_ylim(0, 18)
    end = min(9, 17.3 / speed)
    axes.plot([end], [end * speed], "o", color=ORANGE, markersize=9, zorder=4, gid="drag:speed")
    axes.text(end + 0.6, end * speed, f"{speed:.2f} m/s", color=BLUE, va="center")
    area = float(mean_square(speed))
    axes.set_title(f"mean area of the squares: {area:.2f} m²", color=PURPLE, fontsize=14)
    figure.set_label(
        f"Eight readings of position against time and a line of {speed:.2f} meters per second. "
        f"The squares on its misses have a mean area of {area:.2f} square meters."
    )
    return figure
