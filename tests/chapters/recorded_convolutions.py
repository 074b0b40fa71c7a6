"""Records how a small convolutional network does with and without shifted pictures.

`PYTHONPATH=chapters .venv/bin/python tests/chapters/recorded_convolutions.py` trains 45 networks,
in three to five minutes, and writes convolutions.json, whose numbers chapter 7 prints in a table. A
test trains a few of them again.
"""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
from demos.nets.images import load, shifted
from demos.nets.recipe import Recipe, training_pictures
from demos.together.choices import SITUATIONS

FILE = Path(__file__).with_name("convolutions.json")
SEEDS = (1, 2, 3, 4, 5)
SHIFTS = (0.0, 0.5, 1.0)  # pixels
STEPS = 500


def build(shift: float) -> keras.Sequential:
    """Return the network of the chapter, compiled, with shifts of up to `shift` pixels."""
    layers = keras.layers
    conv = {"padding": "same", "activation": "relu", "kernel_initializer": "he_normal"}
    share = shift / 8
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Reshape((8, 8, 1)),
            *([layers.RandomTranslation(share, share, "constant")] if shift else []),
            layers.Conv2D(16, 3, **conv),
            layers.Conv2D(32, 3, **conv),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, 19 * STEPS // 20, warmup_target=0.01, warmup_steps=STEPS // 20
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), loss, metrics=["accuracy"])
    return model


def errors(situation: str, shift: float, seed: int) -> tuple[float, float]:
    """Train a network; return its error in percent.

    Args:
        situation: a name of `SITUATIONS`.
        shift: pixels by which training pictures are shifted at most.
        seed: of the first weights, the order of the pictures and the shifts.

    Returns:
        The errors on the validation pictures, and on those moved to the right by a pixel.
    """
    x, labels = training_pictures(Recipe(**SITUATIONS[situation]))
    keras.utils.set_random_seed(seed)
    model = build(shift)
    epochs = STEPS // -(-len(x) // 32)
    model.fit(x, labels.argmax(axis=1), batch_size=32, epochs=epochs, verbose=0)
    data = load()
    pictures = data.x_validation, shifted(data.x_validation, 1, 0)
    read = [model.predict(p, verbose=0).argmax(axis=1) for p in pictures]
    in_place, moved = (100 * float(np.mean(r != data.y_validation)) for r in read)
    return in_place, moved


def main() -> None:
    """Train all networks, and write their errors, for each situation and shift a list of seeds."""
    found = {
        situation: {str(shift): [errors(situation, shift, s) for s in SEEDS] for shift in SHIFTS}
        for situation in SITUATIONS
    }
    rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 1))
    FILE.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
