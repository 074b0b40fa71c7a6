"""Panels of figures as Matplotlib's SVG; an axis that looks as in an earlier frame is reused.

Most of the time that Matplotlib needs for a figure goes into ticks, their labels and the grid. In a
demo they hardly ever change from frame to frame.
"""

from __future__ import annotations

import functools
import io
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axis import Axis, Tick
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import TickHelper

DrawnAxes = dict[str, str]  # how each axis that was drawn looked, and its SVG


class Pen(RendererSVG):
    """Matplotlib's SVG renderer, which measures a text only once."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Return the size of a text in points; Matplotlib calls this."""
        return _size_of_text(s, prop, ismath)


@functools.lru_cache(maxsize=4096)
def _size_of_text(s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
    return text_to_path.get_text_width_height_descent(s, prop, ismath)


RULER = Pen(1, 1, io.StringIO())  # measures text as the SVG will have it


def draw_panel(figure: Figure, number: int, salt: str, drawn: DrawnAxes) -> str:
    """Return a panel as an SVG file, with the coordinates of the whole figure.

    Args:
        figure: a figure whose axes have their places.
        number: of the panel, from 0.
        salt: different for each panel of a page, so that the ids inside the SVG differ.
        drawn: the axes that earlier frames with this salt have drawn; new ones are added.
    """
    axes = figure.axes[number]
    axes.apply_aspect()
    parts = [part for part in axes.get_children() if part is not axes.patch]
    with _svg_settings(salt), io.StringIO() as file:
        pen = Pen(figure.bbox.width, figure.bbox.height, file, metadata={"Date": None})
        for part in sorted(parts, key=Artist.get_zorder):
            if isinstance(part, Axis):
                name = "x" if part is axes.xaxis else "y"
                file.write(_axis(part, figure, f"{salt}-{name}", drawn))
            else:
                part.draw(pen)
        pen.finalize()
        return file.getvalue()


def _svg_settings(salt: str) -> Any:
    return mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt})


def _axis(axis: Axis, figure: Figure, salt: str, drawn: DrawnAxes) -> str:
    """Return the elements of an axis, which refer only to each other."""
    look = _look(axis)
    if look is None or look not in drawn:
        with _svg_settings(salt), io.StringIO() as file:
            pen = Pen(figure.bbox.width, figure.bbox.height, file, metadata={"Date": None})
            begin = file.tell()
            axis.draw(pen)
            pen.finalize()
            svg = file.getvalue()[begin:].removesuffix("</svg>\n")
        if look is None:
            return svg
        drawn[look] = svg
    return drawn[look]


def _look(axis: Axis) -> str | None:
    """Return everything that decides how an axis looks, or None if that cannot be told."""
    view = np.linspace(*axis.get_view_interval(), 5)
    made = [*axis.__dict__.get("majorTicks", ()), *axis.__dict__.get("minorTicks", ())]
    try:
        return repr(
            [
                type(axis),
                axis.axes.axison and axis.get_visible(),
                axis.axes.bbox.bounds,
                [view.tolist(), axis.get_transform().transform(view).tolist()],
                [_plain(part) for part in (axis.major.locator, axis.major.formatter)],
                [_plain(part) for part in (axis.minor.locator, axis.minor.formatter)],
                [_plain(axis.get_tick_params(which=which)) for which in ("major", "minor")],
                [axis.get_label_position(), axis.labelpad, _look_of_text(axis.label)],
                [_look_of_tick(tick) for tick in made],
            ]
        )
    except TypeError:
        return None


def _look_of_tick(tick: Tick) -> list[Any]:
    lines = [
        [line.get_visible(), line.get_color(), line.get_linewidth(), line.get_alpha()]
        for line in (tick.tick1line, tick.tick2line, tick.gridline)
    ]
    return [*lines, _look_of_text(tick.label1), _look_of_text(tick.label2)]


def _look_of_text(text: Text) -> list[Any]:
    return [
        text.get_visible(),
        text.get_text(),
        text.get_color(),
        text.get_alpha(),
        str(text.get_fontproperties()),
        [text.get_rotation(), text.get_horizontalalignment(), text.get_verticalalignment()],
    ]


def _plain(value: Any) -> Any:
    """Return a value as one whose `repr` is equal for equal values.

    Raises:
        TypeError: if it holds something else than data, such as a function.
    """
    if value is None or isinstance(value, str | float | int | np.generic):
        return value
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, TickHelper):
        return [type(value), _plain({k: v for k, v in vars(value).items() if k != "axis"})]
    raise TypeError(f"{value!r} is no data")
