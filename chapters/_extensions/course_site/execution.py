"""The chapters' code: it runs side by side, and its outputs are cached until the code changes."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract, ProjectNb
from myst_nb.core.read import is_myst_markdown_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util.console import strip_escape_sequences
from traitlets.config import Config as Settings

from course_site import CHAPTERS, ROOT
from course_site.status_line import line

# Without this, each kernel warns that others on the machine may read along.
ENCRYPTED = Settings({"KernelManager": {"transport_encryption": "auto"}})
# Drawing makes many objects. To look for garbage after every 700 of them, which is Python's
# default, takes a seventh of the time.
RARE_GARBAGE_COLLECTION = "__import__('gc').set_threshold(50_000, 20, 20)"


class FailedPagesError(SphinxError):
    """The code of some pages raised an error."""

    category = "Failed code"


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
        if other != cache and other.is_dir() and not other.is_symlink():
            shutil.rmtree(other)


def execute_pages(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Run the notebooks that the cache does not have, as many at a time as there are processors.

    Sphinx would run them one after the other. Now it finds their outputs in the cache.

    Raises:
        FailedPagesError: if a cell raised an error.
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    paths = [path for path in map(env.doc2path, pages) if is_notebook(path)]
    for path in paths:
        cache.add_nb_to_project(path, read_data={"type": "plugin", "name": "myst_nb_md"})
    waiting = [cache.get_project_notebook(r.pk) for r in cache.list_unexecuted(paths)]
    run = Run(cache, waiting, app.config.nb_execution_timeout)
    # ZeroMQ needs this loop, which is not the default one on Windows.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(run.all())


def is_notebook(path: str) -> bool:
    """Tell whether a page is a text notebook."""
    return path.endswith(".md") and is_myst_markdown_notebook(Path(path).read_text("utf-8"))


def code_cells(cells: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Return those of some cells that have code."""
    return [cell for cell in cells if cell.cell_type == "code"]


class Run:
    """Runs notebooks, says on the way how far they are, and puts their outputs into the cache."""

    def __init__(
        self, cache: JupyterCacheAbstract, notebooks: Iterable[ProjectNb], timeout: int
    ) -> None:
        self.cache = cache
        # The one with most demos takes longest, so it starts first.
        self.notebooks = sorted(notebooks, key=number_of_demos, reverse=True)
        self.timeout = timeout  # seconds for each cell
        self.turns = asyncio.Semaphore(os.cpu_count() or 1)
        self.running: dict[str, str] = {}  # the notebooks, and how far each of them is
        self.finished = 0

    async def all(self) -> None:
        """Run all notebooks.

        Raises:
            FailedPagesError: if a cell raised an error; the other notebooks have run.
        """
        failures = [text for text in await asyncio.gather(*map(self.one, self.notebooks)) if text]
        if failures:
            raise FailedPagesError("\n\n".join(failures))

    async def one(self, notebook: ProjectNb) -> str:
        """Run a notebook, and return what went wrong in it, if anything."""
        path = Path(notebook.uri)
        seconds = 0.0
        if code_cells(notebook.nb.cells):  # Otherwise there is no need for a kernel.
            async with self.turns:
                started = time.monotonic()
                self.show(notebook, 0)
                try:
                    await self.client(notebook).async_execute()
                except (CellControlSignal, DeadKernelError) as error:
                    return f"{path}: {strip_escape_sequences(str(error))}"
                finally:
                    del self.running[path.stem]
                seconds = time.monotonic() - started
            line.note(f"Ran {path.stem} in {seconds:.0f} seconds.")
        self.cache.cache_notebook_bundle(
            CacheBundleIn(notebook.nb, notebook.uri, data={"execution_seconds": seconds}),
            check_validity=False,
            overwrite=True,
        )
        self.finished += 1
        return ""

    def client(self, notebook: ProjectNb) -> NotebookClient:
        """Return what runs a notebook in a kernel of its own."""
        return NotebookClient(
            notebook.nb,
            timeout=self.timeout,
            record_timing=False,  # With times in its cells, it would be another notebook.
            config=ENCRYPTED,
            extra_arguments=[f"--IPKernelApp.exec_lines={RARE_GARBAGE_COLLECTION}"],
            resources={"metadata": {"path": str(Path(notebook.uri).parent)}},
            on_cell_execute=lambda cell, cell_index: self.show(notebook, cell_index),
        )

    def show(self, notebook: ProjectNb, cell_index: int) -> None:
        """Show which notebooks are running, this one at the cell with this index."""
        name, cells = Path(notebook.uri).stem, notebook.nb.cells
        before = len(code_cells(cells[:cell_index]))
        self.running[name] = f"{name} ({before} of {len(code_cells(cells))} cells)"
        running = ", ".join(self.running.values())
        line.show(f"{self.finished} of {len(self.notebooks)} pages have run; now {running}")


def number_of_demos(notebook: ProjectNb) -> int:
    """Return how many demos a notebook draws."""
    return sum("interact(" in cell.source for cell in code_cells(notebook.nb.cells))
