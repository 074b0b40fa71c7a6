"""Controls: what `ipywidgets.interact` accepts, as a finite list of values with their words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

_UNIT = re.compile(r"^(?P<label>.*?)\s*\((?P<unit>[^()]+)\)$")


@dataclass(frozen=True)
class Control:
    """One control of a demo: the widget that a kernel moves, and all that it can be moved to."""

    name: str  # of the argument
    widget: widgets.ValueWidget
    kind: str  # "range", "select" or "checkbox": the element on the static page
    label: str
    values: list[Any]
    texts: list[str]  # each value in words, with its unit
    interval: int | None = None  # milliseconds a step, where it can be played

    @property
    def start(self) -> int:
        """The index of the value that the widget has."""
        value = self.widget.value
        if value in self.values:
            return self.values.index(value)
        return min(range(len(self.values)), key=lambda i: abs(self.values[i] - value))


def control(name: str, abbreviation: Any) -> Control:
    """Return the control that an abbreviation of `ipywidgets.interact`, or a widget, stands for.

    A widget's description is the label; a unit may follow in parentheses: "distance (metres)".

    Raises:
        ValueError: if the abbreviation means no control, or one without a finite list of values.
    """
    widget = widgets.interactive.widget_from_abbrev(abbreviation)
    if widget is None:
        raise ValueError(f"{name}={abbreviation!r} is no control that ipywidgets.interact knows")
    if not widget.description:
        widget.description = name.replace("_", " ")
    match = _UNIT.match(widget.description)
    label, unit = (match["label"], match["unit"]) if match else (widget.description, "")
    kind, values, words = _choices(name, widget)
    texts = [f"{word} {unit}".rstrip() for word in words]
    interval = widget.interval if isinstance(widget, widgets.Play) else None
    return Control(name, widget, kind, label, values, texts, interval)


def _choices(name: str, widget: widgets.ValueWidget) -> tuple[str, list[Any], list[str]]:
    """The kind of a widget, its values, and each value in words."""
    if isinstance(widget, widgets.Checkbox | widgets.ToggleButton):
        return "checkbox", [False, True], ["off", "on"]
    if isinstance(widget, widgets.SelectionSlider):
        return "range", *_options(widget.options)
    if hasattr(widget, "options"):
        return "select", *_options(widget.options)
    if not hasattr(widget, "step"):
        kind = type(widget).__name__
        raise ValueError(f"{name}: a {kind} has no finite list of values to draw beforehand")
    count = int((widget.max - widget.min) / widget.step + 1e-9) + 1
    values = [widget.min + i * widget.step for i in range(count)]
    if isinstance(widget, widgets.FloatLogSlider):
        values = [widget.base**exponent for exponent in values]
    if isinstance(widget.value, float):
        values = [float(f"{value:.10g}") for value in values]  # 0.1 + 0.2 is 0.3 to a reader
    form = getattr(widget, "readout_format", "d")
    return "range", values, [f"{value:{form}}".replace("-", "−") for value in values]


def _options(options: Any) -> tuple[list[Any], list[str]]:
    """The values and labels of a selection: a mapping, label-value pairs, or plain values."""
    pairs = options.items() if isinstance(options, Mapping) else options
    pairs = [p if isinstance(p, tuple) and len(p) == 2 else (str(p), p) for p in pairs]
    return [value for _, value in pairs], [str(label) for label, _ in pairs]
