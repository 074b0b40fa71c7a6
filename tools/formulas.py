"""Draw every kind of formula of the course in three browser engines: `python -m tools.formulas`.

The pictures are in `_build/formulas/`. Each has the same formulas three times, from left to right
as Chromium, Firefox and WebKit draw them. Two formulas are of one kind if they differ only in their
letters and numbers; the first one is drawn.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from tools.book import HTML, pages
from tools.engines import ENGINES, opened

PICTURES = HTML.with_name("formulas")
FORMULA = re.compile(r"<math\b.*?</math>", re.S)
_LETTERS = re.compile(r"(?<=<m[in]>)[^<]*(?=</m[in]>)|(?<=<mtext>)[^<]*(?=</mtext>)")
WIDTH, HEIGHT = 760, 1600  # CSS pixels of one engine's part of a picture
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><meta charset="utf-8"><title>Formulas</title>
<link rel="stylesheet" href="{sheet}">
<style>
  body {{ margin: 0 1rem; }}
  .kind {{ border-bottom: 1px solid #ddd; font-size: 1.125rem; padding: 0.5rem;
    text-align: center; }}
</style>
<main class="bd-article">{formulas}</main>
"""
TALL = "return [...document.querySelectorAll('.kind')].map(e => e.getBoundingClientRect().height)"
# A formula gets the same height in each engine, so that the parts of a picture stand side by side.
SET = """
document.querySelectorAll('.kind').forEach((e, i) => { e.style.height = `${arguments[0][i]}px` });
await document.fonts.ready;
"""


def kinds(book: Path) -> dict[str, str]:
    """Return the formulas of a built book, one of each kind, and the page of each."""
    found: dict[str, tuple[str, str]] = {}
    for page in pages(book):
        for formula in FORMULA.findall((book / page).read_text("utf-8")):
            found.setdefault(_LETTERS.sub("x", formula), (formula, page))
    return dict(found.values())


def sheets(formulas: list[str], heights: list[float]) -> Iterator[tuple[list[str], list[float]]]:
    """Yield the formulas in groups that fit on a picture, with their heights."""
    start, total = 0, 0.0
    for end, height in enumerate(heights):
        if total + height > HEIGHT:
            yield formulas[start:end], heights[start:end]
            start, total = end, 0.0
        total += height
    yield formulas[start:], heights[start:]


def main() -> None:
    """Draw the pictures and say where they are."""
    formulas = list(kinds(HTML))
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    heights: list[float] = []
    drawn: dict[int, list[Image.Image]] = {}
    for engine in ENGINES:
        with opened(engine) as window:
            window.open(_write(formulas))
            window.resize(WIDTH, HEIGHT)
            heights = heights or [1.2 * height for height in window.run(TALL)]
            for number, (some, tall) in enumerate(sheets(formulas, heights)):
                window.open(_write(some))
                window.run(SET, tall)
                drawn.setdefault(number, []).append(Image.open(io.BytesIO(window.picture())))
    for number, parts in drawn.items():
        whole = Image.new("RGB", (WIDTH * len(parts), HEIGHT), "white")
        for place, part in enumerate(parts):
            whole.paste(part, (WIDTH * place, 0))
        whole.save(PICTURES / f"{number + 1:02}.png")
    (PICTURES / "formulas.html").unlink()
    print(f"{len(formulas)} kinds of formulas on {len(drawn)} pictures in {PICTURES}")


def _write(formulas: list[str]) -> str:
    """Write a page with some formulas, and return its address."""
    sheet = os.path.relpath(HTML / "_static" / "site.css", PICTURES)
    rows = "".join(f'<div class="kind">{formula}</div>' for formula in formulas)
    page = PICTURES / "formulas.html"
    page.write_text(PAGE.format(sheet=sheet, formulas=rows), "utf-8")
    return page.as_uri()


if __name__ == "__main__":
    main()
