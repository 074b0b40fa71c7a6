"""The best of many tries: its score on the pictures that chose it, and on other pictures."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.images import load
from ..nets.names import Look
from ..nets.recipe import Recipe, train
from ..show.style import BLUE, INK, MUTED, ORANGE, panels

RECIPE = Recipe(hidden=(8,), learning_rate=0.01, epochs=15)
NETWORKS = 64
TRIES = (1, 2, 4, 8, 16, 32, 64)
DRAWS = 400  # of pictures and of networks; the figure shows the means over them


@cache
def hits() -> np.ndarray:
    """Return which network reads which validation picture correctly, shape (NETWORKS, 500)."""
    data, record = load(), train(RECIPE, range(NETWORKS))
    logits = RECIPE.logits(record.weights[-1], data.x_validation)
    return logits.argmax(axis=-1) == data.y_validation


@cache
def scores(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Score all networks on `size` random pictures, and on all others, `DRAWS` times.

    Returns:
        Accuracies in percent on the random pictures and on the others, shape (DRAWS, NETWORKS)
        each; the networks are in random order.
    """
    random, table = np.random.default_rng(3), hits()
    few, rest = [], []
    for _ in range(DRAWS):
        order = random.permutation(table.shape[1])
        networks = table[random.permutation(NETWORKS)]
        few.append(100 * networks[:, order[:size]].mean(axis=1))
        rest.append(100 * networks[:, order[size:]].mean(axis=1))
    return np.array(few), np.array(rest)


def best_of(tries: int, size: int) -> tuple[float, float]:
    """Return the mean score of the best of some tries, and its mean score on other pictures.

    Args:
        tries: number of networks to choose from.
        size: number of pictures to choose by.

    Returns:
        Two accuracies in percent.
    """
    few, rest = scores(size)
    chosen = few[:, :tries].argmax(axis=1)
    rows = np.arange(DRAWS)
    return float(few[rows, chosen].mean()), float(rest[rows, chosen].mean())


def draw_best(tries: int, size: int) -> Figure:
    """Draw one choice among some tries, and the means over many choices.

    Args:
        tries: one of `TRIES`.
        size: number of pictures to choose by.
    """
    figure, (left, right) = panels(2, height=3.7)
    few, rest = (accuracies[0, :tries] for accuracies in scores(size))
    best = int(few.argmax())
    left.plot([60, 100], [60, 100], color=MUTED, linewidth=1)
    left.plot(few, rest, "o", color=MUTED, markersize=4.5, alpha=0.6)
    left.plot(few[best : best + 1], rest[best : best + 1], "o", color=ORANGE, markersize=9)
    left.set_xlim(73, 100)
    left.set_ylim(73, 100)
    left.set_xlabel(f"right of the {size} pictures (%)")
    left.set_ylabel("right of the others (%)")
    left.set_title(f"best of {tries}: {few[best]:.0f}%, elsewhere {rest[best]:.0f}%", color=MUTED)

    written = "1 try" if tries == 1 else f"{tries} tries"
    means = np.array([best_of(t, size) for t in TRIES])
    now = TRIES.index(tries)
    for column, color, name, mark in ((0, ORANGE, "reported", "o"), (1, BLUE, "elsewhere", "s")):
        right.plot(TRIES, means[:, column], color=color)
        point: Look = {"color": color, "markersize": 8, "gid": "drag:tries"}
        right.plot([tries], means[now : now + 1, column], mark, **point)
        high = 98.2 if column == 0 else 86.2
        words = f"{name} {means[now, column]:.1f}%"
        right.text(1, high, words, color=color, fontweight="bold")
    right.axhline(float(100 * hits().mean()), color=INK, linewidth=0.8, linestyle="dashed")
    right.set_xscale("log", base=2)
    right.set_xticks(TRIES, [str(t) for t in TRIES])
    right.set_ylim(85.5, 99.5)
    right.set_xlabel("tries")
    right.set_ylabel(f"mean over {DRAWS} draws (%)")
    right.minorticks_off()
    figure.set_label(
        f"The best of {written} on {size} pictures scores {few[best]:.0f} percent there and "
        f"{rest[best]:.0f} on the others; on average {means[now, 0]:.1f} and {means[now, 1]:.1f}."
    )
    return figure
