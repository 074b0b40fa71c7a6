"""The map on the page of concepts: a picture with a box for each concept, drawn from its tables.

Each row of a table is a concept. Its first cell is the name, the second names the concepts that it
builds on, and the first link leads to where it is explained. An arrow leads from each of those
concepts to the one that builds on it. There are two pictures, one for a wide and one for a narrow
window, and `wayfinding.css` shows one of them.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
PAGE = "chapters/concepts"
# The lengths below are in units of the picture, which are about CSS pixels.
WIDE, NARROW = (736, 5), (340, 3)  # width of a picture, and boxes in a row
GAP = 14  # between two boxes
SPACE = 30  # between two rows, for the arrows
HEADING = 34  # the line with a chapter's title
LINE, PADDING = 16, 7  # the height of a line of text, and the space around the lines of a box
LETTER = 6.4  # the mean width of a letter


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to every page; called by Sphinx."""
    app.connect("doctree-resolved", add_map)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@dataclass
class Concept:
    """A concept: its name, the place that explains it, its chapter, and what it builds on."""

    name: str
    address: str
    chapter: str
    needs: list[str]


@dataclass
class Box:
    """The place of a concept in a picture."""

    left: float
    top: float
    width: float
    height: float
    lines: list[str]


def add_map(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the two pictures below the first paragraph of the page of concepts."""
    if page != PAGE:
        return
    concepts = list(read_concepts(doctree))
    names = {concept.name for concept in concepts}
    for concept in concepts:
        for unknown in set(concept.needs) - names:
            LOGGER.warning(
                "%r builds on %r, which has no row", concept.name, unknown, location=page
            )
    first = next(iter(doctree.findall(nodes.paragraph)))
    pictures = "".join(
        f'<div class="concept-map {kind}">{draw(concepts, *size)}</div>'
        for kind, size in (("wide", WIDE), ("narrow", NARROW))
    )
    raw = nodes.raw("", f"<style>{highlights(concepts)}</style>{pictures}", format="html")
    first.parent.insert(first.parent.index(first) + 1, raw)


def read_concepts(doctree: nodes.document) -> Iterator[Concept]:
    """Yield the concepts of all tables of a page; the heading above a table is the chapter."""
    for section in doctree.findall(nodes.section):
        for body in section.findall(nodes.tbody):
            if body.parent.parent.parent is not section:
                continue  # The table belongs to a section of this one.
            chapter = next(iter(section.findall(nodes.title))).astext()
            for row in body.findall(nodes.row):
                name, needs, *_ = (cell.astext() for cell in row)
                link = next(iter(row.findall(nodes.reference)))
                split = [] if needs == "–" else needs.split("; ")
                yield Concept(name, link["refuri"], chapter, split)


def draw(concepts: list[Concept], width: float, columns: int) -> str:
    """Return a picture of the concepts as SVG."""
    headings, boxes, height = place(concepts, width, columns)
    parts = [
        f'<text class="chapter" x="0" y="{top:g}">{number}. {html.escape(chapter)}</text>'
        for number, (chapter, top) in enumerate(headings.items(), 1)
    ]
    by_name = {concept.name: box for concept, box in zip(concepts, boxes, strict=True)}
    numbers = {concept.name: number for number, concept in enumerate(concepts)}
    chapters = {concept.name: concept.chapter for concept in concepts}
    for concept, box in zip(concepts, boxes, strict=True):
        before = sorted((n for n in concept.needs if n in by_name), key=lambda n: by_name[n].left)
        for place_in_box, need in enumerate(before, 1):
            end = box.left + box.width * place_in_box / (len(before) + 1)
            classes = f"e{numbers[need]} e{numbers[concept.name]}"
            if chapters[need] != concept.chapter:
                classes += " far"
            parts.append(f'<path class="{classes}" d="{arrow(by_name[need], box, end)}"/>')
    for concept, box in zip(concepts, boxes, strict=True):
        parts.append(draw_box(concept, box, numbers[concept.name]))
    return (
        f'<svg viewBox="0 0 {width} {height:g}" role="group" aria-label="Map of the concepts">'
        f"{''.join(parts)}</svg>"
    )


def place(
    concepts: list[Concept], width: float, columns: int
) -> tuple[dict[str, float], list[Box], float]:
    """Return where the chapters' titles and the concepts stand in a picture, and its height."""
    box_width = (width - (columns - 1) * GAP) / columns
    letters = int((box_width - PADDING) / LETTER)
    headings: dict[str, float] = {}
    boxes: list[Box] = []
    top = 0.0
    for chapter in dict.fromkeys(concept.chapter for concept in concepts):
        headings[chapter] = top + LINE
        top += HEADING
        names = [concept.name for concept in concepts if concept.chapter == chapter]
        for start in range(0, len(names), columns):
            row = [
                textwrap.wrap(name, letters, break_on_hyphens=False)
                for name in names[start : start + columns]
            ]
            height = max(map(len, row)) * LINE + 2 * PADDING
            for column, lines in enumerate(row):
                left = column * (box_width + GAP)
                boxes.append(Box(left, top, box_width, height, lines))
            top += height + SPACE
    return headings, boxes, top - SPACE + 2


def arrow(start: Box, end: Box, x: float) -> str:
    """Return the path of an arrow from below one box to the top of another, at `x`."""
    from_x = start.left + start.width / 2
    if start.top == end.top:  # In one row, the arrow goes over the boxes between the two.
        way = f"M{from_x:g} {start.top:g}C{from_x:g} {start.top - 22:g} {x:g} {end.top - 22:g}"
    else:
        bottom = start.top + start.height
        bend = min(60, (end.top - bottom) / 2)
        way = f"M{from_x:g} {bottom:g}C{from_x:g} {bottom + bend:g} {x:g} {end.top - bend:g}"
    return f"{way} {x:g} {end.top:g}m-4 -6 4 6 4 -6"


def draw_box(concept: Concept, box: Box, number: int) -> str:
    """Return a box with the name of a concept in it, as a link to where it is explained."""
    middle = box.left + box.width / 2
    first = box.top + (box.height - LINE * len(box.lines)) / 2 + 0.75 * LINE
    lines = "".join(
        f'<tspan x="{middle:g}" y="{first + LINE * i:g}">{html.escape(line)} </tspan>'
        for i, line in enumerate(box.lines)
    )
    return (
        f'<a href="{html.escape(concept.address)}" class="n{number}">'
        f'<rect x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="6"/><text>{lines}</text></a>'
    )


def highlights(concepts: list[Concept]) -> str:
    """Return the rules that show the arrows of a concept under the pointer or with the focus."""
    rules = [
        f".concept-map svg:has(.n{n}:is(:hover,:focus-visible)) path.e{n}"
        for n in range(len(concepts))
    ]
    return f"{','.join(rules)}{{opacity:1;stroke:var(--course-orange);stroke-width:2}}"
