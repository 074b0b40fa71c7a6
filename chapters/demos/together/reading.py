"""The answers of a network after every epoch to pictures on which it is never trained."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import probabilities
from ..nets.images import draw_picture, load
from ..nets.recipe import train
from ..nets.words import count
from ..show.style import BLUE, MUTED, ORANGE, panels
from .choices import FIRST

EPOCHS = 12
PICTURES = {"A": 0, "B": 11, "C": 3, "D": 63, "E": 236, "F": 473}  # indices in the validation set


@cache
def predictions() -> np.ndarray:
    """Return the probability of each digit after each epoch, shape (EPOCHS + 1, 500, 10)."""
    x, record = load().x_validation, train(FIRST, [1])
    return np.stack([probabilities(FIRST.logits(w, x))[0] for w in record.weights[: EPOCHS + 1]])


def draw_reading(picture: str, epoch: int) -> Figure:
    """Draw a picture, and the probabilities that the network gives to the digits.

    Args:
        picture: a name of `PICTURES`.
        epoch: from 0 to `EPOCHS`.
    """
    figure, (left, right) = panels(2, height=3.6)
    place, data = PICTURES[picture], load()
    p, digit = predictions()[epoch, place], int(data.y_validation[place])
    draw_picture(left, data.x_validation[place], 500)
    left.set_title(f"digit {digit}", color=MUTED)
    guess = int(p.argmax())
    for k in range(10):
        color = BLUE if k == digit else ORANGE if k == guess else MUTED
        right.plot([0, p[k]], [k, k], color=color, linewidth=9, solid_capstyle="butt")
    right.text(p[guess] + 0.03, guess, f"{p[guess]:.2f}", va="center", fontweight="bold")
    right.set_xlim(0, 1.2)
    right.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    right.set_ylim(9.6, -0.6)
    right.set_yticks(range(10))
    right.set_xlabel("probability")
    right.set_ylabel("digit")
    right.grid(visible=False, axis="y")
    verdict = "right" if guess == digit else "wrong"
    right.set_title(f"epoch {epoch}: reads {guess}, {verdict}", color=MUTED)
    figure.set_label(
        f"After {count(epoch, 'epoch')} the network reads picture {picture} as {guess} with "
        f"probability {p[guess]:.2f}; it shows the digit {digit}, which gets {p[digit]:.2f}."
    )
    return figure
