"""Networks of dense layers: their first parameters, the forward pass, and the gradient.

Networks that share an architecture run side by side, so that a comparison of learning rates or
seeds takes seconds. The parameters of `r` networks are the rows of one array, shape (r, size).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from .functions import logistic, probabilities_and_logs

ROWS = 32  # of a matrix product that is computed at once
LEAST = 1e-7  # probability that the cross-entropy of Keras takes a smaller one for


class Forward(NamedTuple):
    """What a forward pass computes, for `r` networks and `n` examples."""

    inputs: list[np.ndarray]  # of each layer: the examples, then the outputs of each hidden layer
    slopes: list[np.ndarray]  # derivatives of the hidden outputs by their pre-activations
    logits: np.ndarray  # shape (r, n, K)


@dataclass(frozen=True)
class Network:
    """An architecture.

    Attributes:
        layers: number of inputs, of the units in each hidden layer, and of the K outputs.
        activation: of the hidden layers: "relu", "tanh" or "sigmoid".
        negative_slope: slope of a "relu" below 0, from 0 to 1; above 0 the ReLU is leaky.
    """

    layers: tuple[int, ...]
    activation: str = "relu"
    negative_slope: float = 0.0

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """The shapes of the weights and biases, layer by layer."""
        return [
            shape for rows, units in pairwise(self.layers) for shape in ((rows, units), (1, units))
        ]

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(rows * columns for rows, columns in self.shapes)

    def split_parameters(self, w: np.ndarray) -> list[np.ndarray]:
        """Return weights and biases in turn, each of shape (r, rows, units), as views of `w`.

        Args:
            w: parameters, shape (r, size).
        """
        ends = np.cumsum([rows * columns for rows, columns in self.shapes])
        parts = np.split(w, ends[:-1], axis=-1)
        return [part.reshape(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def first_parameters(
        self,
        seeds: Sequence[int],
        initializer: str = "glorot_normal",
        scale: float = 1.0,
        bias: float = 0.0,
        dtype: DTypeLike = np.float64,
    ) -> np.ndarray:
        """Return the parameters of an untrained network for each seed, shape (r, size).

        Args:
            seeds: one for each network.
            initializer: of the hidden layers: "glorot_normal" or "he_normal"; the last layer is
                always initialized by "glorot_normal".
            scale: multiplies the weights of the hidden layers.
            bias: the biases of the hidden layers; those of the last layer are 0.
            dtype: in which the networks compute.
        """
        w: np.ndarray = np.zeros((len(seeds), self.size), dtype=dtype)
        for row, seed in zip(w, seeds, strict=True):
            random = np.random.default_rng(seed)
            parts = [part[0] for part in self.split_parameters(row[None])]
            for weights, biases in zip(parts[:-2:2], parts[1:-2:2], strict=True):
                fans = weights.shape[0] if initializer == "he_normal" else sum(weights.shape)
                weights[:] = random.standard_normal(weights.shape) * np.sqrt(2 / fans) * scale
                biases[:] = bias
            last = parts[-2]
            last[:] = random.standard_normal(last.shape) * np.sqrt(2 / sum(last.shape))
        return w

    def forward(
        self, w: np.ndarray, x: np.ndarray, masks: Sequence[np.ndarray] | None = None
    ) -> Forward:
        """Run the forward pass.

        Args:
            w: parameters, shape (r, size).
            x: examples, shape (n, inputs), or different ones for each network, (r, n, inputs).
            masks: factors by which dropout multiplies the outputs of each hidden layer, each of
                shape (r, n, units); None for no dropout.
        """
        *hidden, last, last_bias = self.split_parameters(w)
        inputs, slopes = [x], []
        for place, (weights, bias) in enumerate(zip(hidden[::2], hidden[1::2], strict=True)):
            output, slope = self._activate(_product(inputs[-1], weights) + bias)
            if masks:
                output, slope = output * masks[place], slope * masks[place]
            inputs.append(output)
            slopes.append(slope)
        return Forward(inputs, slopes, _product(inputs[-1], last) + last_bias)

    def _activate(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the activation of `z` and its derivative, both of the shape and type of `z`."""
        if self.activation == "relu":
            output, slope = np.maximum(z, 0), (z > 0).astype(z.dtype)
            if self.negative_slope:
                output += self.negative_slope * np.minimum(z, 0)
                slope = np.maximum(slope, self.negative_slope)
            return output, slope
        if self.activation == "tanh":
            output = np.tanh(z)
            return output, 1 - output**2
        output = logistic(z).astype(z.dtype)
        return output, output * (1 - output)

    def backward(self, w: np.ndarray, forward: Forward, slopes: np.ndarray) -> np.ndarray:
        """Return the gradient of a loss by all parameters, shape (r, size).

        Args:
            w: parameters, shape (r, size).
            forward: the forward pass with these parameters.
            slopes: derivatives of the loss by the logits, shape (r, n, K).
        """
        weights = self.split_parameters(w)[::2]
        parts: list[np.ndarray] = []  # of the gradient, from the first layer to the last
        for layer in reversed(range(len(weights))):
            of_weights = forward.inputs[layer].swapaxes(-1, -2) @ slopes
            parts = [of_weights, slopes.sum(axis=1), *parts]
            if layer:
                slopes = (slopes @ weights[layer].swapaxes(1, 2)) * forward.slopes[layer - 1]
        return np.concatenate([part.reshape(len(w), -1) for part in parts], axis=1)

    def loss_and_gradient(
        self,
        w: np.ndarray,
        x: np.ndarray,
        y: np.ndarray,
        head: str = "softmax",
        masks: Sequence[np.ndarray] | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the mean loss on some examples, its gradient, and the logits.

        Args:
            w: parameters, shape (r, size).
            x: as for `forward`.
            y: one-hot labels, shape (n, K) or (r, n, K).
            head: as for `losses_and_slopes`.
            masks: as for `forward`.

        Returns:
            Shapes (r,), (r, size) and (r, n, K).
        """
        forward = self.forward(w, x, masks)
        losses, slopes = losses_and_slopes(forward.logits, y, head)
        gradient = self.backward(w, forward, slopes / x.shape[-2])
        return losses.mean(axis=-1), gradient, forward.logits

    def mean_loss(self, w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the mean cross-entropy in nats, shape (r,).

        Args:
            w: parameters, shape (r, size).
            x: as for `forward`.
            y: one-hot labels, shape (n, K) or (r, n, K).
        """
        return losses_and_slopes(self.forward(w, x).logits, y)[0].mean(axis=-1)


DIGIT_NETWORK = Network((64, 32, 10))  # reads the digits of chapters 3 to 6


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return `a @ b`, in pieces that are too small for BLAS to start threads.

    For matrices of this size, threads spend most of their time waiting for each other.
    """
    if a.shape[-2] <= ROWS:
        return a @ b
    starts = range(0, a.shape[-2], ROWS)
    return np.concatenate([a[..., i : i + ROWS, :] @ b for i in starts], axis=-2)


def losses_and_slopes(
    logits: np.ndarray, y: np.ndarray, head: str = "softmax"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of each example and its derivatives by the logits.

    Args:
        logits: outputs of the last layer, shape (r, n, K).
        y: one-hot labels of the same type, shape (n, K) or (r, n, K).
        head: "softmax" with cross-entropy, "sigmoid" with binary cross-entropy, "linear" with
            squared error, or "logits taken for probabilities": the cross-entropy of Keras with
            `from_logits=False`, which limits each number to [`LEAST`, 1 - `LEAST`] and divides it
            by the sum of all, here with logits.

    Returns:
        Shapes (r, n) and (r, n, K). "sigmoid" and "linear" take the mean over the K outputs, as
        Keras does.
    """
    if head == "linear":
        return np.mean((logits - y) ** 2, axis=-1), 2 * (logits - y) / y.shape[-1]
    if head == "sigmoid":
        losses = np.logaddexp(0, logits) - y * logits
        return losses.mean(axis=-1), (logistic(logits) - y) / y.shape[-1]
    if head == "softmax":
        p, logs = probabilities_and_logs(logits)
        return -np.sum(y * logs, axis=-1), p - y
    limited = np.clip(logits, LEAST, 1 - LEAST)
    total = limited.sum(axis=-1, keepdims=True)
    losses = np.sum(y * np.log(total / limited), axis=-1)
    return losses, (limited == logits) * (1 / total - y / limited)
