"""How far a schedule can travel: on an even slope, the distance is the sum of all rates."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..nets.words import count, plain
from ..show.style import BLUE, GREEN, MUTED, ORANGE, panels
from . import curves

SHOWN = 120  # steps whose rates are drawn
MOST = 10_000  # steps of the walk
GOAL = 90.0  # distance from the start to the minimum
POINTS = np.unique(np.geomspace(1, MOST, 81).round().astype(int))  # numbers of steps to draw
RULES = {"exponential": curves.exponential, "inverse time": curves.inverse_time}
_LOOKS: dict[str, Look] = {
    "exponential": {"color": BLUE},
    "inverse time": {"color": ORANGE, "linestyle": DASHED},
}


def distances(name: str, decay_steps: int, decay_rate: float, staircase: bool) -> np.ndarray:
    """Return the sum of the rates after each of `MOST` steps, of which the first is 1.

    On a slope with the gradient 1 everywhere, this is the distance walked. Shape (MOST,).

    Args:
        name: one of `RULES`.
        decay_steps: as for the functions of `curves`, like the other two.
        decay_rate: from 0 to 1.
        staircase: whether the rate falls in stairs.
    """
    return np.cumsum(RULES[name](np.arange(MOST), 1.0, decay_steps, decay_rate, staircase))


def arrival(walked: np.ndarray) -> int | None:
    """Return the number of steps until `GOAL` is reached, or None if it is not."""
    steps = int(np.searchsorted(walked, GOAL)) + 1
    return steps if steps <= len(walked) else None


def draw_decays(decay_rate: float, decay_steps: int, staircase: bool) -> Figure:
    """Draw exponential and inverse-time decay with the same settings, and how far both travel.

    Each decay is a layer of the figure.
    """
    figure, (left, right) = panels(2, height=3.7)
    right.axhline(GOAL, color=GREEN, linewidth=1.6)
    right.text(1.3, GOAL + 3, f"minimum, {GOAL:g} away", color=GREEN, fontweight="bold")
    steps, phrases = np.arange(SHOWN + 1), []
    for row, (name, look) in enumerate(_LOOKS.items()):
        rates = RULES[name](steps, 1.0, decay_steps, decay_rate, staircase)
        walked = distances(name, decay_steps, decay_rate, staircase)
        arrived = arrival(walked)
        line: Look = {**look, "gid": f"layer:{name}"}
        left.plot(steps, rates, drawstyle="steps-post" if staircase else "default", **line)
        right.plot(POINTS, np.minimum(walked[POINTS - 1], GOAL), **line)
        words = f"{name}: " + (f"in {arrived} steps" if arrived else f"only {walked[-1]:.0f}")
        text: Look = {"color": look["color"], "fontweight": "bold", "gid": f"layer:{name}"}
        right.text(1.3, 118 - 11 * row, words, **text)
        if arrived:
            end: Look = {"color": look["color"], "markersize": 8, "zorder": 4}
            right.plot([arrived], [GOAL], "o", gid=line["gid"], **end)
        reached = f"after {count(arrived, 'step')}" if arrived else "never"
        phrases.append(
            f"{name} has a rate of {plain(rates[-1])} after {SHOWN} steps and reaches the minimum "
            f"{reached}"
        )
    point: Look = {"color": BLUE, "markersize": 9, "zorder": 4, "clip_on": False}
    left.plot([decay_steps], [decay_rate], "o", gid="drag:decay_steps decay_rate", **point)
    left.set_xlim(0, SHOWN)
    left.set_xticks(range(0, SHOWN + 1, 30))
    left.set_ylim(0, 1.1)
    left.set_xlabel("steps taken")
    left.set_ylabel("learning rate")
    left.set_title(f"{decay_rate:g} every {decay_steps} steps", color=MUTED)
    right.set_xscale("log")
    right.set_xlim(1, MOST)
    right.set_xticks([1, 10, 100, 1000, 10000], ["1", "10", "100", "1000", "10000"])
    right.minorticks_off()
    right.set_ylim(0, 130)
    right.set_yticks(range(0, 91, 30))
    right.set_xlabel("steps taken")
    right.set_ylabel("distance walked")
    figure.set_label(
        f"With a decay rate of {decay_rate:g} every {decay_steps} steps"
        f"{' in a staircase' if staircase else ''}: {'; '.join(phrases)}."
    )
    return figure
