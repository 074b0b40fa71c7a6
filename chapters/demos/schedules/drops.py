"""Step decay on the digits: the rate drops twice, and the loss drops with it."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import Look
from ..nets.words import count
from ..show.style import ORANGE, panels
from . import curves
from .digits import (
    STEPS,
    TOTAL,
    best_constant,
    draw_losses,
    draw_rate_axes,
    validation_losses,
)

BOUNDARIES = (0, 64, 128, 192, 256, 320)  # steps of the first drop: every second epoch
FACTORS = (2.0, 3.0, 10.0)


def second_drop(boundary: int) -> int:
    """Return the step halfway from the first drop to the end."""
    return (boundary + TOTAL) // 2


def dropping(boundary: int, factor: float) -> np.ndarray:
    """Return rates that are divided by `factor` at `boundary` and at the second drop, (TOTAL,)."""
    values = (1.0, 1 / factor, 1 / factor**2)
    return curves.piecewise(STEPS, (boundary, second_drop(boundary)), values)


@cache
def table() -> np.ndarray:
    """Return the validation loss after each epoch, shape (epochs, boundaries, factors)."""
    grid = [dropping(boundary, factor) for boundary in BOUNDARIES for factor in FACTORS]
    losses = validation_losses(np.stack(grid, axis=1))
    return losses.reshape(-1, len(BOUNDARIES), len(FACTORS))


def draw_stairs(boundary: int, factor: float) -> Figure:
    """Draw a rate that drops twice, and the validation loss.

    Args:
        boundary: step of the first drop, one of `BOUNDARIES`.
        factor: each drop divides the rate by it, one of `FACTORS`.
    """
    figure, (left, right) = panels(2, height=3.6)
    second = second_drop(boundary)
    corners, levels = [0, TOTAL], [1.0, 1.0]
    if boundary < TOTAL:
        corners, levels = [0, boundary, second, TOTAL], [1, 1 / factor, *[1 / factor**2] * 2]
    left.plot(corners, levels, color=ORANGE, drawstyle="steps-post")
    point: Look = {"color": ORANGE, "zorder": 4, "clip_on": False}
    left.plot([boundary], [1], "o", markersize=9, gid="drag:boundary", **point)
    draw_rate_axes(left)
    words = f"÷ {factor:g} at {boundary} and {second}" if boundary < TOTAL else "no drop"
    left.set_title(words, color=ORANGE)
    losses = table()[:, BOUNDARIES.index(boundary), FACTORS.index(factor)]
    draw_losses(right, losses)
    rate, constant = best_constant()
    drops = f"divided by {factor:g} after {count(boundary, 'step')} and again after {second}"
    figure.set_label(
        f"The rate is 1, {drops if boundary < TOTAL else f'never divided by {factor:g}'}. The "
        f"validation loss ends at {losses[-1]:.3f} nats, and with the best constant rate, "
        f"{rate:g}, it ends at {constant[-1]:.3f}."
    )
    return figure
