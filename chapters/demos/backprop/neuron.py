"""One neuron with the input 1 and the target 0, trained under two losses.

The weight and the bias start equal and stay equal: because the input is 1, both have the same
gradient. The neuron and its learning rate are those of Nielsen (2015), chapter 3.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.functions import logistic, logistic_slope
from ..nets.names import DASHED, Look, draw_key
from ..show.style import BLUE, INK, MUTED, ORANGE, PURPLE, panels

LEARNING_RATE = 0.15
EPOCHS = 300
# In this order, because the dashes of squared error must be seen on the line of cross-entropy.
LOOKS: dict[str, Look] = {
    "cross-entropy": {"color": BLUE},
    "squared error": {"color": PURPLE, "linestyle": DASHED},
}
_MARKS = {"cross-entropy": ("o", 9), "squared error": ("s", 6)}  # and their sizes
STARTS = {"well": 1.5, "badly": 4.0}  # logits: weight and bias 0.75 each, or 2


def slope(z: float, loss: str) -> float:
    """Return the derivative of the loss with respect to the logit.

    Args:
        z: logit.
        loss: a name of `LOOKS`.
    """
    p = float(logistic(z))
    return 2 * p * float(logistic_slope(z)) if loss == "squared error" else p


def train(z: float, loss: str, epochs: int = EPOCHS) -> np.ndarray:
    """Return the logits that gradient descent visits, shape (epochs + 1,).

    Args:
        z: the first logit.
        loss: a name of `LOOKS`.
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
    axes.axhline(0.5, color=MUTED, linewidth=0.8)
    rows, phrases = [], []
    for loss, look in LOOKS.items():
        path = train(z, loss)
        outputs = logistic(path)
        _draw_path(axes, outputs, EPOCHS, look)
        half = epochs_to_half(path)
        wait = f"not in {EPOCHS} epochs"
        if half is not None:
            _draw_point(axes, half, outputs[half], loss)
            wait = f"after {half} epoch{'s' * (half != 1)}"
        rows.append((f"{loss}: below ½ {wait}", look))
        phrases.append(f"under {loss} {wait}")
    point = {"color": ORANGE, "markersize": 10, "zorder": 4, "clip_on": False}
    axes.plot([0], [start], "o", gid="drag:start", **point)
    _draw_axes(axes)
    draw_key(axes, rows, "upper right")
    figure.set_label(
        f"A neuron whose answer should be 0 starts at {start:g}. "
        f"Its output falls below one half {' and '.join(phrases)}."
    )
    return figure


def draw_epochs(epoch: int, start: str = "badly") -> Figure:
    """Draw the slopes of two neurons up to an epoch, and where they are on the sigmoid there.

    Args:
        epoch: 0 to `EPOCHS`.
        start: "well" or "badly".
    """
    figure, (left, right) = panels(2, height=3.7)
    line = np.linspace(-5, 5, 81)
    right.plot(line, logistic(line), color=INK, linewidth=1.2)
    left.axvline(epoch, ymax=0.72, color=ORANGE, linewidth=1.2, gid="drag:epoch")
    outputs, slopes, phrases = [], [], []
    for loss, look in LOOKS.items():
        path = train(STARTS[start], loss)
        z = float(path[epoch])
        p, factor, by_logit = float(logistic(z)), float(logistic_slope(z)), slope(z, loss)
        _draw_path(left, np.array([slope(float(at), loss) for at in path]), epoch, look)
        _draw_point(left, epoch, by_logit, loss)
        _draw_tangent(right, z, look)
        _draw_point(right, z, p, loss)
        outputs.append((f"{loss} p = {p:.2f}", look))
        product = f"2pσ′ = 2 × {p:.2f} × {factor:.3f} = {by_logit:.3f}"
        slopes.append((product if loss == "squared error" else f"p = {by_logit:.3f}", look))
        phrases.append(
            f"under {loss}, the output is {p:.3f}, the slope of the sigmoid {factor:.3f}, "
            f"and the slope of the loss {by_logit:.3f}"
        )
    _draw_axes(left)
    left.set_ylabel("slope of the loss in z")
    draw_key(left, slopes, "upper right")
    draw_key(right, outputs)
    right.set_xlim(-5, 5)
    right.set_ylim(-0.05, 1.4)
    right.set_yticks([0, 0.5, 1])
    right.set_xlabel("logit z")
    right.set_ylabel("output p = σ(z), its tangent σ′")
    figure.set_label(
        f"Started {start}, after {epoch} epoch{'s' * (epoch != 1)}: {'; '.join(phrases)}."
    )
    return figure


def _draw_path(axes: Axes, heights: np.ndarray, epoch: int, look: Look) -> None:
    """Draw the outputs or the slopes up to an epoch."""
    every = np.concatenate([np.arange(60), np.arange(60, EPOCHS, 4)])  # at first they change fast
    shown = np.append(every[every < epoch], epoch)
    axes.plot(shown, heights[shown], clip_on=False, **look)


def _draw_point(axes: Axes, x: float, y: float, loss: str) -> None:
    """Draw the mark of a loss."""
    mark, size = _MARKS[loss]
    point = {"color": LOOKS[loss]["color"], "markersize": size, "zorder": 4, "clip_on": False}
    axes.plot([x], [y], mark, **point)


def _draw_axes(axes: Axes) -> None:
    """Scale and label the axes of outputs, or of slopes, over epochs."""
    axes.set_xlim(0, EPOCHS)
    axes.set_xticks([0, 100, 200, 300])
    axes.set_ylim(-0.05, 1.4)
    axes.set_yticks([0, 0.5, 1])
    axes.set_xlabel("epoch")
    axes.set_ylabel("output p (it should be 0)")


def _draw_tangent(axes: Axes, z: float, look: Look) -> None:
    """Draw the tangent of the sigmoid at a logit."""
    ends = np.array([z - 1.3, z + 1.3])
    axes.plot(ends, logistic(z) + logistic_slope(z) * (ends - z), linewidth=1.8, **look)
