"""Figures as SVG: small, in the colors of the page's theme, and packed without repetition."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure

from .layout import PanelLayout
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
# The end of every element that draws something. A text that is cut there falls into pieces that
# each contain one such element and the tags before it.
_END_OF_LEAF = re.compile(r"(?<=/>)|(?<=</text>)")


@dataclass(frozen=True)
class Frame:
    """A drawn figure: an SVG element for each of its panels, and its alternative text."""

    svg: str
    alt: str


def render(figure: Figure, salt: str) -> Frame:
    """Draw a figure as SVG elements for an HTML page, one for each panel.

    Args:
        figure: the figure; its label (`figure.set_label`) is the alternative text.
        salt: different for each figure of a page, so that the ids inside the SVG differ.

    Raises:
        ValueError: if the figure has no alternative text, no panels, something outside of them, a
            color that is not in the palette, or mathematical text. Matplotlib places the letters of
            mathematical text one by one, for a font that the page does not have.
    """
    alt = str(figure.get_label())
    if not alt:
        raise ValueError(
            "the figure has no alternative text: call figure.set_label() with a sentence that says "
            "what it shows"
        )
    layout, panels = figure.get_layout_engine(), set(figure.axes)
    if not isinstance(layout, PanelLayout):
        raise ValueError("the figure has no panels: make it with demos.show.style.panels")
    if stray := [part for part in figure.get_children() if part not in {figure.patch, *panels}]:
        raise ValueError(f"{stray[0]} lies outside of the panels: draw it on one of the axes")
    layout.execute(figure)
    svg = "".join(_panel(figure, number, salt) for number in range(len(panels)))
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
    return Frame(_shortened(svg), alt)


def _panel(figure: Figure, number: int, salt: str) -> str:
    """Return the SVG element of one panel."""
    salted = mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": f"{salt}-{number}"})
    with salted, io.StringIO() as file:
        renderer = RendererSVG(figure.bbox.width, figure.bbox.height, file, metadata={"Date": None})
        figure.axes[number].draw(renderer)
        renderer.finalize()
        svg = _BALLAST.sub("", file.getvalue())
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


def share(texts: list[str]) -> tuple[list[str], list[list[int]]]:
    """Cut texts into pieces, so that a part that several texts contain is kept once.

    Args:
        texts: the SVG elements of a demo's frames.

    Returns:
        The pieces, and for each text the indices of its pieces, in order.
    """
    leaves = [_END_OF_LEAF.split(text) for text in texts]
    held_by = Counter(leaf for frame in leaves for leaf in set(frame))
    before: dict[str, set[str | None]] = {}
    after: dict[str | None, set[str | None]] = {}
    for frame in leaves:
        for left, right in zip([None, *frame], [*frame, None], strict=True):
            after.setdefault(left, set()).add(right)
            if right is not None:
                before.setdefault(right, set()).add(left)

    pieces: dict[str, int] = {}
    recipes = []
    for frame in leaves:
        runs: list[str] = []
        last = None
        for leaf in frame:
            # Leaves that always follow each other become one piece. Leaves of a single frame stay
            # separate, so that `pack` can put each of them next to a similar one.
            together = after[last] == {leaf} and before[leaf] == {last}
            if runs and together and held_by[leaf] > 1:
                runs[-1] += leaf
            else:
                runs.append(leaf)
            last = leaf
        recipes.append([pieces.setdefault(run, len(pieces)) for run in runs])
    return list(pieces), recipes


def pack(texts: list[str], start: int) -> dict[str, list[Any]]:
    """Return similar texts in a form that is small as compressed JSON.

    Args:
        texts: the SVG elements of a demo's frames.
        start: index of the frame that the page contains as a picture, just before the packed ones.

    Returns:
        `pieces`: for each piece, the number of characters that it shares with the beginning of the
        piece before, and the rest of its text. `frames`: for each text the indices of its pieces,
        each as the difference from the index at the same position in the text before. `demos.js`
        joins them.
    """
    found, recipes = share(texts)
    # The pieces of the picture on the page come first and in its order, so that the compression
    # finds the same text there.
    shown = list(dict.fromkeys(recipes[start]))
    rest = sorted(set(range(len(found))) - set(shown), key=found.__getitem__)
    order = shown + rest
    place = {piece: i for i, piece in enumerate(order)}
    pieces = []
    for i, piece in enumerate(order):
        common = _common_length(found[piece], found[order[i - 1]]) if i > len(shown) else 0
        pieces.append([_javascript_length(found[piece][:common]), found[piece][common:]])
    rows = [[place[piece] for piece in recipe] for recipe in recipes]
    steps = [
        [index - before for index, before in zip_longest(row, last[: len(row)], fillvalue=0)]
        for last, row in pairwise([[], *rows])
    ]
    return {"pieces": pieces, "frames": steps}


def _common_length(one: str, other: str) -> int:
    """Return the number of characters that both texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _javascript_length(text: str) -> int:
    """Return the length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2
