"""Fonts cut to the characters and the weights that the pages show."""

from __future__ import annotations

import hashlib
import html
import io
import re
import string
import unicodedata
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

WEIGHTS = (400, 700)
RADICAL, PRIME = 0x221A, 0x2032
RADICAL_WIDTH = 850  # of 1000 to the em, a little more than that of the smallest
SMALLEST_ROOT = 0.72  # of its height
SUBSCRIPT_DROP, DENOMINATOR_SHIFT, RADICAL_GAP = -100, 520, 125  # of 1000 to the em
FORMULA = re.compile(r"<math\b.*?</math>", re.S)
_ESCAPED = re.compile(r"\\([0-9a-f]{2,6})")


def trim(site: Path, pages: Iterable[str], cache: Path) -> None:
    """Cut every font of a site to what its pages and style sheets show.

    Args:
        site: the folder of the built site.
        pages: the text of all pages.
        cache: a folder for the cut fonts, since cutting takes seconds.
    """
    texts = [html.unescape(page) for page in pages]
    sheets = [sheet.read_text("utf-8") for sheet in (site / "_static").rglob("*.css")]
    symbols = {chr(int(code, 16)) for sheet in sheets for code in _ESCAPED.findall(sheet)}
    shown = set(string.printable).union(symbols, *sheets, *texts)
    formulas = "".join(formula for text in texts for formula in FORMULA.findall(text))
    in_formulas = set(re.sub(r"<[^>]*>", "", formulas))
    for path in (site / "_static").rglob("*.woff2"):
        is_math = "math" in path.stem
        wanted = as_set(in_formulas) if is_math else shown
        path.write_bytes(_cached(path, wanted, cache))


def as_set(characters: set[str]) -> set[str]:
    """Return what a browser sets formulas with: single letters are italic, roots have a sign."""
    italics = {
        letter
        for letter in map(chr, range(0x1D400, 0x1D800))
        if unicodedata.name(letter, "").startswith("MATHEMATICAL ITALIC ")
        and unicodedata.normalize("NFKC", letter) in characters
    }
    return characters | italics | {"ℎ", chr(RADICAL)}  # the italic h stands apart in Unicode


def _cached(path: Path, characters: set[str], cache: Path) -> bytes:
    key = hashlib.sha256(path.read_bytes() + "".join(sorted(characters)).encode())
    key.update(Path(__file__).read_bytes())
    kept = cache / f"{key.hexdigest()}.woff2"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(cut(path, characters))
    return kept.read_bytes()


def cut(path: Path, characters: set[str]) -> bytes:
    """Return a font with these characters only, as WOFF2."""
    font = TTFont(path, recalcTimestamp=False)
    is_math = "MATH" in font
    if is_math:
        mend_math(font)
    options = subset.Options()
    options.hinting = False
    options.layout_features = [] if is_math else [*options.layout_features, "tnum"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
    font.flavor = "woff2"
    with io.BytesIO() as file:
        font.save(file)
        return file.getvalue()


def mend_math(font: TTFont) -> None:
    """Suit a mathematical font with TrueType outlines to what browsers do with it.

    - Chromium lets the surplus height of a root's sign hang below the line, and the smallest sign
      is twice as high as a letter: sizes take the shape of the next smaller one.
    - It leaves as much space for any root as the widest sign needs, so all get nearly one width.
    - It sets the bar of a root so low that it nearly touches the letters.
    - It hangs a subscript below the letter's own depth, so that p's would be lower than x's.
    - It puts the denominator in a line of text as far from the bar as in a formula of its own.
    - It takes the prime of running text, so that of scripts takes its place.
    """
    shrink_roots(font)
    constants = font["MATH"].table.MathConstants
    constants.SubscriptBaselineDropMin.Value = SUBSCRIPT_DROP
    constants.RadicalVerticalGap.Value = RADICAL_GAP
    constants.FractionDenominatorShiftDown.Value = DENOMINATOR_SHIFT
    prime = f"{font.getBestCmap()[PRIME]}.ssty"
    for table in font["cmap"].tables:
        if PRIME in table.cmap:
            table.cmap[PRIME] = prime


def shrink_roots(font: TTFont) -> None:
    """Make each size of a root's sign smaller, and all of one width."""
    variants = font["MATH"].table.MathVariants
    glyphs, widths = font["glyf"], font["hmtx"]
    name = font.getBestCmap()[RADICAL]
    root = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(name)]
    sizes = root.MathGlyphVariantRecord
    names = [size.VariantGlyph for size in sizes]
    shapes = [(deepcopy(glyphs[name]), widths[name]) for name in names[:2]]
    for name, (shape, width) in zip(names[1:3], shapes, strict=True):
        glyphs[name], widths[name] = shape, width  # the largest stays
    _scale(font, names[0], 1, SMALLEST_ROOT)
    for name in [*names[1:], *(part.glyph for part in root.GlyphAssembly.PartRecords)]:
        _scale(font, name, RADICAL_WIDTH / widths[name][0], 1)
    for size in sizes:
        size.AdvanceMeasurement = glyphs[size.VariantGlyph].yMax - glyphs[size.VariantGlyph].yMin


def _scale(font: TTFont, name: str, across: float, up: float) -> None:
    glyph, (width, _) = font["glyf"][name], font["hmtx"][name]
    glyph.coordinates.scale((across, up))
    glyph.coordinates.toInt()
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (round(width * across), glyph.xMin)
