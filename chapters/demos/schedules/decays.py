"""Each kind of schedule with its settings, next to the expected loss of a descent with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..show.style import BLUE, MUTED, ORANGE, panels
from . import curves
from .noisy_descent import (
    STEPS,
    TOTAL,
    draw_best_constant,
    draw_outcome,
    draw_rate_axes,
    expected_loss,
)

BOUNDARIES = (0, 20, 40, 60, 80, 100, 120)  # steps of the first drop
# The length of the first period, and the factor of the length at each restart.
PERIODS = {
    "no restart": (120.0, 1.0),
    "120 = 60 + 60": (60.0, 1.0),
    "120 = 40 + 80": (40.0, 2.0),
    "120 = 4 × 30": (30.0, 1.0),
}


def second_drop(boundary: int) -> int:
    """Return the step halfway from the first drop to the end."""
    return (boundary + TOTAL) // 2


def dropping(boundary: int, factor: float) -> np.ndarray:
    """Return rates that are divided by `factor` at `boundary` and at the second drop."""
    values = (1.0, 1 / factor, 1 / factor**2)
    return curves.piecewise(STEPS, (boundary, second_drop(boundary)), values)


def draw_stairs(boundary: int, factor: float) -> Figure:
    """Draw a rate that drops twice, and the expected loss.

    Args:
        boundary: step of the first drop.
        factor: each drop divides the rate by it.
    """
    figure, (left, right) = panels(2, height=3.5)
    rates, second = dropping(boundary, factor), second_drop(boundary)
    left.plot(STEPS, rates, color=ORANGE, drawstyle="steps-post")
    for at in {boundary, second} - {TOTAL}:
        left.plot([at], rates[[at]], "o", color=ORANGE, markersize=6, zorder=4, clip_on=False)
    draw_rate_axes(left, 1.2)
    words = f"÷ {factor:g} at {boundary} and {second}" if boundary < TOTAL else "no drop"
    left.set_title(words, color=ORANGE)
    end = draw_outcome(right, rates)
    figure.set_label(
        f"The rate is 1, divided by {factor:g} after step {boundary} and again after {second}; the "
        f"expected loss in the end is {end:.3f}."
    )
    return figure


def draw_decays(decay_rate: float, decay_steps: int, staircase: bool) -> Figure:
    """Draw exponential and inverse-time decay with the same settings, and both losses.

    Each decay is a layer of the figure.
    """
    figure, (left, right) = panels(2, height=3.7)
    draw_best_constant(right)
    phrases = []
    for row, (name, rule, color, dash) in enumerate(
        (
            ("exponential", curves.exponential, BLUE, "-"),
            ("inverse time", curves.inverse_time, ORANGE, (0, (6, 1.5))),
        )
    ):
        rates = rule(STEPS, 1.0, decay_steps, decay_rate, staircase)
        losses = expected_loss(rates)
        line: dict[str, Any] = {"color": color, "linestyle": dash, "gid": f"layer:{name}"}
        left.plot(STEPS, rates, drawstyle="steps-post" if staircase else "default", **line)
        right.plot(losses, **line)
        end: dict[str, Any] = {"color": color, "gid": f"layer:{name}"}
        right.plot([TOTAL], losses[-1:], "o", markersize=8, clip_on=False, zorder=4, **end)
        words = f"{name} {losses[-1]:.3f}"
        right.text(118, 3.1 / 1.75**row, words, fontweight="bold", ha="right", **end)
        phrases.append(f"{name} ends at a rate of {rates[-1]:.2g} and a loss of {losses[-1]:.3f}")
    draw_rate_axes(left, 1.1)
    left.set_title(f"{decay_rate:g} every {decay_steps} steps", color=MUTED)
    figure.set_label(
        f"With a decay rate of {decay_rate:g} every {decay_steps} steps"
        f"{' in a staircase' if staircase else ''}: {'; '.join(phrases)}."
    )
    return figure


def draw_polynomial(power: float, end: float, decay_steps: int, cycle: bool) -> Figure:
    """Draw polynomial decay with its settings, and the expected loss."""
    rates = curves.polynomial(STEPS, 1.0, decay_steps, end, power, cycle)
    figure, loss = _draw_decay(rates, end, f"power {power:g}, end {end:g}")
    figure.set_label(
        f"Polynomial decay of power {power:g} from 1 to {end:g} in {decay_steps} steps"
        f"{', cycling' if cycle else ''}: the expected loss in the end is {loss:.3f}."
    )
    return figure


def draw_cosine(period: str, m_mul: float, alpha: float) -> Figure:
    """Draw cosine decay with or without restarts, and the expected loss.

    Args:
        period: a name of `PERIODS`.
        m_mul: factor of the height at each restart.
        alpha: the least rate as a fraction of the first.
    """
    first, t_mul = PERIODS[period]
    rates = curves.cosine_restarts(STEPS, 1.0, first, t_mul, m_mul, alpha)
    figure, loss = _draw_decay(rates, alpha, f"{period}, least {alpha:g}")
    figure.set_label(
        f"Cosine decay, {period}, heights times {m_mul:g}, alpha {alpha:g}: the rate in the last "
        f"step is {rates[-1]:.3f}, and the expected loss in the end {loss:.3f}."
    )
    return figure


def _draw_decay(rates: np.ndarray, end: float, title: str) -> tuple[Figure, float]:
    """Draw rates above the last one, and the expected loss; return the figure and the last loss."""
    figure, (left, right) = panels(2, height=3.5)
    left.plot(STEPS, rates, color=ORANGE)
    left.plot([0, TOTAL], [end, end], color=MUTED, linewidth=1.2, linestyle=(0, (4, 1.5)))
    draw_rate_axes(left, 1.2)
    left.set_title(title, color=ORANGE)
    return figure, draw_outcome(right, rates)
