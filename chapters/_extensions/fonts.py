"""Fonts cut to the characters and the weights that the pages show."""

from __future__ import annotations

import hashlib
import html
import io
import re
import string
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

WEIGHTS = (400, 700)
RADICAL, PRIME = 0x221A, 0x2032
RADICAL_WIDTH = 850  # of 1000 to the em, a little more than that of the smallest
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

    Chromium leaves as much space for any root as the widest root sign of the font needs, so all
    get nearly one width; and it takes the prime of running text, so that of scripts takes its
    place.
    """
    variants = font["MATH"].table.MathVariants
    characters = font.getBestCmap()
    place = variants.VertGlyphCoverage.glyphs.index(characters[RADICAL])
    root = variants.VertGlyphConstruction[place]
    larger = [variant.VariantGlyph for variant in root.MathGlyphVariantRecord[1:]]
    for name in [*larger, *(part.glyph for part in root.GlyphAssembly.PartRecords)]:
        glyph, (width, _) = font["glyf"][name], font["hmtx"][name]
        glyph.coordinates.scale((RADICAL_WIDTH / width, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (RADICAL_WIDTH, glyph.xMin)
    prime = f"{characters[PRIME]}.ssty"
    for table in font["cmap"].tables:
        if PRIME in table.cmap:
            table.cmap[PRIME] = prime
