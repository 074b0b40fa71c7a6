"""Runs in the reader's browser: runs the cells of a page, and shows their figures and errors.

`worker.js` calls `start` once, and then `run`, `value` and `reset`. They send the page parts of the
output: text through standard output, everything else through the device PAGE as JSON.
"""

from __future__ import annotations

import ast
import builtins
import html
import importlib
import io
import json
import linecache
import logging
import os
import re
import sys
import types
import warnings
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import failures

LIBRARY = "/usr/local/lib/python315.zip"
DATA = "matplotlib/mpl-data/"
HOME = "/home"
PAGE = "/dev/page"
NOT_HERE = "Keras does not run in the browser; do this task in JupyterLab."
NO_MEMORY = "MemoryError: the code needs more memory than the page gives it, which is 1 GB."
# What Matplotlib writes around a drawing, and pages do not need. The style would hold for the page.
BALLAST = re.compile(
    r"^.*?(?=<svg)|<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>|(?<=<svg )[^>]*?(?=viewBox)",
    re.DOTALL,
)
FONTS = re.compile(r"'DejaVu Sans'[^;\"]*")
PAGE_FONT = "var(--pst-font-family-base, sans-serif)"
ID = re.compile(r' id="([^"]*)"')  # The page may have the same ones.
REFERENCE = re.compile(r"#([^\")]+)")
COLOR = re.compile(r"#[0-9a-f]{6}\b")

names: dict[str, Any] = {}
cells = 0
settings: dict[Any, Any] = {}


class Keras(types.ModuleType):
    """Stands for Keras, which the browser cannot run: it imports, and every use is an error."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RuntimeError(NOT_HERE)

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Refuse the import of a module of Keras; Python asks each finder of `sys.meta_path`."""
        if name.startswith("keras."):
            raise RuntimeError(NOT_HERE)


def start() -> None:
    """Prepare Python once, before the first cell."""
    unpack_data()
    os.chdir(HOME)
    sys.path.insert(0, "")
    keras = Keras("keras")
    keras.__path__ = []  # So it may have modules: `from keras.optimizers import …`.
    sys.modules["keras"] = keras
    sys.meta_path.insert(0, Keras)
    replace_widgets()
    warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    # A notebook's first cell leads standard error to nowhere for a moment. WebAssembly cannot.
    vars(os).update(dup=lambda fd: os.open(os.devnull, os.O_WRONLY), dup2=lambda fd, other: other)
    # Those of the package would end Python, and not only the cell.
    vars(builtins).update(exit=sys.exit, quit=sys.exit)
    prepare_figures()
    reset()


def replace_widgets() -> None:
    """Let a chapter's cells call what shows a demo or a question, which the page has already."""

    def interact(draw: Any = None, **controls: Any) -> Any:
        return None if draw else lambda function: function  # a call, or a decorator

    def widget(*values: Any, **named: Any) -> None: ...

    def ask(*parts: Any, **named: Any) -> None: ...

    for module, made in {"interact": interact, "ask": ask}.items():
        stand_in = types.ModuleType(f"demos.show.{module}")
        setattr(stand_in, module, made)
        sys.modules[stand_in.__name__] = stand_in
    widgets: Any = types.ModuleType("ipywidgets")
    widgets.__getattr__ = lambda name: widget
    sys.modules["ipywidgets"] = widgets


def unpack_data() -> None:
    """Put Matplotlib's fonts and settings where it looks for them: below the path of the zip."""
    with zipfile.ZipFile(LIBRARY) as library:
        for name in library.namelist():
            if name.startswith(DATA):
                path = os.path.join(LIBRARY, name)
                if not os.path.isdir(os.path.dirname(path)):
                    os.makedirs(os.path.dirname(path))
                with open(path, "wb") as file:
                    file.write(library.read(name))


def prepare_figures() -> None:
    """Let Matplotlib draw SVG in colors that the page can exchange for those of its theme."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # no advice on where its cache is
    import matplotlib as mpl

    mpl.use("svg")
    colors = palette()
    ink, muted, lines = colors["ink"], colors["muted"], ("blue", "orange", "green", "purple", "red")
    mpl.rcParams.update(
        {
            "svg.fonttype": "none",
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "savefig.transparent": True,
            "legend.facecolor": colors["paper"],
            "text.color": ink,
            "axes.titlecolor": ink,
            "axes.labelcolor": ink,
            "axes.edgecolor": muted,
            "xtick.color": muted,
            "ytick.color": muted,
            "grid.color": colors["grid"],
            "legend.edgecolor": colors["grid"],
            "axes.prop_cycle": mpl.rcsetup.cycler("color", [colors[name] for name in lines]),
        }
    )
    settings.update(mpl.rcParams)

    from matplotlib import pyplot

    pyplot.show = show_figures


def palette() -> dict[str, str]:
    """Return the colors of the course by their names, in the light theme."""
    with zipfile.ZipFile(LIBRARY) as library:
        colors: dict[str, str] = json.loads(library.read("palette.json"))
    return colors


def reset() -> None:
    """Forget all names and figures, and what the cells changed in Matplotlib's settings."""
    import matplotlib as mpl
    from matplotlib import pyplot

    names.clear()
    names.update({"__name__": "__main__", "__builtins__": builtins})
    pyplot.close("all")
    mpl.rcParams.update(settings)


