"""The slope of a loss by finite differences, and their error for every nudge."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import logistic
from ..nets.names import DASHED, Look, draw_key
from ..show.style import BLUE, INK, MUTED, ORANGE, PURPLE, panels

LOGIT = 1.0  # where the slope is measured
EXPONENTS = np.arange(0.0, 15.5, 0.5)  # the curves show the nudges 10**-exponent


def loss(z: float | np.ndarray) -> np.ndarray:
    """Return the cross-entropy in nats of a neuron with logit `z` and target 0."""
    return np.log(1 + np.exp(z))


def exact_slope(z: float) -> float:
    """Return the derivative of `loss`, which is the neuron's output."""
    return float(logistic(z))


def one_sided(z: float, h: float | np.ndarray) -> np.ndarray:
    """Return (loss(z + h) - loss(z)) / h, of the shape of `h`."""
    return (loss(z + h) - loss(z)) / h


def central(z: float, h: float | np.ndarray) -> np.ndarray:
    """Return (loss(z + h) - loss(z - h)) / 2h, of the shape of `h`."""
    return (loss(z + h) - loss(z - h)) / (2 * h)


def draw_check(exponent: int) -> Figure:
    """Draw the errors of both differences against the nudge, and mark the nudge 10**-exponent."""
    figure, axes = panels(1, height=4.0)
    exact = exact_slope(LOGIT)
    line, h = 10.0**-EXPONENTS, 10.0**-exponent
    # The key is above the line.
    axes.axvline(h, ymax=0.72, color=ORANGE, linewidth=1.2, gid="drag:exponent")
    phrases: list[str] = []
    rows: list[tuple[str, Look]] = [(f"exact {exact:.13f}", {"color": INK, "linestyle": "none"})]
    for name, way, look in (
        ("one-sided", one_sided, {"color": PURPLE, "linestyle": DASHED}),
        ("central", central, {"color": BLUE}),
    ):
        axes.plot(line, _error(way(LOGIT, line)), **look)
        slope = float(way(LOGIT, h))
        error = float(_error(slope))
        point = {"color": look["color"], "markersize": 9, "zorder": 4, "clip_on": False}
        axes.plot([h], [error], "o", **point)
        rows.append((f"{name} {slope:.13f}", look))
        digits = math.floor(-math.log10(error))
        phrases.append(f"the {name} difference is {slope:.13f}, right to {_counted(digits)}")
    draw_key(axes, rows)
    axes.text(3e-12, 1.5e-12, "rounding", color=MUTED, ha="center")
    axes.text(3e-3, 1.5e-12, "large nudges", color=MUTED, ha="center")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1e-15, 1.5)
    axes.set_ylim(1e-13, 1e5)
    axes.minorticks_off()
    powers = [-15, -12, -9, -6, -3, 0]
    axes.set_xticks([10.0**power for power in powers], [_power(power) for power in powers])
    axes.set_yticks([10.0**power for power in powers[1:]], [_power(power) for power in powers[1:]])
    axes.set_xlabel("nudge h (logits)")
    axes.set_ylabel("error of the slope (nats per logit)")
    figure.set_label(
        f"At a nudge of {_power(-exponent)}, {', and '.join(phrases)}; "
        f"the exact slope is {exact:.13f}."
    )
    return figure


def _counted(digits: int) -> str:
    """Return a number of digits in words."""
    return f"{digits} digit{'s' * (digits != 1)}" if digits else "no digit"


def _power(power: int) -> str:
    """Return a power of ten as programs print it, such as 1e−5."""
    return f"1e{power}".replace("-", "−") if power else "1"


def _error(slope: float | np.ndarray) -> np.ndarray:
    """Return the absolute error of a slope, but at least 1e-16: a logarithmic axis has no zero."""
    return np.maximum(np.abs(np.asarray(slope) - exact_slope(LOGIT)), 1e-16)
