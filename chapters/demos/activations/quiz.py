"""The pictures of the mixed quiz: three slopes without names, and three starts of ten layers."""

from __future__ import annotations

from matplotlib.figure import Figure

from ..nets.names import DASHED, DOTTED, Look, draw_letters
from ..show.style import INK, panels
from . import depth
from .functions import ACTIVATIONS, LINE

LOOKS: dict[str, Look] = {
    "A": {"color": INK},
    "B": {"color": INK, "linestyle": DASHED},
    "C": {"color": INK, "linestyle": DOTTED},
}
LOOKS |= {"D": LOOKS["A"], "E": LOOKS["B"], "F": LOOKS["C"]}
SLOPES = {"A": "ELU", "B": "tanh", "C": "SiLU"}
STARTS = {"D": ("ReLU", "2"), "E": ("tanh", "1 (Glorot)"), "F": ("ReLU", "0.7")}


def draw_pictures() -> Figure:
    """Draw three slopes, called A, B and C, and gradients in ten layers, called D, E and F."""
    figure, (left, right) = panels(2, height=3.6)
    for name, activation in SLOPES.items():
        left.plot(LINE, ACTIVATIONS[activation].slope(LINE), **LOOKS[name])
    draw_letters(left, {"A": (-2.6, 0.2), "B": (2.1, 0.2), "C": (2.4, 1.14)}, LOOKS)
    left.set_xlim(-4, 4)
    left.set_ylim(-0.3, 1.4)
    left.set_xlabel("input x")
    left.set_ylabel("slope f′(x)")
    for name, (activation, scale) in STARTS.items():
        right.plot(depth.sizes(activation, depth.SCALES[scale])[1], **LOOKS[name])
    draw_letters(right, {"D": (1.2, 30), "E": (1.2, 0.55), "F": (1.2, 0.006)}, LOOKS)
    right.set_yscale("log")
    right.set_xlim(0, depth.LAYERS)
    right.set_ylim(1e-4, 1e3)
    right.set_yticks([1e-3, 1.0, 1e3], ["0.001", "1", "1000"])
    right.minorticks_off()
    right.set_xlabel("layer (0: the inputs)")
    right.set_ylabel("size of the gradient")
    figure.set_label(
        "Left, three slopes against the input. A rises from 0 on the left to 1 at 0 and stays "
        "there. B is 1 at 0 and close to 0 on both sides. C dips below 0 on the left, is one half "
        "at 0 and goes a little above 1 on the right. Right, the size of the gradient in ten "
        "layers, from the last layer, where it is 1, back to the inputs: D grows, E falls a "
        "little, and F falls far."
    )
    return figure
