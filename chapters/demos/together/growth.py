"""Errors over the steps of a training, and at its end over the number of training pictures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.images import PARTS
from ..nets.names import Look
from ..nets.recipe import train
from ..show.style import BLUE, MUTED, ORANGE, panels
from .choices import EPOCHS, FIRST, SEEDS

ALL = PARTS[0]  # training pictures
PICTURES = (100, 200, 400, ALL)
UNITS = (8, 32)
TICKS = (0.5, 1, 2, 5, 10, 20, 50)


@cache
def errors(pictures: int, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Return training and validation error in percent, the means over `SEEDS`.

    Each network takes as many steps as one that is trained on all pictures for `EPOCHS` epochs.

    Args:
        pictures: number of training pictures.
        units: in the hidden layer.

    Returns:
        Two arrays of shape (epochs + 1,).
    """
    epochs = EPOCHS * ALL // pictures
    record = train(replace(FIRST, hidden=(units,), pictures=pictures, epochs=epochs), SEEDS)
    training, validation = (
        100 * (1 - a.mean(axis=1)) for a in (record.accuracy, record.val_accuracy)
    )
    return training, validation


def draw_growth(pictures: int, units: int) -> Figure:
    """Draw both errors over the steps, and the last errors over the number of pictures.

    Args:
        pictures: one of `PICTURES`.
        units: one of `UNITS`.
    """
    figure, (left, right) = panels(2, height=3.7)
    both = errors(pictures, units)
    ends = np.array([[curve[-1] for curve in errors(n, units)] for n in PICTURES])
    now = PICTURES.index(pictures)
    looks = ((BLUE, "solid", "o", "training"), (ORANGE, "dashed", "s", "validation"))
    for column, (color, dash, mark, name) in enumerate(looks):
        curve = np.maximum(both[column], 0.4)
        epochs = np.linspace(0, len(curve) - 1, 31).round().astype(int)
        steps = 25 * epochs * pictures / ALL
        left.plot(steps, curve[epochs], color=color, linestyle=dash)
        right.plot(PICTURES, np.maximum(ends[:, column], 0.4), color=color, linestyle=dash)
        height = max(ends[now, column], 0.4)
        point: Look = {"color": color, "markersize": 8, "gid": "drag:pictures"}
        right.plot([pictures], [height], mark, **point)
        words = f"{name} {ends[now, column]:.1f}%"
        left.text(300, (62, 40)[column], words, color=color, fontweight="bold")
    left.set_xlim(0, 25 * EPOCHS)
    left.set_xlabel("steps")
    right.set_xscale("log")
    right.set_xticks(PICTURES, [str(n) for n in PICTURES])
    right.set_xlabel("training pictures")
    left.set_title(f"{pictures} pictures", color=MUTED)
    right.set_title(f"{units} hidden units", color=MUTED)
    for axes in (left, right):
        _draw_axes(axes)
    figure.set_label(
        f"With {pictures} training pictures and {units} hidden units the training error ends at "
        f"{ends[now, 0]:.1f} percent and the validation error at {ends[now, 1]:.1f}."
    )
    return figure


def _draw_axes(axes: Axes) -> None:
    """Scale and label the axis of errors."""
    axes.set_yscale("log")
    axes.set_ylim(0.35, 100)
    axes.set_yticks(TICKS, [str(tick) for tick in TICKS])
    axes.set_ylabel("error (%)")
    axes.minorticks_off()
