"""A layer of twelve units, some of which are dropped, and the sum that the next unit receives."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import Look
from ..show.style import BLUE, INK, MUTED, ORANGE, panels

UNITS = np.array([1.6, 0.4, 2.2, 0.9, 1.3, 0.2, 1.8, 0.7, 1.1, 2.0, 0.5, 1.3])  # shape (12,)
PASSES = 10
RATES = (0.2, 0.5, 0.8)
_RANDOM = np.random.default_rng(5).random((PASSES, len(UNITS)))


def masks(rate: float, training: bool) -> np.ndarray:
    """Return the factor of each unit in each pass, shape (PASSES, 12).

    Args:
        rate: the probability that a unit is dropped, from 0 to below 1.
        training: whether any unit is dropped.
    """
    return (rate <= _RANDOM) / (1 - rate) if training else np.ones(_RANDOM.shape)


def draw_mask(rate: float, training: bool, number: int) -> Figure:
    """Draw the units of one pass, and the sums that the next unit has received so far.

    Args:
        rate: one of `RATES`.
        training: whether any unit is dropped.
        number: of the pass, from 1 to `PASSES`.
    """
    figure, (left, right) = panels(2, height=3.8)
    mask = masks(rate, training)
    units, total = mask[number - 1] * UNITS, float(UNITS.sum())
    places = np.arange(1, len(UNITS) + 1)
    kept = units > 0
    left.bar(places, UNITS, width=0.75, facecolor="none", edgecolor=MUTED, linewidth=0.9)
    left.bar(places[kept], units[kept], width=0.75, color=BLUE, alpha=0.55)
    left.plot(places[~kept], np.full(np.sum(~kept), 0.35), "x", color=ORANGE, markersize=8)
    left.set_xlim(0.2, 12.8)
    left.set_ylim(0, 11.5 if rate == 0.8 and training else 4.8)
    left.set_xticks([1, 4, 7, 10])
    left.set_xlabel("unit")
    left.set_ylabel("output")
    state = "training" if training else "inference"
    left.set_title(f"{state}, pass {number}: {np.sum(~kept)} dropped")

    sums = (mask * UNITS).sum(axis=1)[:number]
    means = np.cumsum(sums) / np.arange(1, number + 1)
    ends = [0.5, PASSES + 0.5]
    right.plot(ends, [total, total], color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
    right.text(PASSES + 0.7, total, "all units", color=INK, va="center", fontsize=9.5)
    right.plot(np.arange(1, number + 1), sums, "o", color=BLUE, markersize=6, clip_on=False)
    right.plot(np.arange(1, number + 1), means, color=ORANGE)
    last: Look = {"color": BLUE, "markersize": 9, "clip_on": False, "zorder": 4}
    right.plot([number], sums[-1:], "o", gid="drag:number", **last)
    right.set_title(f"mean so far {means[-1]:.1f}", color=ORANGE)
    right.set_xlim(0.5, PASSES + 4)
    right.set_ylim(0, 36)
    right.set_xticks([1, 4, 7, 10])
    right.set_xlabel("pass")
    right.set_ylabel("sum at the next unit")
    figure.set_label(
        f"In {state} with a rate of {rate:g}, pass {number} drops {np.sum(~kept)} of 12 units. "
        f"The sum at the next unit is {sums[-1]:.1f}; its mean so far is {means[-1]:.1f}, and all "
        f"units together give {total:.1f}."
    )
    return figure
