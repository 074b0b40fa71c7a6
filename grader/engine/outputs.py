"""Turns a kernel's messages into the outputs of a notebook's cells.

A student's kernel may send anything. A message that does not have the form of an output is ignored.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from nbformat import NotebookNode

# Characters a second that are read of a cell's outputs when enough of them are kept. Otherwise, a
# cell that prints without end would keep the reader as busy as itself.
FASTEST = 20_000_000
CAPPED = "[The rest of this output was longer than the limit and was left out.]\n"
FIELDS = {
    "stream": ("name", "text"),
    "error": ("ename", "evalue", "traceback"),
    "display_data": ("data", "metadata"),
    "update_display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
}


class Outputs:
    """Writes outputs into the cells of a notebook.

    Args:
        most: characters to keep of each cell's outputs.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._displays: defaultdict[str, list[NotebookNode]] = defaultdict(list)

    def begin(self, cell: NotebookNode) -> None:
        """Write all further outputs into this cell."""
        cell.outputs = []
        self._cell = cell
        self._room = self.most
        self._clear_next = False  # whether the next output replaces all before it

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Write an output as nbclient does, as long as there is room for it."""
        if kind == "clear_output":
            self._clear_next = bool(content.get("wait"))
            if not self._clear_next:
                self._cell.outputs = []
            return
        if not _is_output(kind, content):
            return
        had_room = self._room > 0
        size = len(str(content))
        self._room -= size
        if self._room > 0:
            self._add(kind, content)
        elif had_room:
            self._add("stream", {"name": "stdout", "text": CAPPED})
        else:
            time.sleep(size / FASTEST)

    def _add(self, kind: str, content: dict[str, Any]) -> None:
        output = NotebookNode(output_type=kind)
        output.update({name: content[name] for name in FIELDS[kind]})
        display_id = (content.get("transient") or {}).get("display_id")
        display_id = display_id if isinstance(display_id, str) else ""
        for display in self._displays[display_id] if display_id else ():
            display.update(data=output.data, metadata=output.metadata)
        if kind == "update_display_data":
            return
        if self._clear_next:
            self._cell.outputs, self._clear_next = [], False
        last = self._cell.outputs[-1] if self._cell.outputs else NotebookNode()
        if kind == "stream" and last.get("name") == output.name:
            last.text += output.text
            return
        if display_id:
            self._displays[display_id].append(output)
        self._cell.outputs.append(output)


def _is_output(kind: str, content: dict[str, Any]) -> bool:
    """Whether a message is an output with all its fields."""
    match kind, content:
        case "stream", {"name": "stdout" | "stderr", "text": str()}:
            return True
        case "error", {"ename": str(), "evalue": str(), "traceback": list(lines)}:
            return all(isinstance(line, str) for line in lines)
        case "execute_result", {"data": dict(), "metadata": dict(), "execution_count": int()}:
            return True
        case "display_data" | "update_display_data", {"data": dict(), "metadata": dict()}:
            return isinstance(content.get("transient"), dict | None)
    return False


def add_error(cell: NotebookNode, name: str, message: str) -> None:
    """Add an error to the cell's outputs."""
    error = {"ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
    cell.outputs.append(NotebookNode(output_type="error", **error))
