"""A filter of 3 by 3 numbers that slides over a digit, and the sums that it gives."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.images import draw_picture, load, shifted
from ..show.numerals import minus
from ..show.style import BLUE, MUTED, ORANGE, panels

PICTURE = 7  # index of the validation picture that is drawn
FILTERS = {
    "left edges": np.array([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]]),
    "upper edges": np.array([[-1.0, -1, -1], [0, 0, 0], [1, 1, 1]]),
    "mean": np.full((3, 3), 1 / 9),
}
MOVES = {-1: "moved to the left", 0: "in its place", 1: "moved to the right"}  # by a pixel


def feature_map(picture: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the sum of weights times pixels around each pixel, shape (8, 8).

    Args:
        picture: pixels, shape (64,); there is paper, 0, around them.
        weights: of the filter, shape (3, 3).
    """
    padded = np.pad(picture.reshape(8, 8), 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    return np.einsum("ijab,ab->ij", windows, weights)


def draw_filter(name: str, right: int) -> Figure:
    """Draw a digit, and where a filter gives more than 0 on it.

    Args:
        name: of one of `FILTERS`.
        right: pixels by which the digit is moved to the right, a key of `MOVES`.
    """
    figure, (left, panel) = panels(2, height=3.9)
    picture = shifted(load().x_validation[PICTURE][None], right, 0)[0]
    draw_picture(left, picture, 260)
    sums = feature_map(picture, FILTERS[name])
    weights = FILTERS[name]
    draw_picture(panel, np.maximum(sums, 0).ravel() / np.maximum(weights, 0).sum(), 260)
    top, column = np.unravel_index(sums.argmax(), sums.shape)
    for axes, color in ((left, ORANGE), (panel, BLUE)):
        half = 1.5 if axes is left else 0.5
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * half
        axes.set_xlim(-1.8, 8.8)
        axes.set_ylim(8.8, -1.8)
        axes.plot(column + corners[:, 0], top + corners[:, 1], color=color, clip_on=False)
    left.set_title("the picture", color=MUTED)
    rows = " / ".join(" ".join(minus(float(w), 0) for w in row) for row in weights)
    panel.set_title("nine times 1/9" if name == "mean" else rows, color=MUTED)
    figure.set_label(
        f"The filter “{name}” on a digit that is {MOVES[right]}: its largest sum is "
        f"{sums.max():.1f}, in row {top} and column {column}."
    )
    return figure
