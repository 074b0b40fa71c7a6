"""The learning-rate range test: a short training in which the rate grows until it is too large."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.training import EPOCH, RATES, constant_rate_losses, train
from ..nets.words import plain
from ..show.style import BLUE, GREEN, ORANGE, PURPLE, panels

LEAST, MOST = 1e-4, 30.0  # first and last rate of a test
LENGTHS = (1, 3, 10)  # epochs of a test
SMOOTHINGS = (0.0, 0.5, 0.8, 0.95)
OPTIMIZERS = ("SGD", "Momentum", "Adam")
HIGHEST = 4.0  # loss that is drawn


def growing_rates(epochs: int) -> np.ndarray:
    """Return the rate of each step of a test, in equal ratios, shape (steps,)."""
    return np.geomspace(LEAST, MOST, epochs * EPOCH)


@cache
def batch_losses(optimizer: str, epochs: int, seed: int = 1) -> np.ndarray:
    """Return the loss of each batch while the rate grows, in nats, shape (steps,).

    Args:
        optimizer: one of `OPTIMIZERS`.
        epochs: length of the test.
        seed: decides the first parameters and the order of the pictures.
    """
    return train(optimizer, growing_rates(epochs)[:, None], seed, dtype=np.float64).batches[:, 0]


def smooth(losses: np.ndarray, keep: float) -> np.ndarray:
    """Return the exponential moving average of losses, corrected for its start at zero.

    Args:
        losses: shape (n,).
        keep: share of the average that each loss keeps, from 0 (no smoothing) to below 1.
    """
    average, out = 0.0, []
    for t, loss in enumerate(losses, start=1):
        average = keep * average + (1 - keep) * loss
        out.append(average / (1 - keep**t))
    return np.array(out)


def steepest(rates: np.ndarray, losses: np.ndarray) -> float:
    """Return the rate at which the loss falls fastest, before its minimum.

    Args:
        rates: in equal ratios, shape (n,).
        losses: shape (n,); the first is not the least.

    Returns:
        The geometric mean of two rates of the test.
    """
    fall = int(np.argmin(np.diff(losses[: np.argmin(losses) + 1])))
    return float(np.sqrt(rates[fall] * rates[fall + 1]))


def draw_range(optimizer: str, epochs: int, keep: float) -> Figure:
    """Draw the loss while the rate grows, and the loss of whole trainings at each rate.

    Args:
        optimizer: one of `OPTIMIZERS`.
        epochs: length of the test, one of `LENGTHS`.
        keep: as for `smooth`.
    """
    figure, (left, right) = panels(2, height=3.8)
    rates, raw = growing_rates(epochs), batch_losses(optimizer, epochs)
    line = smooth(raw, keep)
    fast, low = steepest(rates, line), rates[np.argmin(line)]
    thin = max(1, len(rates) // 160)
    if keep:
        noisy = np.minimum(raw, 2 * HIGHEST)[::thin]
        left.plot(rates[::thin], noisy, color=BLUE, linewidth=0.8, alpha=0.4)
    left.plot(rates[::thin], np.minimum(line, 2 * HIGHEST)[::thin], color=BLUE, linewidth=1.8)
    left.set_ylim(0, 1.22 * HIGHEST)  # room for the words
    left.set_yticks(range(5))
    left.set_xlabel("learning rate of the step")
    left.set_ylabel("loss of the batch (nats)")
    left.set_title(f"one test, {len(rates)} steps", color=BLUE)
    losses = constant_rate_losses(optimizer)[-1]
    right.plot(RATES, np.minimum(losses, 2 * HIGHEST), "o-", color=PURPLE, markersize=4)
    right.set_yscale("log")
    right.set_ylim(0.08, HIGHEST)
    right.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
    right.set_xlabel("constant learning rate")
    right.set_ylabel("validation loss (nats)")
    right.set_title("13 trainings, 320 steps each", color=PURPLE)
    for axes, level in ((left, 3.6), (right, 2.9)):
        axes.set_xscale("log")
        axes.set_xlim(LEAST, MOST)
        axes.set_xticks([1e-4, 1e-2, 1], ["0.0001", "0.01", "1"])
        axes.minorticks_off()
        axes.plot([low / 10] * 2, [0.01, level], color=GREEN, linewidth=1.6)
        axes.plot([fast] * 2, [0.01, level], color=ORANGE, linewidth=1.6, linestyle=(0, (4, 1.5)))
    left.text(1.3e-4, 4.1, f"lowest ÷ 10: {plain(low / 10)}", color=GREEN, fontweight="bold")
    left.text(1.3e-4, 4.5, f"steepest: {plain(fast)}", color=ORANGE, fontweight="bold")
    best = RATES[np.argmin(losses)]
    figure.set_label(
        f"A range test of {optimizer} takes {len(rates)} steps, with a smoothing of {keep:g}. The "
        f"loss falls fastest at a rate of {plain(fast)}. It is lowest at {plain(low)}, and a tenth "
        f"of that is {plain(low / 10)}. The best of 13 whole trainings has the rate {plain(best)}."
    )
    return figure
