"""Show a demo: in JupyterLab with live widgets, on the site with frames that are drawn beforehand.

In JupyterLab a demo consists of ipywidgets, and the kernel draws a new picture at every move. While
the book is built (`DEMOS_STATIC=1`, set by the site's Sphinx extension), every combination of
control values is drawn once, and `chapters/_static/demos.js` shows the one that the reader chooses.
"""

from __future__ import annotations

import functools
import html
import itertools
import json
import math
import os
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import ipywidgets as widgets
from matplotlib.figure import Figure

from .controls import Control, control
from .frames import Frame, pack, render
from .style import palette_css

_TAG_OF_SCRIPTS = re.compile("<(?=/?script|!--)", re.IGNORECASE)
MOST_FRAMES = 400  # of one demo; with more, a page is slow to build and to load


def interact(
    draw: Callable[..., Figure] | None = None, *, layers: Sequence[str] = (), **controls: Any
) -> Any:
    """Show a figure with controls for its arguments; the call is that of `ipywidgets.interact`.

    Args:
        draw: returns a new Matplotlib figure for given values; its label is the alternative text.
            Without it, `interact(...)` is a decorator.
        layers: names of parts of the figure that the reader can switch on and off, without more
            frames; `draw` marks the artists of a layer with `artist.set_gid("layer:NAME")`.
        controls: for each argument of `draw` a widget or an abbreviation of one: `(min, max, step)`
            for a slider, a list or dictionary for a dropdown, a bool for a checkbox.
            A `widgets.Play` becomes a slider with a button that plays it.

    Returns:
        The demo, which must be the last line of its cell.

    Raises:
        ValueError: if a control has no finite list of values, if there are too many combinations,
            or if the figure cannot be shown on the page (see `demos.show.frames.render`).
    """
    if draw is None:
        return functools.partial(interact, layers=layers, **controls)
    demo = Demo(draw, [control(name, value) for name, value in controls.items()], layers)
    demo.prepare()
    return demo


