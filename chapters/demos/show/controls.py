"""Controls: everything that `ipywidgets.interact` accepts, as a finite list of values and texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

_UNIT = re.compile(r"^(?P<label>.*?)\s*\((?P<unit>[^()]+)\)$")


@dataclass(frozen=True)
class Control:
    """A control of a demo: its widget, and all values that the widget can take."""

    name: str  # of the argument
    widget: widgets.ValueWidget
    kind: str  # "range", "select" or "checkbox": the element on the static page
    label: str
    values: list[Any]
    texts: list[str]  # each value as text, with its unit
    spoken: list[str]  # each text in words
    interval: int | None = None  # milliseconds between two steps of a Play button

    @property
    def start(self) -> int:
        """The index of the widget's value."""
        value = self.widget.value
        if value in self.values:
            return self.values.index(value)
        return min(range(len(self.values)), key=lambda i: abs(self.values[i] - value))


def control(name: str, abbreviation: Any) -> Control:
    """Return a control.

    Args:
        name: of the argument.
        abbreviation: of `ipywidgets.interact`, or a widget. The label is the widget's description;
            it may end with a unit in parentheses: "distance (meters)".

    Raises:
        ValueError: if the abbreviation is no control, or has no finite list of values.
    """
    widget = widgets.interactive.widget_from_abbrev(abbreviation)
    if widget is None:
        raise ValueError(f"{name}={abbreviation!r} is no control that ipywidgets.interact knows")
    if not widget.description:
        widget.description = name.replace("_", " ")
    match = _UNIT.match(widget.description)
    label, unit = (match["label"], match["unit"]) if match else (widget.description, "")
    kind, values, words = _choices(name, widget)
    texts = [_with_unit(word, unit) for word in words]
    interval = widget.interval if isinstance(widget, widgets.Play) else None
    spoken = [in_words(text) for text in texts]
    return Control(name, widget, kind, label, values, texts, spoken, interval)


def _choices(name: str, widget: widgets.ValueWidget) -> tuple[str, list[Any], list[str]]:
    """Return the kind of a widget, its values, and a text for each value."""
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
        values = [float(f"{value:.10g}") for value in values]  # 0.1 + 0.2 becomes 0.3
    form = getattr(widget, "readout_format", "d")
    return "range", values, [decimal(f"{value:{form}}") for value in values]


def decimal(number: str) -> str:
    """Return a number as text without an exponent, and with the minus sign of mathematics."""
    mantissa, _, exponent = number.partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent or 0)
    written = f"{float(number):.{max(places, 0)}f}" if exponent else number
    return written.replace("-", "−")


def in_words(text: str) -> str:
    """Return a text as a screen reader should say it: some of them leave out a minus sign."""
    return re.sub(r"(?<![\w.])[−-](?=\.?\d)", "minus ", text)


def _with_unit(number: str, unit: str) -> str:
    """Return a value with its unit; the plural of a noun loses its s after 1."""
    if number.lstrip("−") == "1" and re.fullmatch(r"[a-z]{2,}s", unit):
        unit = unit.removesuffix("s")
    return f"{number} {unit}".rstrip()


def _options(options: Any) -> tuple[list[Any], list[str]]:
    """Return the values and labels of a selection.

    Args:
        options: a mapping, pairs of label and value, or values alone.
    """
    pairs = options.items() if isinstance(options, Mapping) else options
    pairs = [p if isinstance(p, tuple) and len(p) == 2 else (str(p), p) for p in pairs]
    return [value for _, value in pairs], [str(label) for label, _ in pairs]
