"""Every optimizer at every learning rate on one real task: what tuning is worth."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets import digits
from ..nets.optimizers import FAMILY, Optimizer, member
from ..show.style import MUTED, PAPER, panels
from .race import layer, look

RATES = 10.0 ** np.arange(-4, 2.1, 0.5)  # shape (13,)
BATCH = 32
EPOCHS = (1, 3, 10)  # after which the loss is taken
SEEDS = (1, 2, 3)
LEAST, MOST = 0.09, 4.0  # the losses that are drawn


def train(optimizer: Optimizer, seed: int) -> np.ndarray:
    """Train the network on the digits, at all of `RATES` side by side.

    Args:
        optimizer: a member of the family.
        seed: of the first weights and of the order of the pictures.

    Returns:
        Validation loss in nats after each of `EPOCHS`, shape (3, 13); inf where it diverged.
    """
    x, y, x_new, y_new = digits.pictures()
    random, memory, losses, t = np.random.default_rng(seed), optimizer.memory, [], 0
    w = np.tile(digits.untrained(seed), (len(RATES), 1))
    rates = RATES[:, None].astype(w.dtype)
    with np.errstate(all="ignore"):
        for epoch in range(1, max(EPOCHS) + 1):
            for batch in np.split(random.permutation(len(x)), len(x) // BATCH):
                t += 1
                move, memory = optimizer.rule(digits.slope(w, x[batch], y[batch]), memory, t)
                w = w + rates * move
            if epoch in EPOCHS:
                losses.append(digits.mean_loss(w, x_new, y_new))
    return np.nan_to_num(np.array(losses), nan=np.inf)


@cache
def table(name: str) -> np.ndarray:
    """Return the validation loss of an optimizer, the mean over `SEEDS`, shape (3, 13)."""
    return np.mean([train(member(name), seed) for seed in SEEDS], axis=0)


def default(name: str) -> int:
    """Return the place among `RATES` of Keras’s default learning rate for an optimizer."""
    rate = 0.01 if member(name).changes == "gradient" else 0.001
    return int(np.argmin(np.abs(np.log(RATES / rate))))


def draw_tuning(epochs: int) -> Figure:
    """Draw the validation loss at every learning rate, and what tuning gains for each optimizer.

    Each is a layer of the figure, by its name.

    Args:
        epochs: one of `EPOCHS`.
    """
    figure, (left, right) = panels(2, height=4.0)
    row = EPOCHS.index(epochs)
    for place, optimizer in enumerate(reversed(FAMILY)):
        losses, start = table(optimizer.name)[row], default(optimizer.name)
        color, _, dash = look(optimizer)
        common: dict[str, Any] = {"color": color, "gid": layer(optimizer)}
        rates = RATES[[start, losses.argmin()]]
        pair = losses[[start, losses.argmin()]]
        left.plot(RATES, np.minimum(losses, 2 * MOST), linestyle=dash, linewidth=1.6, **common)
        _draw_pair(left, rates, pair, common)
        right.plot(pair, [place, place], linewidth=1.4, **common)
        _draw_pair(right, pair, np.array([place, place]), common)
    _draw_axes(left, right)
    right.set_yticks(range(len(FAMILY)), [optimizer.name for optimizer in reversed(FAMILY)])
    for label, optimizer in zip(right.get_yticklabels(), reversed(FAMILY), strict=True):
        label.set_color(look(optimizer)[0])
    pairs = [
        f"{o.name} {table(o.name)[row][default(o.name)]:.2f} and {table(o.name)[row].min():.2f}"
        for o in FAMILY
    ]
    figure.set_label(
        f"Validation loss after {epochs} epoch{'s' * (epochs > 1)}, at Keras’s default learning "
        f"rate and at the best: {', '.join(pairs)}."
    )
    return figure


def _draw_pair(axes: Axes, x: np.ndarray, y: np.ndarray, common: dict[str, Any]) -> None:
    """Draw the default as a ring and the best as a dot; `x` and `y` have shape (2,)."""
    axes.plot(x[:1], y[:1], "o", markerfacecolor=PAPER, markersize=6.5, zorder=4, **common)
    axes.plot(x[1:], y[1:], "o", markersize=6.5, zorder=4, **common)


def _draw_axes(left: Axes, right: Axes) -> None:
    """Scale and label both panels."""
    ticks, words = (0.1, 0.3, 1, 3), ("0.1", "0.3", "1", "3")
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_ylim(LEAST, MOST)
    left.set_yticks(ticks, words)
    left.set_xticks([1e-4, 1e-2, 1, 100], ["0.0001", "0.01", "1", "100"])
    left.set_xlabel("learning rate")
    left.set_ylabel("validation loss (nats)")
    right.set_xscale("log")
    right.set_xlim(LEAST, MOST)
    right.set_xticks(ticks, words)
    right.set_xlabel("validation loss (nats)")
    right.set_ylabel("optimizer")
    right.grid(visible=False, axis="y")
    right.set_title("● best rate  ○ Keras’s default", color=MUTED, fontsize=10)
    for axes in (left, right):
        axes.minorticks_off()
