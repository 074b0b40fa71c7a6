"""Four optimizers on the noisy ravine of `drive`: what adapts by itself, and what a schedule adds.

Each descent is repeated with many draws of the noise, and means are taken over them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..nets.optimizers import member
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, panels
from . import curves
from .drive import CURVATURE, NOISE, START, STEPS, TOTAL

DRAWS = 300
RATES = {"SGD": 1.0, "AdaGrad": 3.0, "RMSProp": 0.5, "Adam": 0.5}
_LOOKS: dict[str, tuple[str, Any]] = {
    "SGD": (BLUE, "-"),
    "AdaGrad": (ORANGE, (0, (5, 1.5))),
    "RMSProp": (PURPLE, (0, (1.5, 1.2))),
    "Adam": (GREEN, (0, (5, 1.2, 1.2, 1.2))),
}


@cache
def travel(name: str, scheduled: bool, noisy: bool) -> np.ndarray:
    """Return the points of all descents of an optimizer, shape (TOTAL + 1, DRAWS, 2).

    Args:
        name: one of `RATES`.
        scheduled: whether the rate falls to 0 by a cosine, or stays as it is.
        noisy: whether the gradient has noise; without it, all descents are the same.
    """
    optimizer, rate = member(name), RATES[name]
    rates = curves.cosine(STEPS, rate, TOTAL) if scheduled else np.full(TOTAL, rate)
    shape = (TOTAL, DRAWS, 2)
    noise = NOISE * noisy * np.random.default_rng(6).standard_normal(shape)
    memory, points = optimizer.memory, [np.tile(START, (DRAWS, 1))]
    for step in STEPS:
        g = CURVATURE * points[-1] + noise[step]
        move, memory = optimizer.rule(g, memory, int(step) + 1)
        points.append(points[-1] + rates[step] * move)
    return np.array(points)


def lengths(points: np.ndarray) -> np.ndarray:
    """Return the root mean square length of each step over the descents, shape (TOTAL,)."""
    return np.sqrt(np.mean(np.sum(np.diff(points, axis=0) ** 2, axis=-1), axis=-1))


def losses(points: np.ndarray) -> np.ndarray:
    """Return the mean loss of the descents before each step and in the end, shape (TOTAL + 1,)."""
    return np.mean(np.sum(CURVATURE * points**2, axis=-1) / 2, axis=-1)


def draw_step_lengths(rate: str, noisy: bool) -> Figure:
    """Draw how long the steps of four optimizers are, and their loss.

    Each is a layer of the figure, by its name.

    Args:
        rate: "constant" or "cosine schedule".
        noisy: whether the gradient has noise.
    """
    figure, (left, right) = panels(2, height=3.9)
    said = []
    for row, (name, (color, dash)) in enumerate(_LOOKS.items()):
        points = travel(name, rate == "cosine schedule", noisy)
        length, loss = np.maximum(lengths(points), 1e-9), losses(points)
        line: dict[str, Any] = {"color": color, "linestyle": dash, "gid": f"layer:{name}"}
        left.plot(STEPS, length, linewidth=1.7, **line)
        right.plot(loss, linewidth=1.7, **line)
        words = {"color": color, "fontweight": "bold", "gid": f"layer:{name}"}
        right.text(72, 3.1 / 1.75**row, f"{name} {loss[-1]:.3f}", **words)
        said.append(f"{name} {length[-1]:.2g} and {loss[-1]:.3f}")
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
        f"loss in the end are for {', '.join(said)}."
    )
    return figure
