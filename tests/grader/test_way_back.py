"""What goes back into a learning platform, read as the platform's own source reads it."""

import copy
import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import RELEASE, Exercise
from grader.engine.journal import Entry, Journal
from grader.nbgrader_steps import GradingResult
from grader.notebook import read
from grader.upload import grade as grading
from grader.upload import marks, return_tables
from grader.upload.marks import Row

NASTY = "=cmd()\x1b[2K\r\nAda: 9 of 9 points\u202e" + "x" * 20000


def exercise() -> Exercise:
    """Return an exercise of 9 points, 4 of which a person gives."""
    mark = {"grade": True, "solution": False, "locked": True}
    cells = [
        new_code_cell(metadata={"nbgrader": {**mark, "grade_id": "mse-zero", "points": 5}}),
        new_markdown_cell(metadata={"nbgrader": {**mark, "grade_id": "why", "points": 4}}),
    ]
    return Exercise("01_small", "small", new_notebook(cells=cells))


def graded(student: str, platform: str, name: str, score: float = 5, wait: bool = False) -> Row:
    """Return the row of a student who has points, and perhaps waits for a person."""
    scores, by_hand = {"mse-zero": score, "why": 0.0}, ("why",) if wait else ()
    return Row(student, "a.ipynb", [], scores, by_hand, origin=(platform, name))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that writes the tables of some rows into the test's folder."""

    def write(*rows: Row) -> list[str]:
        (tmp_path / "feedback").mkdir()
        for row in rows:
            if row.scores is not None:
                page = tmp_path / f"feedback/{row.student}.html"
                page.write_text(f"<p>{row.student}</p>", encoding="utf-8")
        return return_tables.write(rows, exercise(), tmp_path)

    return write


def table(path: Path) -> list[list[str]]:
    """Return the lines of a table; the two platforms skip a byte order mark."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def moodle_grades(path: Path) -> dict[int, str]:
    """Return the grade by the number in Identifier, as importgradeslib.php reads it.

    The time of a grade must be that of grading, because Moodle keeps grades that are newer.
    """
    header, *lines = table(path)
    assert len({len(line) for line in (header, *lines)}) == 1  # Moodle refuses others
    identifier, grade, modified = map(
        header.index, ("Identifier", "Grade", "Last modified (grade)")
    )
    for line in lines:
        age = datetime.now(UTC) - datetime.fromisoformat(line[modified])
        assert timedelta(0) <= age < timedelta(minutes=5)
    return {int(line[identifier][len("Participant ") :]): line[grade] for line in lines}


def moodle_feedback(path: Path) -> dict[int, tuple[str, str]]:
    """Return the file's name and content by the number, as importziplib.php finds them."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            folder, file = name.split("/")
            _, number, kind, plugin, rest = folder.split("_", 4)
            assert (kind, plugin, rest) == ("assignsubmission", "file", "")
            assert int(number) not in found
            found[int(number)] = file, archive.read(name).decode()
    return found


def canvas_grades(path: Path) -> tuple[dict[str, str], dict[int, str]]:
    """Return the points possible by assignment, and the grades by ID, as gradebook_importer.rb."""
    header, *lines = table(path)
    assert header[:4] == ["Student", "ID", "SIS Login ID", "Section"]
    (assignment,) = header[4:]
    possible = [line for line in lines if "Points Possible" in line[0]]
    students = [line for line in lines if line not in possible]
    return {assignment: possible[0][4]}, {int(line[1]): line[4] for line in students}


def test_moodle_gets_a_grade_and_a_page_for_each_number(
    tmp_path: Path, write: Callable[..., list[str]]
) -> None:
    told = write(
        graded("Ada_Lovelace_123", "Moodle", "Ada Lovelace_123", 4.25),
        graded("김민수_7", "Moodle", "김민수_7", 0),
        graded("Participant_9", "Moodle", "Participant_9"),
        Row("bob_11", "b.ipynb", ["b.ipynb is empty."], origin=("Moodle", "Bob_11")),
    )
    assert moodle_grades(tmp_path / "moodle_grades.csv") == {
        123: "4.25",
        7: "0",
        9: "5",
    }
    assert moodle_feedback(tmp_path / "moodle_feedback.zip") == {
        123: ("feedback.html", "<p>Ada_Lovelace_123</p>"),
        7: ("feedback.html", "<p>김민수_7</p>"),
        9: ("feedback.html", "<p>Participant_9</p>"),
    }
    assert not (tmp_path / "canvas_grades.csv").exists()
    assert len(told) == 2
    assert told[0].startswith("moodle_grades.csv: in Moodle")
    assert "maximum grade to 9, and choose “Upload grading worksheet”" in told[0]
    assert "“Upload multiple feedback files in a zip”" in told[1]


