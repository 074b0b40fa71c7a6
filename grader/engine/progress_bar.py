"""A progress bar with the time left. It appears on a terminal only."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(title: str, total: int, log: logging.Logger) -> Iterator[Callable[[], None]]:
    """Show a bar while the block runs, and give the block a function that counts one more.

    Warnings that are logged meanwhile appear above the bar.
    """
    if total < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar, _logged_above(log):
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def _logged_above(log: logging.Logger) -> Iterator[None]:
    """Write warnings above the bar, and drop routine messages, because the bar shows progress."""
    handlers = [
        handler
        for handler in log.handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.__stderr__
    ]
    for handler in handlers:
        handler.setStream(sys.stderr)
        handler.addFilter(_is_not_routine)
    try:
        yield
    finally:
        for handler in handlers:
            handler.setStream(sys.__stderr__)
            handler.removeFilter(_is_not_routine)


def _is_not_routine(record: logging.LogRecord) -> bool:
    return record.levelno != logging.INFO
