"""The report on a class as tables in the terminal."""

from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.report.numbers import Report, correlation, percent, summary

SHOWN = 15  # known mistakes; the page has them all


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
        for mistake in report.mistakes[:SHOWN]:
            text = Text.assemble((mistake.function, "bold"), f": {mistake.sentence}")
            mistakes.add_row(text, str(mistake.students))
        if len(report.mistakes) > SHOWN:
            mistakes.add_row(f"and {len(report.mistakes) - SHOWN} more, on the page", "")
        console.print(mistakes, "")
    if report.seconds:
        times = _table("Seconds a submission", "Median", "Largest", "Sum")
        for phase, values in report.seconds.items():
            figures = (median(values), max(values), sum(values))
            times.add_row(phase, *(f"{value:.2f}" for value in figures))
        console.print(times, "")
    for notice in report.notices:
        console.print(Text.assemble((notice.student, "bold"), f": {notice.what}"))
    console.print(Text(report.walls, style="" if report.is_walled else "bold red"))


def _table(first: str, *others: str) -> Table:
    """An empty table; its first column is for words."""
    table = Table(first, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in others:
        table.add_column(name, justify="right")
    return table
