"""Writes the report on a class as CSV."""

import csv
from pathlib import Path

import numpy as np

from grader.engine.journal import LONGEST_SENTENCE
from grader.plain_text import table_cell
from grader.report.numbers import Report


def write_csv(report: Report, path: Path) -> None:
    """Write a row for each check, in UTF-8 with a byte order mark, which spreadsheets recognize."""
    header = ["check", "points", "mean", "share", "discrimination", "waiting", "known mistakes"]
    with path.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(header)
        for check in report.checks:
            numbers = (check.mean, check.share, check.discrimination)
            mistakes = "; ".join(f"{name}: {count}" for name, count in check.mistakes.items())
            writer.writerow(
                [
                    table_cell(check.name),
                    f"{check.points:g}",
                    *("" if np.isnan(number) else f"{number:.4f}" for number in numbers),
                    check.waiting,
                    table_cell(mistakes, LONGEST_SENTENCE),
                ]
            )
