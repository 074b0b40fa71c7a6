"""The table of marks: one row for each student, and for each file without a student."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.course import Exercise


@dataclass
class Row:
    """A student's row in the table.

    Attributes:
        student: the student's id; "" if the file names no student.
        file: the path of the graded file, or of one that could not be graded, as it was uploaded.
        remarks: sentences for the instructor.
        scores: the points of each graded cell, by its grade_id; None if nothing was graded.
        by_hand: the grade_ids of the cells that a person has to grade.
    """

    student: str
    file: str
    remarks: list[str] = field(default_factory=list)
    scores: Mapping[str, float] | None = None
    by_hand: tuple[str, ...] = ()

    @property
    def total(self) -> float | None:
        """The sum of the scores; a cell that a person has to grade has 0 points."""
        return None if self.scores is None else sum(self.scores.values())


def lines(row: Row, exercise: Exercise) -> Iterator[str]:
    """Yield the lines that show a row in the terminal."""
    if row.total is not None:
        rest = f"; to grade by hand: {_by_hand(row, exercise)}" if row.by_hand else ""
        yield f"{row.student}: {row.total:g} of {_maximum(exercise):g} points{rest}"
    yield from row.remarks


def write(rows: Iterable[Row], exercise: Exercise, path: Path) -> None:
    """Write the table as CSV, in UTF-8 with a byte order mark, which spreadsheets recognize."""
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
    """Return a field so that a spreadsheet never computes it; a file name may be a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
