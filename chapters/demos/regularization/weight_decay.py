"""Four weights that no fit needs, shrunk by a penalty in the loss or by decoupled weight decay.

The gradient of the loss has a different size for each weight and changes its sign at every step, so
it does not pull a weight anywhere. Only the penalty or the decay shrinks the weights.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.optimizers import named
from ..show.numerals import minus
from ..show.style import BLUE, GREEN, INK, ORANGE, PURPLE, panels

SIZES = np.array([0.01, 0.1, 1.0, 10.0])  # of the gradients, shape (4,)
LEARNING_RATE = 0.01
STEPS = 300
_STYLES = (
    (BLUE, "-"),
    (GREEN, (0, (5, 1.5))),
    (PURPLE, (0, (1, 1.2))),
    (INK, (0, (5, 1.5, 1, 1.5))),
)


def weights_over_time(name: str, strength: float, decoupled: bool) -> np.ndarray:
    """Return the weights after each step, shape (STEPS + 1, 4), all 1 at the start.

    Args:
        name: of the optimizer.
        strength: λ of an L2 penalty. A step of plain gradient descent with it subtracts the share
            2·λ·learning_rate of a weight.
        decoupled: whether this share is subtracted next to the optimizer's update. If not, the
            gradient of the penalty is part of the gradient that the optimizer gets.
    """
    optimizer, w = named(name), np.ones(4)
    state, path = optimizer.state, [w]
    for t in range(1, STEPS + 1):
        gradient, penalty = SIZES * (-1) ** t, 2 * strength * w
        update, state = optimizer.rule(gradient + (0 if decoupled else penalty), state, t)
        w = w + LEARNING_RATE * (update - (penalty if decoupled else 0))
        path.append(w)
    return np.array(path)


def draw_decay(name: str, strength: float) -> Figure:
    """Draw the four weights with the penalty in the loss, and with decoupled decay.

    Args:
        name: of the optimizer.
        strength: λ of the penalty, >= 0.
    """
    figure, (left, right) = panels(2, height=3.9, share_y=True)
    steps = np.arange(0, STEPS + 1, 4)  # after an even number of steps the gradients cancel
    ends = {}
    for axes, decoupled in ((left, False), (right, True)):
        weights = weights_over_time(name, strength, decoupled)[steps]
        ends[decoupled] = weights[-1]
        for weight, (color, dash) in zip(weights.T, _STYLES, strict=True):
            axes.plot(steps, weight, color=color, linestyle=dash, linewidth=2)
        axes.set_xlim(0, STEPS)
        axes.set_ylim(-0.1, 1.35)
        axes.set_xticks([0, 100, 200, 300])
        axes.set_xlabel("step")
        axes.set_ylabel("weight")
    rows = zip(SIZES, _STYLES, ends[False], strict=True)
    for place, (size, (color, dash), end) in enumerate(rows):
        x, y = 8 + 150 * (place % 2), 1.28 - 0.11 * (place // 2)
        left.plot([x, x + 34], [y, y], color=color, linestyle=dash, linewidth=2)
        label = f"±{size:g}: {minus(end, 2)}"
        left.text(x + 40, y, label, color=color, va="center", fontweight="bold")
    left.set_title(f"{name}, penalty in the loss", color=ORANGE)
    right.set_title(f"{name}, decoupled", color=ORANGE)
    figure.set_label(
        f"After {STEPS} steps of {name} with a strength of {strength:g}, the weights with "
        f"gradients of size 0.01, 0.1, 1 and 10 are {_listed(ends[False])} if the penalty is in "
        f"the loss, and {_listed(ends[True])} if the decay is decoupled."
    )
    return figure


def _listed(weights: np.ndarray) -> str:
    return ", ".join(minus(weight, 2) for weight in weights)
