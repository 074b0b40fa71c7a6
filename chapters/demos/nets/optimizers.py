"""The nine optimizers of chapter 3 in the form of Keras 3, each as a rule for its update.

A rule takes a gradient and the optimizer's state, and returns the update for a learning rate of 1
and the new state. In Keras the update is proportional to the learning rate, as long as the rate
stays the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

State = tuple[Any, ...]  # numbers at the start, then arrays of the shape of the gradient
Rule = Callable[[np.ndarray, State, int], tuple[np.ndarray, State]]

EPSILON = 1e-7  # of all optimizers in Keras
BETA_1, BETA_2 = 0.9, 0.999
RHO = 0.9  # of RMSProp
RHO_ADADELTA = 0.95


@dataclass(frozen=True)
class Optimizer:
    """An optimizer.

    Attributes:
        name: as in its paper.
        changes: the part of plain gradient descent that it changes: "gradient", "step" or "both".
            SGD changes neither and counts as "gradient".
        rule: from the gradient, the state and the number of the step (from 1), the update for a
            learning rate of 1 and the new state.
        state: before the first step.
    """

    name: str
    changes: str
    rule: Rule
    state: State = ()


def _sgd(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    return -g, state


def _momentum(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    m = BETA_1 * state[0] - g
    return m, (m,)


def _nag(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    m = BETA_1 * state[0] - g
    return BETA_1 * m - g, (m,)


def _adagrad(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    total = state[0] + g**2
    return -g / np.sqrt(total + EPSILON), (total,)


def _rmsprop(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    v = RHO * state[0] + (1 - RHO) * g**2
    return -g / np.sqrt(v + EPSILON), (v,)


def _adadelta(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    v = RHO_ADADELTA * state[0] + (1 - RHO_ADADELTA) * g**2
    update = -np.sqrt(state[1] + EPSILON) / np.sqrt(v + EPSILON) * g
    return update, (v, RHO_ADADELTA * state[1] + (1 - RHO_ADADELTA) * update**2)


def _adam_averages(g: np.ndarray, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Return the moving averages of the gradient and of its square."""
    return BETA_1 * state[0] + (1 - BETA_1) * g, BETA_2 * state[1] + (1 - BETA_2) * g**2


def _bias_correction(t: int) -> np.floating:
    """Return the factor that corrects Adam's step for averages that start at zero."""
    return np.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)


def _adam(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    m, v = _adam_averages(g, state)
    return -_bias_correction(t) * m / (np.sqrt(v) + EPSILON), (m, v)


def _amsgrad(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    m, v = _adam_averages(g, state)
    largest = np.maximum(state[2], v)
    return -_bias_correction(t) * m / (np.sqrt(largest) + EPSILON), (m, v, largest)


def _nadam(g: np.ndarray, state: State, t: int) -> tuple[np.ndarray, State]:
    m, v = _adam_averages(g, state)
    # The momentum of this step and of the next one, and the product of all so far.
    now, following = (BETA_1 * (1 - 0.5 * 0.96**step) for step in (t, t + 1))
    product = state[2] * now
    ahead = following * m / (1 - product * following) + (1 - now) * g / (1 - product)
    return -ahead / (np.sqrt(v / (1 - BETA_2**t)) + EPSILON), (m, v, product)


OPTIMIZERS = (
    Optimizer("SGD", "gradient", _sgd),
    Optimizer("Momentum", "gradient", _momentum, (0.0,)),
    Optimizer("NAG", "gradient", _nag, (0.0,)),
    Optimizer("AdaGrad", "step", _adagrad, (0.1,)),
    Optimizer("RMSProp", "step", _rmsprop, (0.0,)),
    Optimizer("AdaDelta", "step", _adadelta, (0.0, 0.0)),
    Optimizer("Adam", "both", _adam, (0.0, 0.0)),
    Optimizer("AMSGrad", "both", _amsgrad, (0.0, 0.0, 0.0)),
    Optimizer("Nadam", "both", _nadam, (0.0, 0.0, 1.0)),
)


def named(name: str) -> Optimizer:
    """Return the optimizer of this name."""
    return next(optimizer for optimizer in OPTIMIZERS if optimizer.name == name)


def descend(
    optimizer: Optimizer,
    gradient: Callable[[np.ndarray, int], np.ndarray],
    start: np.ndarray,
    learning_rate: float | np.ndarray,
    steps: int,
) -> np.ndarray:
    """Return the points that an optimizer visits.

    Args:
        optimizer: one of `OPTIMIZERS`.
        gradient: function of a point and the number of the step (from 1); it returns the gradient
            of the loss, of the shape of `start`.
        start: the first point, any shape.
        learning_rate: a number, or an array that broadcasts against `start` for several runs.
        steps: number of steps, >= 0.

    Returns:
        Points of shape (steps + 1, *start.shape); a run that diverges ends in inf or nan.
    """
    points, state = [start], optimizer.state
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, steps + 1):
            update, state = optimizer.rule(gradient(points[-1], t), state, t)
            points.append(points[-1] + learning_rate * update)
    return np.array(points)
