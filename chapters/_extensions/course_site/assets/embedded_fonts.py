"""The fonts of the 404 page, inside it, because that page loads no file."""

from __future__ import annotations

import base64
import html
import re
import string
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from course_site import CHAPTERS
from course_site.assets import fonts

FONTS = {
    "Source Serif 4": "source-serif-4-latin-wght-normal.woff2",
    "Source Sans 3": "source-sans-3-latin-wght-normal.woff2",
}
TYPED = string.ascii_letters + string.digits + " "  # what readers type into the page's field
_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.S)


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to the end of the build; called by Sphinx."""
    app.connect("build-finished", embed, priority=960)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def embed(app: Sphinx, error: Exception | None) -> None:
    """Write into the 404 page both fonts, with only the characters that it shows."""
    page = Path(app.outdir) / "404.html"
    if error or app.builder.format != "html" or not page.exists():
        return
    text = page.read_text(encoding="utf-8")
    shown = set(html.unescape(_MARKUP.sub("", text)) + TYPED)
    rules = "".join(
        rule(family, fonts.cached(CHAPTERS / "_static" / "fonts" / file, shown, _cache(app)))
        for family, file in FONTS.items()
    )
    page.write_text(text.replace("<style>", f"<style>{rules}", 1), encoding="utf-8")


def rule(family: str, font: bytes) -> str:
    """Return the rule of a style sheet that contains a font with weights from 400 to 700."""
    data = base64.b64encode(font).decode()
    return (
        f'@font-face{{font-family:"{family}";font-weight:400 700;'
        f'src:url("data:font/woff2;base64,{data}")}}\n'
    )


def _cache(app: Sphinx) -> Path:
    return Path(app.doctreedir) / "fonts"
