"""Warm-up followed by a cosine, on the network that reads digits."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import Look
from ..nets.training import EPOCH, validation_losses
from ..nets.words import count
from ..show.style import MUTED, ORANGE, PURPLE, panels
from . import curves

EPOCHS = 10
TOTAL = EPOCHS * EPOCH  # steps: 320
STEPS = np.arange(TOTAL)
WARMUPS = (0, 8, 16, 32, 64, 128)  # steps
# Peak rates: one that needs no warm-up, one that gains by it, and one that is too large.
PEAKS = {"Momentum": (0.1, 0.3, 0.6), "Adam": (0.01, 0.1, 0.2)}
SIZES = ("moderate", "large", "too large")


def rates(peak: float, warmup_steps: int) -> np.ndarray:
    """Return the rate of each step: a line from 0 up to `peak`, then a cosine down to 0."""
    up = peak * STEPS / max(warmup_steps, 1)
    down = curves.cosine(STEPS - warmup_steps, peak, TOTAL - warmup_steps)
    return np.where(warmup_steps > STEPS, up, down)


@cache
def table(name: str) -> np.ndarray:
    """Return the validation loss of an optimizer, shape (EPOCHS, peaks, warm-ups)."""
    grid = [rates(peak, steps) for peak in PEAKS[name] for steps in WARMUPS]
    losses = validation_losses(name, np.stack(grid, axis=1))
    return losses.reshape(EPOCHS, len(PEAKS[name]), len(WARMUPS))


def draw_warmup(optimizer: str, peak: str, warmup_steps: int) -> Figure:
    """Draw the rate over the steps and the validation loss after each epoch.

    Args:
        optimizer: a key of `PEAKS`.
        peak: one of `SIZES`.
        warmup_steps: one of `WARMUPS`.
    """
    figure, (left, right) = panels(2, height=3.7)
    place, column = SIZES.index(peak), WARMUPS.index(warmup_steps)
    height = PEAKS[optimizer][place]
    left.plot(
        STEPS[::4], rates(height, 0)[::4], color=MUTED, linewidth=1.3, linestyle=(0, (4, 1.5))
    )
    left.plot(STEPS[::4], rates(height, warmup_steps)[::4], color=ORANGE)
    point: Look = {"color": ORANGE, "markersize": 9, "zorder": 4, "clip_on": False}
    left.plot([warmup_steps], [height], "o", gid="drag:warmup_steps", **point)
    left.set_xlim(0, TOTAL)
    left.set_ylim(0, 1.12 * height)
    left.set_xticks(range(0, TOTAL + 1, 80))
    left.set_xlabel("steps taken")
    left.set_ylabel("learning rate")
    left.set_title(f"peak {height:g}, warm-up {warmup_steps}", color=ORANGE)
    losses = table(optimizer)[:, place]
    right.plot(
        range(1, EPOCHS + 1), losses[:, 0], color=MUTED, linewidth=1.3, linestyle=(0, (4, 1.5))
    )
    right.plot(range(1, EPOCHS + 1), losses[:, column], "o-", color=PURPLE, markersize=5)
    if warmup_steps:
        right.text(1.2, 0.074, f"dashes: no warm-up, {losses[-1, 0]:.3f}", color=MUTED)
    right.set_title(f"in the end {losses[-1, column]:.3f} nats", color=PURPLE)
    draw_validation_axes(right, EPOCHS)
    figure.set_label(
        f"{optimizer} with a peak rate of {height:g} after {count(warmup_steps, 'step')} of "
        f"warm-up has a validation loss of {losses[0, column]:.2f} nats after one epoch and of "
        f"{losses[-1, column]:.3f} after ten; without warm-up it is {losses[-1, 0]:.3f}."
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
