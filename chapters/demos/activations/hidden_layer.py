"""A tide fitted by a network with one hidden layer, with an activation and without.

The input of each hidden unit is the hour minus the unit's center, and the centers are evenly
spaced. The weights of the output are those of least squares.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.words import count
from ..show.style import BLUE, MUTED, ORANGE, PURPLE, panels
from .functions import ACTIVATIONS

HOURS = np.linspace(0, 24, 25)
TIDE = 1.6 * np.cos(2 * np.pi * (HOURS - 3) / 12.4) + 0.35 * np.cos(2 * np.pi * (HOURS - 3) / 24.8)
SHOWN = ("none", "ReLU", "tanh")


def hidden_outputs(hours: np.ndarray, units: int, activation: str) -> np.ndarray:
    """Return the outputs of the hidden units at some hours, and a 1 for the bias of the output.

    Args:
        hours: shape (n,).
        units: number of hidden units, > 0.
        activation: one of `SHOWN`.

    Returns:
        Shape (n, units + 1).
    """
    width = 24 / units
    z = (hours[:, None] - centers(units, activation)) / width
    return np.column_stack([ACTIVATIONS[activation].value(z), np.ones(len(hours))])


def centers(units: int, activation: str) -> np.ndarray:
    """Return the hour at which the input of each unit is 0, shape (units,).

    Each unit has an equal part of the day. Its center is the middle of its part for tanh, and the
    start for the others.
    """
    first = 0.5 if activation == "tanh" else 0.0
    return 24 * (np.arange(units) + first) / units


def fitted(hours: np.ndarray, units: int, activation: str) -> np.ndarray:
    """Return the fitted water levels in meters at some hours, shape (n,)."""
    weights = np.linalg.lstsq(hidden_outputs(HOURS, units, activation), TIDE)[0]
    return hidden_outputs(hours, units, activation) @ weights


def error(units: int, activation: str) -> float:
    """Return the root mean squared error of the fit in meters."""
    return float(np.sqrt(np.mean((fitted(HOURS, units, activation) - TIDE) ** 2)))


def draw_fit(units: int, activation: str) -> Figure:
    """Draw the readings of a tide, and the curve that a number of hidden units fits to them."""
    figure, axes = panels(1, height=3.5)
    line = np.linspace(0, 24, 97)
    axes.plot(HOURS, TIDE, "o", color=ORANGE, markersize=5, clip_on=False)
    axes.plot(line, fitted(line, units, activation), color=BLUE)
    if activation == "ReLU":
        kinks = centers(units, activation)
        heights = fitted(kinks, units, activation)
        axes.plot(kinks, heights, "D", color=BLUE, markersize=6, clip_on=False)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 6))
    axes.set_ylim(-2.6, 2.6)
    axes.set_xlabel("time (hours)")
    axes.set_ylabel("water level (meters)")
    off = error(units, activation)
    axes.set_title(f"typically off by {off:.2f} m", color=PURPLE)
    figure.set_label(
        f"A network with {count(units, 'hidden unit')} and {_spoken(activation)} fits the tide of "
        f"a day and is typically off by {off:.2f} meters."
    )
    return figure


def _spoken(activation: str) -> str:
    """Return an activation as a listener understands it."""
    return "no activation" if activation == "none" else f"the activation {activation}"
