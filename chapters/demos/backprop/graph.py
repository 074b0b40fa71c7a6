"""Parts of a graph of operations: lines, symbols, numbers and the frame around them."""

from __future__ import annotations

from matplotlib.axes import Axes

from ..show.style import INK, MUTED, PAPER


def draw_edge(axes: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    """Draw the line from one value to the next."""
    axes.plot([start[0], end[0]], [start[1], end[1]], color=color, linewidth=1.6, zorder=1)


def draw_operation(axes: Axes, x: float, y: float, symbol: str, known: bool) -> None:
    """Draw an operation as its symbol on a disk."""
    color = INK if known else MUTED
    axes.plot([x], [y], "o", markersize=25, color=PAPER, markeredgecolor=color, markeredgewidth=1.2)
    axes.text(x, y, symbol, ha="center", va="center", color=color, fontsize=11)


def draw_number(axes: Axes, place: tuple[float, float, str], text: str, color: str) -> None:
    """Write a value or a slope at a place, which also says how the text is aligned."""
    x, y, side = place
    halo = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8} if text else None
    axes.text(x, y, text, color=color, ha=side, va="center", fontweight="bold", bbox=halo)


def number_places(x: float, y: float, is_leaf: bool) -> tuple[tuple[float, float, str], ...]:
    """Return where a value and its slope stand: beside an operation, or both above a leaf."""
    if is_leaf:
        return (x, y + 0.05, "center"), (x, y - 0.4, "center")
    return (x - 0.3, y, "right"), (x + 0.3, y, "left")


def draw_frame(axes: Axes, bottom: float) -> None:
    """Scale the axes, whose first row is at the top, and leave nothing of them but names."""
    axes.set_xlim(-0.5, 4.5)
    axes.set_ylim(bottom, -0.8)
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    axes.set_ylabel("operations, from first to last")
