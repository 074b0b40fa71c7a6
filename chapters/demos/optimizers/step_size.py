"""What is left of the learning rate where squared gradients divide it: AdaGrad and RMSProp.

Both divide by the root of what they remember of the squared gradient. AdaGrad remembers the sum of
all squares, RMSProp an average over about the last 1 / (1 - rho) of them.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..show.style import BLUE, INK, MUTED, ORANGE, panels

LEARNING_RATE = 0.1
STEPS = 200
TURN = 100  # steps after which the gradient changes its size


def gradients(later: float) -> np.ndarray:
    """Return gradients of size 1 that become `later` after `TURN` steps, shape (STEPS,)."""
    return np.where(np.arange(STEPS) < TURN, 1.0, later)


def summed(gradient: np.ndarray) -> np.ndarray:
    """Return AdaGrad's rate at each step: the learning rate over the root of the sum of squares.

    Args:
        gradient: one gradient a step, shape (n,), the first not 0.

    Returns:
        What multiplies the gradient at each step, shape (n,).
    """
    return LEARNING_RATE / np.sqrt(np.cumsum(gradient**2))


def averaged(gradient: np.ndarray, rho: float) -> np.ndarray:
    """Return RMSProp's rate at each step, as `summed` but over a moving average of the squares.

    Args:
        gradient: one gradient a step, shape (n,), the first not 0.
        rho: share of the average that is kept at each step, from 0 to less than 1.
    """
    average, rates = 0.0, []
    for g in gradient:
        average = rho * average + (1 - rho) * g**2
        rates.append(LEARNING_RATE / np.sqrt(average))
    return np.array(rates)


def draw_step_sizes(later: float, rho: float = 0.9) -> Figure:
    """Draw what multiplies the gradient, and the step, while the gradient's size changes midway.

    Meant for 7 x 4 = 28 frames:

        interact(
            step_size.draw_step_sizes,
            later=SelectionSlider(
                value=0.1, options=[0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0],
                description="later gradient",
            ),
            rho=Dropdown(value=0.9, options=[0.5, 0.9, 0.99, 0.999], description="rho"),
        )
    """
    figure, (left, right) = panels(2, height=3.8)
    size = gradients(later)
    curves = (("AdaGrad", summed(size), ORANGE, "-"), ("RMSProp", averaged(size, rho), BLUE, "--"))
    step = np.arange(1, STEPS + 1)
    for _, rates, color, dash in curves:
        left.plot(step, rates, dash, color=color)
        right.plot(step, rates * size, dash, color=color)
    ends = [float(rates[-1]) for _, rates, _, _ in curves]
    for axes, factor in ((left, 1.0), (right, later)):
        _draw_turn(axes, later)
        for (name, _, color, _), end in zip(curves, ends, strict=True):
            axes.text(204, end * factor, f"{name}\n{end * factor:.2g}", color=color, va="center")
    left.set_title("times the gradient …")
    left.set_ylabel("learning rate ÷ root", labelpad=0)
    right.set_title("… is the step")
    right.set_ylabel("length of the step", labelpad=0)
    figure.set_label(
        f"The gradient is 1 and after {TURN} steps {later:g}. At step {STEPS} AdaGrad multiplies "
        f"it with {ends[0]:.2g}, a step of {ends[0] * later:.2g}; RMSProp with rho {rho:g} "
        f"multiplies it with {ends[1]:.2g}, a step of {ends[1] * later:.2g}."
    )
    return figure


def _draw_turn(axes: Axes, later: float) -> None:
    """Give both panels one scale, and say how large the gradient is in each half."""
    axes.axvline(TURN, color=MUTED, linewidth=1, linestyle=":")
    axes.set_yscale("log")
    axes.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    axes.minorticks_off()
    axes.set_xlim(0, STEPS)
    axes.set_ylim(4e-4, 12)
    axes.set_xticks([0, 100, 200])
    axes.set_xlabel("step")
    for middle, size in ((TURN / 2, 1.0), (TURN * 1.5, later)):
        axes.text(middle, 6, f"gradient\n{size:g}", color=INK, ha="center", va="center")
