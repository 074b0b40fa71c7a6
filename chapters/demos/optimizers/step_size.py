"""The effective learning rates of AdaGrad and RMSProp when the gradient changes its size.

Both divide the learning rate by the root of a statistic of the squared gradients. For AdaGrad it is
the sum of all squares, for RMSProp an average over about the last 1 / (1 - rho) of them.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.words import plain
from ..show.style import INK, MUTED, panels
from .looks import LOOKS

LEARNING_RATE = 0.1
STEPS = 200
CHANGE = 100  # steps after which the gradient changes its size


def gradients(later: float) -> np.ndarray:
    """Return gradients that are 1 for `CHANGE` steps and then `later`, shape (STEPS,)."""
    return np.where(np.arange(STEPS) < CHANGE, 1.0, later)


def adagrad_rates(gradient: np.ndarray) -> np.ndarray:
    """Return AdaGrad's effective rate: the learning rate over the root of the sum of squares.

    Args:
        gradient: one gradient a step, shape (n,); the first is not 0.

    Returns:
        The factor of the gradient at each step, shape (n,).
    """
    return LEARNING_RATE / np.sqrt(np.cumsum(gradient**2))


def rmsprop_rates(gradient: np.ndarray, rho: float) -> np.ndarray:
    """Return RMSProp's effective rate: the learning rate over the root of an average of squares.

    Args:
        gradient: one gradient a step, shape (n,); the first is not 0.
        rho: share of the average that each step keeps, from 0 to less than 1.

    Returns:
        The factor of the gradient at each step, shape (n,).
    """
    average, rates = 0.0, []
    for g in gradient:
        average = rho * average + (1 - rho) * g**2
        rates.append(LEARNING_RATE / np.sqrt(average))
    return np.array(rates)


def draw_step_sizes(later: float, rho: float = 0.9) -> Figure:
    """Draw the factor of the gradient, and the step, at each step of both optimizers.

    Args:
        later: the gradient after `CHANGE` steps.
        rho: of RMSProp.
    """
    figure, (left, right) = panels(2, height=3.8)
    size = gradients(later)
    curves = {"AdaGrad": adagrad_rates(size), "RMSProp": rmsprop_rates(size, rho)}
    step = np.arange(1, STEPS + 1)
    ends = [float(rates[-1]) for rates in curves.values()]
    for axes, factor, last in ((left, np.ones(STEPS), 1.0), (right, size, later)):
        _draw_halves(axes, later)
        for (name, rates), end in zip(curves.items(), ends, strict=True):
            axes.plot(step, rates * factor, **LOOKS[name])
            text = f"{name}\n{plain(end * last)}"
            axes.text(204, end * last, text, color=LOOKS[name]["color"], va="center")
    left.set_title("times the gradient …")
    left.set_ylabel("learning rate ÷ root", labelpad=0)
    right.set_title("… is the step")
    right.set_ylabel("length of the step", labelpad=0)
    figure.set_label(
        f"The gradient is 1 for {CHANGE} steps and {later:g} after that. At step {STEPS}, AdaGrad "
        f"multiplies the gradient by {plain(ends[0])}, which makes a step of "
        f"{plain(ends[0] * later)}. RMSProp with rho {rho:g} multiplies it by {plain(ends[1])}, "
        f"which makes a step of {plain(ends[1] * later)}."
    )
    return figure


def _draw_halves(axes: Axes, later: float) -> None:
    """Scale and label the axes, and write the gradient of each half."""
    axes.axvline(CHANGE, color=MUTED, linewidth=1, linestyle=":")
    axes.set_yscale("log")
    axes.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    axes.minorticks_off()
    axes.set_xlim(0, STEPS)
    axes.set_ylim(4e-4, 12)
    axes.set_xticks([0, 100, 200])
    axes.set_xlabel("step")
    for middle, size in ((CHANGE / 2, 1.0), (CHANGE * 1.5, later)):
        axes.text(middle, 6, f"gradient\n{size:g}", color=INK, ha="center", va="center")
