"""Computes the report on a class.

`gather` reads the scores from the gradebook, the recognized mistakes from the notebooks in
`autograded/`, and times and flags from the engine's journal. It changes none of them.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grader import GraderError
from grader.course import exercises
from grader.engine.gradebook import GradeRow, read_grades
from grader.engine.journal import LONGEST_SENTENCE, Entry, Journal
from grader.plain_text import one_line

NOTHING_GRADED = "Nothing has been graded yet; nbgrader autograde NAME grades a class."
WEAK = 0.1  # a check with less discrimination than this is marked


class NoReportError(GraderError):
    """There is nothing to report on; the message says what to do."""


@dataclass(frozen=True)
class Check:
    """How a class did in one check, or in one written answer.

    Attributes:
        name: the grade_id; if the assignment has several notebooks, as `notebook/grade_id`.
        points: the points that it is worth.
        mean: the mean of the students' points.
        share: the `difficulty`; nan if no student has a grade yet.
        discrimination: the `discrimination`; nan if it is not defined.
        waiting: the number of students whom a person still has to grade.
        mistakes: the number of students with each known mistake, the most frequent first.
    """

    name: str
    points: float
    mean: float
    share: float
    discrimination: float
    waiting: int
    mistakes: dict[str, int]

    @property
    def is_weak(self) -> bool:
        """Whether the check hardly distinguishes strong students from weak ones."""
        return round(self.discrimination, 2) < WEAK


@dataclass(frozen=True)
class Mistake:
    """A known mistake, and the number of students who made it.

    Attributes:
        function: the function that the exercise asks for.
        name: the name of the mistake in its bank.
        sentence: the feedback on it.
        students: the number of students.
    """

    function: str
    name: str
    sentence: str
    students: int


@dataclass(frozen=True)
class Notice:
    """A sentence on a submission that a person should look at."""

    student: str
    sentence: str


@dataclass(frozen=True)
class Report:
    """How a class did in one assignment.

    Attributes:
        assignment: the name of the assignment.
        totals: the points of each student, without those that a person still has to give.
        open: the points that a person still can give each student, for answers that nobody has
            read; only students with such answers are in it.
        maximum: the sum of the points of all checks.
        checks: the checks, in the order of the notebook.
        mistakes: the known mistakes, the most frequent first.
        seconds: for each phase of grading, the seconds of each submission; empty if not known.
        notices: what was unusual about submissions.
        walls: the sentence that says whether the submissions ran in the sandbox, and behind which
            walls.
        is_walled: whether all submissions are known to have run there.
    """

    assignment: str
    totals: dict[str, float]
    open: dict[str, float]
    maximum: float
    checks: list[Check]
    mistakes: list[Mistake]
    seconds: dict[str, list[float]]
    notices: list[Notice]
    walls: str
    is_walled: bool

    @property
    def unread(self) -> list[Check]:
        """The checks that a person still has to grade for some students."""
        return [check for check in self.checks if check.waiting]

    @property
    def graded_maximum(self) -> float:
        """The sum of the points of the checks that have been graded for at least one student."""
        return self.maximum - self._unread_by_all

    @property
    def most(self) -> dict[str, float]:
        """The points of each student if a person gives all open ones of graded checks."""
        return {
            student: total + max(0.0, self.open.get(student, 0) - self._unread_by_all)
            for student, total in self.totals.items()
        }

    @property
    def _unread_by_all(self) -> float:
        return sum(check.points for check in self.unread if check.waiting == len(self.totals))


# Statistics


def difficulty(points: np.ndarray, maximum: float) -> float:
    """Return the mean share of a check's points: 1 if all students got them, 0 if nobody did.

    Args:
        points: the points of n students, shape (n,); nan if there is no grade yet.
        maximum: the points that the check is worth.
    """
    graded = points[~np.isnan(points)]
    return float(graded.mean() / maximum) if graded.size and maximum else float("nan")


def discrimination(points: np.ndarray) -> np.ndarray:
    """Return the corrected item-total correlation of each check.

    This is Pearson's correlation, over the students, of the points in a check with the points in
    all other checks: r = corr(x, T - x), where T is a student's total. The total leaves the check
    itself out, because otherwise it would correlate with itself (Henrysson 1963, "Correction of
    item-total correlations in item analysis", Psychometrika 28, 211-218). If r is near 0 or below,
    the check does not distinguish strong students from weak ones.

    Args:
        points: the points of n students in k checks, shape (n, k). A check with a nan is left out.

    Returns:
        The correlations, shape (k,). It is nan for a check that is left out, and if all students
        have the same points in the check or in all others together.
    """
    result = np.full(points.shape[1], np.nan)
    complete = np.flatnonzero(~np.isnan(points).any(axis=0))
    total = points[:, complete].sum(axis=1)
    for check in complete:
        item = points[:, check]
        rest = np.round(total - item, 9)  # rounding errors are not a difference between students
        if len(item) > 2 and np.ptp(item) > 0 and np.ptp(rest) > 0:
            result[check] = np.corrcoef(item, rest)[0, 1]
    return result


# Gathering


def gather(config: Config, assignment: str | None = None) -> Report:
    """Read the numbers of a class.

    Args:
        config: nbgrader's configuration, as `grader.course.configuration` returns it.
        assignment: the name of the assignment; by default the only one that is graded.

    Raises:
        NoReportError: nothing is graded yet, or there are several assignments to choose from.
    """
    coursedir = CourseDirectory(config=config)
    file = coursedir.db_url.removeprefix("sqlite:///")
    if file != coursedir.db_url and not Path(file).exists():  # nbgrader would create the file
        raise NoReportError(NOTHING_GRADED)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        assignment = _choose(gradebook, assignment)
        grades = list(read_grades(gradebook, assignment))
    if not grades:
        raise NoReportError(
            f"Nothing of {assignment} has been graded yet; nbgrader autograde {assignment} does it."
        )
    entries = Journal(Path(coursedir.root)).latest(assignment)
    students = sorted({grade.student for grade in grades})
    recognized = _recognized(coursedir, assignment, students)
    names = _names(grades)
    maxima = {names[grade]: grade.maximum for grade in grades}
    checks = _in_order(maxima, coursedir, assignment)
    points = np.full((len(students), len(checks)), np.nan)
    for grade in grades:
        if not grade.is_waiting:
            points[students.index(grade.student), checks.index(names[grade])] = grade.score
    totals = np.nansum(points, axis=1)
    still_open = np.isnan(points) @ np.array([maxima[name] for name in checks])
    walls, is_walled = _walls(students, entries)
    return Report(
        assignment=assignment,
        totals=dict(zip(students, totals.tolist(), strict=True)),
        open={name: rest for name, rest in zip(students, still_open.tolist(), strict=True) if rest},
        maximum=sum(maxima.values()),
        checks=_checks(checks, maxima, points, recognized),
        mistakes=_mistakes(recognized),
        seconds=_seconds(entries[student] for student in students if student in entries),
        notices=list(_notices(entries)),
        walls=walls,
        is_walled=is_walled,
    )


@dataclass(frozen=True)
class _RecognizedMistake:
    """A known mistake in one check of one student."""

    student: str
    check: str
    function: str
    name: str
    sentence: str


def _names(grades: list[GradeRow]) -> dict[GradeRow, str]:
    """Return the name of each grade's check, with its notebook if there are several."""
    if len({grade.notebook for grade in grades}) == 1:
        return {grade: grade.cell for grade in grades}
    return {grade: f"{grade.notebook}/{grade.cell}" for grade in grades}


def _choose(gradebook: Gradebook, assignment: str | None) -> str:
    graded = [
        name
        for (name,) in gradebook.db.query(Assignment.name)
        .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
        .distinct()
        .order_by(Assignment.name)
    ]
    if assignment in graded or (assignment is None and len(graded) == 1):
        return assignment or str(graded[0])
    if not graded:
        raise NoReportError(NOTHING_GRADED)
    names = ", ".join(graded)
    if assignment is None:
        raise NoReportError(f"Name one of the graded assignments: {names}.")
    raise NoReportError(f"Nobody handed in {assignment}; the graded assignments are {names}.")


def _in_order(names: Iterable[str], coursedir: CourseDirectory, assignment: str) -> list[str]:
    """Return the names of checks in the order of the released notebook, then others by name."""
    release = Path(coursedir.format_path(coursedir.release_directory, ".", "."))
    exercise = exercises(release).get(assignment)
    order = list(exercise.points) if exercise else []
    return sorted(names, key=lambda name: (order.index(name) if name in order else 1e9, name))


def _recognized(
    coursedir: CourseDirectory, assignment: str, students: list[str]
) -> list[_RecognizedMistake]:
    """Return the known mistakes that the engine wrote into the autograded notebooks."""
    recognized = []
    for student in students:
        folder = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
        for path in sorted(folder.glob("*.ipynb")):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                metadata = cell["metadata"].get("course", {})
                if "mistake" in metadata:
                    check = cell["metadata"]["nbgrader"]["grade_id"]
                    mistake = (metadata["function"], metadata["mistake"], metadata["sentence"])
                    recognized.append(_RecognizedMistake(student, check, *mistake))
    return recognized


def _checks(
    names: list[str],
    maxima: dict[str, float],
    points: np.ndarray,
    recognized: list[_RecognizedMistake],
) -> list[Check]:
    correlations = discrimination(points)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for mistake in recognized:
        counts[mistake.check][mistake.name] += 1
    checks = []
    for index, name in enumerate(names):
        share = difficulty(points[:, index], maxima[name])
        checks.append(
            Check(
                name=name,
                points=maxima[name],
                mean=share * maxima[name],
                share=share,
                discrimination=float(correlations[index]),
                waiting=int(np.isnan(points[:, index]).sum()),
                mistakes=dict(counts[name.split("/")[-1]].most_common()),
            )
        )
    return checks


def _mistakes(recognized: list[_RecognizedMistake]) -> list[Mistake]:
    """Return each mistake once, with the number of students who made it."""
    students_of = defaultdict(set)
    for mistake in recognized:
        students_of[mistake.function, mistake.name, mistake.sentence].add(mistake.student)
    mistakes = [Mistake(*mistake, len(students)) for mistake, students in students_of.items()]
    return sorted(mistakes, key=lambda mistake: (-mistake.students, mistake.function, mistake.name))


def _seconds(entries: Iterable[Entry]) -> dict[str, list[float]]:
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for entry in entries:
        if entry.seconds:
            for phase, value in entry.seconds.items():
                seconds[phase].append(value)
            seconds["total"].append(sum(entry.seconds.values()))
    return {phase: seconds[phase] for phase in sorted(seconds, key="total".__eq__)}


def _notices(entries: dict[str, Entry]) -> Iterator[Notice]:
    for student, entry in sorted(entries.items()):
        sentences = [entry.failed, entry.stopped, *entry.flags, *entry.remarks]
        for text in filter(None, sentences):
            yield Notice(one_line(student), text[:1].upper() + text[1:].removesuffix(".") + ".")


def _walls(students: list[str], entries: dict[str, Entry]) -> tuple[str, bool]:
    outside = [name for name in students if name in entries and not entries[name].sandbox]
    unknown = [name for name in students if name not in entries]
    if outside:
        names = one_line(", ".join(outside), LONGEST_SENTENCE)
        return f"These were graded without the sandbox: {names}.", False
    if unknown:
        names = one_line(", ".join(unknown), LONGEST_SENTENCE)
        return f"It is not known whether these ran in the sandbox: {names}.", False
    kinds = {entries[name].walls for name in students}
    if not all(kinds):  # an older grader did not record them
        return "Every submission ran in the sandbox.", True
    names = one_line(" or ".join(sorted(kinds)), LONGEST_SENTENCE)
    return f"Every submission ran in the sandbox, behind walls of {names}.", True


# Text for all three forms of the report


def percent(share: float) -> str:
    """Return a share as text, such as "83 %", or a dash if it is nan."""
    return "–" if np.isnan(share) else f"{100 * share:.0f} %"


def correlation(value: float) -> str:
    """Return a correlation as text, such as "0.42", or a dash if it is nan."""
    return "–" if np.isnan(value) else f"{value:.2f}"


def summary(report: Report) -> str:
    """Return the class in one line: the number of submissions, their median, what is unread.

    As long as a person has to read answers of some students, the median is a range: from the points
    that students have to those that they can still get. Points of an answer that nobody has read of
    any student are left out.
    """
    least, most = median(report.totals.values()), median(report.most.values())
    points = f"{least:g}" if least == most else f"{least:g} to {most:g}"
    line = f"{report.assignment}: {len(report.totals)} submissions, median {points} of "
    line += f"{report.graded_maximum:g} points"
    if report.unread:
        of = f"of {len(report.totals)}"
        unread = ", ".join(f"{check.name} ({check.waiting} {of})" for check in report.unread)
        line += f"; a person still has to grade {unread}"
    return f"{line}."
