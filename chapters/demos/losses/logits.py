"""Three scores become three probabilities and one loss, whose slope in a score is p - y."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import probabilities
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, ORANGE, panels

CLASSES = ("cat", "dog", "fox")
RIGHT = 1  # the picture shows a dog
OTHERS = (1.0, 0.0)  # the scores of cat and fox


def scores(dog: float) -> np.ndarray:
    """Return the logits of cat, dog and fox, shape (3,), for a logit of the dog."""
    return np.array([OTHERS[0], dog, OTHERS[1]])


def loss(dog: float) -> float:
    """Return the cross-entropy in nats for a logit of the dog."""
    return float(np.logaddexp.reduce(scores(dog)) - dog)


def draw_softmax(dog: float) -> Figure:
    """Draw the probabilities for a score of the dog, and the loss with its tangent."""
    figure, (left, right) = panels(2, height=3.4)
    p = probabilities(scores(dog))
    left.bar(range(3), p, color=[MUTED, BLUE, MUTED], width=0.6, alpha=0.85)
    for place, share in enumerate(p):
        left.text(place, share + 0.03, f"{share:.3f}", ha="center", fontweight="bold")
    named = [f"{name}\n{minus(score, 1)}" for name, score in zip(CLASSES, scores(dog), strict=True)]
    left.set_xticks(range(3), named)
    left.get_xticklabels()[RIGHT].set_color(ORANGE)
    left.grid(visible=False, axis="x")
    left.set_ylim(0, 1.15)
    left.set_ylabel("probability")
    left.set_xlabel("class and its score")

    line = np.linspace(-8, 8, 97)
    height, slope = loss(dog), float(p[RIGHT] - 1)
    right.plot(line, [loss(z) for z in line], color=BLUE)
    ends = np.array([dog - 2.5, dog + 2.5])
    point: dict[str, Any] = {"color": ORANGE, "markersize": 9, "zorder": 4, "clip_on": False}
    right.plot(ends, height + slope * (ends - dog), color=ORANGE, linewidth=1.6)
    right.plot([dog], [height], "o", **point, gid="drag:dog")
    right.set_xlim(-8, 8)
    right.set_xticks(range(-8, 9, 4))
    right.set_ylim(-0.5, 10)
    right.set_xlabel("score of the right class, dog")
    right.set_ylabel("loss (nats)")
    right.text(-2, 8.6, f"loss {height:.2f}", color=BLUE, fontsize=15, fontweight="bold")
    right.text(-2, 7.5, f"slope p − 1 = {minus(slope, 3)}", color=ORANGE)
    figure.set_label(
        f"With a score of {minus(dog, 1)} for the dog the probabilities of cat, dog and fox are "
        f"{p[0]:.3f}, {p[1]:.3f} and {p[2]:.3f}; the loss is {height:.2f} nats "
        f"and its slope {minus(slope, 3)}."
    )
    return figure
