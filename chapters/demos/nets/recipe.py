"""A small network that learns to read digits by a recipe which holds every choice of the course.

Networks that differ only in their seeds train side by side, so that a comparison takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from ..losses.logits import shares
from .images import load, moved
from .optimizers import member

BATCH = 32
CLASSES = 10


@dataclass(frozen=True)
class Recipe:
    """All that is chosen before a training.

    Attributes:
        hidden: units of each hidden layer.
        activation: of the hidden layers: "relu", "tanh" or "sigmoid".
        scale: what the first weights of the hidden layers are multiplied by; at 1 they are normal
            after He for ReLU, after Glorot for the others.
        bias: of the hidden layers at the start.
        head: "softmax" with cross-entropy, "sigmoid" with binary cross-entropy, "linear" with
            squared error, or "softmax twice": the probabilities taken for logits.
        optimizer: the name of a member of the family.
        learning_rate: at its highest.
        schedule: "constant", "cosine", "staircase" (a tenth after half of the steps, a hundredth
            after three quarters), or "warm-up" (in a tenth of the steps, then cosine).
        weight_decay: as AdamW's, decoupled from the gradient.
        dropout: the share of hidden units that is dropped in training.
        dropout_stays: whether dropout is left on where it should be off.
        shifts: whether each picture is moved by up to a pixel, anew each time it is seen.
        pictures: how many of the training pictures are used.
        epochs: passes over them.
    """

    hidden: tuple[int, ...] = (32,)
    activation: str = "relu"
    scale: float = 1.0
    bias: float = 0.0
    head: str = "softmax"
    optimizer: str = "Adam"
    learning_rate: float = 0.003
    schedule: str = "constant"
    weight_decay: float = 0.0
    dropout: float = 0.0
    dropout_stays: bool = False
    shifts: bool = False
    pictures: int = 797
    epochs: int = 30


@dataclass(frozen=True)
class Record:
    """What was written down before the first epoch and after each, for r networks.

    Attributes:
        loss: mean over the epoch's batches while the network was training, shape (epochs + 1, r).
        accuracy: the same for the share that was read right.
        val_loss: of the validation pictures at the end of the epoch, same shape.
        val_accuracy: the same for the share that was read right.
        again: the validation loss, evaluated a second time with the same weights.
        passing: mean slope of the hidden units over the training pictures, as a share of the
            largest slope that their activation has.
        weights: all parameters, shape (epochs + 1, r, number of parameters).
    """

    loss: np.ndarray
    accuracy: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    again: np.ndarray
    passing: np.ndarray
    weights: np.ndarray


def shapes(recipe: Recipe) -> list[tuple[int, int]]:
    """Return the shapes of the weights and biases, layer by layer."""
    sizes = (64, *recipe.hidden, CLASSES)
    return [shape for rows, columns in pairwise(sizes) for shape in ((rows, columns), (1, columns))]


def parts(w: np.ndarray, recipe: Recipe) -> list[np.ndarray]:
    """Return weights and biases, each of shape (r, rows, columns), as views of `w`, (r, size)."""
    ends = np.cumsum([rows * columns for rows, columns in shapes(recipe)])
    pieces = np.split(w, ends[:-1], axis=-1)
    return [p.reshape(len(w), *s) for p, s in zip(pieces, shapes(recipe), strict=True)]


def first_weights(recipe: Recipe, seeds: Sequence[int]) -> np.ndarray:
    """Return the parameters of a fresh network for each seed, shape (r, size)."""
    size = sum(rows * columns for rows, columns in shapes(recipe))
    w = np.zeros((len(seeds), size))
    for row, seed in zip(w, seeds, strict=True):
        random = np.random.default_rng(seed)
        *hidden, last, _ = parts(row[None], recipe)
        for weights, bias in zip(hidden[::2], hidden[1::2], strict=True):
            fans = weights.shape[1] if recipe.activation == "relu" else sum(weights.shape[1:])
            weights[:] = random.standard_normal(weights.shape) * np.sqrt(2 / fans) * recipe.scale
            bias[:] = recipe.bias
        last[:] = random.standard_normal(last.shape) * np.sqrt(2 / sum(last.shape[1:]))
    return w


def bend(z: np.ndarray, activation: str) -> tuple[np.ndarray, np.ndarray]:
    """Return an activation and its slope, both of the shape of `z`."""
    if activation == "relu":
        return np.maximum(z, 0), np.where(z > 0, 1.0, 0.0)
    if activation == "tanh":
        a = np.tanh(z)
        return a, 1 - a**2
    a = (1 + np.tanh(z / 2)) / 2  # a sigmoid that never overflows
    return a, a * (1 - a)


def judge(z: np.ndarray, y: np.ndarray, head: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of each example and its slope by the logits.

    Args:
        z: what the last layer adds up, shape (r, n, K).
        y: one-hot, shape (n, K) or (r, n, K).
        head: see `Recipe`.

    Returns:
        Shapes (r, n) and (r, n, K). "sigmoid" and "linear" are means over the K outputs, as in
        Keras.
    """
    if head == "linear":
        return np.mean((z - y) ** 2, axis=-1), 2 * (z - y) / CLASSES
    if head == "sigmoid":
        loss = np.logaddexp(0, z) - y * z
        return loss.mean(axis=-1), (bend(z, "sigmoid")[0] - y) / CLASSES
    p = shares(z)
    if head == "softmax":
        largest = z.max(axis=-1, keepdims=True)
        total = largest[..., 0] + np.log(np.sum(np.exp(z - largest), axis=-1))
        return total - np.sum(y * z, axis=-1), p - y
    slope = shares(p) - y
    loss = np.log(np.sum(np.exp(p), axis=-1)) - np.sum(y * p, axis=-1)
    return loss, p * (slope - np.sum(p * slope, axis=-1, keepdims=True))


