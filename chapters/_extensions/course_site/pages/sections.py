"""About how high each section is, because browsers lay out only the sections near the reader.

With the sizes, the scroll bar and links to a section are nearly right before a browser knows them
exactly; `course.css` uses them. A section should never be higher than its size says, because it
would then lie over the next one until it is laid out.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

NOT_PROSE = (nodes.literal_block, nodes.math_block, nodes.raw)
# The CSS pixels for a section itself, and for each of its panels of a figure, blocks of code, lines
# of code, rows of a table or choices, and letters: in a column as narrow as a phone's, and in one
# as wide as a desk's. They are fitted to the pages of this course, and a little larger than that.
NARROW = (90, 480, 70, 36, 45, 1.2)
WIDE = (90, 320, 70, 27, 45, 0.7)
# What is folded, and what is no text.
_NOT_SHOWN = re.compile(r"</summary>.*?</details>|<(svg|script)\b.*?</\1>|<[^>]*>", re.S)
_SECTION = re.compile(r'<section (?:class="[^"]*" )?id="([^"]+)"(?=>)')


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to every page; called by Sphinx."""
    app.connect("html-page-context", write_sizes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_sizes(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write into each section's element its size in both columns."""
    if doctree is None:
        return
    styles = {
        section["ids"][0]: style(*contents(section)) for section in doctree.findall(nodes.section)
    }
    context["body"] = _SECTION.sub(
        lambda found: found[0] + styles.get(found[1], ""), context["body"]
    )


def contents(section: nodes.section) -> tuple[int, ...]:
    """Return how many things a section shows, in the order of `NARROW`."""
    outputs = [raw.astext() for raw in section.findall(nodes.raw)]
    blocks = [block.astext() for block in section.findall(nodes.literal_block)]
    texts = [text for text in section.findall(nodes.Text) if is_shown(text)]
    return (
        1,
        sum(output.count("<svg") for output in outputs),
        len(blocks),
        sum(block.count("\n") + 1 for block in blocks),
        len(list(section.findall(nodes.row))) + sum(o.count("<summary") for o in outputs),
        sum(map(len, texts)) + sum(len(_NOT_SHOWN.sub("", output)) for output in outputs),
    )


def is_shown(text: nodes.Text) -> bool:
    """Tell whether a text is prose that is not folded."""
    node = text.parent
    while node is not None:
        if isinstance(node, NOT_PROSE) or node.get("design_component") == "dropdown-body":
            return False
        node = node.parent
    return True


def style(*counts: int) -> str:
    """Return the attribute of a section with these numbers of things."""
    narrow, wide = (
        round(sum(size * count for size, count in zip(sizes, counts, strict=True)))
        for sizes in (NARROW, WIDE)
    )
    return f' style="--narrow:{narrow}px;--wide:{wide}px"'
