"""Units that are never active: how many a network of digits has after a short training, and why."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets import images
from ..nets.names import Look
from ..nets.network import DIGIT_NETWORK, Network
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, PURPLE, RED, panels

RATES = (0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0)
BIASES = (-1.0, -0.5, 0.0, 1.0)  # of every hidden unit at the start
SIDES = {"0 (ReLU)": 0.0, "0.1 (Leaky ReLU)": 0.1}  # slopes for negative inputs
HIDDEN = DIGIT_NETWORK.layers[1]
BATCH, EPOCHS = 64, 3


def network(side: float) -> Network:
    """Return the network of chapter 3 with another slope of the hidden units below 0."""
    return Network(DIGIT_NETWORK.layers, negative_slope=side)


@cache
def trained(side: float) -> np.ndarray:
    """Train a network by SGD for each bias at the start and each learning rate.

    Args:
        side: slope of the hidden units for negative inputs.

    Returns:
        Parameters, shape (len(BIASES), len(RATES), size).
    """
    x, labels, _, _ = images.digits()
    y, net = images.one_hot(labels, np.float32), network(side)
    starts = [net.first_parameters([0], bias=bias, dtype=np.float32) for bias in BIASES]
    w = np.repeat(np.concatenate(starts), len(RATES), axis=0)
    rates = np.tile(RATES, len(BIASES))[:, None].astype(np.float32)
    random = np.random.default_rng(1)
    for _ in range(EPOCHS):
        order = random.permutation(len(x))
        for begin in range(0, len(x), BATCH):
            batch = order[begin : begin + BATCH]
            w = w - rates * net.loss_and_gradient(w, x[batch], y[batch])[1]
    return w.reshape(len(BIASES), len(RATES), -1)


@cache
def outcome(bias: float, side: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the activity of the units and the accuracy after training, for one bias at the start.

    Returns:
        For each rate and unit, the share of the training pictures that activate the unit, in
        falling order, shape (len(RATES), HIDDEN); and for each rate, the share of the validation
        pictures that the network reads correctly, shape (len(RATES),).
    """
    w, net = trained(side)[BIASES.index(bias)], network(side)
    x, _, x_new, y_new = images.digits()
    active = np.mean(net.forward(w, x).inputs[1] > 0, axis=1)
    answers = net.forward(w, x_new).logits.argmax(axis=-1)
    return np.sort(active)[:, ::-1], np.mean(answers == y_new, axis=1)


def draw_units(learning_rate: float, bias: float, side: str) -> Figure:
    """Draw how often each unit is active, and the units and accuracy after every learning rate.

    Args:
        learning_rate: one of `RATES`.
        bias: one of `BIASES`.
        side: a name of `SIDES`.
    """
    figure, (left, right) = panels(2, height=3.7)
    active, accuracy = outcome(bias, SIDES[side])
    here = RATES.index(learning_rate)
    silent = int(np.sum(active[here] == 0))
    _draw_activity(left, active[here])
    kind = "dead" if SIDES[side] == 0 else "silent"
    left.set_title(f"{silent} of {HIDDEN} units {kind}", color=RED)
    silent_shares = 100 * np.mean(active == 0, axis=1)
    right.plot(RATES, silent_shares, "x-", color=RED, markeredgewidth=1.8, clip_on=False)
    right.plot(RATES, 100 * accuracy, "o--", color=BLUE, markersize=5, clip_on=False)
    line: Look = {"ymax": 0.86, "color": MUTED, "linewidth": 1.6}
    right.axvline(learning_rate, gid="drag:learning_rate", **line)
    right.set_title(f"● read correctly: {100 * accuracy[here]:.0f}%", color=BLUE)
    right.text(0.1, 106, f"× {kind} units", color=RED, fontweight="bold")
    right.set_xscale("log")
    right.set_xticks(RATES, ["0.1", "0.2", "0.5", "1", "", "2", "3"])
    right.minorticks_off()
    right.set_xlim(0.09, 3.3)
    right.set_ylim(0, 118)
    right.set_yticks(range(0, 101, 25))
    right.set_xlabel("learning rate")
    right.set_ylabel("share (%)")
    figure.set_label(
        f"The biases start at {minus(bias, 1)}, the slope of the negative side is {side}, and the "
        f"learning rate is {learning_rate:g}. After {EPOCHS} epochs, {silent} of {HIDDEN} units "
        f"are {kind}, and the network reads {100 * accuracy[here]:.0f} percent of new digits "
        "correctly."
    )
    return figure


def _draw_activity(axes: Axes, active: np.ndarray) -> None:
    """Draw a bar for each unit, and a cross for each unit that is never active."""
    units = np.arange(1, len(active) + 1)
    axes.vlines(units, 0, 100 * active, color=PURPLE, linewidth=4)
    axes.plot(units[active == 0], np.zeros(np.sum(active == 0)), "x", color=RED, clip_on=False)
    axes.set_xlim(0, len(active) + 1)
    axes.set_ylim(0, 118)
    axes.set_yticks(range(0, 101, 25))
    axes.set_xlabel("hidden unit, the most active first")
    axes.set_ylabel("active for (% of the pictures)")
