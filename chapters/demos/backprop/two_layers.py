"""A network with one hidden layer on one day, stepped forward to its loss and back to its inputs.

It is the network of the page on networks: humidity and pressure change go in, two hidden units have
ReLU, and one logit says how probable rain is. Each input feeds both hidden units, so two paths meet
at it on the way back.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..nets import rain
from ..nets.functions import logistic
from ..show.numerals import minus
from ..show.style import BLUE, GRID, INK, MUTED, ORANGE, panels
from .graph import draw_edge, draw_frame, draw_number, draw_operation, number_places

W_1, B_1 = rain.HIDDEN, rain.HIDDEN_BIAS  # as in the formulas of the chapter
W_2, B_2 = rain.OUTPUT, rain.OUTPUT_BIAS
HUMIDITY = 0.8
LABEL = 1.0  # it rained

# After how many steps the reader sees each value and each slope.
FORWARD = {"sums": 1, "hidden": 2, "logit": 3, "loss": 4}
BACKWARD = {"logit": 5, "w_2": 6, "hidden": 7, "sums": 8, "w_1": 9, "inputs": 10}
STEPS = 10

_COLUMNS = (0.4, 3.6)  # of the first and the second unit
_OUT = 2.9  # where the logit and the loss are
_ROWS = {"inputs": 0.0, "sums": 2.3, "hidden": 3.3, "logit": 4.9, "loss": 6.0}
_LEVELS = {"inputs": "input", "sums": "sum z₁", "hidden": "ReLU", "logit": "logit z₂"}
_LEVELS |= {"loss": "loss"}
_TEXT = -0.45  # where the explanations begin


def forward_values(pressure: float) -> dict[str, np.ndarray]:
    """Return what the network computes on a day, from the inputs to the loss.

    Args:
        pressure: change of the air pressure in hPa.

    Returns:
        The inputs, sums and hidden values of shape (2,), and the logit, the probability of rain and
        the loss in nats of shape ().
    """
    inputs = np.array([HUMIDITY, pressure])
    sums = inputs @ W_1 + B_1
    hidden = np.maximum(sums, 0)
    logit = hidden @ W_2 + B_2
    loss = np.logaddexp(0, logit) - LABEL * logit
    values = {"inputs": inputs, "sums": sums, "hidden": hidden, "logit": logit}
    return values | {"p": logistic(logit), "loss": loss}


def backward_slopes(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the derivative of the loss with respect to each value and weight, of their shapes.

    Args:
        values: what `forward_values` returns.
    """
    logit = values["p"] - LABEL
    hidden = logit * W_2
    sums = hidden * (values["sums"] > 0)
    return {
        "logit": logit,
        "w_2": logit * values["hidden"],
        "hidden": hidden,
        "sums": sums,
        "w_1": np.outer(values["inputs"], sums),
        "inputs": W_1 @ sums,
    }


def draw_paths(step: int, pressure: float = 1.0) -> Figure:
    """Draw the network after some steps of the forward and the backward pass.

    Args:
        step: 0 to `STEPS`; with step 5 the way back begins.
        pressure: change of the air pressure in hPa.
    """
    figure, axes = panels(1, height=5.6)
    values = forward_values(pressure)
    slopes = backward_slopes(values)
    known = {"inputs", *(name for name, at in FORWARD.items() if at <= step)}
    back = {name for name, at in BACKWARD.items() if at <= step}
    _draw_connections(axes, known, slopes, back)
    _draw_units(axes, values, known, slopes, back)

    way, color = ("forward", BLUE) if step < BACKWARD["logit"] else ("backward", ORANGE)
    lines = _explanation(step, values, slopes)
    axes.text(_TEXT, 4.75, f"{way}, step {step}", color=color, fontsize=13, fontweight="bold")
    for row, line in enumerate(lines):
        axes.text(_TEXT, 5.25 + 0.42 * row, line, color=color, fontsize=10.5)
    _draw_names(axes)
    shown = [f"{_SPOKEN[name]} {_listed(slopes[name])}" for name in BACKWARD if name in back]
    figure.set_label(
        f"Step {step} of {STEPS}, {way}, at a pressure change of {minus(pressure, 0)} hPa. "
        f"{_sentences(lines)} "
        f"Slopes so far: {'; '.join(shown) or 'none'}."
    )
    return figure


