"""One neuron, one input of 1, one answer that should be 0: learnt under two losses.

Weight and bias start equal and stay so, since the input is 1 and both get the same slope. The
neuron and its learning rate are those of Nielsen (2015), chapter 3.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..show.style import BLUE, INK, MUTED, PURPLE, panels

LEARNING_RATE = 0.15
EPOCHS = 300
LOSSES = {"squared error": PURPLE, "cross-entropy": BLUE}
STARTS = {"well": 1.5, "badly": 4.0}  # logits: weight and bias 0.75 each, or 2


def output(z: float | np.ndarray) -> np.ndarray:
    """Return the neuron's output 1 / (1 + exp(-z)), of the shape of `z`."""
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


def steepness(z: float | np.ndarray) -> np.ndarray:
    """Return the derivative of `output`, p (1 - p), of the shape of `z`."""
    p = output(z)
    return p * (1 - p)


def pull(z: float, loss: str) -> float:
    """Return the derivative of the loss by the logit, where the answer should be 0."""
    p = float(output(z))
    return 2 * p * float(steepness(z)) if loss == "squared error" else p


def learn(z: float, loss: str, epochs: int = EPOCHS) -> np.ndarray:
    """Return the logits that gradient descent visits, shape (epochs + 1,), from `z` on."""
    path = [z]
    for _ in range(epochs):
        # Weight and bias each move by one step, and the logit by both.
        path.append(path[-1] - 2 * LEARNING_RATE * pull(path[-1], loss))
    return np.array(path)


def half_time(path: np.ndarray) -> int | None:
    """Return the first epoch at which the output is below one half, or None if it never is.

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
    said = []
    for row, (loss, color) in enumerate(LOSSES.items()):
        path = learn(z, loss)
        _draw_path(axes, path, EPOCHS, loss, color)
        half = half_time(path)
        wait = f"not in {EPOCHS} epochs"
        if half is not None:
            axes.plot([half], [output(path[half])], "o", color=color, markersize=8)
            wait = f"after {half} epochs"
        place = (298, 1.3 - 0.12 * row)
        text = f"{loss}: below ½ {wait}"
        axes.text(*place, text, color=color, fontsize=12, fontweight="bold", ha="right")
        said.append(f"under {loss} {wait}")
    axes.axhline(0.5, color=MUTED, linewidth=0.8)
    _draw_axes(axes)
    figure.set_label(
        f"A neuron whose answer should be 0 starts at {start:.3f}. "
        f"Its output falls below one half {' and '.join(said)}."
    )
    return figure


def draw_epochs(epoch: int, start: str = "badly") -> Figure:
    """Draw how far two neurons have come, and the factors of their slopes at this epoch.

    Args:
        epoch: 0 to `EPOCHS`.
        start: "well" or "badly".
    """
    figure, (left, right) = panels(2, height=3.7)
    line = np.linspace(-5, 5, 81)
    right.plot(line, output(line), color=INK, linewidth=1.2)
    said = []
    for row, (loss, color) in enumerate(LOSSES.items()):
        path = learn(STARTS[start], loss)
        z = float(path[epoch])
        _draw_path(left, path, epoch, loss, color)
        left.plot([epoch], [output(z)], "o", color=color, markersize=8, clip_on=False, zorder=4)
        _draw_tangent(right, z, color)
        p, bend, slope = float(output(z)), float(steepness(z)), pull(z, loss)
        dashed = " (dashed)" if row == 0 else ""
        place = 1.27 - 0.11 * row
        left.text(295, place, f"{loss}{dashed} p = {p:.2f}", color=color, ha="right")
        factors = f"2pσ′ = 2 × {p:.2f} × {bend:.3f} = {slope:.3f}" if row == 0 else f"p = {p:.3f}"
        right.text(-4.7, place, factors, color=color, fontweight="bold", fontsize=10)
        said.append(f"under {loss} the output is {p:.3f}, σ′ {bend:.3f} and the slope {slope:.3f}")
    _draw_axes(left)
    right.set_xlim(-5, 5)
    right.set_ylim(-0.05, 1.4)
    right.set_yticks([0, 0.5, 1])
    right.set_xlabel("logit z")
    right.set_ylabel("output p = σ(z), its tangent σ′")
    figure.set_label(f"Started {start}, after {epoch} epochs: {'; '.join(said)}.")
    return figure


def _draw_path(axes: Axes, path: np.ndarray, epoch: int, loss: str, color: str) -> None:
    """Draw the outputs up to an epoch; squared error has a dashed line."""
    dash = (0, (4, 2)) if loss == "squared error" else "-"
    shown = np.unique(np.append(np.arange(0, epoch, 4), epoch))
    axes.plot(shown, output(path[shown]), color=color, linestyle=dash, clip_on=False)


def _draw_axes(axes: Axes) -> None:
    """Label the plot of outputs over epochs."""
    axes.set_xlim(0, EPOCHS)
    axes.set_ylim(-0.05, 1.4)
    axes.set_yticks([0, 0.5, 1])
    axes.set_xlabel("epoch")
    axes.set_ylabel("output p (it should be 0)")


def _draw_tangent(axes: Axes, z: float, color: str) -> None:
    """Draw the point of a neuron on the sigmoid, with the tangent that is σ′."""
    ends = np.array([z - 1.3, z + 1.3])
    axes.plot(ends, output(z) + steepness(z) * (ends - z), color=color, linewidth=1.8)
    axes.plot([z], [output(z)], "o", color=color, markersize=9, zorder=4)
