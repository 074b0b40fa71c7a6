"""Pictures of the mixed quiz: three losses without names, and three runs without their rates."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, DOTTED, Look, draw_names
from ..show.style import BLUE, GREEN, PURPLE, panels
from . import descent
from .walk import mean_square

LOOKS: dict[str, Look] = {
    "A": {"color": BLUE, "linestyle": DASHED},
    "B": {"color": PURPLE},
    "C": {"color": GREEN, "linestyle": DOTTED},
}
RATES = {"A": 0.04, "B": 0.002, "C": 0.01}
STEPS = 8


def losses(error: np.ndarray) -> dict[str, np.ndarray]:
    """Return Huber with delta 1, the squared and the absolute loss of errors of any shape."""
    size = np.abs(error)
    return {"A": np.where(size <= 1, error**2 / 2, size - 0.5), "B": error**2, "C": size}


def runs() -> dict[str, np.ndarray]:
    """Return the mean squared error in m² before each step, shape (STEPS + 1,), of three runs."""
    return {
        name: np.asarray(mean_square(descent.descend(rate, STEPS))) for name, rate in RATES.items()
    }


def draw_losses() -> Figure:
    """Draw three losses of one error, called A, B and C."""
    figure, axes = panels(1, height=3.2)
    error = np.linspace(-3, 3, 121)
    for name, values in losses(error).items():
        axes.plot(error, values, **LOOKS[name])
    axes.set_ylim(-0.2, 5)
    axes.set_xlim(-3, 3.4)
    axes.set_xlabel("error (meters)")
    axes.set_ylabel("loss")
    for name, (x, y) in {"A": (3.15, 2.3), "B": (2.3, 4.5), "C": (3.15, 3.0)}.items():
        axes.text(x, y, name, color=LOOKS[name]["color"], fontsize=14, fontweight="bold")
    figure.set_label(
        "Three losses are 0 at an error of 0. At an error of 3 meters, A is 2.5 and C is 3, and "
        "both rise in a straight line there; B has left the picture and becomes ever steeper."
    )
    return figure


def draw_runs() -> Figure:
    """Draw the loss of three runs of gradient descent by step, called A, B and C."""
    figure, axes = panels(1, height=3.2)
    steps = np.arange(STEPS + 1)
    lines = runs()
    for name, values in lines.items():
        axes.plot(steps, values, marker="o", markersize=4, **LOOKS[name])
    axes.set_xlim(-0.3, STEPS + 0.8)
    axes.set_ylim(-1, 45)
    axes.set_xlabel("step")
    axes.set_ylabel("mean squared error (m²)")
    draw_names(axes, STEPS, [(name, line[-1], LOOKS[name]) for name, line in lines.items()])
    figure.set_label(
        "Three runs of gradient descent begin at the same loss. Run A rises at every step, run B "
        "falls slowly, and run C is almost at its end after four steps."
    )
    return figure
