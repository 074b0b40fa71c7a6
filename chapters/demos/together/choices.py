"""Each choice of a recipe, changed alone and measured with five seeds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.recipe import Recipe, train
from ..nets.words import count
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, panels

SEEDS = (1, 2, 3, 4, 5)
EPOCHS = 30
FIRST = Recipe(learning_rate=0.01, epochs=EPOCHS)  # the first attempt; all others change it
CHOICES: dict[str, dict[str, Recipe]] = {
    "head and loss": {
        "softmax, cross-entropy": FIRST,
        "sigmoids, binary cross-entropy": replace(FIRST, head="sigmoid"),
        "linear, squared error": replace(FIRST, head="linear"),
        "softmax twice": replace(FIRST, head="softmax twice"),
    },
    "activation and start": {
        "ReLU, He": FIRST,
        "tanh, Glorot": replace(FIRST, activation="tanh"),
        "sigmoid, Glorot": replace(FIRST, activation="sigmoid"),
        "ReLU, He × 10": replace(FIRST, scale=10.0),
    },
    "optimizer": {
        "Adam at 0.01": FIRST,
        "Momentum at 0.1": replace(FIRST, optimizer="Momentum", learning_rate=0.1),
        "SGD at 1": replace(FIRST, optimizer="SGD", learning_rate=1.0),
        "Adam at 0.001": replace(FIRST, learning_rate=0.001),
    },
    "schedule": {
        "constant": FIRST,
        "cosine": replace(FIRST, schedule="cosine"),
        "staircase": replace(FIRST, schedule="staircase"),
        "warm-up, cosine": replace(FIRST, schedule="warm-up"),
    },
    "regularization": {
        "none": FIRST,
        "weight decay 0.1": replace(FIRST, weight_decay=0.1),
        "dropout 0.2": replace(FIRST, dropout=0.2),
        "moved pictures": replace(FIRST, shifts=True),
    },
    "size": {
        "32 units": FIRST,
        "8 units": replace(FIRST, hidden=(8,)),
        "128 units": replace(FIRST, hidden=(128,)),
        "64 and 64 units": replace(FIRST, hidden=(64, 64)),
    },
}
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # learning rates to choose from in tuning
_STYLES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"))
TICKS = (2, 5, 10, 20, 50)


@cache
def error_rates(recipe: Recipe) -> np.ndarray:
    """Return the validation error in percent, before the first epoch and after each.

    Returns:
        Shape (EPOCHS + 1, number of seeds).
    """
    return 100 * (1 - train(recipe, SEEDS).val_accuracy)


def standard_error(errors: np.ndarray) -> float:
    """Return the standard error of the mean of several measurements, shape (S,)."""
    return float(np.std(errors, ddof=1) / np.sqrt(len(errors)))


def draw_choice(choice: str, epoch: int) -> Figure:
    """Draw the validation error of the alternatives, epoch by epoch and seed by seed.

    Args:
        choice: a name of `CHOICES`.
        epoch: for which each seed is drawn, from 1 to `EPOCHS`.
    """
    figure, (left, right) = panels(2, height=3.8)
    words = []
    left.axvline(epoch, color=MUTED, linewidth=1.4, gid="drag:epoch")
    for place, (name, recipe) in enumerate(CHOICES[choice].items()):
        color, mark = _STYLES[place]
        errors = error_rates(recipe)
        now = errors[epoch]
        left.plot(range(EPOCHS + 1), errors.mean(axis=1), color=color, linewidth=1.7)
        left.plot([epoch], [now.mean()], mark, color=color, markersize=7, clip_on=False, zorder=4)
        right.plot(now, np.full(len(now), place), mark, color=color, markersize=6, alpha=0.45)
        right.plot(2 * [now.mean()], [place - 0.3, place + 0.3], color=color)
        right.text(1.0, place - 0.38, name, color=color, fontweight="bold", va="bottom")
        words.append(f"{name} {now.mean():.1f} ± {standard_error(now):.1f}")
    _draw_axes(left, right, epoch)
    figure.set_label(
        f"Validation error in percent after {count(epoch, 'epoch')}, mean of five seeds with its "
        f"standard error, by {choice}: {'; '.join(words)}."
    )
    return figure


def _draw_axes(left: Axes, right: Axes, epoch: int) -> None:
    """Scale and label both panels."""
    left.set_yscale("log")
    left.set_ylim(1.5, 100)
    left.set_yticks(TICKS, [str(tick) for tick in TICKS])
    left.set_xlim(0, EPOCHS)
    left.set_xlabel("epochs")
    left.set_ylabel("validation error (%)")
    right.set_xscale("log")
    right.set_xlim(0.9, 100)
    right.set_xticks(TICKS, [str(tick) for tick in TICKS])
    right.set_ylim(3.6, -0.9)
    right.set_yticks([])
    right.set_xlabel("validation error (%)")
    right.set_ylabel("five seeds each")
    right.set_title(f"after {count(epoch, 'epoch')}", color=MUTED)
    for axes in (left, right):
        axes.minorticks_off()
