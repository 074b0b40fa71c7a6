"""The number of each chapter before its title, also in the contents and in the window's title."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

CHAPTER = re.compile(r"chapters/0*(\d+)_\w+")


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to every page that Sphinx reads; called by Sphinx."""
    # Before Sphinx collects the titles.
    app.connect("doctree-read", number_title, priority=100)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}


def number_title(app: Sphinx, doctree: nodes.document) -> None:
    """Write the number that a chapter's file name has before its title.

    The id of the heading, to which others may link, stays as it is.
    """
    if number := number_of(app.env.docname):
        title = next(iter(doctree.findall(nodes.title)))
        title.insert(0, [nodes.inline("", f"{number}.", classes=["number"]), nodes.Text(" ")])


def number_of(page: str) -> str:
    """Return the number of a chapter, such as `3` for `chapters/03_optimizers`; else nothing."""
    found = CHAPTER.fullmatch(page)
    return found[1] if found else ""
