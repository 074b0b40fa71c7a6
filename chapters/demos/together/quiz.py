"""The picture of the mixed quiz: four trainings without names."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED
from ..nets.recipe import Recipe, train
from ..show.style import BLUE, ORANGE, panels
from .choices import EPOCHS, FIRST, SEEDS

RUNS = {
    "A": replace(FIRST, learning_rate=0.0003),
    "B": FIRST,
    "C": replace(FIRST, wrong_labels=0.2, hidden=(128,)),
    "D": replace(FIRST, mistake="leaked"),
}


@cache
def losses(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean training and validation loss over `SEEDS`, each of shape (EPOCHS + 1,)."""
    record = train(recipe, SEEDS)
    return record.loss.mean(axis=1), record.val_loss.mean(axis=1)


def draw_curves() -> Figure:
    """Draw the losses of the four runs, A and B in the first panel, C and D in the second."""
    figure, both = panels(2, height=3.6)
    said = []
    for place, (name, recipe) in enumerate(RUNS.items()):
        axes, color = both[place // 2], (BLUE, ORANGE)[place % 2]
        training, validation = losses(recipe)
        axes.plot(training, color=color)
        axes.plot(validation, color=color, linestyle=DASHED)
        height = 2.75 - 0.25 * (place % 2)
        axes.text(EPOCHS, height, name, color=color, fontweight="bold", ha="right", va="center")
        said.append(
            f"{name}, training from {training[0]:.2f} to {training[-1]:.2f} and validation from "
            f"{validation[0]:.2f} over {validation.min():.2f} to {validation[-1]:.2f}"
        )
    for axes in both:
        axes.set_xlim(0, EPOCHS)
        axes.set_ylim(0, 3)
        axes.set_xlabel("epochs")
        axes.set_ylabel("loss (nats)")
    figure.set_label(f"Losses of four runs in nats: {'; '.join(said)}.")
    return figure
