"""The next word of a sentence: softmax of a language model's scores at three temperatures."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import probabilities
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, panels

WORDS = ("mat", "sofa", "roof", "moon")  # after "The cat sat on the"
SCORES = np.array([3.0, 2.0, 1.0, -1.0])
COLORS = (BLUE, ORANGE, GREEN, PURPLE)
TEMPERATURES = (0.5, 1.0, 2.0)


def probabilities_at(temperature: float, shift: float = 0.0) -> np.ndarray:
    """Return the probabilities of the four words, shape (4,).

    Args:
        temperature: divides the scores, > 0.
        shift: added to every score before the division.
    """
    return probabilities((SCORES + shift) / temperature)


def draw_temperature() -> Figure:
    """Draw the probabilities of the four words at each of `TEMPERATURES`."""
    figure, axes = panels(3, height=3.2)
    described = []
    for panel, temperature in zip(axes, TEMPERATURES, strict=True):
        p = probabilities_at(temperature)
        panel.bar(range(4), p, color=COLORS, width=0.6, alpha=0.85)
        for place, share in enumerate(p):
            panel.text(place, share + 0.03, f"{share:.3f}", ha="center", fontweight="bold")
        panel.axhline(0.25, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
        panel.set_xticks(range(4), WORDS)
        panel.grid(visible=False, axis="x")
        panel.set_ylim(0, 1.08)
        panel.set_xlabel("next word")
        panel.set_ylabel("probability")
        panel.set_title(f"τ = {temperature:g}")
        shares = ", ".join(f"{word} {share:.3f}" for word, share in zip(WORDS, p, strict=True))
        described.append(f"At {temperature:g}: {shares}.")
    figure.set_label("Probabilities of the next word at three temperatures. " + " ".join(described))
    return figure
