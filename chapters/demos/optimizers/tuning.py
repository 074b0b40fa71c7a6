"""Every optimizer at every learning rate on one real task: what tuning of the rate gains."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import Look
from ..nets.optimizers import OPTIMIZERS, named
from ..nets.training import EPOCH, RATES, SEEDS, constant_rate_losses, train
from ..nets.words import count
from ..show.style import MUTED, PAPER, panels
from .looks import LOOKS, layer

EPOCHS = (1, 3, 10)  # after which the loss is measured
LEAST, MOST = 0.09, 4.0  # the losses that are drawn


def table(name: str) -> np.ndarray:
    """Return the validation loss after each of `EPOCHS` at each of `RATES`, shape (3, 13).

    Args:
        name: of the optimizer.
    """
    return constant_rate_losses(name)[np.array(EPOCHS) - 1]


def seed_losses(name: str) -> np.ndarray:
    """Return the last validation loss of each seed at the optimizer's best rate, shape (3,)."""
    best = RATES[np.argmin(table(name)[-1])]
    rates = np.full((EPOCHS[-1] * EPOCH, 1), best)
    return np.array([train(name, rates, seed, momenta=None).validation[-1, 0] for seed in SEEDS])


def default(name: str) -> int:
    """Return the index in `RATES` of Keras’s default learning rate for an optimizer."""
    rate = 0.01 if named(name).changes == "gradient" else 0.001
    return int(np.argmin(np.abs(np.log(RATES / rate))))


def draw_tuning(epochs: int) -> Figure:
    """Draw the validation loss at every learning rate, and what tuning gains for each optimizer.

    Each optimizer is a layer of the figure.

    Args:
        epochs: one of `EPOCHS`.
    """
    figure, (left, right) = panels(2, height=4.0)
    row = EPOCHS.index(epochs)
    names = [optimizer.name for optimizer in reversed(OPTIMIZERS)]
    for place, name in enumerate(names):
        losses, start = table(name)[row], default(name)
        look = {**LOOKS[name], "gid": layer(name)}
        rates = RATES[[start, losses.argmin()]]
        pair = losses[[start, losses.argmin()]]
        left.plot(RATES, np.minimum(losses, 2 * MOST), linewidth=1.6, **look)
        _draw_pair(left, rates, pair, look)
        right.plot(pair, [place, place], linewidth=1.6, **look)
        _draw_pair(right, pair, np.array([place, place]), look)
    _draw_axes(left, right)
    right.set_yticks(range(len(names)), names)
    for label, name in zip(right.get_yticklabels(), names, strict=True):
        label.set_color(LOOKS[name]["color"])
    pairs = [
        f"{o.name} {table(o.name)[row][default(o.name)]:.2f} and {table(o.name)[row].min():.2f}"
        for o in OPTIMIZERS
    ]
    figure.set_label(
        f"Validation loss after {count(epochs, 'epoch')}, at Keras’s default learning "
        f"rate and at the best: {', '.join(pairs)}."
    )
    return figure


def _draw_pair(axes: Axes, x: np.ndarray, y: np.ndarray, look: Look) -> None:
    """Draw the default rate as a ring and the best as a dot; `x` and `y` have shape (2,)."""
    common = {"color": look["color"], "gid": look["gid"], "markersize": 6.5, "zorder": 4}
    axes.plot(x[:1], y[:1], "o", markerfacecolor=PAPER, **common)
    axes.plot(x[1:], y[1:], "o", **common)


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
