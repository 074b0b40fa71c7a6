"""Exercises that are solved on their page: a bar with the points, and buttons below the cells.

`start.js` loads what the buttons need when the reader presses one of them for the first time. The
notebook is the one that the page offers for download, and this module puts the files that it reads
beside it.
"""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx

from course_site.pages.exercise_pages import ANSWER, RELEASE
from course_site.student_kit import NAME as KIT

PRACTICE = "practice.json"


def setup(app: Sphinx) -> dict[str, Any]:
    """Load the style, and listen to every page and to the end of the build; called by Sphinx."""
    app.add_css_file("workbench/buttons.css")
    app.connect("doctree-resolved", add_bar, priority=600)  # after the frames of exercise_pages
    app.connect("doctree-resolved", add_buttons, priority=600)
    app.connect("html-page-context", load_script)
    app.connect("build-finished", publish_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def load_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the small script on the pages of exercises only."""
    if doctree is not None and is_exercise(app, page):
        app.add_js_file("workbench/start.js", loading_method="defer")


def is_exercise(app: Sphinx, page: str) -> bool:
    """Tell whether a page is made from a notebook of exercises."""
    return page.startswith(RELEASE) and Path(app.env.doc2path(page)).suffix == ".ipynb"


def add_bar(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the bar of the workbench below the title."""
    if is_exercise(app, page):
        title = next(iter(doctree.findall(nodes.title)))
        text = bar(page, Path(app.env.doc2path(page)))
        title.parent.insert(title.parent.index(title) + 1, nodes.raw("", text, format="html"))


def add_buttons(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give each cell that readers may change its id and a button, or say why it has none."""
    if not is_exercise(app, page):
        return
    path = Path(app.env.doc2path(page))
    starts = (raw for raw in doctree.findall(nodes.raw) if 'class="exercise-cell' in raw.astext())
    kit = f"{'../' * page.count('/')}_static/{KIT}.zip"
    for start, (cell, needs) in zip(list(starts), framed_cells(path), strict=True):
        if needs == "Keras":
            place_after(start, keras_note(kit))
        elif needs == "Python":
            mark = f' data-cell="{cell.id}">'
            start.children[:] = [nodes.Text(start.astext().removesuffix(">") + mark)]
            place_after(start, button(cell))


def place_after(start: nodes.raw, text: str) -> None:
    """Put HTML at the end of the frame that begins with `start`, behind the cell in it."""
    start.parent.insert(start.parent.index(start) + 2, nodes.raw("", text, format="html"))


def framed_cells(path: Path) -> Iterator[tuple[NotebookNode, str]]:
    """Yield each cell that has a frame on the page, and what a reader needs to change it.

    That is "Python", "Keras" if the page cannot run it, and "" for cells that are locked.
    """
    keras, task_needs = keras_functions(path.parent), "Python"
    for cell in nbformat.read(path, as_version=4).cells:
        rights = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code":
            if rights.get("solution"):
                task_needs = "Keras" if function_name(cell) in keras else "Python"
            yield cell, "" if rights and not rights["solution"] else task_needs
        elif ANSWER in cell.source:
            yield cell, "Python"


def keras_functions(folder: Path) -> set[str]:
    """Return the names of the functions of a notebook that only run with Keras."""
    return {name for name, exercise in exercises_in(folder).items() if exercise["needs_keras"]}


def exercises_in(folder: Path) -> dict[str, Any]:
    """Return what `check` and `hint` know of the exercises of a notebook, by their functions."""
    if not (folder / PRACTICE).exists():
        return {}
    found: dict[str, Any] = json.loads((folder / PRACTICE).read_text(encoding="utf-8"))["exercises"]
    return found


def function_name(cell: NotebookNode) -> str:
    """Return the name of the function that a solution cell asks for."""
    return str(cell.source).partition("def ")[2].partition("(")[0]


def button(cell: NotebookNode) -> str:
    """Return the button that turns a cell into an editor."""
    is_yours = cell.metadata.get("nbgrader", {}).get("solution")
    label = "Write here" if is_yours else "Try it here"
    name = f"{label}: {cell.id.replace('-', ' ')}"
    return (
        '<div class="cell-buttons needs-script">'
        f'<button type="button" data-do="write" aria-label="{name}">{label}</button></div>'
    )


def keras_note(kit: str) -> str:
    """Return the sentence below a cell that the page cannot run."""
    return (
        '<div class="cell-note needs-script">This task needs Keras, which does not run on the '
        f'page: solve it in JupyterLab, with <a href="{kit}" download>the student kit</a>.</div>'
    )


def data_files(path: Path) -> list[Path]:
    """Return the files beside a notebook: what it reads, and what answers its readers."""
    return sorted(file for file in path.parent.iterdir() if file.stem != path.stem)


def bar(page: str, path: Path) -> str:
    """Return the bar of a workbench.

    Args:
        page: the page's name, `grader/release/<assignment>/<notebook>`.
        path: the notebook.
    """
    names = [file.name for file in data_files(path)]
    name = page.removeprefix(RELEASE)
    data = {
        "key": f"training-neural-networks/{name.partition('/')[0]}",
        "notebook": f"{'../' * page.count('/')}_sources/{page}.ipynb",
        "files": " ".join(names),
        "practice": PRACTICE if PRACTICE in names else "",
        "points": f"{visible_points(path):g}",
    }
    attributes = " ".join(f'data-{key}="{html.escape(text)}"' for key, text in data.items())
    return f"""\
<div class="workbench-bar needs-script" role="group" aria-label="Solve it on this page" \
{attributes}>
<p>Solve the exercise right here: press <em>Write here</em> below a task.
Python runs in your browser, the checks answer at once, and your work stays in this browser.</p>
<p class="workbench-points" role="status">Visible checks: 0 of {data["points"]} points.</p>
<p class="workbench-ways">
<button type="button" data-do="download">Download my notebook</button>
<button type="button" data-do="upload">Open my notebook</button>
<button type="button" data-do="clear">Clear my work</button>
</p>
<p class="workbench-says" role="status"></p>
</div>"""


def visible_points(path: Path) -> float:
    """Return the points of the visible checks that the page can run."""
    return sum(
        float(cell.metadata["nbgrader"]["points"])
        for cell, task_needs in checks(path)
        if task_needs == "Python" and not cell.source.startswith("# Hidden check")
    )


def checks(path: Path) -> Iterator[tuple[NotebookNode, str]]:
    """Yield each graded check, and what its task needs: "Python" or "Keras"."""
    task_needs = "Python"
    for cell, needs in framed_cells(path):
        task_needs = needs or task_needs
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            yield cell, task_needs


def publish_files(app: Sphinx, error: Exception | None) -> None:
    """Put the files that a notebook reads, and its hints, beside the notebook on the site.

    The hints have a file of their own, because practice.json has numbers, such as NaN, that
    browsers cannot read.
    """
    if error or app.builder.format != "html":
        return
    for page in app.env.found_docs:
        if is_exercise(app, page):
            source = Path(app.env.doc2path(page))
            folder = (Path(app.outdir) / "_sources" / page).parent
            folder.mkdir(parents=True, exist_ok=True)
            for file in data_files(source):
                shutil.copy(file, folder)
            exercises = exercises_in(source.parent)
            hints = {name: exercise["hints"] for name, exercise in exercises.items()}
            (folder / "hints.json").write_text(json.dumps(hints), encoding="utf-8")
