"""Polynomial decay on the digits, with a plan that is shorter or longer than the training."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..show.style import INK, MUTED, ORANGE, panels
from . import curves
from .digits import STEPS, TOTAL, draw_losses, draw_rate_axes, validation_losses

POWERS = (0.5, 1.0, 2.0)
ENDS = (0.0, 0.1)
PLANS = (96, 320, 480)  # decay_steps: too few, as many as the training has, and too many


def rates(power: float, end: float, decay_steps: int, cycle: bool) -> np.ndarray:
    """Return the rate of each step, from 1 to `end`, shape (TOTAL,)."""
    return curves.polynomial(STEPS, 1.0, decay_steps, end, power, cycle)


@cache
def _table() -> dict[tuple[float, float, int, bool], np.ndarray]:
    """Return the losses of all trainings that differ: no second cycle begins after the end."""
    grid = [
        (power, end, plan, cycle)
        for power, end, plan, cycle in product(POWERS, ENDS, PLANS, (False, True))
        if plan < TOTAL or not cycle
    ]
    losses = validation_losses(np.stack([rates(*choice) for choice in grid], axis=1))
    return dict(zip(grid, losses.T, strict=True))


def losses(power: float, end: float, decay_steps: int, cycle: bool) -> np.ndarray:
    """Return the validation loss after each epoch, shape (epochs,); see `rates`."""
    return _table()[power, end, decay_steps, cycle and decay_steps < TOTAL]


def draw_polynomial(power: float, end: float, decay_steps: int, cycle: bool) -> Figure:
    """Draw polynomial decay, and the validation loss; the arguments are those of `rates`."""
    figure, (left, right) = panels(2, height=3.6)
    longest = max(PLANS)
    steps = np.arange(0, longest + 1, 4)
    planned = curves.polynomial(steps, 1.0, decay_steps, end, power, cycle)
    done = steps <= TOTAL
    for axes in (left, right):
        axes.axvline(TOTAL, color=INK, linewidth=1.2)
    left.text(TOTAL + 6, 1.04, "training ends", color=INK)
    left.plot(steps[~done], planned[~done], color=MUTED, linewidth=1.3, linestyle=DASHED)
    left.plot(steps[done], planned[done], color=ORANGE)
    point: Look = {"color": ORANGE, "markersize": 9, "zorder": 4, "clip_on": False}
    middle = end + (1 - end) * 0.5**power
    left.plot([decay_steps / 2], [middle], "s", gid="drag:power", **{**point, "markersize": 7})
    left.plot([decay_steps], [end], "o", gid="drag:decay_steps end", **point)
    draw_rate_axes(left, total=longest)
    left.set_title(f"power {power:g}, to {end:g} in {decay_steps} steps", color=ORANGE)
    measured = losses(power, end, decay_steps, cycle)
    draw_losses(right, measured, longest)
    last = rates(power, end, decay_steps, cycle)[-1]
    figure.set_label(
        f"Polynomial decay of power {power:g} goes from 1 to {end:g} in {decay_steps} steps"
        f"{', and then again' if cycle else ''}. The rate in the last of {TOTAL} steps is "
        f"{last:.3f}, and the validation loss ends at {measured[-1]:.3f} nats."
    )
    return figure
