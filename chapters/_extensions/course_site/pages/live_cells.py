"""Chapters whose code runs on the page: a button below each cell that needs NumPy only.

The scripts are those of the exercises; see `workbench`. They read the code of a chapter from a
notebook that this module writes: of the cells that the page does not show, it has only the imports.
"""

from __future__ import annotations

import ast
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
from docutils import nodes
from sphinx.application import Sphinx

from course_site import CHAPTERS
from course_site.student_kit import FILE_TIME

PLACE = "_static/workbench/chapters"
DEMOS = "demos.zip"
HIDDEN = {"remove-input", "remove-cell"}  # tags of cells whose code the page does not show
GENERATOR = re.compile(r"^(\w+) = np\.random\.default_rng", re.MULTILINE)
UNPACK = """\
import importlib, os, zipfile

if not os.path.isdir("demos"):
    zipfile.ZipFile("demos.zip").extractall()
    importlib.invalidate_caches()
"""


@dataclass(frozen=True)
class Cell:
    """A code cell of a chapter.

    Attributes:
        name: its id on the page.
        source: what the page can run of it: all, or only the imports of demos.
        is_shown: whether the page shows the code.
        needs_keras: whether it uses Keras, or a result of Keras.
        needs: the ids of the cells above that define what it uses, in their order.
    """

    name: str
    source: str
    is_shown: bool
    needs_keras: bool
    needs: tuple[str, ...]


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to every page and to the end of the build; called by Sphinx."""
    app.connect("doctree-resolved", add_buttons, priority=600)
    app.connect("html-page-context", load_script)
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def is_chapter(app: Sphinx, page: str) -> bool:
    """Tell whether a page is a chapter with code that readers see."""
    path = Path(app.env.doc2path(page))
    return path.parent == CHAPTERS and any(cell.is_shown for cell in cells_of(path))


def load_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the small script on chapters."""
    if doctree is not None and is_chapter(app, page):
        app.add_js_file("workbench/start.js", loading_method="defer")


