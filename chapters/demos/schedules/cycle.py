"""One cycle on the digits: the rate rises and falls while the momentum falls and rises."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..nets.training import EPOCH, mean_losses
from ..show.style import BLUE, MUTED, ORANGE, PURPLE, panels
from . import curves
from .digits import SEEDS
from .warmup import draw_validation_axes

EPOCHS = 4
TOTAL = EPOCHS * EPOCH
STEPS = np.arange(TOTAL)
RISES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)  # shares of the steps before the peak
PEAKS = (0.03, 0.1, 0.3, 0.6)
MOMENTA = (0.85, 0.95)  # at the peak of the rate, and at its ends
MOMENTUM = 0.9  # of the constant rates


def momenta(rise: float) -> np.ndarray:
    """Return the momentum of each step, which is least at the peak of the rate, shape (TOTAL,)."""
    low, high = MOMENTA
    return high - (high - low) * curves.slanted_triangle(STEPS, TOTAL, 1.0, rise, 0.0)


@cache
def table(rise: float) -> np.ndarray:
    """Return the validation loss after each epoch at each of `PEAKS`, shape (EPOCHS, 4)."""
    rates = curves.slanted_triangle(STEPS, TOTAL, 1.0, rise)[:, None] * np.array(PEAKS)
    return _validation_losses(rates, momenta(rise))


@cache
def constant() -> np.ndarray:
    """Return the same for constant rates and the constant momentum `MOMENTUM`."""
    return _validation_losses(np.tile(PEAKS, (TOTAL, 1)), np.full(TOTAL, MOMENTUM))


def draw_cycle(rise: float, peak: float) -> Figure:
    """Draw rate and momentum over the steps, and the validation loss after each epoch."""
    figure, (left, right) = panels(2, height=3.7)
    left.plot(STEPS, curves.slanted_triangle(STEPS, TOTAL, 1.0, rise), color=ORANGE)
    left.plot(STEPS, momenta(rise), color=BLUE, linestyle=DASHED)
    point: Look = {"color": ORANGE, "markersize": 9, "zorder": 4, "clip_on": False}
    left.plot([rise * TOTAL], [1], "o", gid="drag:rise", **point)
    left.text(TOTAL - 2, 1.02, "momentum", color=BLUE, ha="right", fontweight="bold")
    left.text(TOTAL * 0.5, 0.06, "rate ÷ peak", color=ORANGE, ha="center", fontweight="bold")
    left.set_xlim(0, TOTAL)
    left.set_ylim(0, 1.15)
    left.set_xticks(range(0, TOTAL + 1, EPOCH))
    left.set_xlabel("steps taken")
    left.set_ylabel("rate ÷ peak, momentum")
    column = PEAKS.index(peak)
    epochs, losses, flat = range(1, EPOCHS + 1), table(rise)[:, column], constant()[:, column]
    right.plot(epochs, flat, color=MUTED, linewidth=1.3, linestyle=(0, (4, 1.5)))
    right.plot(epochs, losses, "o-", color=PURPLE, markersize=5)
    right.text(1.1, 0.074, f"dashes: always {peak:g}, ends at {flat[-1]:.3f}", color=MUTED)
    right.set_title(f"in the end {losses[-1]:.3f} nats", color=PURPLE)
    draw_validation_axes(right, EPOCHS)
    right.set_xticks(list(epochs))
    figure.set_label(
        f"One cycle spends {100 * rise:.0f} percent of its steps on the way up to a rate of "
        f"{peak:g}. Its validation loss after {EPOCHS} epochs is {losses[-1]:.3f} nats, and "
        f"that of a constant rate of {peak:g} is {flat[-1]:.3f}."
    )
    return figure


def _validation_losses(rates: np.ndarray, momentum: np.ndarray) -> np.ndarray:
    return mean_losses("Momentum", rates, momentum, SEEDS, np.float64).validation
