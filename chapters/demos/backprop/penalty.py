"""Squared error and cross-entropy of one probability: the penalty, its slope and its mean.

The label is always 1. For the label 0, replace p by 1 - p and z by -z.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.functions import logistic, logistic_slope
from ..nets.names import DASHED, Look, draw_key
from ..show.numerals import minus
from ..show.style import BLUE, INK, ORANGE, PURPLE, panels

LOOKS: dict[str, Look] = {
    "squared error": {"color": PURPLE, "linestyle": DASHED},
    "cross-entropy": {"color": BLUE},
}


def squared_error(p: float | np.ndarray) -> np.ndarray:
    """Return (1 - p)², of the shape of `p`; it is at most 1."""
    return (1 - np.asarray(p, dtype=float)) ** 2


def cross_entropy(p: float | np.ndarray) -> np.ndarray:
    """Return -log p in nats, of the shape of `p`, for 0 < p <= 1; it has no bound."""
    return 0.0 - np.log(np.asarray(p, dtype=float))


def squared_error_slope(z: float | np.ndarray) -> np.ndarray:
    """Return the derivative of the squared error with respect to the logit, of the shape of `z`."""
    return -2 * logistic(-np.asarray(z)) * logistic_slope(z)


def cross_entropy_slope(z: float | np.ndarray) -> np.ndarray:
    """Return the derivative of -log p with respect to the logit, p - 1, of the shape of `z`."""
    return -logistic(-np.asarray(z))


def expected_squared_error(p: float | np.ndarray, share: float) -> np.ndarray:
    """Return the mean squared error if a `share` of the labels is 1, of the shape of `p`."""
    return share * squared_error(p) + (1 - share) * squared_error(1 - np.asarray(p))


def expected_cross_entropy(p: float | np.ndarray, share: float) -> np.ndarray:
    """Return the mean cross-entropy if a `share` of the labels is 1, of the shape of `p`."""
    return share * cross_entropy(p) + (1 - share) * cross_entropy(1 - np.asarray(p))


Pair = tuple[np.ndarray, ...]  # an array for squared error and one for cross-entropy
EXPECTED = (expected_squared_error, expected_cross_entropy)


def draw_against_logit(z: float) -> Figure:
    """Draw both penalties and both slopes against the logit, and mark the logit `z`."""
    figure, (left, right) = panels(2, height=3.6)
    line = np.linspace(-8, 8, 97)
    p = float(logistic(z))
    penalties = (float(squared_error(p)), float(np.logaddexp(0, -z)))
    slopes = (float(squared_error_slope(z)), float(cross_entropy_slope(z)))
    _draw_pair(left, line, (squared_error(logistic(line)), np.logaddexp(0, -line)), z, penalties)
    _draw_pair(right, line, (squared_error_slope(line), cross_entropy_slope(line)), z, slopes)
    for axes in (left, right):
        _draw_handle(axes, z, "z")
        axes.set_xlim(-8, 8)
        axes.set_xticks(range(-8, 9, 4))
        axes.set_xlabel("logit z (it should be large)")
    left.set_ylim(-0.2, 8.6)
    left.set_ylabel("penalty")
    right.set_ylim(-1.05, 0.4)
    right.set_yticks([-1, -0.5, 0])
    right.set_ylabel("slope of the penalty in z")
    output = (f"p = {p:.4f}", {"color": ORANGE, "linestyle": "none"})
    _draw_numbers(left, [f"{penalty:.3f}" for penalty in penalties], output)
    _draw_numbers(right, [minus(slope, 4) for slope in slopes])
    figure.set_label(
        f"At a logit of {minus(z, 1)} the output is {p:.4f}. Squared error charges "
        f"{penalties[0]:.3f} with a slope of {minus(slopes[0], 4)}; cross-entropy "
        f"{penalties[1]:.3f} with {minus(slopes[1], 4)}."
    )
    return figure


def draw_honesty(p: float, share: float = 0.7) -> Figure:
    """Draw both penalties of a forecast of `p`, and their means if a `share` of the labels is 1."""
    figure, (left, right) = panels(2, height=3.6)
    line = np.concatenate([np.geomspace(0.012, 0.1, 30), np.linspace(0.12, 0.88, 39)])
    line = np.concatenate([line, 1 - np.geomspace(0.1, 0.012, 30)])
    once = (float(squared_error(p)), float(cross_entropy(p)))
    means = tuple(float(expected(p, share)) for expected in EXPECTED)
    _draw_pair(left, line, (squared_error(line), cross_entropy(line)), p, once)
    _draw_pair(right, line, tuple(expected(line, share) for expected in EXPECTED), p, means)
    for expected in EXPECTED:
        right.plot([share], [float(expected(share, share))], "v", color=INK, markersize=6, zorder=3)
    for axes in (left, right):
        _draw_handle(axes, p, "p")
        axes.set_xlim(0, 1)
        axes.set_xlabel("p, the probability given to 1")
        axes.set_ylim(-0.1, 4.4)
        axes.set_yticks(range(5))
    left.set_ylabel("penalty when 1 happens")
    right.set_ylabel("mean penalty")
    least = {"color": INK, "marker": "v", "markersize": 6, "linestyle": "none"}
    _draw_numbers(left, [f"{penalty:.3f}" for penalty in once])
    _draw_numbers(right, [f"{mean:.3f}" for mean in means], (f"least at {share:.1f}", least))
    figure.set_label(
        f"A forecast of {p:g} costs {once[0]:.3f} by squared error and {once[1]:.3f} by "
        f"cross-entropy when 1 happens. Where 1 happens in a share of {share:g} the means are "
        f"{means[0]:.3f} and {means[1]:.3f}; both are least at {share:g}."
    )
    return figure


def _draw_pair(
    axes: Axes, x: np.ndarray, curves: Pair, here: float, heights: tuple[float, ...]
) -> None:
    """Draw the curves of both losses, and their points at the place `here`."""
    for curve, height, look in zip(curves, heights, LOOKS.values(), strict=True):
        axes.plot(x, curve, **look)
        point = {"color": look["color"], "markersize": 8, "zorder": 4, "clip_on": False}
        axes.plot([here], [height], "o", **point)


def _draw_handle(axes: Axes, here: float, control: str) -> None:
    """Draw the line by which the reader moves a control; the key is above it."""
    axes.axvline(here, ymax=0.74, color=ORANGE, linewidth=1.2, gid=f"drag:{control}")


def _draw_numbers(axes: Axes, numbers: list[str], *more: tuple[str, Look]) -> None:
    """Draw a key with a number for each loss, and more rows below."""
    rows = [(f"{name} {n}", look) for (name, look), n in zip(LOOKS.items(), numbers, strict=True)]
    draw_key(axes, [*rows, *more], "upper right")
