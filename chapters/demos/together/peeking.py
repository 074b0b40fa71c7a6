"""Many tries, of which the best is reported: what it scores where it was chosen, and elsewhere."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.images import load
from ..nets.recipe import Recipe, read, train
from ..show.style import BLUE, INK, MUTED, ORANGE, panels

RECIPE = Recipe(hidden=(8,), learning_rate=0.01, epochs=15)
NETWORKS = 64
TRIES = (1, 2, 4, 8, 16, 32, 64)
DRAWS = 400  # of pictures and of networks, that the mean is taken over


@cache
def right() -> np.ndarray:
    """Return which network reads which validation picture right, shape (NETWORKS, 500)."""
    data, record = load(), train(RECIPE, range(NETWORKS))
    z = read(record.weights[-1], data.x_validation, RECIPE)[2]
    return z.argmax(axis=-1) == data.y_validation


@cache
def draws(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Score all networks on `size` pictures drawn at random, and on all others, many times.

    Returns:
        The shares read right in percent, two arrays of shape (DRAWS, NETWORKS); the networks are in
        random order.
    """
    random, table = np.random.default_rng(3), right()
    few, rest = [], []
    for _ in range(DRAWS):
        order = random.permutation(table.shape[1])
        networks = table[random.permutation(NETWORKS)]
        few.append(100 * networks[:, order[:size]].mean(axis=1))
        rest.append(100 * networks[:, order[size:]].mean(axis=1))
    return np.array(few), np.array(rest)


def best_of(tries: int, size: int) -> tuple[float, float]:
    """Return the mean score of the best of some tries where it was chosen, and on the others."""
    few, rest = draws(size)
    chosen = few[:, :tries].argmax(axis=1)
    rows = np.arange(DRAWS)
    return float(few[rows, chosen].mean()), float(rest[rows, chosen].mean())


def draw_best(tries: int, size: int) -> Figure:
    """Draw one choice among some tries, and the means over many.

    Args:
        tries: one of `TRIES`.
        size: pictures that the networks are chosen by.
    """
    figure, (left, right_) = panels(2, height=3.7)
    few, rest = (scores[0, :tries] for scores in draws(size))
    best = int(few.argmax())
    left.plot([60, 100], [60, 100], color=MUTED, linewidth=1)
    left.plot(few, rest, "o", color=MUTED, markersize=4.5, alpha=0.6)
    left.plot(few[best : best + 1], rest[best : best + 1], "o", color=ORANGE, markersize=9)
    left.set_xlim(73, 100)
    left.set_ylim(73, 100)
    left.set_xlabel(f"right of the {size} pictures (%)")
    left.set_ylabel("right of the others (%)")
    left.set_title(f"best of {tries}: {few[best]:.0f}%, elsewhere {rest[best]:.0f}%", color=MUTED)

    means = np.array([best_of(t, size) for t in TRIES])
    now = TRIES.index(tries)
    for column, color, name, mark in ((0, ORANGE, "reported", "o"), (1, BLUE, "elsewhere", "s")):
        right_.plot(TRIES, means[:, column], color=color)
        right_.plot([tries], means[now : now + 1, column], mark, color=color, markersize=8)
        high = 98.2 if column == 0 else 86.2
        words = f"{name} {means[now, column]:.1f}%"
        right_.text(1, high, words, color=color, fontweight="bold")
    right_.axhline(float(100 * right().mean()), color=INK, linewidth=0.8, linestyle="dashed")
    right_.set_xscale("log", base=2)
    right_.set_xticks(TRIES, [str(t) for t in TRIES])
    right_.set_ylim(85.5, 99.5)
    right_.set_xlabel("tries")
    right_.set_ylabel(f"mean over {DRAWS} draws (%)")
    right_.minorticks_off()
    figure.set_label(
        f"The best of {tries} tries on {size} pictures scores {few[best]:.0f} percent there and "
        f"{rest[best]:.0f} on the others; on average {means[now, 0]:.1f} and {means[now, 1]:.1f}."
    )
    return figure
