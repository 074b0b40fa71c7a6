"""The look of each optimizer in the figures of chapter 3, the same in a line and in its name.

The colors are those of the families: ink for plain descent, blue and purple for a changed gradient,
orange for a step of each parameter, green for both.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from ..nets.names import DASHED, DOTTED, Look, draw_names
from ..show.style import BLUE, GREEN, INK, ORANGE, PAPER, PURPLE

LOOKS: dict[str, Look] = {
    "SGD": {"color": INK},
    "Momentum": {"color": BLUE},
    "NAG": {"color": PURPLE, "linestyle": DASHED},
    "AdaGrad": {"color": ORANGE},
    "RMSProp": {"color": ORANGE, "linestyle": DASHED},
    "AdaDelta": {"color": ORANGE, "linestyle": DOTTED},
    "Adam": {"color": GREEN},
    "AMSGrad": {"color": GREEN, "linestyle": DASHED},
    "Nadam": {"color": GREEN, "linestyle": DOTTED},
}
_MARKS = dict(zip(LOOKS, "oosos^os^", strict=True))


def layer(name: str) -> str:
    """Return the `gid` of the artists that belong to the layer of an optimizer."""
    return f"layer:{name}"


def draw_mark(axes: Axes, name: str, x: float, y: float, **look: Any) -> None:
    """Draw the mark of an optimizer where its line ends."""
    color = LOOKS[name]["color"]
    common = {"color": color, "markersize": 7.5, "markeredgecolor": PAPER, "zorder": 4}
    axes.plot([x], [y], _MARKS[name], **{**common, **look})


def draw_ends(axes: Axes, x: float, heights: dict[str, float], gap: float = 0.07) -> None:
    """Write the names of optimizers at the ends of their lines; see `names.draw_names`.

    Args:
        axes: to draw on, with limits and scales.
        x: where the lines end.
        heights: at the end of each line, by the name of the optimizer.
        gap: the least distance between two names, as a share of the height of the axes.
    """
    draw_names(axes, x, [(name, height, LOOKS[name]) for name, height in heights.items()], gap)
