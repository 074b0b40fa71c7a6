"""Four losses to descend: a ravine, a saddle, Beale's function and a bowl with a noisy gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.axes import Axes

from ..show.style import INK, MUTED

Surface = Callable[[np.ndarray], np.ndarray]
FLAT, STEEP = 0.2, 20.0  # curvatures of the ravine along and across
WALL = 5.0  # curvature across the saddle; along it the curvature is -1
NOISE = 2.0  # standard deviation of the noise in each component of the noisy bowl's gradient


@dataclass(frozen=True)
class Landscape:
    """A loss of two parameters.

    Attributes:
        name: in the menu of the demo.
        loss: function of points, shape (..., 2); it returns the loss above its least value, shape
            (...).
        gradient: function of points, shape (..., 2); it returns the gradient of the loss, of the
            same shape.
        start: first point of every optimizer, shape (2,).
        minima: the points with the least loss, shape (number of points, 2).
        window: the part that is drawn: left, right, bottom, top.
        levels: the losses of the contours.
        noise: standard deviation of the noise in each component of a gradient.
    """

    name: str
    loss: Surface
    gradient: Surface
    start: np.ndarray
    minima: np.ndarray
    window: tuple[float, float, float, float]
    levels: tuple[float, ...]
    noise: float = 0.0

    def noisy_gradient(self, steps: int, runs: int = 1) -> Callable[[np.ndarray, int], np.ndarray]:
        """Return the gradient with noise, as a function of points and the step (from 1).

        The points have the shape (..., runs, 2). Each run has noise of its own, and all optimizers
        get the same noise at the same step of a run.
        """
        noise = self.noise * np.random.default_rng(7).standard_normal((runs, steps, 2))
        return lambda points, t: self.gradient(points) + noise[:, t - 1]


def _ravine(point: np.ndarray) -> np.ndarray:
    return (FLAT * point[..., 0] ** 2 + STEEP * point[..., 1] ** 2) / 2


def _ravine_gradient(point: np.ndarray) -> np.ndarray:
    return point * np.array([FLAT, STEEP])


def _saddle(point: np.ndarray) -> np.ndarray:
    x, y = point[..., 0], point[..., 1]
    return WALL * x**2 / 2 - y**2 / 2 + y**4 / 4 + 1 / 4


def _saddle_gradient(point: np.ndarray) -> np.ndarray:
    x, y = point[..., 0], point[..., 1]
    return np.stack([WALL * x, y**3 - y], axis=-1)


def _beale_errors(point: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = point[..., 0], point[..., 1]
    return 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3


def _beale(point: np.ndarray) -> np.ndarray:
    return sum((error**2 for error in _beale_errors(point)), np.zeros(point.shape[:-1]))


def _beale_gradient(point: np.ndarray) -> np.ndarray:
    x, y = point[..., 0], point[..., 1]
    errors = np.stack(_beale_errors(point))
    by_x = np.stack([y - 1, y**2 - 1, y**3 - 1])
    by_y = np.stack([x, 2 * x * y, 3 * x * y**2])
    return np.stack([2 * np.sum(errors * by_x, 0), 2 * np.sum(errors * by_y, 0)], axis=-1)


def _bowl(point: np.ndarray) -> np.ndarray:
    return np.sum(point**2, axis=-1) / 2


RAVINE = Landscape(
    "ravine",
    _ravine,
    _ravine_gradient,
    start=np.array([-9.0, 1.5]),
    minima=np.array([[0.0, 0.0]]),
    window=(-10.0, 4.0, -2.6, 2.6),
    levels=(0.5, 2.0, 5.0, 10.0, 20.0, 40.0),
)
SADDLE = Landscape(
    "saddle",
    _saddle,
    _saddle_gradient,
    start=np.array([-1.8, 0.0001]),
    minima=np.array([[0.0, -1.0], [0.0, 1.0]]),
    window=(-2.2, 2.2, -1.7, 1.7),
    levels=(0.1, 0.25, 0.6, 1.5, 3.0, 6.0),
)
BEALE = Landscape(
    "Beale's function",
    _beale,
    _beale_gradient,
    start=np.array([1.0, 1.6]),
    minima=np.array([[3.0, 0.5]]),
    window=(-0.9, 4.9, -1.7, 2.2),
    levels=(0.5, 2.0, 6.0, 15.0, 50.0),
)
BOWL = Landscape(
    "noisy bowl",
    _bowl,
    lambda point: point,
    start=np.array([-5.0, 4.0]),
    minima=np.array([[0.0, 0.0]]),
    window=(-6.0, 3.0, -2.5, 5.0),
    levels=(0.5, 2.0, 4.5, 8.0, 12.5, 18.0),
    noise=NOISE,
)
LANDSCAPES = {landscape.name: landscape for landscape in (RAVINE, SADDLE, BEALE, BOWL)}


@cache
def _grid(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the coordinates and losses from which the contours are drawn."""
    left, right, bottom, top = LANDSCAPES[name].window
    x, y = np.meshgrid(np.linspace(left, right, 60), np.linspace(bottom, top, 60))
    return x, y, LANDSCAPES[name].loss(np.stack([x, y], axis=-1))


def draw_contours(axes: Axes, landscape: Landscape) -> None:
    """Draw lines of equal loss and the minima, and label both axes."""
    left, right, bottom, top = landscape.window
    x, y, loss = _grid(landscape.name)
    axes.contour(x, y, loss, levels=landscape.levels, colors=MUTED, linewidths=0.9, alpha=0.45)
    axes.plot(*landscape.minima.T, "+", color=INK, markersize=11, markeredgewidth=1.6)
    axes.grid(visible=False)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xlabel("first parameter")
    axes.set_ylabel("second parameter")
