"""One graded submission into `autograded/`, wholly or not at all.

The folder is written aside, the scores are committed, then the folder gets its name. Whoever
finds no folder grades again, so that it does not matter when a run is killed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution


def finish(notebook: NotebookNode, steps: Sequence[Preprocessor]) -> tuple[NotebookNode, list[str]]:
    """Run those of nbgrader's `autograde_preprocessors` that look at the notebook alone.

    Returns:
        The notebook, and a flag in a sentence for each check whose outputs are no score.
    """
    resources: dict[str, Any] = {"metadata": {}}
    for step in steps:
        # The marks are the master's and were checked with it.
        if not isinstance(step, Execute | SaveAutoGrades | AssignLatePenalties) and (
            type(step) is not CheckCellMetadata
        ):
            notebook, resources = step(notebook, resources)
    return notebook, _void_false_scores(notebook)


def _void_false_scores(notebook: NotebookNode) -> list[str]:
    """Give 0 where nbgrader would stumble over a check's result, or be fooled by one.

    nbgrader reads a check's result as its points; a negative one or NaN counts as full points,
    and a larger one than there are, or one that is no text, raises an error.
    """
    flags = []
    for cell in filter(_is_check, notebook.cells):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                break
            if output.output_type == "execute_result":
                mark = cell.metadata.nbgrader
                if not _is_score(output.data.get("text/plain"), float(mark.points)):
                    what = f"the result of {mark.grade_id} is no number of points from 0 to "
                    cell.outputs.append(_error("NoScore", f"{what}{mark.points:g}"))
                    cell.outputs.remove(output)
                    flags.append(f"{what}{mark.points:g}; it counts 0")
                break
    return flags


def _is_score(text: object, most: float) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return 0 <= float(text) <= most
    except ValueError:
        return True  # Not meant as points; nbgrader gives all.


def _is_check(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def _error(name: str, message: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def aside(folder: Path) -> Path:
    """Where a folder is written before it gets its name; no command of nbgrader's looks there."""
    return folder.with_name(f".{folder.name}.part")


def old(folder: Path) -> Path:
    """The name that a graded folder has while another takes its place."""
    return folder.with_name(f".{folder.name}.old")


def write_aside(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a new folder beside `folder`."""
    clear(folder)
    part = aside(folder)
    part.mkdir(parents=True)
    for name, content in files.items():
        path = part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # A power cut must not leave a name without its content.
    return part


def put_in_place(folder: Path, only: Sequence[str] | None, commit: Callable[[], None]) -> None:
    """Commit the scores, then let what was written aside take the place of `folder`.

    In between there is no such folder, so that a run that is killed there grades it again.

    Args:
        folder: the folder of the graded submission.
        only: if not None, just these notebooks are new and the others stay.
        commit: commits the scores; if it raises, everything is as before.
    """
    part = aside(folder)
    if only is not None and folder.exists():
        for name in only:
            (folder / name).unlink(missing_ok=True)
        commit()
        _move_into(part, folder)
        return
    if folder.exists():
        folder.rename(old(folder))
    try:
        commit()
    except BaseException:
        if old(folder).exists():
            old(folder).rename(folder)
        raise
    part.rename(folder)
    clear(folder)


def _move_into(part: Path, folder: Path) -> None:
    """Move files one by one, notebooks last: by them a submission counts as graded."""
    files = [path for path in part.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (path.suffix == ".ipynb", path)):
        target = folder / path.relative_to(part)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    shutil.rmtree(part)


def discard(folder: Path, only: Sequence[str] | None) -> bool:
    """Delete what there is of a submission that could not be graded; tells if there was any."""
    there = folder.exists()
    if only is not None:
        there = any((folder / name).exists() for name in only)
        for name in only:
            (folder / name).unlink(missing_ok=True)
    elif there:
        folder.rename(old(folder))
    clear(folder)
    return there


def clear(folder: Path) -> bool:
    """Delete what is aside of a folder, as a killed run leaves it; tells if there was any."""
    left = [path for path in (aside(folder), old(folder)) if path.exists()]
    for path in left:
        shutil.rmtree(path)
    return bool(left)
