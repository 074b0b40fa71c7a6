"""Handwritten digits, 8 by 8 pixels each, and a small network that reads them.

The pictures are the test set of "Optical Recognition of Handwritten Digits" by E. Alpaydin and
C. Kaynak (UCI Machine Learning Repository, 1998, CC BY 4.0), in the file that scikit-learn ships.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("digits.csv.gz")
TRAINING = 1024  # of the 1797 pictures; the others are for validation
HIDDEN = 32  # units of the network
_SHAPES = ((64, HIDDEN), (1, HIDDEN), (HIDDEN, 10), (1, 10))
_ENDS = np.cumsum([rows * columns for rows, columns in _SHAPES])
SIZE = int(_ENDS[-1])  # parameters of the network


@cache
def pictures() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return pixels and classes for training, then for validation, in a fixed random order.

    Returns:
        Pixels from 0 to 1, shape (1024, 64); digits, shape (1024,); the same of (773, 64), (773,).
    """
    rows = np.random.default_rng(0).permutation(np.loadtxt(FILE, delimiter=","))
    x, y = (rows[:, :64] / 16).astype(np.float32), rows[:, 64].astype(int)
    return x[:TRAINING], y[:TRAINING], x[TRAINING:], y[TRAINING:]


def parts(w: np.ndarray) -> list[np.ndarray]:
    """Return the weights and biases of both layers as views of all parameters.

    Args:
        w: parameters of several networks, shape (r, SIZE).

    Returns:
        Arrays of shape (r, 64, HIDDEN), (r, 1, HIDDEN), (r, HIDDEN, 10) and (r, 1, 10).
    """
    pieces = np.split(w, _ENDS[:-1], axis=-1)
    return [piece.reshape(-1, *shape) for piece, shape in zip(pieces, _SHAPES, strict=True)]


def untrained(seed: int) -> np.ndarray:
    """Return the parameters of a fresh network, normal weights after Glorot, shape (SIZE,)."""
    random, w = np.random.default_rng(seed), np.zeros(SIZE, dtype=np.float32)
    for piece, shape in zip(parts(w), _SHAPES, strict=True):
        if shape[0] > 1:
            piece[:] = random.standard_normal(shape) * np.sqrt(2 / sum(shape))
    return w


def scores(w: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hidden units and the log-probabilities of the ten digits.

    Args:
        w: parameters of several networks, shape (r, SIZE).
        x: pixels, shape (n, 64).

    Returns:
        Shapes (r, n, HIDDEN) and (r, n, 10).
    """
    first, first_bias, second, second_bias = parts(w)
    hidden = np.maximum(x @ first + first_bias, 0)
    z = hidden @ second + second_bias
    z = z - z.max(axis=-1, keepdims=True)
    return hidden, z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))


def mean_loss(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean cross-entropy of several networks in nats, shape (r,)."""
    return -np.mean(scores(w, x)[1][:, np.arange(len(y)), y], axis=-1)


def slope(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean loss for each of several networks, shape (r, SIZE)."""
    hidden, logs = scores(w, x)
    return gradient(w, x, y, hidden, hidden > 0, np.exp(logs))


def gradient(
    w: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    hidden: np.ndarray,
    passing: np.ndarray,
    p: np.ndarray,
) -> np.ndarray:
    """Return the gradient of the mean loss, from what the way forward has found.

    Args:
        w: parameters of several networks, shape (r, SIZE).
        x: pixels, shape (n, 64).
        y: digits, shape (n,).
        hidden: what the hidden units hand on, shape (r, n, HIDDEN).
        passing: its slope by what they got, same shape.
        p: probabilities of the ten digits, shape (r, n, 10).

    Returns:
        Shape (r, SIZE).
    """
    back = p.copy()
    back[:, np.arange(len(y)), y] -= 1
    back /= len(y)
    under = (back @ parts(w)[2].swapaxes(1, 2)) * passing
    pieces = (x.T @ under, under.sum(1), hidden.swapaxes(1, 2) @ back, back.sum(1))
    return np.concatenate([piece.reshape(len(w), -1) for piece in pieces], axis=1)
