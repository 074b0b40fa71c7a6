"""Figures as SVG: small, in the colors of the page's theme, with handles for the reader to drag."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from math import isclose, nan

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from .controls import in_words
from .drawing import RULER, DrawnAxes, draw_panel
from .layout import Margins, panel_layout
from .style import LIGHT

_COLOR = re.compile("|".join(LIGHT.values()), re.IGNORECASE)
_VARIABLE = {color.lower(): f"var(--course-{name})" for name, color in LIGHT.items()}
# Parts of an SVG file that a page does not need: everything before <svg, the fixed size, and
# Matplotlib's name and date. Also the style element, because with it a browser would compute the
# styles of the whole page again for each frame.
_BALLAST = re.compile(
    r"^.*?(?=<svg)|(?<=<svg )[^>]*?(?=viewBox)|<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>",
    re.S,
)
_TO_ASCII = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789", ",")
_VIEW_BOX = re.compile(r'viewBox="[^"]*"')
_LINES = "stroke-linejoin:round;stroke-linecap:butt"  # the content of the style element
_FOREIGN = re.compile(r"(?:fill|stroke): (#[0-9a-f]{6})")
_TAG = re.compile(r"<[^>]+>")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_LAYER = re.compile(r'id="layer:([^"]+)"')
_ID = re.compile(r'\s+id="([^"]+)"')
_REFERENCE = re.compile(r"#([\w-]+)")
_FONT_FAMILY = re.compile(r"font-family: [^;\"]+;? ?")
_PATH = re.compile(r'(<path[^>]*?) d="([^"]*)"([^>]*?)/>')
_PATH_COMMAND = re.compile(r"([MLQCz])([^MLQCz]*)")
_USE = re.compile(r'(<use[^>]*?)( x="[^"]*" y="[^"]*")([^>]*?)/>')
# Two or more markers in a row with the same style. Markers with an opacity are left alone, because
# a group would apply the opacity to all of them together.
_MARKS = re.compile(
    r'<use (href="[^"]*") (style="(?![^"]*[" ;]opacity)[^"]*")[^>]*>(<use \1 \2[^>]*>)+'
)
_UNSEEN = re.compile(
    r'<g [^>]*/>|<path style="fill: none" d="[^"]*"/>| transform="rotate\(-0 [^"]*"'
)
_STYLE = re.compile(r' style="[^"]*"')
_GROUP = re.compile(r"(<g>|<g [^>]*>|</g>)")


# A place in a figure: the number of the panel, the middle, and half of the width and the height, in
# points of the SVG's coordinates.
Place = tuple[int, int, int, int, int]
# What the numbers on an axis mean: "linear" or "log", two places in points, and their values.
Scale = tuple[str, int, int, float, float]
_HANDLE = "drag:"  # begins the `gid` of an artist that the reader can drag


@dataclass(frozen=True)
class Frame:
    """A drawn figure.

    Attributes:
        svg: an SVG element for each panel.
        alt: the alternative text.
        handles: for each name after "drag:", the places of the artists that have it as `gid`.
        scales: for each panel its two axes, or None if the ticks of one are names.
    """

    svg: str
    alt: str
    handles: dict[str, list[Place]] = field(default_factory=dict)
    scales: tuple[tuple[Scale, Scale] | None, ...] = ()


def render(
    figure: Figure,
    salt: str,
    margins: tuple[Margins, ...] | None = None,
    drawn: DrawnAxes | None = None,
) -> Frame:
    """Draw a figure as SVG elements for an HTML page, one for each panel.

    Args:
        figure: the figure; its label (`figure.set_label`) is the alternative text.
        salt: different for each demo of a page, so that the ids inside the SVG differ.
        margins: of the panels; without it, those that this figure needs.
        drawn: the axes that earlier frames of the demo have drawn; new ones are added.

    Raises:
        ValueError: if the figure has no alternative text, no panels, something outside of them, a
            color that is not in the palette, or mathematical text. Matplotlib places the letters of
            mathematical text one by one, for a font that the page does not have.
    """
    alt = in_words(str(figure.get_label()))
    if not alt:
        raise ValueError(
            "the figure has no alternative text: call figure.set_label() with a sentence that says "
            "what it shows"
        )
    layout = panel_layout(figure)
    parts = {figure.patch, *figure.axes}
    if stray := [part for part in figure.get_children() if part not in parts]:
        raise ValueError(f"{stray[0]} lies outside of the panels: draw it on one of the axes")
    layout.margins = margins
    layout.execute(figure)
    drawn = {} if drawn is None else drawn
    svg = "".join(_panel(figure, number, salt, drawn) for number in range(len(figure.axes)))
    if "<tspan" in svg:
        raise ValueError(
            "the figure holds $mathematical$ text: write it with Unicode letters instead"
        )
    svg = _TAG.sub(lambda tag: _NUMBER.sub(_rounded, tag[0]), svg)
    svg = _FONT_FAMILY.sub("", svg)
    svg = _COLOR.sub(lambda color: _VARIABLE[color[0].lower()], svg)
    if foreign := _FOREIGN.search(svg):
        raise ValueError(
            f"the color {foreign[1]} is not one of demos.show.style, so no theme can change it"
        )
    svg = _LAYER.sub(r'data-layer="\1"', svg)
    used = set(_REFERENCE.findall(svg))  # ids of clip paths and markers
    svg = _ID.sub(lambda mark: mark[0] if mark[1] in used else "", svg)
    scales = tuple(_scales(axes, figure.bbox.height) for axes in figure.axes)
    return Frame(_shortened(svg), alt, _handles(figure), scales)


def error_frame(error: Exception) -> Frame:
    """Return a frame that shows an error in place of the figure."""
    text = html.escape(repr(error))
    return Frame(f"<pre role='alert'>{text}</pre>", text)


def _handles(figure: Figure) -> dict[str, list[Place]]:
    """Return where the artists are that the reader can drag, and that lie inside their panel."""
    found: dict[str, list[Place]] = {}
    width, height = figure.bbox.width / len(figure.axes), figure.bbox.height
    for number, axes in enumerate(figure.axes):
        panel = Bbox.from_bounds(number * width, 0, width, height)
        for artist in axes.findobj(lambda artist: (artist.get_gid() or "").startswith(_HANDLE)):
            box = artist.get_window_extent(RULER)
            x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
            if panel.contains(x, y):  # not so if a coordinate is nan
                place = (number, x, height - y, box.width / 2, box.height / 2)
                name = str(artist.get_gid()).removeprefix(_HANDLE)
                found.setdefault(name, []).append(tuple(map(round, place)))
    return found


def _scales(axes: Axes, height: float) -> tuple[Scale, Scale] | None:
    """Return what the places in a panel mean in numbers."""
    box, scales = axes.bbox, []
    for axis, ends in (
        (axes.xaxis, (box.x0, box.x1)),
        (axes.yaxis, (height - box.y0, height - box.y1)),
    ):
        if axis.get_scale() not in ("linear", "log") or not _shows_numbers(axis):
            return None
        low, high = axis.get_view_interval()
        scales.append((axis.get_scale(), *map(round, ends), float(low), float(high)))
    return scales[0], scales[1]


def _shows_numbers(axis: Axis) -> bool:
    """Tell whether the labels of the ticks are the numbers at their places, or only names."""
    places = list(axis.get_majorticklocs())
    labels = map(str, axis.get_major_formatter().format_ticks(places))
    pairs = zip(places, labels, strict=True)
    return all(isclose(place, _number_in(label), abs_tol=1e-9) for place, label in pairs if label)


def _number_in(label: str) -> float:
    """Return the number that a label such as "−0.5", "1,000" or "10⁻³" stands for, or nan."""
    try:
        return float(re.sub("^10(?=[⁻⁰¹²³⁴-⁹])", "1e", label).translate(_TO_ASCII))
    except ValueError:
        return nan


def _panel(figure: Figure, number: int, salt: str, drawn: DrawnAxes) -> str:
    """Return the SVG element of one panel."""
    svg = _BALLAST.sub("", draw_panel(figure, number, f"{salt}-{number}", drawn))
    width = figure.bbox.width / len(figure.axes)
    # Panels stand side by side if each can have the first width. At the largest, the text of the
    # figure is not larger than that of the page.
    style = f"flex-basis:{1.1 * width:.0f}px;max-width:{1.4 * width:.0f}px;{_LINES}"
    box = f"{number * width:.1f} 0 {width:.1f} {figure.bbox.height:.1f}".replace(".0", "")
    return _VIEW_BOX.sub(f'style="{style}" viewBox="{box}"', svg, count=1)


def _shortened(svg: str) -> str:
    """Return the same picture in fewer bytes; similar elements begin with the same characters."""
    svg = re.sub(r"\s*\n\s*", "", _PATH.sub(_with_relative_data, svg))
    svg = _UNSEEN.sub("", svg.replace("xlink:href", "href"))
    svg = _STYLE.sub(lambda style: style[0].replace(": ", ":").replace("; ", ";"), svg)
    svg = _USE.sub(r"\1\3\2/>", svg)
    svg = _MARKS.sub(lambda run: f"<g {run[2]}>{run[0].replace(f' {run[2]}', '')}</g>", svg)
    svg = _without_bare_groups(svg)
    # HTML allows single quotes, and JSON would escape double quotes.
    return _TAG.sub(lambda tag: tag[0] if "'" in tag[0] else tag[0].replace('"', "'"), svg)


def _with_relative_data(path: re.Match[str]) -> str:
    """Return a path in relative coordinates: smaller numbers, and one letter for many lines."""
    written, last = "", ""
    here = start = [0, 0]  # in tenths of a point, so that rounding errors do not add up
    for command, numbers in _PATH_COMMAND.findall(path[2]):
        if command == "z":
            written, last, here = written + "z", "", start
            continue
        points = [round(10 * float(number)) for number in numbers.split()]
        steps = [_tenths(value - here[i % 2]) for i, value in enumerate(points)]
        here = points[-2:]
        if command == "M":
            start = here
        letter = command.lower()
        written += (" " if letter == last else letter) + " ".join(steps)
        last = "l" if letter == "m" else letter  # all further points after an m are lines
    return f'{path[1]}{path[3]} d="{written.replace(" -", "-")}"/>'


def _tenths(value: int) -> str:
    """Return a number of tenths as a decimal number, without a leading 0."""
    return re.sub(r"^(-?)0(?=\.)", r"\1", f"{value / 10:.1f}".removesuffix(".0"))


def _without_bare_groups(svg: str) -> str:
    """Return the SVG without the tags of groups that have no attributes."""
    kept: list[str] = []
    bare: list[bool] = []
    for part in _GROUP.split(svg):
        if part == "</g>":
            if not bare.pop():
                kept.append(part)
        else:
            if part.startswith("<g"):
                bare.append(part == "<g>")
            if part != "<g>":
                kept.append(part)
    return "".join(kept)


def _rounded(number: re.Match[str]) -> str:
    """Return a coordinate rounded to a tenth of a point, which is too small to see."""
    return f"{float(number[0]):.1f}".removesuffix(".0")
