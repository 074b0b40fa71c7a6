"""Formulas as MathML: browsers lay it out without a script, so no text moves later."""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from math_core import LatexError
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from course_site.pages.mathml import mathml

LOGGER = logging.getLogger(__name__)
# A formula as `demos.show.ask` writes it, because MathJax finds it in this form in JupyterLab.
_IN_OUTPUT = re.compile(r'(?<=<span class="math notranslate nohighlight">)\\\((.*?)\\\)')
# A formula in a sentence, with the punctuation that touches it.
_TOUCHED = re.compile(r'([(“‘]*)(<span class="math\b[^>]*>\s*<math.*?</math></span>)([.,;:!?)”’]*)')
# The spaces around the sign in an equation that ends in a number.
_EQUATION = re.compile(r" ([=≈<>≤≥]) (?=[-−]?\d)")
NOT_PROSE = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)
_TERMINAL_COLOR = re.compile(r"\x1b\[[\d;]*m")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the writer of formulas and listen to every page; called by Sphinx."""
    app.add_html_math_renderer("mathml", (write_inline, None), (write_block, None))
    app.connect("doctree-resolved", write_in_outputs)
    app.connect("doctree-resolved", keep_equations_whole)
    app.connect("html-page-context", keep_together)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_inline(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a sentence."""
    writer.body.append(writer.starttag(node, "span", "", CLASS="math"))
    writer.body.append(_or_warn(node.astext(), node) + "</span>")
    raise nodes.SkipNode


def write_block(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own."""
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    writer.body.append(_or_warn(node.astext(), node, block=True) + "</div>\n")
    raise nodes.SkipNode


def write_in_outputs(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Write the formulas in the HTML output of cells."""
    for node in list(doctree.findall(nodes.raw)):
        if node["format"] == "html" and _IN_OUTPUT.search(node.astext()):
            node.replace_self(nodes.raw("", _with_mathml(node), format="html"))


def keep_equations_whole(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Keep an equation such as η = 0.1 on one line, where it is text and not a formula."""
    for text in list(doctree.findall(nodes.Text)):
        if _EQUATION.search(text) and not isinstance(text.parent, NOT_PROSE):
            text.parent.replace(text, nodes.Text(_EQUATION.sub("\u00a0\\1\u00a0", text)))


def keep_together(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Keep punctuation on the line of its formula, because browsers may wrap between the two."""
    if "body" in context:
        context["body"] = _TOUCHED.sub(_in_one_line, context["body"])


def _in_one_line(found: re.Match[str]) -> str:
    before, _, after = found.groups()
    return f'<span class="together">{found[0]}</span>' if before or after else found[0]


def _with_mathml(node: nodes.raw) -> str:
    return _IN_OUTPUT.sub(lambda found: _or_warn(html.unescape(found[1]), node), node.astext())


def _or_warn(latex: str, node: nodes.Node, block: bool = False) -> str:
    try:
        return mathml(latex, block)
    except LatexError as problem:
        LOGGER.warning("%s", _TERMINAL_COLOR.sub("", str(problem)), location=node)
        return f"<code>{html.escape(latex)}</code>"
