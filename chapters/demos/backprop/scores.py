"""Three scores through a softmax, and the slopes of cross-entropy and squared error in each."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..nets.functions import probabilities
from ..show.numerals import minus
from ..show.style import BLUE, INK, MUTED, ORANGE, PAPER, PURPLE, panels

CLASSES = ("cat", "dog", "fox")  # as in chapter 1
RIGHT = 1  # the picture shows a dog
TRUTH = np.eye(len(CLASSES))[RIGHT]  # one-hot label, shape (3,)
_PLACE = np.arange(len(CLASSES))
_LOOKS: dict[str, dict[str, Any]] = {
    "cross-entropy": {"facecolor": BLUE, "edgecolor": BLUE, "linewidth": 1.5},
    "squared error": {"facecolor": PAPER, "edgecolor": PURPLE, "linewidth": 1.5},
}


def cross_entropy_slopes(z: np.ndarray) -> np.ndarray:
    """Return the derivative of cross-entropy with respect to each score, p - y, shape (3,)."""
    return probabilities(z) - TRUTH


def squared_error_slopes(z: np.ndarray) -> np.ndarray:
    """Return the derivative of the summed squared error with respect to each score, shape (3,)."""
    p = probabilities(z)
    weighted = p * (p - TRUTH)
    return 2 * (weighted - p * weighted.sum())


def draw_pulls(cat: float, dog: float, fox: float) -> Figure:
    """Draw three scores with their probabilities, and both losses' slopes in each of them."""
    figure, (left, right) = panels(2, height=3.6)
    z = np.array([cat, dog, fox], dtype=float)
    p, sharp, soft = probabilities(z), cross_entropy_slopes(z), squared_error_slopes(z)
    _draw_scores(left, z, p)
    right.bar(_PLACE - 0.21, sharp, width=0.36, **_LOOKS["cross-entropy"])
    right.bar(_PLACE + 0.21, soft, width=0.36, **_LOOKS["squared error"])
    right.set_ylim(-1.15, 2.35)
    right.set_yticks([-1, 0, 1])
    right.set_ylabel("slope in a score (below 0: it rises)")
    rows = ((sharp, "cross-entropy", 2.1), (soft, "squared error", 1.55))
    for slopes, name, height in rows:
        color = _LOOKS[name]["edgecolor"]
        box = Rectangle((-0.33, height - 0.02), 0.15, 0.16, **_LOOKS[name])
        right.add_patch(box)
        right.text(-0.12, height, name, color=color)
        for i, slope in enumerate(slopes):
            text = minus(slope, 4)
            right.text(i, height - 0.25, text, color=color, ha="center", fontweight="bold")
    for axes in left, right:
        axes.axhline(0, color=MUTED, linewidth=0.8)
        axes.set_xlim(-0.5, 2.5)
        axes.set_xticks(_PLACE, CLASSES)
        axes.get_xticklabels()[RIGHT].set_color(INK)
        axes.get_xticklabels()[RIGHT].set_fontweight("bold")
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("class (the dog is right)")
    figure.set_label(
        f"Scores of {_listed(z, 0)} for cat, dog and fox give probabilities of {_listed(p, 3)}. "
        f"The slopes are {_listed(sharp, 4)} under cross-entropy and {_listed(soft, 4)} under "
        "squared error."
    )
    return figure


def _draw_scores(axes: Axes, z: np.ndarray, p: np.ndarray) -> None:
    """Draw three scores as bars with an end to hold them by, and their probabilities above."""
    axes.bar(_PLACE, z, color=[MUTED, BLUE, MUTED], width=0.5, alpha=0.45)
    for i, (name, score, probability) in enumerate(zip(CLASSES, z, p, strict=True)):
        (point,) = axes.plot([i], [score], "o", color=ORANGE, markersize=10, zorder=4)
        point.set_gid(f"drag:{name}")
        axes.text(i, 8.2, f"p {probability:.3f}", color=INK, ha="center", fontweight="bold")
    axes.set_ylim(-7, 9.5)
    axes.set_yticks([-6, -3, 0, 3, 6], ["−6", "−3", "0", "3", "6"])
    axes.set_ylabel("score, and p after softmax")


def _listed(numbers: np.ndarray, places: int) -> str:
    *first, last = [minus(number, places) for number in numbers]
    return f"{', '.join(first)} and {last}"
