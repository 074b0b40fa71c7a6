"""Four weights that nothing needs, and how a penalty in the loss and decay beside it shrink them.

The gradient of the loss pushes each weight back and forth, by a size of its own, and favors no
direction; so whatever a weight loses, it loses to the penalty or to the decay.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.optimizers import member
from ..show.style import BLUE, GREEN, INK, ORANGE, PURPLE, panels

SIZES = np.array([0.01, 0.1, 1.0, 10.0])  # of the gradients, shape (4,)
LEARNING_RATE = 0.01
STEPS = 300
_LOOKS = (
    (BLUE, "-"),
    (GREEN, (0, (5, 1.5))),
    (PURPLE, (0, (1, 1.2))),
    (INK, (0, (5, 1.5, 1, 1.5))),
)


def shrink(name: str, strength: float, decoupled: bool) -> np.ndarray:
    """Return the weights after each step, shape (STEPS + 1, 4), all 1 at the start.

    Args:
        name: of the optimizer, a member of the family.
        strength: λ of an L2 penalty, so that a step of plain descent takes 2·λ·learning_rate off.
        decoupled: whether that share is taken off beside the optimizer, and not by a gradient.
    """
    optimizer, w = member(name), np.ones(4)
    memory, visited = optimizer.memory, [w]
    for t in range(1, STEPS + 1):
        gradient, pull = SIZES * (-1) ** t, 2 * strength * w
        move, memory = optimizer.rule(gradient + (0 if decoupled else pull), memory, t)
        w = w + LEARNING_RATE * (move - (pull if decoupled else 0))
        visited.append(w)
    return np.array(visited)


def draw_decay(name: str, strength: float) -> Figure:
    """Draw the four weights under both ways to shrink them.

    Args:
        name: of the optimizer, a member of the family.
        strength: λ of the penalty, >= 0.
    """
    figure, (left, right) = panels(2, height=3.9, share_y=True)
    steps = np.arange(0, STEPS + 1, 4)  # even ones, where back and forth cancel
    ends = {}
    for axes, decoupled in ((left, False), (right, True)):
        weights = shrink(name, strength, decoupled)[steps]
        ends[decoupled] = weights[-1]
        for weight, (color, dash) in zip(weights.T, _LOOKS, strict=True):
            axes.plot(steps, weight, color=color, linestyle=dash, linewidth=2)
        axes.set_xlim(0, STEPS)
        axes.set_ylim(-0.1, 1.35)
        axes.set_xticks([0, 100, 200, 300])
        axes.set_xlabel("step")
        axes.set_ylabel("weight")
    rows = zip(SIZES, _LOOKS, ends[False], strict=True)
    for place, (size, (color, _), end) in enumerate(rows):
        label = f"gradient ±{size:g}: {end:.2f}".replace("-", "−")
        left.text(8 + 150 * (place % 2), 1.27 - 0.1 * (place // 2), label, color=color, fontsize=9)
    left.set_title(f"{name}, penalty in the loss", color=ORANGE)
    right.set_title(f"{name}, decoupled", color=ORANGE)
    figure.set_label(
        f"After {STEPS} steps of {name} with strength {strength:g}, weights with gradients of size "
        f"0.01, 0.1, 1 and 10 are {_listed(ends[False])} with the penalty in the loss and "
        f"{_listed(ends[True])} with decoupled decay."
    )
    return figure


def _listed(weights: np.ndarray) -> str:
    return ", ".join(f"{weight:.2f}" for weight in weights)
