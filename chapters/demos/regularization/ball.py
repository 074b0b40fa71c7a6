"""Two weights: the loss pulls them toward the best fit, a penalty pulls them toward zero.

The loss is a bowl of constant curvature, so the minimum under both penalties can be computed
exactly.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import Look
from ..show.numerals import minus
from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, panels

CURVATURE = np.array([[1.0, 0.3], [0.3, 0.7]])  # second derivatives of the loss
FIRST = 2.0  # the first weight of the best fit
STRONGEST = 2.4  # penalty that is drawn
_ANGLES = np.linspace(0, 2 * np.pi, 81)


def loss(w: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Return the loss above its least value at weights of shape (..., 2), shape (...)."""
    offset = w - best
    return np.sum(offset @ CURVATURE * offset, axis=-1) / 2


def penalized_minimum(kind: str, best: np.ndarray, strength: float) -> np.ndarray:
    """Return the weights with the least sum of loss and penalty, shape (2,).

    Args:
        kind: "L1" or "L2".
        best: the weights with the least loss, shape (2,).
        strength: multiplies the sum of absolute values (L1) or of squares (L2), >= 0.
    """
    target = CURVATURE @ best
    if kind == "L2":
        return np.linalg.solve(CURVATURE + 2 * strength * np.eye(2), target)
    w = best.copy()
    for _ in range(100):  # coordinate descent: each weight is exact for the other's value
        for k in (0, 1):
            pull = target[k] - CURVATURE[k, 1 - k] * w[1 - k]
            w[k] = np.sign(pull) * max(abs(pull) - strength, 0) / CURVATURE[k, k]
    return w


@cache
def regularization_path(kind: str, second: float) -> tuple[np.ndarray, np.ndarray]:
    """Return strengths, shape (49,), and the weights at each, shape (49, 2).

    Args:
        kind: "L1" or "L2".
        second: the second weight of the best fit.
    """
    strengths = np.linspace(0, STRONGEST, 49)
    best = np.array([FIRST, second])
    return strengths, np.array([penalized_minimum(kind, best, s) for s in strengths])


def draw_ball(kind: str, strength: float, second: float) -> Figure:
    """Draw the loss with the norm ball through the weights, and the weights at every strength.

    Args:
        kind: "L1" or "L2".
        strength: of the penalty, from 0 to `STRONGEST`.
        second: the second weight of the best fit.
    """
    figure, (left, right) = panels(2, height=3.9)
    best = np.array([FIRST, second])
    w = penalized_minimum(kind, best, strength)
    _draw_contours(left, best, w)
    _draw_outline(left, kind, w)
    left.plot(*best, "+", color=INK, markersize=11, markeredgewidth=1.8, gid="drag:second")
    left.plot(*w, "o", color=ORANGE, markersize=9, zorder=5)
    left.set_title(f"w = ({_written(w[0])}, {_written(w[1])})", color=ORANGE)

    strengths, weights = regularization_path(kind, second)
    for k, (name, color, dash) in enumerate((("w₁", BLUE, "-"), ("w₂", GREEN, (0, (4, 1.5))))):
        right.plot(strengths, weights[:, k], color=color, linestyle=dash)
        point: Look = {"color": color, "markersize": 8, "zorder": 4, "clip_on": False}
        right.plot([strength], [w[k]], "o", gid="drag:strength", **point)
        right.text(-0.12, weights[0, k], name, color=color, ha="right", va="center", weight="bold")
    right.plot([0, STRONGEST], [0, 0], color=INK, linewidth=1)
    right.set_xlim(-0.45, STRONGEST + 0.05)
    right.set_ylim(-0.8, 2.3)
    right.set_xticks([0, 0.6, 1.2, 1.8, 2.4])
    right.set_xlabel("strength λ")
    right.set_ylabel("weight")
    right.set_title(f"{kind} penalty", color=MUTED)
    figure.set_label(
        f"The loss is least at the weights ({FIRST:g}, {_written(second)}). With an {kind} penalty "
        f"of strength {strength:g}, loss and penalty together are least at ({_written(w[0])}, "
        f"{_written(w[1])})."
    )
    return figure


def _written(weight: float) -> str:
    """Return a weight with two decimals, or "0" for an exact zero."""
    return "0" if weight == 0 else minus(weight, 2)


def _draw_contours(axes: Axes, best: np.ndarray, w: np.ndarray) -> None:
    """Draw lines of equal loss: some in gray, the one through `w` in blue."""
    values, vectors = np.linalg.eigh(CURVATURE)
    circle = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
    for level in (0.1, 0.4, 0.9, 1.6, 2.5):
        ring = best + np.sqrt(2 * level / values) * circle @ vectors.T
        axes.plot(*ring.T, color=MUTED, linewidth=0.9, alpha=0.45)
    touching = best + np.sqrt(2 * loss(w, best) / values) * circle @ vectors.T
    axes.plot(*touching.T, color=BLUE, linewidth=1.8)
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.set_aspect("equal")
    axes.set_xlim(-2.3, 3.3)
    axes.set_ylim(-2.8, 2.8)
    axes.set_xlabel("first weight, w₁")
    axes.set_ylabel("second weight, w₂")


def _draw_outline(axes: Axes, kind: str, w: np.ndarray) -> None:
    """Fill the region in which the penalty is at most that of `w`: L1 a diamond, L2 a disk."""
    if kind == "L1":
        corners = np.sum(np.abs(w)) * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    else:
        corners = np.linalg.norm(w) * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
    axes.fill(*corners.T, facecolor=ORANGE, alpha=0.2)
    axes.plot(*np.append(corners, corners[:1], axis=0).T, color=ORANGE, linewidth=1.2)
