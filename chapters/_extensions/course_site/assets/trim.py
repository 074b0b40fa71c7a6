"""Cut what the pages load to what they use: no unused scripts, one style sheet, small fonts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sphinx.application import Sphinx
from sphinx.config import Config

from course_site import CHAPTERS
from course_site.assets import fonts, styles

# No page has what these scripts serve: tabs, the theme's own folded boxes, an index, marks on the
# words that Sphinx's search has found. For the theme's frame, pages have a script of their own.
UNUSED_SCRIPTS = {
    "_static/design-tabs.js",
    "_static/doctools.js",
    "_static/scripts/sphinx-book-theme.js",
    "_static/sphinx_highlight.js",
    "_static/togglebutton.js",
}
# No page loads these files, because `chapters/_templates/static/webpack-macros.html` leaves them
# out.
UNUSED_FILES = {
    "all.min.js",
    "all.min.js.LICENSE.txt",
    "bootstrap.js",
    "bootstrap.js.LICENSE.txt",
    "pydata-sphinx-theme.js",
}
_LINK = re.compile(r'\s*<link\b[^>]*\brel="stylesheet"[^>]*>')
# Pygments also marks names, punctuation and spaces, which have the color of plain text.
_CODE = re.compile(r'(?<=<div class="highlight">)<pre>.*?</pre>', re.S)
_PLAIN = re.compile(r'<span(?: class="(?:n|nn|p|w)")?>([^<]*)</span>')
_COMMENT = re.compile(r"^ *//.*\n", re.MULTILINE)
_HREF = re.compile(r'\bhref="([^"?]+)')


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to every page and to the end of the build; called by Sphinx."""
    app.connect("config-inited", remove_thebe)
    app.connect("html-page-context", defer_scripts, priority=900)  # after scripts were added
    app.connect("html-page-context", unmark_plain_code)
    app.connect("build-finished", delete_unused_files)
    app.connect("build-finished", delete_comments)
    app.connect("build-finished", trim_styles_and_fonts, priority=950)  # after pages were added
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def remove_thebe(app: Sphinx, config: Config) -> None:
    """Remove sphinx-thebe, which Jupyter Book always loads and this book does not use.

    Its script declares a constant twice, which is an error on every page, and names another host.
    """
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files = [f for f in app.registry.css_files if f[0] != "sphinx-thebe.css"]


def defer_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Leave unused scripts out of a page, and let the others run after its text is shown."""
    scripts = [script for script in context["script_files"] if is_used(script)]
    for script in scripts:
        script.attributes.setdefault("defer", "defer")
    context["script_files"] = scripts


def is_used(script: Any) -> bool:
    """Tell whether any page uses a script, given in the form in which Sphinx stores it.

    A script without a file stands in the page itself. Those of the theme serve its own scripts, and
    the widgets' state serves none: the controls of a demo are already written as HTML.
    """
    return bool(script.filename) and str(script.filename) not in UNUSED_SCRIPTS


def unmark_plain_code(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Remove the elements of code that have no color of their own.

    They were half of all elements on the pages of exercises, and browsers take time for each.
    """
    if "body" in context:
        context["body"] = _CODE.sub(lambda code: _PLAIN.sub(r"\1", code[0]), context["body"])


def delete_unused_files(app: Sphinx, error: Exception | None) -> None:
    """Delete files that no page loads: source maps, fonts in old formats, large scripts."""
    for path in (Path(app.outdir) / "_static").rglob("*"):
        if path.is_file() and (path.suffix in {".map", ".ttf"} or path.name in UNUSED_FILES):
            path.unlink()


def delete_comments(app: Sphinx, error: Exception | None) -> None:
    """Delete the lines of the course's own scripts that are comments: a third of their weight."""
    for source in (CHAPTERS / "_static").rglob("*.js"):
        path = Path(app.outdir) / "_static" / source.relative_to(CHAPTERS / "_static")
        if path.exists():
            path.write_text(_COMMENT.sub("", path.read_text("utf-8")), encoding="utf-8")


def trim_styles_and_fonts(app: Sphinx, error: Exception | None) -> None:
    """Merge and cut the style sheets, then cut the fonts to the characters on the pages."""
    if error or app.builder.name != "html":
        return
    site = Path(app.outdir)
    pages = {
        path: path.read_text("utf-8")
        for path in site.rglob("*.html")
        if not path.is_relative_to(site / "_static")
    }
    merged = site / "_static" / "site.css"
    sheets = dict.fromkeys(
        (path.parent / unquote(_HREF.search(link)[1])).resolve()  # type: ignore[index]
        for path, text in pages.items()
        for link in _LINK.findall(text)
    )
    sheets.pop(merged, None)
    if sheets:  # Otherwise this build wrote no page, and no static file.
        merge_styles(list(sheets), merged, pages)
        fonts.trim(site, pages.values(), Path(app.doctreedir) / "fonts")


def merge_styles(sheets: list[Path], merged: Path, pages: dict[Path, str]) -> None:
    """Merge the style sheets, in their order, into one, and let the pages load that one.

    Args:
        sheets: the style sheets that the pages load now; they are deleted.
        merged: where the merged style sheet is written.
        pages: the path and the text of every page; the files are written anew.
    """
    used = styles.used_classes(pages.values(), merged.parent.rglob("*.js"))
    parts = [styles.trimmed(sheet, merged.parent, used) for sheet in sheets]
    merged.write_text("\n".join(parts), "utf-8")
    for path, text in pages.items():
        href = os.path.relpath(merged, path.parent)
        link = f'\n<link rel="stylesheet" type="text/css" href="{href}" />'
        before, *after = _LINK.split(text)
        if after:  # The 404 page links to no style sheet.
            path.write_text(before + link + "".join(after), "utf-8")
    for sheet in sheets:
        sheet.unlink()