def test_canvas_gets_a_column_that_it_can_match(
    tmp_path: Path, write: Callable[..., list[str]]
) -> None:
    told = write(
        graded("lovelaceada_12", "Canvas", "lovelaceada_12", 2.5),
        graded("van_der_berganna_13", "Canvas", "van_der_berganna_13", 0),
        Row("bob_14", "b.ipynb", ["b.ipynb is empty."], origin=("Canvas", "bob_14")),
    )
    grades = canvas_grades(tmp_path / "canvas_grades.csv")
    assert grades == ({"01_small": "9"}, {12: "2.5", 13: "0"})
    assert not list(tmp_path.glob("moodle*"))
    assert [line.partition(":")[0] for line in told] == ["canvas_grades.csv"]


def test_nothing_is_written_for_a_platform_that_gave_no_names(
    tmp_path: Path, write: Callable[..., list[str]]
) -> None:
    assert write(graded("ada", "", ""), graded("jdoe", "Blackboard", "HW_jdoe")) == []
    assert [path.name for path in tmp_path.iterdir()] == ["feedback"]


def test_students_without_a_number_of_their_own_are_named_and_in_no_table(
    tmp_path: Path, write: Callable[..., list[str]]
) -> None:
    told = write(
        graded("ada_1", "Moodle", "Ada_1"),
        graded("Default_group", "Moodle", "Default group"),
        graded("eve", "Moodle", "eve_٣"),  # a digit, but none that Moodle writes
        graded("huge", "Moodle", "huge_" + "9" * 40),
        graded("jane", "Moodle", "Jane_8"),
        graded("j_doe", "Moodle", "J Doe_08"),  # nobody knows who of both is number 8
        graded("anon_a1", "Canvas, anonymous", "anon_a1"),
    )
    assert list(moodle_grades(tmp_path / "moodle_grades.csv")) == [1]
    assert not (tmp_path / "canvas_grades.csv").exists()
    assert told[-1].endswith("alone: Default_group, eve, huge, jane, j_doe, anon_a1.")


def test_a_name_never_makes_another_students_number(
    tmp_path: Path, write: Callable[..., list[str]]
) -> None:
    write(graded("eve", "Moodle", "eve_7_assignsubmission_file_/smith_7\\x_12"))
    assert list(moodle_feedback(tmp_path / "moodle_feedback.zip")) == [12]
    assert list(moodle_grades(tmp_path / "moodle_grades.csv")) == [12]


def test_open_answers_are_counted_in_the_terminal_and_named_in_moodles_table(
    tmp_path: Path, write: Callable[..., list[str]]
) -> None:
    told = write(graded("ada_1", "Moodle", "Ada_1", wait=True), graded("bob_2", "Moodle", "Bob_2"))
    header, ada, bob = table(tmp_path / "moodle_grades.csv")
    assert (header[-1], ada[-1], bob[-1]) == ("To grade by hand", "why (4 points)", "")
    assert "1 of 2 grades do not include written answers" in told[-1]


@pytest.mark.parametrize("platform", ["Moodle", "Canvas"])
def test_nothing_of_a_students_reaches_a_table_or_the_terminal_raw(
    tmp_path: Path, write: Callable[..., list[str]], platform: str
) -> None:
    row = graded("ada", platform, f"{NASTY}_12", wait=True)
    row.remarks = [f"ada: {NASTY} was left out.", "=1+1"]
    row.file, row.is_late = NASTY, True
    nameless = Row("", NASTY, [NASTY])
    told = write(row, nameless)
    marks.write([row, nameless], exercise(), tmp_path / "marks.csv")
    for path in tmp_path.glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        assert not set(text.replace("\n", "")) & set("\x1b\r\u202e"), path
        for line in csv.reader(io.StringIO(text)):
            assert not any(field.startswith(("=", "+", "@")) for field in line)
            assert max(map(len, line)) <= 5001
    shown = [*told, *marks.lines(row, exercise()), *marks.lines(nameless, exercise())]
    assert all(line.isprintable() and len(line) <= 5000 for line in shown)
    if platform == "Moodle":
        with zipfile.ZipFile(tmp_path / "moodle_feedback.zip") as archive:
            (name,) = archive.namelist()
        assert name.isprintable()
        assert len(name) < 200


