"""Errors of a network that was trained on few pictures, as they are or moved by a pixel."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from matplotlib.figure import Figure

from ..nets import images
from ..nets.names import DASHED, Look, draw_key
from ..nets.network import Network
from ..nets.optimizers import named
from ..nets.recipe import shifted_views
from ..show.style import BLUE, MUTED, ORANGE, panels

COUNTS = (50, 100, 200, 400, 800)  # training pictures
STEPS = 1000
BATCH = 32
LEARNING_RATE = 0.003
SEEDS = (1, 2, 3)
NETWORK = Network((64, 128, 10))
SHIFTS = list(product((-1, 0, 1), repeat=2))  # pixels to the right and down
_PICTURE = 9  # the validation picture that is drawn
_LOOKS: dict[bool, Look] = {
    False: {"color": ORANGE, "marker": "s", "linestyle": DASHED},
    True: {"color": BLUE, "marker": "o"},
}
_NAMES = {False: "trained on pictures as they are", True: "trained on moved pictures"}


@cache
def train(count: int, moved: bool) -> np.ndarray:
    """Return the parameters of a trained network for each of `SEEDS`, shape (3, size).

    The optimizer is Adam.

    Args:
        count: number of training pictures.
        moved: whether each picture is moved by up to a pixel, anew each time that it is used.
    """
    x, labels, _, _ = images.digits()
    views = shifted_views(x[:count], float(moved))
    y, random = images.one_hot(labels, np.float32), np.random.default_rng(0)
    w, adam = NETWORK.first_parameters(SEEDS, dtype=np.float32), named("Adam")
    state = adam.state
    for t in range(1, STEPS + 1):
        picked, view = random.integers(count, size=BATCH), random.integers(len(views), size=BATCH)
        _, gradient, _ = NETWORK.loss_and_gradient(w, views[view, picked], y[picked])
        update, state = adam.rule(gradient, state, t)
        w = w + np.float32(LEARNING_RATE) * update
    return w


@cache
def percent_wrong(count: int, moved: bool, validation_moved: bool) -> np.ndarray:
    """Return the share of validation pictures that is read wrong in percent, shape (3,).

    Args:
        count: number of training pictures.
        moved: as for `train`.
        validation_moved: whether the validation pictures are moved by a pixel; the share is then
            the mean over all eight directions.
    """
    _, _, x, labels = images.digits()
    w = train(count, moved)
    shifts = [shift for shift in SHIFTS if any(shift)] if validation_moved else [(0, 0)]
    read = [NETWORK.forward(w, images.shifted(x, *shift)).logits.argmax(-1) for shift in shifts]
    wrong: np.ndarray = 100 * np.mean(np.array(read) != labels, axis=(0, 2))
    return wrong


def draw_few_pictures(validation_moved: bool) -> Figure:
    """Draw a validation picture, and how often the networks read such pictures wrong.

    Args:
        validation_moved: whether the validation pictures are moved by a pixel.
    """
    figure, (left, right) = panels(2, height=3.9)
    _, _, x, labels = images.digits()
    shift = (1, 1) if validation_moved else (0, 0)
    images.draw_picture(left, images.shifted(x[_PICTURE][None], *shift)[0], 420)
    left.set_title(f"a validation picture: {labels[_PICTURE]}", color=MUTED)
    means = {}
    for moved, look in _LOOKS.items():
        wrong = [percent_wrong(count, moved, validation_moved).mean() for count in COUNTS]
        right.plot(COUNTS, wrong, markersize=6, **look)
        means[moved] = wrong
    right.set_xscale("log")
    right.set_xticks(COUNTS, [str(count) for count in COUNTS])
    right.minorticks_off()
    right.set_ylim(0, 100)
    right.set_xlabel("training pictures")
    right.set_ylabel("read wrong (percent)")
    draw_key(right, [(_NAMES[moved], look) for moved, look in _LOOKS.items()], "upper right")
    described = " and ".join(f"{wrong:.0f}" for wrong in (means[False][1], means[True][1]))
    where = "moved by a pixel" if validation_moved else "centered"
    figure.set_label(
        f"The validation pictures are {where}. With 100 training pictures as they are, and moved, "
        f"{described} percent of them are read wrong; with 800 training pictures "
        f"{means[False][-1]:.0f} and {means[True][-1]:.0f} percent."
    )
    return figure
