"""How often a network is right when it says that it is so sure, and a temperature that mends it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..losses.logits import shares
from ..nets.images import load
from ..nets.recipe import read, train
from ..show.style import BLUE, GREEN, INK, MUTED, ORANGE, panels
from .choices import FIRST, SEEDS

BINS = 10
TEMPERATURES = (0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
RECIPES = {
    "100 pictures, 300 epochs": replace(FIRST, pictures=100, epochs=300),
    "797 pictures, 3 epochs": replace(FIRST, epochs=3),
    "797 pictures, 30 epochs": FIRST,
}


@cache
def logits(name: str) -> np.ndarray:
    """Return what five networks add up for the validation pictures, shape (5, 500, 10)."""
    recipe = RECIPES[name]
    return read(train(recipe, SEEDS).weights[-1], load().x_validation, recipe)[2]


def stated(name: str, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Return how sure each answer is and whether it is right, both of shape (2500,)."""
    p = shares(logits(name) / temperature)
    return p.max(axis=-1).ravel(), (p.argmax(axis=-1) == load().y_validation).ravel()


def reliability(sure: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each bin of confidence the number of answers, their mean confidence and accuracy.

    Args:
        sure: confidences, shape (n,).
        right: whether each answer is right, shape (n,).

    Returns:
        Three arrays of shape (BINS,), nan where a bin is empty.
    """
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    number = np.bincount(place, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, sure, BINS) / number
        share = np.bincount(place, right, BINS) / number
    return number, mean, share


def expected_gap(sure: np.ndarray, right: np.ndarray) -> float:
    """Return the expected calibration error, from 0 to 1."""
    number, mean, share = reliability(sure, right)
    return float(np.nansum(number * np.abs(share - mean)) / len(sure))


def surprise(name: str, temperature: float) -> float:
    """Return the mean cross-entropy in nats."""
    y = load().y_validation
    p = shares(logits(name) / temperature)[:, np.arange(len(y)), y]
    return float(-np.mean(np.log(p)))


@cache
def _curves(name: str) -> np.ndarray:
    """Return loss and expected calibration error at each temperature, shape (2, 12)."""
    pairs = [(surprise(name, t), expected_gap(*stated(name, t))) for t in TEMPERATURES]
    return np.array(pairs).T


def draw_reliability(network: str, temperature: float) -> Figure:
    """Draw accuracy over confidence, and what the temperature does to loss and calibration.

    Args:
        network: a name of `RECIPES`.
        temperature: one of `TEMPERATURES`.
    """
    figure, (left, right) = panels(2, height=3.9)
    sure, hits = stated(network, temperature)
    number, mean, share = reliability(sure, hits)
    left.plot([0, 100], [0, 100], color=MUTED, linewidth=1)
    for n, m, s in zip(number, 100 * mean, 100 * share, strict=True):
        if n >= 5:  # fewer say nothing
            left.plot([m, m], [m, s], color=ORANGE, linewidth=1.4)
            size = 3 + 11 * np.sqrt(n / len(sure))
            left.plot([m], [s], "o", color=BLUE, markersize=size, clip_on=False)
    left.text(3, 94, f"sure {100 * sure.mean():.1f}%", color=INK)
    left.text(3, 86, f"right {100 * hits.mean():.1f}%", color=BLUE, fontweight="bold")
    left.set_xlim(0, 100)
    left.set_ylim(0, 103)
    left.set_xlabel("confidence (%)")
    left.set_ylabel("right (%)")

    loss, gaps = _curves(network)
    now = TEMPERATURES.index(temperature)
    for values, color, dash, mark in ((loss, GREEN, "solid", "s"), (gaps, ORANGE, "dashed", "o")):
        shown = np.where(values <= 1, values, np.nan)  # above is where the numbers stand
        right.plot(TEMPERATURES, shown, color=color, linestyle=dash)
        right.plot([temperature], shown[now : now + 1], mark, color=color, markersize=8)
    right.text(0.32, 1.16, f"loss {loss[now]:.3f} nats", color=GREEN, fontweight="bold")
    words = f"calibration error {100 * gaps[now]:.1f}%"
    right.text(0.32, 1.06, words, color=ORANGE, fontweight="bold")
    right.set_xscale("log")
    right.set_xticks([0.3, 0.5, 1, 2, 4], ["0.3", "0.5", "1", "2", "4"])
    right.set_ylim(0, 1.25)
    right.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    right.set_xlabel("temperature")
    right.set_ylabel("loss (nats), calibration error")
    right.minorticks_off()
    figure.set_label(
        f"{network}, temperature {temperature:g}: mean confidence {100 * sure.mean():.1f} percent, "
        f"right {100 * hits.mean():.1f} percent, loss {loss[now]:.3f} nats, expected calibration "
        f"error {100 * gaps[now]:.1f} percent."
    )
    return figure
