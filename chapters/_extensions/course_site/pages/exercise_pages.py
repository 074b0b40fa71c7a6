"""The pages of exercises: a bar under the title with the download, and a frame for each cell."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx

from course_site.pages.ways_out import launches, settings
from course_site.student_kit import NAME as KIT

RELEASE = "grader/release/"
ANSWER = "YOUR ANSWER HERE"  # nbgrader writes it where an answer in words belongs.


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the setting `jupyterhub_url` and listen to every page; called by Sphinx."""
    app.add_config_value("jupyterhub_url", "", "env")
    app.connect("doctree-resolved", add_bar)
    app.connect("doctree-resolved", frame_cells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_bar(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the bar below the title of an exercise's page; the notebook itself does not change."""
    if page.startswith(RELEASE):
        title = next(iter(doctree.findall(nodes.title)))
        below = title.parent.index(title) + 1
        source = Path(app.env.doc2path(page))
        beside = (file for file in source.parent.iterdir() if file.stem != source.stem)
        data = sorted(file.name for file in beside if file.stem != "practice")
        hub = app.config.jupyterhub_url
        elsewhere = launches(settings(), page)
        if hub:
            notebook = page.removeprefix(RELEASE) + ".ipynb"
            elsewhere = {"Open it in JupyterHub": f"{hub.rstrip('/')}/{notebook}", **elsewhere}
        text = bar(page, elsewhere, data)
        title.parent.insert(below, nodes.raw("", text, format="html"))


def frame_cells(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put each cell with code, and each place for a written answer, into a frame with a name."""
    source = Path(app.env.doc2path(page))
    if not page.startswith(RELEASE) or source.suffix != ".ipynb":
        return
    notebook = nbformat.read(source, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [part for part in doctree.findall(nodes.container) if "cell" in part["classes"]]
    for part, cell in zip(shown, cells, strict=True):
        put_into_frame(part, *kind_of(cell))
    for part in list(doctree.findall(nodes.paragraph)):
        if part.astext() == ANSWER:
            put_into_frame(part, "yours", "Your answer")


def put_into_frame(part: nodes.Element, kind: str, label: str) -> None:
    """Put a part of a page into a frame that has a class and a name."""
    start = f'<div class="exercise-cell {kind}" role="group" aria-label="{label}">'
    place = part.parent.index(part)
    part.parent.insert(place + 1, nodes.raw("", "</div>", format="html"))
    part.parent.insert(place, nodes.raw("", start, format="html"))


def kind_of(cell: NotebookNode) -> tuple[str, str]:
    """Return the class of a code cell, and its name for readers."""
    rights = cell.metadata.get("nbgrader")
    if not rights:
        return "try-it", "Try it"
    if rights["solution"]:
        return "yours", "Your code"
    if not rights["grade"]:
        return "setup", "Setup"
    points = f"{rights['points']:g} point{'s' * (rights['points'] != 1)}"
    is_hidden = cell.source.startswith("# Hidden check")
    return "check", f"{'Hidden check' if is_hidden else 'Check'} · {points}"


def bar(page: str, elsewhere: Mapping[str, str], data: list[str]) -> str:
    """Return the bar of an exercise page.

    Args:
        page: the page's name, `grader/release/<assignment>/<notebook>`.
        elsewhere: addresses that open the notebook in another place, by what their links say.
        data: the names of the files that the notebook reads.
    """
    notebook = page.removeprefix(RELEASE) + ".ipynb"
    root = "../" * page.count("/")
    file = notebook.rpartition("/")[2]
    links = [f'<a href="{html.escape(at)}">{label}</a>' for label, at in elsewhere.items()]
    links += [f'<a href="{root}_sources/{page}.ipynb" download="{file}">Download the notebook</a>']
    files = " and ".join(f"<code>{html.escape(name)}</code>" for name in data)
    needs = f" It reads {files}, which lie beside it in the student kit." if data else ""
    return f"""\
<div class="exercise-bar" role="group" aria-label="Work on this exercise">
<p>In JupyterLab, you can solve all of it, Keras included.{needs}
In the kit, <code>check</code> and <code>hint</code> answer while you work.</p>
<p class="exercise-links">{"".join(links)}</p>
<details><summary>How to open it in JupyterLab</summary>
<ol>
<li><a href="{root}_static/{KIT}.zip" download>Download the student kit</a>
and unpack it: it has all exercises and the list of packages.</li>
<li>Open a terminal in its folder and write <code>python3 start.py</code>, on Windows
<code>py start.py</code>. This installs the packages once and opens JupyterLab;
<a href="{root}chapters/using.html#as-a-student">How to use this course</a> says more.</li>
<li>On JupyterLab's start page, open <code>exercises/{notebook}</code>.</li>
</ol>
<p>With the course's repository instead of the kit: <code>make lab</code>, then
<code>practice/{notebook}</code>.</p>
</details>
</div>"""