_SPOKEN = {
    "logit": "in the logit",
    "w_2": "in the weights of the logit",
    "hidden": "in the hidden values",
    "sums": "in the sums",
    "w_1": "in the weights from humidity and from pressure",
    "inputs": "in humidity and in pressure",
}


def _explanation(
    step: int, values: dict[str, np.ndarray], slopes: dict[str, np.ndarray]
) -> list[str]:
    """Return a description of a step in short lines."""
    if step < BACKWARD["logit"]:
        return _forward_explanation(step, values)
    return _backward_explanation(step, values, slopes)


def _forward_explanation(step: int, values: dict[str, np.ndarray]) -> list[str]:
    """Return the equations of a step of the forward pass, in numbers."""
    humidity, pressure = map(_value, values["inputs"])
    sums, hidden = (list(map(_value, values[name])) for name in ("sums", "hidden"))
    p = float(values["p"])
    return [
        ["Two numbers come in."],
        [
            f"5 × {humidity} − 2 × {pressure} − 1 = {sums[0]}",
            f"−1 × {humidity} + 1 × {pressure} + 1 = {sums[1]}",
        ],
        [f"max(0, {number}) = {kept}" for number, kept in zip(sums, hidden, strict=True)],
        [f"2 × {hidden[0]} − 1.5 × {hidden[1]} − 1", f"= {_value(values['logit'])}"],
        [
            f"Probability of rain {minus(p, 3 if p < 0.1 else 2)}.",
            f"Loss −log p = {_slope(values['loss'])}",
        ],
    ][step]


def _backward_explanation(
    step: int, values: dict[str, np.ndarray], slopes: dict[str, np.ndarray]
) -> list[str]:
    """Return what a step of the backward pass multiplies, in numbers."""
    upper, lower = map(_slope, slopes["sums"])
    both_on = values["sums"].min() > 0
    factor = f"({upper})" if slopes["sums"][0] < 0 else upper
    return {
        "logit": ["It rained, so y = 1.", f"p − y = {_slope(slopes['logit'])}"],
        "w_2": ["Times the hidden values:", *_products(slopes["logit"], values["hidden"])],
        "hidden": ["Times the last weights:", *_products(slopes["logit"], W_2)],
        "sums": ["Both units are on,", "so ReLU multiplies by 1."]
        if both_on
        else ["On: ReLU multiplies by 1.", "Off: it multiplies by 0."],
        "w_1": ["Times the inputs:", " and ".join(map(_value, values["inputs"]))],
        "inputs": [
            "Two paths meet, and add:",
            f"5 × {factor} − 1 × {lower}",
            f"= {_slope(slopes['inputs'][0])}",
        ],
    }[next(name for name, at in BACKWARD.items() if at == step)]


def _products(slope: np.ndarray, factors: np.ndarray) -> list[str]:
    """Return a slope times each of some factors, in numbers."""
    written = [f"({_value(f)})" if f < 0 else _value(f) for f in factors]
    return [
        f"{_slope(slope)} × {text} = {_slope(slope * factor)}"
        for text, factor in zip(written, factors, strict=True)
    ]


def _value(number: float | np.ndarray) -> str:
    """Return a value or a weight, without zeros at its end."""
    return minus(float(number), 2).rstrip("0").rstrip(".")


def _slope(number: float | np.ndarray) -> str:
    """Return a slope with two decimals."""
    return minus(float(number), 2)


def _listed(numbers: np.ndarray) -> str:
    """Return one number, or some, as a listener understands them."""
    return " and ".join(_slope(number) for number in np.ravel(numbers))


def _sentences(lines: list[str]) -> str:
    """Return the lines of a description as sentences."""
    ended = [line if line.endswith((".", ",", ":")) else f"{line}." for line in lines]
    return " ".join(ended).replace(". =", " =")


