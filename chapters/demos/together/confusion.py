"""Which digits a network confuses, and its error if it may decline to answer."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.functions import probabilities
from ..nets.images import load
from ..nets.names import Look
from ..nets.recipe import train
from ..nets.words import count
from ..show.style import BLUE, INK, MUTED, ORANGE, RED, panels
from .choices import FIRST, SEEDS

EPOCHS = (1, 2, 3, 5, 10, 30)
LEVELS = (0.0, 0.5, 0.7, 0.9, 0.97, 0.99)  # confidences below which a network declines
_SHOWN = np.union1d(np.linspace(0, 0.995, 60), LEVELS)  # of the curve, so that it passes each dot


@cache
def answers(epoch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the answers of five networks to each of the 500 validation pictures.

    Returns:
        The right digit, the digit with the largest probability, and this probability, each of
        shape (2500,).
    """
    data, weights = load(), _weights()[epoch]
    p = probabilities(FIRST.logits(weights, data.x_validation))
    y = np.broadcast_to(data.y_validation, p.shape[:2])
    return y.ravel(), p.argmax(axis=-1).ravel(), p.max(axis=-1).ravel()


@cache
def _weights() -> np.ndarray:
    return train(FIRST, SEEDS).weights


def table(epoch: int, level: float = 0.0) -> np.ndarray:
    """Return how often each digit (row) is read as each digit (column), shape (10, 10).

    Args:
        epoch: after which the networks answer.
        level: the least confidence of the answers that count.
    """
    y, guess, confidence = answers(epoch)
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (y[confidence >= level], guess[confidence >= level]), 1)
    return counts


def coverage_and_error(epoch: int, level: float) -> tuple[float, float]:
    """Return the share of answered pictures, and the error among the answers, both in percent.

    The arguments are those of `table`.
    """
    y, guess, confidence = answers(epoch)
    answered = confidence >= level
    wrong = np.sum(answered & (guess != y)) / max(answered.sum(), 1)
    return 100 * float(answered.mean()), 100 * float(wrong)


def draw_confusion(epoch: int, level: float) -> Figure:
    """Draw the table of answers, and the error among them.

    Args:
        epoch: one of `EPOCHS`.
        level: one of `LEVELS`.
    """
    figure, (left, right) = panels(2, height=4.1)
    counts = table(epoch, level)
    _draw_table(left, counts)
    coverage, error = coverage_and_error(epoch, level)
    curve = np.array([coverage_and_error(epoch, at) for at in _SHOWN])
    right.plot(*curve.T, color=ORANGE)
    point: Look = {"color": ORANGE, "markersize": 9, "clip_on": False}
    right.plot([coverage], [error], "o", gid="drag:level", **point)
    right.set_xlim(0, 101)
    right.set_ylim(0, max(1.08 * float(curve[:, 1].max()), 4.5))
    right.set_xlabel("pictures that are answered (%)")
    right.set_ylabel("error among the answers (%)")
    right.set_title(f"answers {coverage:.0f}%, error {error:.1f}%", color=MUTED)
    wrong = counts * (1 - np.eye(10, dtype=int))
    digit, answer = np.unravel_index(wrong.argmax(), wrong.shape)
    words = f"the most frequent mistake is the digit {digit} read as {answer}, " + count(
        int(wrong.max()), "time"
    )
    if not wrong.any():
        words = "there is no mistake"
    figure.set_label(
        f"After {count(epoch, 'epoch')}, with answers from a confidence of {100 * level:.0f} "
        f"percent: {coverage:.0f} percent of the pictures are answered, {error:.1f} percent of "
        f"these wrongly; {words}."
    )
    return figure


def _draw_table(axes: Axes, counts: np.ndarray) -> None:
    """Write the counts; the more mistakes, the darker their square."""
    for row, column in np.argwhere(counts).tolist():
        right = row == column
        if not right:
            alpha = 0.12 + 0.6 * min(1.0, counts[row, column] / 60)
            axes.plot(
                [column], [row], "s", color=RED, markersize=15, alpha=alpha, markeredgewidth=0
            )
        axes.text(
            column,
            row,
            str(counts[row, column]),
            color=BLUE if right else INK,
            ha="center",
            va="center",
            fontsize=9.5,
            fontweight="bold" if right else "normal",
        )
    axes.set_xlim(-0.6, 9.6)
    axes.set_ylim(9.6, -0.6)
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.grid(visible=False)
    axes.set_xlabel("read as")
    axes.set_ylabel("digit")
