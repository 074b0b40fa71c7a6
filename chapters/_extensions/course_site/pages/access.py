"""Accessibility: names and roles that the theme leaves out, code that wraps, pages that print."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

LISTS = {f"chapters/{name}" for name in ("concepts", "glossary", "notation")}
# Sphinx writes each word of inline code into a span. A long one may wrap after its joints, such
# as the dots of `keras.losses.Huber`; a short one stays whole.
_LONG_CODE = re.compile(r'(?<=<span class="pre">)[^<]{12,}(?=</span>)')
_JOINT = re.compile(r"(?<=[\w)\]])[_,(=](?=[\w(\[])|(?<=[A-Za-z)\]])\.(?=[A-Za-z])")
_SHORT_CODE = re.compile(
    r'(?<=<code class=")(?=docutils literal notranslate"><span class="pre">(?:[^<]{1,18}|'
    r'[^<]{1,10}</span> <span class="pre">[^<]{1,10})</span></code>)'
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to every page, and load what printing needs; called by Sphinx."""
    app.connect("doctree-resolved", name_rows)
    app.connect("html-page-context", name_contents_buttons, priority=900)  # after the theme
    app.connect("html-page-context", improve_body, priority=900)
    app.add_css_file("print.css", media="print", priority=900)
    app.add_js_file("print.js", defer="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def name_rows(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Make the first cell of each row its header, on pages where readers look words up."""
    if page in LISTS:
        for table in doctree.findall(nodes.tgroup):
            next(iter(table.findall(nodes.colspec)))["stub"] = 1


def name_contents_buttons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Name what each arrow in the contents opens, because the theme draws only an arrow."""
    make: Callable[..., Any] = context["generate_toctree_html"]

    def named(*args: Any, **options: Any) -> Any:
        contents = make(*args, **options)
        if isinstance(contents, BeautifulSoup):
            for chapter in contents.select("li:has(> details)"):
                link, button = chapter.select_one("a"), chapter.select_one("details > summary")
                if link and button:
                    button["aria-label"] = f"Exercises of {link.get_text(strip=True)}"
        return contents

    context["generate_toctree_html"] = named


def improve_body(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Let arrow keys scroll wide tables, let long code wrap, and give references a valid role.

    docutils gives each reference the role `doc-biblioentry`, which ARIA has withdrawn.
    """
    if "body" in context:
        table = 'class="pst-scrollable-table-container"'
        context["body"] = (
            context["body"]
            .replace(f"<div {table}>", f'<div {table} tabindex="0">')
            .replace('role="doc-biblioentry"', 'role="listitem"')
        )
        context["body"] = _SHORT_CODE.sub("short ", context["body"])
        context["body"] = _LONG_CODE.sub(
            lambda code: _JOINT.sub(r"\g<0><wbr>", code[0]), context["body"]
        )
