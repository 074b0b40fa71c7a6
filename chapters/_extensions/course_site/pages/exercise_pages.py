"""The bar under the title of an exercise: its download, and how to open it in JupyterLab."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from course_site.student_kit import NAME as KIT

RELEASE = "grader/release/"


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the setting `jupyterhub_url` and listen to every page; called by Sphinx."""
    app.add_config_value("jupyterhub_url", "", "env")
    app.connect("doctree-resolved", add_bar)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_bar(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the bar below the title of an exercise's page; the notebook itself does not change."""
    if page.startswith(RELEASE):
        title = next(iter(doctree.findall(nodes.title)))
        below = title.parent.index(title) + 1
        source = Path(app.env.doc2path(page))
        data = sorted(file.name for file in source.parent.iterdir() if file.stem != source.stem)
        text = bar(page, app.config.jupyterhub_url, data)
        title.parent.insert(below, nodes.raw("", text, format="html"))


def bar(page: str, hub: str, data: list[str]) -> str:
    """Return the bar of an exercise page.

    Args:
        page: the page's name, `grader/release/<assignment>/<notebook>`.
        hub: the address before an assignment's folder in JupyterHub; empty if there is no hub.
        data: the names of the files that the notebook reads.
    """
    notebook = page.removeprefix(RELEASE) + ".ipynb"
    root = "../" * page.count("/")
    file = notebook.rpartition("/")[2]
    links = [f'<a href="{root}_sources/{page}.ipynb" download="{file}">Download the notebook</a>']
    if hub:
        address = html.escape(f"{hub.rstrip('/')}/{notebook}")
        links.insert(0, f'<a href="{address}">Open it in JupyterHub</a>')
    files = " and ".join(f"<code>{html.escape(name)}</code>" for name in data)
    needs = f" It reads {files}, which lie beside it in the student kit." if data else ""
    return f"""\
<div class="exercise-bar" role="group" aria-label="Work on this exercise">
<p>Here you read the exercise; you solve it in JupyterLab.{needs}</p>
<p class="exercise-links">{"".join(links)}</p>
<details><summary>How to open it in JupyterLab</summary>
<ol>
<li><a href="{root}_static/{KIT}.zip" download>Download the student kit</a>
and unpack it: it has all exercises and the list of packages.</li>
<li>Install them once and start JupyterLab, with the three commands in the kit's
<code>README.md</code>; <a href="{root}chapters/using.html#as-a-student">How to use this course</a>
has them too.</li>
<li>In its file browser, open <code>exercises/{notebook}</code>.</li>
</ol>
<p>With the course's repository instead of the kit: <code>make lab</code>, then
<code>practice/{notebook}</code>.</p>
</details>
</div>"""
