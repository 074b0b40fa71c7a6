"""Ten layers with random weights: the sizes of values and gradients, and what training reaches."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import Look
from ..nets.words import plain
from ..show.style import BLUE, GREEN, MUTED, PURPLE, panels
from . import stack
from .functions import ACTIVATIONS

LAYERS = 10
UNITS = 64  # in each layer; the number of inputs is the same
EXAMPLES = 64
SCALES = {
    "0.5": 0.5,
    "0.7": 0.7,
    "1 (Glorot)": 1.0,
    "1.41 (He)": np.sqrt(2),
    "2": 2.0,
    "3": 3.0,
    "4": 4.0,
    "6": 6.0,
}
LEAST, MOST = 3e-10, 3e8  # the sizes that are drawn
NEAR = (0.1, 10)  # sizes that are near to 1
SHOWN = ("none", "sigmoid", "tanh", "ReLU")
SEEDS = (0, 1, 2)  # of the networks that are trained
RATE = 0.05  # the learning rate of all of them


@cache
def sizes(activation: str, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the sizes of values and gradients, from the inputs to the last layer.

    A size is a root mean square over units and examples. The inputs have size 1, and so does the
    gradient by the outputs.

    Args:
        activation: a name of `ACTIVATIONS`.
        scale: of the weights, whose standard deviation is `scale / sqrt(UNITS)`; biases are 0.

    Returns:
        Sizes of the values, and of the gradients by them, each of shape (LAYERS + 1,).
    """
    random, f = np.random.default_rng(6), ACTIVATIONS[activation]
    weights = random.standard_normal((LAYERS, UNITS, UNITS)) * scale / np.sqrt(UNITS)
    values, slopes = [random.standard_normal((EXAMPLES, UNITS))], []
    for w in weights:
        z = values[-1] @ w
        values.append(f.value(z))
        slopes.append(f.slope(z))
    gradients = [random.standard_normal((EXAMPLES, UNITS))]
    for w, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradients.append((gradients[-1] * slope) @ w.T)
    return _root_mean_squares(values), _root_mean_squares(gradients[::-1])


def _root_mean_squares(arrays: list[np.ndarray]) -> np.ndarray:
    return np.array([np.sqrt(np.mean(array**2)) for array in arrays])


@cache
def read_correctly(activation: str) -> np.ndarray:
    """Return the share of the validation pictures that trained networks read correctly.

    The networks have `LAYERS` layers and a last one, and `stack.train` trains them.

    Args:
        activation: a name of `ACTIVATIONS`.

    Returns:
        The mean over `SEEDS` for each of `SCALES`, shape (len(SCALES),).
    """
    design = stack.Design(activation=activation)
    scales = [scale for scale in SCALES.values() for _ in SEEDS]
    shares = stack.train(design, LAYERS, scales, SEEDS * len(SCALES), RATE)
    return shares.reshape(len(SCALES), len(SEEDS)).mean(axis=1)


def draw_depth(activation: str, scale: str) -> Figure:
    """Draw the gradient layer by layer, and what networks read after training from every scale.

    Args:
        activation: a name of `SHOWN`.
        scale: a name of `SCALES`.
    """
    figure, (left, right) = panels(2, height=3.7)
    for other in SCALES.values():
        left.plot(sizes(activation, other)[1], color=PURPLE, linewidth=1, alpha=0.3)
    gradients = sizes(activation, SCALES[scale])[1]
    _draw_sizes(left, gradients)
    left.set_title(f"at the inputs: {written(gradients[0])}", color=PURPLE)
    shares = 100 * read_correctly(activation)
    here = list(SCALES).index(scale)
    right.plot(list(SCALES.values()), shares, "o-", color=BLUE, markersize=4.5, clip_on=False)
    right.set_title(f"read correctly: {shares[here]:.0f}%", color=BLUE)
    _draw_scales(right)
    point: Look = {"markersize": 9, "zorder": 4, "clip_on": False, "gid": "drag:scale"}
    left.plot([0], gradients[:1], "o", color=PURPLE, **point)
    right.plot([SCALES[scale]], shares[here : here + 1], "o", color=BLUE, **point)
    figure.set_label(
        f"{'Without an activation' if activation == 'none' else f'With {activation}'} and with the "
        f"scale {scale}, the gradient has the size {plain(gradients[0])} when it arrives at the "
        f"inputs, after {LAYERS} layers. After a short training from this scale, networks read "
        f"{shares[here]:.0f} percent of new digits correctly."
    )
    return figure


def written(size: float) -> str:
    """Return a size with two digits; a very small or large one with a power of ten."""
    if 0.001 <= size < 1000:
        return f"{float(f'{size:.2g}'):g}"
    digits, power = f"{size:.1e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits}·10{raised}"


def _draw_sizes(axes: Axes, gradients: np.ndarray) -> None:
    """Draw the size of the gradient in each layer; scale and label the axes."""
    axes.axhspan(*NEAR, color=GREEN, alpha=0.14, linewidth=0)
    axes.axhline(1, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    axes.plot(range(LAYERS + 1), gradients, "o-", color=PURPLE, markersize=4.5, clip_on=False)
    axes.set_yscale("log")
    axes.set_ylim(LEAST, MOST)
    ticks = {1e-9: "10⁻⁹", 1e-6: "10⁻⁶", 1e-3: "0.001", 1: "1", 1e3: "1000", 1e6: "10⁶"}
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.minorticks_off()
    axes.set_xlim(0, LAYERS)
    axes.set_xticks(range(0, LAYERS + 1, 2))
    axes.set_xlabel("layer (0: the inputs)")
    axes.set_ylabel("size of the gradient")


def _draw_scales(axes: Axes) -> None:
    """Draw what guessing reads; scale and label the axes."""
    axes.axhline(10, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    axes.text(6, 3, "guessing", color=MUTED, ha="right")
    axes.set_xscale("log")
    axes.set_xlim(0.45, 6.6)
    axes.set_xticks([0.5, 1, np.sqrt(2), 2, 3, 4, 6], ["0.5", "1", "1.41", "2", "3", "", "6"])
    axes.minorticks_off()
    axes.set_ylim(0, 105)
    axes.set_yticks(range(0, 101, 25))
    axes.set_xlabel("scale of the first weights")
    axes.set_ylabel("digits read correctly (%)")
