"""The report on a class: its statistics, and its forms in the terminal, as CSV and as HTML."""

import csv
import io
import os
import shutil
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook
from playwright.sync_api import Browser
from rich.console import Console
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from grader.engine.journal import Entry, Journal
from grader.report import NoReportError, Report, gather, report
from grader.report.numbers import difficulty, discrimination, summary
from grader.report.page import page

nan = float("nan")


# Statistics


def test_difficulty_is_the_mean_share_of_the_points() -> None:
    assert difficulty(np.array([0.0, 1, 2, 1]), 2) == 0.5
    assert difficulty(np.array([2.0, nan, 1.0]), 2) == 0.75
    assert np.isnan(difficulty(np.array([nan, nan]), 2))
    assert np.isnan(difficulty(np.array([0.0]), 0))


def test_discrimination_of_an_example_worked_by_hand() -> None:
    """Four students have 1, 1, 0, 0 points in the first check and 2, 1, 1, 0 in the others.

    The deviations from the means are ½, ½, -½, -½ and 1, 0, 0, -1, so the correlation is
    r = (½ + ½) / sqrt(1 · 2) = 1 / sqrt(2).
    """
    points = np.array([[1.0, 1, 1], [1, 1, 0], [0, 0, 1], [0, 0, 0]])
    np.testing.assert_allclose(discrimination(points)[0], 1 / np.sqrt(2))


def test_discrimination_is_the_correlation_with_the_rest_of_the_points() -> None:
    rng = np.random.default_rng(0)
    ability = rng.normal(size=(200, 1))
    points = (ability + rng.normal(size=(200, 6)) > 0) * np.array([1.0, 2, 1, 0.5, 3, 1])
    result = discrimination(points)
    for check in range(6):
        rest = np.delete(points, check, axis=1).sum(axis=1)
        np.testing.assert_allclose(result[check], np.corrcoef(points[:, check], rest)[0, 1])
        with_itself = np.corrcoef(points[:, check], points.sum(axis=1))[0, 1]
        assert 0.2 < result[check] < with_itself


def test_discrimination_is_undefined_where_nothing_differs_or_a_grade_is_missing() -> None:
    points = np.array([[1.0, 0, 1, nan], [1, 1, 0, 1], [1, 0, 0.1, 0], [1, 1, 0.3, 0]])
    result = discrimination(points)
    assert np.isnan(result[[0, 3]]).all()
    np.testing.assert_allclose(result[1], np.corrcoef(points[:, 1], points[:, 2])[0, 1])
    assert np.isnan(discrimination(points[:2])).all()  # Two students always correlate.
    alike = np.array([[1.0, 0.1, 0.2], [0, 0.2, 0.1], [1, 0.3, 0.0]])
    assert np.isnan(discrimination(alike)[0])  # The rest is 0.3 for all, up to rounding.


# A class


SECONDS = {"cells": 1.0, "checks": 0.5}
FLAG = "the check sum-right ran in a kernel where [bold]false[/] assertions pass"
CHECKS = {"mean-right": 1.0, "sum-right": 2.0, "all-right": 1.0, "essay": 4.0}
POINTS = {
    "ada": (1, 2, 1, 4),
    "bob": (0, 2, 1, 2),
    "cyd": (0, 0, 1, None),
    "<b>dan</b>": (1, 0, 0, 1),
}


