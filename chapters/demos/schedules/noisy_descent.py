"""A descent with a noisy gradient under a schedule: the rate, the path, and the expected loss.

The loss is `sum(CURVATURE * w**2) / 2`, and each component of a gradient has normal noise. The two
directions do not influence each other, so the mean and the variance after any number of steps can
be computed without random numbers: in a direction of curvature `c`, a step with the rate `r`
multiplies the mean by `1 - r * c`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.contours import draw_ellipses
from ..nets.names import Look
from ..nets.words import count
from ..show.numerals import minus
from ..show.style import BLUE, INK, ORANGE, PURPLE, panels
from . import curves

CURVATURE = np.array([0.05, 1.0])  # along and across; a rate above 2 / 1.0 diverges
START = np.array([-9.0, 1.5])
NOISE = 0.6  # standard deviation of the noise in each component of a gradient
TOTAL = 120  # steps of a descent
STRIDE = 20  # steps between two frames
STEPS = np.arange(TOTAL)  # number of steps taken before each step
SCHEDULES = {
    "constant 1": np.full(TOTAL, 1.0),
    "constant 0.1": np.full(TOTAL, 0.1),
    "piecewise constant": curves.piecewise(STEPS, (60, 90), (1.0, 0.1, 0.01)),
    "exponential": curves.exponential(STEPS, 1.0, 120, 0.03),
    "inverse time": curves.inverse_time(STEPS, 1.0, 30, 1.0),
    "polynomial": curves.polynomial(STEPS, 1.0, 120, 0.0, 1.0),
    "cosine": curves.cosine(STEPS, 1.0, 120),
    "cosine with restarts": curves.cosine_restarts(STEPS, 1.0, 40, 2.0),
    "one cycle": curves.slanted_triangle(STEPS, 120, 1.5, 0.3),
}


def expected_loss(rates: np.ndarray) -> np.ndarray:
    """Return the expected loss before the first step and after each, shape (steps + 1,).

    Args:
        rates: learning rate of each step, shape (steps,).
    """
    mean, variance = START, np.zeros(2)
    losses = [np.sum(CURVATURE * mean**2) / 2]
    for rate in rates:
        kept = 1 - rate * CURVATURE
        mean, variance = kept * mean, kept**2 * variance + (rate * NOISE) ** 2
        losses.append(np.sum(CURVATURE * (mean**2 + variance)) / 2)
    return np.array(losses)


def descend(rates: np.ndarray, seed: int = 4) -> np.ndarray:
    """Return the points of one noisy descent, shape (steps + 1, 2).

    Args:
        rates: learning rate of each step, shape (steps,).
        seed: of the noise.
    """
    noise = NOISE * np.random.default_rng(seed).standard_normal((len(rates), 2))
    points = [START]
    for rate, error in zip(rates, noise, strict=True):
        points.append(points[-1] - rate * (CURVATURE * points[-1] + error))
    return np.array(points)


def draw_drive(schedule: str, step: int) -> Figure:
    """Draw the rate over the steps, and the path of a descent with it.

    Args:
        schedule: a name of `SCHEDULES`.
        step: number of steps taken, from 0 to `TOTAL`.
    """
    figure, (left, right) = panels(2, height=3.7)
    rates = SCHEDULES[schedule]
    shown = np.append(rates, rates[-1])
    left.plot(np.arange(TOTAL + 1), shown, color=ORANGE, drawstyle="steps-post", linewidth=1.8)
    point: Look = {"markersize": 9, "zorder": 4, "gid": "drag:step"}
    left.plot([step], [shown[step]], "o", color=ORANGE, clip_on=False, **point)
    left.set_xlim(0, TOTAL)
    left.set_xticks(range(0, TOTAL + 1, 30))
    left.set_ylim(0, 1.6)
    left.set_xlabel("steps taken")
    left.set_ylabel("learning rate")
    left.set_title(f"step {step}: rate {shown[step]:.2g}", color=ORANGE)

    draw_ellipses(right, (float(CURVATURE[0]), float(CURVATURE[1])), [5.0, 10.0, 15.0, 20.0])
    path = descend(rates)
    for begin in range(0, step, STRIDE):  # in pieces, which the later frames contain, too
        piece = path[begin : begin + STRIDE + 1]
        right.plot(*piece.T, color=BLUE, linewidth=1.1)
    right.plot(*START, "o", color=INK, markersize=6)
    right.plot(*path[step], "o", color=BLUE, **point)
    right.set_xlim(-11, 4)
    right.set_xticks([-10, -5, 0])
    right.set_ylim(-2.9, 2.9)
    right.set_xlabel("flat direction")
    right.set_ylabel("steep direction", labelpad=0)
    loss = expected_loss(rates)[step]
    right.set_title(f"expected loss {loss:.3f}", color=PURPLE)
    figure.set_label(
        f"The schedule is {schedule}. After {count(step, 'step')}, the learning rate is "
        f"{shown[step]:.3g}, the descent is at ({minus(path[step][0], 1)}, "
        f"{minus(path[step][1], 1)}), and the expected loss is {loss:.3f}."
    )
    return figure
