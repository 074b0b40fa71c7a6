"""Momentum as a leaky average: how much each past gradient counts, and what the average follows.

The velocity of Momentum is a sum of all past gradients, in which a gradient of k steps ago counts
`momentum**k`. Times 1 - momentum it is an average, whose weights add up to 1 in the long run.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import Look, draw_key
from ..nets.words import count
from ..show.style import BLUE, MUTED, ORANGE, panels

STEPS = 60
TURN = 30  # steps after which the turning gradient changes its sign
NOISE = 2.0  # standard deviation of the noisy gradient, whose mean is 1
OLDEST = 40  # steps ago, at the right edge of the weights
MARKED = 5  # the age of the gradient whose weight the reader drags
MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98)
_t = np.arange(1, STEPS + 1)
PATTERNS = {
    "noisy": 1 + NOISE * np.random.default_rng(2).standard_normal(STEPS),
    "alternating": (-1.0) ** (_t + 1),
    "turning": np.where(_t <= TURN, 1.0, -1.0),
}


def leaky_averages(gradients: np.ndarray, momentum: float) -> np.ndarray:
    """Return the leaky average after each step, which starts at zero.

    Args:
        gradients: one gradient a step, shape (n,).
        momentum: share of the running sum that each step keeps, from 0 to less than 1.

    Returns:
        The running sum times 1 - momentum, shape (n,).
    """
    velocity, averages = 0.0, []
    for g in gradients:
        velocity = momentum * velocity + g
        averages.append((1 - momentum) * velocity)
    return np.array(averages)


def scatter_kept(momentum: float | np.ndarray) -> np.ndarray:
    """Return the share of the gradients' scatter that the average has in the long run.

    Args:
        momentum: from 0 to less than 1, any shape.
    """
    beta = np.asarray(momentum)
    return np.sqrt((1 - beta) / (1 + beta))


def swing_kept(momentum: float | np.ndarray) -> np.ndarray:
    """Return the size of the average of gradients that alternate between 1 and -1.

    Args:
        momentum: from 0 to less than 1, any shape.
    """
    beta = np.asarray(momentum)
    return (1 - beta) / (1 + beta)


def steps_behind(momentum: float) -> int:
    """Return how many steps after the turn the average points backward for the last time."""
    return int(np.sum(leaky_averages(PATTERNS["turning"], momentum)[TURN:] > 0))


def draw_average(momentum: float, gradients: str) -> Figure:
    """Draw the weights of the past gradients, and a row of gradients with its leaky average.

    Args:
        momentum: one of `MOMENTA`.
        gradients: a name of `PATTERNS`.
    """
    figure, (left, right) = panels(2, height=3.6)
    _draw_weights(left, momentum)
    row = PATTERNS[gradients]
    right.axhline(0, color=MUTED, linewidth=0.8)
    right.plot(_t, row, "o", color=MUTED, markersize=3, markeredgewidth=0)
    right.plot(_t, leaky_averages(row, momentum), color=BLUE)
    right.set_xlim(0, STEPS + 1)
    right.set_ylim(*((-4.6, 8.6) if gradients == "noisy" else (-1.3, 2.1)))
    right.set_xlabel("step")
    right.set_ylabel("gradient", labelpad=0)
    dots: Look = {"color": MUTED, "marker": "o", "markersize": 3, "linestyle": "none"}
    draw_key(right, [("gradient", dots), ("leaky average", {"color": BLUE})])
    result = _result(gradients, momentum)
    right.set_title(result, color=BLUE)
    figure.set_label(
        f"At momentum {momentum:g} the newest gradient counts 1 and a gradient of {MARKED} steps "
        f"ago {momentum**MARKED:.2f}; all weights together are {1 / (1 - momentum):g}. The leaky "
        f"average of {gradients} gradients {result}."
    )
    return figure


def _draw_weights(axes: Axes, momentum: float) -> None:
    """Draw the weight of each past gradient."""
    ages = np.arange(OLDEST + 1)
    axes.vlines(ages, 0, momentum**ages, color=BLUE, linewidth=2)
    here: Look = {"color": ORANGE, "markersize": 10, "zorder": 4, "clip_on": False}
    axes.plot([MARKED], [momentum**MARKED], "o", gid="drag:momentum", **here)
    axes.set_xlim(-1, OLDEST)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("steps ago")
    axes.set_ylabel("weight of the gradient")
    axes.set_title(f"sum of all weights {1 / (1 - momentum):.3g}", color=BLUE)


def _result(gradients: str, momentum: float) -> str:
    """Return what the average makes of the gradients."""
    if gradients == "noisy":
        return f"keeps {100 * scatter_kept(momentum):.0f}% of the scatter"
    if gradients == "alternating":
        return f"keeps {100 * swing_kept(momentum):.0f}% of the swing"
    return f"points back for {count(steps_behind(momentum), 'step')}"
