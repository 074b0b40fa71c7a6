"""Figures as SVG: drawn small, colored by the page's theme, and kept without repetition."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure

from .style import LIGHT

_COLOR = re.compile("|".join(LIGHT.values()), re.IGNORECASE)
_VARIABLE = {color.lower(): f"var(--course-{name},{color})" for name, color in LIGHT.items()}
# What a page does not need: all before <svg, its fixed size, Matplotlib's name and date.
_BALLAST = re.compile(r"^.*?(?=<svg)|(?<=<svg )[^>]*?(?=viewBox)|<metadata>.*?</metadata>", re.S)
_FOREIGN = re.compile(r"(?:fill|stroke): (#[0-9a-f]{6})")
_TAG = re.compile(r"<[^>]+>")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_LAYER = re.compile(r'id="layer:([^"]+)"')
_ID = re.compile(r'\s+id="([^"]+)"')
_REFERENCE = re.compile(r"#([\w-]+)")
_FONT_FAMILY = re.compile(r"font-family: [^;\"]+;? ?")
# Behind every element that draws something, so that a piece is one of them with the tags before it.
_END_OF_LEAF = re.compile(r"(?<=/>)|(?<=</text>)")


@dataclass(frozen=True)
class Frame:
    """One drawn figure: its SVG element, and the sentence that says what it shows."""

    svg: str
    alt: str


def render(figure: Figure, salt: str) -> Frame:
    """Draw a figure as an SVG element to stand inside an HTML page.

    Args:
        figure: the figure; its label (`figure.set_label`) is the alternative text.
        salt: keeps the ids inside the SVG apart from those of other figures on the page.

    Raises:
        ValueError: if the figure has no alternative text; if it has a color that is not of the
            palette; if it holds mathematical text, whose letters Matplotlib places one by one for
            a font that the page does not have.
    """
    alt = str(figure.get_label())
    if not alt:
        raise ValueError(
            "the figure has no alternative text: call figure.set_label() with a sentence that says "
            "what it shows"
        )
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}), io.StringIO() as file:
        figure.savefig(file, format="svg", metadata={"Date": None})
        svg = file.getvalue()
    if "<tspan" in svg:
        raise ValueError(
            "the figure holds $mathematical$ text: write it with Unicode letters instead"
        )
    points = figure.get_figwidth() * 72
    # Small enough for two panels on a phone, not so large that text outgrows that of the page.
    size = f'style="min-width:{0.68 * points:.0f}px;max-width:{1.4 * points:.0f}px" '
    svg = _BALLAST.sub("", svg).replace("<svg ", f"<svg {size}", 1)
    svg = _TAG.sub(lambda tag: _NUMBER.sub(_rounded, tag[0]), svg)
    svg = _FONT_FAMILY.sub("", svg)
    svg = _COLOR.sub(lambda color: _VARIABLE[color[0].lower()], svg)
    if foreign := _FOREIGN.search(svg):
        raise ValueError(
            f"the color {foreign[1]} is not one of demos.style, so no theme can change it"
        )
    svg = _LAYER.sub(r'data-layer="\1"', svg)
    used = set(_REFERENCE.findall(svg))  # clip paths and markers
    svg = _ID.sub(lambda mark: mark[0] if mark[1] in used else "", svg)
    return Frame(re.sub(r"\s*\n\s*", "\n", svg).strip(), alt)


def _rounded(number: re.Match[str]) -> str:
    """To a tenth of a point, which is less than a reader can see."""
    return f"{float(number[0]):.1f}".removesuffix(".0")


def share(texts: list[str]) -> tuple[list[str], list[list[int]]]:
    """Cut texts into pieces such that what several of them hold is kept once.

    Args:
        texts: the SVG elements of a demo's frames.

    Returns:
        The pieces, and for each text the indices of the pieces that it is joined from.
    """
    leaves = [_END_OF_LEAF.split(text) for text in texts]
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
            # Two leaves that only ever stand together, in this order, belong to one piece.
            if runs and after[last] == {leaf} and before[leaf] == {last}:
                runs[-1] += leaf
            else:
                runs.append(leaf)
            last = leaf
        recipes.append([pieces.setdefault(run, len(pieces)) for run in runs])
    return list(pieces), recipes
