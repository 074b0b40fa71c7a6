"""Progress on the front page: the places where `progress.js` says what a reader has done."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# If the browser, or a page that frames this one, forbids storage, the theme's scripts fail at their
# first line. This replacement runs before them and remembers until the reader leaves the page.
REPLACEMENT = """
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
CHAPTER = re.compile(r"(.+/)?\d\d_\w+")  # the table may also name pages that are no chapters


def setup(app: Sphinx) -> dict[str, Any]:
    """Load `progress.js` and listen to every page; called by Sphinx."""
    app.add_js_file("progress.js", loading_method="defer")
    app.connect("doctree-resolved", add_places)
    app.connect("html-page-context", add_storage_replacement)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_places(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put a line under each chapter's link in the front page's table, and the total below it."""
    if page != app.config.root_doc:
        return
    others = app.env.found_docs - {page}
    pages = {app.builder.get_relative_uri(page, other): other for other in others}
    ids_by_chapter: list[list[str]] = []
    for table in doctree.findall(nodes.table):
        for link in list(table.findall(nodes.reference)):
            chapter = pages.get(link.get("refuri", ""), "")
            if CHAPTER.fullmatch(chapter):
                ids_by_chapter.append(question_ids(app.env, chapter))
                link.parent.append(_html(chapter_line(chapter, ids_by_chapter[-1])))
        if ids_by_chapter:
            table.parent.insert(table.parent.index(table) + 1, _html(total(ids_by_chapter)))
            return


def add_storage_replacement(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Put the replacement for storage before every other script of a page."""
    context["metatags"] = REPLACEMENT + context.get("metatags", "")


def question_ids(env: BuildEnvironment, chapter: str) -> list[str]:
    """Return the ids of a chapter's self-checks."""
    outputs = env.get_doctree(chapter).findall(nodes.raw)
    return [found for output in outputs for found in QUESTION.findall(output.astext())]


def chapter_line(chapter: str, ids: list[str]) -> str:
    """Return the line of a chapter as a new reader sees it."""
    return (
        f'<span class="progress-chapter" data-chapter="{chapter.rpartition("/")[2]}" '
        f'data-questions="{" ".join(ids)}">{len(ids)} questions</span>'
    )


def total(ids_by_chapter: list[list[str]]) -> str:
    """Return the total of all chapters; `progress.js` shows it if the browser can store it."""
    chapters, questions = len(ids_by_chapter), sum(map(len, ids_by_chapter))
    return (
        '<div class="progress-total" style="visibility: hidden"><p role="status">'
        f"0 of {chapters} chapters read, 0 of {questions} questions answered right."
        "</p><p>Your progress is kept in this browser only. "
        '<button type="button">Clear my progress</button></p></div>'
    )


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")
