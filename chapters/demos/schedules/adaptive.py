"""Four optimizers on the ravine of `noisy_descent`, with and without a schedule.

Each descent is repeated with many draws of the noise, and the figures show the means.
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
from .noisy_descent import CURVATURE, NOISE, START, STEPS, TOTAL

DRAWS = 300  # of the noise
RATES = {"SGD": 1.0, "AdaGrad": 3.0, "RMSProp": 0.5, "Adam": 0.5}
_LOOKS: dict[str, Look] = {  # as in chapter 3
    "SGD": {"color": INK},
    "AdaGrad": {"color": ORANGE},
    "RMSProp": {"color": ORANGE, "linestyle": DASHED},
    "Adam": {"color": GREEN},
}


@cache
def descend(name: str, scheduled: bool, noisy: bool) -> np.ndarray:
    """Return the points of all descents of an optimizer, shape (TOTAL + 1, DRAWS, 2).

    Args:
        name: one of `RATES`.
        scheduled: whether the learning rate follows a cosine to 0, or is constant.
        noisy: whether the gradient has noise; without it, all descents are the same.
    """
    optimizer, rate = named(name), RATES[name]
    rates = curves.cosine(STEPS, rate, TOTAL) if scheduled else np.full(TOTAL, rate)
    shape = (TOTAL, DRAWS, 2)
    noise = NOISE * noisy * np.random.default_rng(6).standard_normal(shape)
    state, points = optimizer.state, [np.tile(START, (DRAWS, 1))]
    for step in STEPS:
        gradient = CURVATURE * points[-1] + noise[step]
        update, state = optimizer.rule(gradient, state, int(step) + 1)
        points.append(points[-1] + rates[step] * update)
    return np.array(points)


def step_lengths(points: np.ndarray) -> np.ndarray:
    """Return the root mean square length of each step over all descents, shape (TOTAL,)."""
    return np.sqrt(np.mean(np.sum(np.diff(points, axis=0) ** 2, axis=-1), axis=-1))


def mean_losses(points: np.ndarray) -> np.ndarray:
    """Return the mean loss over all descents at each of their points, shape (TOTAL + 1,)."""
    return np.mean(np.sum(CURVATURE * points**2, axis=-1) / 2, axis=-1)


def draw_step_lengths(rate: str, noisy: bool) -> Figure:
    """Draw the lengths of the steps of four optimizers, and their losses.

    Each optimizer is a layer of the figure.

    Args:
        rate: "constant" or "cosine schedule".
        noisy: whether the gradient has noise.
    """
    figure, (left, right) = panels(2, height=3.9)
    phrases = []
    for row, (name, look) in enumerate(_LOOKS.items()):
        points = descend(name, rate == "cosine schedule", noisy)
        length, loss = np.maximum(step_lengths(points), 1e-9), mean_losses(points)
        line: Look = {**look, "linewidth": 1.7, "gid": f"layer:{name}"}
        left.plot(STEPS, length, **line)
        right.plot(loss, **line)
        height = 3.6 / 1.65**row
        right.plot([40, 56], [height, height], **line)
        words: Look = {"color": look["color"], "fontweight": "bold", "gid": f"layer:{name}"}
        right.text(60, height, f"{name} {loss[-1]:.3f}", va="center", **words)
        phrases.append(f"{name} {plain(length[-1])} and {loss[-1]:.3f}")
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_xlim(0, TOTAL)
        axes.set_xticks(range(0, TOTAL + 1, 30))
        axes.set_xlabel("steps taken")
    left.set_ylim(1e-3, 5)
    left.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    left.set_ylabel("length of a step")
    right.set_ylim(0.02, 5)
    right.set_yticks([0.03, 0.1, 0.3, 1, 3], ["0.03", "0.1", "0.3", "1", "3"])
    right.set_ylabel("mean loss")
    for axes in (left, right):
        axes.minorticks_off()
    left.set_title(f"{rate}, {'noise' if noisy else 'no noise'}", color=MUTED)
    figure.set_label(
        f"{rate.capitalize()}, {'with' if noisy else 'without'} noise: length of the last step and "
        f"loss in the end are for {', '.join(phrases)}."
    )
    return figure
