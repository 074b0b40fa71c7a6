"""Three scores through a softmax, and the slopes of cross-entropy and squared error by each."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import probabilities
from ..show.numerals import minus
from ..show.style import BLUE, INK, MUTED, PURPLE, panels

CLASSES = ("cat", "dog", "fox")  # as in chapter 1
RIGHT = 1  # the picture shows a dog
TRUTH = np.eye(len(CLASSES))[RIGHT]  # one-hot label, shape (3,)


def cross_entropy_slopes(z: np.ndarray) -> np.ndarray:
    """Return the derivative of cross-entropy by each score, p - y, shape (3,)."""
    return probabilities(z) - TRUTH


def squared_error_slopes(z: np.ndarray) -> np.ndarray:
    """Return the derivative of the summed squared error by each score, shape (3,)."""
    p = probabilities(z)
    weighted = p * (p - TRUTH)
    return 2 * (weighted - p * weighted.sum())


def draw_pulls(cat: float, dog: float, fox: float) -> Figure:
    """Draw the probabilities of three scores, and both losses' slopes by each of them."""
    figure, (left, right) = panels(2, height=3.6)
    z = np.array([cat, dog, fox], dtype=float)
    p, sharp, soft = probabilities(z), cross_entropy_slopes(z), squared_error_slopes(z)
    place = np.arange(3)
    left.bar(place, p, color=[MUTED, BLUE, MUTED], width=0.6, alpha=0.85)
    for i in place:
        left.text(i, p[i] + 0.03, f"{p[i]:.3f}", ha="center", fontweight="bold")
    left.set_ylim(0, 1.15)
    left.set_yticks([0, 0.5, 1])
    left.set_ylabel("probability after softmax")

    right.axhline(0, color=MUTED, linewidth=0.8)
    right.bar(place - 0.21, sharp, color=BLUE, width=0.36, alpha=0.85)
    right.bar(place + 0.21, soft, color=PURPLE, width=0.36, alpha=0.85)
    right.set_ylim(-1.15, 2.05)
    right.set_yticks([-1, 0, 1])
    right.set_ylabel("slope by a score (below 0: it rises)")
    rows = (("cross-entropy", sharp, BLUE, 1.85), ("squared error", soft, PURPLE, 1.4))
    for name, slopes, color, height in rows:
        right.text(1, height, name, color=color, ha="center")
        for i in place:
            text = minus(slopes[i], 4)
            right.text(i, height - 0.2, text, color=color, ha="center", fontweight="bold")
    names = [f"{name}\n{minus(score, 0)}" for name, score in zip(CLASSES, z, strict=True)]
    for axes in left, right:
        axes.set_xticks(place, names)
        axes.get_xticklabels()[RIGHT].set_color(INK)
        axes.get_xticklabels()[RIGHT].set_fontweight("bold")
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("class and its score (a dog is right)")
    figure.set_label(
        f"Scores of {cat:g}, {dog:g} and {fox:g} for cat, dog and fox give probabilities "
        f"{p[0]:.3f}, {p[1]:.3f} and {p[2]:.3f}. The slopes are {_listed(sharp)} under "
        f"cross-entropy and {_listed(soft)} under squared error."
    )
    return figure


def _listed(slopes: np.ndarray) -> str:
    return ", ".join(minus(slope, 4) for slope in slopes)
