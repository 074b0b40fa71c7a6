"""The style of every figure: one palette in two themes, one type scale, one grid.

Draw with the colors that are named here, and with no others. A drawn figure refers to them by CSS
variables (see `frames`), so that it follows the light and the dark theme of the page. A page gets
their values from `palette_css`.
"""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

from .layout import PanelLayout

INK = "#1f2933"
MUTED = "#5a6570"
GRID = "#d9dee3"
PAPER = "#fdfdfb"  # the page behind a figure; for the edge of a marker, or behind a label

# After Okabe & Ito (2008): different for people with every common color vision. Some are darker
# than theirs, because text in these colors needs a contrast of 4.5:1 with PAPER.
BLUE = "#0068a8"
ORANGE = "#b85000"
GREEN = "#00735a"
PURPLE = "#9a4a80"
RED = "#b3261e"

LIGHT = {
    "ink": INK,
    "muted": MUTED,
    "grid": GRID,
    "paper": PAPER,
    "blue": BLUE,
    "orange": ORANGE,
    "green": GREEN,
    "purple": PURPLE,
    "red": RED,
}
DARK = {
    "ink": "#e8eaed",
    "muted": "#a9b3bd",
    "grid": "#39424c",
    "paper": "#14181d",
    "blue": "#63b3ed",
    "orange": "#f6a04d",
    "green": "#5ccfa0",
    "purple": "#d99bc6",
    "red": "#ef7a72",
}

# Inches. On a phone of 360 pixels, a panel is as wide as the page. A text of 10.5 points is then 11
# pixels high if the figure has one panel, and 14 if it has more.
WIDTHS = {1: 4.7, 2: 3.6, 3: 3.2}

mpl.rcParams.update(
    {
        "font.family": "DejaVu Sans",  # measures text; the page draws it in its own, narrower font
        "font.size": 10.5,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlecolor": INK,
        "axes.titley": 1.0,  # a fixed place, which Matplotlib need not compute anew each time
        "axes.labelsize": 10.5,
        "axes.labelcolor": MUTED,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PURPLE, RED]),
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "lines.linewidth": 2.2,
        "lines.solid_capstyle": "round",
        "legend.frameon": False,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
    }
)


def panels(columns: int = 1, height: float = 3.2, share_y: bool = False) -> tuple[Figure, Any]:
    """Return a new figure in the style of the course, and its axes, each in a panel of its own.

    The page shows the panels side by side or, where it is narrow, one above the other.

    Args:
        columns: number of panels, 1 to 3.
        height: height of each panel in inches.
        share_y: whether the axes have one vertical scale.

    Returns:
        The figure, and one `Axes` if `columns` is 1, otherwise a tuple of them. The type is `Any`,
        as for Matplotlib's `subplots`, so that a caller can unpack the tuple.
    """
    size = (columns * WIDTHS[columns], height)
    figure = Figure(figsize=size, dpi=72, layout=PanelLayout())  # A point is a pixel.
    axes = figure.subplots(1, columns, sharey=share_y, squeeze=False)[0]
    for panel in axes:
        panel.tick_params(labelleft=True)  # also on the right, because panels may be stacked
    return figure, axes[0] if columns == 1 else tuple(axes)


def palette_css() -> str:
    """Return the palette in its light and dark theme, as CSS for a page or for JupyterLab."""

    def rule(selector: str, colors: dict[str, str]) -> str:
        return f"{selector}{{{''.join(f'--course-{n}:{c};' for n, c in colors.items())}}}"

    dark = 'html[data-theme="dark"],body[data-jp-theme-light="false"]'
    return rule(":root", LIGHT) + "\n" + rule(dark, DARK) + "\n"
