"""Four optimizers on the readings of the morning scale, with and without a schedule.

The loss of an estimate `w` is `(w - TRUE)**2 / 2`, and its gradient has the noise of a reading.
Many people weigh themselves, each of them on a scale of their own.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..nets.optimizers import named
from ..nets.words import plain
from ..show.style import GREEN, INK, MUTED, ORANGE, panels
from . import curves

TRUE, START = 70.0, 60.0  # kg
NOISE = 1.0  # kg, standard deviation of a reading
MORNINGS = 120
PEOPLE = 300
MIDDLE = (10, 90)  # percentiles, between which most people's estimates lie
RATES = {"SGD": 0.3, "AdaGrad": 3.0, "RMSProp": 0.5, "Adam": 0.5}
_LOOKS: dict[str, Look] = {  # as in chapter 3
    "SGD": {"color": INK},
    "AdaGrad": {"color": ORANGE},
    "RMSProp": {"color": ORANGE, "linestyle": DASHED},
    "Adam": {"color": GREEN},
}


@cache
def descend(name: str, scheduled: bool, noisy: bool) -> np.ndarray:
    """Return the estimates of all people in kg, shape (MORNINGS + 1, PEOPLE).

    Args:
        name: one of `RATES`.
        scheduled: whether the learning rate follows a cosine to 0, or is constant.
        noisy: whether readings have noise; without it, all people have the same estimates.
    """
    optimizer, rate = named(name), RATES[name]
    steps = np.arange(MORNINGS)
    rates = curves.cosine(steps, rate, MORNINGS) if scheduled else np.full(MORNINGS, rate)
    noise = NOISE * noisy * np.random.default_rng(6).standard_normal((MORNINGS, PEOPLE))
    state, estimates = optimizer.state, [np.full(PEOPLE, START)]
    for step in steps:
        gradient = estimates[-1] - (TRUE + noise[step])
        update, state = optimizer.rule(gradient, state, int(step) + 1)
        estimates.append(estimates[-1] + rates[step] * update)
    return np.array(estimates)


def step_lengths(estimates: np.ndarray) -> np.ndarray:
    """Return the root mean square length of each step over all people, shape (MORNINGS,)."""
    return np.sqrt(np.mean(np.diff(estimates, axis=0) ** 2, axis=-1))


def typical_errors(estimates: np.ndarray) -> np.ndarray:
    """Return the root mean square error over all people, shape (MORNINGS + 1,)."""
    return np.sqrt(np.mean((estimates - TRUE) ** 2, axis=-1))


def draw_step_lengths(rate: str, noisy: bool) -> Figure:
    """Draw where most estimates of each optimizer lie, and the lengths of its steps.

    Each optimizer is a layer of the figure.

    Args:
        rate: "constant" or "cosine schedule".
        noisy: whether the readings have noise.
    """
    figure, (left, right) = panels(2, height=3.9)
    phrases = []
    mornings = np.arange(MORNINGS + 1)
    for row, (name, look) in enumerate(_LOOKS.items()):
        estimates = descend(name, rate == "cosine schedule", noisy)
        length, error = step_lengths(estimates), typical_errors(estimates)[-1]
        low, high = np.percentile(estimates, MIDDLE, axis=1)
        layer: Look = {"gid": f"layer:{name}"}
        left.fill_between(
            mornings[::2], low[::2], high[::2], color=look["color"], alpha=0.13, lw=0, **layer
        )
        for edge in (low, high):
            left.plot(mornings[::2], edge[::2], **look, linewidth=1.5, **layer)
        right.plot(mornings[1:], np.maximum(length, 1e-9), **look, linewidth=1.7, **layer)
        height = 67.55 - 0.4 * row
        left.plot([52, 66], [height, height], **look, linewidth=1.7, **layer)
        words: Look = {"color": look["color"], "fontweight": "bold", **layer}
        left.text(69, height, f"{name} ±{error:.2f}", va="center", **words)
        phrases.append(f"{name} {plain(length[-1])} and {error:.2f} kg")
    left.set_ylim(66, 72)
    left.set_ylabel("estimate (kg)")
    left.set_title("most of 300 estimates", color=MUTED)
    right.set_yscale("log")
    right.set_ylim(1e-3, 5)
    right.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    right.minorticks_off()
    right.set_ylabel("length of a step (kg)")
    right.set_title(f"{rate}, {'noise' if noisy else 'no noise'}", color=MUTED)
    for axes in (left, right):
        axes.set_xlim(0, MORNINGS)
        axes.set_xticks(range(0, MORNINGS + 1, 30))
        axes.set_xlabel("mornings")
    figure.set_label(
        f"{'The readings are noisy' if noisy else 'The readings have no noise'}, and the learning "
        f"rate is {'constant' if rate == 'constant' else 'a cosine schedule'}. The length of the "
        f"last step and the typical error in the end are: {', '.join(phrases)}."
    )
    return figure
