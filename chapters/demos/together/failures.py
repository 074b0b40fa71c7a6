"""Six failed trainings, each with a different cause, and the same six without the cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.recipe import Recipe, train
from ..show.style import BLUE, MUTED, ORANGE, PURPLE, panels

SEED = 2
EPOCHS = 40
GUESSING = float(np.log(10))  # the loss of a network that guesses among ten classes


@dataclass(frozen=True)
class Failure:
    """A failed training.

    Attributes:
        recipe: of the training.
        cure: the recipe without the cause of the failure.
        patience: of early stopping, in epochs.
    """

    recipe: Recipe
    cure: Recipe
    patience: int = EPOCHS


_PLAIN = Recipe(epochs=EPOCHS)
_DEEP = Recipe(
    hidden=(32, 32, 32), activation="sigmoid", optimizer="SGD", learning_rate=0.5, epochs=EPOCHS
)
_TANH = Recipe(hidden=(32, 32), activation="tanh", epochs=EPOCHS)
_FAST = replace(_PLAIN, optimizer="Momentum", learning_rate=0.5)
_DROPPING = replace(_PLAIN, dropout=0.5)
FAILURES = {
    "rate too high": Failure(_FAST, replace(_FAST, learning_rate=0.05)),
    "saturated start": Failure(replace(_TANH, scale=30.0), _TANH),
    "dead ReLUs": Failure(replace(_PLAIN, bias=-3.0), _PLAIN),
    "dropout left on": Failure(replace(_DROPPING, dropout_stays=True), _DROPPING),
    "loss does not fit the head": Failure(
        replace(_PLAIN, head="softmax twice", learning_rate=0.01),
        replace(_PLAIN, learning_rate=0.01),
    ),
    "patience too short": Failure(_DEEP, _DEEP, patience=3),
}
LETTERS = {
    "A": "dropout left on",
    "B": "patience too short",
    "C": "loss does not fit the head",
    "D": "rate too high",
    "E": "dead ReLUs",
    "F": "saturated start",
}


def last_epoch(val_loss: np.ndarray, patience: int) -> int:
    """Return the last epoch of a training with early stopping.

    Args:
        val_loss: before the first epoch and after each, shape (epochs + 1,).
        patience: epochs without a new lowest loss.
    """
    best = 1
    for epoch in range(1, len(val_loss)):
        if val_loss[epoch] < val_loss[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch
    return len(val_loss) - 1


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
        The fields of `demos.nets.recipe.Record` except the weights, each of shape (epochs + 1,);
        the first value is before any training.
    """
    failure = FAILURES[cause]
    record = train(replace(failure.cure if cured else failure.recipe, **changes), [seed])
    names = ("loss", "accuracy", "val_loss", "val_accuracy", "again", "passing")
    columns = {name: getattr(record, name)[:, 0] for name in names}
    end = last_epoch(columns["val_loss"], EPOCHS if cured else failure.patience) + 1
    return {name: column[:end] for name, column in columns.items()}


@cache
def run(letter: str, cured: bool) -> dict[str, np.ndarray]:
    """Return the curves of the run with this letter."""
    return curves(LETTERS[letter], cured)


def draw_run(letter: str, show: str) -> Figure:
    """Draw the curves of a run.

    Args:
        letter: one of `LETTERS`.
        show: "loss and accuracy", "instruments" or "after the cure".
    """
    figure, (left, right) = panels(2, height=3.8)
    record = run(letter, show == "after the cure")
    left.axhline(GUESSING, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
    left.text(EPOCHS, GUESSING - 0.17, "guessing", color=MUTED, ha="right", fontsize=9.5)
    draw = _draw_instruments if show == "instruments" else _draw_curves
    words = draw(left, right, record)
    left.set_ylim(0, 3.3)
    left.set_ylabel("loss (nats)")
    right.set_ylim(0, 103)
    for axes in (left, right):
        axes.set_xlim(0, EPOCHS)
        axes.set_xlabel("epochs")
    end = len(record["loss"]) - 1
    cured = f", cured of: {LETTERS[letter]}" if show == "after the cure" else ""
    right.set_title(f"run {letter}, ends at epoch {end}", color=MUTED)
    figure.set_label(f"Run {letter}{cured}, which ends at epoch {end}: {words}.")
    return figure


def _draw_curves(left: Axes, right: Axes, record: dict[str, np.ndarray]) -> str:
    """Draw loss and accuracy; return their last values in words."""
    looks = (("training", "", BLUE, "solid", 3.1), ("validation", "val_", ORANGE, "dashed", 2.85))
    for name, start, color, dash, height in looks:
        line: dict[str, Any] = {"color": color, "linestyle": dash, "linewidth": 1.7}
        left.plot(record[start + "loss"], **line)
        right.plot(100 * record[start + "accuracy"], **line)
        words = f"{name} {record[start + 'loss'][-1]:.2f}"
        left.text(EPOCHS, height, words, color=color, ha="right", va="center", fontweight="bold")
    right.set_ylabel("read right (%)")
    last = {name: float(column[-1]) for name, column in record.items()}
    return (
        f"training loss {last['loss']:.2f}, validation loss {last['val_loss']:.2f} nats, "
        f"validation accuracy {100 * last['val_accuracy']:.0f} percent"
    )


def _draw_instruments(left: Axes, right: Axes, record: dict[str, np.ndarray]) -> str:
    """Draw two evaluations and the slope that hidden units pass on; return both in words."""
    left.plot(record["val_loss"], color=ORANGE, linewidth=1.7, linestyle="dashed")
    left.plot(record["again"], color=PURPLE, linewidth=1.2)
    apart = float(np.abs(record["again"] - record["val_loss"]).max())
    passing = 100 * record["passing"]
    text: dict[str, Any] = {"ha": "right", "va": "center", "fontweight": "bold"}
    left.text(EPOCHS, 3.1, "validated twice:", color=ORANGE, **text)
    left.text(EPOCHS, 2.85, f"up to {apart:.2f} apart", color=PURPLE, **text)
    right.plot(passing, color=PURPLE, linewidth=1.7)
    right.set_ylabel("slope passed on by hidden units (%)")
    return (
        f"two evaluations are up to {apart:.2f} nats apart, and the hidden units pass on "
        f"{passing[0]:.0f} percent of the slope at first and {passing[-1]:.0f} percent at last"
    )