def test_a_late_hand_in_is_marked_in_the_table_and_the_terminal(tmp_path: Path) -> None:
    row = graded("ada", "Canvas", "ada_1")
    row.is_late = True
    marks.write([row, graded("bob", "Canvas", "bob_2")], exercise(), tmp_path / "marks.csv")
    header, *lines = table(tmp_path / "marks.csv")
    assert [line[header.index("late")] for line in lines] == ["late", ""]
    assert list(marks.lines(row, exercise())) == ["ada: 5 of 9 points; late"]


def test_the_journal_keeps_sentences_in_one_visible_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(Entry("ada", "one", {}, (NASTY,), (NASTY,), NASTY, NASTY))
    lines = journal.path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    entry = journal.latest("one")["ada"]
    for text in (*entry.remarks, *entry.flags, entry.stopped, entry.failed):
        assert text.isprintable()
        assert len(text) <= 2000


def test_the_name_of_a_kernel_is_quoted_in_one_short_line() -> None:
    released = Exercise(
        "01_loss_functions",
        "loss_functions",
        nbformat.read(RELEASE / "01_loss_functions/loss_functions.ipynb", as_version=4),
    )
    foreign = copy.deepcopy(released.notebook)
    foreign.metadata.kernelspec = {"name": "r", "display_name": NASTY, "language": "R"}
    _, remarks = read(nbformat.writes(foreign).encode(), released, {})
    (remark,) = (remark for remark in remarks if "kernel" in remark)
    assert remark.isprintable()
    assert len(remark) < 200


# From the download to the files for its platform


def without_grading(
    exercise: Exercise, notebooks: Mapping[str, object], work: Path, options: object
) -> Iterator[GradingResult]:
    """Release the exercise, and yield a result for each student without running any notebook."""
    release = work / "release" / exercise.assignment / f"{exercise.name}.ipynb"
    release.parent.mkdir(parents=True)
    nbformat.write(exercise.notebook, release)
    for number, student in enumerate(notebooks):
        page = work / f"{number}.html"
        page.write_text(f"<p>{student}</p>", encoding="utf-8")
        yield GradingResult(student, {"mean-squared-error-worked-number": float(number)}, (), page)


@pytest.mark.parametrize(
    ("names", "moodle", "canvas"),
    [
        (
            [
                "Ada Lovelace_123_assignsubmission_file_/my work.ipynb",
                "김민수_7_assignsubmission_file_loss_functions.ipynb",
                "Participant_9_assignsubmission_file_/a.ipynb",
                "Participant_9_assignsubmission_onlinetext_/onlinetext.html",
            ],
            {123, 7, 9},
            set(),
        ),
        (
            [
                "lovelaceada_12_6781_loss_functions.ipynb",
                "doejane_LATE_14_6782_loss_functions-1.ipynb",
                "van_der_berganna_13_6783_a.ipynb",
            ],
            set(),
            {12, 13, 14},
        ),
        (["ada/loss_functions.ipynb", "bob/loss_functions.ipynb"], set(), set()),
        (
            # What is inside a student's folder names nobody.
            [
                "Eve_99_assignsubmission_file_/Smith_123_assignsubmission_file_/a.ipynb",
                "Smith_123_assignsubmission_file_/a.ipynb",
                "mallory/Ada_7_assignsubmission_file_/a.ipynb",
            ],
            {99, 123},
            set(),
        ),
    ],
)
def test_each_platform_gets_its_own_numbers_back(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: list[str],
    moodle: set[int],
    canvas: set[int],
) -> None:
    monkeypatch.setattr(grading, "grade_notebooks", without_grading)
    released = (RELEASE / "01_loss_functions/loss_functions.ipynb").read_bytes()
    for name in names:
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(released if name.endswith(".ipynb") else b"<p>words</p>")
    told: list[str] = []
    output = tmp_path / "graded"
    grading.grade(tmp_path / "class", output, print_line=told.append)
    files = {path.name for path in output.iterdir()} - {"marks.csv", "feedback"}
    if moodle:
        assert set(moodle_grades(output / "moodle_grades.csv")) == moodle
        assert set(moodle_feedback(output / "moodle_feedback.zip")) == moodle
        files -= {"moodle_grades.csv", "moodle_feedback.zip"}
    if canvas:
        assert set(canvas_grades(output / "canvas_grades.csv")[1]) == canvas
        files -= {"canvas_grades.csv"}
    assert files == set()
    assert any("moodle_grades.csv" in line for line in told) == bool(moodle)
    assert any("canvas_grades.csv" in line for line in told) == bool(canvas)
