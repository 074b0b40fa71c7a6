"""Squared error and cross-entropy of one probability: the penalty, its slope and its mean.

The label is always 1. For the label 0, replace p by 1 - p and z by -z.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import logistic, logistic_slope
from ..show.numerals import minus
from ..show.style import BLUE, INK, MUTED, ORANGE, PURPLE, panels

DASH = (0, (4, 2))  # the line of squared error; that of cross-entropy is solid


def squared_error(p: float | np.ndarray) -> np.ndarray:
    """Return (1 - p)², of the shape of `p`; it is at most 1."""
    return (1 - np.asarray(p, dtype=float)) ** 2


def cross_entropy(p: float | np.ndarray) -> np.ndarray:
    """Return -log p in nats, of the shape of `p`, for 0 < p <= 1; it has no bound."""
    return 0.0 - np.log(np.asarray(p, dtype=float))


def squared_error_slope(z: float | np.ndarray) -> np.ndarray:
    """Return the derivative of the squared error by the logit, of the shape of `z`."""
    return -2 * logistic(-np.asarray(z)) * logistic_slope(z)


def cross_entropy_slope(z: float | np.ndarray) -> np.ndarray:
    """Return the derivative of -log p by the logit, p - 1, of the shape of `z`."""
    return -logistic(-np.asarray(z))


def expected_squared_error(p: float | np.ndarray, share: float) -> np.ndarray:
    """Return the mean squared error if a `share` of the labels is 1, of the shape of `p`."""
    return share * squared_error(p) + (1 - share) * squared_error(1 - np.asarray(p))


def expected_cross_entropy(p: float | np.ndarray, share: float) -> np.ndarray:
    """Return the mean cross-entropy if a `share` of the labels is 1, of the shape of `p`."""
    return share * cross_entropy(p) + (1 - share) * cross_entropy(1 - np.asarray(p))


EXPECTED = (expected_squared_error, expected_cross_entropy)


def draw_against_logit(z: float) -> Figure:
    """Draw both penalties and both slopes against the logit, and mark the logit `z`."""
    figure, (left, right) = panels(2, height=3.6)
    line = np.linspace(-8, 8, 97)
    p = float(logistic(z))
    penalties = (float(squared_error(p)), float(np.logaddexp(0, -z)))
    slopes = (float(squared_error_slope(z)), float(cross_entropy_slope(z)))
    left.plot(line, squared_error(logistic(line)), color=PURPLE, linestyle=DASH)
    left.plot(line, np.logaddexp(0, -line), color=BLUE)
    right.plot(line, squared_error_slope(line), color=PURPLE, linestyle=DASH)
    right.plot(line, cross_entropy_slope(line), color=BLUE)
    for axes, heights in (left, penalties), (right, slopes):
        axes.plot([z, z], [0, max(heights, key=abs)], color=ORANGE, linewidth=1.2)
        for height, color in zip(heights, (PURPLE, BLUE), strict=True):
            axes.plot([z], [height], "o", color=color, markersize=8, zorder=4, clip_on=False)
        axes.set_xlim(-8, 8)
        axes.set_xticks(range(-8, 9, 4))
        axes.set_xlabel("logit z (it should be large)")
    left.set_ylim(-0.2, 8.6)
    left.set_ylabel("penalty")
    right.set_ylim(-1.05, 0.3)
    right.set_yticks([-1, -0.5, 0])
    right.set_ylabel("slope of the penalty by z")
    left.text(7.8, 7.8, f"p = {p:.4f}", color=ORANGE, ha="right", fontweight="bold")
    for row, (name, color) in enumerate((("squared", PURPLE), ("cross-entropy", BLUE))):
        text = f"{name} {penalties[row]:.3f}"
        left.text(7.8, 7.0 - 0.8 * row, text, color=color, ha="right", fontweight="bold")
        text = f"{name} {minus(slopes[row], 4)}"
        right.text(7.8, 0.2 - 0.12 * row, text, color=color, ha="right", fontweight="bold")
    figure.set_label(
        f"At a logit of {z:g} the output is {p:.4f}. Squared error charges {penalties[0]:.3f} with "
        f"a slope of {slopes[0]:.4f}; cross-entropy {penalties[1]:.3f} with {slopes[1]:.4f}."
    )
    return figure


def draw_honesty(p: float, share: float = 0.7) -> Figure:
    """Draw both penalties of a forecast of `p`, and their means if a `share` of the labels is 1."""
    figure, (left, right) = panels(2, height=3.6)
    line = np.concatenate([np.geomspace(0.012, 0.1, 30), np.linspace(0.12, 0.88, 39)])
    line = np.concatenate([line, 1 - np.geomspace(0.1, 0.012, 30)])
    once = (float(squared_error(p)), float(cross_entropy(p)))
    means = tuple(float(expected(p, share)) for expected in EXPECTED)
    best = tuple(float(expected(share, share)) for expected in EXPECTED)
    left.plot(line, squared_error(line), color=PURPLE, linestyle=DASH)
    left.plot(line, cross_entropy(line), color=BLUE)
    right.plot(line, expected_squared_error(line, share), color=PURPLE, linestyle=DASH)
    right.plot(line, expected_cross_entropy(line, share), color=BLUE)
    for axes, heights in (left, once), (right, means):
        axes.plot([p, p], [0, max(heights)], color=ORANGE, linewidth=1.2)
        for height, color in zip(heights, (PURPLE, BLUE), strict=True):
            axes.plot([p], [height], "o", color=color, markersize=8, zorder=4, clip_on=False)
        axes.set_xlim(0, 1)
        axes.set_xlabel("p, the probability given to 1")
    for height in best:
        right.plot([share], [height], "v", color=INK, markersize=6, zorder=3)
    left.set_ylim(-0.1, 4.4)
    left.set_yticks(range(5))
    left.set_ylabel("penalty when 1 happens")
    right.set_ylim(-0.1, 4.4)
    right.set_yticks(range(5))
    right.set_ylabel("mean penalty")
    for row, (name, color) in enumerate((("squared", PURPLE), ("cross-entropy", BLUE))):
        left.text(
            0.98,
            4.0 - 0.38 * row,
            f"{name} {once[row]:.3f}",
            color=color,
            ha="right",
            fontweight="bold",
        )
        right.text(
            0.5,
            4.0 - 0.38 * row,
            f"{name} {means[row]:.3f}",
            color=color,
            ha="center",
            fontweight="bold",
        )
    right.text(0.5, 3.1, f"▾ least at {share:.1f}", color=MUTED, ha="center")
    figure.set_label(
        f"A forecast of {p:g} costs {once[0]:.3f} by squared error and {once[1]:.3f} by "
        f"cross-entropy when 1 happens. Where 1 happens in a share of {share:g} the means are "
        f"{means[0]:.3f} and {means[1]:.3f}; both are least at {share:g}."
    )
    return figure
