"""Each choice of a recipe, changed alone and measured with five seeds, in three situations."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.recipe import Recipe, train
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, panels

SEEDS = (1, 2, 3, 4, 5)
EPOCHS = 30
FIRST = Recipe(learning_rate=0.01, epochs=EPOCHS)  # the first attempt; all others change it
SITUATIONS: dict[str, dict[str, Any]] = {
    "797 pictures": {},
    "100 pictures": {"pictures": 100, "epochs": 80},
    "20% wrong labels": {"wrong_labels": 0.2},
}
_TUNED: dict[str, Any] = {"hidden": (128,), "schedule": "cosine", "weight_decay": 0.1}
CHOICES: dict[str, dict[str, dict[str, Any]]] = {
    "activation and start": {
        "ReLU, He": {},
        "tanh, Glorot": {"activation": "tanh"},
        "sigmoid, Glorot": {"activation": "sigmoid"},
        "ReLU, He × 10": {"scale": 10.0},
    },
    "optimizer": {
        "Adam at 0.01": {},
        "Momentum at 0.1": {"optimizer": "Momentum", "learning_rate": 0.1},
        "SGD at 1": {"optimizer": "SGD", "learning_rate": 1.0},
        "Adam at 0.001": {"learning_rate": 0.001},
    },
    "schedule": {
        "constant": {},
        "cosine": {"schedule": "cosine"},
        "staircase": {"schedule": "staircase"},
        "warm-up, cosine": {"schedule": "warm-up"},
    },
    "regularization": {
        "none": {},
        "weight decay 0.3": {"weight_decay": 0.3},
        "dropout 0.5": {"dropout": 0.5},
        "half-pixel shifts": {"shift": 0.5},
    },
    "size": {
        "32 units": {},
        "8 units": {"hidden": (8,)},
        "128 units": {"hidden": (128,)},
        "64 and 64 units": {"hidden": (64, 64)},
    },
    "together": {
        "the first attempt": {},
        "128 units": {"hidden": (128,)},
        "cosine, decay 0.1 too": _TUNED,
        "half-pixel shifts too": _TUNED | {"shift": 0.5},
    },
}
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # learning rates to choose from in tuning
_STYLES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"))
TICKS = (2, 5, 10, 20, 50)


def recipe(situation: str, choice: str, name: str) -> Recipe:
    """Return the first attempt in a situation, changed by an alternative of a choice.

    Args:
        situation: a name of `SITUATIONS`.
        choice: a name of `CHOICES`.
        name: of an alternative of this choice.
    """
    return replace(FIRST, **SITUATIONS[situation], **CHOICES[choice][name])


@cache
def error_rates(tried: Recipe) -> np.ndarray:
    """Return the validation error in percent, before the first epoch and after each.

    Returns:
        Shape (epochs + 1, number of seeds).
    """
    return 100 * (1 - train(tried, SEEDS).val_accuracy)


def standard_error(errors: np.ndarray) -> float:
    """Return the standard error of the mean of several measurements, shape (S,)."""
    return float(np.std(errors, ddof=1) / np.sqrt(len(errors)))


def draw_choice(choice: str, situation: str) -> Figure:
    """Draw the validation error of the alternatives over the training, and at its end.

    Args:
        choice: a name of `CHOICES`.
        situation: a name of `SITUATIONS`.
    """
    figure, (left, right) = panels(2, height=3.8)
    words = []
    for place, name in enumerate(CHOICES[choice]):
        color, mark = _STYLES[place]
        errors = error_rates(recipe(situation, choice, name))
        now = errors[-1]
        shown = np.linspace(0, len(errors) - 1, EPOCHS + 1).round().astype(int)
        left.plot(np.linspace(0, 100, EPOCHS + 1), errors.mean(axis=1)[shown], color=color)
        right.plot(now, np.full(len(now), place), mark, color=color, markersize=6, alpha=0.45)
        right.plot(2 * [now.mean()], [place - 0.3, place + 0.3], color=color)
        right.text(1.0, place - 0.38, name, color=color, fontweight="bold", va="bottom")
        words.append(f"{name} {now.mean():.1f} ± {standard_error(now):.1f}")
    _draw_axes(left, right, situation)
    figure.set_label(
        f"Validation error in percent with {situation}, mean of five seeds with its standard "
        f"error, by {choice}: {'; '.join(words)}."
    )
    return figure


def _draw_axes(left: Axes, right: Axes, situation: str) -> None:
    """Scale and label both panels."""
    left.set_yscale("log")
    left.set_ylim(1.2, 100)
    left.set_yticks(TICKS, [str(tick) for tick in TICKS])
    left.set_xlim(0, 100)
    left.set_xlabel("share of the training (%)")
    left.set_ylabel("validation error (%)")
    right.set_xscale("log")
    right.set_xlim(0.9, 100)
    right.set_xticks(TICKS, [str(tick) for tick in TICKS])
    right.set_ylim(3.6, -0.9)
    right.set_yticks([])
    right.set_xlabel("validation error at the end (%)")
    right.set_ylabel("five seeds each")
    right.set_title(situation, color=MUTED)
    for axes in (left, right):
        axes.minorticks_off()
