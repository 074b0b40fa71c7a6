"""Mail is classified by one feature while some labels are wrong; two losses fit a boundary.

The model is p = 1 / (1 + exp(-k (x - b))), with a boundary b and a sharpness k. Both kinds of mail
are evenly spaced quantiles of a distribution, so that nothing depends on luck.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
from matplotlib.figure import Figure

from ..nets.functions import logistic
from ..nets.names import DASHED, Look, draw_key
from ..show.style import BLUE, INK, ORANGE, PURPLE, RED, panels

EACH = 50  # messages of each kind
RATES = [i / 20 for i in range(9)]  # shares of a kind's labels that are wrong, 0 to 0.4
SHARPEST = 8.0  # per word; squared error may prefer a step, and this is nearly one
LOOKS: dict[str, Look] = {
    "squared error": {"color": PURPLE, "linestyle": DASHED},
    "cross-entropy": {"color": BLUE},
}
# The kinds whose labels are wrong; for each case the distribution of spam, and these kinds.
CASES = {
    "both kinds, which vary alike": ("even", "both"),
    "both kinds, spam varies widely": ("tail", "both"),
    "only spam, which varies widely": ("tail", "spam"),
}


def word_counts(spread: str) -> np.ndarray:
    """Return the number of suspicious words in each message, shape (2 * EACH,), real mail first.

    Args:
        spread: "even" if spam has the distribution of real mail, shifted; "tail" if some spam has
            very many of the words.
    """
    level = (np.arange(EACH) + 0.5) / EACH
    mail = np.array([NormalDist(4.0, 1.6).inv_cdf(q) for q in level])
    if spread == "even":
        return np.concatenate([mail, mail + 5.0])
    return np.concatenate([mail, 5.5 - 6.0 * np.log(1 - level)])


def labels(rate: float, wrong: str) -> np.ndarray:
    """Return the labels of the messages, 1 for spam, shape (2 * EACH,).

    Args:
        rate: share of wrong labels in each kind that has any; a label that is wrong at one rate is
            also wrong at every higher rate.
        wrong: "both" if the labels of both kinds are wrong equally often, "spam" if only labels of
            spam are wrong, so that half of the rate is the share in all messages.
    """
    golden = np.arange(EACH) * (5**0.5 - 1) / 2 % 1  # spreads the wrong labels evenly
    flipped = np.argsort(np.argsort(golden)) < round(rate * EACH)
    return np.concatenate([flipped if wrong == "both" else np.zeros(EACH, bool), ~flipped])


def mean_loss(b: np.ndarray, k: np.ndarray, x: np.ndarray, y: np.ndarray, loss: str) -> np.ndarray:
    """Return the mean loss for boundaries and sharpnesses, of their broadcast shape.

    Args:
        b: boundaries in words, any shape.
        k: sharpnesses per word, of a shape that broadcasts with that of `b`.
        x: word counts, shape (n,).
        y: labels, shape (n,).
        loss: "squared error" or "cross-entropy".
    """
    wrong_logits = np.where(y, -1.0, 1.0) * k[..., None] * (x - b[..., None])
    cross_entropy = np.logaddexp(0, wrong_logits)
    if loss == "squared error":
        return np.mean((1 - np.exp(-cross_entropy)) ** 2, axis=-1)
    return np.mean(cross_entropy, axis=-1)


def fit(x: np.ndarray, y: np.ndarray, loss: str) -> tuple[float, float]:
    """Return the boundary in words and the sharpness per word with the least mean loss.

    The sharpness is at most `SHARPEST`. The other arguments are those of `mean_loss`.
    """
    # Squared error through a sigmoid can have several valleys, so the search tries a whole grid
    # before it refines the grid around the best point.
    boundary, sharpness = np.linspace(0, 25, 51), np.geomspace(0.02, SHARPEST, 25)
    for _ in range(12):
        value = mean_loss(boundary[:, None], sharpness[None, :], x, y, loss)
        row, column = np.unravel_index(np.argmin(value), value.shape)
        b, k = float(boundary[row]), float(sharpness[column])
        reach, ratio = 1.5 * (boundary[1] - boundary[0]), (sharpness[1] / sharpness[0]) ** 1.5
        boundary = np.linspace(b - reach, b + reach, 13)
        sharpness = np.geomspace(k / ratio, min(k * ratio, SHARPEST), 13)
    return b, k


def right_share(boundary: float, spread: str) -> float:
    """Return the share of all messages that a boundary classifies correctly, by their true kind."""
    return float(np.mean((word_counts(spread) > boundary) == labels(0.0, "both")))


@cache
def fitted(case: str, rate: float, loss: str) -> tuple[float, float]:
    """Return `fit` for one of `CASES`; every frame of the demo draws all boundaries."""
    spread, wrong = CASES[case]
    return fit(word_counts(spread), labels(rate, wrong), loss)


def draw_boundaries(rate: float, case: str) -> Figure:
    """Draw the messages and both fits, and the boundaries at each share of wrong labels.

    Args:
        rate: share of wrong labels in each kind that has any, one of `RATES`.
        case: a name of `CASES`.
    """
    figure, (left, right) = panels(2, height=3.8)
    spread, wrong = CASES[case]
    x, y, truth = word_counts(spread), labels(rate, wrong), labels(0.0, wrong)
    mislabeled = y != truth
    left.plot(x[~mislabeled], y[~mislabeled], "|", color=INK, markersize=9)
    left.plot(x[mislabeled], y[mislabeled], "x", color=RED, markersize=7, markeredgewidth=1.6)
    line = np.linspace(0, 25, 126)
    phrases = []
    rows = []
    # The key is above the line.
    right.axvline(100 * rate, ymax=0.8, color=ORANGE, linewidth=1.2, gid="drag:rate")
    for loss, look in LOOKS.items():
        b, k = fitted(case, rate, loss)
        share = right_share(b, spread)
        left.plot(line, logistic(k * (line - b)), **look)
        every = [fitted(case, r, loss)[0] for r in RATES]
        right.plot([100 * r for r in RATES], every, **look)
        point = {"color": look["color"], "markersize": 8, "zorder": 4}
        left.plot([b], [0.5], "o", **point)
        right.plot([100 * rate], [b], "o", clip_on=False, **point)
        rows.append((f"{loss}: {100 * share:.0f}% right", look))
        sorts = f"which sorts {100 * share:.0f} percent correctly"
        phrases.append(f"{loss} puts the boundary at {b:.1f} words, {sorts}")
    left.text(24.8, 0.06, "× wrong label", color=RED, ha="right")
    left.set_xlim(0, 25)
    left.set_ylim(-0.1, 1.45)
    left.set_yticks([0, 0.5, 1], ["real  0", "0.5", "spam  1"])
    left.set_xlabel("suspicious words in a message")
    left.set_ylabel("label, and p fitted to it")
    right.set_xlim(0, 40)
    right.set_ylim(4, 16)
    share_of = "spam labels" if wrong == "spam" else "labels"
    right.set_xlabel(f"wrong {share_of} (percent)")
    right.set_ylabel("boundary (words)")
    draw_key(left, rows, "upper right")
    draw_key(right, list(LOOKS.items()))
    varies = "Spam varies widely." if spread == "tail" else "Both kinds vary alike."
    figure.set_label(
        f"{varies} With {100 * rate:.0f} percent of the {share_of} wrong, {', and '.join(phrases)}."
    )
    return figure
