"""One descent in many units: how the unit of a parameter changes each optimizer's path.

The parameter is a length, and the loss is `(length - TARGET)**2 / 2` with the length in meters.
In another unit the same length is another number: if the number is a thousand times as large, its
slope is a thousand times as small. The settings of the optimizers do not change with the unit.

AdaDelta's update is the slope times a ratio of roots in which all units cancel, except in epsilon.
Because epsilon is a plain number, it decides the length of the first updates in any unit.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import DOTTED
from ..show.style import MUTED, panels
from .looks import LOOKS, draw_ends

TARGET = 1.0  # meters; every descent starts at 0
STEPS = 200
EPSILON = 1e-6  # of AdaDelta, under both roots, as in its paper
NAMES = ("SGD", "AdaGrad", "RMSProp", "Adam", "AdaDelta")


def moving_average(values: np.ndarray, kept: float) -> float:
    """Return the exponential moving average of values, starting from 0.

    Args:
        values: shape (n,), the newest last.
        kept: share of the average that each new value keeps.
    """
    return float((1 - kept) * (kept ** np.arange(len(values))[::-1] @ values))


def update(name: str, slopes: np.ndarray, updates: np.ndarray, unit: float = 1.0) -> float:
    """Return an optimizer's next update of a number.

    Args:
        name: one of `NAMES`.
        slopes: the slopes so far, the newest last, shape (t,).
        updates: the updates so far, shape (t - 1,).
        unit: in meters, to convert AdaDelta's epsilons from square meters and from squares of a
            slope per meter; 1 to leave them as they are.
    """
    slope, squares, t = slopes[-1], slopes**2, len(slopes)
    if name == "SGD":
        return -0.03 * slope
    if name == "AdaGrad":
        return -0.2 * slope / np.sqrt(np.sum(squares))
    if name == "RMSProp":
        return -0.01 * slope / np.sqrt(moving_average(squares, 0.9))
    if name == "Adam":
        mean = moving_average(slopes, 0.9) / (1 - 0.9**t)
        square = moving_average(squares, 0.999) / (1 - 0.999**t)
        return -0.01 * mean / np.sqrt(square)
    above = moving_average(updates**2, 0.95) + EPSILON / unit**2
    below = moving_average(squares, 0.95) + EPSILON * unit**2
    return -np.sqrt(above / below) * slope


def descend(name: str, unit: float, carried: bool = False, steps: int = STEPS) -> np.ndarray:
    """Return the lengths in meters that an optimizer visits, shape (steps + 1,).

    Args:
        name: one of `NAMES`.
        unit: of the optimizer's parameter, in meters: 0.01 for centimeters.
        carried: whether AdaDelta's epsilons are converted to the unit.
        steps: number of steps, >= 0.
    """
    lengths, slopes, updates = np.zeros(steps + 1), np.zeros(steps), np.zeros(steps)
    for t in range(steps):
        slopes[t] = (lengths[t] - TARGET) * unit
        updates[t] = update(name, slopes[: t + 1], updates[:t], unit if carried else 1.0)
        lengths[t + 1] = lengths[t] + updates[t] * unit
    return lengths


def draw_units(unit: float, carried: bool = False) -> Figure:
    """Draw the paths in one unit, and the first update for every unit, all in meters.

    Args:
        unit: in meters.
        carried: whether AdaDelta's epsilons are converted to the unit.
    """
    figure, (left, right) = panels(2, height=3.9)
    left.axhline(TARGET, color=MUTED, linewidth=1, linestyle=DOTTED)
    left.set_xlim(0, 1.55 * STEPS)
    left.set_ylim(-0.1, 1.5)
    left.set_xticks([0, 100, 200])
    left.set_xlabel("step")
    left.set_ylabel("length (meters)")
    left.set_title("the path, in meters")
    phrases, ends = [], {}
    for name in NAMES:
        path = descend(name, unit, carried)
        wild = np.flatnonzero(np.abs(path) > 5)
        left.plot(path[: wild[0] + 1] if len(wild) else path, **LOOKS[name])
        phrases.append(f"{name} diverges" if len(wild) else f"{name} is at {path[-1]:.4f}")
        if len(wild):
            left.text(9, 1.4, f"{name} diverges", color=LOOKS[name]["color"])
        else:
            ends[name] = float(path[-1])
        units, firsts = _first_updates(name, carried)
        right.plot(units, firsts, **LOOKS[name])
        right.plot([unit], [path[1]], "o", color=LOOKS[name]["color"], markersize=6, zorder=4)
    draw_ends(left, STEPS, ends)
    _draw_scales(right)
    right.axvline(unit, color=MUTED, linewidth=0.9, gid="drag:unit")
    draw_ends(right, 10, {name: _first_updates(name, carried)[1][-1] for name in NAMES})
    figure.set_label(
        f"With a unit of {unit:g} meters and AdaDelta's epsilon "
        f"{'changed with the unit' if carried else 'left as it is'}, after {STEPS} steps toward "
        f"1 meter {', '.join(phrases)}."
    )
    return figure


@cache
def _first_updates(name: str, carried: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return units in meters, and the first update in each, also in meters, shape (17,) each."""
    units = np.geomspace(0.001, 10, 17)
    return units, np.array([descend(name, unit, carried, steps=1)[1] for unit in units])


def _draw_scales(axes: Axes) -> None:
    """Scale and label both axes."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(0.001, 700)  # with room for the names
    axes.set_ylim(1e-8, 20)
    axes.set_xticks([0.001, 0.1, 10], ["0.001", "0.1", "10"])
    axes.set_yticks([1e-8, 1e-6, 1e-4, 0.01, 1], ["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"])
    axes.minorticks_off()
    axes.set_xlabel("unit (meters)")
    axes.set_ylabel("first move (meters)", labelpad=0)
    axes.set_title("the first move")
