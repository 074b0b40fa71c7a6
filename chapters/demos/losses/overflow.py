"""Cross-entropy in float32: computed from a probability it breaks, computed from logits it works.

There is one example and two classes, and the logit of the right class is `gap` below the other.
In exact arithmetic, the loss is log(1 + exp(gap)) and its slope lies between 1/2 and 1.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..show.style import BLUE, ORANGE, PURPLE, RED, panels

EPSILON = np.float32(1e-7)  # `keras.backend.epsilon()`: Keras clips smaller probabilities
LAST = 103  # the largest whole gap at which exp(-gap) is not zero in float32


def probability(gap: float | np.ndarray) -> np.ndarray:
    """Return the probability of the right class in float32, of the shape of `gap`."""
    exponential = np.exp(-np.asarray(gap, dtype=np.float32))
    return exponential / (1 + exponential)


def from_probability(gap: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return -log(probability) and its slope by the chain rule, each of the shape of `gap`.

    If 1 / probability overflows, the slope is infinite. If the probability underflows to zero, the
    loss is infinite and the slope is nan, as in any program that multiplies these factors.
    """
    p = probability(gap)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return -np.log(p), (1 / p) * (p * (1 - p))


def from_clipped(gap: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the same for a probability clipped at `EPSILON`, below which the slope is 0."""
    p = probability(gap)
    return -np.log(np.maximum(p, EPSILON)), np.where(p < EPSILON, np.float32(0), 1 - p)


def from_logits(gap: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the same from the logits, as log(1 + exp(gap)), without a probability."""
    gap = np.asarray(gap, dtype=np.float32)
    return np.logaddexp(np.float32(0), gap), 1 - probability(gap)


def draw_three_ways(gap: float) -> Figure:
    """Draw the loss of one example, computed in three ways, for a gap in logits."""
    figure, axes = panels(1, height=3.8)
    line = np.linspace(0, 130, 131)
    axes.plot(line, from_logits(line)[0], color=BLUE)
    axes.plot(line, from_clipped(line)[0], color=PURPLE)
    finite = line[line <= LAST]
    axes.plot(finite, from_probability(finite)[0], color=RED, linestyle=(0, (3, 2)))
    axes.plot([LAST, LAST], [LAST, 160], color=RED, linestyle=(0, (3, 2)))
    axes.plot([gap, gap], [0, from_logits(gap)[0]], color=ORANGE, linewidth=1.2)
    ways = (
        ("logits", from_logits(gap), BLUE),
        ("softmax, log", from_probability(gap), RED),
        ("softmax, clip, log", from_clipped(gap), PURPLE),
    )
    phrases = []
    for row, (name, (loss, slope), color) in enumerate(ways):
        shown = "∞" if np.isinf(loss) else f"{loss:.1f}"
        steepness = "∞" if np.isinf(slope) else f"{slope:.2f}"
        label = f"{name}: {shown}, slope {steepness}"
        axes.text(4, 145 - 15 * row, label, color=color, fontweight="bold")
        if np.isfinite(loss):
            axes.plot([gap], [loss], "o", color=color, markersize=7, clip_on=False)
        phrases.append(f"{shown} by {name} (slope {steepness})".replace("∞", "infinite"))
    axes.set_xlim(0, 130)
    axes.set_ylim(0, 160)
    axes.set_xlabel("how far the right class is behind (logits)")
    axes.set_ylabel("loss (nats)")
    figure.set_label(
        f"With the right class {gap:.0f} logits behind the loss is {'; '.join(phrases)}."
    )
    return figure
