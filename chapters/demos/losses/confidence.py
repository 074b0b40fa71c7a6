"""The cross-entropy of a confident forecast when it is right, when it is wrong, and on average."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..show.style import BLUE, INK, MUTED, ORANGE, RED, panels


def costs(confidence: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cross-entropy in nats of a right and of a wrong prediction.

    Args:
        confidence: the probability given to the predicted class, 0.5 <= confidence < 1, any shape.

    Returns:
        The cost if the prediction is right and if it is wrong, each of the shape of `confidence`.
    """
    p = np.asarray(confidence, dtype=float)
    return -np.log(p), -np.log1p(-p)


def mean_cost(confidence: float | np.ndarray, right_share: float) -> np.ndarray:
    """Return the mean cost in nats of predictions of which `right_share` (0 to 1) are right."""
    right, wrong = costs(confidence)
    return right_share * right + (1 - right_share) * wrong


def draw_costs(confidence: float, right_of_10: int) -> Figure:
    """Draw the cost of one prediction, and the mean of ten of which `right_of_10` are right."""
    figure, (left, right) = panels(2, height=3.5)
    line = 1 - np.geomspace(0.5, 0.0009, 120)
    good, bad = costs(line)
    cost_right, cost_wrong = (float(c) for c in costs(confidence))
    left.plot(line, bad, color=RED)
    left.plot(line, good, color=BLUE)
    # The numbers are above the line.
    left.axvline(confidence, ymax=0.5, color=ORANGE, linewidth=1.2, gid="drag:confidence")
    left.plot([confidence], [cost_wrong], "o", color=RED, markersize=8, clip_on=False)
    left.plot([confidence], [cost_right], "o", color=BLUE, markersize=8, clip_on=False)
    left.set_xlim(0.5, 1.01)
    left.set_ylim(-0.25, 7.4)
    left.set_xlabel("confidence of one prediction")
    left.set_ylabel("cost of one prediction (nats)")
    left.text(0.52, 5.6, f"wrong {cost_wrong:.3f}", color=RED, fontsize=13, fontweight="bold")
    left.text(0.52, 4.9, f"right {cost_right:.3f}", color=BLUE, fontsize=13, fontweight="bold")
    left.text(0.52, 4.3, f"1 wrong = {cost_wrong / cost_right:.0f} right", color=MUTED)

    share = right_of_10 / 10
    mean = float(mean_cost(confidence, share))
    best = float(mean_cost(share, share))
    right.plot(line, mean_cost(line, share), color=INK)
    right.axvline(confidence, ymax=0.85, color=ORANGE, linewidth=1.2, gid="drag:confidence")
    right.plot([share], [best], "o", color=INK, markersize=6)
    right.text(share, best + 0.12, f"least at {share:.1f}", color=MUTED, ha="center")
    right.plot([confidence], [mean], "o", color=ORANGE, markersize=9, zorder=4, clip_on=False)
    right.set_xlim(0.5, 1.01)
    right.set_ylim(0, 3)
    right.set_yticks([0, 1, 2, 3])
    right.set_xlabel("confidence of all ten predictions")
    right.set_ylabel("mean cost (nats)")
    right.text(0.52, 2.75, f"{right_of_10} right of 10: mean {mean:.2f}", fontweight="bold")
    figure.set_label(
        f"At a confidence of {confidence:g} a right prediction costs {cost_right:.3f} nats and a "
        f"wrong one {cost_wrong:.3f}. With {right_of_10} of 10 right the mean is {mean:.2f}; its "
        f"smallest value, {best:.2f}, is at a confidence of {share:.1f}."
    )
    return figure
