"""Remake the font of the formulas from STIX Two Math: `python -m tools.math_font [original]`.

Chromium draws some parts of formulas badly with the original font, so the course adapts it once and
keeps the result in `chapters/_static/fonts/`; a build only cuts that to the characters it needs.
The original is version 2.11 b159 with TrueType outlines, `STIXTwoMath-Regular.woff2` of
https://github.com/stipub/stixfonts. This repository's history holds it, and the command takes it
from there. Give the path of another file to adapt a newer version.
"""

from __future__ import annotations

import io
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

from fontTools.ttLib import TTFont

FONT = Path(__file__).parents[1] / "chapters" / "_static" / "fonts" / "stix-two-math.woff2"
ORIGINAL = "c5de93c1564e78fabb5e3e7b01dcd41e974b141e"  # git's name for the contents of the original
NOTE = "; adapted to browsers by the course Training Neural Networks"
VERSION = 5  # the number of that entry in a font's table of names
RADICAL, PRIME = ord("√"), ord("′")
# The lengths below are in thousandths of the font size.
RADICAL_WIDTH = 850  # a little more than the width of the smallest sign
RADICAL_GAP = 125
SUBSCRIPT_DROP = -100
DENOMINATOR_SHIFT = 520
SMALLEST_RADICAL = 0.72  # the height of the smallest sign, as a part of the original's


def original() -> bytes:
    """Return the original font from the history of this repository.

    Raises:
        subprocess.CalledProcessError: the history is not here, as in a shallow clone.
    """
    command = ["git", "cat-file", "blob", ORIGINAL]
    return subprocess.run(command, cwd=FONT.parent, check=True, stdout=subprocess.PIPE).stdout


def adapt(font: TTFont) -> None:
    """Adapt a mathematical font with TrueType outlines to browsers, and say so in its version."""
    shrink_radicals(font)
    move_parts(font)
    use_superscript_prime(font)
    for record in font["name"].names:
        if record.nameID == VERSION:
            record.string = f"{record}{NOTE}"


def shrink_radicals(font: TTFont) -> None:
    """Make the sizes of the radical sign smaller, and nearly all of one width.

    Chromium takes the first size that is high enough, and its surplus height hangs below the line.
    The smallest sign of the original is twice as high as a letter. So the smallest sign is scaled
    down, and the two sizes above it take the shape of the next smaller one. Chromium also leaves as
    much space beside every sign as the widest one needs, so the signs get nearly the same width.
    """
    variants = font["MATH"].table.MathVariants
    glyphs, widths = font["glyf"], font["hmtx"]
    radical = font.getBestCmap()[RADICAL]
    index = variants.VertGlyphCoverage.glyphs.index(radical)
    construction = variants.VertGlyphConstruction[index]
    sizes = construction.MathGlyphVariantRecord
    names = [size.VariantGlyph for size in sizes]
    shapes = [(deepcopy(glyphs[name]), widths[name]) for name in names[:2]]
    for name, (shape, width) in zip(names[1:3], shapes, strict=True):
        glyphs[name], widths[name] = shape, width
    scale(font, names[0], 1, SMALLEST_RADICAL)
    parts = [part.glyph for part in construction.GlyphAssembly.PartRecords]
    for name in [*names[1:], *parts]:
        scale(font, name, RADICAL_WIDTH / widths[name][0], 1)
    for size in sizes:
        size.AdvanceMeasurement = glyphs[size.VariantGlyph].yMax - glyphs[size.VariantGlyph].yMin


def move_parts(font: TTFont) -> None:
    """Set the distances at which Chromium places subscripts, radicands and denominators."""
    constants = font["MATH"].table.MathConstants
    # Chromium lowers a subscript by the depth of its letter, so p's stood lower than x's.
    constants.SubscriptBaselineDropMin.Value = SUBSCRIPT_DROP
    # The bar of a root nearly touched the letters below it.
    constants.RadicalVerticalGap.Value = RADICAL_GAP
    # In a line of text, a denominator stood as far below its bar as in a formula of its own.
    constants.FractionDenominatorShiftDown.Value = DENOMINATOR_SHIFT


def use_superscript_prime(font: TTFont) -> None:
    """Draw every prime with its glyph for superscripts, because Chromium does not choose that."""
    prime = f"{font.getBestCmap()[PRIME]}.ssty"
    for table in font["cmap"].tables:
        if PRIME in table.cmap:
            table.cmap[PRIME] = prime


def scale(font: TTFont, name: str, across: float, up: float) -> None:
    """Scale the outline of a glyph by two factors, and its width by the first."""
    glyph, (width, _) = font["glyf"][name], font["hmtx"][name]
    glyph.coordinates.scale((across, up))
    glyph.coordinates.toInt()
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (round(width * across), glyph.xMin)


if __name__ == "__main__":
    source = Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else original()
    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    adapt(font)
    font.flavor = "woff2"
    font.save(FONT)