def refresh(files: Iterable[str]) -> None:
    """Forget the modules that files belong to, because the page has written these files anew."""
    for name in files:
        module = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        sys.modules.pop(module, None)
    replace_widgets()
    importlib.invalidate_caches()


def run(source: str) -> None:
    """Run a cell as a notebook does: the value of an expression at its end is shown."""
    global cells
    cells += 1
    answer(lambda: execute(source, f"<cell {cells}>"), told)


def value(expression: str) -> None:
    """Send the page the value of an expression as JSON."""
    answer(lambda: send("value", json.dumps(eval(expression, names))), failures.sentence)


def answer(action: Callable[[], None], tell: Callable[[BaseException], list[str]]) -> None:
    """Do what the page asks for, and send the page what `tell` makes of an error."""
    try:
        action()
    except BaseException as error:  # also SystemExit
        kind = "memory" if isinstance(error, MemoryError) else "error"
        send(kind, "\n".join(tell(error)))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def execute(source: str, file: str) -> None:
    """Run a cell, and show its figures at the end."""
    lines = [f"{line}\n" for line in source.splitlines()]
    linecache.cache[file] = (len(source), None, lines, file)
    tree = ast.parse(source, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    try:
        exec(compile(tree, file, "exec"), names)
        if isinstance(last, ast.Expr) and not source.rstrip().endswith(";"):
            result = eval(compile(ast.Expression(last.value), file, "eval"), names)
            if result is not None:
                print(repr(result))
        elif isinstance(last, ast.Expr):
            eval(compile(ast.Expression(last.value), file, "eval"), names)
    finally:
        show_figures()


def show_figures(*_: object, **__: object) -> None:
    """Send the page every open figure; the cells call this as `plt.show`."""
    from matplotlib import pyplot

    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close("all")  # also if a figure cannot be drawn
    for figure in figures:
        if figure.axes or figure.texts:
            send("svg", drawing(figure))


def drawing(figure: Any) -> str:
    """Return a figure as an SVG element that fits into a page of either theme."""
    with io.StringIO() as file:
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
        svg = BALLAST.sub("", file.getvalue()).strip()
    variables = {color: f"var(--course-{name}, {color})" for name, color in palette().items()}
    variables["#000000"] = "currentColor"
    svg = COLOR.sub(lambda found: variables.get(found[0], found[0]), FONTS.sub(PAGE_FONT, svg))
    referred = set(REFERENCE.findall(svg))
    svg = ID.sub(lambda found: found[0] if found[1] in referred else "", svg)
    # Matplotlib leaves out the fill of what is black.
    style = "fill: currentColor; stroke-linejoin: round; max-width: 100%; height: auto"
    look = f'width="{width(svg)}" style="{style}"'
    titles = [axes.get_title() for axes in figure.axes]
    label = html.escape("; ".join(filter(None, titles)) or "A figure")
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" {look} ', 1)


def width(svg: str) -> str:
    """Return the width that an SVG element has on paper: its own units are points."""
    found = re.search(r'viewBox="\S+ \S+ (\S+)', svg)
    return f"{found[1]}pt" if found else "100%"


def told(error: BaseException) -> list[str]:
    """Return the lines of an error, in the short form that it has in JupyterLab."""
    if isinstance(error, SyntaxError) and error.text and f"{error.filename}".startswith("<cell"):
        kind = type(error).__name__
        place = f"Line {error.lineno} of this cell:"
        return [place, f"    {error.text.strip()}", f"{kind}: {error.msg}"]
    lines = failures.short_failure(error, names)
    return [*lines[:-1], NO_MEMORY] if isinstance(error, MemoryError) else lines


def send(kind: str, content: str) -> None:
    """Send the page one part of the output, after the text that was printed before it."""
    sys.stdout.flush()
    sys.stderr.flush()
    page = os.open(PAGE, os.O_WRONLY)
    os.write(page, json.dumps({"kind": kind, "content": content}).encode())
    os.close(page)
