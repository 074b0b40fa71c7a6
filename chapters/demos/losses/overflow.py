"""Cross-entropy in float32: computed from a probability it breaks, computed from logits it works.

There is one example and two classes, and the logit of the right class is `gap` below the other.
In exact arithmetic, the loss is log(1 + exp(gap)) and its slope lies between 1/2 and 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, DOTTED, Look, draw_key
from ..show.style import BLUE, ORANGE, PURPLE, RED, panels

EPSILON = np.float32(1e-7)  # `keras.backend.epsilon()`: Keras clips smaller probabilities
LAST = 103  # the largest whole gap at which exp(-gap) is not zero in float32
ABOVE = 300.0  # where an infinite loss is drawn, above the picture


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


_Way = Callable[[float | np.ndarray], tuple[np.ndarray, np.ndarray]]
_WAYS: dict[str, tuple[_Way, Look]] = {
    "from logits": (from_logits, {"color": BLUE}),
    "softmax, log": (from_probability, {"color": RED, "linestyle": DASHED}),
    "softmax, clip, log": (from_clipped, {"color": PURPLE, "linestyle": DOTTED}),
}


def draw_three_ways(gap: float) -> Figure:
    """Draw the loss of one example, computed in three ways, for a gap in logits."""
    figure, axes = panels(1, height=3.8)
    line = np.linspace(0, 130, 131)
    rows, phrases = [], []
    # The key is above the line.
    axes.axvline(gap, ymax=0.76, color=ORANGE, linewidth=1.2, gid="drag:gap")
    for name, (way, look) in _WAYS.items():
        losses = way(line)[0]
        axes.plot(line, np.where(np.isinf(losses), ABOVE, losses), **look)
        loss, slope = way(gap)
        if np.isfinite(loss):
            axes.plot([gap], [loss], "o", color=look["color"], markersize=7, clip_on=False)
        rows.append((f"{name}: {_written(loss, 1)}, slope {_written(slope, 2)}", look))
        phrases.append(f"{name} {_spoken(loss, 1)} and {_spoken(slope, 2)}")
    draw_key(axes, rows)
    axes.set_xlim(0, 130)
    axes.set_ylim(0, 190)
    axes.set_yticks([0, 50, 100, 150])
    axes.set_xlabel("how far the right class is behind (logits)")
    axes.set_ylabel("loss (nats)")
    figure.set_label(
        f"With the right class {gap:.0f} logits behind, loss and slope are: {'; '.join(phrases)}."
    )
    return figure


def _written(number: np.ndarray, places: int) -> str:
    """Return a number as NumPy would print it, but with the sign of infinity."""
    return "∞" if np.isinf(number) else f"{number:.{places}f}"


def _spoken(number: np.ndarray, places: int) -> str:
    """Return a number as a listener understands it."""
    if np.isnan(number):
        return "not a number"
    return "infinity" if np.isinf(number) else f"{number:.{places}f}"
