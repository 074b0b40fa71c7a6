"""The network that reads digits, trained with a learning rate of its own at every step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import DTypeLike

from . import images
from .network import DIGIT_NETWORK
from .optimizers import BETA_1, named

BATCH = 32
EPOCH = images.TRAINING // BATCH  # steps in an epoch: 32
SEEDS = (1, 2, 3)
RATES = 10.0 ** np.arange(-4, 2.1, 0.5)  # constant ones to compare, shape (13,)
EPOCHS = 10  # of a training at one of them


@dataclass(frozen=True)
class Losses:
    """Mean cross-entropy in nats of several networks, shape (number of points, r)."""

    batches: np.ndarray  # of each batch, before the step that it makes
    validation: np.ndarray  # after each epoch


Momenta = np.ndarray | float | None  # of each step, of all, or as in `optimizers`


def train(
    name: str,
    rates: np.ndarray,
    seed: int,
    momenta: Momenta = BETA_1,
    dtype: DTypeLike = np.float32,
    size: int = BATCH,
) -> Losses:
    """Train several networks side by side, with the same first parameters and batches.

    Args:
        name: of the optimizer.
        rates: learning rate of each step and network, shape (steps, r), whole epochs.
        seed: decides the first parameters and the order of the pictures.
        momenta: of "Momentum": a number, or one for each step, shape (steps,); or None for the
            rule of `optimizers`, which is right if the rates are constant.
        dtype: of all parameters.
        size: pictures in a batch, a divisor of the number of training pictures.

    Returns:
        The losses, infinite where a network diverged.
    """
    x, y, x_new, y_new = images.digits()
    random, optimizer, state = np.random.default_rng(seed), named(name), named(name).state
    w = np.tile(DIGIT_NETWORK.first_parameters([seed], dtype=dtype), (rates.shape[1], 1))
    y, y_new = images.one_hot(y, w.dtype), images.one_hot(y_new, w.dtype)
    betas = None
    if name == "Momentum" and momenta is not None:
        betas = np.broadcast_to(np.asarray(momenta, dtype=w.dtype), len(rates))
    epoch, batches, validation = len(x) // size, [], []
    with np.errstate(all="ignore"):
        for step, rate in enumerate(rates.astype(w.dtype)[:, :, None]):
            if step % epoch == 0:
                order = random.permutation(len(x))
            batch = order[step % epoch * size :][:size]
            loss, gradient, _ = DIGIT_NETWORK.loss_and_gradient(w, x[batch], y[batch])
            batches.append(loss)
            if betas is None:
                update, state = optimizer.rule(gradient, state, step + 1)
                w = w + rate * update
            else:  # the velocity of Momentum contains the rates of the past
                velocity = betas[step] * state[0] - rate * gradient
                w, state = w + velocity, (velocity,)
            if step % epoch == epoch - 1:
                validation.append(DIGIT_NETWORK.mean_loss(w, x_new, y_new))
    return Losses(*(np.nan_to_num(np.array(loss), nan=np.inf) for loss in (batches, validation)))


def mean_losses(
    name: str,
    rates: np.ndarray,
    momenta: Momenta = BETA_1,
    seeds: Iterable[int] = SEEDS,
    dtype: DTypeLike = np.float32,
) -> Losses:
    """Return the losses of several networks, the means over some seeds.

    The other arguments are those of `train`.
    """
    runs = [train(name, rates, seed, momenta, dtype) for seed in seeds]
    return Losses(
        np.mean([run.batches for run in runs], axis=0),
        np.mean([run.validation for run in runs], axis=0),
    )


def validation_losses(name: str, rates: np.ndarray, momenta: Momenta = BETA_1) -> np.ndarray:
    """Return the validation loss after each epoch, the mean over `SEEDS`, shape (epochs, r).

    The arguments are those of `train`.
    """
    return mean_losses(name, rates, momenta).validation


@cache
def constant_rate_losses(name: str) -> np.ndarray:
    """Return the validation loss after each epoch at each of `RATES`, shape (EPOCHS, 13).

    Args:
        name: of the optimizer.
    """
    return validation_losses(name, np.tile(RATES, (EPOCHS * EPOCH, 1)), momenta=None)
