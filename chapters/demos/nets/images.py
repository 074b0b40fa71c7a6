"""Handwritten digits, 8 by 8 pixels each, for the networks of chapters 3 to 7.

The pictures are the test set of "Optical Recognition of Handwritten Digits" by E. Alpaydin and
C. Kaynak (UCI Machine Learning Repository, 1998, CC BY 4.0), in the file that scikit-learn ships.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import DTypeLike

from ..show.style import INK

FILE = Path(__file__).with_name("digits.csv.gz")
CLASSES = 10
TRAINING = 1024  # of the 1797 pictures, in chapters 3 to 6; the others are for validation
PARTS = (797, 500)  # for training and validation in chapter 7; the other 500 are for the test


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
def _shuffled() -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of all digits, shape (1797, 64), and their classes, in one random order."""
    rows = np.random.default_rng(0).permutation(np.loadtxt(FILE, delimiter=","))
    return (rows[:, :64] / 16).astype(np.float32), rows[:, 64].astype(int)


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return pixels and classes for training, then for validation.

    Returns:
        Pixels from 0 to 1, shape (1024, 64); digits, shape (1024,); the same of (773, 64), (773,).
    """
    x, y = _shuffled()
    return x[:TRAINING], y[:TRAINING], x[TRAINING:], y[TRAINING:]


@cache
def load(name: str = "digits") -> Images:
    """Return a data set in three parts: to train on, to choose by, and to test once.

    Args:
        name: "digits", 8 by 8 pixels each, which come with the course; or "fashion", 28 by 28,
            which Keras downloads once (30 MB).

    Raises:
        ValueError: if there is no data set of this name.
    """
    if name == "digits":
        x, y = _shuffled()
        (a, b, c), (p, q, r) = (np.split(array, np.cumsum(PARTS)) for array in (x, y))
        return Images(a, p, b, q, c, r, [str(digit) for digit in range(CLASSES)])
    if name == "fashion":
        import keras

        (x, y), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
        x, x_test = (v.reshape(len(v), -1).astype(np.float32) / 255 for v in (x, x_test))
        part = len(x) * 5 // 6
        names = ["T-shirt", "trousers", "pullover", "dress", "coat"]
        names += ["sandal", "shirt", "sneaker", "bag", "boot"]
        return Images(x[:part], y[:part], x[part:], y[part:], x_test, y_test, names)
    raise ValueError(f'{name!r} is neither "digits" nor "fashion"')


def one_hot(y: np.ndarray, dtype: DTypeLike = np.float64) -> np.ndarray:
    """Return classes of shape (n,) as rows with a single 1, shape (n, 10)."""
    return np.eye(CLASSES, dtype=dtype)[y]


def shifted(x: np.ndarray, right: int, down: int) -> np.ndarray:
    """Return digits shifted by whole pixels; what leaves the picture is lost.

    Args:
        x: pixels, shape (n, 64).
        right: pixels to the right, from -8 to 8; a negative number shifts to the left.
        down: pixels down, likewise.
    """
    canvas = np.zeros((len(x), 24, 24), dtype=x.dtype)
    canvas[:, 8 + down : 16 + down, 8 + right : 16 + right] = x.reshape(-1, 8, 8)
    return canvas[:, 8:16, 8:16].reshape(len(x), 64)


def draw_picture(axes: Axes, pixels: np.ndarray, area: float) -> None:
    """Draw a digit as one square a pixel; the darker the pixel, the larger its square.

    Args:
        axes: to draw on.
        pixels: shape (64,).
        area: of the largest square, in square points.
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
