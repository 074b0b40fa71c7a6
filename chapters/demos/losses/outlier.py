"""One walk fitted under squared, absolute and Huber loss, while its last reading moves away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, DOTTED, Look, draw_key, draw_names
from ..show.style import GREEN, INK, ORANGE, PURPLE, panels
from .walk import POSITION, TIME, draw_readings

STRAYS = np.linspace(0.0, 30.0, 61)  # positions of the last reading, in meters
_LOOKS: dict[str, Look] = {
    "squared": {"color": PURPLE},
    "Huber": {"color": INK, "linestyle": DASHED},
    "absolute": {"color": GREEN, "linestyle": DOTTED},
}


@dataclass(frozen=True)
class Speeds:
    """The speed, in meters per second, at which each loss is least."""

    squared: float
    absolute: float
    huber: float


def readings(stray: float) -> np.ndarray:
    """Return the positions of the walk with the last one at `stray`, in meters, shape (8,)."""
    return np.append(POSITION[:-1], stray)


def fit(position: np.ndarray, delta: float = 1.0) -> Speeds:
    """Return the best speed under three losses for the model `position = speed * TIME`.

    Args:
        position: readings in meters, shape (8,).
        delta: the error in meters beyond which the Huber loss is a straight line, > 0.

    Returns:
        The minimizers of squared, absolute and Huber loss.
    """
    return Speeds(
        squared=float(TIME @ position / (TIME @ TIME)),
        absolute=_weighted_median(position / TIME, TIME),
        huber=_huber_fit(position, delta),
    )


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the value that has half of the weight on either side."""
    order = np.argsort(values)
    totals = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(totals, totals[-1] / 2)])


def _huber_fit(position: np.ndarray, delta: float) -> float:
    """Return the speed with the least Huber loss, where the slope of the loss is zero."""
    # The loss is convex, so bisection finds the root of its slope.
    low, high = 0.0, float(np.max(position / TIME))
    for _ in range(60):
        middle = (low + high) / 2
        if TIME @ np.clip(middle * TIME - position, -delta, delta) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def draw_fits(stray: float, delta: float = 1.0) -> Figure:
    """Draw three lines for a last reading at `stray` meters, and the speeds for every stray."""
    figure, (left, right) = panels(2, height=3.5)
    speeds = fit(readings(stray), delta)
    every = _every_fit(delta)
    ends = []
    for name, look in _LOOKS.items():
        speed = getattr(speeds, name.lower())
        left.plot([0, 8.6], [0, 8.6 * speed], **look)
        right.plot(STRAYS, [getattr(each, name.lower()) for each in every], **look)
        right.plot([stray], [speed], "o", color=look["color"], markersize=7, clip_on=False)
        ends.append((f"{name} {speed:.2f}", 8.6 * speed, look))
    draw_readings(left, readings(stray))
    left.plot(TIME[-1:], [stray], "o", color=ORANGE, markersize=10, zorder=4, gid="drag:stray")
    left.set_xlim(0, 16)
    left.set_ylim(-1, 32)
    draw_names(left, 8.6, ends)
    # The key is above the line.
    right.axvline(stray, ymax=0.8, color=ORANGE, linewidth=1.2, gid="drag:stray")
    right.set_xlim(0, 30)
    right.set_ylim(0.8, 2.4)
    right.set_xlabel("last reading (meters)")
    right.set_ylabel("fitted speed (meters per second)")
    draw_key(right, list(_LOOKS.items()))
    figure.set_label(
        f"With the last reading at {stray:.0f} meters, the fitted speed is {speeds.squared:.2f} "
        f"meters per second under the squared loss, {speeds.absolute:.2f} under the absolute loss "
        f"and {speeds.huber:.2f} under the Huber loss with delta {delta:g}."
    )
    return figure


@cache
def _every_fit(delta: float) -> list[Speeds]:
    """Return the fits for each of `STRAYS`, which every frame of the demo draws."""
    return [fit(readings(stray), delta) for stray in STRAYS]
