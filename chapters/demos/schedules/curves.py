"""Learning-rate schedules as curves: the rate as a function of the number of steps taken.

Steps count from 0, as in Keras; a step is an array of any shape, and the rates have that shape.
"""

from __future__ import annotations

import numpy as np


def stairs(step: np.ndarray, boundaries: tuple[int, ...], values: tuple[float, ...]) -> np.ndarray:
    """Return a constant rate between boundaries; at a boundary still the one before it.

    Args:
        step: steps taken.
        boundaries: the last steps of all rates but the last, increasing.
        values: the rates, one more than boundaries.
    """
    return np.array(values)[np.searchsorted(boundaries, step, side="left")]


def elapsed(step: np.ndarray, decay_steps: float, staircase: bool) -> np.ndarray:
    """Return how many times `decay_steps` have passed, in whole numbers for a staircase."""
    times = np.asarray(step) / decay_steps
    return np.floor(times) if staircase else times


def exponential(
    step: np.ndarray, initial: float, decay_steps: float, decay_rate: float, staircase: bool = False
) -> np.ndarray:
    """Return a rate that is multiplied by `decay_rate` in every `decay_steps` steps."""
    return initial * decay_rate ** elapsed(step, decay_steps, staircase)


def inverse(
    step: np.ndarray, initial: float, decay_steps: float, decay_rate: float, staircase: bool = False
) -> np.ndarray:
    """Return a rate that is divided by 1, then by more in proportion to the steps taken."""
    return initial / (1 + decay_rate * elapsed(step, decay_steps, staircase))


def polynomial(
    step: np.ndarray,
    initial: float,
    decay_steps: float,
    end: float,
    power: float,
    cycle: bool = False,
) -> np.ndarray:
    """Return a rate that falls to `end` in `decay_steps` steps along a power of what is left.

    With `cycle` it starts again, toward an end twice, three times … as far.
    """
    step = np.asarray(step, dtype=float)
    periods = np.maximum(1, np.ceil(step / decay_steps)) if cycle else np.ones_like(step)
    left = 1 - np.minimum(step / (periods * decay_steps), 1)
    return end + (initial - end) * left**power


def cosine(step: np.ndarray, initial: float, decay_steps: float, alpha: float = 0.0) -> np.ndarray:
    """Return a rate that falls to the fraction `alpha` of `initial` along half a cosine wave."""
    done = np.minimum(step, decay_steps) / decay_steps
    return initial * (alpha + (1 - alpha) * (1 + np.cos(np.pi * done)) / 2)


def restarts(
    step: np.ndarray,
    initial: float,
    first: float,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> np.ndarray:
    """Return a cosine that starts again.

    Args:
        step: steps taken.
        initial: rate at the start.
        first: steps until the first restart.
        t_mul: what the length of a period is multiplied by at a restart, >= 1.
        m_mul: what the height of a period is multiplied by at a restart.
        alpha: the least rate as a fraction of `initial`.
    """
    step = np.asarray(step, dtype=float)
    begin, length, height = np.zeros_like(step), np.full_like(step, first), np.ones_like(step)
    while np.any(over := step >= begin + length):
        begin, length, height = (
            np.where(over, begin + length, begin),
            np.where(over, length * t_mul, length),
            np.where(over, height * m_mul, height),
        )
    wave = height * (1 + np.cos(np.pi * (step - begin) / length)) / 2
    return initial * (alpha + (1 - alpha) * wave)


def hill(step: np.ndarray, total: float, peak: float, rise: float, low: float = 0.04) -> np.ndarray:
    """Return the rate of one cycle: in a straight line up to the peak, and in one down to zero.

    Args:
        step: steps taken.
        total: steps of the training.
        peak: the largest rate.
        rise: share of the steps on the way up, from 0 to below 1.
        low: rate at the start as a share of `peak`.
    """
    return np.interp(step, [0, max(rise * total, 1e-9), total], [low * peak, peak, 0])
