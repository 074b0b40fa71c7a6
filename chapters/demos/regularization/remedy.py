"""One network on few pictures of digits, trained without help and with each remedy.

The remedies are switched on by settings; several networks, each from its own first weights, are
trained side by side on the same batches. The step is that of Keras's Adam.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..losses.logits import shares
from ..nets import digits
from ..nets.optimizers import member
from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, RED, panels

COUNT = 256  # pictures to train on
WRONG = (0.0, 0.2, 0.4)  # shares of their labels that are wrong, as in many a real collection
EPOCHS = 60
BATCH = 32
LEARNING_RATE = 0.01
SEEDS = (1, 2, 3)
TOP = 2.4  # the largest training loss that is drawn, in nats
RANGE = 0.6  # of the validation losses that are drawn, in nats


@dataclass(frozen=True)
class Remedy:
    """Settings of a training run, each 0 or infinite where its remedy is off.

    Attributes:
        name: as the reader reads it.
        strength: of an L2 penalty on the weights, without the biases.
        limit: the largest norm of the weights into one unit.
        rate: share of the hidden units that is dropped in training.
        look: color and dash.
    """

    name: str
    strength: float = 0.0
    limit: float = np.inf
    rate: float = 0.0
    look: tuple[str, Any] = (INK, "-")


REMEDIES = (
    Remedy("nothing", look=(RED, "-")),
    Remedy("L2", strength=0.002, look=(BLUE, (0, (4, 1.5)))),
    Remedy("max-norm", limit=2.5, look=(PURPLE, (0, (1, 1.2)))),
    Remedy("dropout", rate=0.2, look=(ORANGE, (0, (6, 1.5, 1, 1.5)))),
    Remedy("all three", strength=0.001, limit=2.5, rate=0.2, look=(GREEN, "-")),
)


def remedy(name: str) -> Remedy:
    """Return the remedy of this name."""
    return next(r for r in REMEDIES if r.name == name)


@cache
def pictures(wrong: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return pixels and labels for training, some of them wrong, then for validation, all right.

    Args:
        wrong: share of the training labels that are wrong, from 0 to 1.

    Returns:
        Shapes (COUNT, 64), (COUNT,), (773, 64) and (773,).
    """
    x, y, x_new, y_new = digits.pictures()
    random = np.random.default_rng(4)
    changed = random.permutation(COUNT) < wrong * COUNT
    other = (y[:COUNT] + random.integers(1, 10, COUNT)) % 10
    return x[:COUNT], np.where(changed, other, y[:COUNT]), x_new, y_new


def slope(w: np.ndarray, x: np.ndarray, y: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean loss when the hidden units are multiplied by `scale`.

    Args:
        w: parameters of several networks, shape (r, digits.SIZE).
        x: pixels, shape (n, 64).
        y: labels, shape (n,).
        scale: 0 for a dropped unit, else what it is scaled by, shape (r, n, digits.HIDDEN).

    Returns:
        Shape (r, digits.SIZE).
    """
    first, first_bias, second, second_bias = digits.parts(w)
    before = x @ first + first_bias
    hidden = np.maximum(before, 0) * scale
    p = shares(hidden @ second + second_bias)
    return digits.gradient(w, x, y, hidden, (before > 0) * scale, p)


def weights_only() -> np.ndarray:
    """Return 1 where a parameter is a weight and 0 where it is a bias, shape (digits.SIZE,)."""
    chosen = np.zeros((1, digits.SIZE), dtype=np.float32)
    for piece in digits.parts(chosen)[::2]:
        piece[:] = 1
    return chosen[0]


def pull_back(w: np.ndarray, limit: float) -> np.ndarray:
    """Return parameters, shape (r, digits.SIZE), with no column of weights longer than `limit`."""
    w = w.copy()
    for piece in digits.parts(w)[::2]:
        norms = np.linalg.norm(piece, axis=1, keepdims=True)
        piece *= np.minimum(1, limit / np.maximum(norms, 1e-7))
    return w


@cache
def train(name: str, wrong: float) -> np.ndarray:
    """Train a network for each of `SEEDS`.

    Args:
        name: of the remedy that is switched on.
        wrong: share of the training labels that are wrong, from 0 to 1.

    Returns:
        Loss in nats without any penalty, on the training and on the validation pictures, after each
        epoch, shape (2, EPOCHS, 3).
    """
    x, y, x_new, y_new = pictures(wrong)
    chosen, adam, random = remedy(name), member("Adam"), np.random.default_rng(0)
    w, memory, t = np.stack([digits.untrained(seed) for seed in SEEDS]), adam.memory, 0
    pull, losses = 2 * chosen.strength * weights_only(), []
    for _ in range(EPOCHS):
        for batch in np.split(random.permutation(COUNT), COUNT // BATCH):
            t += 1
            drawn = random.random((len(SEEDS), BATCH, digits.HIDDEN), dtype=np.float32)
            scale = (drawn >= chosen.rate) / np.float32(1 - chosen.rate)
            gradient = slope(w, x[batch], y[batch], scale) + pull * w
            move, memory = adam.rule(gradient, memory, t)
            w = pull_back(w + np.float32(LEARNING_RATE) * move, chosen.limit)
        losses.append([digits.mean_loss(w, x, y), digits.mean_loss(w, x_new, y_new)])
    return np.array(losses).swapaxes(0, 1)


def curves(name: str, wrong: float) -> np.ndarray:
    """Return the training and the validation loss, the means over `SEEDS`, shape (2, EPOCHS)."""
    return train(name, wrong).mean(axis=2)


def draw_remedies(wrong: float) -> Figure:
    """Draw both losses under every remedy, each of which is a layer of its name.

    Args:
        wrong: one of `WRONG`.
    """
    figure, (left, right) = panels(2, height=3.9)
    epochs = np.arange(1, EPOCHS + 1)
    last = {}
    for chosen in REMEDIES:
        training, validation = curves(chosen.name, wrong)
        color, dash = chosen.look
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
    lowest = min(curves(chosen.name, wrong)[1].min() for chosen in REMEDIES)
    floor = np.floor(10 * lowest) / 10
    left.set_ylim(0, TOP)
    right.set_ylim(floor, floor + RANGE)
    left.set_title("training")
    right.set_title("validation   ● least", color=MUTED)
    said = ", ".join(f"{name} {loss:.2f}" for name, loss in last.items())
    figure.set_label(
        f"With {wrong:.0%} of the training labels wrong, the validation loss after {EPOCHS} epochs "
        f"is, in nats: {said}."
    )
    return figure


def _draw_names(axes: Axes, last: dict[str, float]) -> None:
    """List the names with their last validation losses, the largest on top."""
    axes.text(18, TOP * 0.95, "validation at the end", color=MUTED, fontsize=9.5)
    order = sorted(REMEDIES, key=lambda chosen: -last[chosen.name])
    for row, chosen in enumerate(order):
        color, dash = chosen.look
        height = TOP * (0.885 - 0.065 * row)
        line: dict[str, Any] = {"color": color, "gid": f"layer:{chosen.name}"}
        axes.plot([18, 24], [height, height], linestyle=dash, linewidth=1.8, **line)
        words = f"{chosen.name} {last[chosen.name]:.2f}"
        axes.text(26, height, words, va="center", fontsize=9.5, fontweight="bold", **line)
