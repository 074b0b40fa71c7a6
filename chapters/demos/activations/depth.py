"""Ten layers with random weights: the sizes of values in the forward pass, and of gradients."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets.names import Look
from ..nets.words import plain
from ..show.style import BLUE, GREEN, MUTED, PURPLE, panels
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
COLORS = (BLUE, PURPLE)  # of the values, and of the gradients


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


def draw_depth(activation: str, scale: str) -> Figure:
    """Draw the sizes of values and gradients layer by layer, pale for the other scales.

    Args:
        activation: a name of `ACTIVATIONS`.
        scale: a name of `SCALES`.
    """
    figure, (left, right) = panels(2, height=3.7)
    for other in SCALES.values():
        for axes, line, color in zip((left, right), sizes(activation, other), COLORS, strict=True):
            axes.plot(line, color=color, linewidth=1, alpha=0.3)
    values, gradients = sizes(activation, SCALES[scale])
    _draw_sizes(left, values, BLUE)
    _draw_sizes(right, gradients, PURPLE)
    left.set_title(f"values, forward →  {written(values[-1])}", color=BLUE)
    right.set_title(f"{written(gradients[0])}  ← back, gradients", color=PURPLE)
    left.set_ylabel("size of the values")
    right.set_ylabel("size of the gradient")
    point: Look = {"markersize": 9, "zorder": 4, "clip_on": False, "gid": "drag:scale"}
    left.plot([LAYERS], values[-1:], "o", color=BLUE, **point)
    right.plot([0], gradients[:1], "o", color=PURPLE, **point)
    figure.set_label(
        f"With activation {activation} and weights of {scale} over the root of {UNITS}, values "
        f"have the size {plain(values[-1])} after {LAYERS} layers, and the gradient the size "
        f"{plain(gradients[0])} when it is back at the inputs."
    )
    return figure


def written(size: float) -> str:
    """Return a size with two digits; a very small or large one with a power of ten."""
    if 0.001 <= size < 1000:
        return f"{size:.2g}"
    digits, power = f"{size:.1e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits}·10{raised}"


def _draw_sizes(axes: Axes, values: np.ndarray, color: str) -> None:
    """Draw the size in each layer; scale and label the axes."""
    axes.axhspan(*NEAR, color=GREEN, alpha=0.14, linewidth=0)
    axes.axhline(1, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    axes.plot(range(LAYERS + 1), values, "o-", color=color, markersize=4.5, clip_on=False)
    axes.set_yscale("log")
    axes.set_ylim(LEAST, MOST)
    ticks = {1e-9: "10⁻⁹", 1e-6: "10⁻⁶", 1e-3: "0.001", 1: "1", 1e3: "1000", 1e6: "10⁶"}
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.minorticks_off()
    axes.set_xlim(0, LAYERS)
    axes.set_xticks(range(0, LAYERS + 1, 2))
    axes.set_xlabel("layer (0 is the input)")
