"""Removes scripts and everything else that acts in a browser from a graded notebook.

nbgrader's formgrader and feedback show a student's Markdown and HTML without a change, so a script
in them would run with the instructor's rights. After `clean`, a notebook is harmless in those pages
and in ours, and otherwise looks as before.
"""

import base64
import json
import re
from collections.abc import Callable
from html import escape
from typing import Any

import nh3
from markupsafe import Markup
from nbconvert.filters import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from .timed_cleaning import Text, clean_texts

TAGS = nh3.ALLOWED_TAGS - {"area", "map"}
# Without class, style and id, a student's element cannot use the page's own style sheet.
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"alt", "src", "title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
SCHEMES = {"http", "https", "mailto", "data"}
PICTURES = ("image/png", "image/jpeg", "image/gif")
# Pictures must be part of the page: another host would learn who looks at the page, and when.
PICTURE_URL = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
CELL_METADATA = ("nbgrader", "course")
NOTEBOOK_METADATA = ("kernelspec", "course")


def clean(notebook: NotebookNode) -> list[str]:
    """Make the notebook harmless to show, in place; locked cells keep their author's source.

    Returns:
        A remark if some of its texts would have taken too long.
    """
    texts: list[Text] = []

    def note(text: Text) -> str:
        texts.append(text)
        return text.source

    _replace(_copy(notebook), note)
    harmless, slow = clean_texts(texts)
    in_order = iter(harmless)
    _replace(notebook, lambda text: next(in_order))
    if not slow:
        return []
    return [f"has {slow} texts that would take too long to show; they are shown as plain text"]


def cleaned(notebook: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return a clean copy of the notebook, and what `clean` returns."""
    copy = _copy(notebook)
    return copy, clean(copy)


def _copy(notebook: NotebookNode) -> NotebookNode:
    # `clean` gives cells and outputs new values and leaves the old ones as they are.
    return NotebookNode(notebook, cells=[NotebookNode(cell) for cell in notebook.cells])


def _replace(notebook: NotebookNode, harmless: Callable[[Text], str]) -> None:
    """Make the notebook harmless, with the given harmless form of each text."""
    # This import takes half a second, and the process that cleans long texts does without it.
    from nbgrader.utils import is_locked

    notebook.metadata = _only(notebook.metadata, NOTEBOOK_METADATA)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata = _only(cell.metadata, CELL_METADATA)
        if cell.cell_type == "code":
            cell.outputs = [_harmless_output(output, harmless) for output in cell.outputs]
            if "handed_in" in cell.metadata.get("course", {}):
                outputs = cell.metadata.course.handed_in
                handed_in = [_harmless_output(output, harmless) for output in outputs]
                cell.metadata["course"] = NotebookNode(cell.metadata.course, handed_in=handed_in)
        elif not is_locked(cell):
            attachments = cell.pop("attachments", None)
            if cell.cell_type == "markdown":
                pictures = json.dumps(attachments) if attachments else ""
                cell.source = harmless(Text("markdown", cell.source, pictures))
            else:  # nbconvert treats a raw cell as HTML
                cell.source = harmless(Text("html", cell.source))


def _only(metadata: NotebookNode, keys: tuple[str, ...]) -> NotebookNode:
    return NotebookNode({key: metadata[key] for key in keys if key in metadata})


def clean_html(html: str) -> str:
    """Return an HTML fragment with its text, tables, links and pictures, and nothing that acts."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if PICTURE_URL.fullmatch(value) else None
    if name == "href":
        return value if value.lower().startswith(("http:", "https:", "mailto:")) else None
    return value


def clean_markdown(source: str, attachments: Any = None) -> str:
    """Return the source if it is pure Markdown, and otherwise harmless HTML that looks like it."""
    try:
        html = _render(source, attachments)
        if not attachments and html == MarkdownWithMath(_OnlyMarkdown()).render(source):
            return source
        # After a blank line, Markdown would begin again, so the HTML becomes a single line.
        harmless = clean_html(html).strip().replace("\n", "&#10;")
        harmless = harmless if harmless.startswith("<div>") else f"<div>{harmless}</div>"
        if _render(harmless).strip() == harmless:
            return harmless
    except Exception:  # nbconvert's renderer fails on a missing picture, for example
        pass
    characters = (c if c.isalnum() else f"&#{ord(c)};" for c in source)
    return f"<pre>{''.join(characters)}</pre>"


def _render(source: str, attachments: Any = None) -> str:
    """Return the HTML that nbconvert, and therefore formgrader, makes from Markdown."""
    renderer = IPythonRenderer(escape=False, attachments=attachments)
    return MarkdownWithMath(renderer).render(source)


def html_of(markdown: str) -> str:
    """Return Markdown as harmless HTML."""
    return clean_html(_render(clean_markdown(markdown)))


def with_code(text: str) -> Markup:
    """Return an author's sentence as HTML, in which text between `backticks` is code."""
    parts = enumerate(text.split("`"))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in parts
    )


class _OnlyMarkdown(IPythonRenderer):
    """Renders Markdown as nbconvert does, except for raw HTML, harmful links and pictures.

    If both renderers give the same HTML, the Markdown has none of these.
    """

    def __init__(self) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False)

    def block_mermaidjs(self, code: str) -> str:
        return escape(code)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return ""


def _harmless_output(output: NotebookNode, harmless: Callable[[Text], str]) -> NotebookNode:
    """Return the output with only its text, pictures and harmless HTML."""
    if "data" not in output:
        return output
    data = {}
    for kind, value in output.data.items():
        value = "".join(value) if isinstance(value, list) else value
        if not isinstance(value, str):
            continue
        if kind in PICTURES and BASE64.fullmatch(value):
            data[kind] = value
        elif kind == "image/svg+xml":
            # In an img element, SVG can neither run a script nor load anything.
            code = base64.b64encode(value.encode("utf-8", "replace")).decode()
            data.setdefault("text/html", f'<img alt="figure" src="data:{kind};base64,{code}">')
        elif kind == "text/html":
            data[kind] = harmless(Text("html", value))
        elif kind == "text/markdown":
            data[kind] = harmless(Text("markdown", value))
        elif kind in {"text/plain", "text/latex"}:
            data[kind] = value
    shown = NotebookNode(data or {"text/plain": "(an output that is not shown)"})
    return NotebookNode(output, data=shown, metadata=NotebookNode())


def text_of(output: NotebookNode) -> str:
    """Return the text of an output: printed text, an error's traceback, or a value."""
    if output.output_type == "stream":
        return strip_ansi(output.text)
    if output.output_type == "error":
        return strip_ansi("\n".join(output.traceback))
    return strip_ansi(output.data.get("text/plain", output.data.get("text/latex", "")))
