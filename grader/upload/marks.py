"""The table of marks: one row for each student, and for each file without a student."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.course import Exercise
from grader.plain_text import one_line, table_cell

LONGEST_REMARKS = 5000  # characters of all remarks on one student


@dataclass
class Row:
    """A student's row in the table.

    Attributes:
        student: the student's id; "" if the file names no student.
        file: the path of the graded file, or of one that could not be graded, as it was uploaded.
        remarks: sentences for the instructor.
        scores: the points of each graded cell, by its grade_id; None if nothing was graded.
        by_hand: the grade_ids of the cells that a person has to grade.
        is_late: whether the learning platform marked the graded file as late.
        walls: the kind of walls around the student's code; "none", or "" if it did not run.
        origin: the learning platform and the name that it gave the student, as a file or a folder
            in the download has it; empty texts if no platform wrote the name.
    """

    student: str
    file: str
    remarks: list[str] = field(default_factory=list)
    scores: Mapping[str, float] | None = None
    by_hand: tuple[str, ...] = ()
    is_late: bool = False
    walls: str = ""
    origin: tuple[str, str] = ("", "")

    @property
    def total(self) -> float | None:
        """The sum of the scores; a cell that a person has to grade has 0 points."""
        return None if self.scores is None else sum(self.scores.values())


def lines(row: Row, exercise: Exercise) -> Iterator[str]:
    """Yield the lines that show a row in the terminal."""
    if row.total is not None:
        late = "; late" if row.is_late else ""
        rest = f"; to grade by hand: {by_hand(row, exercise)}" if row.by_hand else ""
        student = one_line(row.student)
        yield f"{student}: {row.total:g} of {maximum(exercise):g} points{late}{rest}"
    for remark in row.remarks:
        yield one_line(remark, LONGEST_REMARKS)


def write(rows: Iterable[Row], exercise: Exercise, path: Path) -> None:
    """Write the table as CSV, in UTF-8 with a byte order mark, which spreadsheets recognize."""
    header = ["student", "total", "maximum", "late", "to grade by hand", "remarks", "walls", "file"]
    header += [table_cell(f"{name} ({points:g})") for name, points in exercise.points.items()]
    with path.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(header)
        for row in rows:
            writer.writerow(_fields(row, exercise))


def _fields(row: Row, exercise: Exercise) -> list[str]:
    scores = {
        name: points for name, points in (row.scores or {}).items() if name not in row.by_hand
    }
    return [
        table_cell(row.student),
        "" if row.total is None else f"{row.total:g}",
        f"{maximum(exercise):g}" if row.student else "",
        "late" if row.is_late else "",
        table_cell(by_hand(row, exercise)),
        table_cell(" ".join(row.remarks), LONGEST_REMARKS),
        row.walls,
        table_cell(row.file),
        *(f"{scores[name]:g}" if name in scores else "" for name in exercise.points),
    ]


def maximum(exercise: Exercise) -> float:
    """Return the points that an exercise is worth."""
    return sum(exercise.points.values())


def by_hand(row: Row, exercise: Exercise) -> str:
    """Return the cells that a person has to grade, with their points, in one line."""
    return ", ".join(f"{name} ({exercise.points[name]:g} points)" for name in row.by_hand)