def _times(a: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return `a @ weights`, in pieces too small for BLAS to start threads.

    On products of this size the threads mostly wait, at several times the cost.
    """
    starts = range(0, a.shape[-2], BATCH)
    return np.concatenate([a[..., i : i + BATCH, :] @ weights for i in starts], axis=-2)


def read(
    w: np.ndarray, x: np.ndarray, recipe: Recipe, keep: list[np.ndarray] | None = None
) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Carry pictures forward through r networks.

    Args:
        w: parameters, shape (r, size).
        x: pixels, shape (n, 64) or (r, n, 64).
        recipe: says what the network is made of.
        keep: for each hidden layer what dropout multiplies its units by; without it, nothing.

    Returns:
        What each hidden layer hands on, and its slope by what it got, each of shape (r, n, units);
        and the logits, shape (r, n, K).
    """
    *hidden, last, last_bias = parts(w, recipe)
    values, slopes, a = [], [], x
    for place, (weights, bias) in enumerate(zip(hidden[::2], hidden[1::2], strict=True)):
        a, slope = bend(_times(a, weights) + bias, recipe.activation)
        if keep:
            a, slope = a * keep[place], slope * keep[place]
        values.append(a)
        slopes.append(slope)
    return values, slopes, _times(a, last) + last_bias


def step_back(
    w: np.ndarray, x: np.ndarray, y: np.ndarray, recipe: Recipe, keep: list[np.ndarray] | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return loss, share read right, and gradient of the loss on a batch.

    Args:
        w: parameters, shape (r, size).
        x: pixels, shape (r, n, 64).
        y: one-hot, shape (r, n, K).
        recipe: says what the network is made of and trained on.
        keep: see `read`.

    Returns:
        Shapes (r,), (r,) and (r, size).
    """
    values, slopes, z = read(w, x, recipe, keep)
    loss, back = judge(z, y, recipe.head)
    back = back / x.shape[-2]
    pieces: list[np.ndarray] = []
    inputs = [x, *values]
    kernels = parts(w, recipe)[::2]
    for place in reversed(range(len(kernels))):
        pieces = [inputs[place].swapaxes(1, 2) @ back, back.sum(axis=1), *pieces]
        if place:
            back = (back @ kernels[place].swapaxes(1, 2)) * slopes[place - 1]
    gradient = np.concatenate([piece.reshape(len(w), -1) for piece in pieces], axis=1)
    right = np.mean(z.argmax(axis=-1) == y.argmax(axis=-1), axis=-1)
    return loss.mean(axis=-1), right, gradient


def factor(schedule: str, done: float) -> float:
    """Return what a schedule multiplies the learning rate by, when a share of all steps is done."""
    if schedule == "staircase":
        return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01
    if schedule == "warm-up" and done < 0.1:
        return done / 0.1
    if schedule in ("cosine", "warm-up"):
        return float(1 + np.cos(np.pi * done)) / 2
    return 1.0


class _Trainer:
    """Networks in training, with the pictures and the randomness that belong to them."""

    def __init__(self, recipe: Recipe, seeds: Sequence[int]) -> None:
        self.recipe = recipe
        data, eye = load(), np.eye(CLASSES)
        self.x, self.y = data.x_train[: recipe.pictures], eye[data.y_train[: recipe.pictures]]
        self.x_val, self.y_val = data.x_validation, eye[data.y_validation]
        ways = product((-1, 0, 1), repeat=2) if recipe.shifts else [(0, 0)]
        self.views = np.stack([moved(self.x, *way) for way in ways])
        self.w = first_weights(recipe, seeds)
        self.random = [np.random.default_rng([seed, 1]) for seed in seeds]
        self.noise = [np.random.default_rng([seed, 2]) for seed in seeds]
        self.optimizer = member(recipe.optimizer)
        self.memory = self.optimizer.memory
        self.steps = 0

    def keep(self, pictures: int, random: list[np.random.Generator]) -> list[np.ndarray] | None:
        """Draw which units stay, scaled up by as much as dropout takes away."""
        rate = self.recipe.dropout
        if not rate:
            return None
        shape = [(pictures, units) for units in self.recipe.hidden]
        return [np.stack([(r.random(s) >= rate) / (1 - rate) for r in random]) for s in shape]

    def epoch(self) -> tuple[np.ndarray, np.ndarray]:
        """Pass once over the pictures; return mean loss and share read right, each (r,)."""
        orders = np.stack([random.permutation(len(self.x)) for random in self.random])
        seen = [self.batch(orders[:, i : i + BATCH]) for i in self.starts()]
        return np.mean([s[0] for s in seen], axis=0), np.mean([s[1] for s in seen], axis=0)

    def starts(self) -> range:
        """Where the batches of an epoch begin; an incomplete one is left out."""
        return range(0, len(self.x) - BATCH + 1, BATCH)

    def batch(self, picked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take one step on the pictures `picked`, shape (r, BATCH)."""
        way = np.zeros_like(picked)
        if self.recipe.shifts:
            way = np.stack([r.integers(len(self.views), size=BATCH) for r in self.random])
        keep = self.keep(BATCH, self.random)
        x, y = self.views[way, picked], self.y[picked]
        loss, right, gradient = step_back(self.w, x, y, self.recipe, keep)
        done = self.steps / (self.recipe.epochs * len(self.starts()))
        rate = self.recipe.learning_rate * factor(self.recipe.schedule, done)
        self.steps += 1
        move, self.memory = self.optimizer.rule(gradient, self.memory, self.steps)
        self.w = self.w + rate * move - rate * self.recipe.weight_decay * self.w
        return loss, right

    def look(self, x: np.ndarray, y: np.ndarray, dropping: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return mean loss and share read right of some pictures, each (r,)."""
        keep = self.keep(len(x), self.noise) if dropping else None
        z = read(self.w, x, self.recipe, keep)[2]
        right = z.argmax(axis=-1) == y.argmax(axis=-1)
        return judge(z, y, self.recipe.head)[0].mean(axis=-1), right.mean(axis=-1)

    def note(self, seen: tuple[np.ndarray, np.ndarray]) -> list[np.ndarray]:
        """Return a line of the record; `seen` is what training has seen of itself."""
        stays = self.recipe.dropout_stays
        val = self.look(self.x_val, self.y_val, stays)
        again = self.look(self.x_val, self.y_val, stays)[0] if stays else val[0]
        most = 0.25 if self.recipe.activation == "sigmoid" else 1.0
        slopes = read(self.w, self.x, self.recipe)[1]
        passing = np.mean([s.mean(axis=(1, 2)) for s in slopes], axis=0) / most
        return [*seen, *val, again, passing, self.w]


def train(recipe: Recipe, seeds: Sequence[int]) -> Record:
    """Train a network for each seed, which decides its first weights and the order of pictures."""
    with np.errstate(over="ignore", invalid="ignore"):
        trainer = _Trainer(recipe, seeds)
        lines = [trainer.note(trainer.look(trainer.x, trainer.y, dropping=True))]
        lines += [trainer.note(trainer.epoch()) for _ in range(recipe.epochs)]
    return Record(*(np.stack(column) for column in zip(*lines, strict=True)))
