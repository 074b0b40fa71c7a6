"""Rare large slopes among many small ones: Adam goes uphill there, and AMSGrad does not.

The loss is a straight line whose slope changes with the step: it is 150 at every hundredth step and
-1 at all others. The mean slope is 0.51, so the least loss is at the left wall, at -1.
The idea is that of Reddi, Kale and Kumar (2018), section 3.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import draw_key
from ..nets.optimizers import BETA_1, EPSILON
from ..show.numerals import minus
from ..show.style import MUTED, panels
from .looks import LOOKS

EVERY, LARGE, SMALL = 100, 150.0, -1.0
STEPS = 4000
LEARNING_RATE = 0.03
_STRIDE = 20  # steps between two points of a curve


def slopes() -> np.ndarray:
    """Return the slope at each step, shape (STEPS,)."""
    return np.where(np.arange(1, STEPS + 1) % EVERY == 0, LARGE, SMALL)


@cache
def descend(beta_2: float, largest: bool) -> tuple[np.ndarray, np.ndarray]:
    """Run Adam or AMSGrad from 0, between walls at -1 and 1.

    Args:
        beta_2: share of the average of squares that each step keeps, from 0 to less than 1.
        largest: whether the step is divided by the largest average so far, as in AMSGrad.

    Returns:
        The parameters, and the roots that divide the steps, each of shape (STEPS,).
    """
    x, m, v, top = 0.0, 0.0, 0.0, 0.0
    places, roots = [], []
    for t, g in enumerate(slopes(), start=1):
        m, v = BETA_1 * m + (1 - BETA_1) * g, beta_2 * v + (1 - beta_2) * g**2
        top = max(top, v)
        root = np.sqrt((top if largest else v) / (1 - beta_2**t))
        x = float(np.clip(x - LEARNING_RATE * m / (1 - BETA_1**t) / (root + EPSILON), -1, 1))
        places.append(x)
        roots.append(root)
    return np.array(places), np.array(roots)


def draw_rare_slopes(beta_2: float) -> Figure:
    """Draw the parameters of Adam and AMSGrad, and the roots that divide their steps."""
    figure, (left, right) = panels(2, height=3.6)
    steps = np.arange(1, STEPS + 1)
    last = slice(STEPS - 3 * EVERY, STEPS, 2)
    ends = {}
    for name, largest in (("Adam", False), ("AMSGrad", True)):
        places, roots = descend(beta_2, largest)
        left.plot(steps[::_STRIDE], places[::_STRIDE], linewidth=1.5, **LOOKS[name])
        right.plot(steps[last], roots[last], linewidth=1.8, **LOOKS[name])
        ends[name] = float(np.mean(places[-EVERY:]))
    for wall in (-1, 1):
        left.axhline(wall, color=MUTED, linewidth=1, linestyle=(0, (1, 1.5)))
    left.set_xlim(0, STEPS)
    left.set_xticks([0, 2000, 4000])
    left.set_ylim(-1.2, 1.75)
    left.set_yticks([-1, 0, 1], ["left −1", "0", "right 1"])
    left.set_xlabel("steps")
    left.set_ylabel("parameter")
    for axes in (left, right):
        draw_key(axes, [(name, LOOKS[name]) for name in ends])
    left.text(STEPS, -1.15, "least loss", color=MUTED, ha="right")
    right.set_yscale("log")
    right.set_xlim(steps[last][0], STEPS)
    right.set_xticks([3700, 3800, 3900, 4000])
    right.set_ylim(0.5, 500)
    right.set_yticks([1, 10, 100], ["1", "10", "100"])
    right.minorticks_off()
    right.set_xlabel("steps")
    right.set_ylabel("what divides the step")
    figure.set_label(
        f"With beta 2 at {beta_2:g}, Adam ends on average at {minus(ends['Adam'], 2)} and AMSGrad "
        f"at {minus(ends['AMSGrad'], 2)}; the least loss is at −1."
    )
    return figure
