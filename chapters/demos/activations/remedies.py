"""Deep networks with and without normalization and residual connections, before and after training.

The networks are those of `stack`, with He's weights and the activation ReLU.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ..nets import images
from ..nets.names import Look
from ..nets.network import losses_and_slopes
from ..show.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, panels
from . import stack

DESIGNS = {
    "neither": stack.Design(),
    "normalization": stack.Design(normalizes=True),
    "residual connections": stack.Design(skips=True),
    "both": stack.Design(normalizes=True, skips=True),
}
LOOKS: dict[str, Look] = {
    "neither": {"color": PURPLE, "marker": "o"},
    "normalization": {"color": BLUE, "marker": "s"},
    "residual connections": {"color": ORANGE, "marker": "^"},
    "both": {"color": GREEN, "marker": "D"},
}
# Where the names of the lines end in the first panel.
PLACES = {
    "neither": (105, 0.16),
    "normalization": (105, 1.2e5),
    "residual connections": (31, 1e9),
    "both": (105, 150),
}
DEPTHS = (5, 10, 20, 50, 100)  # the greatest only for "both": the others fail at 50
SEEDS = (0, 1, 2)
HE = float(np.sqrt(2))
RATE = 0.1  # the learning rate of all networks
MEASURED = 200  # pictures for measurements before training


def depths(name: str) -> tuple[int, ...]:
    """Return the depths at which the networks of a design are trained."""
    return DEPTHS if name == "both" else DEPTHS[:-1]


@cache
def read_correctly(name: str, rate: float = RATE) -> np.ndarray:
    """Return the share of the validation pictures that trained networks read correctly.

    Args:
        name: of a design in `DESIGNS`.
        rate: the learning rate.

    Returns:
        For each of `depths(name)` and each of `SEEDS`, shape (len(depths(name)), len(SEEDS)).
    """
    return np.stack([trained(name, depth, rate) for depth in depths(name)])


def trained(name: str, depth: int, rate: float) -> np.ndarray:
    """Return the share that networks of one depth read correctly after training, shape (3,)."""
    return stack.train(DESIGNS[name], depth, [HE] * len(SEEDS), SEEDS, rate)


@cache
def at_the_start(name: str, depth: int) -> tuple[float, float]:
    """Return how untrained networks pass gradients and pictures on, as means over `SEEDS`.

    Args:
        name: of a design in `DESIGNS`.
        depth: number of layers before the last one.

    Returns:
        The size of the gradient at the inputs, divided by its size after the last of these layers;
        and the mean correlation between the values of two different pictures there.
    """
    x, labels, _, _ = stack.pictures()
    y = images.one_hot(labels[:MEASURED], np.float32)
    p = stack.first_parameters(depth, [HE] * len(SEEDS), SEEDS)
    now = stack.forward(p, x[:MEASURED], DESIGNS[name])
    slopes = losses_and_slopes(now.logits, y)[1] / MEASURED
    gradients = stack.backward(p, now, slopes, DESIGNS[name])[1]
    first, last = (np.sqrt(np.mean(g.astype(float) ** 2, axis=(1, 2))) for g in gradients[::depth])
    return float(np.mean(first / last)), correlation(now.values[-1].astype(float))


def correlation(values: np.ndarray) -> float:
    """Return the mean correlation between the values of two different pictures.

    Args:
        values: shape (r, n, units); the rows of a network belong to different pictures.
    """
    centered = values - values.mean(axis=-1, keepdims=True)
    rows = centered / np.linalg.norm(centered, axis=-1, keepdims=True)
    correlations = rows @ rows.swapaxes(1, 2)
    n = values.shape[1]
    return float(np.mean((correlations.sum(axis=(1, 2)) - n) / (n * (n - 1))))


def draw_remedies() -> Figure:
    """Draw gradients at the start and digits read after training against the depth, by design."""
    figure, (left, right) = panels(2, height=3.8)
    for name, look in LOOKS.items():
        line: Look = {**look, "markersize": 6, "clip_on": False, "gid": f"layer:{name}"}
        grown = [at_the_start(name, depth)[0] for depth in depths(name)]
        left.plot(depths(name), grown, **line)
        words: Look = {"color": look["color"], "fontweight": "bold", "gid": f"layer:{name}"}
        left.text(*PLACES[name], name, ha="right", **words)
        shares = 100 * read_correctly(name)
        right.plot(depths(name), shares.mean(axis=1), **line)
        for depth, scatter in zip(depths(name), shares, strict=True):
            ends = [scatter.min(), scatter.max()]
            right.plot([depth] * 2, ends, color=look["color"], linewidth=1, gid=f"layer:{name}")
    left.set_yscale("log")
    left.set_ylim(0.1, 1e12)
    left.set_yticks([1, 1e3, 1e6, 1e9, 1e12], ["1", "1000", "10⁶", "10⁹", "10¹²"])
    left.set_ylabel("growth of the gradient on its way back")
    right.axhline(10, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    right.set_ylim(0, 105)
    right.set_yticks(range(0, 101, 25))
    right.set_ylabel("digits read correctly (%)")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlim(4.5, 110)
        axes.set_xticks(DEPTHS, [str(depth) for depth in DEPTHS])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("layers")
    left.set_title("before training")
    right.set_title("after training")
    figure.set_label(_description())
    return figure


def _description() -> str:
    """Return the alternative text of the figure."""
    parts = []
    for name in DESIGNS:
        shares = 100 * read_correctly(name).mean(axis=1)
        pairs = zip(depths(name), shares, strict=True)
        read = ", ".join(f"{share:.0f} with {depth} layers" for depth, share in pairs)
        parts.append(f"With {name}: {read}.")
    return (
        "Percent of the digits that networks of several depths read correctly after training. "
        + " ".join(parts)
        + " Before training, the gradient keeps its size with neither, and it grows by many powers "
        "of ten with one of the two alone, but little with both."
    )
