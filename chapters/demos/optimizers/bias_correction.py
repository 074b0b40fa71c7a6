"""The first steps of Adam, with and without the correction for averages that start at zero."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look, draw_key
from ..show.style import BLUE, MUTED, ORANGE, panels

START = 2.0  # on the loss w**2 / 2
LEARNING_RATE = 0.1
STEPS = 60
LAST = 1000  # step at the right edge of the left panel
LOOKS: dict[str, Look] = {
    "uncorrected": {"color": ORANGE},
    "corrected": {"color": BLUE, "linestyle": DASHED},
}


def step_ratio(step: int | np.ndarray, beta_1: float, beta_2: float) -> np.ndarray:
    """Return the step without the correction, divided by the step with it.

    The gradients cancel, so the ratio holds for any gradients for which epsilon is negligible.

    Args:
        step: numbers of steps from 1, of any shape.
        beta_1: share of the average of gradients that each step keeps, from 0 to less than 1.
        beta_2: the same for the average of their squares.

    Returns:
        Numbers of the shape of `step`.
    """
    t = np.asarray(step)
    return (1 - beta_1**t) / np.sqrt(1 - beta_2**t)


def descend(beta_1: float, beta_2: float, corrected: bool) -> np.ndarray:
    """Return the parameters that Adam visits from `START`, shape (STEPS + 1,).

    Args:
        beta_1: share of the average of gradients that each step keeps, from 0 to less than 1.
        beta_2: the same for the average of their squares.
        corrected: whether the averages are corrected for their start at zero.
    """
    parameters, mean, square = [START], 0.0, 0.0
    for t in range(1, STEPS + 1):
        gradient = parameters[-1]
        mean = beta_1 * mean + (1 - beta_1) * gradient
        square = beta_2 * square + (1 - beta_2) * gradient**2
        step = LEARNING_RATE * mean / np.sqrt(square)
        if corrected:
            step = step / step_ratio(t, beta_1, beta_2)
        parameters.append(parameters[-1] - step)
    return np.array(parameters)


def draw_first_steps(beta_1: float, beta_2: float) -> Figure:
    """Draw the ratio of uncorrected and corrected steps, and both descents of a bowl."""
    figure, (left, right) = panels(2, height=3.8)
    step = np.unique(np.geomspace(1, LAST, 60).round().astype(int))
    ratios = step_ratio(step, beta_1, beta_2)
    left.plot([1, LAST], [1, 1], **LOOKS["corrected"])
    left.plot(step, ratios, **LOOKS["uncorrected"])
    left.plot([1], ratios[:1], "o", color=ORANGE, markersize=8, clip_on=False)
    left.set_title(f"first step × {ratios[0]:.3g}", color=ORANGE)
    _draw_scales(left)

    paths = [descend(beta_1, beta_2, corrected) for corrected in (False, True)]
    right.axhline(0, color=MUTED, linewidth=1, linestyle=":")
    for path, look in zip(paths, LOOKS.values(), strict=True):
        right.plot(path, **look)
    draw_key(right, list(LOOKS.items()), "upper right")
    right.set_xlim(0, STEPS)
    right.set_ylim(-3, 3)
    right.set_xlabel("step")
    right.set_ylabel("parameter, best at 0", labelpad=0)
    right.set_title("down a bowl")
    most = float(step_ratio(np.arange(1, LAST + 1), beta_1, beta_2).max())
    far = [max(0.0, float(-path.min())) for path in paths]
    figure.set_label(
        f"With beta 1 at {beta_1} and beta 2 at {beta_2}, Adam's first step without the correction "
        f"is {ratios[0]:.3g} times as long as with it, and a later one is at most {most:.3g} times "
        f"as long. Down a bowl, Adam overshoots by {far[0]:.2f} without the correction and by "
        f"{far[1]:.2f} with it."
    )
    return figure


def _draw_scales(axes: Axes) -> None:
    """Scale and label both axes."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1, LAST)
    axes.set_ylim(0.08, 130)
    axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    axes.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.minorticks_off()
    axes.set_xlabel("step")
    axes.set_ylabel("step ÷ corrected step", labelpad=0)
