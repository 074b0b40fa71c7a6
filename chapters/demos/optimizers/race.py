"""All optimizers of the family on one landscape, each with the rate that suits it there."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.optimizers import FAMILY, Optimizer, walk_down
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PAPER, panels
from .landscape import LANDSCAPES, Landscape, draw_contours

STEPS = 60
STRIDE = 6  # steps between two frames
RATES = np.array([digit * 10.0**power for power in range(-3, 4) for digit in (1, 2, 5)])
LEAST, MOST = 1e-4, 1e2  # the losses that are drawn
_COLORS = {"gradient": BLUE, "step": ORANGE, "both": GREEN}
_MARKS = ("o", "s", "^")
_DASHES: tuple = ("solid", (0, (4, 1.5)), (0, (1, 1.5)))


def run(optimizer: Optimizer, place: str, learning_rate: float | np.ndarray) -> np.ndarray:
    """Return the points that an optimizer visits in `STEPS` steps on a landscape.

    Args:
        optimizer: a member of the family.
        place: the landscape's name.
        learning_rate: one rate, or several of shape (r,).

    Returns:
        Points, shape (STEPS + 1, 2) or (STEPS + 1, r, 2); where a run diverges, inf or nan.
    """
    land = LANDSCAPES[place]
    rates = np.asarray(learning_rate, dtype=float)[..., None]
    start = np.broadcast_to(land.start, (*rates.shape[:-1], 2))
    return walk_down(optimizer, land.seen_gradient(STEPS), start, rates, STEPS)


def late_loss(points: np.ndarray, place: str) -> np.ndarray:
    """Return the mean loss of the last third of a run, infinite if it ever left the window.

    Args:
        points: shape (STEPS + 1, ..., 2).
        place: the landscape's name.

    Returns:
        Shape (...).
    """
    land = LANDSCAPES[place]
    low, high = np.array(land.window).reshape(2, 2).T
    inside = np.all((points >= low) & (points <= high), axis=(0, -1))
    late = np.where(inside, heights(points[-STEPS // 3 :], land), np.inf)
    return np.mean(late, axis=0)


def heights(points: np.ndarray, place: Landscape) -> np.ndarray:
    """Return the losses of points, shape (..., 2), infinite where a run has no number left."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.nan_to_num(place.height(points), nan=np.inf)


@cache
def best_rate(optimizer: Optimizer, place: str) -> float:
    """Return the learning rate of `RATES` with the smallest late loss on a landscape."""
    return float(RATES[np.argmin(late_loss(run(optimizer, place, RATES), place))])


@cache
def scaled_run(optimizer: Optimizer, place: str, factor: float) -> np.ndarray:
    """Return the points of a run at `factor` times the best rate, shape (STEPS + 1, 2)."""
    return run(optimizer, place, factor * best_rate(optimizer, place))


@cache
def visible_run(optimizer: Optimizer, place: str, factor: float) -> np.ndarray:
    """Return the same points kept within a few widths of the window, shape (STEPS + 1, 2).

    Behind the place where a run leaves for good it is nan.
    """
    points = scaled_run(optimizer, place, factor)
    low, high = np.array(LANDSCAPES[place].window).reshape(2, 2).T
    kept = np.clip(points, 3 * low - 2 * high, 3 * high - 2 * low)
    outside = np.flatnonzero(np.any(kept != points, axis=1))
    if len(outside) and outside[-1] == STEPS:
        kept[outside[0] + 1 :] = np.nan
    return kept


def look(optimizer: Optimizer) -> tuple[str, str, object]:
    """Return the color of an optimizer's group, and the mark and the dash that are its own."""
    group = [other for other in FAMILY if other.changes == optimizer.changes]
    place = group.index(optimizer)
    return _COLORS[optimizer.changes], _MARKS[place], _DASHES[place]


def layer(optimizer: Optimizer) -> str:
    """Return the mark of what belongs to an optimizer in a figure that has it as a layer."""
    return f"layer:{optimizer.name}"


def draw_race(landscape: str, factor: float, step: int) -> Figure:
    """Draw where the optimizers stand after some steps, and how their losses fell.

    What belongs to an optimizer is a layer of its name.

    Args:
        landscape: a name of `LANDSCAPES`.
        factor: what each optimizer's best learning rate is multiplied by, > 0.
        step: steps taken, from 0 to `STEPS`, a multiple of `STRIDE`.
    """
    figure, (left, right) = panels(2, height=4.0)
    place = LANDSCAPES[landscape]
    draw_contours(left, place)
    runs = {o.name: heights(scaled_run(o, landscape, factor), place) for o in FAMILY}
    steps = np.arange(step + 1)
    for optimizer in FAMILY:
        color, _, dash = look(optimizer)
        line: dict[str, Any] = {"color": color, "gid": layer(optimizer)}
        points = visible_run(optimizer, landscape, factor)[steps]
        left.plot(*points.T, linewidth=1.1, alpha=0.75, **line)
        loss = np.clip(runs[optimizer.name][steps], LEAST, 100 * MOST)
        right.plot(steps, loss, linewidth=1.4, linestyle=dash, **line)
    for optimizer in FAMILY:
        color, mark, _ = look(optimizer)
        head: dict[str, Any] = {"markeredgecolor": PAPER, "gid": layer(optimizer)}
        here = visible_run(optimizer, landscape, factor)[step : step + 1]
        left.plot(*here.T, mark, color=color, markersize=7.5, **head)
    losses = {name: float(losses_of[step]) for name, losses_of in runs.items()}
    _draw_names(right, losses)
    _draw_scale(right, step)
    order = sorted(losses, key=losses.__getitem__)
    figure.set_label(
        f"{landscape.capitalize()}, {factor:g} times the best rates, step {step}; loss: "
        + ", ".join(f"{n} {losses[n]:.1g}" if losses[n] < MOST else f"{n} off" for n in order)
        + "."
    )
    return figure


def _draw_names(axes: Axes, losses: dict[str, float]) -> None:
    """Write the names beside the losses, in their order, the largest on top."""
    order = sorted(FAMILY, key=lambda optimizer: losses[optimizer.name])
    rows = np.geomspace(LEAST * 2.5, MOST / 2.5, len(order))
    for row, optimizer in zip(rows, order, strict=True):
        color, mark, _ = look(optimizer)
        text: dict[str, Any] = {"color": color, "va": "center", "gid": layer(optimizer)}
        off = losses[optimizer.name] > MOST
        if off:
            axes.text(STEPS + 4, row, "↑", ha="center", in_layout=False, **text)
        else:
            style: dict[str, Any] = {"markersize": 6.5, "clip_on": False, "gid": text["gid"]}
            axes.plot([STEPS + 4], [row], mark, color=color, **style)
        text |= {"fontsize": 10, "fontweight": "normal" if off else "bold"}
        # Out of the layout, so that nothing moves from frame to frame.
        axes.text(STEPS + 8, row, optimizer.name, in_layout=False, **text)


def _draw_scale(axes: Axes, step: int) -> None:
    """Scale and label the axes of the losses."""
    axes.set_yscale("log")
    axes.set_xlim(0, STEPS + 42)
    axes.set_xticks(range(0, STEPS + 1, 20))
    axes.set_ylim(LEAST, MOST)
    ticks = (1e-4, 1e-2, 1.0, 1e2)
    axes.set_yticks(ticks, ["0.0001", "0.01", "1", "100"])
    axes.minorticks_off()
    axes.set_xlabel("steps")
    axes.set_ylabel("loss above the least")
    axes.set_title(f"step {step}", color=MUTED)
