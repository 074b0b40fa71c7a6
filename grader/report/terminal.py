"""Prints the report on a class as tables in the terminal."""

from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.report.numbers import Report, correlation, percent, summary

MOST_MISTAKES = 15  # the HTML page has all of them


def show(report: Report, console: Console) -> None:
    """Print the report as tables."""
    console.print(Text(summary(report), style="bold"), "")
    checks = _table("Check", "Points", "Mean", "Share", "Discrimination", "Waiting")
    for check in report.checks:
        checks.add_row(
            Text(check.name),
            f"{check.points:g}",
            "–" if np.isnan(check.mean) else f"{check.mean:.2f}",
            percent(check.share),
            Text(correlation(check.discrimination), "red" if check.is_weak else ""),
            str(check.waiting or ""),
        )
    console.print(checks, "")
    if report.mistakes:
        mistakes = _table("Known mistake", "Students")
        for mistake in report.mistakes[:MOST_MISTAKES]:
            text = Text.assemble((mistake.function, "bold"), f": {mistake.sentence}")
            mistakes.add_row(text, str(mistake.students))
        if len(report.mistakes) > MOST_MISTAKES:
            more = len(report.mistakes) - MOST_MISTAKES
            mistakes.add_row(f"and {more} more, which are on the page of --html", "")
        console.print(mistakes, "")
    if report.seconds:
        times = _table("Seconds per submission", "Median", "Largest", "Sum")
        for phase, seconds in report.seconds.items():
            columns = (median(seconds), max(seconds), sum(seconds))
            times.add_row(phase, *(f"{number:.2f}" for number in columns))
        console.print(times, "")
    for notice in report.notices:
        console.print(Text.assemble((notice.student, "bold"), f": {notice.sentence}"))
    console.print(Text(report.walls, style="" if report.is_walled else "bold red"))


def _table(text_column: str, *number_columns: str) -> Table:
    """Return an empty table with one column of text before its columns of numbers."""
    table = Table(text_column, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in number_columns:
        table.add_column(name, justify="right")
    return table
