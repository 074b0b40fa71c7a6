"""One network on few pictures of digits, trained without a regularizer and with each of them.

Several networks, each with its own first parameters, train side by side on the same batches. The
optimizer is Adam as in Keras.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets import images
from ..nets.network import DIGIT_NETWORK
from ..nets.optimizers import named
from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, RED, panels

COUNT = 256  # training pictures
WRONG = (0.0, 0.2, 0.4)  # shares of wrong labels; real collections have wrong labels, too
EPOCHS = 60
BATCH = 32
LEARNING_RATE = 0.01
SEEDS = (1, 2, 3)
TOP = 2.4  # the largest training loss that is drawn, in nats
RANGE = 0.6  # of the validation losses that are drawn, in nats


@dataclass(frozen=True)
class Regularization:
    """The regularizers of a training.

    Attributes:
        name: in the figure.
        l2: strength of an L2 penalty on the weights, without the biases.
        max_norm: the largest norm of the weights into one unit.
        dropout: share of the hidden units that is dropped in training.
        decay: decoupled decay of the weights, without the biases; a step takes this number times
            the learning rate off each of them.
        smoothing: share of each training label that is divided equally among all classes.
        average: share of the average parameters that a step keeps. The losses are those of the
            average; for 0 it is the newest parameters.
        style: color and dash.
    """

    name: str
    l2: float = 0.0
    max_norm: float = np.inf
    dropout: float = 0.0
    decay: float = 0.0
    smoothing: float = 0.0
    average: float = 0.0
    style: tuple[str, Any] = (INK, "-")


REGULARIZERS = (
    Regularization("nothing", style=(RED, "-")),
    Regularization("L2", l2=0.002, style=(BLUE, (0, (4, 1.5)))),
    Regularization("max-norm", max_norm=2.5, style=(PURPLE, (0, (1, 1.2)))),
    Regularization("dropout", dropout=0.2, style=(ORANGE, (0, (6, 1.5, 1, 1.5)))),
    Regularization("all three", l2=0.001, max_norm=2.5, dropout=0.2, style=(GREEN, "-")),
)
# Further ones, for the section on what people do today and for the mixed quiz.
MORE = (
    Regularization("decay 0.1", decay=0.1),
    Regularization("decay 0.3", decay=0.3),
    Regularization("label smoothing 0.1", smoothing=0.1),
    Regularization("average 0.99", average=0.99),
    Regularization("L2 0.05", l2=0.05),
)


def regularization(name: str) -> Regularization:
    """Return the regularization of this name."""
    return next(r for r in REGULARIZERS + MORE if r.name == name)


@cache
def pictures(wrong: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return pixels and labels for training, some of them wrong, then for validation, all right.

    Args:
        wrong: share of the training labels that are wrong, from 0 to 1.

    Returns:
        Shapes (COUNT, 64), (COUNT,), (773, 64) and (773,).
    """
    x, y, x_new, y_new = images.digits()
    random = np.random.default_rng(4)
    changed = random.permutation(COUNT) < wrong * COUNT
    other = (y[:COUNT] + random.integers(1, 10, COUNT)) % 10
    return x[:COUNT], np.where(changed, other, y[:COUNT]), x_new, y_new


def is_weight() -> np.ndarray:
    """Return 1 for each parameter that is a weight and 0 for each bias, shape (size,)."""
    w = np.zeros((1, DIGIT_NETWORK.size), dtype=np.float32)
    for weights in DIGIT_NETWORK.split_parameters(w)[::2]:
        weights[:] = 1
    return w[0]


def limit_norms(w: np.ndarray, limit: float) -> np.ndarray:
    """Return parameters, shape (r, size), with every longer column of weights scaled to `limit`."""
    w = w.copy()
    for weights in DIGIT_NETWORK.split_parameters(w)[::2]:
        norms = np.linalg.norm(weights, axis=1, keepdims=True)
        weights *= np.minimum(1, limit / np.maximum(norms, 1e-7))
    return w


