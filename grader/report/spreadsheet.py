"""The report on a class as a CSV, a row for each check."""

import csv
from pathlib import Path

import numpy as np

from grader.report.numbers import Report


def write_csv(report: Report, path: Path) -> None:
    """Write a row a check, as a CSV that spreadsheets open as it is (UTF-8 with its mark)."""
    header = ["check", "points", "mean", "share", "discrimination", "waiting", "known mistakes"]
    with path.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(header)
        for check in report.checks:
            numbers = (check.mean, check.share, check.discrimination)
            made = "; ".join(f"{name}: {count}" for name, count in check.mistakes.items())
            writer.writerow(
                [
                    check.name,
                    f"{check.points:g}",
                    *("" if np.isnan(number) else f"{number:.4f}" for number in numbers),
                    check.waiting,
                    made,
                ]
            )
