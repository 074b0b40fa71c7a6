"""Softmax of scores that are shifted by a constant and divided by a temperature."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import probabilities
from ..show.numerals import minus
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, panels

ANIMALS = ("dog", "cat", "fox", "owl")
SCORES = np.array([3.0, 2.0, 1.0, -1.0])
STYLES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"))
# Where the names of the curves are: in gaps that no curve crosses.
PLACES = ((1.2, 0.66, "left"), (0.42, 0.12, "right"), (1.1, 0.165, "left"), (4.5, 0.05, "left"))
TEMPERATURES = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


def probabilities_at(temperature: float, shift: float = 0.0) -> np.ndarray:
    """Return the probabilities of the four animals, shape (4,).

    Args:
        temperature: divides the scores, > 0.
        shift: added to every score before the division.
    """
    return probabilities((SCORES + shift) / temperature)


def draw_temperature(temperature: float, shift: float) -> Figure:
    """Draw the probabilities at one temperature, and those at every other."""
    figure, (left, right) = panels(2, height=3.6)
    p = probabilities_at(temperature, shift)
    left.bar(range(4), p, color=[color for color, _ in STYLES], width=0.6, alpha=0.85)
    for place, share in enumerate(p):
        left.text(place, share + 0.03, f"{share:.3f}", ha="center", fontweight="bold")
    scores = [minus(score, 0) for score in SCORES + shift]
    left.set_xticks(range(4), [f"{a}\n{s}" for a, s in zip(ANIMALS, scores, strict=True)])
    left.grid(visible=False, axis="x")
    left.set_ylim(0, 1.18)
    left.set_xlabel("class and its score")
    left.set_ylabel("probability")
    line = np.geomspace(0.1, 30, 61)
    curves = np.array([probabilities_at(t, shift) for t in line])
    for curve, share, (color, dash) in zip(curves.T, p, STYLES, strict=True):
        right.plot(line, curve, color=color, linestyle=dash)
        right.plot([temperature], [share], "o", color=color, markersize=7, clip_on=False)
    for name, (color, _), (x, y, side) in zip(ANIMALS, STYLES, PLACES, strict=True):
        right.text(x, y, name, color=color, ha=side, fontweight="bold")
    right.axvline(temperature, color=MUTED, linewidth=1.6, gid="drag:temperature")
    right.axhline(0.25, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    right.set_xscale("log")
    right.set_xlim(0.1, 30)
    right.set_xticks([0.1, 0.3, 1, 3, 10, 30], ["0.1", "0.3", "1", "3", "10", "30"])
    right.minorticks_off()
    right.set_ylim(0, 1.18)
    right.set_xlabel("temperature")
    right.set_ylabel("probability")
    right.set_title(f"temperature {temperature:g}", color=MUTED)
    shares = ", ".join(f"{a} {share:.3f}" for a, share in zip(ANIMALS, p, strict=True))
    figure.set_label(
        f"At temperature {temperature:g}, with {minus(shift, 0)} added to all scores, the "
        f"probabilities are: {shares}."
    )
    return figure
