"""The best peak of a cosine for three batch sizes, in trainings that see equally many pictures."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets import images, training
from ..nets.names import DASHED, DOTTED, Look, draw_key
from ..nets.words import plain
from ..show.style import BLUE, ORANGE, PURPLE, panels
from . import curves

EPOCHS = 10
SIZES = (8, 32, 128)  # pictures in a batch
USUAL = 32
SEEDS = (1, 2, 3)
PEAKS = {"SGD": 10.0 ** np.arange(-2, 0.6, 0.25), "Adam": 10.0 ** np.arange(-3, -0.4, 0.25)}
POWERS = {"the batch size": 1.0, "its square root": 0.5}
LOWEST, HIGHEST = 0.03, 2.0  # losses that are drawn
_LOOKS: dict[int, Look] = {
    8: {"color": BLUE, "linestyle": DOTTED},
    32: {"color": PURPLE},
    128: {"color": ORANGE, "linestyle": DASHED},
}


def train(name: str, peaks: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Return the validation loss at the end of a cosine from each peak to 0, in nats.

    Args:
        name: of the optimizer.
        peaks: learning rates, shape (r,).
        size: pictures in a batch, a divisor of the number of training pictures.
        seed: decides the first parameters and the order of the pictures.

    Returns:
        Losses of shape (r,), infinite where a network diverged.
    """
    steps = EPOCHS * images.TRAINING // size
    rates = curves.cosine(np.arange(steps), 1.0, steps)[:, None] * peaks
    return training.train(name, rates, seed, dtype=np.float64, size=size).validation[-1]


@cache
def losses(name: str) -> np.ndarray:
    """Return the validation loss at the end, the mean over `SEEDS`, a row for each of `SIZES`."""
    return np.array(
        [np.mean([train(name, PEAKS[name], size, s) for s in SEEDS], axis=0) for size in SIZES]
    )


def draw_sizes(optimizer: str, rule: str) -> Figure:
    """Draw the loss over the peak, and over the peak divided by what a rule multiplies it by.

    Args:
        optimizer: a key of `PEAKS`.
        rule: a key of `POWERS`, with which the rate is supposed to grow.
    """
    figure, (left, right) = panels(2, height=3.7)
    peaks, rows = PEAKS[optimizer], []
    for size, row in zip(SIZES, losses(optimizer), strict=True):
        _draw_line(left, peaks, row, _LOOKS[size])
        _draw_line(right, peaks / (size / USUAL) ** POWERS[rule], row, _LOOKS[size])
        rows.append((f"batches of {size}", _LOOKS[size]))
    for axes, low, high in ((left, peaks[0], peaks[-1]), (right, peaks[0] / 4, peaks[-1] * 4)):
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        ticks = [tick for tick in (0.001, 0.01, 0.1, 1.0, 10.0) if low <= tick <= high]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_yscale("log")
        axes.set_ylim(LOWEST, HIGHEST)
        axes.set_yticks([0.1, 0.3, 1], ["0.1", "0.3", "1"])
        axes.minorticks_off()
        axes.set_ylabel("validation loss (nats)")
    left.set_xlabel("peak of the learning rate")
    right.set_xlabel(f"peak ÷ {'√' if POWERS[rule] < 1 else ''}(size ÷ {USUAL})")
    left.set_title(optimizer)
    right.set_title(f"peak grows like {rule}")
    draw_key(left, rows, "lower left")
    best = [
        f"{plain(peaks[row.argmin()])} with batches of {size}"
        for size, row in zip(SIZES, losses(optimizer), strict=True)
    ]
    figure.set_label(
        f"The peak with the lowest loss of {optimizer} is {', '.join(best)}. In the second panel "
        f"each peak is divided by a factor that grows like {rule}."
    )
    return figure


def _draw_line(axes: Axes, peaks: np.ndarray, row: np.ndarray, look: Look) -> None:
    """Draw a line of losses, and a point at its lowest place."""
    axes.plot(peaks, np.minimum(row, 2 * HIGHEST), **look)
    best = int(row.argmin())
    axes.plot(peaks[best], row[best], "o", color=look["color"], markersize=8)
