"""Progress on the front page: what a reader has read and answered, which only the browser knows."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# Where a browser, or the page around this one, forbids storage, the theme's scripts break at their
# first line; this stands in front of them and remembers until the page is left.
STAND_IN = """
<script>
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].length;
    } catch {
      const kept = new Map();
      const value = {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, text) => kept.set(key, String(text)),
        removeItem: (key) => kept.delete(key),
      };
      Object.defineProperty(window, name, { value });
    }
  }
</script>
"""
QUESTION = re.compile(r'<div class="ask" id="(ask-\w+)"')


def setup(app: Sphinx) -> dict[str, Any]:
    """Load the script that remembers, and give it places to write to; called by Sphinx."""
    app.add_js_file("progress.js", loading_method="defer")
    app.connect("doctree-resolved", add_places)
    app.connect("html-page-context", add_stand_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_places(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put a line under each chapter's link in the front page's table, and the sum below it."""
    if page != app.config.root_doc:
        return
    others = app.env.found_docs - {page}
    pages = {app.builder.get_relative_uri(page, other): other for other in others}
    asked = []
    for table in doctree.findall(nodes.table):
        for link in list(table.findall(nodes.reference)):
            if chapter := pages.get(link.get("refuri", "")):
                asked.append(questions(app.env, chapter))
                link.parent.append(_html(chapter_line(chapter, asked[-1])))
        if asked:
            table.parent.insert(table.parent.index(table) + 1, _html(total(asked)))
            return


def add_stand_in(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Put the stand-in for storage before every other script of a page."""
    context["metatags"] = STAND_IN + context.get("metatags", "")


def questions(env: BuildEnvironment, chapter: str) -> list[str]:
    """Return the ids of a chapter's self-checks."""
    outputs = env.get_doctree(chapter).findall(nodes.raw)
    return [found for output in outputs for found in QUESTION.findall(output.astext())]


def chapter_line(chapter: str, asked: list[str]) -> str:
    """Return the line of a chapter as it is before anything is answered."""
    return (
        f'<span class="progress-chapter" data-chapter="{chapter.rpartition("/")[2]}" '
        f'data-questions="{" ".join(asked)}">{len(asked)} questions</span>'
    )


def total(asked: list[list[str]]) -> str:
    """Return the sum over all chapters, unseen until the script knows that it can be kept."""
    return (
        '<div class="progress-total" style="visibility: hidden"><p role="status">'
        f"0 of {len(asked)} chapters read, 0 of {sum(map(len, asked))} questions answered right."
        "</p><p>Your progress is kept in this browser only. "
        '<button type="button">Clear my progress</button></p></div>'
    )


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")
