"""The temperatures of a day, fitted by a polynomial with as many coefficients as readings."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.words import plain
from ..show.style import BLUE, INK, MUTED, ORANGE, panels

DEGREE = 14
READINGS = (15, 30, 120)  # sizes of the training set
NOISE = 1.5  # standard deviation of a reading, in °C
STRENGTHS = np.array([0.0, *10.0 ** np.arange(-6, 1.1, 0.5)])  # shape (16,)
_ZERO = 10**-6.5  # place of the strength 0 on a logarithmic axis
_MOST = 6.0  # the largest error that is drawn, in °C


def temperature(hour: np.ndarray) -> np.ndarray:
    """Return the temperature of the air in °C at some hours of the day, of their shape."""
    return 12 + 5 * np.sin(np.pi * (hour - 9) / 12) + 1.2 * np.sin(np.pi * (hour - 3) / 6)


@cache
def readings(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return hours, spaced evenly over the day, and noisy readings in °C, shape (count,) each."""
    hour = np.linspace(0, 24, count)
    noise = NOISE * np.random.default_rng(seed).standard_normal(count)
    return hour, temperature(hour) + noise


def features(hour: np.ndarray, degree: int = DEGREE) -> np.ndarray:
    """Return the Legendre polynomials at the hours, shape (n, degree + 1); the first is 1."""
    return np.polynomial.legendre.legvander(hour / 12 - 1, degree)


def fit(hour: np.ndarray, reading: np.ndarray, strength: float) -> np.ndarray:
    """Return the weights with the least sum of mean squared error and penalty, shape (DEGREE + 1,).

    Args:
        hour: shape (n,).
        reading: in °C, shape (n,).
        strength: of the L2 penalty, which counts all weights except that of the constant.
    """
    x = features(hour)
    penalized = np.diag([0.0] + [1.0] * DEGREE)
    return np.linalg.solve(x.T @ x / len(x) + strength * penalized, x.T @ reading / len(x))


def error(w: np.ndarray, hour: np.ndarray, reading: np.ndarray) -> float:
    """Return the root of the mean squared error in °C."""
    return float(np.sqrt(np.mean((features(hour, len(w) - 1) @ w - reading) ** 2)))


@cache
def errors(count: int) -> np.ndarray:
    """Return training and validation error in °C for each of `STRENGTHS`, shape (2, 16)."""
    fits = [fit(*readings(count), strength) for strength in STRENGTHS]
    return np.array([[error(w, *data) for w in fits] for data in (readings(count), fresh())])


def fresh() -> tuple[np.ndarray, np.ndarray]:
    """Return 40 validation readings, of another day with the same weather."""
    return readings(40, seed=2)


def draw_fit(strength: float, count: int) -> Figure:
    """Draw the fit of one strength, and both errors for every strength.

    Args:
        strength: one of `STRENGTHS`.
        count: one of `READINGS`.
    """
    figure, (left, right) = panels(2, height=3.9)
    w = fit(*readings(count), strength)
    line = np.linspace(0, 24, 121)
    left.plot(*fresh(), "o", color=ORANGE, markersize=4.5, markerfacecolor="none", alpha=0.8)
    left.plot(*readings(count), "o", color=INK, markersize=5 if count < 20 else 2.5, zorder=3)
    left.plot(line, np.clip(features(line) @ w, -20, 50), color=BLUE, zorder=4)
    left.set_xlim(0, 24)
    left.set_ylim(0, 28)
    left.set_xticks(range(0, 25, 6))
    left.set_xlabel("hour of the day")
    left.set_ylabel("temperature (°C)")
    training, validation = (error(w, *data) for data in (readings(count), fresh()))
    left.set_title("● training   ○ validation", color=MUTED, fontsize=10)
    _draw_errors(right, strength, count)
    penalty = f"with a penalty of strength {plain(strength)}" if strength else "without a penalty"
    figure.set_label(
        f"A polynomial of degree {DEGREE} is fitted to {count} temperatures {penalty}. Its "
        f"training error is {training:.2f} °C, and its validation error is {validation:.2f} °C."
    )
    return figure


def _draw_errors(axes: Axes, strength: float, count: int) -> None:
    """Draw both errors over the strength, and mark the chosen strength."""
    training, validation = errors(count)
    places = np.where(STRENGTHS > 0, STRENGTHS, _ZERO)
    chosen = int(np.argmin(np.abs(STRENGTHS - strength)))
    axes.plot(places, training, color=INK, linestyle=(0, (4, 1.5)), linewidth=1.8)
    axes.plot(places, validation, color=ORANGE)
    axes.axvline(places[chosen], ymax=0.78, color=BLUE, linewidth=1.6, gid="drag:strength")
    for row, (name, values, color) in enumerate(
        (("validation", validation, ORANGE), ("training", training, INK))
    ):
        if values[chosen] <= _MOST:
            axes.plot(places[chosen], values[chosen], "o", color=color, clip_on=False, zorder=4)
        above = " ↑" if values[chosen] > _MOST else ""
        label = f"{name} {values[chosen]:.2f} °C{above}"
        axes.text(1e-4, 5.5 - 0.55 * row, label, color=color, fontweight="bold")
    axes.set_xscale("log")
    axes.set_xticks([_ZERO, 1e-4, 1e-2, 1], ["0", "0.0001", "0.01", "1"])
    axes.minorticks_off()
    axes.set_xlim(_ZERO / 1.5, 15)
    axes.set_ylim(0, _MOST)
    axes.set_xlabel("strength λ of the penalty")
    axes.set_ylabel("error (°C)")
