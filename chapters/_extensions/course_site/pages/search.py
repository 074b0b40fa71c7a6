"""The text that the search page searches: text and code of every section, in one file.

Sphinx's own search finds only word stems in whole pages, and its results fetch every page that they
name. Browsers refuse to fetch if the site is opened from a folder.
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

# Elements without text that a reader would search for, and the explanations of a question's
# choices: a result must not answer the question before the reader does.
SKIPPED = (
    "script, style, svg, button, .headerlink, .demo, div.math, .exercise-bar, "
    ".workbench-bar, .cell-note, .progress-chapter, .progress-total, .ask details > :not(summary)"
)
BLOCKS = "p, li, td, th, dt, dd, pre, summary"
HEADING = re.compile("^h[1-6]$")
SPHINX_SCRIPTS = ("searchtools.js", "language_data.js", "sphinx_highlight.js")


def setup(app: Sphinx) -> dict[str, Any]:
    """Replace Sphinx's own search; called by Sphinx."""
    app.connect("builder-inited", disable_sphinx_search)
    app.connect("html-collect-pages", lambda app: [("search", {}, "search.html")])
    app.connect("build-finished", write_text)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def disable_sphinx_search(app: Sphinx) -> None:
    """Keep Sphinx from making an index."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        app.builder.search = False


def write_text(app: Sphinx, error: Exception | None) -> None:
    """Write the text of all pages as a script, which a page may load even from a folder."""
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
    for name in SPHINX_SCRIPTS:
        (site / "_static" / name).unlink(missing_ok=True)


def read_sections(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the id, heading and text of each section; subsections are sections of their own."""
    article = BeautifulSoup(path.read_text("utf-8"), "html.parser").select_one("article")
    assert article, f"{path} has no article"
    for element in article.select(SKIPPED):
        element.decompose()
    for block in article.select(BLOCKS):
        block.append("\n")
    sections = article.select("section[id]")
    for section in reversed(sections):
        section.extract()
    for section in sections:
        if heading := section.find(HEADING):
            yield str(section["id"]), plain_text(heading.extract()), plain_text(section)


def plain_text(part: PageElement) -> str:
    """Return the text of a part of a page, line by line."""
    lines = (" ".join(line.split()) for line in part.get_text().splitlines())
    return "\n".join(line for line in lines if line)
