"""Keras's counterparts of what the demos compute in NumPy."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from demos.nets.network import DIGIT_NETWORK


def keras_optimizer(name: str, learning_rate: Any, **settings: Any) -> keras.optimizers.Optimizer:
    """Return the optimizer of Keras that chapter 3 names for one of `optimizers.OPTIMIZERS`."""
    kinds: dict[str, tuple[type[keras.optimizers.Optimizer], dict[str, Any]]] = {
        "SGD": (keras.optimizers.SGD, {}),
        "Momentum": (keras.optimizers.SGD, {"momentum": 0.9}),
        "NAG": (keras.optimizers.SGD, {"momentum": 0.9, "nesterov": True}),
        "AdaGrad": (keras.optimizers.Adagrad, {}),
        "RMSProp": (keras.optimizers.RMSprop, {}),
        "AdaDelta": (keras.optimizers.Adadelta, {}),
        "Adam": (keras.optimizers.Adam, {}),
        "AMSGrad": (keras.optimizers.Adam, {"amsgrad": True}),
        "Nadam": (keras.optimizers.Nadam, {}),
    }
    kind, own = kinds[name]
    return kind(learning_rate, **own, **settings)


def keras_digit_network(seed: int) -> keras.Sequential:
    """Return the network that reads digits as a model of Keras, which returns logits.

    Args:
        seed: of the first parameters of `DIGIT_NETWORK`.
    """
    layers = [keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((64,)), *layers])
    model.set_weights(keras_weights(DIGIT_NETWORK, DIGIT_NETWORK.first_parameters([seed])))
    return model


def keras_weights(network: Any, w: np.ndarray) -> list[np.ndarray]:
    """Return the parameters of one network, shape (1, size), as `set_weights` takes them."""
    parts = [part[0] for part in network.split_parameters(w)]
    return [part[0] if place % 2 else part for place, part in enumerate(parts)]


def entropy_from_logits() -> keras.losses.Loss:
    """Return the cross-entropy of classes that are given as numbers."""
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
