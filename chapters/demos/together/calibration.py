"""Calibration: a network's accuracy at each confidence, and a temperature that corrects it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import probabilities
from ..nets.images import load
from ..nets.recipe import train
from ..show.style import BLUE, GREEN, MUTED, ORANGE, panels
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
    """Return the logits of five networks for the validation pictures, shape (5, 500, 10).

    Args:
        name: of one of `RECIPES`.
    """
    recipe = RECIPES[name]
    return recipe.logits(train(recipe, SEEDS).weights[-1], load().x_validation)


def confidence_and_hits(name: str, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the confidence of each answer and whether it is right, both of shape (2500,)."""
    p = probabilities(logits(name) / temperature)
    return p.max(axis=-1).ravel(), (p.argmax(axis=-1) == load().y_validation).ravel()


def reliability(
    confidence: np.ndarray, hits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each bin of confidence the number of answers, their mean confidence and accuracy.

    Args:
        confidence: of each answer, shape (n,).
        hits: whether each answer is right, shape (n,).

    Returns:
        Three arrays of shape (BINS,), nan where a bin is empty.
    """
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    number = np.bincount(place, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, confidence, BINS) / number
        accuracy = np.bincount(place, hits, BINS) / number
    return number, mean, accuracy


def expected_calibration_error(confidence: np.ndarray, hits: np.ndarray) -> float:
    """Return the mean distance of confidence and accuracy, from 0 to 1.

    The arguments are those of `reliability`.
    """
    number, mean, accuracy = reliability(confidence, hits)
    return float(np.nansum(number * np.abs(accuracy - mean)) / len(confidence))


def cross_entropy(name: str, temperature: float) -> float:
    """Return the mean cross-entropy of the validation pictures in nats."""
    y = load().y_validation
    p = probabilities(logits(name) / temperature)[:, np.arange(len(y)), y]
    return float(-np.mean(np.log(p)))


@cache
def _curves(name: str) -> np.ndarray:
    """Return loss and expected calibration error at each temperature, shape (2, 12)."""
    pairs = [
        (cross_entropy(name, t), expected_calibration_error(*confidence_and_hits(name, t)))
        for t in TEMPERATURES
    ]
    return np.array(pairs).T


def draw_reliability(network: str, temperature: float) -> Figure:
    """Draw accuracy against confidence, and loss and calibration error against temperature.

    Args:
        network: a name of `RECIPES`.
        temperature: one of `TEMPERATURES`.
    """
    figure, (left, right) = panels(2, height=3.9)
    confidence, hits = confidence_and_hits(network, temperature)
    number, mean, accuracy = reliability(confidence, hits)
    left.plot([0, 100], [0, 100], color=MUTED, linewidth=1)
    for n, m, a in zip(number, 100 * mean, 100 * accuracy, strict=True):
        if n >= 5:  # the accuracy of fewer answers is mostly chance
            left.plot([m, m], [m, a], color=ORANGE, linewidth=1.4)
            size = 3 + 11 * np.sqrt(n / len(confidence))
            left.plot([m], [a], "o", color=BLUE, markersize=size, clip_on=False)
    left.set_title(
        f"sure {100 * confidence.mean():.1f}%, right {100 * hits.mean():.1f}%", color=MUTED
    )
    left.set_xlim(0, 100)
    left.set_ylim(0, 103)
    left.set_xlabel("confidence (%)")
    left.set_ylabel("right (%)")

    loss, errors = _curves(network)
    now = TEMPERATURES.index(temperature)
    right.axvline(temperature, ymax=0.8, color=MUTED, linewidth=1.4, gid="drag:temperature")
    for values, color, dash, mark in ((loss, GREEN, "solid", "s"), (errors, ORANGE, "dashed", "o")):
        shown = np.where(values <= 1, values, np.nan)  # the space above is for the numbers
        right.plot(TEMPERATURES, shown, color=color, linestyle=dash)
        right.plot([temperature], shown[now : now + 1], mark, color=color, markersize=8)
    right.text(0.32, 1.16, f"loss {loss[now]:.3f} nats", color=GREEN, fontweight="bold")
    words = f"calibration error {100 * errors[now]:.1f}%"
    right.text(0.32, 1.06, words, color=ORANGE, fontweight="bold")
    right.set_xscale("log")
    right.set_xticks([0.3, 0.5, 1, 2, 4], ["0.3", "0.5", "1", "2", "4"])
    right.set_ylim(0, 1.25)
    right.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    right.set_xlabel("temperature τ")
    right.set_ylabel("loss (nats), calibration error")
    right.minorticks_off()
    figure.set_label(
        f"{network}, temperature {temperature:g}: mean confidence {100 * confidence.mean():.1f} "
        f"percent, "
        f"right {100 * hits.mean():.1f} percent, loss {loss[now]:.3f} nats, expected calibration "
        f"error {100 * errors[now]:.1f} percent."
    )
    return figure
