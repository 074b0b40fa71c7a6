"""The picture of the mixed quiz: three sets of weights and three trainings, all without names."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..show.style import BLUE, GREEN, INK, MUTED, PURPLE, panels
from . import polynomial, regularizers

STRENGTHS = {"A": 0.01, "B": 0.5, "C": 0.3}  # λ; A and C have an L2 penalty, B has an L1 penalty
RUNS = {"D": "L2 0.05", "E": "nothing", "F": "L2"}
WRONG = 0.2  # share of wrong training labels
_COLORS = (BLUE, PURPLE, GREEN)
_MARKS = ("o", "s", "^")
_LETTERS = {"A": (6.4, 1.7), "B": (1.0, -3.9), "C": (0.9, -2.3)}


def lasso(strength: float) -> np.ndarray:
    """Return the weights of the 15 readings under an L1 penalty, without the constant's, (14,).

    Args:
        strength: λ of the penalty; the loss is half of the mean squared error.
    """
    hour, reading = polynomial.readings(15)
    x, y = polynomial.features(hour)[:, 1:], reading - reading.mean()
    x = x - x.mean(axis=0)
    w = np.zeros(x.shape[1])
    for _ in range(2000):  # coordinate descent: each weight is exact for the others' values
        for k in range(len(w)):
            rest = y - x @ w + x[:, k] * w[k]
            pull, curvature = x[:, k] @ rest / len(x), x[:, k] @ x[:, k] / len(x)
            w[k] = np.sign(pull) * max(abs(pull) - strength, 0) / curvature
    return w


def weights() -> dict[str, np.ndarray]:
    """Return the weights A, B and C of the polynomials, without the constant's, (14,) each."""
    hour, reading = polynomial.readings(15)
    return {
        "A": polynomial.fit(hour, reading, STRENGTHS["A"])[1:],
        "B": lasso(STRENGTHS["B"]),
        "C": polynomial.fit(hour, reading, STRENGTHS["C"])[1:],
    }


def draw_pictures() -> Figure:
    """Draw the weights of three polynomials, A to C, and the losses of three trainings, D to F."""
    figure, (left, right) = panels(2, height=3.9)
    for (name, w), color, mark in zip(weights().items(), _COLORS, _MARKS, strict=True):
        degrees = np.arange(1, len(w) + 1)
        left.plot(degrees, w, mark, color=color, markersize=6)
        left.plot(degrees, w, color=color, linewidth=0.8, alpha=0.5)
        left.text(*_LETTERS[name], name, color=color, fontsize=13, weight="bold")
    left.axhline(0, color=INK, linewidth=0.9)
    left.set_xlim(-0.8, 14.6)
    left.set_xticks([1, 5, 10, 14])
    left.set_xlabel("degree of the term")
    left.set_ylabel("weight (°C)")
    _draw_runs(right)
    figure.set_label(
        "The first panel shows the 14 weights of three polynomials. Those of A have sizes up to 5 "
        "and none of them is 0, many of those of B are exactly 0, and those of C are small and "
        "none of them is 0. The second panel shows three trainings. In D both losses stay high and "
        "close together, in E the training loss falls far below a validation loss that rises, and "
        "in F the validation loss ends lowest and stays level."
    )
    return figure


def _draw_runs(axes: Axes) -> None:
    """Draw the training loss of each run as a dashed line, and its validation loss as a line."""
    epochs = np.arange(1, regularizers.EPOCHS + 1)
    for (name, regularizer), color in zip(RUNS.items(), _COLORS, strict=True):
        training, validation = regularizers.curves(regularizer, WRONG)
        look: Look = {"color": color, "linewidth": 1.8}
        axes.plot(epochs, training, linestyle=DASHED, **look)
        axes.plot(epochs, validation, **look)
        for values in (training, validation):
            axes.text(61, values[-1], name, color=color, fontsize=13, weight="bold", va="center")
    axes.set_title("– – training   — validation", color=MUTED)
    axes.set_xlim(0, 65)
    axes.set_xticks(range(0, 61, 20))
    axes.set_ylim(0, 2.4)
    axes.set_xlabel("epochs")
    axes.set_ylabel("loss (nats)")
