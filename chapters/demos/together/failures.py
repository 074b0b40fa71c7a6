"""Nine failed trainings, each with a different cause, and the same nine without the cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.images import PARTS, load
from ..nets.recipe import Recipe, pixel_scale, train
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, panels

SEED = 2
EPOCHS = 40
PICTURES = 300  # for training; the other training pictures are new to the network
GUESSING = float(np.log(10))  # the loss of a network that guesses among ten classes


@dataclass(frozen=True)
class Failure:
    """A failed training.

    Attributes:
        recipe: of the training.
        cure: the recipe without the cause of the failure.
    """

    recipe: Recipe
    cure: Recipe


_PLAIN = Recipe(learning_rate=0.01, pictures=PICTURES, epochs=EPOCHS)
_SHIFTED = replace(_PLAIN, shift=1.0)
_FALLING = replace(_PLAIN, optimizer="SGD", learning_rate=0.3, schedule="cosine")
_NOT_LOGITS = "logits taken for probabilities"
FAILURES = {
    "pixels not scaled": Failure(replace(_PLAIN, mistake="pixels not scaled"), _PLAIN),
    "loss does not fit the head": Failure(replace(_PLAIN, head=_NOT_LOGITS), _PLAIN),
    "labels shuffled": Failure(replace(_PLAIN, mistake="labels shuffled"), _PLAIN),
    "rate too high": Failure(replace(_PLAIN, learning_rate=0.2), _PLAIN),
    "rate too low": Failure(replace(_PLAIN, learning_rate=0.0001), _PLAIN),
    "validation leaked": Failure(replace(_PLAIN, mistake="leaked"), _PLAIN),
    "validation augmented": Failure(replace(_SHIFTED, mistake="validation shifted"), _SHIFTED),
    "dead ReLUs": Failure(replace(_FALLING, learning_rate=5.0), _FALLING),
    "nan in the data": Failure(replace(_PLAIN, mistake="missing pixel"), _PLAIN),
}
LETTERS = {
    "A": "labels shuffled",
    "B": "rate too low",
    "C": "loss does not fit the head",
    "D": "validation leaked",
    "E": "dead ReLUs",
    "F": "pixels not scaled",
    "G": "nan in the data",
    "H": "validation augmented",
    "I": "rate too high",
}


def curves(
    cause: str, cured: bool = False, seed: int = SEED, **changes: Any
) -> dict[str, np.ndarray]:
    """Train a network and return its curves.

    Args:
        cause: one of `FAILURES`.
        cured: whether to train without the cause.
        seed: of the first weights and the order of the pictures.
        changes: other fields of the recipe that differ, such as `hidden=(24,)`.

    Returns:
        The fields of `demos.nets.recipe.Record` except the weights, and "new_accuracy" on pictures
        that were in no part; each of shape (epochs + 1,), with the values before any training
        first.
    """
    failure = FAILURES[cause]
    recipe = replace(failure.cure if cured else failure.recipe, **changes)
    record = train(recipe, [seed])
    names = ("loss", "accuracy", "val_loss", "val_accuracy", "again", "passing")
    columns: dict[str, np.ndarray] = {name: getattr(record, name)[:, 0] for name in names}
    columns["new_accuracy"] = _new_accuracy(recipe, record.weights)
    return columns


def _new_accuracy(recipe: Recipe, weights: np.ndarray) -> np.ndarray:
    """Return the accuracy on the training pictures that a recipe leaves out, epoch by epoch."""
    data, rest = load(), slice(recipe.pictures, PARTS[0])
    x, y = data.x_train[rest] * pixel_scale(recipe), data.y_train[rest]
    return np.array([np.mean(recipe.logits(w, x)[0].argmax(axis=-1) == y) for w in weights])


@cache
def run(letter: str, cured: bool) -> dict[str, np.ndarray]:
    """Return the curves of the run with this letter."""
    return curves(LETTERS[letter], cured)


def draw_run(letter: str, show: str) -> Figure:
    """Draw the curves of a run.

    Args:
        letter: one of `LETTERS`.
        show: "loss and accuracy", beside the validation curves of the cured run, or "instruments".
    """
    figure, (left, right) = panels(2, height=3.8)
    record, cured = run(letter, False), run(letter, True)
    if show == "loss and accuracy":
        left.plot(cured["val_loss"], color=MUTED, linewidth=1.2)
        right.plot(100 * cured["val_accuracy"], color=MUTED, linewidth=1.2)
    left.axhline(GUESSING, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
    left.text(EPOCHS, GUESSING - 0.17, "guessing", color=MUTED, ha="right", fontsize=9.5)
    draw = _draw_instruments if show == "instruments" else _draw_curves
    words = draw(left, right, record)
    left.set_ylim(0, 4)
    left.set_ylabel("loss (nats)")
    right.set_ylim(0, 103)
    for axes in (left, right):
        axes.set_xlim(0, EPOCHS)
        axes.set_xlabel("epochs")
    end = f"cured, it ends at {100 * cured['val_accuracy'][-1]:.0f}%"
    right.set_title(f"run {letter}; {end}", color=MUTED)
    figure.set_label(f"Run {letter}: {words}; {end[:-1]} percent of the validation pictures.")
    return figure


def _draw_curves(left: Axes, right: Axes, record: dict[str, np.ndarray]) -> str:
    """Draw loss and accuracy; return their first and last values in words."""
    looks = (("training", "", BLUE, "solid", 3.75), ("validation", "val_", ORANGE, "dashed", 3.45))
    said = []
    for name, start, color, dash, height in looks:
        line: dict[str, Any] = {"color": color, "linestyle": dash, "linewidth": 1.7}
        loss = record[start + "loss"]
        left.plot(loss, **line)
        right.plot(100 * record[start + "accuracy"], **line)
        words = f"{name} {_number(loss[0])} → {_number(loss[-1])}"
        left.text(EPOCHS, height, words, color=color, ha="right", va="center", fontweight="bold")
        said.append(f"{name} loss from {_number(loss[0])} to {_number(loss[-1])} nats")
    right.set_ylabel("read correctly (%)")
    accuracies = [100 * record[name][-1] for name in ("accuracy", "val_accuracy")]
    return (
        f"{', '.join(said)}; in the end {accuracies[0]:.0f} percent of the training pictures and "
        f"{accuracies[1]:.0f} percent of the validation pictures are read correctly"
    )


def _draw_instruments(left: Axes, right: Axes, record: dict[str, np.ndarray]) -> str:
    """Draw two evaluations, new pictures and the slope of hidden units; return all in words."""
    left.plot(record["val_loss"], color=ORANGE, linewidth=1.7, linestyle="dashed")
    left.plot(record["again"], color=PURPLE, linewidth=1.2)
    apart = float(np.nanmax(np.abs(record["again"] - record["val_loss"])))
    text: dict[str, Any] = {"ha": "right", "va": "center", "fontweight": "bold"}
    left.text(EPOCHS, 3.75, "validated twice:", color=ORANGE, **text)
    left.text(EPOCHS, 3.45, f"up to {apart:.2f} apart", color=PURPLE, **text)
    right.set_ylabel("new pictures, slope (%)")
    looks = (
        ("new_accuracy", "new pictures", GREEN, "dashed", 0.78),
        ("passing", "slope", PURPLE, "solid", 0.70),
    )
    said = []
    for key, name, color, dash, height in looks:
        values = 100 * record[key]
        right.plot(values, color=color, linewidth=1.7, linestyle=dash)
        words = f"{name} {values[-1]:.0f}%"
        place: dict[str, Any] = {"x": 0.98, "y": height, "transform": right.transAxes}
        right.text(**place, s=words, color=color, **text)
        said.append(f"{values[0]:.0f} to {values[-1]:.0f} percent")
    return (
        f"two evaluations are up to {apart:.2f} nats apart, the accuracy on new pictures goes from "
        f"{said[0]}, and the slope that the hidden units pass on goes from {said[1]}"
    )


def _number(value: float) -> str:
    """Return a loss in at least three digits, or the word nan."""
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"
