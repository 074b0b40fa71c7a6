"""Warm-up followed by a cosine, on the network that reads digits."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..nets.training import EPOCH, Losses, mean_losses
from ..nets.words import count
from ..show.style import MUTED, ORANGE, PURPLE, panels
from . import curves
from .digits import SEEDS

EPOCHS = 10
TOTAL = EPOCHS * EPOCH  # steps: 320
STEPS = np.arange(TOTAL)
WARMUPS = (0, 8, 16, 32, 64, 128)  # steps
BINS = np.unique(np.geomspace(1, 300, 40).round().astype(int))  # first steps, counted from 1
SHOWN = np.unique(np.geomspace(1, TOTAL, 80).round().astype(int))  # likewise, of the rates
# Peak rates: one that needs no warm-up, one that gains by it, and one that is too large.
PEAKS = {"Momentum": (0.1, 0.3, 0.6), "Adam": (0.01, 0.1, 0.2)}
SIZES = ("moderate", "large", "too large")


def rates(peak: float, warmup_steps: int) -> np.ndarray:
    """Return the rate of each step: a line from 0 up to `peak`, then a cosine down to 0."""
    up = peak * STEPS / max(warmup_steps, 1)
    down = curves.cosine(STEPS - warmup_steps, peak, TOTAL - warmup_steps)
    return np.where(warmup_steps > STEPS, up, down)


@cache
def losses(name: str) -> Losses:
    """Return the losses of an optimizer, the means over several seeds.

    Args:
        name: a key of `PEAKS`.

    Returns:
        Losses of shapes (TOTAL, peaks, warm-ups) and (EPOCHS, peaks, warm-ups).
    """
    grid = np.stack([rates(peak, steps) for peak in PEAKS[name] for steps in WARMUPS], axis=1)
    means = mean_losses(name, grid, seeds=SEEDS, dtype=np.float64)
    shape = (-1, len(PEAKS[name]), len(WARMUPS))
    return Losses(means.batches.reshape(shape), means.validation.reshape(shape))


def in_bins(numbers: np.ndarray) -> np.ndarray:
    """Return the means of a number for each step within the bins that begin at `BINS`."""
    sums = np.add.reduceat(numbers, BINS - 1)
    return sums / np.diff(np.append(BINS - 1, len(numbers)))


def draw_warmup(optimizer: str, peak: str, warmup_steps: int) -> Figure:
    """Draw the rate and the loss of the batch at each step.

    Args:
        optimizer: a key of `PEAKS`.
        peak: one of `SIZES`.
        warmup_steps: one of `WARMUPS`.
    """
    figure, (left, right) = panels(2, height=3.7)
    place, column = SIZES.index(peak), WARMUPS.index(warmup_steps)
    height = PEAKS[optimizer][place]
    dashes: Look = {"color": MUTED, "linewidth": 1.3, "linestyle": DASHED}
    left.plot(SHOWN, rates(height, 0)[SHOWN - 1], **dashes)
    left.plot(SHOWN, rates(height, warmup_steps)[SHOWN - 1], color=ORANGE)
    point: Look = {"color": ORANGE, "markersize": 9, "zorder": 4, "clip_on": False}
    left.plot([warmup_steps + 1], [height], "o", gid="drag:warmup_steps", **point)
    left.set_ylim(0, 1.12 * height)
    left.set_yticks([0, height / 2, height], ["0", f"{height / 2:g}", f"{height:g}"])
    left.set_ylabel("learning rate")
    left.set_title(f"peak {height:g}, warm-up {warmup_steps}", color=ORANGE)
    batches = losses(optimizer).batches[:, place]
    validation = losses(optimizer).validation[:, place]
    right.plot(BINS, in_bins(batches[:, 0]), **dashes)
    right.plot(BINS, in_bins(batches[:, column]), color=PURPLE)
    if warmup_steps:
        words = f"dashes: no warm-up, ends at {validation[-1, 0]:.3f}"
        right.text(1.15, 0.012, words, color=MUTED)
    right.set_title(f"validation loss in the end {validation[-1, column]:.3f}", color=PURPLE)
    right.set_yscale("log")
    right.set_ylim(0.009, 8)
    right.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    right.set_ylabel("loss of the batch (nats)")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlim(1, TOTAL)
        axes.set_xticks([1, 10, 100], ["1", "10", "100"])
        axes.minorticks_off()
        axes.set_xlabel("number of the step")
    figure.set_label(
        f"{optimizer} reaches a peak rate of {height:g} after {count(warmup_steps, 'step')} of "
        f"warm-up. The loss of the batch is {batches[0, column]:.2f} nats at the first step and at "
        f"most {batches[:32, column].max():.2f} nats in the first epoch. The validation loss ends "
        f"at {validation[-1, column]:.3f} nats, and without a warm-up it ends at "
        f"{validation[-1, 0]:.3f}."
    )
    return figure


def draw_validation_axes(axes: Axes, epochs: int) -> None:
    """Scale and label the axes of validation losses over epochs."""
    axes.set_yscale("log")
    axes.set_ylim(0.065, 3)
    axes.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
    axes.minorticks_off()
    axes.set_xlim(1, epochs + 0.3)
    axes.set_xlabel("epoch")
    axes.set_ylabel("validation loss (nats)")
