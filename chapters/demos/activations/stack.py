"""Networks of many equal layers that read digits, trained side by side.

A layer computes f(x W + b). It may normalize its input first, which is layer normalization without
learned parameters, and it may add its input to its output, which is a residual connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from ..nets import images
from ..nets.network import losses_and_slopes
from .functions import ACTIVATIONS

UNITS = 64  # in each layer, as many as a picture has pixels
EPSILON = 0.001  # is added to the variance, as in Keras
BATCH, EPOCHS = 64, 3


@dataclass(frozen=True)
class Design:
    """How the layers of a network are built.

    Attributes:
        normalizes: whether each layer, and the last one, gets a normalized input.
        skips: whether each layer adds its input to its output.
        activation: a name of `ACTIVATIONS`.
    """

    normalizes: bool = False
    skips: bool = False
    activation: str = "ReLU"


class Parameters(NamedTuple):
    """The parameters of `r` networks, or their gradients."""

    weights: list[np.ndarray]  # of each layer, shape (r, UNITS, UNITS)
    biases: list[np.ndarray]  # of each layer, shape (r, 1, UNITS)
    last: np.ndarray  # shape (r, UNITS, 10)
    last_bias: np.ndarray  # shape (r, 1, 10)


class Kept(NamedTuple):
    """What the backward pass needs of a layer, each of shape (r, n, UNITS) but the last."""

    inputs: np.ndarray  # of its weights
    slopes: np.ndarray
    deviation: np.ndarray | None  # that the input was divided by, shape (r, n, 1)


class Forward(NamedTuple):
    """The result of a forward pass."""

    layers: list[Kept]
    values: list[np.ndarray]  # the pictures and the outputs of each layer, shape (r, n, UNITS)
    end: Kept  # the input of the last layer
    logits: np.ndarray  # shape (r, n, 10)


def first_parameters(depth: int, scales: Sequence[float], seeds: Sequence[int]) -> Parameters:
    """Return the parameters of an untrained network for each scale and its seed.

    Args:
        depth: number of layers before the last one.
        scales: of each network; the weights have the standard deviation scale / sqrt(UNITS).
        seeds: of each network.
    """
    random = [np.random.default_rng(seed) for seed in seeds]
    factors = np.asarray(scales, dtype=np.float32)[:, None, None] / np.sqrt(np.float32(UNITS))
    weights = [factors * _normal(random, UNITS) for _ in range(depth)]
    biases = [np.zeros((len(seeds), 1, UNITS), np.float32) for _ in range(depth)]
    last = _normal(random, images.CLASSES) * np.float32(np.sqrt(2 / (UNITS + images.CLASSES)))
    return Parameters(weights, biases, last, np.zeros((len(seeds), 1, images.CLASSES), np.float32))


def _normal(random: list[np.random.Generator], columns: int) -> np.ndarray:
    """Return standard normal numbers of each generator, shape (r, UNITS, columns)."""
    return np.stack([r.standard_normal((UNITS, columns)) for r in random]).astype(np.float32)


def normalized(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the last axis of `x` with mean 0 and variance 1, and the standard deviations."""
    centered = x - x.mean(axis=-1, keepdims=True)
    deviation = np.sqrt(np.mean(centered**2, axis=-1, keepdims=True) + EPSILON)
    return centered / deviation, deviation


