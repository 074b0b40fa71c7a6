"""The picture of the mixed quiz: three losses without names, three runs without their rates."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, DOTTED, Look, draw_letters, draw_names
from ..show.style import BLUE, GREEN, PURPLE, panels
from . import descent
from .walk import mean_square

LOOKS: dict[str, Look] = {
    "A": {"color": BLUE, "linestyle": DASHED},
    "B": {"color": PURPLE},
    "C": {"color": GREEN, "linestyle": DOTTED},
}
LOOKS |= {"D": LOOKS["A"], "E": LOOKS["B"], "F": LOOKS["C"]}
RATES = {"D": 0.04, "E": 0.002, "F": 0.01}
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


def draw_pictures() -> Figure:
    """Draw three losses, called A, B and C, and three runs of gradient descent, D, E and F."""
    figure, (left, right) = panels(2, height=3.3)
    error = np.linspace(-3, 3, 121)
    for name, values in losses(error).items():
        left.plot(error, values, **LOOKS[name])
    left.set_ylim(-0.2, 5)
    left.set_xlim(-3, 3.5)
    left.set_xlabel("error (meters)")
    left.set_ylabel("loss")
    draw_letters(left, {"A": (3.1, 2.3), "B": (2.3, 4.5), "C": (3.1, 3.0)}, LOOKS)

    for name, values in runs().items():
        right.plot(np.arange(STEPS + 1), values, marker="o", markersize=4, **LOOKS[name])
    right.set_xlim(-0.3, STEPS + 0.9)
    right.set_ylim(-1, 45)
    right.set_xlabel("step")
    right.set_ylabel("mean squared error (m²)")
    ends = [(name, float(values[-1]), LOOKS[name]) for name, values in runs().items()]
    draw_names(right, STEPS, ends)
    figure.set_label(
        "Left, three losses are 0 at an error of 0. At an error of 3 meters, A is 2.5 and C is 3, "
        "and both rise in a straight line there; B has left the picture and becomes ever steeper. "
        "Right, three runs of gradient descent begin at the same loss. Run D rises at every step, "
        "run E falls slowly, and run F is almost at its end after four steps."
    )
    return figure
