"""The nine optimizers of the chapter in the form of Keras 3, each as a rule for its next move.

A rule sees a gradient and its own memory, and says where to go for a learning rate of 1.
Keras's moves are all proportional to the learning rate as long as that stays the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Memory = tuple[Any, ...]  # numbers at the start, then arrays of the shape of the gradient
Rule = Callable[[np.ndarray, Memory, int], tuple[np.ndarray, Memory]]

EPSILON = 1e-7  # in all of Keras
BETA_1, BETA_2 = 0.9, 0.999
RHO = 0.9  # RMSProp
RHO_DELTA = 0.95  # AdaDelta


@dataclass(frozen=True)
class Optimizer:
    """One member of the family.

    Attributes:
        name: as its paper writes it.
        changes: "gradient", "step" or "both"; plain descent, which changes neither, leads the
            first group.
        rule: from a gradient, the memory and the number of the step (from 1), the move for a
            learning rate of 1 and the new memory.
        memory: what the memory holds before the first step.
    """

    name: str
    changes: str
    rule: Rule
    memory: Memory = ()


def _plain(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    return -g, memory


def _rolling(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    m = BETA_1 * memory[0] - g
    return m, (m,)


def _looking_ahead(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    m = BETA_1 * memory[0] - g
    return BETA_1 * m - g, (m,)


def _summing(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    total = memory[0] + g**2
    return -g / np.sqrt(total + EPSILON), (total,)


def _averaging(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    v = RHO * memory[0] + (1 - RHO) * g**2
    return -g / np.sqrt(v + EPSILON), (v,)


def _matching_units(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    v = RHO_DELTA * memory[0] + (1 - RHO_DELTA) * g**2
    move = -np.sqrt(memory[1] + EPSILON) / np.sqrt(v + EPSILON) * g
    return move, (v, RHO_DELTA * memory[1] + (1 - RHO_DELTA) * move**2)


def _averages(g: np.ndarray, memory: Memory) -> tuple[np.ndarray, np.ndarray]:
    return BETA_1 * memory[0] + (1 - BETA_1) * g, BETA_2 * memory[1] + (1 - BETA_2) * g**2


def _both(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    m, v = _averages(g, memory)
    warm = np.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
    return -warm * m / (np.sqrt(v) + EPSILON), (m, v)


def _remembering_the_largest(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    m, v = _averages(g, memory)
    largest = np.maximum(memory[2], v)
    warm = np.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
    return -warm * m / (np.sqrt(largest) + EPSILON), (m, v, largest)


def _both_looking_ahead(g: np.ndarray, memory: Memory, t: int) -> tuple[np.ndarray, Memory]:
    m, v = _averages(g, memory)
    now, following = (BETA_1 * (1 - 0.5 * 0.96**step) for step in (t, t + 1))
    product = memory[2] * now
    ahead = following * m / (1 - product * following) + (1 - now) * g / (1 - product)
    return -ahead / (np.sqrt(v / (1 - BETA_2**t)) + EPSILON), (m, v, product)


FAMILY = (
    Optimizer("SGD", "gradient", _plain),
    Optimizer("Momentum", "gradient", _rolling, (0.0,)),
    Optimizer("NAG", "gradient", _looking_ahead, (0.0,)),
    Optimizer("AdaGrad", "step", _summing, (0.1,)),
    Optimizer("RMSProp", "step", _averaging, (0.0,)),
    Optimizer("AdaDelta", "step", _matching_units, (0.0, 0.0)),
    Optimizer("Adam", "both", _both, (0.0, 0.0)),
    Optimizer("AMSGrad", "both", _remembering_the_largest, (0.0, 0.0, 0.0)),
    Optimizer("Nadam", "both", _both_looking_ahead, (0.0, 0.0, 1.0)),
)


def member(name: str) -> Optimizer:
    """Return the optimizer of this name."""
    return next(optimizer for optimizer in FAMILY if optimizer.name == name)


def walk_down(
    optimizer: Optimizer,
    gradient: Callable[[np.ndarray, int], np.ndarray],
    start: np.ndarray,
    learning_rate: float | np.ndarray,
    steps: int,
) -> np.ndarray:
    """Return the points that an optimizer visits.

    Args:
        optimizer: a member of the family.
        gradient: of the loss at a point, in step `t` (from 1), of the shape of `start`.
        start: where it begins, any shape.
        learning_rate: a number, or an array that broadcasts against `start`: several runs at once.
        steps: number of steps, >= 0.

    Returns:
        Points of shape (steps + 1, *start.shape); a run that diverges ends in inf or nan.
    """
    points, memory = [start], optimizer.memory
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, steps + 1):
            move, memory = optimizer.rule(gradient(points[-1], t), memory, t)
            points.append(points[-1] + learning_rate * move)
    return np.array(points)
