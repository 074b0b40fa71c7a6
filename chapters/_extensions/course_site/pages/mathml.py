"""A formula in TeX as MathML that Chromium, Firefox and WebKit all draw well.

math-core writes correct MathML, but no two engines draw all of it in the same way. The functions
below change only what one of them draws badly, into something that all three draw well. `make
formulas` shows every kind of formula of the course in the three engines.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from math_core import LatexToMathML

_CONVERTER = LatexToMathML()
_ROW_SPACE = re.compile(r"\\\\\[[\d.]+ex\]")
# XML knows only a few names of characters; the converter writes others too.
_NAMED_CHARACTER = re.compile(r"&(?!(?:amp|lt|gt|quot);)[A-Za-z]+;")
_ACCENTS = {
    "ˆ": "ˆ",
    "¯": "ˉ",
    "˜": "˜",
}  # as the converter writes them, and as all engines draw them
_WITH_SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
_UNDERLINE, _OVERLINE = "\u0332", "‾"


def mathml(latex: str, block: bool = False) -> str:
    r"""Return a formula as a `math` element.

    Raises:
        LatexError: the formula has an error or a command that the converter does not know.
    """
    # The converter would print the "[1.5ex]" of `\\[1.5ex]`, so it gets an empty row instead.
    spaced = _ROW_SPACE.sub(r"\\\\ {} \\\\", latex.strip())
    written = _CONVERTER.convert_with_local_state(spaced, displaystyle=block)
    formula = ElementTree.fromstring(_NAMED_CHARACTER.sub(lambda c: html.unescape(c[0]), written))
    for correct in CORRECTIONS:
        correct(formula)
    return ElementTree.tostring(formula, encoding="unicode")


def lower_accents(formula: Element) -> None:
    """Let hats, bars and tildes stretch, because WebKit draws others far above their letter.

    WebKit also draws a bar that stretches, U+00AF, much wider than its letter; U+02C9 is right.
    """
    for accented in formula.iter("mover"):
        accent = accented[1]
        if accent.text in _ACCENTS:
            accent.text = _ACCENTS[accent.text]
            accent.attrib.pop("stretchy", None)


def draw_overlines(formula: Element) -> None:
    """Draw a line over several letters as the border of a row, by the class `overline`.

    The converter writes it with U+0332, which WebKit draws beside the letters. Of the other lines,
    Chromium draws a stub for U+00AF and WebKit for U+203E.
    """
    for lined in formula.iter("mover"):
        if lined[1].text == _UNDERLINE:
            lined.set("class", "overline")
            lined[1].text = _OVERLINE  # mathematics.css hides it; screen readers speak it.
            row = Element("mrow")
            row.append(lined[0])
            lined[0] = row


def space_rows(formula: Element) -> None:
    """Replace an empty row by space above the next one, because Firefox draws it twice as high."""
    for table in formula.iter("mtable"):
        lines = list(table)
        for empty, line in pairwise(lines):
            if not "".join(empty.itertext()):
                table.remove(empty)
                for cell in line:
                    cell.set("style", f"{cell.get('style', '')}padding-top:2ex")


def fill_cells_with_rows(formula: Element) -> None:
    r"""Put the content of each cell into a row, because WebKit stretches brackets only there."""
    for cell in formula.iter("mtd"):
        row = Element("mrow")
        row.extend(cell)
        for part in list(cell):
            cell.remove(part)
        cell.append(row)


def space_cases(formula: Element) -> None:
    """Leave a space behind the brace of `cases`, where Firefox leaves none."""
    for row in formula.iter("mrow"):
        if len(row) > 1 and row[0].text == "{" and row[1].tag == "mtable":
            for line in row[1]:
                line[0].set("style", f"{line[0].get('style', '')}padding-left:0.3em")


def shrink_products(formula: Element) -> None:
    """Keep ⊙ in the size of a sign such as +, because Firefox draws it as large as a sum's ∑."""
    for operator in formula.iter("mo"):
        if operator.text == "⊙":
            operator.set("largeop", "false")


def shrink_fractions(formula: Element) -> None:
    """Mark the fractions within a line of text, which WebKit draws as large as in a block."""
    for fraction in _in_text(formula, formula.get("display") != "block"):
        fraction.set("class", "in-text")


def _in_text(element: Element, in_text: bool) -> Iterator[Element]:
    """Yield the fractions in an element, if a line of text, or a part as low as one, has them."""
    if "displaystyle" in element.attrib:
        in_text = element.get("displaystyle") == "false"
    if element.tag == "mfrac" and in_text:
        yield element
    for number, part in enumerate(element):
        is_script = element.tag in _WITH_SCRIPTS and number > 0
        yield from _in_text(part, in_text or is_script or element.tag == "mfrac")


CORRECTIONS: tuple[Callable[[Element], None], ...] = (
    lower_accents,
    draw_overlines,
    space_rows,
    fill_cells_with_rows,
    space_cases,
    shrink_products,
    shrink_fractions,
)
