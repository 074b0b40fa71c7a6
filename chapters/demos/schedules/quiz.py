"""The picture of the mixed quiz: three runs on the digits without the names of their schedules."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, DOTTED, Look, draw_letters
from ..nets.training import EPOCH
from ..show.style import INK, panels
from . import drops, given_end
from .digits import EPOCHS, draw_loss_axes

LOOKS: dict[str, Look] = {
    "A": {"color": INK, "linestyle": DASHED},
    "B": {"color": INK, "linestyle": DOTTED},
    "C": {"color": INK},
}


def runs() -> dict[str, np.ndarray]:
    """Return the validation loss after each epoch in nats, shape (EPOCHS,), of each run."""
    tenth = drops.FACTORS.index(10.0)
    return {
        "A": given_end.losses(1.0, 0.0, 96, cycle=False),  # a plan that ends too soon
        "B": drops.table()[:, drops.BOUNDARIES.index(320), tenth],  # a constant rate
        "C": drops.table()[:, drops.BOUNDARIES.index(192), tenth],
    }


def draw_runs() -> Figure:
    """Draw the validation loss of the runs A, B and C over the steps."""
    figure, axes = panels(1, height=3.4)
    for name, values in runs().items():
        axes.plot(EPOCH * np.arange(1, EPOCHS + 1), values, linewidth=1.8, **LOOKS[name])
    draw_loss_axes(axes)
    draw_letters(axes, {"A": (250, 0.26), "B": (296, 0.155), "C": (230, 0.08)}, LOOKS)
    figure.set_label(
        "Three runs over 320 steps. A falls at first and is level from step 96 on, at the highest "
        "loss. B moves up and down all the time. C moves up and down like B until step 192, falls "
        "at once in the next epoch, and is level from there on."
    )
    return figure
