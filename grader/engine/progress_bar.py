"""A progress bar with the time left. It appears on a terminal only."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(what: str, total: int, log: logging.Logger) -> Iterator[Callable[[], None]]:
    """Show a bar while the block runs, and give the block a function that counts one more.

    Warnings that are logged meanwhile appear above the bar.
    """
    if total < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar, _above(log):
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def _above(log: logging.Logger) -> Iterator[None]:
    """Send log messages to stderr through rich, without those that only tell what the bar shows."""
    handlers = [
        handler
        for handler in log.handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.__stderr__
    ]
    for handler in handlers:
        handler.setStream(sys.stderr)
        handler.addFilter(_no_routine)
    try:
        yield
    finally:
        for handler in handlers:
            handler.setStream(sys.__stderr__)
            handler.removeFilter(_no_routine)


def _no_routine(record: logging.LogRecord) -> bool:
    return record.levelno != logging.INFO
