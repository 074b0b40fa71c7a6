"""The network that reads digits, trained with a learning rate of its own in every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import digits
from .optimizers import BETA_1, Memory, member

BATCH = 32
EPOCH = digits.TRAINING // BATCH  # steps in an epoch: 32
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Losses:
    """Mean cross-entropy in nats of several networks, shape (number of points, r)."""

    batches: np.ndarray  # of each batch, before the step that it makes
    validation: np.ndarray  # after each epoch


def train(name: str, rates: np.ndarray, seed: int, momenta: np.ndarray | float = BETA_1) -> Losses:
    """Train several networks side by side, all from one start and on the same batches.

    Args:
        name: of the optimizer.
        rates: learning rate of each step and network, shape (steps, r), whole epochs.
        seed: of the first weights and of the order of the pictures.
        momenta: of Momentum, a number or one for each step, shape (steps,).

    Returns:
        The losses; infinite where a network diverged.
    """
    x, y, x_new, y_new = digits.pictures()
    random, memory = np.random.default_rng(seed), member(name).memory
    w = np.tile(digits.untrained(seed), (rates.shape[1], 1))
    beta = np.broadcast_to(np.asarray(momenta, dtype=w.dtype), len(rates))
    batches, validation = [], []
    with np.errstate(all="ignore"):
        for step, rate in enumerate(rates.astype(w.dtype)[:, :, None]):
            if step % EPOCH == 0:
                order = random.permutation(len(x))
            batch = order[step % EPOCH * BATCH :][:BATCH]
            batches.append(digits.mean_loss(w, x[batch], y[batch]))
            g = digits.slope(w, x[batch], y[batch])
            move, memory = _move(name, g, memory, rate, beta[step], step + 1)
            w = w + move
            if step % EPOCH == EPOCH - 1:
                validation.append(digits.mean_loss(w, x_new, y_new))
    return Losses(*(np.nan_to_num(np.array(loss), nan=np.inf) for loss in (batches, validation)))


def _move(
    name: str, g: np.ndarray, memory: Memory, rate: np.ndarray, beta: float, t: int
) -> tuple[np.ndarray, Memory]:
    """Return where to go, and the new memory; Momentum remembers rates, the others none."""
    if name == "Momentum":
        velocity = beta * memory[0] - rate * g
        return velocity, (velocity,)
    move, memory = member(name).rule(g, memory, t)
    return rate * move, memory


def validated(name: str, rates: np.ndarray, momenta: np.ndarray | float = BETA_1) -> np.ndarray:
    """Return the validation loss after each epoch, the mean over `SEEDS`, shape (epochs, r)."""
    return np.mean([train(name, rates, seed, momenta).validation for seed in SEEDS], axis=0)
