"""Keep the solution notebooks executed and normalized: `python -m grader solutions`."""

import copy
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets.config import Config

from grader import GraderError
from grader.authoring.source import read
from grader.course import SOLUTIONS

# Everything else names the machine, the time or the program that saved the notebook.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = ("nbgrader", "tags")
CELL_ID = r"[a-zA-Z0-9_-]{1,64}"  # what Jupyter's format allows
SECONDS_A_CELL = 120
# Without this, the kernel warns that others on the machine may read along.
ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto"}})


class FailedCellError(GraderError):
    """A cell raised an error; the message says which cell and which error."""


def solution_notebooks() -> list[Path]:
    """Return the paths of all solution notebooks, in the order of the chapters."""
    return sorted(SOLUTIONS.glob("[!.]*/[!.]*.ipynb"))


def chosen(paths: Sequence[Path]) -> list[Path]:
    """Return the solution notebooks at `paths`, or all of them if there are no paths.

    Raises:
        GraderError: there is no solution notebook at one of the paths.
    """
    known = solution_notebooks()
    for path in paths:
        if path.resolve() not in known:
            raise GraderError(
                f"{path} is not a solution notebook; name one such as "
                "solutions/01_loss_functions/loss_functions.ipynb."
            )
    return list(paths) or known


def normalized(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of `notebook` without anything that differs between machines or runs.

    Sources, nbgrader's metadata, tags and outputs as text stay. Pictures, times, versions and
    editor settings go. A cell that nbgrader knows gets its `grade_id` as its id, because an author
    can edit only the former in JupyterLab.
    """
    clean = copy.deepcopy(notebook)
    clean.metadata = nbformat.from_dict(METADATA)
    for cell in clean.cells:
        cell.metadata = NotebookNode(
            {key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata}
        )
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if re.fullmatch(CELL_ID, grade_id):
            cell.id = grade_id
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = NotebookNode({"text/plain": output.data.get("text/plain", "")})
                output.metadata = NotebookNode()
    return clean


def as_text(notebook: NotebookNode) -> str:
    """Return the content of the file for `notebook`: the same bytes for the same notebook."""
    text: str = nbformat.v4.writes(notebook)  # as it is: nbformat.writes would change equal ids
    return text.rstrip("\n") + "\n"


def refresh(paths: Iterable[Path]) -> None:
    """Run each notebook from a clean start, normalize it, and write it back.

    Raises:
        GraderError: a file is not a notebook, or a cell failed; the notebook stays as it was.
    """
    for path in paths:
        notebook = normalized(read(path).notebook)
        client = NotebookClient(
            notebook,
            timeout=SECONDS_A_CELL,
            kernel_name="python3",
            config=ENCRYPTED,
            resources={"metadata": {"path": str(path.parent)}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            raise FailedCellError(_failure(path, notebook, error)) from error
        path.write_text(as_text(normalized(notebook)), encoding="utf-8", newline="\n")


def _failure(path: Path, notebook: NotebookNode, error: CellExecutionError) -> str:
    """Return the sentence about the cell that failed."""
    for cell in notebook.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return f"{path}, cell {cell.id}: {error.ename}: {error.evalue}"
    return f"{path}: {error.ename}: {error.evalue}"
