"""Pictures that are moved by a pixel or two: what a network makes of them, and how sure it is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..losses.logits import shares
from ..nets.images import draw_picture, load, moved
from ..nets.recipe import read, train
from ..show.style import BLUE, MUTED, ORANGE, panels
from .choices import FIRST, SEEDS

FARTHEST = 2  # pixels
PICTURE = 7  # of the validation pictures, the one that is drawn
WIDE = replace(FIRST, hidden=(64, 64))


@cache
def _weights(on_moved: bool) -> np.ndarray:
    return train(replace(WIDE, shifts=on_moved), SEEDS).weights[-1]


@cache
def verdicts(right: int, down: int, on_moved: bool) -> np.ndarray:
    """Return the probabilities of the moved validation pictures, shape (5, 500, 10).

    Args:
        right: pixels.
        down: pixels.
        on_moved: whether the five networks were trained on moved pictures.
    """
    x = moved(load().x_validation, right, down)
    return shares(read(_weights(on_moved), x, WIDE)[2])


def scores_at(right: int, down: int, on_moved: bool) -> tuple[float, float]:
    """Return the share that is read right, and the mean confidence, both in percent."""
    p = verdicts(right, down, on_moved)
    hits = p.argmax(axis=-1) == load().y_validation
    return 100 * float(hits.mean()), 100 * float(p.max(axis=-1).mean())


def draw_drift(right: int, down: int, on_moved: bool) -> Figure:
    """Draw a moved picture, and how well and how confidently all are read.

    Args:
        right: pixels, from -FARTHEST to FARTHEST.
        down: the same.
        on_moved: whether the networks were trained on moved pictures.
    """
    figure, (left, panel) = panels(2, height=3.7)
    data = load()
    draw_picture(left, moved(data.x_validation[PICTURE][None], right, down)[0], 500)
    p = verdicts(right, down, on_moved)[0, PICTURE]
    left.set_title(
        f"a {data.y_validation[PICTURE]} read as {p.argmax()}, {p.max():.2f}", color=MUTED
    )
    ways = np.arange(-FARTHEST, FARTHEST + 1)
    both = np.array([scores_at(int(way), down, on_moved) for way in ways])
    now = right + FARTHEST
    looks = ((BLUE, "solid", "o", "right"), (ORANGE, "dashed", "s", "confidence"))
    for column, (color, dash, mark, name) in enumerate(looks):
        panel.plot(ways, both[:, column], color=color, linestyle=dash)
        panel.plot([right], both[now : now + 1, column], mark, color=color, markersize=9)
        words = f"{name} {both[now, column]:.0f}%"
        panel.text(-2, (118, 108)[column], words, color=color, fontweight="bold")
    panel.set_xticks(ways, [str(way).replace("-", "−") for way in ways])
    panel.set_ylim(0, 127)
    panel.set_yticks(range(0, 101, 20))
    panel.set_xlabel("moved to the right (pixels)")
    panel.set_ylabel("mean over all pictures (%)")
    figure.set_label(
        f"Moved {right} pixels to the right and {down} down, {both[now, 0]:.0f} percent of the "
        f"pictures are read right, with a mean confidence of {both[now, 1]:.0f} percent, by "
        f"networks trained on {'moved' if on_moved else 'unmoved'} pictures."
    )
    return figure
