"""The network that reads digits, trained by SGD under a schedule, and its curves over the steps.

One panel shows the learning rate and the other one the validation loss, both over the steps. A loss
is measured after each epoch and is the mean over several seeds.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes

from ..nets.names import DASHED
from ..nets.training import EPOCH, mean_losses
from ..show.style import MUTED, PURPLE

EPOCHS = 10
TOTAL = EPOCHS * EPOCH  # steps: 320
STEPS = np.arange(TOTAL)  # number of steps taken before each step
SEEDS = range(1, 7)
CONSTANTS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)  # learning rates to compare a schedule with


def validation_losses(rates: np.ndarray) -> np.ndarray:
    """Return the validation loss after each epoch in nats, shape (epochs, r).

    The networks compute in double precision: at large rates the rounding errors of single precision
    grow until the second digit of a loss depends on the processor.

    Args:
        rates: learning rate of each step and network, shape (steps, r), whole epochs.
    """
    return mean_losses("SGD", rates, seeds=SEEDS, dtype=np.float64).validation


@cache
def best_constant() -> tuple[float, np.ndarray]:
    """Return the rate of `CONSTANTS` with the least loss in the end, and its losses, (EPOCHS,)."""
    losses = validation_losses(np.tile(CONSTANTS, (TOTAL, 1)))
    best = int(np.argmin(losses[-1]))
    return CONSTANTS[best], losses[:, best]


def draw_rate_axes(axes: Axes, most: float = 1.15, total: int = TOTAL) -> None:
    """Scale and label the axes of a learning rate over the steps."""
    _draw_steps(axes, total)
    axes.set_ylim(0, most)
    axes.set_ylabel("learning rate")


def draw_loss_axes(axes: Axes, total: int = TOTAL) -> None:
    """Scale and label the axes of a validation loss over the steps."""
    _draw_steps(axes, total)
    axes.set_yscale("log")
    axes.set_ylim(0.07, 2)
    axes.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
    axes.minorticks_off()
    axes.set_ylabel("validation loss (nats)")


def draw_losses(axes: Axes, losses: np.ndarray, total: int = TOTAL) -> None:
    """Draw the loss after each epoch, and that of the best constant rate as dashes.

    Args:
        axes: to draw on.
        losses: shape (EPOCHS,).
        total: steps that the axis has room for.
    """
    rate, constant = best_constant()
    steps = EPOCH * np.arange(1, EPOCHS + 1)
    axes.plot(steps, constant, color=MUTED, linewidth=1.3, linestyle=DASHED)
    axes.text(8, 0.077, f"dashes: always {rate:g}, ends at {constant[-1]:.3f}", color=MUTED)
    axes.plot(steps, losses, color=PURPLE)
    axes.plot(steps, losses, "o", color=PURPLE, markersize=4.5, clip_on=False)
    axes.set_title(f"in the end {losses[-1]:.3f} nats", color=PURPLE)
    draw_loss_axes(axes, total)


def _draw_steps(axes: Axes, total: int) -> None:
    axes.set_xlim(0, total)
    axes.set_xticks(range(0, total + 1, total // 4))
    axes.set_xlabel("steps taken")
