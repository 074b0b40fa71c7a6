"""Schedules that know the end of the training, for short and long trainings on the digits."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, DOTTED, Look, draw_key
from ..nets.training import EPOCH
from ..nets.words import count
from ..show.style import BLUE, INK, MUTED, ORANGE, PURPLE, panels
from . import curves
from .digits import draw_loss_axes, draw_rate_axes, validation_losses

BUDGETS = (2, 4, 6, 8, 10)  # epochs
LONGEST = max(BUDGETS) * EPOCH  # steps
STABLE = 0.7  # share of the steps before the decay of "stable, then decay"
NAMES = ("constant", "linear", "cosine", "stable, then decay")
_LOOKS: dict[str, Look] = {
    "constant": {"color": MUTED, "linestyle": DOTTED},
    "linear": {"color": BLUE, "linestyle": DASHED},
    "cosine": {"color": PURPLE},
    "stable, then decay": {"color": ORANGE, "linewidth": 2.8},
}


def rates(name: str, steps: np.ndarray, total: int) -> np.ndarray:
    """Return the rates of a schedule from 1, of the shape of `steps`.

    Args:
        name: one of `NAMES`.
        steps: steps taken.
        total: steps of the training, where all but the constant rate reach 0.
    """
    if name == "linear":
        return curves.polynomial(steps, 1.0, total, 0.0, 1.0)
    if name == "cosine":
        return curves.cosine(steps, 1.0, total)
    if name == "stable, then decay":
        return np.minimum(1.0, (total - steps) / ((1 - STABLE) * total))
    return np.ones(np.shape(steps))


@cache
def losses(epochs: int) -> np.ndarray:
    """Return the validation loss after each epoch in nats, a column for each of `NAMES`."""
    total = epochs * EPOCH
    steps = np.arange(total)
    return validation_losses(np.stack([rates(name, steps, total) for name in NAMES], axis=1))


def draw_budget(epochs: int) -> Figure:
    """Draw four schedules for a training of some epochs, one of `BUDGETS`, and their losses.

    Each schedule is a layer of the figure.
    """
    figure, (left, right) = panels(2, height=3.9)
    total = epochs * EPOCH
    table, steps = losses(epochs), np.linspace(0, total, 61)
    rows: list[tuple[str, Look]] = []
    phrases = []
    for name, column in zip(NAMES, table.T, strict=True):
        layer: Look = {**_LOOKS[name], "gid": f"layer:{name}"}
        left.plot(steps, rates(name, steps, total), **layer)
        right.plot(EPOCH * np.arange(1, epochs + 1), column, **layer)
        rows.append((f"{name} {column[-1]:.3f}", layer))
        phrases.append(f"{name} {column[-1]:.3f}")
    for axes, top in ((left, 1.0), (right, 0.66)):
        axes.axvline(total, ymax=top, color=INK, linewidth=1.4, gid="drag:epochs")
    draw_rate_axes(left, total=LONGEST)
    draw_loss_axes(right, LONGEST)
    right.set_ylim(0.07, 4.5)  # room for the key
    draw_key(right, rows, "upper right")
    left.set_title(f"{count(epochs, 'epoch')}, {total} steps", color=INK)
    figure.set_label(
        f"The training takes {count(epochs, 'epoch')}. Its validation losses end, in nats, at: "
        f"{', '.join(phrases)}."
    )
    return figure
