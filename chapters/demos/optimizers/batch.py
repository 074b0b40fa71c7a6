"""Gradients from a few examples: how much they scatter, and the descent that follows them.

The data are 256 noisy readings of a line; the parameters are its slope and its height.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import draw_names
from ..nets.words import count, plain
from ..show.style import BLUE, INK, MUTED, ORANGE, PURPLE, panels

READINGS = 256
SIZES = tuple(2**power for power in range(9))  # of a batch, from 1 to all readings
DRAWS = 120  # random batches whose gradients are drawn as dots
EPOCHS = 4
LEARNING_RATES = (0.03, 0.1, 0.3)  # of the descents
START = np.array([-1.0, 3.0])
_random = np.random.default_rng(3)
X = np.stack([_random.standard_normal(READINGS), np.ones(READINGS)], axis=1)  # shape (256, 2)
Y = X @ np.array([1.0, 0.5]) + _random.standard_normal(READINGS)  # shape (256,)


def loss(w: np.ndarray) -> np.ndarray:
    """Return half the mean squared error of lines.

    Args:
        w: slope and height of each line, shape (..., 2).

    Returns:
        Shape (...).
    """
    return np.mean((w @ X.T - Y) ** 2, axis=-1) / 2


def gradients(w: np.ndarray) -> np.ndarray:
    """Return the gradient of each reading's loss at the line `w`, shape (256, 2)."""
    return (X @ w - Y)[:, None] * X


def batch_gradients(size: int) -> np.ndarray:
    """Return the gradients of `DRAWS` random batches at `START`, shape (DRAWS, 2).

    The readings of a batch are drawn without replacement, as in an epoch.
    """
    random, each = np.random.default_rng(11), gradients(START)
    return np.array([each[random.permutation(READINGS)[:size]].mean(axis=0) for _ in range(DRAWS)])


def spread(size: float | np.ndarray, replaced: bool = True) -> np.ndarray:
    """Return the root mean squared distance between a batch's gradient and that of all readings.

    Args:
        size: examples in a batch, any shape.
        replaced: whether the examples of a batch are drawn with replacement.
    """
    each = gradients(START)
    single = np.sqrt(np.sum(np.var(each, axis=0)))
    correction = 1.0 if replaced else (READINGS - np.asarray(size)) / (READINGS - 1)
    return single * np.sqrt(correction / np.asarray(size))


@cache
def minimum() -> np.ndarray:
    """Return the line with the least loss, shape (2,)."""
    return np.linalg.lstsq(X, Y)[0]


@cache
def descend(size: int, learning_rate: float, seed: int = 5) -> np.ndarray:
    """Return the lines that gradient descent visits, shape (steps + 1, 2).

    Args:
        size: examples in a batch.
        learning_rate: > 0.
        seed: of the order in which the readings are drawn.
    """
    random, w = np.random.default_rng(seed), START
    lines = [w]
    for _ in range(EPOCHS):
        order = random.permutation(READINGS)
        for begin in range(0, READINGS, size):
            batch = order[begin : begin + size]
            error = X[batch] @ w - Y[batch]
            w = w - learning_rate * X[batch].T @ error / len(batch)
            lines.append(w)
    return np.array(lines)


