"""When to stop, seen on one real validation curve; the run is that of `remedy` without a remedy."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..show.style import BLUE, INK, MUTED, ORANGE, panels
from . import remedy

WRONG = 0.2  # share of the training labels that are wrong


def losses() -> np.ndarray:
    """Return training and validation loss of one network after each epoch, in nats, (2, 60)."""
    return remedy.train("nothing", WRONG)[:, :, 0]


def waiting(validation: np.ndarray, patience: int, min_delta: float) -> tuple[int, list[int]]:
    """Return where training stops and which epochs counted as better, as Keras decides it.

    Args:
        validation: the loss after each epoch, shape (epochs,).
        patience: epochs without a better one after which training stops.
        min_delta: by more than this an epoch must be below the best to count as better, >= 0.

    Returns:
        The last epoch that is trained and the better ones in order, all numbered from 1.
    """
    better = [1]
    for epoch, loss in enumerate(validation[1:], start=2):
        if loss < validation[better[-1] - 1] - min_delta:
            better.append(epoch)
        elif epoch - better[-1] >= patience:
            return epoch, better
    return len(validation), better


def draw_waiting(patience: int, min_delta: float, restored: bool) -> Figure:
    """Draw the curve as far as it is trained, the wait, and the model that you get.

    Args:
        patience: epochs to wait.
        min_delta: what counts as better, in nats.
        restored: whether the best weights come back, or the last ones stay.
    """
    figure, axes = panels(1, height=4.0)
    training, validation = losses()
    stop, better = waiting(validation, patience, min_delta)
    epochs = np.arange(1, len(validation) + 1)
    got = better[-1] if restored else stop
    axes.axvspan(better[-1], stop, color=ORANGE, alpha=0.16, linewidth=0)
    axes.plot(epochs[:stop], training[:stop], color=MUTED, linewidth=1.6, linestyle=(0, (4, 1.5)))
    axes.plot(epochs[stop - 1 :], validation[stop - 1 :], color=BLUE, linewidth=1.2, alpha=0.35)
    axes.plot(epochs[:stop], validation[:stop], color=BLUE, linewidth=1.8)
    axes.plot(better, validation[np.array(better) - 1], "o", color=BLUE, markersize=4.5)
    axes.plot([stop, stop], [0, 0.95], color=ORANGE, linewidth=1.6)
    axes.plot([got], [validation[got - 1]], "*", color=INK, markersize=15, zorder=5)
    axes.text(stop, 0.97, f"stop: {stop}", color=ORANGE, fontweight="bold", ha="center")
    axes.text(5.5, 0.47, "validation", color=BLUE, fontweight="bold")
    if stop > 14:  # so that a part of its curve is there
        axes.text(12.5, 0.88, "training", color=MUTED, fontweight="bold")
    axes.set_title(f"★ you get epoch {got}: {validation[got - 1]:.3f} nats")
    axes.set_xlim(0, len(validation) + 2)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss (nats)")
    figure.set_label(
        f"With patience {patience} and a min_delta of {min_delta:g} training ends after epoch "
        f"{stop}; epoch {better[-1]} counted as the best. The model that you get is "
        f"{'the restored' if restored else 'the last'} one, with a validation loss of "
        f"{validation[got - 1]:.3f} nats."
    )
    return figure
