"""A demo as HTML: its controls and its picture, for the site and for JupyterLab."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence

from .controls import Control
from .frames import Frame


def demo_html(
    name: str,
    controls: Sequence[Control],
    layers: Mapping[str, bool],
    first: Frame,
    data: str = "",
) -> str:
    """Return a demo; `chapters/_static/demos.js` makes its controls work.

    Args:
        name: the id of the element.
        controls: without any, the demo is only a picture.
        layers: the parts of the picture that the reader can switch on and off, and whether they
            are on at first.
        first: the frame that is shown first.
        data: an element with all frames.
    """
    panel = "".join(map(_control, controls)) + _layers(layers)
    if panel:
        panel = (
            f'<div class="demo-controls" role="group" aria-label="Controls" '
            f'style="{_widths(controls)}">{panel}</div>{data}'
            '<p class="demo-spoken" aria-live="polite"></p>'
        )
    return f'<div class="demo" id="{name}">{picture_html(first, layers)}{panel}</div>'


def picture_html(frame: Frame, layers: Mapping[str, bool]) -> str:
    """Return a picture with its alternative text, without the layers that are off."""
    alt, svg = html.escape(frame.alt), frame.svg
    for name in (name for name, on in layers.items() if not on):
        layer = f"data-layer='{name}'"
        svg = svg.replace(layer, f"{layer} style='display:none'")
    return f'<div class="demo-picture" role="img" aria-label="{alt}">{svg}</div>'


def _control(c: Control) -> str:
    """Return the HTML element of a control, with the texts of its values for `demos.js`."""
    label, texts = html.escape(c.label), [html.escape(text) for text in c.texts]
    words = f'data-texts="{_attribute(c.texts)}"'
    if c.spoken != c.texts:
        words += f' data-spoken="{_attribute(c.spoken)}"'
    common = f'name="{c.name}" {words} autocomplete="off"'
    if c.kind == "checkbox":
        box = f'<input type="checkbox" {common}{" checked" if c.start else ""}>'
        return f'<label class="demo-check">{box} {label}</label>'
    if c.kind == "select":
        options = "".join(
            f"<option{' selected' if i == c.start else ''}>{text}</option>"
            for i, text in enumerate(texts)
        )
        return f"<label><span>{label}</span> <select {common}>{options}</select></label>"
    slider = (
        f'<input type="range" min="0" max="{len(texts) - 1}" value="{c.start}" '
        f'aria-valuetext="{html.escape(c.spoken[c.start])}" {common}>'
    )
    play = ""
    if c.interval is not None:
        play = (
            f'<button type="button" class="demo-play" data-interval="{c.interval}" '
            f'data-label="{label}" aria-label="Play {label}">Play</button>'
        )
    # A screen reader says the value of the slider itself, so it need not say the text beside it.
    return (
        f'<div class="demo-range"><label><span>{label}</span> {slider}</label>'
        f'<span class="demo-value" aria-hidden="true">{texts[c.start]}</span>{play}</div>'
    )


def _attribute(texts: list[str]) -> str:
    return html.escape(json.dumps(texts, ensure_ascii=False, separators=(",", ":")))


def _widths(controls: Sequence[Control]) -> str:
    """Return the widths of the longest label and the longest value of all sliders, as CSS."""
    sliders = [c for c in controls if c.kind not in ("checkbox", "select")]
    label = max((len(c.label) for c in sliders), default=0)
    value = max((len(text) for c in sliders for text in c.texts), default=0)
    return f"--label:{label}ch;--value:{value}ch"


def _layers(layers: Mapping[str, bool]) -> str:
    """Return a row with a checkbox for each layer, as HTML."""
    boxes = "".join(
        f'<label class="demo-check"><input type="checkbox" data-switch="{html.escape(name)}" '
        f'autocomplete="off"{" checked" if on else ""}> {html.escape(name)}</label>'
        for name, on in layers.items()
    )
    row = f'<div class="demo-layers" role="group" aria-label="Shown">{boxes}</div>'
    return row if layers else ""