def excess_loss(size: int, learning_rate: float) -> float:
    """Return the mean loss of the last epoch minus the least loss."""
    lines = descend(size, learning_rate)
    return float(np.mean(loss(lines[-(READINGS // size) :])) - loss(minimum()))


def draw_gradients(size: int) -> Figure:
    """Draw the gradients of many batches of one size, and their spread against the size."""
    figure, (left, right) = panels(2, height=3.8)
    exact, dots = gradients(START).mean(axis=0), batch_gradients(size)
    left.axhline(0, color=MUTED, linewidth=0.8)
    left.axvline(0, color=MUTED, linewidth=0.8)
    left.plot(*dots.T, "o", color=BLUE, markersize=3.5, alpha=0.5, markeredgewidth=0)
    left.plot(*exact, "+", color=ORANGE, markersize=15, markeredgewidth=2.2)
    left.set_xlim(-9, 5)
    left.set_xticks([-8, -4, 0, 4])
    left.set_ylim(-3, 7.5)
    left.set_xlabel("gradient by the slope")
    left.set_ylabel("gradient by the height")
    left.set_title(f"{DRAWS} batches of {size}", color=BLUE)

    sizes = np.array(SIZES)
    right.plot(sizes, spread(sizes), color=MUTED, linestyle=(0, (4, 1.5)), linewidth=1.4)
    measured = np.array(
        [float(np.sqrt(np.mean(np.sum((batch_gradients(s) - exact) ** 2, 1)))) for s in SIZES]
    )
    shown = measured > 1e-9
    right.plot(sizes[shown], measured[shown], "o", color=BLUE, markersize=5)
    here = float(measured[SIZES.index(size)])
    # The spread of full batches is 0, which lies below every logarithmic axis.
    mark, height = ("o", here) if here > 1e-9 else ("v", 0.08)
    point = {"color": ORANGE, "markersize": 10, "zorder": 4, "clip_on": False}
    right.plot([size], [height], mark, gid="drag:size", **point)
    _draw_sizes(right)
    right.set_yscale("log")
    right.set_ylim(0.08, 8)
    right.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
    right.minorticks_off()
    right.set_ylabel("spread of the gradient")
    right.text(1.2, 0.14, "dashes: ÷ √size", color=MUTED)
    right.set_title(f"spread {here:.2f}", color=ORANGE)
    figure.set_label(
        f"The gradients of {DRAWS} batches of {size} of {READINGS} readings scatter around the "
        f"exact gradient with a spread of {here:.2f}; the spread of a single reading, divided "
        f"by the root of {size}, is {float(spread(size)):.2f}."
    )
    return figure


def _draw_sizes(axes: Axes) -> None:
    """Scale and label the axis of batch sizes."""
    axes.set_xscale("log", base=2)
    axes.set_xticks([1, 4, 16, 64, 256], ["1", "4", "16", "64", "256"])
    axes.set_xlabel("examples in a batch")


def draw_descent(size: int, learning_rate: float) -> Figure:
    """Draw the path of a descent with batches of one size, and its loss over the examples used.

    Marks beside the loss compare the last epochs of all `LEARNING_RATES`.
    """
    figure, (left, right) = panels(2, height=3.8)
    lines = descend(size, learning_rate)
    every = max(1, len(lines) // 100)
    left.plot(*lines[::every].T, "-", color=BLUE, linewidth=1.1)
    left.plot(*START, "o", color=INK, markersize=7)
    left.plot(*minimum(), "+", color=ORANGE, markersize=13, markeredgewidth=2.2, zorder=4)
    left.set_xlim(-1.6, 3)
    left.set_ylim(-1.2, 3.4)
    left.set_xlabel("slope of the line")
    left.set_ylabel("height of the line")
    left.set_title(f"{len(lines) - 1} steps", color=BLUE)
    above = np.maximum(loss(lines[::every]) - loss(minimum()), 1e-4)
    right.plot(np.arange(len(lines))[::every] * size, above, color=PURPLE, linewidth=1.4)
    right.set_yscale("log")
    right.set_xlim(0, 1.5 * EPOCHS * READINGS)
    epochs = range(EPOCHS + 1)
    right.set_xticks([READINGS * epoch for epoch in epochs], [str(epoch) for epoch in epochs])
    right.set_ylim(1e-4, 20)
    right.set_yticks([1e-4, 1e-2, 1.0], ["0.0001", "0.01", "1"])
    right.minorticks_off()
    right.set_xlabel(f"epochs of {READINGS} examples")
    right.set_ylabel("loss above the minimum")
    means = {rate: excess_loss(size, rate) for rate in LEARNING_RATES}
    _draw_last_epochs(right, means, learning_rate)
    right.set_title(f"last epoch: {plain(means[learning_rate])}", color=PURPLE)
    figure.set_label(
        f"{EPOCHS} epochs in batches of {size} at learning rate {learning_rate:g}, "
        f"{count(len(lines) - 1, 'step')}: in the last epoch the loss is on average "
        f"{plain(means[learning_rate])} above the minimum. The averages at the learning rates "
        f"{', '.join(f'{rate:g}' for rate in means)} are {', '.join(map(plain, means.values()))}."
    )
    return figure


def _draw_last_epochs(axes: Axes, means: dict[float, float], chosen: float) -> None:
    """Draw the mean loss of the last epoch, and beside it those of all learning rates."""
    end = EPOCHS * READINGS
    axes.plot([end - READINGS, end], [means[chosen]] * 2, color=ORANGE, linewidth=2)
    axes.plot([end], [means[chosen]], "o", color=ORANGE, markersize=8, gid="drag:learning_rate")
    ends = [
        (f"rate {rate:g}", mean, {"color": PURPLE if rate == chosen else MUTED})
        for rate, mean in means.items()
    ]
    draw_names(axes, end, ends)
