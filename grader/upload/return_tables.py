"""Writes what a learning platform takes back: a table of grades, and feedback for each student.

    moodle_grades.csv     Moodle: "Upload grading worksheet"
    moodle_feedback.zip   Moodle: "Upload multiple feedback files in a zip"
    canvas_grades.csv     Canvas: "Import" in the gradebook

A file is written only if the platform gave names to the download; these names hold the number by
which it knows a student. Its own source says what it reads:

Moodle, mod/assign/feedback/offline/importgradeslib.php: the columns "Identifier", which is the word
"Participant " and the student's number in this assignment, "Grade" and "Last modified (grade)" must
be there, and others are ignored unless they are kinds of feedback. locallib.php beside it skips a
grade that is empty or above the maximum, and one that was changed in Moodle later than the last of
these columns says, unless the instructor allows to overwrite it. A page of feedback changes a
grade's time too, so the grades come first. The words are those of English pages.

Moodle, mod/assign/feedback/file/importziplib.php: a folder is called like one of the download, such
as "Ada Lovelace_123_assignsubmission_file_". Only the number tells whose it is. A name must not
have underscores, because the number follows the first one. mod/assign/classes/downloader.php writes
spaces instead.

Canvas, lib/gradebook_importer.rb: "Student", "ID", "SIS Login ID" and "Section" come first. Every
other column is an assignment. A row is "Points Possible", the others are students, who are found
by ID. An empty grade would delete one, so a student without a grade has no row.
"""

import csv
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.course import Exercise
from grader.plain_text import one_line, table_cell

from .marks import Row, by_hand, maximum

MOODLE_GRADES, MOODLE_FEEDBACK = "moodle_grades.csv", "moodle_feedback.zip"
CANVAS_GRADES = "canvas_grades.csv"
LONGEST_NAME = 80  # characters of a student's name in a path of the zip
MOST_DIGITS = 18  # of a number in a database


@dataclass(frozen=True)
class _Returned:
    """A graded student whom a platform knows by this number."""

    row: Row
    name: str
    number: str


def write(rows: Iterable[Row], exercise: Exercise, folder: Path) -> list[str]:
    """Write the files for the platforms of these rows beside `marks.csv`.

    Args:
        rows: the rows of the table of marks.
        exercise: the exercise as it was released.
        folder: has the pages `feedback/STUDENT.html`, and gets the files.

    Returns:
        Sentences for the terminal: which file to upload where, and which students are in none.
    """
    graded = [row for row in rows if row.scores is not None]
    moodle, moodle_rest = _numbered(graded, "Moodle")
    canvas, canvas_rest = _numbered(graded, "Canvas")
    canvas_rest += [row for row in graded if row.origin[0] == "Canvas, anonymous"]
    sentences = []
    if moodle:
        _write_moodle_grades(moodle, exercise, folder / MOODLE_GRADES)
        _write_moodle_feedback(moodle, folder)
        sentences.append(
            f"{MOODLE_GRADES}: in Moodle, show the assignment in English, set its maximum grade to "
            f"{maximum(exercise):g}, and choose “Upload grading worksheet”."
        )
        sentences.append(
            f"{MOODLE_FEEDBACK}: then choose “Upload multiple feedback files in a zip” there."
        )
    if canvas:
        _write_canvas(canvas, exercise, folder / CANVAS_GRADES)
        sentences.append(
            f"{CANVAS_GRADES}: in Canvas, choose “Import” in the gradebook, and then the "
            f"assignment of {maximum(exercise):g} points that takes {exercise.assignment}."
        )
    returned = [student.row for student in (*moodle, *canvas)]
    if waiting := [row for row in returned if row.by_hand]:
        sentences.append(
            f"In these tables, {len(waiting)} of {len(returned)} grades do not include written "
            "answers, which a person still has to read. Add the points there before the upload."
        )
    if rest := [*moodle_rest, *canvas_rest]:
        names = one_line(", ".join(row.student for row in rest))
        sentences.append(
            "These students are in no table, because the platform's names have no number for them "
            f"alone: {names}."
        )
    return sentences


def _numbered(rows: list[Row], platform: str) -> tuple[list[_Returned], list[Row]]:
    """Return the students of a platform who have a number of their own, and the others."""
    known = []
    for row in rows:
        if row.origin[0] == platform:
            name, _, number = row.origin[1].rpartition("_")
            is_number = number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS
            known.append(_Returned(row, name, str(int(number)) if is_number else ""))
    counts = Counter(student.number for student in known)
    own = [student for student in known if student.number and counts[student.number] == 1]
    others = [student for student in known if not student.number or counts[student.number] > 1]
    return own, [student.row for student in others]


def _write_moodle_grades(students: Iterable[_Returned], exercise: Exercise, path: Path) -> None:
    """Write a grading worksheet. Moodle ignores its last column, which is for the instructor."""
    header = ["Identifier", "Full name", "Grade", "Maximum grade", "Last modified (grade)"]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with path.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.writer(table)
        writer.writerow([*header, "To grade by hand"])
        for student in students:
            identifier, grades = f"Participant {student.number}", _grades(student.row, exercise)
            rest = table_cell(by_hand(student.row, exercise))
            writer.writerow([identifier, table_cell(student.name), *grades, now, rest])


def _write_moodle_feedback(students: Iterable[_Returned], folder: Path) -> None:
    """Write the pages of feedback into a zip, under names by which Moodle finds the students."""
    with zipfile.ZipFile(folder / MOODLE_FEEDBACK, "w", zipfile.ZIP_DEFLATED) as archive:
        for student in students:
            page = folder / "feedback" / f"{student.row.student}.html"
            name = one_line(student.name, LONGEST_NAME).translate(
                dict.fromkeys(map(ord, "_/\\"), " ")
            )
            archive.write(page, f"{name}_{student.number}_assignsubmission_file_/feedback.html")


def _write_canvas(students: Iterable[_Returned], exercise: Exercise, path: Path) -> None:
    """Write a table for Canvas's gradebook."""
    with path.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["Student", "ID", "SIS Login ID", "Section", exercise.assignment])
        writer.writerow(["Points Possible", "", "", "", f"{maximum(exercise):g}"])
        for student in students:
            grade, _ = _grades(student.row, exercise)
            writer.writerow([table_cell(student.name), student.number, "", "", grade])


def _grades(row: Row, exercise: Exercise) -> tuple[str, str]:
    """Return a student's grade and the largest grade, as both platforms read numbers."""
    assert row.total is not None
    return f"{row.total:g}", f"{maximum(exercise):g}"
