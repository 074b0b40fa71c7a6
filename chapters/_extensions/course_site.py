"""What the site does beyond Jupyter Book: demos with frames, an honest cache, no other host."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from myst_nb.core.read import is_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

CHAPTERS = Path(__file__).resolve().parent.parent
ROOT = CHAPTERS.parent
sys.path.insert(0, str(CHAPTERS))  # as a chapter sees `demos`

from demos.show.style import palette_css  # noqa: E402

# Scripts that `_templates/static/webpack-macros.html` does without.
UNREAD = {"all.min.js", "all.min.js.LICENSE.txt", "bootstrap.js", "bootstrap.js.LICENSE.txt"}


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything below; called by Sphinx."""
    # The kernels that run the chapters inherit these.
    os.environ["DEMOS_STATIC"] = "1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # Pages run side by side: threads of one would only wait for those of another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app.connect("config-inited", drop_thebe)
    app.connect("config-inited", key_the_cache)
    app.connect("builder-inited", write_palette)
    app.connect("env-before-read-docs", execute_pages)
    app.connect("build-finished", prune)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def key_the_cache(app: Sphinx, config: Config) -> None:
    """Give every state of the demos and of the packages a cache of its own.

    jupyter-cache looks at a page's own cells only and would serve pictures drawn by older demos.
    """
    digest = hashlib.sha256()
    for path in [ROOT / "requirements.txt", *sorted((CHAPTERS / "demos").rglob("*.*"))]:
        digest.update(path.read_bytes())
    caches = Path(app.outdir).parent / ".jupyter_cache"
    cache = caches / digest.hexdigest()[:12]
    config.nb_execution_cache_path = str(cache)
    for old in caches.glob("*"):
        if old != cache:
            shutil.rmtree(old)


def execute_pages(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Run the notebooks that are in no cache, as many at a time as there are processors.

    Sphinx would run them one after the other; it finds their outputs in the cache instead, and
    runs again, and reports, the one that fails.
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    notebooks = [path for path in map(env.doc2path, pages) if is_notebook(path)]
    for path in notebooks:
        cache.add_nb_to_project(path, read_data={"type": "plugin", "name": "myst_nb_md"})
    executor = load_executor("local-parallel", cache)
    executor.run_and_cache(filter_uris=notebooks, timeout=app.config.nb_execution_timeout)


def is_notebook(path: str) -> bool:
    """Tell whether a page is a text notebook with code to run."""
    if not path.endswith(".md"):
        return False
    text = Path(path).read_text("utf-8")
    return "```{code-cell}" in text and is_myst_markdown_notebook(text)


def write_palette(app: Sphinx) -> None:
    """Write the figures' palette where the pages load it from."""
    folder = Path(app.doctreedir) / "course_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "palette.css").write_text(palette_css(), encoding="utf-8")
    app.config.html_static_path.append(str(folder))


def drop_thebe(app: Sphinx, config: Config) -> None:
    """Take out sphinx-thebe, which Jupyter Book always loads and this book does not use.

    It declares a constant twice, an error on every page, and names another host in it.
    """
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files = [f for f in app.registry.css_files if f[0] != "sphinx-thebe.css"]


def prune(app: Sphinx, error: Exception | None) -> None:
    """Take out what no page asks for: source maps, old fonts, large scripts."""
    for path in (Path(app.outdir) / "_static").rglob("*"):
        if path.is_file() and (path.suffix in {".map", ".ttf"} or path.name in UNREAD):
            path.unlink()