@cache
def train(name: str, wrong: float) -> np.ndarray:
    """Train a network for each of `SEEDS`.

    Args:
        name: of the regularization.
        wrong: share of the training labels that are wrong, from 0 to 1.

    Returns:
        Loss in nats without any penalty, on the training and on the validation pictures, after each
        epoch, shape (2, EPOCHS, 3).
    """
    x, labels, x_new, labels_new = pictures(wrong)
    y, y_new = (images.one_hot(array, np.float32) for array in (labels, labels_new))
    chosen, adam, random = regularization(name), named("Adam"), np.random.default_rng(0)
    w, state, t = DIGIT_NETWORK.first_parameters(SEEDS, dtype=np.float32), adam.state, 0
    penalty, losses = 2 * chosen.l2 * is_weight(), []
    kept = 1 - np.float32(LEARNING_RATE * chosen.decay) * is_weight()
    soft = (1 - chosen.smoothing) * y + np.float32(chosen.smoothing / images.CLASSES)
    hidden, average = DIGIT_NETWORK.layers[1], w
    for _ in range(EPOCHS):
        for batch in np.split(random.permutation(COUNT), COUNT // BATCH):
            t += 1
            drawn = random.random((len(SEEDS), BATCH, hidden), dtype=np.float32)
            mask = (drawn >= chosen.dropout) / np.float32(1 - chosen.dropout)
            _, gradient, _ = DIGIT_NETWORK.loss_and_gradient(w, x[batch], soft[batch], masks=[mask])
            update, state = adam.rule(gradient + penalty * w, state, t)
            w = limit_norms(kept * w + np.float32(LEARNING_RATE) * update, chosen.max_norm)
            average = np.float32(chosen.average) * average + np.float32(1 - chosen.average) * w
        both = [(x, y), (x_new, y_new)]
        losses.append([DIGIT_NETWORK.mean_loss(average, *data) for data in both])
    return np.array(losses).swapaxes(0, 1)


def curves(name: str, wrong: float) -> np.ndarray:
    """Return the training and the validation loss, the means over `SEEDS`, shape (2, EPOCHS)."""
    return train(name, wrong).mean(axis=2)


def draw_remedies(wrong: float) -> Figure:
    """Draw both losses under every regularization; each is a layer of the figure.

    Args:
        wrong: one of `WRONG`.
    """
    figure, (left, right) = panels(2, height=3.9)
    epochs = np.arange(1, EPOCHS + 1)
    last = {}
    for chosen in REGULARIZERS:
        training, validation = curves(chosen.name, wrong)
        color, dash = chosen.style
        line: dict[str, Any] = {"color": color, "gid": f"layer:{chosen.name}"}
        left.plot(epochs, training, linestyle=dash, linewidth=1.8, **line)
        right.plot(epochs, validation, linestyle=dash, linewidth=1.8, **line)
        best = int(np.argmin(validation))
        right.plot(epochs[best], validation[best], "o", markersize=6, zorder=4, **line)
        last[chosen.name] = float(validation[-1])
    _draw_names(left, last)
    for axes in (left, right):
        axes.set_xlim(0, EPOCHS)
        axes.set_xticks(range(0, EPOCHS + 1, 20))
        axes.set_xlabel("epochs")
        axes.set_ylabel("loss (nats)")
    lowest = min(curves(chosen.name, wrong)[1].min() for chosen in REGULARIZERS)
    floor = np.floor(10 * lowest) / 10
    left.set_ylim(0, TOP)
    right.set_ylim(floor, floor + RANGE)
    left.set_title("training")
    right.set_title("validation   ● least", color=MUTED)
    losses = ", ".join(f"{name} {loss:.2f}" for name, loss in last.items())
    figure.set_label(
        f"If {100 * wrong:.0f} percent of the training labels are wrong, the validation losses "
        f"after {EPOCHS} epochs are, in nats: {losses}."
    )
    return figure


def _draw_names(axes: Axes, last: dict[str, float]) -> None:
    """List the names with the last validation losses, the largest on top."""
    axes.text(18, TOP * 0.95, "validation at the end", color=MUTED, fontsize=9.5)
    order = sorted(REGULARIZERS, key=lambda chosen: -last[chosen.name])
    for row, chosen in enumerate(order):
        color, dash = chosen.style
        height = TOP * (0.885 - 0.065 * row)
        line: dict[str, Any] = {"color": color, "gid": f"layer:{chosen.name}"}
        axes.plot([18, 24], [height, height], linestyle=dash, linewidth=1.8, **line)
        words = f"{chosen.name} {last[chosen.name]:.2f}"
        axes.text(26, height, words, va="center", fontsize=9.5, fontweight="bold", **line)
