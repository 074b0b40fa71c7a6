"""The table of marks: one row a student."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.course import Exercise


@dataclass
class Row:
    """One student's line in the table.

    Attributes:
        student: the student's id; "" for a file of nobody.
        file: the file that was graded, or that could not be, as it was handed in.
        remarks: what a person should know, in sentences.
        scores: points for each check, by grade_id; None where nothing could be graded.
        by_hand: the grade_ids whose points a person has to give.
    """

    student: str
    file: str
    remarks: list[str] = field(default_factory=list)
    scores: Mapping[str, float] | None = None
    by_hand: tuple[str, ...] = ()

    @property
    def total(self) -> float | None:
        """The points so far, without those that a person has to give."""
        return None if self.scores is None else sum(self.scores.values())


def lines(row: Row, exercise: Exercise) -> Iterator[str]:
    """A row as it is shown in the terminal."""
    if row.total is not None:
        later = f"; to grade by hand: {_by_hand(row, exercise)}" if row.by_hand else ""
        yield f"{row.student}: {row.total:g} of {_maximum(exercise):g} points{later}"
    yield from row.remarks


def write(rows: Iterable[Row], exercise: Exercise, path: Path) -> None:
    """Write the table as a CSV that spreadsheets open as it is (UTF-8 with its mark)."""
    header = ["student", "total", "maximum", "to grade by hand", "remarks", "file"]
    header += [f"{name} ({points:g})" for name, points in exercise.points.items()]
    with path.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(header)
        for row in rows:
            writer.writerow(map(_harmless, _fields(row, exercise)))


def _fields(row: Row, exercise: Exercise) -> list[str]:
    scores = {
        name: points for name, points in (row.scores or {}).items() if name not in row.by_hand
    }
    return [
        row.student,
        "" if row.total is None else f"{row.total:g}",
        f"{_maximum(exercise):g}" if row.student else "",
        _by_hand(row, exercise),
        " ".join(row.remarks),
        row.file,
        *(f"{scores[name]:g}" if name in scores else "" for name in exercise.points),
    ]


def _maximum(exercise: Exercise) -> float:
    return sum(exercise.points.values())


def _by_hand(row: Row, exercise: Exercise) -> str:
    return ", ".join(f"{name} ({exercise.points[name]:g} points)" for name in row.by_hand)


def _harmless(text: str) -> str:
    """A file may be named like a formula; a spreadsheet must not compute it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
