"""Six trainings that went wrong, each for a reason of its own, and the same six cured."""

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
GUESSING = float(np.log(10))  # the loss of a network that knows nothing of ten classes


@dataclass(frozen=True)
class Case:
    """A broken training: its recipe, its patience, and the recipe that cures it."""

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
CASES = {
    "rate too high": Case(_FAST, replace(_FAST, learning_rate=0.05)),
    "saturated start": Case(replace(_TANH, scale=30.0), _TANH),
    "dead ReLUs": Case(replace(_PLAIN, bias=-3.0), _PLAIN),
    "dropout left on": Case(replace(_DROPPING, dropout_stays=True), _DROPPING),
    "loss does not fit the head": Case(
        replace(_PLAIN, head="softmax twice", learning_rate=0.01),
        replace(_PLAIN, learning_rate=0.01),
    ),
    "patience too short": Case(_DEEP, _DEEP, patience=3),
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
    """Return the epoch after which a training stops that waits so long for a lower loss.

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
    """Train as the cause wants it, and return what was written down.

    Args:
        cause: one of `CASES`.
        cured: whether to take the cure.
        seed: of the first weights and the order of the pictures.
        changes: other fields of the recipe that shall differ, such as `hidden=(24,)`.

    Returns:
        By name, each of shape (epochs + 1,), the first before any training: "loss", "accuracy"
        (of the training pictures, while training), "val_loss", "val_accuracy", "again" (the
        validation loss a second time) and "passing" (see `demos.recipe.Record`).
    """
    case = CASES[cause]
    record = train(replace(case.cure if cured else case.recipe, **changes), [seed])
    names = ("loss", "accuracy", "val_loss", "val_accuracy", "again", "passing")
    columns = {name: getattr(record, name)[:, 0] for name in names}
    end = last_epoch(columns["val_loss"], EPOCHS if cured else case.patience) + 1
    return {name: column[:end] for name, column in columns.items()}


@cache
def run(letter: str, cured: bool) -> dict[str, np.ndarray]:
    """Return the curves of a run by its letter."""
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
    """Draw loss and accuracy; return what they end at, in words."""
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
    """Draw two evaluations and what the hidden units pass on; return both in words."""
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
