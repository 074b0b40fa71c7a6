"""One neuron with the input 1 and the target 0, trained under two losses.

The weight and the bias start equal and stay equal: because the input is 1, both have the same
gradient. The neuron and its learning rate are those of Nielsen (2015), chapter 3.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.functions import logistic, logistic_slope
from ..show.style import BLUE, INK, MUTED, PURPLE, panels

LEARNING_RATE = 0.15
EPOCHS = 300
LOSSES = {"squared error": PURPLE, "cross-entropy": BLUE}
STARTS = {"well": 1.5, "badly": 4.0}  # logits: weight and bias 0.75 each, or 2


def slope(z: float, loss: str) -> float:
    """Return the derivative of the loss by the logit.

    Args:
        z: logit.
        loss: a name of `LOSSES`.
    """
    p = float(logistic(z))
    return 2 * p * float(logistic_slope(z)) if loss == "squared error" else p


def train(z: float, loss: str, epochs: int = EPOCHS) -> np.ndarray:
    """Return the logits that gradient descent visits, shape (epochs + 1,).

    Args:
        z: the first logit.
        loss: a name of `LOSSES`.
        epochs: number of steps, because there is one example.
    """
    path = [z]
    for _ in range(epochs):
        # Weight and bias take the same step, and the logit is their sum.
        path.append(path[-1] - 2 * LEARNING_RATE * slope(path[-1], loss))
    return np.array(path)


def epochs_to_half(path: np.ndarray) -> int | None:
    """Return the first epoch at which the output is below one half, or None if there is none.

    Args:
        path: logits, shape (epochs + 1,).
    """
    below = np.flatnonzero(path < 0)
    return int(below[0]) if below.size else None


def draw_learning(start: float) -> Figure:
    """Draw the outputs of two neurons over the epochs, from one start.

    Args:
        start: the first output, 0.5 < start < 1.
    """
    figure, axes = panels(1, height=3.6)
    z = float(np.log(start / (1 - start)))
    phrases = []
    for row, (loss, color) in enumerate(LOSSES.items()):
        path = train(z, loss)
        _draw_path(axes, path, EPOCHS, loss, color)
        half = epochs_to_half(path)
        wait = f"not in {EPOCHS} epochs"
        if half is not None:
            axes.plot([half], [logistic(path[half])], "o", color=color, markersize=8)
            wait = f"after {half} epochs"
        place = (298, 1.3 - 0.12 * row)
        text = f"{loss}: below ½ {wait}"
        axes.text(*place, text, color=color, fontsize=12, fontweight="bold", ha="right")
        phrases.append(f"under {loss} {wait}")
    axes.axhline(0.5, color=MUTED, linewidth=0.8)
    _draw_axes(axes)
    figure.set_label(
        f"A neuron whose answer should be 0 starts at {start:.3f}. "
        f"Its output falls below one half {' and '.join(phrases)}."
    )
    return figure


def draw_epochs(epoch: int, start: str = "badly") -> Figure:
    """Draw the outputs of two neurons up to an epoch, and the factors of their slopes there.

    Args:
        epoch: 0 to `EPOCHS`.
        start: "well" or "badly".
    """
    figure, (left, right) = panels(2, height=3.7)
    line = np.linspace(-5, 5, 81)
    right.plot(line, logistic(line), color=INK, linewidth=1.2)
    phrases = []
    for row, (loss, color) in enumerate(LOSSES.items()):
        path = train(STARTS[start], loss)
        z = float(path[epoch])
        _draw_path(left, path, epoch, loss, color)
        left.plot([epoch], [logistic(z)], "o", color=color, markersize=8, clip_on=False, zorder=4)
        _draw_tangent(right, z, color)
        p, factor, by_logit = float(logistic(z)), float(logistic_slope(z)), slope(z, loss)
        dashed = " (dashed)" if row == 0 else ""
        place = 1.27 - 0.11 * row
        left.text(295, place, f"{loss}{dashed} p = {p:.2f}", color=color, ha="right")
        product = f"2pσ′ = 2 × {p:.2f} × {factor:.3f} = {by_logit:.3f}"
        text = product if row == 0 else f"p = {p:.3f}"
        right.text(-4.7, place, text, color=color, fontweight="bold", fontsize=10)
        phrases.append(
            f"under {loss} the output is {p:.3f}, σ′ {factor:.3f} and the slope {by_logit:.3f}"
        )
    _draw_axes(left)
    right.set_xlim(-5, 5)
    right.set_ylim(-0.05, 1.4)
    right.set_yticks([0, 0.5, 1])
    right.set_xlabel("logit z")
    right.set_ylabel("output p = σ(z), its tangent σ′")
    figure.set_label(f"Started {start}, after {epoch} epochs: {'; '.join(phrases)}.")
    return figure


def _draw_path(axes: Axes, path: np.ndarray, epoch: int, loss: str, color: str) -> None:
    """Draw the outputs up to an epoch, dashed for squared error."""
    dash = (0, (4, 2)) if loss == "squared error" else "-"
    shown = np.unique(np.append(np.arange(0, epoch, 4), epoch))
    axes.plot(shown, logistic(path[shown]), color=color, linestyle=dash, clip_on=False)


def _draw_axes(axes: Axes) -> None:
    """Scale and label the axes of outputs over epochs."""
    axes.set_xlim(0, EPOCHS)
    axes.set_ylim(-0.05, 1.4)
    axes.set_yticks([0, 0.5, 1])
    axes.set_xlabel("epoch")
    axes.set_ylabel("output p (it should be 0)")


def _draw_tangent(axes: Axes, z: float, color: str) -> None:
    """Draw a neuron as a point on the sigmoid, with the tangent there."""
    ends = np.array([z - 1.3, z + 1.3])
    axes.plot(ends, logistic(z) + logistic_slope(z) * (ends - z), color=color, linewidth=1.8)
    axes.plot([z], [logistic(z)], "o", color=color, markersize=9, zorder=4)
