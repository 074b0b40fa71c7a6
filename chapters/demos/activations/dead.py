"""Units that never answer: how many a network of digits has after a little training, and why."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets import digits
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, PURPLE, RED, panels

RATES = (0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0)
BIASES = (-1.0, -0.5, 0.0, 1.0)  # of every hidden unit at the start
SIDES = {"0 (ReLU)": 0.0, "0.1 (Leaky ReLU)": 0.1}  # slope of the negative side
BATCH, EPOCHS = 64, 3


@cache
def trained(side: float) -> np.ndarray:
    """Return a network for each bias at the start and each learning rate, trained alike by SGD.

    Args:
        side: slope of the hidden units where their input is negative.

    Returns:
        Parameters, shape (len(BIASES), len(RATES), digits.SIZE).
    """
    x, y, _, _ = digits.pictures()
    w = np.tile(digits.untrained(0), (len(BIASES) * len(RATES), 1))
    digits.parts(w)[1][:] = np.repeat(BIASES, len(RATES))[:, None, None]
    rates = np.tile(RATES, len(BIASES))[:, None].astype(np.float32)
    random = np.random.default_rng(1)
    for _ in range(EPOCHS):
        order = random.permutation(len(x))
        for begin in range(0, len(x), BATCH):
            batch = order[begin : begin + BATCH]
            w = w - rates * slope(w, x[batch], y[batch], side)
    return w.reshape(len(BIASES), len(RATES), -1)


def inputs_of_units(w: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return what enters each hidden unit, shape (r, n, HIDDEN), for r networks and n pictures."""
    first, bias, _, _ = digits.parts(w)
    return x @ first + bias


def log_probabilities(w: np.ndarray, z: np.ndarray, side: float) -> np.ndarray:
    """Return those of the ten digits, shape (r, n, 10), from what enters the hidden units."""
    _, _, second, bias = digits.parts(w)
    scores = np.where(z > 0, z, side * z) @ second + bias
    return scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)


def slope(w: np.ndarray, x: np.ndarray, y: np.ndarray, side: float) -> np.ndarray:
    """Return the gradient of the mean cross-entropy for each of several networks, shape (r, SIZE).

    Args:
        w: parameters, shape (r, SIZE).
        x: pixels, shape (n, 64).
        y: digits, shape (n,).
        side: slope of the hidden units where their input is negative.
    """
    z = inputs_of_units(w, x)
    hidden, passing = np.where(z > 0, z, side * z), np.where(z > 0, 1, side).astype(z.dtype)
    return digits.gradient(w, x, y, hidden, passing, np.exp(log_probabilities(w, z, side)))


@cache
def outcome(bias: float, side: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what became of the networks of one bias at the start.

    Returns:
        For each rate and unit the share of the training pictures for which its input is positive,
        in falling order, shape (len(RATES), HIDDEN); for each rate the share of the validation
        pictures that is read rightly, shape (len(RATES),).
    """
    w = trained(side)[BIASES.index(bias)]
    x, _, others, y = digits.pictures()
    awake = np.mean(inputs_of_units(w, x) > 0, axis=1)
    logs = log_probabilities(w, inputs_of_units(w, others), side)
    return np.sort(awake)[:, ::-1], np.mean(logs.argmax(axis=-1) == y, axis=1)


def draw_units(learning_rate: float, bias: float, side: str) -> Figure:
    """Draw how often each unit is awake, and what every learning rate leaves behind.

    Args:
        learning_rate: one of `RATES`.
        bias: one of `BIASES`.
        side: a name of `SIDES`.
    """
    figure, (left, right) = panels(2, height=3.7)
    awake, right_share = outcome(bias, SIDES[side])
    here = RATES.index(learning_rate)
    silent = int(np.sum(awake[here] == 0))
    _draw_awake(left, awake[here])
    kind = "dead" if SIDES[side] == 0 else "silent"
    left.set_title(f"{silent} of {digits.HIDDEN} units {kind}", color=RED)
    silences = 100 * np.mean(awake == 0, axis=1)
    right.plot(RATES, silences, "x-", color=RED, markeredgewidth=1.8, clip_on=False)
    right.plot(RATES, 100 * right_share, "o--", color=BLUE, markersize=5, clip_on=False)
    right.axvline(learning_rate, color=MUTED, linewidth=1.2)
    right.set_title(f"● read rightly: {100 * right_share[here]:.0f}%", color=BLUE)
    right.text(0.1, 106, f"× {kind} units", color=RED, fontweight="bold")
    right.set_xscale("log")
    right.set_xticks(RATES, [f"{rate:g}" for rate in RATES], fontsize=9.5)
    right.minorticks_off()
    right.set_xlim(0.09, 3.3)
    right.set_ylim(0, 118)
    right.set_yticks(range(0, 101, 25))
    right.set_xlabel("learning rate")
    right.set_ylabel("share (%)")
    figure.set_label(
        f"Biases start at {minus(bias, 1)}, the negative side has slope {side}, and the learning "
        f"rate is {learning_rate:g}: after {EPOCHS} epochs {silent} of {digits.HIDDEN} units are "
        f"{kind}, and {100 * right_share[here]:.0f} percent of the digits are read rightly."
    )
    return figure


def _draw_awake(axes: Axes, awake: np.ndarray) -> None:
    """Draw a bar for each unit, and a cross where there is nothing to draw."""
    units = np.arange(1, len(awake) + 1)
    axes.vlines(units, 0, 100 * awake, color=PURPLE, linewidth=4)
    axes.plot(units[awake == 0], np.zeros(np.sum(awake == 0)), "x", color=RED, clip_on=False)
    axes.set_xlim(0, len(awake) + 1)
    axes.set_ylim(0, 118)
    axes.set_yticks(range(0, 101, 25))
    axes.set_xlabel("hidden unit, the most awake first")
    axes.set_ylabel("awake for (% of the pictures)")
