"""The loss of a probability, -log p, and its slope, -1/p."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..show.numerals import minus
from ..show.style import BLUE, MUTED, ORANGE, panels


def surprise(p: float | np.ndarray) -> float | np.ndarray:
    """Return -log p in nats, of the shape of `p`, for probabilities 0 < p <= 1."""
    return 0.0 - np.log(p)  # -log 1 would print as -0


def surprise_slope(p: float | np.ndarray) -> float | np.ndarray:
    """Return the derivative of -log p, in nats per unit of probability."""
    return -1.0 / np.asarray(p)


def draw_surprise(p: float) -> Figure:
    """Draw -log p, the point at `p` and its tangent."""
    figure, axes = panels(1, height=3.4)
    line = np.geomspace(0.008, 1.0, 120)
    loss, slope = float(surprise(p)), float(surprise_slope(p))
    axes.plot(line, surprise(line), color=BLUE)
    reach = 0.32 / np.hypot(1, slope / 5)  # every tangent has the same length on the page
    ends = np.array([p - reach, min(p + reach, 1.0)])
    axes.plot(ends, loss + slope * (ends - p), color=ORANGE, linewidth=1.6)
    axes.plot([p], [loss], "o", color=ORANGE, markersize=9, zorder=4, gid="drag:p")
    half = float(surprise(p / 2))
    axes.plot([p, p / 2, p / 2], [loss, loss, half], color=MUTED, linewidth=1.2)
    axes.text(p / 2 + 0.02, half + 0.08, f"half of p: +{half - loss:.2f}", color=MUTED)
    axes.set_xlim(0, 1.05)
    axes.set_ylim(-0.3, 5)
    axes.set_xlabel("p, the probability given to what happened")
    axes.set_ylabel("loss, −log p (nats)")
    axes.text(0.56, 4.4, f"loss {loss:.2f} nats", color=ORANGE, fontsize=15, fontweight="bold")
    axes.text(0.56, 3.8, f"slope −1/p = {minus(slope, 2)}", color=ORANGE)
    axes.text(1.0, 0.25, "−log p", color=BLUE, ha="right")
    figure.set_label(
        f"At a probability of {p:.2f} the loss is {loss:.2f} nats and its slope is "
        f"{minus(slope, 2)}. At half of that probability the loss is {half:.2f} nats."
    )
    return figure
