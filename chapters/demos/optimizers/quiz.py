"""The picture of the mixed quiz: three paths without names, and three runs without their rates."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, DOTTED, Look, draw_letters
from ..nets.optimizers import descend, named
from ..show.style import INK, panels
from . import batch
from .landscape import RAVINE, draw_contours

LOOKS: dict[str, Look] = {
    "A": {"color": INK},
    "B": {"color": INK, "linestyle": DASHED},
    "C": {"color": INK, "linestyle": DOTTED},
}
LOOKS |= {"D": LOOKS["A"], "E": LOOKS["B"], "F": LOOKS["C"]}
PATHS = {"A": ("AdaGrad", 2.0), "B": ("Momentum", 0.05), "C": ("SGD", 0.09)}
STEPS = 24  # of a path
RATES = {"D": 0.1, "E": 0.3, "F": 0.03}
SIZE = 16  # examples in a batch of the runs
LEAST = 1e-4  # the least loss that is drawn


def paths() -> dict[str, np.ndarray]:
    """Return the points of each path on the ravine, shape (STEPS + 1, 2)."""
    return {
        name: descend(named(optimizer), lambda w, t: RAVINE.gradient(w), RAVINE.start, rate, STEPS)
        for name, (optimizer, rate) in PATHS.items()
    }


def runs() -> dict[str, np.ndarray]:
    """Return each run's loss above the minimum before each step and at the end, shape (65,)."""
    least = batch.loss(batch.minimum())
    return {name: batch.loss(batch.descend(SIZE, rate)) - least for name, rate in RATES.items()}


def draw_pictures() -> Figure:
    """Draw three paths on the ravine, called A, B and C, and three runs, called D, E and F."""
    figure, (left, right) = panels(2, height=3.6)
    draw_contours(left, RAVINE)
    for name, points in paths().items():
        left.plot(*points.T, **_line(name))
    left.plot(*RAVINE.start, "o", color=INK, markersize=7)
    draw_letters(left, {"A": (-6.2, 0.5), "B": (0.6, 0.7), "C": (-8.4, -1.75)}, LOOKS)
    for name, values in runs().items():
        right.plot(np.arange(len(values)), np.maximum(values, LEAST), **_line(name))
    right.set_yscale("log")
    right.set_xlim(0, 64)
    right.set_ylim(LEAST, 20)
    right.set_yticks([1e-4, 1e-2, 1.0], ["0.0001", "0.01", "1"])
    right.minorticks_off()
    right.set_xlabel("step")
    right.set_ylabel("loss above the minimum")
    draw_letters(right, {"D": (26, 0.0006), "E": (50, 0.05), "F": (40, 1.2)}, LOOKS)
    figure.set_label(
        f"The left panel shows three paths of {STEPS} steps on a ravine. A goes down once and then "
        "straight along the floor. B swings across the floor and runs past the minimum. C jumps "
        "from wall to wall and comes forward slowly. The right panel shows three runs on a "
        "logarithmic scale of losses. E falls fastest and then hovers highest, D falls more slowly "
        "and hovers lower, and F is still falling at the end."
    )
    return figure


def _line(name: str) -> Look:
    """Return the look of a line, thin enough for a path that crosses itself."""
    return {"linewidth": 1.4, **LOOKS[name]}
