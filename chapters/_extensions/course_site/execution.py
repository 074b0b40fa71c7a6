"""The chapters' code: it runs side by side, and its outputs are cached until the code changes."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from myst_nb.core.read import is_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from course_site import CHAPTERS, ROOT


def setup(app: Sphinx) -> dict[str, Any]:
    """Set the kernels' environment and listen to the start of a build; called by Sphinx."""
    # The kernels that run the chapters inherit these variables.
    os.environ["DEMOS_STATIC"] = "1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # Pages already run side by side, so more threads would only compete for the processors.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app.connect("config-inited", choose_cache)
    app.connect("env-before-read-docs", execute_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def choose_cache(app: Sphinx, config: Config) -> None:
    """Use one cache for each state of the demos and the packages, and delete the others.

    jupyter-cache compares only a page's own cells, so it would serve figures that older demos drew.
    """
    files = [path for path in (CHAPTERS / "demos").rglob("*") if path.is_file()]
    sources = sorted(path for path in files if path.suffix != ".pyc")
    digest = hashlib.sha256()
    for path in [ROOT / "requirements.txt", *sources]:
        digest.update(path.read_bytes())
    caches = Path(app.outdir).parent / ".jupyter_cache"
    cache = caches / digest.hexdigest()[:12]
    config.nb_execution_cache_path = str(cache)
    for other in caches.glob("*"):
        if other != cache:
            shutil.rmtree(other)


def execute_pages(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Run the notebooks that the cache does not have, as many at a time as there are processors.

    Sphinx would run them one after the other. Now it finds their outputs in the cache. It runs a
    notebook that failed here once more and reports the error.
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
