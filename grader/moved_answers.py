"""Finds written answers that stand beside the cell for them, and moves them into it.

nbgrader gives 0 points, and asks nobody to read, if the cell for an answer is as it was released.
Students also write into a new cell beside it, or into the locked cell with the task.
"""

import ast
import re
from collections.abc import Iterator
from itertools import islice

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from .matching import Texts, normal

MOST_CELLS = 20  # new cells on each side of an answer in which words are looked for
MOST_PARSED = 20_000  # characters of such a code cell
LEAST_WORDS = 3  # of a code cell that is no Python, but an answer


def move_answers(notebook: NotebookNode, texts: Texts) -> list[str]:
    """Move written answers to their cells, so that a person is asked to read them.

    Args:
        notebook: a hand-in with all graded cells and their marks; it is changed in place.
        texts: the texts of its exercise.

    Returns:
        A remark on each answer that was moved.
    """
    remarks = []
    names = [_name(cell) for cell in notebook.cells if _is_written_answer(cell)]
    untouched = [
        name for name in names if texts.is_untouched(name, notebook.cells[_index(notebook, name)])
    ]
    for name in names:
        in_task = _added_to_task(notebook, name, texts)
        new: list[NotebookNode] = []
        if name in untouched:
            new = _new_cells(notebook, _index(notebook, name), texts)
            if not new and not in_task and len(untouched) == 1:
                new = _new_cells(notebook, _last_marked(notebook), texts)
        pieces = [piece for piece in (*map(_words, new), in_task) if piece]
        if not pieces:
            continue
        sources = ["a new cell"] if len(new) == 1 else ["new cells"] if new else []
        where = " and ".join([*sources, *["the cell with the task"] * bool(in_task)])
        answer = notebook.cells[_index(notebook, name)]
        own = [] if name in untouched else [answer.source]
        answer.source = "\n\n".join([*own, f"*Moved here from {where}:*", *pieces])
        for cell in new:
            if "attachments" in cell:  # pasted pictures
                answer["attachments"] = {**answer.get("attachments", {}), **cell.attachments}
        moved = {id(cell) for cell in new if cell.cell_type != "code"}
        notebook.cells = [cell for cell in notebook.cells if id(cell) not in moved]
        remarks.append(f"had the answer {name} in {where}; it was moved to its place")
    return remarks


def _is_written_answer(cell: NotebookNode) -> bool:
    """Whether a person has to read and grade the cell, which holds text."""
    is_text = cell.metadata.get("nbgrader", {}).get("cell_type", cell.cell_type) != "code"
    return is_text and is_grade(cell) and is_solution(cell)


def _name(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _index(notebook: NotebookNode, name: str) -> int:
    return next(index for index, cell in enumerate(notebook.cells) if _name(cell) == name)


def _last_marked(notebook: NotebookNode) -> int:
    return max(index for index, cell in enumerate(notebook.cells) if _name(cell))


def _new_cells(notebook: NotebookNode, index: int, texts: Texts) -> list[NotebookNode]:
    """Return the cells with new words around a cell, up to the next cells of the exercise."""
    before = list(islice(_until_known(notebook.cells[:index][::-1], texts), MOST_CELLS))
    after = list(islice(_until_known(notebook.cells[index + 1 :], texts), MOST_CELLS))
    return [cell for cell in (*before[::-1], *after) if _words(cell)]


def _until_known(cells: list[NotebookNode], texts: Texts) -> Iterator[NotebookNode]:
    """Yield new cells until one of the exercise comes; skip released code without a mark."""
    for cell in cells:
        is_known = normal(cell.source) in texts.known
        if _name(cell) or (is_known and cell.cell_type != "code" and cell.source.strip()):
            return
        if not is_known:
            yield cell


def _words(cell: NotebookNode) -> str:
    """Return the words in a cell: its text, or comments and prose in a cell without code."""
    source = str(cell.source).strip()
    if cell.cell_type != "code" or not source:
        return source if re.search(r"\w", source) else ""
    lines = [line.strip() for line in source.splitlines()]
    if all(not line or line.startswith("#") for line in lines):
        return "\n".join(line.lstrip("# ") for line in lines)
    if len(source) > MOST_PARSED or any(line.startswith(("%", "!")) for line in lines):
        return ""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        is_prose = len(re.findall(r"\b[^\W\d_]+\b", source)) >= LEAST_WORDS
        has_code = re.search(r"^\s*(def|class|import|from|for|if|while|return)\b|=", source, re.M)
        return source if is_prose and not has_code else ""
    except (MemoryError, RecursionError):
        return ""
    only = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    text = only.value if isinstance(only, ast.Constant) else ""
    return text.strip() if isinstance(text, str) else ""


def _added_to_task(notebook: NotebookNode, name: str, texts: Texts) -> str:
    """Return what the student added to the locked text before an answer in the exercise."""
    order = list(texts.exercise.cells)
    before = order[: order.index(name)][::-1]
    task = next((one for one in before if _is_locked_text(texts.exercise.cells[one])), "")
    cell = next((cell for cell in notebook.cells if task and _name(cell) == task), None)
    if cell is None or normal(cell.source) in texts.of(task):
        return ""
    known = {line.strip() for text in texts.of(task) for line in text.splitlines()} | {""}
    added = []
    for line in map(str.strip, cell.source.splitlines()):
        if line not in known:
            opening = max((one for one in known if line.startswith(one)), key=len)
            added.append(line[len(opening) :].strip())
        elif not line and added:
            added.append("")
    text = "\n".join(added).strip()
    return text if re.search(r"\w", text) else ""


def _is_locked_text(cell: NotebookNode) -> bool:
    return cell.cell_type != "code" and is_locked(cell)
