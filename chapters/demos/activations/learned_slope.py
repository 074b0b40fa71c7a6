"""PReLU: the slope for negative inputs is a parameter that is learned from data."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import Look
from ..nets.words import count
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, ORANGE, PURPLE, panels

START = 0.0  # Keras starts there too: a ReLU
LEARNING_RATE = 0.3
STEPS = 12
TRUTHS = {"a small leak": 0.1, "a straight line": 1.0, "an absolute value": -1.0}
_random = np.random.default_rng(8)
X = np.linspace(-2, 2, 24)  # shape (24,), none of them 0
NOISE = 0.06 * _random.standard_normal(24)


def prelu(x: np.ndarray, slope: float) -> np.ndarray:
    """Return `x` where it is positive and `slope * x` elsewhere, of the shape of `x`."""
    return np.where(x > 0, x, slope * x)


def readings(truth: str) -> np.ndarray:
    """Return the noisy targets of the unit for `X`, shape (24,).

    Args:
        truth: a name of `TRUTHS`.
    """
    return prelu(X, TRUTHS[truth]) + NOISE


def gradient(slope: float, y: np.ndarray) -> float:
    """Return the derivative of the mean squared error by the slope, for targets of shape (24,)."""
    return float(np.mean(2 * (prelu(X, slope) - y) * np.minimum(X, 0)))


def train(truth: str, steps: int = STEPS) -> np.ndarray:
    """Return the slopes that gradient descent visits, shape (steps + 1,), starting at `START`."""
    slopes, y = [START], readings(truth)
    for _ in range(steps):
        slopes.append(slopes[-1] - LEARNING_RATE * gradient(slopes[-1], y))
    return np.array(slopes)


def draw_learning(step: int, truth: str) -> Figure:
    """Draw the unit and its data after some steps, and the slopes so far."""
    figure, (left, right) = panels(2, height=3.5)
    slopes = train(truth)
    slope, y = float(slopes[step]), readings(truth)
    left.plot(X, y, "o", color=ORANGE, markersize=4.5)
    left.plot([-2.2, 0, 2.2], [-2.2 * slope, 0, 2.2], color=BLUE)
    left.set_xlim(-2.4, 2.4)
    left.set_ylim(-2.6, 2.6)
    left.set_xlabel("input x")
    left.set_ylabel("output f(x)")
    left.set_title(f"slope below 0: {minus(slope, 2)}", color=BLUE)
    right.axhline(TRUTHS[truth], color=MUTED, linewidth=1.2, linestyle=(0, (3, 2)))
    right.plot(range(step + 1), slopes[: step + 1], "o-", color=BLUE, markersize=5, clip_on=False)
    last: Look = {"color": BLUE, "markersize": 9, "zorder": 4, "clip_on": False}
    right.plot([step], [slope], "o", gid="drag:step", **last)
    right.set_xlim(0, STEPS)
    right.set_xticks(range(0, STEPS + 1, 3))
    right.set_ylim(-1.2, 1.2)
    right.set_xlabel("step")
    right.set_ylabel("slope below 0")
    right.set_title(f"gradient: {minus(gradient(slope, y), 3)}", color=PURPLE)
    figure.set_label(
        f"The data follow {truth}. After {count(step, 'step')} the slope below 0 is "
        f"{minus(slope, 2)}, and the gradient by it {minus(gradient(slope, y), 3)}."
    )
    return figure