def _through_normalization(g: np.ndarray, output: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Return the gradient in the input of `normalized` from that in its output."""
    along = output * np.mean(g * output, axis=-1, keepdims=True)
    return (g - g.mean(axis=-1, keepdims=True) - along) / deviation


def forward(p: Parameters, x: np.ndarray, design: Design) -> Forward:
    """Run the forward pass of `r` networks for pictures of shape (n, UNITS)."""
    f = ACTIVATIONS[design.activation]
    value = np.broadcast_to(x, (len(p.last), *x.shape))
    layers, values = [], [value]
    for weights, bias in zip(p.weights, p.biases, strict=True):
        inputs, deviation = normalized(value) if design.normalizes else (value, None)
        z = inputs @ weights + bias
        layers.append(Kept(inputs, f.derivative(z, f.parameter).astype(z.dtype), deviation))
        output = f.function(z, f.parameter)
        value = value + output if design.skips else output
        values.append(value)
    inputs, deviation = normalized(value) if design.normalizes else (value, None)
    end = Kept(inputs, np.ones_like(inputs), deviation)
    return Forward(layers, values, end, inputs @ p.last + p.last_bias)


def backward(
    p: Parameters, forward: Forward, slopes: np.ndarray, design: Design
) -> tuple[Parameters, list[np.ndarray]]:
    """Return the gradient in the parameters, and that in the values of each layer.

    Args:
        p: the parameters.
        forward: the forward pass with them.
        slopes: of the loss in the logits, shape (r, n, 10).
        design: of the networks.

    Returns:
        The gradient in the parameters, and that in `forward.values`.
    """
    of_last = forward.end.inputs.swapaxes(1, 2) @ slopes
    g = _back(slopes @ p.last.swapaxes(1, 2), forward.end)
    of_weights, of_biases, of_values = [], [], [g]
    for weights, kept in zip(p.weights[::-1], forward.layers[::-1], strict=True):
        of_sums = g * kept.slopes
        of_weights.append(kept.inputs.swapaxes(1, 2) @ of_sums)
        of_biases.append(of_sums.sum(axis=1, keepdims=True))
        branch = _back(of_sums @ weights.swapaxes(1, 2), kept)
        g = g + branch if design.skips else branch
        of_values.append(g)
    of_last_bias = slopes.sum(axis=1, keepdims=True)
    gradient = Parameters(of_weights[::-1], of_biases[::-1], of_last, of_last_bias)
    return gradient, of_values[::-1]


def _back(g: np.ndarray, kept: Kept) -> np.ndarray:
    """Return a gradient in the input of a layer before its normalization, if it has one."""
    if kept.deviation is None:
        return g
    return _through_normalization(g, kept.inputs, kept.deviation)


@cache
def pictures() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return `images.digits()`, with pixels that have mean 0 and variance 1 over all pictures."""
    x, y, x_new, y_new = images.digits()
    mean, deviation = x.mean(), x.std()
    return (x - mean) / deviation, y, (x_new - mean) / deviation, y_new


def train(
    design: Design, depth: int, scales: Sequence[float], seeds: Sequence[int], rate: float
) -> np.ndarray:
    """Train networks by SGD for `EPOCHS` epochs.

    Args:
        design: of all networks.
        depth: number of layers before the last one.
        scales: of the weights, one for each network, as for `first_parameters`.
        seeds: of each network.
        rate: the learning rate.

    Returns:
        The share of the validation pictures that each network reads correctly, shape (r,). A
        network that diverged guesses.
    """
    x, labels, x_new, y_new = pictures()
    y, random = images.one_hot(labels, np.float32), np.random.default_rng(1)
    p = first_parameters(depth, scales, seeds)
    with np.errstate(all="ignore"):
        for _ in range(EPOCHS):
            order = random.permutation(len(x))
            for begin in range(0, len(x), BATCH):
                batch = order[begin : begin + BATCH]
                now = forward(p, x[batch], design)
                if not np.any(np.isfinite(now.logits)):
                    break  # Nothing brings a network back that has diverged.
                slopes = losses_and_slopes(now.logits, y[batch])[1] / len(batch)
                p = _step(p, backward(p, now, slopes, design)[0], rate)
        logits = forward(p, x_new, design).logits
    return np.mean(np.nan_to_num(logits).argmax(axis=-1) == y_new, axis=1)


def _step(p: Parameters, gradient: Parameters, rate: float) -> Parameters:
    """Return the parameters after a step of SGD."""
    weights = [w - rate * g for w, g in zip(p.weights, gradient.weights, strict=True)]
    biases = [b - rate * g for b, g in zip(p.biases, gradient.biases, strict=True)]
    last = p.last - rate * gradient.last
    return Parameters(weights, biases, last, p.last_bias - rate * gradient.last_bias)
