"""Repairs a parsed notebook that another program has written in a form of its own.

nbformat refuses a whole notebook for one unknown key, and raises almost any error for a value of
another type than it expects. `repair` leaves out what has no place in a notebook, so that the rest
can be graded.
"""

import re
from collections.abc import Sequence, Set
from typing import Any

from nbformat import NotebookNode

# The keys that nbformat's schema allows.
NOTEBOOK_KEYS = {"cells", "metadata", "nbformat", "nbformat_minor"}
CELL_KEYS = {"cell_type", "id", "metadata", "source"}
KEYS_OF_CELL = {
    "code": CELL_KEYS | {"execution_count", "outputs"},
    "markdown": CELL_KEYS | {"attachments"},
    "raw": CELL_KEYS | {"attachments"},
}
KEYS_OF_OUTPUT = {
    "stream": {"output_type", "name", "text"},
    "error": {"output_type", "ename", "evalue", "traceback"},
    "display_data": {"output_type", "data", "metadata"},
    "execute_result": {"output_type", "data", "metadata", "execution_count"},
}
CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_NAMES = 3  # in a remark; the rest are counted
DAMAGED = "had damaged cells; what cannot be read was left out"


def repair(notebook: dict[str, Any]) -> list[str]:
    """Leave out, in place, what no notebook has, and add the keys that are missing.

    Args:
        notebook: a notebook of the format 4.

    Returns:
        Remarks on what was left out.

    Raises:
        TypeError: the notebook has no list of cells.
    """
    if not isinstance(notebook.get("cells"), list):
        raise TypeError("its cells are no list")
    unknown = _keep(notebook, NOTEBOOK_KEYS)
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    is_damaged = len(cells) < len(notebook["cells"])
    is_damaged |= _replace_other(notebook, "metadata", dict, NotebookNode())
    is_damaged |= _replace_other(notebook, "nbformat_minor", int, 0)
    notebook["cells"] = cells
    for cell in cells:
        if not isinstance(kind := cell.get("cell_type"), str) or kind not in KEYS_OF_CELL:
            cell["cell_type"] = "raw"
        unknown |= _keep(cell, KEYS_OF_CELL[cell["cell_type"]])
        is_damaged |= _repair_cell(cell)
    remarks = [DAMAGED] if is_damaged else []
    if unknown:
        names = [name for name in sorted(unknown) if CELL_ID.fullmatch(name)]
        shown = listed(names, len(unknown))
        remarks.insert(0, f"had keys that no notebook has ({shown}); they were left out")
    return remarks


def listed(names: Sequence[str], number: int) -> str:
    """Return the first names, and how many more there are of this number."""
    shown = [*names[:MOST_NAMES]]
    if number > len(shown):
        shown.append(f"{number - len(shown)} more")
    return ", ".join(shown)


def _keep(node: dict[str, Any], keys: Set[str]) -> set[str]:
    """Remove all other keys from a node, and return them."""
    unknown = {*node} - keys
    for key in unknown:
        del node[key]
    return unknown


def _replace_other(node: dict[str, Any], key: str, kind: type, default: Any) -> bool:
    """Put a default in place of a value of another kind; return whether there was one."""
    value = node.setdefault(key, default)
    if isinstance(value, kind):
        return False
    node[key] = default
    return True


def _repair_cell(cell: dict[str, Any]) -> bool:
    """Leave out what cannot be read of a cell; return whether there was something."""
    is_damaged = _replace_other(cell, "metadata", dict, NotebookNode())
    mark = cell["metadata"].get("nbgrader", {})
    if not isinstance(mark, dict) or not isinstance(mark.get("grade_id", ""), str):
        del cell["metadata"]["nbgrader"]
    is_damaged |= _repair_source(cell)
    if "attachments" in cell and not _is_attachments(cell["attachments"]):
        del cell["attachments"]
        is_damaged = True
    if cell["cell_type"] != "code":
        return is_damaged
    if type(cell.get("execution_count")) is not int:
        cell["execution_count"] = None
    is_damaged |= _replace_other(cell, "outputs", list, [])
    outputs = [output for output in cell["outputs"] if _is_output(output)]
    is_damaged |= len(outputs) < len(cell["outputs"])
    for output in outputs:
        _keep(output, KEYS_OF_OUTPUT[output["output_type"]])
    cell["outputs"] = outputs
    return is_damaged


def _repair_source(cell: dict[str, Any]) -> bool:
    """Keep the texts in a cell's source; return whether there was something else."""
    source = cell.setdefault("source", "")
    parts = source if isinstance(source, list) else [source]
    if all(isinstance(part, str) for part in parts):
        return False
    cell["source"] = "".join(part for part in parts if isinstance(part, str))
    return True


def _is_attachments(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(bundle, dict) for bundle in value.values())


def _is_output(output: Any) -> bool:
    """Whether something is an output of a known kind; nbformat looks at the rest."""
    if not isinstance(output, dict) or not isinstance(output.get("output_type"), str):
        return False
    return output["output_type"] in KEYS_OF_OUTPUT and isinstance(output.get("data", {}), dict)
