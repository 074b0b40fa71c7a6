"""A rate that answers to the validation loss: reduced where the loss has stopped improving.

The descent is the noisy one of `drive`, twenty steps an epoch. The validation loss of an epoch
is the mean over its steps, so that it is noisy itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..show.style import GREEN, MUTED, ORANGE, PURPLE, RED, panels
from .drive import CURVATURE, NOISE, START

EPOCHS = 60
EACH = 20  # steps in an epoch
FACTOR = 0.3  # what a reduction multiplies the rate by
MIN_DELTA = 1e-4  # less is no improvement, as in Keras


@dataclass
class Watch:
    """What `keras.callbacks.ReduceLROnPlateau` keeps from epoch to epoch."""

    patience: int
    cooldown: int = 0
    floor: float = 0.0
    factor: float = FACTOR
    min_delta: float = MIN_DELTA
    best: float = math.inf
    wait: int = 0
    resting: int = 0

    def after(self, loss: float, rate: float) -> float:
        """Return the rate for the next epoch, from this epoch's loss and rate."""
        if self.resting > 0:
            self.resting -= 1
            self.wait = 0
        if loss < self.best - self.min_delta:
            self.best, self.wait = loss, 0
        elif self.resting == 0:
            self.wait += 1
            if self.wait >= self.patience and rate > self.floor:
                self.resting, self.wait = self.cooldown, 0
                return max(rate * self.factor, self.floor)
        return rate


@dataclass
class Run:
    """A training: what each epoch had, and after which epochs the rate was reduced (from 0)."""

    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    reduced: list[int] = field(default_factory=list)
    resting: list[int] = field(default_factory=list)


def epoch_loss(w: np.ndarray, rate: float, noise: np.ndarray) -> tuple[np.ndarray, float]:
    """Descend for an epoch.

    Args:
        w: where it begins, shape (2,).
        rate: learning rate.
        noise: what is added to the gradient of each step, shape (EACH, 2).

    Returns:
        Where it ends, shape (2,), and the mean loss over its steps.
    """
    losses = []
    for error in noise:
        w = w - rate * (CURVATURE * w + error)
        losses.append(np.sum(CURVATURE * w**2) / 2)
    return w, float(np.mean(losses))


@cache
def train(patience: int, cooldown: int = 0, floor: float = 0.0, stop: int = EPOCHS) -> Run:
    """Train from a rate of 1 for `EPOCHS` epochs, or until early stopping.

    Args:
        patience: epochs without improvement until the rate is reduced.
        cooldown: epochs after a reduction that do not count.
        floor: the least rate.
        stop: epochs without improvement until training stops.
    """
    noise = NOISE * np.random.default_rng(1).standard_normal((EPOCHS, EACH, 2))
    run, watch, w, rate = Run(), Watch(patience, cooldown, floor), START, 1.0
    best, idle = math.inf, 0
    for epoch in range(EPOCHS):
        w, loss = epoch_loss(w, rate, noise[epoch])
        run.losses.append(loss)
        run.rates.append(rate)
        before, rate = rate, watch.after(loss, rate)
        if rate < before:
            run.reduced.append(epoch)
        if watch.resting and rate == before:
            run.resting.append(epoch)
        idle = 0 if loss < best else idle + 1
        best = min(best, loss)
        if idle >= stop:
            break
    return run


def draw_response(patience: int, cooldown: int, floor: float) -> Figure:
    """Draw the validation loss of each epoch and the rate that answers to it."""
    figure, (left, right) = panels(2, height=3.8)
    run = train(patience, cooldown, floor)
    _draw_run(left, right, run)
    times = len(run.reduced)
    left.set_title(f"mean of the last 5 epochs {_end(run):.2f}", color=PURPLE)
    right.set_title(f"reduced {times} time{'s' * (times != 1)}", color=ORANGE)
    figure.set_label(
        f"With patience {patience}, cooldown {cooldown} and floor {floor:g} the rate is reduced "
        f"after epochs {_spoken(run.reduced)}; it ends at {run.rates[-1]:.2g}, and the mean loss "
        f"of the last five epochs is {_end(run):.4f}."
    )
    return figure


def draw_collision(patience: int, stop: int) -> Figure:
    """Draw the same where early stopping watches too, with a patience of its own."""
    figure, (left, right) = panels(2, height=3.8)
    run = train(patience, stop=stop)
    _draw_run(left, right, run)
    last = len(run.losses)
    stopped = last < EPOCHS
    for axes in (left, right):
        if stopped:
            axes.axvline(last, color=RED, linewidth=1.6)
    left.set_title(f"mean of the last 5 epochs {_end(run):.2f}", color=PURPLE)
    words = f"stopped after epoch {last}" if stopped else "not stopped"
    right.set_title(words, color=RED if stopped else GREEN)
    useful = [epoch for epoch in run.reduced if epoch + 1 < last]
    figure.set_label(
        f"With a patience of {patience} for the rate and {stop} for stopping, training is {words}, "
        f"reductions in time: {len(useful)}; the mean loss of the last five epochs is "
        f"{_end(run):.4f}."
    )
    return figure


def _end(run: Run) -> float:
    return float(np.mean(run.losses[-5:]))


def _spoken(reduced: list[int]) -> str:
    return ", ".join(str(epoch + 1) for epoch in reduced) or "none"


def _draw_run(left: Axes, right: Axes, run: Run) -> None:
    """Draw the losses on the left and the rates on the right; a dot is a reduction."""
    epochs = np.arange(1, len(run.losses) + 1)
    losses, rates = np.array(run.losses), np.array(run.rates)
    left.plot(epochs, losses, color=PURPLE, linewidth=1.6)
    right.plot(epochs, rates, color=ORANGE, drawstyle="steps-mid")
    left.plot(epochs[run.reduced], losses[run.reduced], "o", color=ORANGE, markersize=6, zorder=4)
    right.plot(epochs[run.reduced], rates[run.reduced], "o", color=ORANGE, markersize=6, zorder=4)
    for axes, level in ((left, 0.0012), (right, 0.0014)):
        rest = epochs[run.resting]
        axes.plot(rest, np.full(len(rest), level), "s", color=MUTED, markersize=3.5)
        axes.set_yscale("log")
        axes.set_xlim(0, EPOCHS + 1)
        axes.set_xlabel("epoch")
    left.set_ylim(0.001, 3)
    left.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    left.set_ylabel("validation loss")
    right.set_ylim(0.0012, 1.5)
    right.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    right.set_ylabel("learning rate")
    for axes in (left, right):
        axes.minorticks_off()
