"""The picture of the mixed quiz: three slopes without names, and a value that is used twice."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.functions import logistic, logistic_slope
from ..nets.names import DASHED, DOTTED, Look, draw_letters
from ..show.style import BLUE, GREEN, INK, ORANGE, PAPER, PURPLE, panels

LOOKS: dict[str, Look] = {
    "A": {"color": BLUE},
    "B": {"color": PURPLE, "linestyle": DASHED},
    "C": {"color": GREEN, "linestyle": DOTTED},
}
U = 2.0
_PLACES = {"u": (1.0, 0.0), "× 3": (0.0, 1.0), "square": (2.0, 1.0), "+": (1.0, 2.0)}


def slopes(z: np.ndarray) -> dict[str, np.ndarray]:
    """Return three slopes at logits of any shape, for the label 0.

    A is that of cross-entropy and B that of squared error, both after a sigmoid; C is that of
    squared error without a sigmoid, whose prediction is the logit itself.
    """
    return {"A": logistic(z), "B": 2 * logistic(z) * logistic_slope(z), "C": 2 * z}


def values(u: float) -> dict[str, float]:
    """Return the value of each operation of the graph, 3u + u²."""
    return {"u": u, "× 3": 3 * u, "square": u**2, "+": 3 * u + u**2}


def draw_pictures() -> Figure:
    """Draw three slopes, called A, B and C, and a graph with the values of its forward pass."""
    figure, (left, right) = panels(2, height=3.4)
    z = np.linspace(-6, 6, 121)
    for name, line in slopes(z).items():
        left.plot(z, line, **LOOKS[name])
    draw_letters(left, {"A": (4.4, 1.08), "B": (4.4, 0.15), "C": (1.2, 1.75)}, LOOKS)
    left.set_xlim(-6, 6)
    left.set_ylim(-0.6, 2.1)
    left.set_xlabel("logit z (the label is 0)")
    left.set_ylabel("slope of the loss in z")
    _draw_operations(right)
    figure.set_label(
        "First, three slopes against the logit of a neuron with the label 0. At a logit of 4, A is "
        "0.98, B is 0.03, and C, a straight line through 0, has left the picture. Second, a graph. "
        "A value u = 2 goes into two operations: one multiplies it by 3 and gives 6, the other "
        "squares it and gives 4. A sum of both gives L = 10."
    )
    return figure


def _draw_operations(axes: Axes) -> None:
    """Draw u, the two operations that use it, and their sum L."""
    for start, end in (("u", "× 3"), ("u", "square"), ("× 3", "+"), ("square", "+")):
        (x, y), (to_x, to_y) = _PLACES[start], _PLACES[end]
        axes.plot([x, to_x], [y, to_y], color=BLUE, linewidth=1.6, zorder=1)
    circle: Look = {
        "color": PAPER,
        "markeredgecolor": INK,
        "markeredgewidth": 1.2,
        "markersize": 27,
    }
    for name, value in values(U).items():
        x, y = _PLACES[name]
        symbol = {"square": "x²"}.get(name, name)
        axes.plot([x], [y], "o", **circle)
        axes.text(x, y, symbol, color=INK, ha="center", va="center", fontsize=11)
        text = f"L = {value:.0f}" if name == "+" else f"{value:.0f}"
        axes.text(x + 0.3, y, text, color=BLUE, va="center", fontweight="bold")
    axes.text(0.78, 2.55, "slope of L in u: ?", color=ORANGE, ha="center", fontweight="bold")
    axes.grid(visible=False)
    axes.set_xlim(-0.5, 2.8)
    axes.set_ylim(2.8, -0.45)
    axes.set_xticks([0, 2], ["first", "second"])
    axes.set_yticks([0, 1, 2], ["input", "use", "add"])
    axes.set_xlabel("path")
    axes.set_ylabel("operations, from first to last")
