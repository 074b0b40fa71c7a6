"""One wild gradient among ordinary ones: what it does to SGD and to Adam, and what clipping does.

The loss is a bowl of two parameters, and each gradient has a little noise. At one step, an example
is broken, and the gradient of its batch is about 400 times as long as those just before it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets import optimizers
from ..nets.names import draw_key
from ..nets.words import plain
from ..show.style import MUTED, ORANGE, panels
from .looks import LOOKS

CURVATURE = np.array([0.3, 1.0])
START = np.array([-4.0, 2.0])
NOISE = 0.1  # standard deviation of the noise in each component of a gradient
STEPS = 200
WILD_STEP, WILD = 60, np.array([60.0, -80.0])  # the broken gradient, of length 100
RATES = {"SGD": 0.1, "Adam": 0.1}
LIMITS = (0.1, 0.3, 1.0, 3.0, 10.0, 200.0)  # the last one clips nothing
MOST, LEAST = 1e3, 1e-4  # the losses that are drawn


def clipped(gradient: np.ndarray, limit: float) -> np.ndarray:
    """Return a gradient shortened to a length, in its own direction.

    Args:
        gradient: shape (2,).
        limit: the greatest length, > 0.

    Returns:
        The gradient itself if it is not longer.
    """
    return gradient * min(1.0, limit / float(np.linalg.norm(gradient)))


@cache
def descend(name: str, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Run an optimizer on the bowl, with each gradient clipped.

    Args:
        name: of an optimizer in `RATES`.
        limit: the greatest length of a gradient.

    Returns:
        The losses before each step and at the end, shape (STEPS + 1,), and the lengths of the
        gradients before clipping, shape (STEPS,).
    """
    noise = NOISE * np.random.default_rng(1).standard_normal((STEPS, 2))
    lengths = []

    def clipped_gradient(w: np.ndarray, t: int) -> np.ndarray:
        gradient = WILD if t == WILD_STEP else CURVATURE * w + noise[t - 1]
        lengths.append(float(np.linalg.norm(gradient)))
        return clipped(gradient, limit)

    optimizer = optimizers.named(name)
    points = optimizers.descend(optimizer, clipped_gradient, START, RATES[name], STEPS)
    return points**2 @ CURVATURE / 2, np.array(lengths)


def late_loss(name: str, limit: float) -> float:
    """Return the mean loss of the last 50 steps."""
    return float(np.mean(descend(name, limit)[0][-50:]))


def draw_wild(limit: float) -> Figure:
    """Draw the lengths of the gradients with the limit, and the losses of SGD and of Adam.

    Args:
        limit: one of `LIMITS`.
    """
    figure, (left, right) = panels(2, height=3.6)
    for name in RATES:
        losses, lengths = descend(name, limit)
        shown = np.arange(2, STEPS + 1, 2)  # WILD_STEP is among them
        left.plot(shown, lengths[shown - 1], linewidth=1.3, **LOOKS[name])
        right.plot(shown, np.maximum(losses[shown], LEAST), linewidth=1.5, **LOOKS[name])
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_xlim(0, STEPS)
        axes.set_xlabel("step")
    left.axhline(limit, color=ORANGE, linewidth=1.6, gid="drag:limit")
    left.set_title(_written(limit), color=ORANGE)
    left.set_ylim(0.02, 300)
    left.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    left.set_ylabel("length of the gradient", labelpad=0)
    right.set_ylim(LEAST, MOST)
    right.set_yticks([1e-4, 1e-2, 1, 100], ["0.0001", "0.01", "1", "100"])
    right.set_ylabel("loss", labelpad=0)
    right.set_title(f"step {WILD_STEP}: a broken batch", color=MUTED)
    draw_key(right, [(name, LOOKS[name]) for name in RATES], "upper right")
    left.minorticks_off()
    right.minorticks_off()
    ends = [f"{name} {plain(late_loss(name, limit))}" for name in RATES]
    figure.set_label(
        f"A gradient of length 100 comes at step {WILD_STEP}, and {_written(limit)}. The mean loss "
        f"of the last 50 of {STEPS} steps: {' and '.join(ends)}."
    )
    return figure


def _written(limit: float) -> str:
    """Return in words what a limit does."""
    return "nothing is clipped" if limit == LIMITS[-1] else f"gradients are clipped to {limit:g}"
