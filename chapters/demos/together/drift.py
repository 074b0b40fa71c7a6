"""Pictures that are shifted by a pixel or two: accuracy and confidence of a network on them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import probabilities
from ..nets.images import draw_picture, load, shifted
from ..nets.names import Look
from ..nets.recipe import train
from ..nets.words import count
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, ORANGE, panels
from .choices import FIRST, SEEDS

FARTHEST = 2  # pixels
PICTURE = 7  # index of the validation picture that is drawn
WIDE = replace(FIRST, hidden=(64, 64))


@cache
def _weights(on_moved: bool) -> np.ndarray:
    return train(replace(WIDE, shift=float(on_moved)), SEEDS).weights[-1]


@cache
def predictions(right: int, down: int, on_moved: bool) -> np.ndarray:
    """Return the probabilities for the shifted validation pictures, shape (5, 500, 10).

    Args:
        right: pixels to the right.
        down: pixels down.
        on_moved: whether the five networks were trained on shifted pictures.
    """
    x = shifted(load().x_validation, right, down)
    return probabilities(WIDE.logits(_weights(on_moved), x))


def accuracy_and_confidence(right: int, down: int, on_moved: bool) -> tuple[float, float]:
    """Return the accuracy and the mean confidence in percent, with arguments as `predictions`."""
    p = predictions(right, down, on_moved)
    hits = p.argmax(axis=-1) == load().y_validation
    return 100 * float(hits.mean()), 100 * float(p.max(axis=-1).mean())


def draw_drift(right: int, down: int, on_moved: bool) -> Figure:
    """Draw a shifted picture, and accuracy and confidence on all pictures.

    Args:
        right: pixels to the right, from -FARTHEST to FARTHEST.
        down: pixels down, likewise.
        on_moved: whether the networks were trained on shifted pictures.
    """
    figure, (left, panel) = panels(2, height=3.7)
    data = load()
    draw_picture(left, shifted(data.x_validation[PICTURE][None], right, down)[0], 500)
    center = [3.5 + right], [3.5 + down]
    left.plot(*center, "+", color=ORANGE, markersize=14, markeredgewidth=2.5, gid="drag:right down")
    p = predictions(right, down, on_moved)[0, PICTURE]
    left.set_title(
        f"digit {data.y_validation[PICTURE]} read as {p.argmax()}, {p.max():.2f}", color=MUTED
    )
    shifts = np.arange(-FARTHEST, FARTHEST + 1)
    both = np.array([accuracy_and_confidence(int(shift), down, on_moved) for shift in shifts])
    now = right + FARTHEST
    looks = ((BLUE, "solid", "o", "correct"), (ORANGE, "dashed", "s", "confidence"))
    for column, (color, dash, mark, name) in enumerate(looks):
        panel.plot(shifts, both[:, column], color=color, linestyle=dash)
        point: Look = {"color": color, "markersize": 9, "gid": "drag:right"}
        panel.plot([right], both[now : now + 1, column], mark, **point)
        words = f"{name} {both[now, column]:.0f}%"
        panel.text(-2, (118, 108)[column], words, color=color, fontweight="bold")
    panel.set_xticks(shifts, [minus(float(shift), 0) for shift in shifts])
    panel.set_ylim(0, 127)
    panel.set_yticks(range(0, 101, 20))
    panel.set_xlabel("moved to the right (pixels)")
    panel.set_ylabel("mean over all pictures (%)")
    figure.set_label(
        f"With the pictures moved {_way(right, 'to the right', 'to the left')} and "
        f"{_way(down, 'down', 'up')}, {both[now, 0]:.0f} percent of them are read correctly, with "
        f"a mean confidence of {both[now, 1]:.0f} percent, by networks trained on "
        f"{'moved' if on_moved else 'unmoved'} pictures."
    )
    return figure


def _way(pixels: int, forward: str, back: str) -> str:
    """Return a number of pixels and their direction in words, such as "1 pixel down"."""
    return f"{count(abs(pixels), 'pixel')} {back if pixels < 0 else forward}"