class Course:
    """A course folder with a gradebook, autograded notebooks and a journal."""

    def __init__(self, root: Path, blank: Path | None = None) -> None:
        """Make a course without students in `root`, or copy it from `blank`, which is quicker."""
        self.root = root
        self.config = Config()
        self.config.CourseDirectory.root = str(root)
        self.config.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db"
        self.journal = Journal(root)
        if blank:
            shutil.copytree(blank, root, dirs_exist_ok=True)
            return
        release = root / "release/one/work.ipynb"
        release.parent.mkdir(parents=True)
        cells = [new_code_cell(metadata={"nbgrader": mark(name)}) for name in CHECKS]
        nbformat.write(new_notebook(cells=cells), release)
        with self.gradebook() as gradebook:
            gradebook.add_assignment("one")
            gradebook.add_notebook("work", "one")
            for name in sorted(CHECKS):
                kind = "markdown" if name == "essay" else "code"
                gradebook.add_grade_cell(
                    name, "work", "one", max_score=CHECKS[name], cell_type=kind
                )

    def gradebook(self) -> Gradebook:
        return Gradebook(self.config.CourseDirectory.db_url)

    def add(self, student: str, points: tuple[float | None, ...]) -> None:
        """Grade a student. None means that a person still has to grade the check."""
        with self.gradebook() as gradebook:
            hand_in(gradebook, student)
            for name, score in zip(CHECKS, points, strict=True):
                grade = gradebook.find_grade(name, "work", "one", student)
                grade.auto_score = None if name == "essay" else score
                grade.manual_score = score if name == "essay" else None
                grade.needs_manual_grade = score is None
            gradebook.db.commit()

    def recognize(self, student: str, *mistakes: tuple[str, str]) -> None:
        """Write an autograded notebook with these mistakes, as pairs of a check and a name."""
        cells = [
            new_code_cell(
                metadata={
                    "nbgrader": mark(check),
                    "course": {"function": "f", "mistake": name, "sentence": f"You {name}; <i>."},
                }
            )
            for check, name in mistakes
        ]
        path = self.root / "autograded" / student / "one/work.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(new_notebook(cells=cells), path)


def hand_in(gradebook: Gradebook, student: str, assignment: str = "one") -> None:
    """Enter a submission that is not graded yet."""
    gradebook.update_or_create_student(student)
    with warnings.catch_warnings():
        # nbgrader 0.9 reads a submission while it makes it, which does no harm.
        warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)
        gradebook.update_or_create_submission(assignment, student)


def mark(grade_id: str) -> dict[str, object]:
    points = CHECKS[grade_id]
    return {"grade": True, "solution": False, "grade_id": grade_id, "points": points}


