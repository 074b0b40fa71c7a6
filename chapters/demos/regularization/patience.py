"""Early stopping on one real validation curve: a run of `regularizers` without any regularizer."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look, draw_key
from ..nets.words import count
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
    looks: dict[str, Look] = {
        "validation": {"color": BLUE, "linewidth": 1.8},
        "training": {"color": MUTED, "linewidth": 1.6, "linestyle": DASHED},
    }
    axes.plot(epochs[:stop], training[:stop], **looks["training"])
    axes.plot(epochs[stop - 1 :], validation[stop - 1 :], color=BLUE, linewidth=1.2, alpha=0.35)
    axes.plot(epochs[:stop], validation[:stop], **looks["validation"])
    axes.plot(improvements, validation[np.array(improvements) - 1], "o", color=BLUE, markersize=4.5)
    axes.axvline(stop, ymax=0.8, color=ORANGE, linewidth=1.6, gid="drag:patience")
    axes.plot([got], [validation[got - 1]], "*", color=INK, markersize=15, zorder=5)
    beside, side = (stop + 0.8, "left") if stop < 45 else (stop - 0.8, "right")
    axes.text(beside, 0.08, f"stop: {stop}", color=ORANGE, fontweight="bold", ha=side)
    draw_key(axes, list(looks.items()), "upper right")
    axes.set_title(f"★ you get epoch {got}: {validation[got - 1]:.3f} nats")
    axes.set_xlim(0, len(validation) + 2)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss (nats)")
    figure.set_label(
        f"With a patience of {count(patience, 'epoch')} and a min_delta of {min_delta:g}, training "
        f"ends after epoch {stop}, and epoch {best} counts as the best. You get the weights of "
        f"epoch {got}, with a validation loss of {validation[got - 1]:.3f} nats."
    )
    return figure
