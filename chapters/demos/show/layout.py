"""Where the axes of a figure lie: each in a panel of its own, and all panels of the same size.

On a wide page the panels stand side by side, and on a phone one above the other, so no text, tick
or label of one panel may reach into the next. Matplotlib's own layouts compute the margins of a
whole figure anew for each drawing. This one measures each panel alone, and it can keep given
margins, so that the axes of a demo stand still while a control moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.transforms import Bbox

from .drawing import RULER

EDGE = 3.0  # points between the edge of a panel and what is drawn in it


@dataclass(frozen=True)
class Margins:
    """The space around the axes of a panel, in points, for ticks, labels and titles."""

    left: float
    right: float
    bottom: float
    top: float

    def __or__(self, other: Margins) -> Margins:
        """Return the larger one of each margin."""
        return Margins(
            max(self.left, other.left),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            max(self.top, other.top),
        )


START = Margins(40, 10, 35, 17)  # of most panels; measuring begins with it


class PanelLayout(LayoutEngine):
    """Gives each axes of a figure a panel: the first one is on the left.

    Attributes:
        margins: of each panel; None if each drawing measures its own.
    """

    _adjust_compatible = False
    _colorbar_gridspec = False

    def __init__(self) -> None:
        super().__init__()
        self.margins: tuple[Margins, ...] | None = None

    def execute(self, fig: Figure) -> None:
        """Place the axes; Matplotlib calls this before it draws the figure."""
        _place(fig, self.margins or measured(fig))


def panel_layout(figure: Figure) -> PanelLayout:
    """Return the layout of a figure.

    Raises:
        ValueError: if the figure has another one, because `panels` has not made it.
    """
    layout = figure.get_layout_engine()
    if not isinstance(layout, PanelLayout):
        raise ValueError("the figure has no panels: make it with demos.show.style.panels")
    return layout


def measured(figure: Figure, least: tuple[Margins, ...] | None = None) -> tuple[Margins, ...]:
    """Return the margins that the panels of a figure need.

    Args:
        figure: with an axes for each panel.
        least: what the margins are at least, such as those of another frame.
    """
    panel_layout(figure)
    margins = least or (START,) * len(figure.axes)
    for _ in range(4):  # The size of the axes decides which ticks there are, and where texts end.
        _place(figure, margins)
        needed = tuple(map(_needed, figure.axes))
        if least:
            needed = tuple(a | b for a, b in zip(needed, least, strict=True))
        before, margins = margins, needed
        if np.allclose([astuple(m) for m in margins], [astuple(m) for m in before], atol=0.5):
            break
    return margins


def _needed(axes: Axes) -> Margins:
    # A title or label that is too long must not make the axes smaller.
    outer = axes.get_tightbbox(RULER, for_layout_only=True)
    assert outer, "only axes that are not visible have no box"
    inner = axes.bbox  # after `get_tightbbox`, which applies the aspect
    return Margins(
        left=inner.x0 - outer.x0 + EDGE,
        right=outer.x1 - inner.x1 + EDGE,
        bottom=inner.y0 - outer.y0 + EDGE,
        top=outer.y1 - inner.y1 + EDGE,
    )


def _place(figure: Figure, margins: Sequence[Margins]) -> None:
    """Place the axes inside their margins; beside each other, all have the same height."""
    width, height = figure.bbox.width / len(figure.axes), figure.bbox.height
    bottom, top = max(m.bottom for m in margins), max(m.top for m in margins)
    for number, (axes, margin) in enumerate(zip(figure.axes, margins, strict=True)):
        box = Bbox.from_extents(
            number * width + margin.left,
            bottom,
            (number + 1) * width - margin.right,
            height - top,
        )
        axes.set_position(box.transformed(figure.transFigure.inverted()))
