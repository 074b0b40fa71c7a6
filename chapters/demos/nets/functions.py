"""The logistic function and the functions behind a softmax, which many demos compute with.

The exercises ask for `sigmoid` and `softmax`, so these functions have other names.
"""

from __future__ import annotations

import numpy as np


def logistic(z: float | np.ndarray) -> np.ndarray:
    """Return the sigmoid of numbers, 1 / (1 + exp(-z)), of the shape of `z`."""
    return 1 / (1 + np.exp(-np.maximum(z, -700.0)))  # exp(710) would overflow


def logistic_slope(z: float | np.ndarray) -> np.ndarray:
    """Return the derivative of `logistic`, p (1 - p), of the shape of `z`."""
    p = logistic(z)
    return p * (1 - p)


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis, of the shape of `logits`, (..., K)."""
    return probabilities_and_logs(logits)[0]


def probabilities_and_logs(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the softmax over the last axis and its logarithm, both of the shape of `logits`.

    The logarithm stays finite where the probability underflows to 0.
    """
    z = logits - logits.max(axis=-1, keepdims=True)
    exponentials = np.exp(z)
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / total, z - np.log(total)
