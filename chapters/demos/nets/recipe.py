"""A network that learns to read digits by a recipe, which holds every choice of the course.

Networks that differ only in their seeds train side by side, so that a comparison takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from .images import CLASSES, PARTS, load, one_hot, shifted
from .network import Network, losses_and_slopes
from .optimizers import named

BATCH = 32
# In the handling of data: pixels from 0 to 255; labels in another order than their pictures;
# training pictures in place of validation pictures; validation pictures shifted as the training
# pictures are; and a training picture with a missing pixel.
MISTAKES = ("pixels not scaled", "labels shuffled", "leaked", "validation shifted", "missing pixel")


@dataclass(frozen=True)
class Recipe:
    """Everything that is chosen before a training.

    Attributes:
        hidden: units of each hidden layer.
        activation: of the hidden layers: "relu", "tanh" or "sigmoid".
        scale: multiplies the first weights of the hidden layers, which are normal after He for
            ReLU and after Glorot for the others.
        head: output and loss, as for `network.losses_and_slopes`.
        optimizer: the name of one of `optimizers.OPTIMIZERS`.
        learning_rate: the largest of the training.
        schedule: "constant", "cosine", "staircase" (a tenth after half of the steps, a hundredth
            after three quarters), or "warm-up" (in a tenth of the steps, then cosine).
        weight_decay: decoupled from the gradient, as in AdamW.
        dropout: the share of hidden units that is dropped in training.
        shift: pixels, from 0 to 1, by which a training picture is shifted to the left or right or
            not at all, and likewise up or down; anew each time the picture is used.
        pictures: number of training pictures.
        wrong_labels: share of them that get a wrong label.
        mistake: in the handling of data; one of `MISTAKES`, or "" for none.
        epochs: passes over the training pictures.
    """

    hidden: tuple[int, ...] = (32,)
    activation: str = "relu"
    scale: float = 1.0
    head: str = "softmax"
    optimizer: str = "Adam"
    learning_rate: float = 0.003
    schedule: str = "constant"
    weight_decay: float = 0.0
    dropout: float = 0.0
    shift: float = 0.0
    pictures: int = PARTS[0]
    wrong_labels: float = 0.0
    mistake: str = ""
    epochs: int = 30

    @property
    def network(self) -> Network:
        """The architecture."""
        return Network((64, *self.hidden, CLASSES), self.activation)

    def first_parameters(self, seeds: Sequence[int]) -> np.ndarray:
        """Return the parameters of an untrained network for each seed, shape (r, size)."""
        initializer = "he_normal" if self.activation == "relu" else "glorot_normal"
        return self.network.first_parameters(seeds, initializer, self.scale)

    def logits(self, w: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the logits of pictures, shape (r, n, 10).

        Args:
            w: parameters, shape (r, size).
            x: pixels, shape (n, 64).
        """
        return self.network.forward(w, x).logits


@dataclass(frozen=True)
class Record:
    """What is measured before the first epoch and after each, for r networks.

    Attributes:
        loss: training loss, the mean over the epoch's batches, shape (epochs + 1, r).
        accuracy: training accuracy, likewise.
        val_loss: of the validation pictures at the end of the epoch, same shape.
        val_accuracy: likewise.
        again: the validation loss of the same weights, evaluated a second time.
        passing: mean slope of the hidden units over the training pictures, as a share of the
            largest slope that their activation has.
        weights: all parameters, shape (epochs + 1, r, size).
    """

    loss: np.ndarray
    accuracy: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    again: np.ndarray
    passing: np.ndarray
    weights: np.ndarray


def schedule_factor(schedule: str, done: float) -> float:
    """Return the factor of the learning rate when a share of all steps is done."""
    if schedule == "staircase":
        return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01
    if schedule == "warm-up" and done < 0.1:
        return done / 0.1
    if schedule in ("cosine", "warm-up"):
        return float(1 + np.cos(np.pi * done)) / 2
    return 1.0


def pixel_scale(recipe: Recipe) -> float:
    """Return the factor of all pixels, which are from 0 to 1 in the files."""
    return 255.0 if recipe.mistake == "pixels not scaled" else 1.0


def shifted_views(x: np.ndarray, shift: float) -> np.ndarray:
    """Return pictures in nine places, shape (9, n, 64), or in their own if the shift is 0.

    Args:
        x: pixels, shape (n, 64).
        shift: pixels, from 0 to 1; a part of a pixel mixes the picture with its neighbor place.
    """
    if not shift:
        return x[None]
    views = []
    for right, down in product((-1, 0, 1), repeat=2):
        view = x
        for step in (right, 0), (0, down):
            part = shift if any(step) else 0.0
            view = (1 - part) * view + part * shifted(view, *step)
        views.append(view)
    return np.stack(views)