def _draw_connections(
    axes: Axes,
    known: set[str],
    slopes: dict[str, np.ndarray],
    back: set[str],
) -> None:
    """Draw a line for each weight, with the weight and its slope beside it."""
    forward = BLUE if "sums" in known else GRID
    for start in range(2):
        for end in range(2):
            places = ((_COLUMNS[start], 0.25), (_COLUMNS[end], _ROWS["sums"]))
            draw_edge(axes, *places, ORANGE if "inputs" in back else forward)
            inward = 1 if start == 0 else -1
            across = -0.12 * inward if start == end else 0.8 * inward
            slope = _slope(slopes["w_1"][start, end]) if "w_1" in back else ""
            place = (_COLUMNS[start] + across, 0.75 if start == end else 0.2)
            _draw_weight(axes, place, W_1[start, end], slope, across > 0)
    for unit in range(2):
        hidden = (_COLUMNS[unit], _ROWS["hidden"])
        color = BLUE if "sums" in known else GRID
        color = ORANGE if "sums" in back else color
        draw_edge(axes, (_COLUMNS[unit], _ROWS["sums"]), hidden, color)
        color = BLUE if "hidden" in known else GRID
        color = ORANGE if "hidden" in back else color
        draw_edge(axes, hidden, (_OUT, _ROWS["logit"]), color)
        slope = _slope(slopes["w_2"][unit]) if "w_2" in back else ""
        place = (1.55, 3.45) if unit == 0 else (3.5, 3.95)
        _draw_weight(axes, place, W_2[unit], slope, True)
    color = ORANGE if "logit" in back else BLUE if "logit" in known else GRID
    draw_edge(axes, (_OUT, _ROWS["logit"]), (_OUT, _ROWS["loss"]), color)


def _draw_units(
    axes: Axes,
    values: dict[str, np.ndarray],
    known: set[str],
    slopes: dict[str, np.ndarray],
    back: set[str],
) -> None:
    """Draw the operations with their values, and with their slopes as far as they are known."""
    symbols = {"sums": "+", "hidden": "max", "logit": "+", "loss": "σ"}
    for name, row in _ROWS.items():
        columns = _COLUMNS if values[name].shape else (_OUT,)
        for unit, column in enumerate(columns):
            value = float(np.ravel(values[name])[unit])
            slope = _slope(np.ravel(slopes[name])[unit]) if name in back else ""
            text = _slope(value) if name == "loss" else _value(value)
            if name in symbols:
                draw_operation(axes, column, row, symbols[name], name in known)
            for_value, for_slope = number_places(column, row, name not in symbols)
            draw_number(axes, for_value, text if name in known else "", BLUE)
            draw_number(axes, for_slope, slope, ORANGE)
    _draw_biases(axes)
    axes.text(_OUT + 0.3, _ROWS["loss"], "then −log p", color=INK, ha="left", va="center")


def _draw_biases(axes: Axes) -> None:
    """Write each bias above the sum to which it is added."""
    above_sums, above_logit = _ROWS["sums"] - 0.4, _ROWS["logit"] - 0.42
    places = [
        (_COLUMNS[0] - 0.12, above_sums, B_1[0], "right"),
        (_COLUMNS[1] + 0.12, above_sums, B_1[1], "left"),
        (_OUT - 0.2, above_logit, B_2, "center"),
    ]
    for x, y, bias, side in places:
        sign = "+" if bias > 0 else "−"
        axes.text(x, y, f"{sign} {_value(abs(bias))}", color=INK, ha=side, va="center")


def _draw_weight(
    axes: Axes, place: tuple[float, float], weight: float, slope: str, right: bool
) -> None:
    """Write a weight beside its line, and its slope below the weight."""
    x, y = place
    side = "left" if right else "right"
    axes.text(x, y, f"× {_value(weight)}", color=INK, ha=side, va="center")
    axes.text(x, y + 0.37, slope, color=ORANGE, ha=side, va="center", fontweight="bold")


def _draw_names(axes: Axes) -> None:
    """Label the columns, the rows and the two hidden units."""
    between = (_ROWS["sums"] + _ROWS["hidden"]) / 2
    axes.text(_COLUMNS[0] + 0.12, between, "first unit", color=MUTED, ha="left", va="center")
    axes.text(_COLUMNS[1] - 0.12, between, "second unit", color=MUTED, ha="right", va="center")
    draw_frame(axes, 6.6)
    axes.set_xticks(_COLUMNS, ["humidity", "pressure"])
    axes.set_yticks(list(_ROWS.values()), list(_LEVELS.values()))
    axes.set_xlabel("inputs: a share, and a change in hPa")
