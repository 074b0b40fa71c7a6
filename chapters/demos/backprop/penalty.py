"""Squared error and cross-entropy of one probability: the penalty, its slope, its honest average.

What happened is always 1; for a 0 read 1 - p for p and -z for z.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..show.numerals import minus
from ..show.style import BLUE, INK, MUTED, ORANGE, PURPLE, panels
from .neuron import output, steepness

DASH = (0, (4, 2))  # squared error, beside the full line of cross-entropy


def square(p: float | np.ndarray) -> np.ndarray:
    """Return the squared error (1 - p)², of the shape of `p`; it is at most 1."""
    return (1 - np.asarray(p, dtype=float)) ** 2


def surprise(p: float | np.ndarray) -> np.ndarray:
    """Return -log p in nats, of the shape of `p`, for 0 < p <= 1; it has no bound."""
    return 0.0 - np.log(np.asarray(p, dtype=float))


def square_pull(z: float | np.ndarray) -> np.ndarray:
    """Return the derivative of the squared error by the logit, of the shape of `z`."""
    return -2 * output(-np.asarray(z)) * steepness(z)


def surprise_pull(z: float | np.ndarray) -> np.ndarray:
    """Return the derivative of -log p by the logit, p - 1, of the shape of `z`."""
    return -output(-np.asarray(z))


def mean_square(p: float | np.ndarray, share: float) -> np.ndarray:
    """Return the mean squared error where a `share` of the answers is 1, of the shape of `p`."""
    return share * square(p) + (1 - share) * square(1 - np.asarray(p))


def mean_surprise(p: float | np.ndarray, share: float) -> np.ndarray:
    """Return the mean cross-entropy where a `share` of the answers is 1, of the shape of `p`."""
    return share * surprise(p) + (1 - share) * surprise(1 - np.asarray(p))


def draw_against_logit(z: float) -> Figure:
    """Draw both penalties and both slopes against the logit, and where `z` stands."""
    figure, (left, right) = panels(2, height=3.6)
    line = np.linspace(-8, 8, 97)
    p = float(output(z))
    penalties = (float(square(p)), float(np.logaddexp(0, -z)))
    pulls = (float(square_pull(z)), float(surprise_pull(z)))
    left.plot(line, square(output(line)), color=PURPLE, linestyle=DASH)
    left.plot(line, np.logaddexp(0, -line), color=BLUE)
    right.plot(line, square_pull(line), color=PURPLE, linestyle=DASH)
    right.plot(line, surprise_pull(line), color=BLUE)
    for axes, heights in (left, penalties), (right, pulls):
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
        text = f"{name} {minus(pulls[row], 4)}"
        right.text(7.8, 0.2 - 0.12 * row, text, color=color, ha="right", fontweight="bold")
    figure.set_label(
        f"At a logit of {z:g} the output is {p:.4f}. Squared error charges {penalties[0]:.3f} with "
        f"a slope of {pulls[0]:.4f}; cross-entropy {penalties[1]:.3f} with {pulls[1]:.4f}."
    )
    return figure


def draw_honesty(p: float, share: float = 0.7) -> Figure:
    """Draw what a forecast of `p` costs, and its mean where a `share` of the answers is 1."""
    figure, (left, right) = panels(2, height=3.6)
    line = np.concatenate([np.geomspace(0.012, 0.1, 30), np.linspace(0.12, 0.88, 39)])
    line = np.concatenate([line, 1 - np.geomspace(0.1, 0.012, 30)])
    once = (float(square(p)), float(surprise(p)))
    means = (float(mean_square(p, share)), float(mean_surprise(p, share)))
    best = (float(mean_square(share, share)), float(mean_surprise(share, share)))
    left.plot(line, square(line), color=PURPLE, linestyle=DASH)
    left.plot(line, surprise(line), color=BLUE)
    right.plot(line, mean_square(line, share), color=PURPLE, linestyle=DASH)
    right.plot(line, mean_surprise(line, share), color=BLUE)
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