@pytest.fixture(autouse=True, scope="module")
def _path() -> object:
    """Add the folder of this Python to PATH, because nbgrader starts `alembic` there."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Course(tmp_path_factory.mktemp("blank")).root


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, blank: Path) -> Course:
    course = Course(tmp_path_factory.mktemp("report"), blank)
    for student, points in POINTS.items():
        course.add(student, points)
    with course.gradebook() as gradebook:  # A student has handed in and is not graded.
        hand_in(gradebook, "eve")
    course.recognize("bob", ("mean-right", "add"))
    course.recognize("cyd", ("mean-right", "add"), ("sum-right", "add"))
    for student in POINTS:
        course.journal.append(Entry(student, "one", SECONDS))
    course.journal.append(Entry("bob", "one", {"cells": 2.0, "checks": 2.0}, flags=(FLAG,)))
    course.journal.append(
        Entry("cyd", "one", SECONDS, ("lacked essay",), stopped="it ran too long")
    )
    course.journal.append(Entry("eve", "one", failed="is no notebook"))
    course.journal.append(Entry("ada", "two", sandbox=False))
    return course


@pytest.fixture(scope="module")
def gathered(course: Course) -> Report:
    return gather(course.config)


def test_the_checks_of_a_class(gathered: Report) -> None:
    assert (gathered.assignment, gathered.maximum) == ("one", 8)
    assert gathered.totals == {"ada": 8, "bob": 5, "cyd": 1, "<b>dan</b>": 2}
    assert [check.name for check in gathered.checks] == list(CHECKS)
    mean, total, _, essay = gathered.checks
    assert (mean.points, mean.mean, mean.share, mean.waiting) == (1, 0.5, 0.5, 0)
    assert (total.points, total.mean, total.share) == (2, 1, 0.5)
    assert (essay.mean, essay.share, essay.waiting) == (7 / 3, 7 / 12, 1)
    # An essay that nobody has read counts in no total.
    np.testing.assert_allclose(
        [check.discrimination for check in gathered.checks],
        [
            np.corrcoef([1, 0, 0, 1], [3, 3, 1, 0])[0, 1],
            np.corrcoef([2, 2, 0, 0], [2, 1, 1, 1])[0, 1],
            np.corrcoef([1, 1, 1, 0], [3, 2, 0, 1])[0, 1],
            nan,
        ],
    )
    assert [check.is_weak for check in gathered.checks] == [True, False, False, False]


def test_an_answer_that_nobody_has_read_is_open_and_not_0(gathered: Report) -> None:
    assert gathered.open == {"cyd": 4}
    assert gathered.most == {**gathered.totals, "cyd": 5}
    assert gathered.graded_maximum == 8
    assert [check.name for check in gathered.unread] == ["essay"]


def test_points_given_by_hand_count_after_a_regrade(tmp_path: Path, blank: Path) -> None:
    course = Course(tmp_path, blank)
    course.add("ada", POINTS["ada"])
    with course.gradebook() as gradebook:  # nbgrader asks a person to grade it again.
        gradebook.find_grade("essay", "work", "one", "ada").needs_manual_grade = True
        gradebook.db.commit()
    gathered = gather(course.config)
    assert (gathered.totals, gathered.open, gathered.unread) == ({"ada": 8}, {}, [])


def test_points_that_nobody_can_have_yet_are_not_in_the_maximum(
    tmp_path: Path, blank: Path
) -> None:
    course = Course(tmp_path, blank)
    for student, (*points, _) in POINTS.items():
        course.add(student, (*points, None))
    gathered = gather(course.config)
    assert (gathered.maximum, gathered.graded_maximum) == (8, 4)
    assert gathered.most == gathered.totals == {"ada": 4, "bob": 3, "cyd": 1, "<b>dan</b>": 1}
    text = shown(course.config, html=tmp_path / "report.html")
    assert "4 submissions, median 2 of 4 points; a person still has to grade essay (4 of 4)." in (
        " ".join(text.split())
    )
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "from 1 to 4 of 4; the median, marked by a line, is 2." in html
    assert "can still rise" not in html


def test_a_class_of_which_nothing_but_an_essay_is_graded_is_drawn(
    tmp_path: Path, blank: Path, gathered: Report
) -> None:
    essay = replace(gathered.checks[-1], waiting=4)
    unread = replace(
        gathered,
        totals=dict.fromkeys(gathered.totals, 0.0),
        open=dict.fromkeys(gathered.totals, 4.0),
        maximum=4,
        checks=[essay],
    )
    assert "from 0 to 0 of 0" in page(unread)
    assert "median 0 of 0 points" in summary(unread)


def test_known_mistakes_are_counted_once_a_student(gathered: Report) -> None:
    (mistake,) = gathered.mistakes
    assert (mistake.function, mistake.name, mistake.students) == ("f", "add", 2)
    assert [check.mistakes for check in gathered.checks] == [{"add": 2}, {"add": 1}, {}, {}]


def test_time_and_what_to_look_at_come_from_the_newest_line_of_the_journal(
    gathered: Report,
) -> None:
    assert gathered.seconds["total"] == [1.5, 1.5, 4.0, 1.5]
    assert list(gathered.seconds) == ["cells", "checks", "total"]
    assert [(notice.student, notice.sentence) for notice in gathered.notices] == [
        ("bob", f"The{FLAG[3:]}."),
        ("cyd", "It ran too long."),
        ("cyd", "Lacked essay."),
        ("eve", "Is no notebook."),
    ]


@pytest.mark.parametrize(
    ("sandbox", "sentence"),
    [
        ({}, "It is not known whether these ran in the sandbox: ada, bob."),
        ({"ada": True, "bob": True}, "Every submission ran in the sandbox."),
        ({"ada": True, "bob": False}, "These were graded without the sandbox: bob."),
        ({"ada": False}, "These were graded without the sandbox: ada."),
    ],
)
def test_the_report_says_whether_anything_ran_outside_the_sandbox(
    tmp_path: Path, blank: Path, sandbox: dict[str, bool], sentence: str
) -> None:
    course = Course(tmp_path, blank)
    for student in ("ada", "bob"):
        course.add(student, POINTS[student])
    for student, walled in sandbox.items():
        course.journal.append(Entry(student, "one", sandbox=walled))
    gathered = gather(course.config)
    assert (gathered.walls, gathered.is_walled) == (sentence, sentence.startswith("Every"))
    assert gathered.mistakes == []
    assert sentence in shown(course.config)


def test_the_report_names_the_walls(tmp_path: Path, blank: Path) -> None:
    course = Course(tmp_path, blank)
    for student, walls in (("ada", "namespaces"), ("bob", "Landlock (version 7)")):
        course.add(student, POINTS[student])
        course.journal.append(Entry(student, "one", walls=walls))
    sentence = (
        "Every submission ran in the sandbox, behind walls of Landlock (version 7) or namespaces."
    )
    assert gather(course.config).walls == sentence
    course.journal.append(Entry("bob", "one"))  # as an older grader writes it
    assert gather(course.config).walls == "Every submission ran in the sandbox."


def test_where_there_is_nothing_to_report_it_says_so(tmp_path: Path, blank: Path) -> None:
    course = Course(tmp_path, blank)
    for name in ("gradebook.db", "other.db"):  # The first is empty, and the second does not exist.
        course.config.CourseDirectory.db_url = f"sqlite:///{tmp_path}/{name}"
        with pytest.raises(NoReportError, match="Nothing has been graded yet"):
            gather(course.config)
    assert not (tmp_path / "other.db").exists()
    course.config.CourseDirectory.db_url = f"sqlite:///{tmp_path}/gradebook.db"
    with course.gradebook() as gradebook:
        hand_in(gradebook, "eve")
    with pytest.raises(NoReportError, match="Nothing of one has been graded yet"):
        gather(course.config)
    course.add("ada", POINTS["ada"])
    assert list(gather(course.config).totals) == ["ada"]
    with pytest.raises(NoReportError, match="Nobody handed in two; the graded assignments are one"):
        gather(course.config, "two")
    with course.gradebook() as gradebook:
        gradebook.add_assignment("two")
        hand_in(gradebook, "ada", "two")
    with pytest.raises(NoReportError, match="Name one of the graded assignments: one, two"):
        gather(course.config)
    assert list(gather(course.config, "one").totals) == ["ada"]


# Showing it


def shown(config: Config, **files: Path) -> str:
    """Return what the terminal shows."""
    text = io.StringIO()
    report(config, "one", console=Console(file=text, width=120), **files)
    return text.getvalue()


def test_the_terminal_shows_checks_mistakes_time_and_what_to_look_at(course: Course) -> None:
    text = shown(course.config)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "one: 4 submissions, median 3.5 to 5 of 8 points; "
        "a person still has to grade essay (1 of 4).",
        "Check Points Mean Share Discrimination Waiting",
        "mean-right 1 0.50 50 % -0.19",
        "essay 4 2.33 58 % – 1",
        "f: You add; <i>. 2",
        "total 1.50 4.00 8.50",
        f"bob: The{FLAG[3:]}.",
        "Every submission ran in the sandbox.",
    ):
        assert line in lines, text


def test_the_csv_has_a_row_a_check(course: Course, tmp_path: Path) -> None:
    shown(course.config, table=tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["check"] for row in rows] == list(CHECKS)
    assert rows[0] == {
        "check": "mean-right",
        "points": "1",
        "mean": "0.5000",
        "share": "0.5000",
        "discrimination": "-0.1925",
        "waiting": "0",
        "known mistakes": "add: 2",
    }
    assert rows[3]["discrimination"] == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_the_same_in_a_browser(
    course: Course, tmp_path: Path, browser: Browser, scheme: str
) -> None:
    path = tmp_path / "report.html"
    shown(course.config, html=path)
    tab = browser.new_page(color_scheme=scheme, viewport={"width": 1000, "height": 800})
    requests, messages = [], []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: messages.append(message.text))
    tab.goto(path.as_uri())
    assert (requests, messages) == ([path.as_uri()], [])
    text = tab.inner_text("body")
    for words in ("4 submissions", "Known mistakes", "You add; <i>.", FLAG[3:], "total"):
        assert words in text
    drawings = tab.locator("svg[role=img]")
    assert drawings.count() == 2
    points, checks = (drawings.nth(index).get_attribute("aria-label") or "" for index in (0, 1))
    assert points.startswith("Histogram of the points of 4 students, from 1 to 8 of 8; the median")
    assert "The hardest is mean-right with 50 %, the easiest all-right with 75 %." in checks
    assert "the median, marked by a band, is 3.5 to 5." in points
    assert points.endswith("The points of 1 can still rise, because answers are unread.")
    assert "can still rise" in (drawings.nth(0).text_content() or "")
    assert "sum right" in drawings.nth(1).text_content()
    ids = tab.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))
    bar = tab.evaluate(
        "getComputedStyle(document.querySelectorAll('svg path[style*=blue]')[0]).fill"
    )
    assert bar == {"light": "rgb(47, 111, 179)", "dark": "rgb(108, 176, 245)"}[scheme]
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1000
    tab.close()


def test_the_page_is_the_same_every_time(course: Course, tmp_path: Path) -> None:
    first, second = tmp_path / "first.html", tmp_path / "second.html"
    shown(course.config, html=first)
    shown(course.config, html=second)
    assert first.read_bytes() == second.read_bytes()


def test_a_class_of_one_with_full_marks_is_drawn(tmp_path: Path, blank: Path) -> None:
    course = Course(tmp_path, blank)
    course.add("ada", POINTS["ada"])
    assert "median 8 of 8" in shown(course.config, html=tmp_path / "report.html")
    assert "from 8 to 8 of 8" in (tmp_path / "report.html").read_text()


def test_many_mistakes_are_cut_short_in_the_terminal(gathered: Report) -> None:
    from grader.report import show

    (mistake,) = gathered.mistakes
    many = replace(gathered, mistakes=[mistake] * 20)
    text = io.StringIO()
    show(many, Console(file=text, width=120))
    assert "and 5 more" in text.getvalue()


NASTY = "a\x1b[2K\r\nbob: 8 of 8\u202e\u2028" + "x" * 3000


def test_nothing_of_a_students_reaches_the_report_raw(tmp_path: Path, blank: Path) -> None:
    course = Course(tmp_path, blank)
    eve = f"=eve\x1b[2J\u202e{tmp_path.name}"
    for student in ("bob", eve):
        course.add(student, POINTS["bob"])
        course.journal.append(Entry(student, "one", SECONDS, (NASTY,), (NASTY,), NASTY, NASTY))
    course.journal.append(Entry(eve, "one", SECONDS, (NASTY,), sandbox=False))
    files = {"table": tmp_path / "report.csv", "html": tmp_path / "report.html"}
    text = shown(course.config, **files)
    for shown_text in (text, *(path.read_text(encoding="utf-8-sig") for path in files.values())):
        assert not set(shown_text) & set("\x1b\r\u202e\u2028")
    notices = gather(course.config).notices
    assert {notice.student for notice in notices} == {
        "bob",
        f"=eve\\x1b[2J\\u202e{tmp_path.name}",
    }
    assert max(len(notice.sentence) for notice in notices) <= 2001
