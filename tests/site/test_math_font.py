"""The font of the formulas, which `python -m tools.math_font` has adapted to browsers."""

from __future__ import annotations

import io
import subprocess

import pytest
from fontTools.ttLib import TTFont

from tools import math_font

REMAKE = "run .venv/bin/python -m tools.math_font and commit the font"


@pytest.fixture(scope="module")
def committed() -> TTFont:
    return TTFont(math_font.FONT, recalcTimestamp=False)


def tables(font: TTFont) -> dict[str, bytes]:
    """The tables of a font as a file holds them, without the one that has the file's checksum."""
    file = io.BytesIO()
    font.flavor = None  # compressing takes seconds
    font.save(file)
    saved = TTFont(file)
    return {name: saved.reader[name] for name in saved.reader.tables if name != "head"}


def test_the_committed_font_is_what_the_tool_makes(committed: TTFont) -> None:
    try:
        original = math_font.original()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the original font is in git's history, which is not here")
    made = TTFont(io.BytesIO(original), recalcTimestamp=False)
    math_font.adapt(made)
    wanted, found = tables(made), tables(committed)
    assert wanted.keys() == found.keys(), REMAKE
    assert [name for name in wanted if wanted[name] != found[name]] == [], REMAKE


def test_every_size_of_the_radical_sign_is_low_and_about_as_wide(committed: TTFont) -> None:
    variants = committed["MATH"].table.MathVariants
    sign = committed.getBestCmap()[math_font.RADICAL]
    construction = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(sign)]
    sizes = construction.MathGlyphVariantRecord
    heights = [size.AdvanceMeasurement for size in sizes]
    assert heights == sorted(heights)
    assert heights[0] < 900, (
        "a letter is about 700 high, and Chromium hangs the rest below the line"
    )
    parts = [part.glyph for part in construction.GlyphAssembly.PartRecords]
    names = [*(size.VariantGlyph for size in sizes), *parts]
    widths = {name: committed["hmtx"][name][0] for name in names}
    assert max(widths.values()) - min(widths.values()) < 100, (
        f"Chromium leaves as much space beside each sign as the widest needs: {widths}"
    )


def test_the_font_says_that_it_is_adapted(committed: TTFont) -> None:
    assert math_font.NOTE in committed["name"].getDebugName(math_font.VERSION)
