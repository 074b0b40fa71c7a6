"""One line on the terminal that says what the build is doing, and for how long."""

from __future__ import annotations

import atexit
import sys
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column
from sphinx.application import Sphinx

ONE_LINE = Column(ratio=1, no_wrap=True, overflow="ellipsis")


class StatusLine:
    """A line that shows the latest text. A log, which is no terminal, gets only notes."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._is_terminal = console.is_terminal
        self._line = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", table_column=ONE_LINE),
            TimeElapsedColumn(),
            console=console,
            disable=not self._is_terminal,
            expand=True,
            transient=True,
        )
        self._task = self._line.add_task("")
        atexit.register(self.clear)  # Otherwise Ctrl-C would leave the terminal without a cursor.

    def show(self, text: str) -> None:
        """Show a text in place of the last one."""
        self._line.start()
        self._line.update(self._task, description=text)

    def note(self, text: str) -> None:
        """Print a text that a log should have."""
        if not self._is_terminal:
            print(text, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the line from the terminal."""
        self._line.stop()


line = StatusLine()


def setup(app: Sphinx) -> dict[str, Any]:
    """Say which page Sphinx reads or writes; called by Sphinx."""
    app.connect("source-read", lambda app, page, source: line.show(f"Reading {page}"))
    app.connect("doctree-resolved", lambda app, doctree, page: line.show(f"Writing {page}"))
    app.connect("build-finished", lambda app, error: line.clear(), priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
