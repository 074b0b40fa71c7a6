"""Fonts with only the characters and the weights that the pages show."""

from __future__ import annotations

import hashlib
import html
import io
import logging
import re
import string
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

WEIGHTS = (400, 700)
RADICAL = "√"
FORMULA = re.compile(r"<math\b.*?</math>", re.S)
_ESCAPED = re.compile(r"\\([0-9a-f]{2,6})")  # a character in a style sheet, such as "\f002"

# Otherwise fontTools prints hundreds of lines about what it cuts.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def trim(site: Path, pages: Iterable[str], cache: Path) -> None:
    """Cut every font of a site to the characters on its pages and in its style sheets.

    Args:
        site: the folder of the built site.
        pages: the text of all pages.
        cache: a folder that keeps cut fonts, because cutting takes seconds.
    """
    texts = [html.unescape(page) for page in pages]
    sheets = [sheet.read_text("utf-8") for sheet in (site / "_static").rglob("*.css")]
    symbols = {chr(int(code, 16)) for sheet in sheets for code in _ESCAPED.findall(sheet)}
    shown = set(string.printable).union(symbols, *sheets, *texts)
    formulas = "".join(formula for text in texts for formula in FORMULA.findall(text))
    in_formulas = set(re.sub(r"<[^>]*>", "", formulas))
    for path in (site / "_static").rglob("*.woff2"):
        characters = rendered(in_formulas) if "math" in path.stem else shown
        path.write_bytes(cached(path, characters, cache))


def rendered(characters: set[str]) -> set[str]:
    """Return the characters that a browser draws for those of a formula.

    It draws a single letter with its italic mathematical form, and √ for every `msqrt` element.
    """
    italics = {
        letter
        for letter in map(chr, range(0x1D400, 0x1D800))
        if unicodedata.name(letter, "").startswith("MATHEMATICAL ITALIC ")
        and unicodedata.normalize("NFKC", letter) in characters
    }
    return characters | italics | {"ℎ", RADICAL}  # Unicode has the italic h outside that range.


def cut(path: Path, characters: set[str]) -> bytes:
    """Return a font with only these characters, without hints, as WOFF2."""
    font = TTFont(path, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.layout_features = [] if "MATH" in font else [*options.layout_features, "tnum"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
    font.flavor = "woff2"
    with io.BytesIO() as file:
        font.save(file)
        return file.getvalue()


def cached(path: Path, characters: set[str], cache: Path) -> bytes:
    """Return the same as `cut`, from a folder if it is there, and put it there if it is not."""
    key = hashlib.sha256(path.read_bytes() + "".join(sorted(characters)).encode())
    key.update(Path(__file__).read_bytes())
    kept = cache / f"{key.hexdigest()}.woff2"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(cut(path, characters))
    return kept.read_bytes()
