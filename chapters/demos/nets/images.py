"""Pictures with their classes, in three parts: to train on, to choose by, and to test once."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from ..show.style import INK
from . import digits

TRAINING, VALIDATION = 797, 500  # of the 1797 digits; the other 500 are for the test


class Images(NamedTuple):
    """A data set of `d` pixels a picture, each from 0 to 1, and its classes from 0 to 9."""

    x_train: np.ndarray  # shape (n, d)
    y_train: np.ndarray  # shape (n,)
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    names: list[str]  # of the classes


@cache
def load(name: str = "digits") -> Images:
    """Return a data set.

    Args:
        name: "digits", 8 by 8 pixels each, which come with the course; or "fashion", 28 by 28,
            which Keras downloads once (30 MB).

    Raises:
        ValueError: if there is no data set of this name.
    """
    if name == "digits":
        x, y, x_more, y_more = digits.pictures()
        x, y = np.concatenate([x, x_more]), np.concatenate([y, y_more])
        ends = [TRAINING, TRAINING + VALIDATION]
        (a, b, c), (p, q, r) = np.split(x, ends), np.split(y, ends)
        return Images(a, p, b, q, c, r, [str(digit) for digit in range(10)])
    if name == "fashion":
        import keras

        (x, y), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
        x, x_test = (v.reshape(len(v), -1).astype(np.float32) / 255 for v in (x, x_test))
        part = len(x) * 5 // 6
        names = ["T-shirt", "trousers", "pullover", "dress", "coat"]
        names += ["sandal", "shirt", "sneaker", "bag", "boot"]
        return Images(x[:part], y[:part], x[part:], y[part:], x_test, y_test, names)
    raise ValueError(f'{name!r} is neither "digits" nor "fashion"')


def moved(x: np.ndarray, right: int, down: int) -> np.ndarray:
    """Return digits moved by whole pixels over an empty ground.

    Args:
        x: pixels, shape (n, 64).
        right: how far to the right, from -8 to 8; negative is to the left.
        down: the same for down.
    """
    ground = np.zeros((len(x), 24, 24), dtype=x.dtype)
    ground[:, 8 + down : 16 + down, 8 + right : 16 + right] = x.reshape(-1, 8, 8)
    return ground[:, 8:16, 8:16].reshape(len(x), 64)


def draw_picture(axes: Axes, pixels: np.ndarray, area: float) -> None:
    """Draw a digit, shape (64,), as squares of the darkness of its pixels; `area` is the largest.

    The area is in points squared, as Matplotlib has it.
    """
    rows, columns = np.nonzero(pixels.reshape(8, 8))
    dark = pixels[pixels > 0]
    axes.scatter(columns, rows, s=area * dark, marker="s", color=INK, linewidths=0)
    axes.set_xlim(-0.6, 7.6)
    axes.set_ylim(7.6, -0.6)
    axes.set_aspect("equal")
    axes.set_xticks([0, 7])
    axes.set_yticks([0, 7])
    axes.grid(visible=False)
    axes.set_xlabel("column (pixels)")
    axes.set_ylabel("row (pixels)")
