"""Early stopping on one real validation curve: a run of `regularizers` without any regularizer."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..show.style import BLUE, INK, MUTED, ORANGE, panels
from . import regularizers

WRONG = 0.2  # share of the training labels that are wrong


def losses() -> np.ndarray:
    """Return training and validation loss after each epoch in nats, shape (2, 60)."""
    return regularizers.train("nothing", WRONG)[:, :, 0]


def stop_epoch(validation: np.ndarray, patience: int, min_delta: float) -> tuple[int, list[int]]:
    """Return the last epoch of a training with early stopping, and its improvements.

    The rules are those of Keras.

    Args:
        validation: the loss after each epoch, shape (epochs,).
        patience: epochs without an improvement after which training stops.
        min_delta: an epoch is an improvement if its loss is lower than the best by more, >= 0.

    Returns:
        The last epoch, and the improvements in order; epochs are counted from 1.
    """
    improvements = [1]
    for epoch, loss in enumerate(validation[1:], start=2):
        if loss < validation[improvements[-1] - 1] - min_delta:
            improvements.append(epoch)
        elif epoch - improvements[-1] >= patience:
            return epoch, improvements
    return len(validation), improvements


def draw_waiting(patience: int, min_delta: float, restored: bool) -> Figure:
    """Draw the curve up to the stop, the wait, and the model that you get.

    Args:
        patience: epochs to wait.
        min_delta: the least improvement, in nats.
        restored: whether the weights of the best epoch are restored.
    """
    figure, axes = panels(1, height=4.0)
    training, validation = losses()
    stop, improvements = stop_epoch(validation, patience, min_delta)
    epochs, best = np.arange(1, len(validation) + 1), improvements[-1]
    got = best if restored else stop
    axes.axvspan(best, stop, color=ORANGE, alpha=0.16, linewidth=0)
    axes.plot(epochs[:stop], training[:stop], color=MUTED, linewidth=1.6, linestyle=(0, (4, 1.5)))
    axes.plot(epochs[stop - 1 :], validation[stop - 1 :], color=BLUE, linewidth=1.2, alpha=0.35)
    axes.plot(epochs[:stop], validation[:stop], color=BLUE, linewidth=1.8)
    axes.plot(improvements, validation[np.array(improvements) - 1], "o", color=BLUE, markersize=4.5)
    axes.plot([stop, stop], [0, 0.95], color=ORANGE, linewidth=1.6)
    axes.plot([got], [validation[got - 1]], "*", color=INK, markersize=15, zorder=5)
    axes.text(stop, 0.97, f"stop: {stop}", color=ORANGE, fontweight="bold", ha="center")
    axes.text(5.5, 0.47, "validation", color=BLUE, fontweight="bold")
    if stop > 14:  # the training curve must be long enough to label it
        axes.text(12.5, 0.88, "training", color=MUTED, fontweight="bold")
    axes.set_title(f"★ you get epoch {got}: {validation[got - 1]:.3f} nats")
    axes.set_xlim(0, len(validation) + 2)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss (nats)")
    figure.set_label(
        f"With patience {patience} and a min_delta of {min_delta:g} training ends after epoch "
        f"{stop}; epoch {best} counted as the best. The model that you get is "
        f"{'the restored' if restored else 'the last'} one, with a validation loss of "
        f"{validation[got - 1]:.3f} nats."
    )
    return figure
