"""A small network that tells two moons apart, trained by Momentum at a rate that may change.

At first the network divides the moons by a nearly straight line. To bend the line takes many steps
at a large rate; a large rate, in turn, makes the loss noisy.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes

from ..nets.functions import logistic
from ..nets.network import Network
from ..show.style import BLUE, INK, ORANGE

NETWORK = Network((2, 16, 2), "relu")
EXAMPLES = 200  # for training, and as many for validation
BATCH = 10
EPOCH = EXAMPLES // BATCH  # steps in an epoch: 20
MOMENTUM = 0.9
SPREAD = 0.2  # standard deviation of the noise in each coordinate
SEED = 0  # of the first parameters and the batches
GRID = np.linspace(-2.1, 2.1, 43), np.linspace(-1.5, 1.5, 31)  # where the boundary is drawn


@cache
def moons(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points of two interlocking half circles, and their classes.

    Returns:
        Points of shape (EXAMPLES, 2), and one-hot classes of the same shape.
    """
    random = np.random.default_rng(seed)
    angles, classes = random.uniform(0, np.pi, EXAMPLES), np.arange(EXAMPLES) % 2
    upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.where(classes[:, None] == 0, upper, [1.0, 0.5] - upper) - [0.5, 0.25]
    return points + SPREAD * random.standard_normal(points.shape), np.eye(2)[classes]


class Training:
    """A training of the network.

    Attributes:
        w: all parameters, shape (1, size).
    """

    def __init__(self, seed: int = SEED) -> None:
        self.x, self.y = moons(0)
        self.random = np.random.default_rng(seed)
        self.w = NETWORK.first_parameters([seed])
        self.velocity = np.zeros_like(self.w)

    def train_epoch(self, rate: float) -> float:
        """Train for an epoch with a learning rate, and return the validation loss in nats."""
        for batch in np.split(self.random.permutation(EXAMPLES), EPOCH):
            _, gradient, _ = NETWORK.loss_and_gradient(self.w, self.x[batch], self.y[batch])
            self.velocity = MOMENTUM * self.velocity - rate * gradient
            self.w = self.w + self.velocity
        return float(NETWORK.mean_loss(self.w, *moons(1))[0])


def boundary(w: np.ndarray) -> np.ndarray:
    """Return the probability of the second class on `GRID`, shape (31, 43).

    Args:
        w: parameters, shape (1, size).
    """
    points = np.stack(np.meshgrid(*GRID), axis=-1).reshape(-1, 2)
    logits = NETWORK.forward(w, points).logits[0]
    return logistic(logits[:, 1] - logits[:, 0]).reshape(len(GRID[1]), len(GRID[0]))


def draw_moons(axes: Axes, w: np.ndarray) -> None:
    """Draw some validation points, and the line along which both classes have the probability 1/2.

    Args:
        axes: to draw on.
        w: parameters, shape (1, size).
    """
    x, y = moons(1)
    for number, (color, mark) in enumerate(((BLUE, "o"), (ORANGE, "s"))):
        points = x[y[:, number] == 1][:50]
        axes.plot(*points.T, mark, color=color, markersize=3, alpha=0.7)
    axes.contour(*GRID, boundary(w), levels=[0.5], colors=[INK], linewidths=2)
    axes.set_xlim(-2.1, 2.1)
    axes.set_ylim(-1.5, 1.5)
    axes.set_xticks([-2, 0, 2], ["−2", "0", "2"])
    axes.set_yticks([-1, 0, 1], ["−1", "0", "1"])
    axes.set_xlabel("first input")
    axes.set_ylabel("second input", labelpad=0)
