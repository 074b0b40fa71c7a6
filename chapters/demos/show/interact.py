"""Show a demo: in JupyterLab as a widget, on the site with frames that are drawn beforehand.

While the book is built (`DEMOS_STATIC=1`, set by the site's Sphinx extension), every combination of
control values is drawn once, and the page contains all frames. In JupyterLab, a process draws them
while the reader looks at the first one. In both places `chapters/_static/demos.js` shows the frame
that the reader chooses.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from .controls import Control, control
from .frames import Frame
from .live import DemoWidget
from .markup import demo_html, picture_html
from .packing import data_element
from .series import Series

MOST_FRAMES = 400  # of one demo; with more, a page is slow to build and to load


def interact(
    draw: Callable[..., Figure] | None = None,
    *,
    layers: Sequence[str] | Mapping[str, bool] = (),
    drag: Sequence[str] = (),
    **controls: Any,
) -> Any:
    """Show a figure with controls for its arguments; the call is that of `ipywidgets.interact`.

    Args:
        draw: returns a new Matplotlib figure for given values; its label is the alternative text.
            Without it, `interact(...)` is a decorator.
        layers: names of parts of the figure that the reader can switch on and off, without more
            frames; `draw` marks the artists of a layer with `artist.set_gid("layer:NAME")`. A
            mapping says of each name whether the layer is on at first.
        drag: names of controls that the reader can also move by dragging a part of the figure;
            `draw` marks that part with `artist.set_gid("drag:NAME")`. A part that moves two
            controls, such as a point in the plane, is called by both: `drag=["x y"]` and
            `"drag:x y"`.
        controls: for each argument of `draw` a widget or an abbreviation of one: `(min, max, step)`
            for a slider, a list or dictionary for a dropdown, a bool for a checkbox.
            A `widgets.Play` becomes a slider with a button that plays it.

    Returns:
        The demo, which must be the last line of its cell.

    Raises:
        ValueError: if a control has no finite list of values, if there are too many combinations,
            if a part to drag has no control, or if the figure cannot be shown on the page (see
            `demos.show.frames.render`).
    """
    if draw is None:
        return functools.partial(interact, layers=layers, drag=drag, **controls)
    made = [control(name, value) for name, value in controls.items()]
    demo = Demo(draw, made, layers, drag)
    demo.prepare()
    return demo


class Demo:
    """A figure with its controls: `widget` is its live form, `html()` its static form."""

    def __init__(
        self,
        draw: Callable[..., Figure],
        controls: list[Control],
        layers: Sequence[str] | Mapping[str, bool] = (),
        drag: Sequence[str] = (),
    ) -> None:
        self.controls = controls
        self.layers = dict(layers) if isinstance(layers, Mapping) else dict.fromkeys(layers, True)
        self.name = "-".join(["demo", draw.__name__.replace("_", "-"), *(c.name for c in controls)])
        for handle in drag:
            if unknown := set(handle.split()) - {c.name for c in controls}:
                raise ValueError(f"drag={handle!r}: there is no control {', '.join(unknown)}")
        values = {c.name: c.values for c in controls}
        start = tuple(c.start for c in controls)
        self.series = Series(draw, self.name, values, start, tuple(drag))
        if len(self.series) > MOST_FRAMES:
            raise ValueError(
                f"{self.name} has {len(self.series)} frames; the most is {MOST_FRAMES}: give its "
                "controls fewer values"
            )

    def frame(self, **values: Any) -> Frame:
        """Draw the figure for these values."""
        return self.series.frame(
            self.series.index([c.values.index(values[c.name]) for c in self.controls])
        )

    def prepare(self) -> None:
        """Draw the demo now, so that an error in `draw` fails the cell.

        IPython hides an error that is raised only when it displays the demo.
        """
        _ = self.frames if _static() else self.widget

    @functools.cached_property
    def widget(self) -> DemoWidget:
        """The live form."""
        return DemoWidget(self.series, self.controls, self.layers)

    @functools.cached_property
    def frames(self) -> list[Frame]:
        """All frames; the value of the last control changes fastest."""
        frames = [self.series.frame(index) for index in range(len(self.series))]
        for handle in self.series.drag:
            if len({str(frame.handles.get(handle)) for frame in frames}) < 2:
                raise ValueError(
                    f'{self.name}: drag={handle!r} needs an artist with gid="drag:{handle}" whose '
                    "place depends on the value"
                )
        return frames

    def html(self) -> str:
        """Return the static form: the controls, the first picture, and all frames as data."""
        first = self.series.index(self.series.start)
        return demo_html(
            self.name,
            self.controls,
            self.layers,
            self.frames[first],
            data_element(self.frames, first),
        )

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if _static():
            return {"text/html": self.html(), "text/plain": self.frames[0].alt}, {}
        # Programs that cannot show widgets show the picture alone.
        first = self.widget.first
        still = {"text/html": picture_html(first, self.layers), "text/plain": first.alt}
        bundle = self.widget._repr_mimebundle_()
        assert bundle, "a DOM widget has a view"
        return bundle[0] | still, bundle[1]


def _static() -> bool:
    return bool(os.environ.get("DEMOS_STATIC"))
