"""All optimizers on one landscape, each with its best learning rate there.

Where the gradient is noisy, each optimizer runs several times, because a single run may be lucky.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import draw_names
from ..nets.optimizers import OPTIMIZERS, Optimizer, descend
from ..nets.words import count, plain
from ..show.style import MUTED, panels
from .landscape import LANDSCAPES, Landscape, draw_contours
from .looks import LOOKS, draw_mark, layer

STEPS = 60
STRIDE = 12  # steps between two frames
RUNS = 20  # with different noise, where a landscape has any
RATES = np.array([digit * 10.0**power for power in range(-3, 4) for digit in (1, 2, 5)])
LEAST, MOST = 1e-6, 1e2  # the losses that are drawn
_SPOKEN_FACTORS = {0.1: "a tenth of", 1.0: "at"}


def run(optimizer: Optimizer, place: str, learning_rate: float | np.ndarray) -> np.ndarray:
    """Return the points that an optimizer visits in `STEPS` steps on a landscape.

    Args:
        optimizer: one of `OPTIMIZERS`.
        place: name of the landscape.
        learning_rate: one rate, or several of shape (r,).

    Returns:
        Points, shape (STEPS + 1, runs, 2) or (STEPS + 1, r, runs, 2), with `RUNS` runs on a noisy
        landscape and one on the others; inf or nan if a run diverges.
    """
    land = LANDSCAPES[place]
    runs = RUNS if land.noise else 1
    rates = np.asarray(learning_rate, dtype=float)[..., None, None]
    start = np.broadcast_to(land.start, (*rates.shape[:-2], runs, 2))
    return descend(optimizer, land.noisy_gradient(STEPS, runs), start, rates, STEPS)


def late_loss(points: np.ndarray, place: str) -> np.ndarray:
    """Return the mean loss of the last third of the runs, or infinity if one left the window.

    Args:
        points: shape (STEPS + 1, ..., runs, 2).
        place: name of the landscape.

    Returns:
        Shape (...).
    """
    land = LANDSCAPES[place]
    low, high = np.array(land.window).reshape(2, 2).T
    inside = np.all((points >= low) & (points <= high), axis=(0, -2, -1))
    with np.errstate(over="ignore"):
        late = np.mean(losses(points[-STEPS // 3 :], land), axis=(0, -1))
    return np.where(inside, late, np.inf)


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
    """Return the points at `factor` times the best rate, shape (STEPS + 1, runs, 2)."""
    return run(optimizer, place, factor * best_rate(optimizer, place))


@cache
def visible_run(optimizer: Optimizer, place: str, factor: float) -> np.ndarray:
    """Return the first run, clipped to a few widths of the window, shape (STEPS + 1, 2).

    After it has left for good, its points are nan.
    """
    points = scaled_run(optimizer, place, factor)[:, 0]
    low, high = np.array(LANDSCAPES[place].window).reshape(2, 2).T
    clipped = np.clip(points, 3 * low - 2 * high, 3 * high - 2 * low)
    outside = np.flatnonzero(np.any(clipped != points, axis=1))
    if len(outside) and outside[-1] == STEPS:
        clipped[outside[0] + 1 :] = np.nan
    return clipped


def draw_race(landscape: str, factor: float, step: int) -> Figure:
    """Draw the optimizers after some steps, and their losses so far.

    Of several runs, the first panel has one path, and the second panel the mean loss.
    Each optimizer is a layer of the figure.

    Args:
        landscape: a name of `LANDSCAPES`.
        factor: multiplies each optimizer's best learning rate, > 0.
        step: number of steps, from 0 to `STEPS`, a multiple of `STRIDE`.
    """
    figure, (left, right) = panels(2, height=4.2)
    place, steps = LANDSCAPES[landscape], np.arange(step + 1)
    draw_contours(left, place)
    meaning = f"mean loss of {RUNS} runs" if place.noise else "loss above the minimum"
    _draw_scale(right, step)
    right.set_ylabel(meaning)
    right.axvline(step, color=MUTED, linewidth=0.9, gid="drag:step")
    now: dict[str, float] = {}
    ends = []
    for optimizer in OPTIMIZERS:
        name = optimizer.name
        look = {**LOOKS[name], "gid": layer(name)}
        points = visible_run(optimizer, landscape, factor)[steps]
        left.plot(*points.T, linewidth=1.3, **look)
        loss = losses(scaled_run(optimizer, landscape, factor), place).mean(axis=1)[steps]
        right.plot(steps, np.clip(loss, LEAST, 100 * MOST), linewidth=1.6, **look)
        now[name] = float(loss[-1])
        draw_mark(left, name, *points[-1], gid=layer(name))
        if LEAST < now[name] < MOST:
            draw_mark(right, name, step, now[name], gid=layer(name))
        arrow = " ↑" if now[name] > MOST else " ↓" if now[name] < LEAST else ""
        ends.append((name + arrow, now[name], look))
    draw_names(right, step, ends, gap=0.057)
    figure.set_label(
        f"{landscape.capitalize()}, {_SPOKEN_FACTORS.get(factor, f'{factor:g} times')} the best "
        f"learning rates, after {count(step, 'step')}. {meaning.capitalize()}, from the lowest: "
        + ", ".join(f"{name} {_spoken(now[name])}" for name in sorted(now, key=now.__getitem__))
        + "."
    )
    return figure


def _spoken(loss: float) -> str:
    """Return a loss as a listener understands it."""
    if loss > MOST:
        return "out of the picture"
    return plain(loss, 1) if loss > LEAST else f"below {plain(LEAST)}"


def _draw_scale(axes: Axes, step: int) -> None:
    """Scale and label the axes of the losses, with room for names at the ends of the lines."""
    axes.set_yscale("log")
    axes.set_xlim(0, 1.78 * STEPS)
    axes.set_xticks(range(0, STEPS + 1, 20))
    axes.set_ylim(LEAST, MOST)
    axes.set_yticks([1e-6, 1e-4, 1e-2, 1.0, 1e2], ["10⁻⁶", "10⁻⁴", "0.01", "1", "100"])
    axes.minorticks_off()
    axes.set_xlabel("steps")
    axes.set_title(f"step {step}", color=MUTED)
