"""Learning-rate schedules as curves: the rate as a function of the number of steps taken.

Steps are counted from 0, as in Keras. Each function takes an array of steps of any shape and
returns the rates in the same shape.
"""

from __future__ import annotations

import numpy as np


def piecewise(
    step: np.ndarray, boundaries: tuple[int, ...], values: tuple[float, ...]
) -> np.ndarray:
    """Return rates that are constant between boundaries.

    Args:
        step: steps taken.
        boundaries: increasing; each is the last step of its rate.
        values: the rates, one more than there are boundaries.
    """
    return np.array(values)[np.searchsorted(boundaries, step, side="left")]


def elapsed(step: np.ndarray, decay_steps: float, staircase: bool) -> np.ndarray:
    """Return the number of times that `decay_steps` have passed, rounded down for a staircase."""
    times = np.asarray(step) / decay_steps
    return np.floor(times) if staircase else times


def exponential(
    step: np.ndarray, initial: float, decay_steps: float, decay_rate: float, staircase: bool = False
) -> np.ndarray:
    """Return a rate that falls by the factor `decay_rate` in every `decay_steps` steps."""
    return initial * decay_rate ** elapsed(step, decay_steps, staircase)


def inverse_time(
    step: np.ndarray, initial: float, decay_steps: float, decay_rate: float, staircase: bool = False
) -> np.ndarray:
    """Return a rate whose inverse grows linearly with the steps taken."""
    return initial / (1 + decay_rate * elapsed(step, decay_steps, staircase))


def polynomial(
    step: np.ndarray,
    initial: float,
    decay_steps: float,
    end: float,
    power: float,
    cycle: bool = False,
) -> np.ndarray:
    """Return a rate that falls to `end` in `decay_steps` steps, along a power of the steps left.

    With `cycle` the curve is stretched whenever the rate has reached `end`, so that it reaches
    `end` again at two, three, … times `decay_steps`.
    """
    step = np.asarray(step, dtype=float)
    periods = np.maximum(1, np.ceil(step / decay_steps)) if cycle else np.ones_like(step)
    left = 1 - np.minimum(step / (periods * decay_steps), 1)
    return end + (initial - end) * left**power


def cosine(step: np.ndarray, initial: float, decay_steps: float, alpha: float = 0.0) -> np.ndarray:
    """Return a rate that falls to the fraction `alpha` of `initial` along half a cosine wave."""
    done = np.minimum(step, decay_steps) / decay_steps
    return initial * (alpha + (1 - alpha) * (1 + np.cos(np.pi * done)) / 2)


def cosine_restarts(
    step: np.ndarray,
    initial: float,
    first: float,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> np.ndarray:
    """Return a rate that falls along a cosine and restarts.

    Args:
        step: steps taken.
        initial: rate at the start.
        first: steps until the first restart.
        t_mul: factor of the length of a period at each restart, >= 1.
        m_mul: factor of the height of a period at each restart.
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


def slanted_triangle(
    step: np.ndarray, total: float, peak: float, rise: float, low: float = 0.04
) -> np.ndarray:
    """Return a rate that rises linearly to its peak and then falls linearly to zero.

    Args:
        step: steps taken.
        total: steps of the training.
        peak: the largest rate.
        rise: share of the steps before the peak, from 0 to below 1.
        low: rate at the start as a fraction of `peak`.
    """
    return np.interp(step, [0, max(rise * total, 1e-9), total], [low * peak, peak, 0])
