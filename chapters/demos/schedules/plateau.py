"""A learning rate that is reduced when the validation loss no longer improves.

The network of `moons` trains, and its validation loss is noisy as long as the rate is large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import DASHED, Look
from ..nets.words import count, plain
from ..show.style import GREEN, INK, MUTED, ORANGE, PURPLE, RED, panels
from .moons import SEED, Training, draw_moons

EPOCHS = 60
RATE = 0.1  # learning rate of the first epoch
FACTOR = 0.3  # a reduction multiplies the rate by it
MIN_DELTA = 1e-4  # the least improvement, as in Keras
LEAST = 1e-3  # the least rate that is drawn
SAID = 6  # reductions that a description lists


@dataclass
class PlateauWatch:
    """The state of `keras.callbacks.ReduceLROnPlateau`.

    Attributes:
        patience: epochs without an improvement until the rate is reduced.
        cooldown: epochs after a reduction that do not count.
        floor: the least rate.
        factor: a reduction multiplies the rate by it.
        min_delta: the least improvement of the loss.
        best: the least loss so far.
        wait: epochs without an improvement so far.
        cooldown_left: epochs that do not count from now on.
    """

    patience: int
    cooldown: int = 0
    floor: float = 0.0
    factor: float = FACTOR
    min_delta: float = MIN_DELTA
    best: float = math.inf
    wait: int = 0
    cooldown_left: int = 0

    def next_rate(self, loss: float, rate: float) -> float:
        """Return the rate of the next epoch, from the loss and the rate of this epoch."""
        if self.cooldown_left > 0:
            self.cooldown_left -= 1
            self.wait = 0
        if loss < self.best - self.min_delta:
            self.best, self.wait = loss, 0
        elif self.cooldown_left == 0:
            self.wait += 1
            if self.wait >= self.patience and rate > self.floor:
                self.cooldown_left, self.wait = self.cooldown, 0
                return max(rate * self.factor, self.floor)
        return rate


@dataclass
class Run:
    """A training.

    Attributes:
        losses: validation loss after each epoch, in nats.
        rates: learning rate of each epoch.
        reductions: epochs, counted from 0, after which the rate was reduced.
        cooldowns: epochs that did not count because of the cooldown.
        weights: of the network at the end, shape (1, size).
    """

    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    reductions: list[int] = field(default_factory=list)
    cooldowns: list[int] = field(default_factory=list)
    weights: np.ndarray = field(default_factory=lambda: np.zeros((1, 0)))


@cache
def train(
    patience: int, cooldown: int = 0, floor: float = 0.0, stop: int = EPOCHS, seed: int = SEED
) -> Run:
    """Train for `EPOCHS` epochs or until early stopping, with the rate `RATE` at first.

    Args:
        patience: epochs without an improvement until the rate is reduced.
        cooldown: epochs after a reduction that do not count.
        floor: the least rate.
        stop: epochs without an improvement until training stops.
        seed: of the first parameters and the batches.
    """
    training, run, rate = Training(seed), Run(), RATE
    watch = PlateauWatch(patience, cooldown, floor)
    best, idle = math.inf, 0
    for epoch in range(EPOCHS):
        loss = training.train_epoch(rate)
        run.losses.append(loss)
        run.rates.append(rate)
        before, rate = rate, watch.next_rate(loss, rate)
        if rate < before:
            run.reductions.append(epoch)
        if watch.cooldown_left and rate == before:
            run.cooldowns.append(epoch)
        idle = 0 if loss < best else idle + 1
        best = min(best, loss)
        if idle >= stop:
            break
    run.weights = training.w
    return run


def draw_response(patience: int, cooldown: int, floor: float) -> Figure:
    """Draw the boundary in the end, and the validation loss and the learning rate of each epoch."""
    figure, (left, right) = panels(2, height=3.8)
    run = train(patience, cooldown, floor)
    draw_moons(left, run.weights)
    left.set_title("the boundary in the end", color=INK)
    _draw_losses(right, run)
    _draw_rates(right, run)
    times = len(run.reductions)
    level = max(floor, 1.1 * LEAST)
    right.axhline(level, color=GREEN, linewidth=1.4, linestyle=DASHED, gid="drag:floor")
    right.text(EPOCHS, 1.12 * level, f"floor {floor:g}", color=GREEN, ha="right", weight="bold")
    right.set_title(f"loss of the last 5 epochs {_last_loss(run):.3f}", color=PURPLE)
    right.text(1, 0.72, f"rate reduced {count(times, 'time')}", color=ORANGE, weight="bold")
    right.set_ylabel("loss (nats), learning rate")
    figure.set_label(
        f"With a patience of {patience}, a cooldown of {cooldown} and a floor of {floor:g}, the "
        f"rate is reduced {count(times, 'time')}, after epochs {_listed(run.reductions)}. In the "
        f"last epoch it is {plain(run.rates[-1])}. The mean loss of the last five epochs is "
        f"{_last_loss(run):.3f} nats."
    )
    return figure


def draw_collision(patience: int, stop: int) -> Figure:
    """Draw the same for a training with early stopping, which has its own patience.

    Args:
        patience: of the reduction of the rate.
        stop: patience of early stopping.
    """
    figure, (left, right) = panels(2, height=3.8)
    run = train(patience, stop=stop)
    _draw_losses(left, run)
    left.set_ylim(0.06, 0.5)
    left.set_yticks([0.1, 0.2, 0.4], ["0.1", "0.2", "0.4"])
    left.set_ylabel("validation loss (nats)")
    _draw_rates(right, run)
    right.set_ylabel("learning rate")
    last = len(run.losses)
    stopped = last < EPOCHS
    for axes in (left, right):
        axes.axvline(last, color=RED if stopped else GREEN, linewidth=1.6, gid="drag:stop")
    left.set_title(f"last 5 epochs: {_last_loss(run):.3f} nats", color=PURPLE)
    words = f"stopped after epoch {last}" if stopped else "not stopped"
    right.set_title(words, color=RED if stopped else GREEN)
    useful = [epoch for epoch in run.reductions if epoch + 1 < last]
    figure.set_label(
        f"With a patience of {patience} for the rate and {stop} for stopping, the training is "
        f"{words}. It has {count(len(useful), 'reduction')} before its last epoch. The mean loss "
        f"of its last five epochs is {_last_loss(run):.3f} nats."
    )
    return figure


def _last_loss(run: Run) -> float:
    """Return the mean loss of the last five epochs."""
    return float(np.mean(run.losses[-5:]))


def _listed(epochs: list[int]) -> str:
    """Return the numbers of the first epochs, counted from 1, as text."""
    first = ", ".join(str(epoch + 1) for epoch in epochs[:SAID])
    return first + (f" and {len(epochs) - SAID} more" if len(epochs) > SAID else "")


def _draw_losses(axes: Axes, run: Run) -> None:
    """Draw the validation loss after each epoch, with a mark after which the rate is reduced."""
    epochs, losses = np.arange(1, len(run.losses) + 1), np.array(run.losses)
    axes.plot(epochs, losses, color=PURPLE, linewidth=1.6)
    marks: Look = {"color": ORANGE, "zorder": 4, "markeredgewidth": 1.4}
    axes.plot(epochs[run.reductions], losses[run.reductions], "|", markersize=12, **marks)
    _draw_epochs(axes)


def _draw_rates(axes: Axes, run: Run) -> None:
    """Draw the learning rate of each epoch, with marks for reductions and cooldowns."""
    epochs, rates = np.arange(1, len(run.rates) + 1), np.array(run.rates)
    axes.plot(epochs, rates, color=ORANGE, drawstyle="steps-mid")
    reduced = epochs[run.reductions]
    axes.plot(reduced, rates[run.reductions], "o", color=ORANGE, markersize=6, zorder=4)
    cooldowns = epochs[run.cooldowns]
    level = np.full(len(cooldowns), 2.5 * LEAST)
    axes.plot(cooldowns, level, "s", color=MUTED, markersize=3.5)
    _draw_epochs(axes)
    axes.set_ylim(LEAST, 1)
    axes.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])


def _draw_epochs(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.minorticks_off()
    axes.set_xlim(0, EPOCHS + 1)
    axes.set_xlabel("epoch")
