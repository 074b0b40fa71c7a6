"""Cosine decay with restarts on a loss with many valleys, and where its noisy descents end.

The loss of a single weight is a bowl with a wave on it, so every fourth number is a valley.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..show.style import GREEN, INK, MUTED, ORANGE, PURPLE, panels
from . import curves

TOTAL = 120  # steps of a descent
STEPS = np.arange(TOTAL)  # number of steps taken before each step
BOWL, WAVE, PERIOD = 0.1, 0.6, 4.0  # curvature of the bowl, height and length of the waves
START, DEEPEST = -8.0, 4.0
NOISE = 1.5  # standard deviation of the noise in a gradient
PEAK = 0.7  # learning rate at the start
DRAWS, DRAWN = 200, 8  # descents, and how many of them are drawn
# The length of the first period, and the factor of the length at each restart.
PERIODS = {
    "no restart": (120.0, 1.0),
    "120 = 60 + 60": (60.0, 1.0),
    "120 = 40 + 80": (40.0, 2.0),
    "120 = 4 × 30": (30.0, 1.0),
}


def loss(w: np.ndarray) -> np.ndarray:
    """Return the loss of weights, of the same shape; it is 0 at `DEEPEST`."""
    away = w - DEEPEST
    return BOWL * away**2 / 2 + WAVE * (1 - np.cos(2 * np.pi * away / PERIOD))


def slope(w: np.ndarray) -> np.ndarray:
    """Return the derivative of `loss`, of the shape of `w`."""
    away = w - DEEPEST
    return BOWL * away + WAVE * 2 * np.pi / PERIOD * np.sin(2 * np.pi * away / PERIOD)


def descend(rates: np.ndarray) -> np.ndarray:
    """Return the weight in each of `DRAWS` noisy descents, shape (steps + 1, DRAWS).

    Args:
        rates: learning rate of each step, shape (steps,).
    """
    noise = NOISE * np.random.default_rng(3).standard_normal((len(rates), DRAWS))
    points = [np.full(DRAWS, START)]
    for rate, error in zip(rates, noise, strict=True):
        points.append(points[-1] - rate * (slope(points[-1]) + error))
    return np.array(points)


def in_deepest(w: np.ndarray) -> np.ndarray:
    """Tell which weights are in the deepest valley, in the shape of `w`."""
    return np.abs(w - DEEPEST) < PERIOD / 2


def period_ends(period: str) -> np.ndarray:
    """Return the steps after which a period of `PERIODS` ends, the last of them `TOTAL`."""
    first, t_mul = PERIODS[period]
    lengths = first * t_mul ** np.arange(4)
    ends = np.cumsum(lengths).astype(int)
    return ends[ends <= TOTAL]


def rates(period: str, m_mul: float, alpha: float) -> np.ndarray:
    """Return the learning rate of each step, shape (TOTAL,).

    Args:
        period: a name of `PERIODS`.
        m_mul: factor of the height at each restart.
        alpha: the least rate as a fraction of the first.
    """
    return curves.cosine_restarts(STEPS, PEAK, *PERIODS[period], m_mul, alpha)


@cache
def shares(period: str, m_mul: float, alpha: float) -> tuple[float, float]:
    """Return the percentage of descents in the deepest valley: at the last stop, and at any stop.

    The arguments are those of `rates`. A stop is the end of a period.
    """
    found = in_deepest(descend(rates(period, m_mul, alpha))[period_ends(period)])
    return 100 * float(found[-1].mean()), 100 * float(found.any(axis=0).mean())


def draw_cosine(period: str, m_mul: float, alpha: float) -> Figure:
    """Draw cosine decay with or without restarts, and some descents; see `rates`."""
    figure, (left, right) = panels(2, height=3.8)
    rate, ends = rates(period, m_mul, alpha), period_ends(period)
    left.plot(STEPS, rate, color=ORANGE)
    least: Look = {"color": MUTED, "linewidth": 1.2, "linestyle": DASHED}
    left.axhline(alpha * PEAK, gid="drag:alpha", **least)
    left.set_ylim(0, 0.85)
    left.set_ylabel("learning rate")
    left.set_title(f"{period}, least {alpha * PEAK:g}", color=ORANGE)
    _draw_valleys(right)
    points = descend(rate)[:, :DRAWN]
    for line in points.T:
        right.plot(np.arange(TOTAL + 1)[::2], line[::2], color=PURPLE, linewidth=0.8, alpha=0.6)
    stops = points[ends]
    steps = np.broadcast_to(ends[:, None], stops.shape)
    for inside, color in ((True, GREEN), (False, ORANGE)):
        here = in_deepest(stops) == inside
        right.plot(steps[here], stops[here], "o", color=color, markersize=4.5, clip_on=False)
    last, some = shares(period, m_mul, alpha)
    right.set_title(f"deepest valley: {last:.0f}% in the end", color=GREEN)
    right.text(3, 10.4, f"{some:.0f}% at one of the stops", color=GREEN, fontweight="bold")
    for axes in (left, right):
        axes.set_xticks(range(0, TOTAL + 1, 30))
        axes.set_xlabel("steps taken")
    left.set_xlim(0, TOTAL)
    figure.set_label(
        f"The periods of cosine decay are: {period}. Each is {m_mul:g} times as high as the one "
        f"before, and alpha is {alpha:g}. Of {DRAWS} descents, {last:.0f} percent are in the "
        f"deepest valley at the last stop, and {some:.0f} percent are there at one of the stops."
    )
    return figure


def _draw_valleys(axes: Axes) -> None:
    """Draw the bottoms of the valleys and, at the right edge, the loss over the weight."""
    for bottom in DEEPEST + PERIOD * np.arange(-3, 2):
        color, width = (GREEN, 1.6) if bottom == DEEPEST else (MUTED, 0.8)
        axes.axhline(bottom, color=color, linewidth=width, alpha=0.7)
    w = np.linspace(-10, 10, 81)
    axes.axvline(TOTAL, color=MUTED, linewidth=0.8)
    axes.plot(TOTAL + 4 + 3.2 * loss(w), w, color=INK, linewidth=1.4)
    axes.text(TOTAL + 24, 10.4, "loss", color=INK, ha="center")
    axes.set_xlim(0, TOTAL + 42)
    axes.set_ylim(-10, 12.5)
    axes.set_yticks([-8, -4, 0, 4, 8], ["−8", "−4", "0", "4", "8"])
    axes.set_ylabel("weight")
