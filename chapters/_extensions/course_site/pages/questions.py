"""A veil over the figure below a question, which `questions.js` lifts when the reader has chosen.

A figure shows whole curves at its start, so it would answer most questions before the reader does.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

# The starts of questions and figures, as `demos.show` writes them.
START = re.compile(
    r'<div class="ask" id="(?P<question>ask-\w+)"(?P<has_veil> data-veil)?'
    r'|(?P<figure><div class="demo" id="[^"]+")(?P<rest>[^>]*>)'
)
VEIL = (
    '<div class="veil"><p>Choose an answer above, or '
    '<button type="button">show the figure</button>.</p></div>'
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Load the script and the style, and listen to every page; called by Sphinx."""
    app.add_js_file("questions.js", loading_method="defer")
    app.add_css_file("questions.css")
    app.connect("html-page-context", add_veils)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_veils(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Put the veils into a page."""
    if "body" in context:
        context["body"] = veiled(context["body"])


def veiled(body: str) -> str:
    """Return the HTML of a page with a veil in the figure below each question that has one.

    A question without a figure before the next question has no veil to put.
    """
    question = ""  # whose figure has not come yet

    def start(found: re.Match[str]) -> str:
        nonlocal question
        if found["question"]:
            question = found["question"] if found["has_veil"] else ""
            return found[0]
        if not question:
            return found[0]
        opened = f'{found["figure"]} data-question="{question}"{found["rest"]}{VEIL}'
        question = ""
        return opened

    return START.sub(start, body)
