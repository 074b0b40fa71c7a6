"""How well a slope is found by nudging: the error of finite differences against their step."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..show.style import BLUE, INK, MUTED, ORANGE, PURPLE, panels

AT = 1.0  # the logit at which the slope is wanted
EXPONENTS = np.arange(0.0, 15.5, 0.5)  # of the steps 10**-exponent that the curves show


def loss(z: float | np.ndarray) -> np.ndarray:
    """Return the cross-entropy of a neuron with logit `z` whose answer should be 0, in nats."""
    return np.log(1 + np.exp(z))


def exact_slope(z: float) -> float:
    """Return the derivative of `loss`, which is the neuron's output."""
    return float(1 / (1 + np.exp(-z)))


def one_sided(z: float, h: float | np.ndarray) -> np.ndarray:
    """Return (loss(z + h) - loss(z)) / h, of the shape of `h`."""
    return (loss(z + h) - loss(z)) / h


def central(z: float, h: float | np.ndarray) -> np.ndarray:
    """Return (loss(z + h) - loss(z - h)) / 2h, of the shape of `h`."""
    return (loss(z + h) - loss(z - h)) / (2 * h)


def draw_check(exponent: int) -> Figure:
    """Draw the errors of both differences against the step, with the one at 10**-exponent."""
    figure, axes = panels(1, height=4.0)
    exact = exact_slope(AT)
    line, h = 10.0**-EXPONENTS, 10.0**-exponent
    axes.plot(line, _error(one_sided(AT, line)), color=PURPLE, linestyle=(0, (4, 2)))
    axes.plot(line, _error(central(AT, line)), color=BLUE)
    axes.plot([h, h], [1e-13, 1], color=ORANGE, linewidth=1.2)
    said = []
    for name, color, found, height in (
        ("one-sided", PURPLE, float(one_sided(AT, h)), 0.2),
        ("central", BLUE, float(central(AT, h)), 0.012),
    ):
        error = float(_error(found))
        axes.plot([h], [error], "o", color=color, markersize=9, zorder=4)
        digits = f"{name} {found:.13f}"
        axes.text(1.6e-15, height * 400, digits, color=color, fontweight="bold")
        said.append(f"the {name} difference is {found:.13f}, wrong by {error:.0e}")
    axes.text(1.6e-15, 1100, f"exact {exact:.13f}", color=INK, fontweight="bold")
    axes.text(3e-12, 3e-11, "rounding", color=MUTED, ha="center")
    axes.text(3e-3, 3e-11, "curvature", color=MUTED, ha="center")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1e-15, 1.5)
    axes.set_ylim(1e-13, 1e4)
    axes.minorticks_off()
    powers = [-15, -12, -9, -6, -3, 0]
    axes.set_xticks([10.0**power for power in powers], [_power(power) for power in powers])
    axes.set_yticks([10.0**power for power in powers[1:]], [_power(power) for power in powers[1:]])
    axes.set_xlabel("nudge h (logits)")
    axes.set_ylabel("error of the slope (nats per logit)")
    figure.set_label(f"At a nudge of 1e-{exponent}, {' and '.join(said)}; exact is {exact:.13f}.")
    return figure


def _power(power: int) -> str:
    """A power of ten without the raised letters that a page cannot draw."""
    return f"1e{power}".replace("-", "−") if power else "1"


def _error(found: float | np.ndarray) -> np.ndarray:
    """How far off a slope is; at least a rounding error, since zero has no place on a log axis."""
    return np.maximum(np.abs(np.asarray(found) - exact_slope(AT)), 1e-16)
