"""For everyone: names and roles that the theme leaves out, and pages that print whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

_LONG_CODE = re.compile(r'(?<=<span class="pre">)[^<]{12,}(?=</span>)')
_JOINT = re.compile(r"(?<=[\w)\]])[_,(=](?=[\w(\[])|(?<=[A-Za-z)\]])\.(?=[A-Za-z])")
_SHORT_CODE = re.compile(
    r'(?<=<code class=")(?=docutils literal notranslate"><span class="pre">(?:[^<]{1,18}|'
    r'[^<]{1,10}</span> <span class="pre">[^<]{1,10})</span></code>)'
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything below; called by Sphinx."""
    app.connect("html-page-context", name_contents_buttons, priority=900)  # after the theme's own
    app.connect("html-page-context", mend_body, priority=900)
    app.add_css_file("print.css", media="print", priority=900)
    app.add_js_file("print.js", defer="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def name_contents_buttons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Say what each arrow of the contents opens; the theme draws an arrow and no word."""
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


def mend_body(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Let arrow keys scroll a wide table, and code wrap at its joints if it is not short.

    Each reference becomes an item of its list: docutils gives it a role that was withdrawn.
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