def training_pictures(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels and the one-hot labels of a recipe, with its mistake."""
    data, random = load(), np.random.default_rng(9)
    x, y = data.x_train[: recipe.pictures], data.y_train[: recipe.pictures]
    wrong = random.random(len(y)) < recipe.wrong_labels
    y = np.where(wrong, (y + random.integers(1, CLASSES, len(y))) % CLASSES, y)
    if recipe.mistake == "labels shuffled":
        y = random.permutation(y)
    x = x * pixel_scale(recipe)
    if recipe.mistake == "missing pixel":
        x[0, 20] = np.nan
    return x, one_hot(y)


def validation_pictures(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels and the one-hot labels by which a recipe is judged, with its mistake."""
    if recipe.mistake == "leaked":
        return training_pictures(recipe)
    data = load()
    return data.x_validation * pixel_scale(recipe), one_hot(data.y_validation)


class _Trainer:
    """Networks in training, with their pictures and their random generators."""

    def __init__(self, recipe: Recipe, seeds: Sequence[int]) -> None:
        self.recipe = recipe
        self.network = recipe.network
        self.x, self.y = training_pictures(recipe)
        x_val, self.y_val = validation_pictures(recipe)
        moves = recipe.shift if recipe.mistake == "validation shifted" else 0.0
        self.views_val = shifted_views(x_val, moves)
        self.views = shifted_views(self.x, recipe.shift)
        self.w = recipe.first_parameters(seeds)
        self.random = [np.random.default_rng([seed, 1]) for seed in seeds]
        self.random_validation = [np.random.default_rng([seed, 2]) for seed in seeds]
        self.optimizer = named(recipe.optimizer)
        self.state = self.optimizer.state
        self.steps = 0

    def masks(self, pictures: int, random: list[np.random.Generator]) -> list[np.ndarray] | None:
        """Draw the masks of dropout: 0 for a dropped unit, 1 / (1 - rate) for a kept one."""
        rate = self.recipe.dropout
        if not rate:
            return None
        shapes = [(pictures, units) for units in self.recipe.hidden]
        return [np.stack([(r.random(s) >= rate) / (1 - rate) for r in random]) for s in shapes]

    def train_epoch(self) -> tuple[np.ndarray, np.ndarray]:
        """Pass once over the pictures; return the mean loss and accuracy, each of shape (r,)."""
        orders = np.stack([random.permutation(len(self.x)) for random in self.random])
        results = [self.train_batch(orders[:, i : i + BATCH]) for i in self.batch_starts()]
        losses, accuracies = zip(*results, strict=True)
        return np.mean(losses, axis=0), np.mean(accuracies, axis=0)

    def batch_starts(self) -> range:
        """Return where the batches of an epoch begin; an incomplete batch is left out."""
        return range(0, len(self.x) - BATCH + 1, BATCH)

    def train_batch(self, picked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take one step on the pictures with the indices `picked`, shape (r, BATCH)."""
        view = np.zeros_like(picked)
        if self.recipe.shift:
            view = np.stack([r.integers(len(self.views), size=BATCH) for r in self.random])
        masks = self.masks(BATCH, self.random)
        x, y = self.views[view, picked], self.y[picked]
        loss, gradient, logits = self.network.loss_and_gradient(
            self.w, x, y, self.recipe.head, masks
        )
        done = self.steps / (self.recipe.epochs * len(self.batch_starts()))
        rate = self.recipe.learning_rate * schedule_factor(self.recipe.schedule, done)
        self.steps += 1
        update, self.state = self.optimizer.rule(gradient, self.state, self.steps)
        self.w = self.w + rate * update - rate * self.recipe.weight_decay * self.w
        return loss, _accuracy(logits, y)

    def evaluate(self, x: np.ndarray, y: np.ndarray, drop: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return mean loss and accuracy on some pictures, each of shape (r,)."""
        masks = self.masks(x.shape[-2], self.random_validation) if drop else None
        logits = self.network.forward(self.w, x, masks).logits
        losses, _ = losses_and_slopes(logits, y, self.recipe.head)
        return losses.mean(axis=-1), _accuracy(logits, y)

    def validate(self) -> tuple[np.ndarray, np.ndarray]:
        """Return loss and accuracy on the validation pictures, each of shape (r,)."""
        x = self.views_val[0]
        if len(self.views_val) > 1:
            places = [r.integers(len(self.views_val), size=len(x)) for r in self.random_validation]
            x = self.views_val[np.stack(places), np.arange(len(x))]
        return self.evaluate(x, self.y_val, drop=False)

    def measure(self, training: tuple[np.ndarray, np.ndarray]) -> list[np.ndarray]:
        """Return a row of the record; `training` is loss and accuracy while training."""
        validation = self.validate()
        again = self.validate()[0] if len(self.views_val) > 1 else validation[0]
        steepest = 0.25 if self.recipe.activation == "sigmoid" else 1.0
        slopes = self.network.forward(self.w, self.x).slopes
        passing = np.mean([s.mean(axis=(1, 2)) for s in slopes], axis=0) / steepest
        return [*training, *validation, again, passing, self.w]


def _accuracy(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the share of right answers of each network, shape (r,)."""
    return np.mean(logits.argmax(axis=-1) == y.argmax(axis=-1), axis=-1)


def train(recipe: Recipe, seeds: Sequence[int]) -> Record:
    """Train a network for each seed, which decides its first weights and the order of pictures."""
    with np.errstate(over="ignore", invalid="ignore"):
        trainer = _Trainer(recipe, seeds)
        rows = [trainer.measure(trainer.evaluate(trainer.x, trainer.y, drop=True))]
        rows += [trainer.measure(trainer.train_epoch()) for _ in range(recipe.epochs)]
    return Record(*(np.stack(column) for column in zip(*rows, strict=True)))
