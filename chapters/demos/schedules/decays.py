"""Each kind of schedule with its settings, next to the expected loss of a descent with it."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..nets.words import count, plain
from ..show.style import BLUE, MUTED, ORANGE, PURPLE, panels
from . import curves
from .noisy_descent import (
    STEPS,
    TOTAL,
    best_constant,
    draw_best_constant,
    draw_outcome,
    draw_rate_axes,
    expected_loss,
)

BOUNDARIES = (0, 20, 40, 60, 80, 100, 120)  # steps of the first drop
POWERS = np.linspace(0.25, 3.5, 53)  # of a polynomial decay
# The length of the first period, and the factor of the length at each restart.
PERIODS = {
    "no restart": (120.0, 1.0),
    "120 = 60 + 60": (60.0, 1.0),
    "120 = 40 + 80": (40.0, 2.0),
    "120 = 4 × 30": (30.0, 1.0),
}


@cache
def losses_by_power(end: float, decay_steps: int, cycle: bool) -> np.ndarray:
    """Return the expected loss after polynomial decay with each of `POWERS`, shape (53,).

    The arguments are those of `curves.polynomial`.
    """
    every = [curves.polynomial(STEPS, 1.0, decay_steps, end, power, cycle) for power in POWERS]
    return np.array([expected_loss(rates)[-1] for rates in every])


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
    point: Look = {"color": ORANGE, "zorder": 4, "clip_on": False}
    left.plot([boundary], [1], "o", markersize=9, gid="drag:boundary", **point)
    if boundary < TOTAL:
        left.plot([second], rates[[second]], "o", markersize=6, **point)
    draw_rate_axes(left, 1.2)
    words = f"÷ {factor:g} at {boundary} and {second}" if boundary < TOTAL else "no drop"
    left.set_title(words, color=ORANGE)
    end = draw_outcome(right, rates)
    figure.set_label(
        f"The rate is 1, divided by {factor:g} after {count(boundary, 'step')} and again after "
        f"{second}; the expected loss in the end is {end:.3f}."
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
            ("inverse time", curves.inverse_time, ORANGE, DASHED),
        )
    ):
        rates = rule(STEPS, 1.0, decay_steps, decay_rate, staircase)
        losses = expected_loss(rates)
        line: Look = {"color": color, "linestyle": dash, "gid": f"layer:{name}"}
        left.plot(STEPS, rates, drawstyle="steps-post" if staircase else "default", **line)
        right.plot(losses, **line)
        end: Look = {"color": color, "gid": f"layer:{name}"}
        right.plot([TOTAL], losses[-1:], "o", markersize=8, clip_on=False, zorder=4, **end)
        height, words = 3.4 / 1.7**row, f"{name} {losses[-1]:.3f}"
        right.plot([22, 36], [height, height], **line)
        right.text(118, height, words, fontweight="bold", ha="right", va="center", **end)
        phrases.append(
            f"{name} ends at a rate of {plain(rates[-1])} and a loss of {losses[-1]:.3f}"
        )
    point: Look = {"color": BLUE, "markersize": 9, "zorder": 4, "clip_on": False}
    left.plot([decay_steps], [decay_rate], "o", gid="drag:decay_steps decay_rate", **point)
    draw_rate_axes(left, 1.1)
    left.set_title(f"{decay_rate:g} every {decay_steps} steps", color=MUTED)
    figure.set_label(
        f"With a decay rate of {decay_rate:g} every {decay_steps} steps"
        f"{' in a staircase' if staircase else ''}: {'; '.join(phrases)}."
    )
    return figure


def draw_polynomial(power: float, end: float, decay_steps: int, cycle: bool) -> Figure:
    """Draw polynomial decay, and the expected loss in the end for every power."""
    figure, (left, right) = panels(2, height=3.5)
    point: Look = {"markersize": 9, "zorder": 4, "clip_on": False}
    rates = curves.polynomial(STEPS, 1.0, decay_steps, end, power, cycle)
    _draw_rates(left, rates, end, f"power {power:g}, end {end:g}")
    left.plot([decay_steps], [end], "o", color=ORANGE, gid="drag:decay_steps end", **point)
    loss, constant = float(expected_loss(rates)[-1]), best_constant()[1]
    right.axhline(constant, color=MUTED, linewidth=1.3, linestyle=DASHED)
    right.text(0.35, 0.034, f"dashes: best constant, {constant:.3f}", color=MUTED)
    right.plot(POWERS, losses_by_power(end, decay_steps, cycle), color=PURPLE)
    right.plot([power], [loss], "o", color=PURPLE, gid="drag:power", **point)
    right.set_title(f"in the end {loss:.3f}", color=PURPLE)
    right.set_xlim(0.25, 3.5)
    right.set_xticks([0.5, 1, 2, 3], ["0.5", "1", "2", "3"])
    right.set_yscale("log")
    right.set_ylim(0.03, 1.5)
    right.set_yticks([0.03, 0.1, 0.3, 1], ["0.03", "0.1", "0.3", "1"])
    right.minorticks_off()
    right.set_xlabel("power")
    right.set_ylabel("expected loss in the end")
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
    figure, (left, right) = panels(2, height=3.5)
    _draw_rates(left, rates, alpha, f"{period}, least {alpha:g}", "drag:alpha")
    loss = draw_outcome(right, rates)
    figure.set_label(
        f"Cosine decay, {period}, heights times {m_mul:g}, alpha {alpha:g}: the rate in the last "
        f"step is {rates[-1]:.3f}, and the expected loss in the end {loss:.3f}."
    )
    return figure


def _draw_rates(
    axes: Axes, rates: np.ndarray, end: float, title: str, gid: str | None = None
) -> None:
    """Draw rates above the least one.

    Args:
        axes: to draw on.
        rates: learning rate of each step, shape (TOTAL,).
        end: the least rate.
        title: of the panel.
        gid: of the line at the least rate.
    """
    axes.plot(STEPS, rates, color=ORANGE)
    axes.axhline(end, color=MUTED, linewidth=1.2, linestyle=DASHED, gid=gid)
    draw_rate_axes(axes, 1.2)
    axes.set_title(title, color=ORANGE)
