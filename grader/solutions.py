"""Keep the solution notebooks executed and normalized: `python -m grader solutions`."""

import copy
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

# Only what the course needs: the rest names the machine, the moment or the program that saved it.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = ("nbgrader", "tags")
SECONDS_A_CELL = 120


def normalized(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of `notebook` without anything that differs between machines or runs.

    Kept: sources, cell ids, nbgrader's metadata, tags, and outputs as text.
    Dropped: pictures, timings, versions, editor settings.
    """
    clean = copy.deepcopy(notebook)
    clean.metadata = nbformat.from_dict(METADATA)
    for cell in clean.cells:
        cell.metadata = NotebookNode(
            {key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata}
        )
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = NotebookNode({"text/plain": output.data.get("text/plain", "")})
                output.metadata = NotebookNode()
    return clean


def as_text(notebook: NotebookNode) -> str:
    """Return the file's content for `notebook`: the same bytes for the same notebook."""
    text: str = nbformat.writes(notebook)
    return text.rstrip("\n") + "\n"


def refresh(paths: Iterable[Path]) -> None:
    """Run each notebook from a clean start, normalize it, and write it back.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; its notebook stays as it was.
    """
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook,
            timeout=SECONDS_A_CELL,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        )
        client.execute()
        path.write_text(as_text(normalized(notebook)), encoding="utf-8", newline="\n")