def add_buttons(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put a button, or a sentence that names Keras, below each cell whose code is shown."""
    if not is_chapter(app, page):
        return
    root = "../" * page.count("/")
    inputs = [part for part in doctree.findall(nodes.container) if "cell_input" in part["classes"]]
    cells = [cell for cell in cells_of(Path(app.env.doc2path(page))) if cell.is_shown]
    for code, cell in zip(inputs, cells, strict=True):
        part = code.parent
        place = part.parent.index(part)
        start, end = frame(cell)
        part.parent.insert(place + 1, nodes.raw("", end, format="html"))
        part.parent.insert(place, nodes.raw("", start, format="html"))
    title = next(iter(doctree.findall(nodes.title)))
    bar = nodes.raw("", data_of(page.rpartition("/")[2], root), format="html")
    title.parent.insert(title.parent.index(title) + 1, bar)


def frame(cell: Cell) -> tuple[str, str]:
    """Return the HTML before and after a cell."""
    if cell.needs_keras:
        note = 'Keras runs in <a href="using.html#in-jupyterlab">JupyterLab</a>, not on the page.'
        return "", f'<div class="cell-note needs-script">{note}</div>'
    number = cell.name.rpartition("-")[2]
    button = f'<button type="button" data-do="write" aria-label="Edit and run: code {number}">'
    return (
        f'<div class="live-cell" role="group" aria-label="Code {number}" data-cell="{cell.name}">',
        f'<div class="cell-buttons needs-script">{button}Edit and run</button></div></div>',
    )


def data_of(name: str, root: str) -> str:
    """Return the element that tells the scripts where the chapter's code is."""
    return (
        f'<div class="workbench-bar needs-script" hidden '
        f'data-key="training-neural-networks/chapters/{name}" '
        f'data-notebook="{root}{PLACE}/{name}.json" data-files="{DEMOS}" data-practice="">'
        '<p class="workbench-says" role="status"></p></div>'
    )


@cache
def cells_of(path: Path) -> list[Cell]:
    """Return the code cells of a page; other pages than text notebooks have none."""
    if path.suffix != ".md":
        return []
    found: dict[str, Cell] = {}
    definers: dict[str, str] = {}  # names, and the ids of the last cells that define them
    of_keras: set[str] = set()  # names that have a value of Keras
    code = [cell for cell in jupytext.read(path).cells if cell.cell_type == "code"]
    generators = {name for cell in code for name in GENERATOR.findall(cell.source)}
    for number, cell in enumerate(code, start=1):
        is_shown = not HIDDEN & set(cell.metadata.get("tags", []))
        source = cell.source if is_shown else "\n".join(imports(cell.source))
        used, defined = names_in(source)
        defined |= used & generators  # whoever draws random numbers changes the generator
        needs_keras = "keras" in source or bool(used & of_keras)
        of_keras = of_keras | defined if needs_keras else of_keras - defined
        near = {definers[name] for name in used & definers.keys()}
        needs = near.union(*(found[one].needs for one in near))
        name = f"code-{number}"
        in_order = tuple(one for one in found if one in needs)
        found[name] = Cell(name, source, is_shown, needs_keras, in_order)
        definers |= dict.fromkeys(defined, name)
    return list(found.values())


def names_in(source: str) -> tuple[set[str], set[str]]:
    """Return the names that code takes from the cells above, and those that it defines."""
    used: set[str] = set()
    defined: set[str] = set()
    for statement in in_order(ast.parse(source).body):
        loaded: set[str] = set()
        stored: set[str] = set()
        own: set[str] = set()  # variables of comprehensions and lambdas
        for node in ast.walk(statement):
            match node:
                case ast.Name(ctx=ast.Load()):
                    loaded.add(node.id)
                case ast.Name():
                    stored.add(node.id)
                case ast.Import() | ast.ImportFrom():
                    stored |= {name.asname or name.name.partition(".")[0] for name in node.names}
                case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                    stored |= names_of(node.value)
                case ast.AugAssign():
                    loaded |= names_of(node.target)
                case ast.comprehension():
                    own |= names_of(node.target)
                case ast.arg():
                    own.add(node.arg)
        used |= loaded - defined - own
        defined |= stored
    return used, defined


def in_order(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements in the order in which Python runs them, and loops as their parts."""
    for statement in statements:
        match statement:
            case ast.For():
                yield ast.Assign([statement.target], statement.iter)
                yield from in_order([*statement.body, *statement.orelse])
            case ast.If() | ast.While():
                yield ast.Expr(statement.test)
                yield from in_order([*statement.body, *statement.orelse])
            case _:
                yield statement


def names_of(expression: ast.AST) -> set[str]:
    """Return the names in an expression."""
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}


def notebook(cells: list[Cell]) -> dict[str, Any]:
    """Return the code that the page can run, in the form of a notebook."""
    runs = [cell for cell in cells if cell.source and not cell.needs_keras]
    parts = [("unpack-demos", UNPACK, []), *((c.name, c.source, c.needs) for c in runs)]
    return {
        "cells": [
            {
                "id": name,
                "cell_type": "code",
                "metadata": {"needs": ["unpack-demos", *needs]},
                "source": source,
            }
            for name, source, needs in parts
        ]
    }


def imports(source: str) -> Iterator[str]:
    """Yield the lines of code that import modules of `demos`."""
    for node in ast.parse(source).body:
        # `from demos import interact` needs widgets, which a page has not.
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("demos."):
            yield ast.unparse(node)


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write the code of the chapters, and the demos that it imports, for the scripts."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir) / PLACE
    folder.mkdir(parents=True, exist_ok=True)
    for page in app.env.found_docs:
        if is_chapter(app, page):
            text = json.dumps(notebook(cells_of(Path(app.env.doc2path(page)))))
            name = page.rpartition("/")[2]
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
    pack_demos(folder / DEMOS)


def pack_demos(path: Path) -> None:
    """Write the demos as a zip; its `demos/__init__.py` imports no widgets."""
    folder = CHAPTERS / "demos"
    files = sorted([*folder.rglob("*.py"), *folder.rglob("*.gz")])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            name = file.relative_to(folder.parent).as_posix()
            content = b"" if name == "demos/__init__.py" else file.read_bytes()
            packed.writestr(zipfile.ZipInfo(name, FILE_TIME), content, zipfile.ZIP_DEFLATED)
