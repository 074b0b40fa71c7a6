"""What the search page searches: the text and code of each section, in one file.

Sphinx's own index knows whole pages and word stems only, and its results fetch every page they
name, which a browser refuses for files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import PageElement
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

# What a reader does not read as text.
UNREAD = (
    "script, style, svg, button, .headerlink, .demo, div.math, .exercise-bar, "
    ".progress-chapter, .progress-total"
)
BLOCKS = "p, li, td, th, dt, dd, pre, summary"
HEADING = re.compile("^h[1-6]$")
SPHINX = ("searchtools.js", "language_data.js", "sphinx_highlight.js")


def setup(app: Sphinx) -> dict[str, Any]:
    """Put this search in the place of Sphinx's; called by Sphinx."""
    app.connect("builder-inited", stop_sphinx)
    app.connect("html-collect-pages", lambda app: [("search", {}, "search.html")])
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def stop_sphinx(app: Sphinx) -> None:
    """Let Sphinx make no index."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        app.builder.search = False


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the text of all pages beside them, as a script: a page opened as a file may load it."""
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    pages = [
        {"page": f"{name}.html", "sections": sections}
        for name in sorted(app.env.found_docs)
        if (sections := list(read_sections(site / f"{name}.html")))
    ]
    text = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    (site / "search-text.js").write_text(f"const COURSE = {text};\n", encoding="utf-8")
    for name in SPHINX:
        (site / "_static" / name).unlink(missing_ok=True)


def read_sections(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the id, the heading and the text of each section of a page, without its subsections."""
    article = BeautifulSoup(path.read_text("utf-8"), "html.parser").select_one("article")
    assert article, f"{path} has no article"
    for unread in article.select(UNREAD):
        unread.decompose()
    for block in article.select(BLOCKS):
        block.append("\n")
    sections = article.select("section[id]")
    for section in reversed(sections):
        section.extract()
    for section in sections:
        if heading := section.find(HEADING):
            yield str(section["id"]), plain(heading.extract()), plain(section)


def plain(part: PageElement) -> str:
    """Return the text of a part of a page, line by line."""
    lines = (" ".join(line.split()) for line in part.get_text().splitlines())
    return "\n".join(line for line in lines if line)
