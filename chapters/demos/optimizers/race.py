"""All optimizers on one landscape, each with its best learning rate there."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.optimizers import OPTIMIZERS, Optimizer, descend
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PAPER, panels
from .landscape import LANDSCAPES, Landscape, draw_contours

STEPS = 60
STRIDE = 6  # steps between two frames
RATES = np.array([digit * 10.0**power for power in range(-3, 4) for digit in (1, 2, 5)])
LEAST, MOST = 1e-4, 1e2  # the losses that are drawn
_COLORS = {"gradient": BLUE, "step": ORANGE, "both": GREEN}
_MARKERS = ("o", "s", "^")
_DASHES: tuple = ("solid", (0, (4, 1.5)), (0, (1, 1.5)))


def run(optimizer: Optimizer, place: str, learning_rate: float | np.ndarray) -> np.ndarray:
    """Return the points that an optimizer visits in `STEPS` steps on a landscape.

    Args:
        optimizer: one of `OPTIMIZERS`.
        place: name of the landscape.
        learning_rate: one rate, or several of shape (r,).

    Returns:
        Points, shape (STEPS + 1, 2) or (STEPS + 1, r, 2); inf or nan if a run diverges.
    """
    land = LANDSCAPES[place]
    rates = np.asarray(learning_rate, dtype=float)[..., None]
    start = np.broadcast_to(land.start, (*rates.shape[:-1], 2))
    return descend(optimizer, land.noisy_gradient(STEPS), start, rates, STEPS)


def late_loss(points: np.ndarray, place: str) -> np.ndarray:
    """Return the mean loss of the last third of a run, or infinity if it ever left the window.

    Args:
        points: shape (STEPS + 1, ..., 2).
        place: name of the landscape.

    Returns:
        Shape (...).
    """
    land = LANDSCAPES[place]
    low, high = np.array(land.window).reshape(2, 2).T
    inside = np.all((points >= low) & (points <= high), axis=(0, -1))
    late = np.where(inside, losses(points[-STEPS // 3 :], land), np.inf)
    return np.mean(late, axis=0)


def losses(points: np.ndarray, land: Landscape) -> np.ndarray:
    """Return the losses of points, shape (..., 2); infinite where a run has diverged."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.nan_to_num(land.loss(points), nan=np.inf)


@cache
def best_rate(optimizer: Optimizer, place: str) -> float:
    """Return the learning rate of `RATES` with the least late loss on a landscape."""
    return float(RATES[np.argmin(late_loss(run(optimizer, place, RATES), place))])


@cache
def scaled_run(optimizer: Optimizer, place: str, factor: float) -> np.ndarray:
    """Return the points of a run at `factor` times the best rate, shape (STEPS + 1, 2)."""
    return run(optimizer, place, factor * best_rate(optimizer, place))


@cache
def visible_run(optimizer: Optimizer, place: str, factor: float) -> np.ndarray:
    """Return the same points clipped to a few widths of the window, shape (STEPS + 1, 2).

    After a run has left for good, its points are nan.
    """
    points = scaled_run(optimizer, place, factor)
    low, high = np.array(LANDSCAPES[place].window).reshape(2, 2).T
    clipped = np.clip(points, 3 * low - 2 * high, 3 * high - 2 * low)
    outside = np.flatnonzero(np.any(clipped != points, axis=1))
    if len(outside) and outside[-1] == STEPS:
        clipped[outside[0] + 1 :] = np.nan
    return clipped


def line_style(optimizer: Optimizer) -> tuple[str, str, object]:
    """Return the color of an optimizer's group, and the marker and dash of the optimizer."""
    group = [other for other in OPTIMIZERS if other.changes == optimizer.changes]
    index = group.index(optimizer)
    return _COLORS[optimizer.changes], _MARKERS[index], _DASHES[index]


def layer(optimizer: Optimizer) -> str:
    """Return the `gid` of the artists that belong to an optimizer's layer."""
    return f"layer:{optimizer.name}"


def draw_race(landscape: str, factor: float, step: int) -> Figure:
    """Draw the optimizers after some steps, and their losses so far.

    Each optimizer is a layer of the figure.

    Args:
        landscape: a name of `LANDSCAPES`.
        factor: multiplies each optimizer's best learning rate, > 0.
        step: number of steps, from 0 to `STEPS`, a multiple of `STRIDE`.
    """
    figure, (left, right) = panels(2, height=4.0)
    place = LANDSCAPES[landscape]
    draw_contours(left, place)
    runs = {o.name: losses(scaled_run(o, landscape, factor), place) for o in OPTIMIZERS}
    steps = np.arange(step + 1)
    for optimizer in OPTIMIZERS:
        color, _, dash = line_style(optimizer)
        line: dict[str, Any] = {"color": color, "gid": layer(optimizer)}
        points = visible_run(optimizer, landscape, factor)[steps]
        left.plot(*points.T, linewidth=1.1, alpha=0.75, **line)
        loss = np.clip(runs[optimizer.name][steps], LEAST, 100 * MOST)
        right.plot(steps, loss, linewidth=1.4, linestyle=dash, **line)
    for optimizer in OPTIMIZERS:
        color, mark, _ = line_style(optimizer)
        head: dict[str, Any] = {"markeredgecolor": PAPER, "gid": layer(optimizer)}
        here = visible_run(optimizer, landscape, factor)[step : step + 1]
        left.plot(*here.T, mark, color=color, markersize=7.5, **head)
    now = {name: float(run_losses[step]) for name, run_losses in runs.items()}
    _draw_names(right, now)
    _draw_scale(right, step)
    order = sorted(now, key=now.__getitem__)
    figure.set_label(
        f"{landscape.capitalize()}, {factor:g} times the best rates, step {step}; loss: "
        + ", ".join(f"{n} {now[n]:.1g}" if now[n] < MOST else f"{n} off" for n in order)
        + "."
    )
    return figure


def _draw_names(axes: Axes, now: dict[str, float]) -> None:
    """List the names in the order of the losses, the largest on top."""
    order = sorted(OPTIMIZERS, key=lambda optimizer: now[optimizer.name])
    rows = np.geomspace(LEAST * 2.5, MOST / 2.5, len(order))
    for row, optimizer in zip(rows, order, strict=True):
        color, mark, _ = line_style(optimizer)
        text: dict[str, Any] = {"color": color, "va": "center", "gid": layer(optimizer)}
        off = now[optimizer.name] > MOST
        if off:
            axes.text(STEPS + 4, row, "↑", ha="center", in_layout=False, **text)
        else:
            style: dict[str, Any] = {"markersize": 6.5, "clip_on": False, "gid": text["gid"]}
            axes.plot([STEPS + 4], [row], mark, color=color, **style)
        text |= {"fontsize": 10, "fontweight": "normal" if off else "bold"}
        # The layout ignores the names, so that nothing moves from frame to frame.
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