class Demo:
    """A figure with its controls: `widget` is its live form, `html()` its static form."""

    def __init__(
        self, draw: Callable[..., Figure], controls: list[Control], layers: Sequence[str] = ()
    ) -> None:
        self.draw = draw
        self.controls = controls
        self.layers = layers
        self.name = "-".join(["demo", draw.__name__.replace("_", "-"), *(c.name for c in controls)])
        combinations = math.prod(len(c.values) for c in controls)
        if combinations > MOST_FRAMES:
            raise ValueError(
                f"{self.name} has {combinations} frames; the most is {MOST_FRAMES}: give its "
                "controls fewer values"
            )

    def frame(self, off: Collection[str] = (), /, **values: Any) -> Frame:
        """Draw the figure for these values, without the layers that are off."""
        figure = self.draw(**values)
        if not isinstance(figure, Figure):
            raise TypeError(f"{self.draw.__name__} must return a figure, not {figure!r}")
        for artist in figure.findobj(lambda artist: artist.get_gid() in _gids(off)):
            artist.set_visible(False)
        return render(figure, salt=self.name)

    def prepare(self) -> None:
        """Draw the demo now, so that an error in `draw` fails the cell.

        IPython hides an error that is raised only when it displays the demo.
        """
        _ = self.frames if _static() else self.widget

    @functools.cached_property
    def widget(self) -> widgets.Widget:
        """The live form: the controls above a picture that follows them."""
        picture = widgets.HTML()
        switches = [widgets.Checkbox(True, description=name, indent=False) for name in self.layers]

        def redraw(_change: Any = None) -> None:
            off = [switch.description for switch in switches if not switch.value]
            try:
                frame = self.frame(off, **{c.name: c.widget.value for c in self.controls})
            except Exception as error:
                picture.value = f"<pre role='alert'>{html.escape(repr(error))}</pre>"
                raise
            picture.value = f"<style>{palette_css()}</style>{_picture(frame)}"

        for c in self.controls:
            c.widget.style.description_width = "initial"
            c.widget.observe(redraw, "value")
        for switch in switches:
            switch.layout.width = "auto"
            switch.observe(redraw, "value")
        redraw()
        row = [widgets.HBox(switches, layout={"flex_flow": "row wrap"})] if switches else []
        return widgets.VBox([*(_with_slider(c) for c in self.controls), *row, picture])

    @functools.cached_property
    def frames(self) -> list[Frame]:
        """All frames; the value of the last control changes fastest."""
        names = [c.name for c in self.controls]
        combinations = itertools.product(*(c.values for c in self.controls))
        return [self.frame(**dict(zip(names, values, strict=True))) for values in combinations]

    def html(self) -> str:
        """Return the static form: the controls, the first picture, and all frames as data."""
        start = 0
        for c in self.controls:
            start = start * len(c.values) + c.start
        data = json.dumps(
            pack([frame.svg for frame in self.frames], start)
            | {"alts": [frame.alt for frame in self.frames]},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        data = _TAG_OF_SCRIPTS.sub("\\\\u003c", data)  # would end the script element
        panel = "".join(_static_control(c) for c in self.controls) + _static_layers(self.layers)
        if panel:
            panel = (
                f'<div class="demo-controls" role="group" aria-label="Controls" '
                f'style="{_widths(self.controls)}">{panel}</div>'
                f'<script type="application/json">{data}</script>'
                '<p class="demo-spoken" aria-live="polite"></p>'
            )
        return f'<div class="demo" id="{self.name}">{_picture(self.frames[start])}{panel}</div>'

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if _static():
            return {"text/html": self.html(), "text/plain": self.frames[0].alt}
        picture = self.widget.children[-1]  # for programs that cannot show widgets
        return {**self.widget._repr_mimebundle_(), "text/html": picture.value}


def _gids(layers: Collection[str]) -> set[str]:
    return {f"layer:{name}" for name in layers}


def _static() -> bool:
    return bool(os.environ.get("DEMOS_STATIC"))


def _picture(frame: Frame) -> str:
    alt = html.escape(frame.alt)
    return f'<div class="demo-picture" role="img" aria-label="{alt}">{frame.svg}</div>'


def _with_slider(c: Control) -> widgets.Widget:
    """Return the widget of a control; a Play button gets a slider that shows its value."""
    if not isinstance(c.widget, widgets.Play):
        return c.widget
    slider = widgets.IntSlider(
        c.widget.value, c.widget.min, c.widget.max, c.widget.step, description=c.widget.description
    )
    slider.style.description_width = "initial"
    widgets.link((c.widget, "value"), (slider, "value"))
    return widgets.HBox([c.widget, slider])


def _static_control(c: Control) -> str:
    """Return the HTML element of a control, with the texts of its values for `demos.js`."""
    label, texts = html.escape(c.label), [html.escape(text) for text in c.texts]
    words = html.escape(json.dumps(c.texts, ensure_ascii=False))
    common = f'name="{c.name}" data-texts="{words}" autocomplete="off"'
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
        f'aria-valuetext="{texts[c.start]}" {common}>'
    )
    play = ""
    if c.interval is not None:
        play = f'<button type="button" class="demo-play" data-interval="{c.interval}">Play</button>'
    return (
        f'<div class="demo-range"><label><span>{label}</span> {slider}</label>'
        f"<output>{texts[c.start]}</output>{play}</div>"
    )


def _widths(controls: Sequence[Control]) -> str:
    """Return the widths of the longest label and the longest value of all sliders, as CSS."""
    sliders = [c for c in controls if c.kind not in ("checkbox", "select")]
    label = max((len(c.label) for c in sliders), default=0)
    value = max((len(text) for c in sliders for text in c.texts), default=0)
    return f"--label:{label}ch;--value:{value}ch"


def _static_layers(names: Sequence[str]) -> str:
    """Return a row with a checkbox for each layer, as HTML."""
    boxes = "".join(
        f'<label class="demo-check"><input type="checkbox" data-switch="{html.escape(name)}" '
        f'autocomplete="off" checked> {html.escape(name)}</label>'
        for name in names
    )
    row = f'<div class="demo-layers" role="group" aria-label="Shown">{boxes}</div>'
    return row if names else ""
