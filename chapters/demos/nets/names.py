"""The names of lines: in a key, or where the lines end, each in the look of its line.

A look is a dictionary of keyword arguments of `Axes.plot`, such as color, linestyle and marker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

Look = dict[str, Any]
Place = Literal["upper left", "upper right", "lower left", "lower right"]
DASHED = (0, (4, 1.5))
DOTTED = (0, (1, 1.5))


def draw_key(axes: Axes, rows: Sequence[tuple[str, Look]], place: Place = "upper left") -> Legend:
    """Draw a key: a row for each line, with a piece of the line and a text in its color.

    Args:
        axes: to draw on.
        rows: the text and the look of each line; a look with the linestyle "none" shows its marker
            or, without a marker, nothing.
        place: the corner of the axes.
    """
    lines = [Line2D([], [], label=text, **look) for text, look in rows]
    key = axes.legend(
        handles=lines,
        loc=place,
        labelcolor="linecolor",
        prop={"weight": "bold", "size": 10.5},
        borderaxespad=0.1,
        borderpad=0.3,
        handlelength=2.1,
        handletextpad=0.5,
        labelspacing=0.35,
    )
    key.set_in_layout(False)
    return key


def draw_letters(
    axes: Axes, places: Mapping[str, tuple[float, float]], looks: Mapping[str, Look]
) -> None:
    """Write the letter of each line at its place, large and in the color of its line.

    Args:
        axes: to draw on.
        places: of each letter, in the units of the axes.
        looks: of each letter.
    """
    for letter, (x, y) in places.items():
        axes.text(x, y, letter, color=looks[letter]["color"], fontsize=14, fontweight="bold")


def draw_names(
    axes: Axes, x: float, ends: list[tuple[str, float, Look]], gap: float = 0.07
) -> None:
    """Write the name of each line to the right of its end.

    Names that would overlap move apart, and a thin line leads from the end to a name that moved.
    Both axes must have their limits and their scales.

    Args:
        axes: to draw on.
        x: where the lines end, in the unit of the horizontal axis.
        ends: the name, the height at the end and the look of each line. A height outside of the
            axes counts as their edge.
        gap: the least distance between two names, as a share of the height of the axes.
    """
    low, high = sorted(axes.get_ylim())
    heights = np.clip([height for _, height, _ in ends], low, high)
    to_shares = axes.transScale + axes.transLimits  # from data to shares of the axes
    places = to_shares.transform(np.column_stack([np.full(len(ends), x), heights]))
    moved = moved_apart(np.clip(places[:, 1], 0.0, 1.0), gap)
    near, far = places[0, 0] + 0.02, places[0, 0] + 0.055
    for (name, _, look), share, height in zip(ends, places[:, 1], moved, strict=True):
        color = look["color"]
        common: Look = {"transform": axes.transAxes, "clip_on": False, "gid": look.get("gid")}
        axes.plot([near, far], [share, height], color=color, linewidth=0.8, **common)
        text: Look = {"color": color, "va": "center", "fontweight": "bold", "in_layout": False}
        axes.text(far + 0.01, height, name, **common, **text)


def moved_apart(places: np.ndarray, gap: float) -> np.ndarray:
    """Return places moved so that neighbors are at least `gap` apart, and half of it from 0 and 1.

    Args:
        places: numbers between 0 and 1, shape (n,), with n * gap <= 1.
        gap: the least distance between two of them.
    """
    order = np.argsort(places, kind="stable")
    # Neighbors that are a gap apart are equal once each has moved down by its rank times the gap.
    # So the task is to make a sequence ascend: pools of neighbors take their mean.
    ranks = gap * np.arange(len(places))
    pools: list[list[float]] = []  # sum and number of the places in a pool
    for place in places[order] - ranks:
        pools.append([float(place), 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, number = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += number
    levels = np.concatenate([np.full(int(n), total / n) for total, n in pools])
    moved = np.empty(len(places))
    moved[order] = np.clip(levels, gap / 2, 1 - gap / 2 - ranks[-1]) + ranks
    return moved
