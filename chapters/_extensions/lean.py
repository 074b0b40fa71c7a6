"""The site carries what its pages use: one style sheet, with the rules that they need."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import fonts
import tinycss2
from sphinx.application import Sphinx
from tinycss2.ast import Node, QualifiedRule

OWN = Path(__file__).resolve().parent.parent / "_static"  # kept whole
# Scripts for parts that no page has: tabs, the theme's own folded boxes, and the marks on the words
# that Sphinx's search has found.
UNUSED_SCRIPTS = {
    "_static/design-tabs.js",
    "_static/togglebutton.js",
    "_static/sphinx_highlight.js",
}
_LINK = re.compile(r'\s*<link\b[^>]*\brel="stylesheet"[^>]*>')
_HREF = re.compile(r'\bhref="([^"?]+)')
_CLASS = re.compile(r'\bclass="([^"]*)"')
_IMPORT = re.compile(r'@import\s+"([^"]+)";')
URL = re.compile(r"""url\((["']?)(?!data:|#|\w+:)([^)"']+)\1\)""")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything below; called by Sphinx."""
    app.connect("html-page-context", load_scripts_late, priority=900)
    app.connect("build-finished", slim, priority=950)  # after all files are there
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def load_scripts_late(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Let no script hold up the first text, and leave out those without a use."""
    scripts = [file for file in context["script_files"] if is_used(file)]
    for script in scripts:
        if script.filename and "documentation_options" not in str(script.filename):
            script.attributes.setdefault("defer", "defer")
    context["script_files"] = scripts


def is_used(script: Any) -> bool:
    """Tell whether any page has a use for a script, as Sphinx keeps it.

    None has for the state of the widgets that a demo's controls were read from.
    """
    return (
        str(script.filename) not in UNUSED_SCRIPTS
        and "toggle" not in (script.attributes.get("body") or "")
        and "widget-state" not in script.attributes.get("type", "")
    )


def slim(app: Sphinx, error: Exception | None) -> None:
    """Merge and trim the style sheets, then cut the fonts to the characters on the pages."""
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
    if sheets:  # else no page was written anew, and no static file
        merge_styles(list(sheets), merged, pages)
        fonts.trim(site, pages.values(), Path(app.doctreedir) / "fonts")


def merge_styles(sheets: list[Path], merged: Path, pages: dict[Path, str]) -> None:
    """Put the pages' style sheets, in their order, into one, and let the pages load that."""
    used = classes(pages.values(), merged.parent.rglob("*.js"))
    merged.write_text("\n".join(one_of(sheet, merged, used) for sheet in sheets), "utf-8")
    for path, text in pages.items():
        href = os.path.relpath(merged, path.parent)
        kept = f'\n<link rel="stylesheet" type="text/css" href="{href}" />'
        first, *rest = _LINK.split(text)
        if rest:  # else the page has its own few rules
            path.write_text(first + kept + "".join(rest), "utf-8")
    for sheet in sheets:
        sheet.unlink()


def classes(pages: Iterable[str], scripts: Iterable[Path]) -> set[str]:
    """Return the class names on the pages, and all words that a script could make one of."""
    on_pages = {name for page in pages for names in _CLASS.findall(page) for name in names.split()}
    in_scripts = {w for path in scripts for w in re.findall(r"[\w-]+", path.read_text("utf-8"))}
    return on_pages | in_scripts


def one_of(sheet: Path, merged: Path, used: set[str]) -> str:
    """Return a style sheet, with those that it imports, as a part of the merged one."""
    css = sheet.read_text("utf-8")
    imported = [one_of(sheet.parent / name, merged, used) for name in _IMPORT.findall(css)]
    css = _IMPORT.sub("", css)
    if not (OWN / sheet.name).exists():
        css = "".join(needed(tinycss2.parse_stylesheet(css), used))
    folder = sheet.parent

    def moved(url: re.Match[str]) -> str:
        return f'url("{os.path.relpath(folder / url[2], merged.parent)}")'

    return "\n".join([*imported, URL.sub(moved, css)])


def needed(rules: Iterable[Node], used: set[str]) -> Iterator[str]:
    """Yield the rules, each with those of its selectors that can match an element of a page."""
    for rule in rules:
        if rule.type == "comment":
            if rule.value.startswith("!"):  # a license
                yield rule.serialize()
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = "".join(needed(tinycss2.parse_rule_list(rule.content), used))
            if inner:
                head = tinycss2.serialize(rule.prelude)
                yield f"@{rule.at_keyword}{head}{{{inner}}}"
        elif rule.type == "qualified-rule":
            if selectors := [s for s in _selectors(rule) if _classes_of(s) <= used]:
                head = ",".join(tinycss2.serialize(s).strip() for s in selectors)
                yield f"{head}{{{tinycss2.serialize(rule.content).strip()}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword != "charset":
            yield rule.serialize()


def _selectors(rule: QualifiedRule) -> list[list[Node]]:
    selectors: list[list[Node]] = [[]]
    for token in rule.prelude:
        if token == ",":
            selectors.append([])
        elif token.type != "comment":
            selectors[-1].append(token)
    return selectors


def _classes_of(selector: list[Node]) -> set[str]:
    """The classes that an element must have, outside of :not() and the like."""
    return {name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"}
