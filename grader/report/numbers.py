"""The numbers of a report on a class.

It reads the gradebook, the notebooks in `autograded/` for the mistakes that were recognized, and
the engine's journal for times and flags; it changes none of them.
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
from grader.engine.gradebook import read_grades
from grader.engine.journal import Entry, Journal

UNGRADED = "Nothing was graded yet: nbgrader autograde NAME grades a class."
WEAK = 0.1  # a discrimination below it is worth a look


class NoReportError(GraderError):
    """There is nothing to report on; the message says what there is."""


@dataclass(frozen=True)
class Check:
    """How a class did in one check.

    Attributes:
        name: its grade_id; with the notebook before it where there are several.
        points: what it is worth.
        mean: points that a student got on average.
        share: `difficulty`, nan while nobody has a grade for it.
        discrimination: nan where it is not defined.
        waiting: students whose points a person still has to give.
        mistakes: how often a known mistake was recognized in it, by name, most often first.
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
        """Whether it hardly tells those who know from those who do not."""
        return round(self.discrimination, 2) < WEAK


@dataclass(frozen=True)
class Mistake:
    """A known mistake that somebody made."""

    function: str
    name: str
    sentence: str
    students: int


@dataclass(frozen=True)
class Notice:
    """Something to look at in one submission, in a sentence."""

    student: str
    what: str


@dataclass(frozen=True)
class Report:
    """A class in one assignment.

    Attributes:
        assignment: its name.
        totals: points of each student, without those that a person still has to give.
        maximum: points of all checks.
        checks: in the order of the notebook.
        mistakes: most often first.
        seconds: for each phase of grading, those of each submission; empty if not known.
        notices: submissions that a person should look at, or that were mended.
        walls: whether the submissions ran in the sandbox, in a sentence.
        is_walled: whether all of them are known to have run there.
    """

    assignment: str
    totals: dict[str, float]
    maximum: float
    checks: list[Check]
    mistakes: list[Mistake]
    seconds: dict[str, list[float]]
    notices: list[Notice]
    walls: str
    is_walled: bool


# Statistics


def difficulty(points: np.ndarray, maximum: float) -> float:
    """The mean share of a check's points: 1 when all had it right, 0 when nobody had.

    Args:
        points: shape (n,), of each student; nan where there is no grade yet.
        maximum: what the check is worth.
    """
    graded = points[~np.isnan(points)]
    return float(graded.mean() / maximum) if graded.size and maximum else float("nan")


def discrimination(points: np.ndarray) -> np.ndarray:
    """The corrected item-total correlation of each check.

    That is Pearson's correlation, over the students, of the points in a check with the points in
    all other checks: r = corr(x, T - x), where T is a student's total. The check itself is left
    out of the total, or it would correlate with itself (Henrysson 1963, "Correction of item-total
    correlations in item analysis", Psychometrika 28, 211-218). Near 0 or below, the check does
    not tell those who know from those who do not, and is worth a look.

    Args:
        points: shape (n, k), of n students in k checks; a check with a nan is left out.

    Returns:
        Shape (k,); nan for a check that is left out, that all students did alike, or whose
        others they all did alike.
    """
    result = np.full(points.shape[1], np.nan)
    complete = np.flatnonzero(~np.isnan(points).any(axis=0))
    total = points[:, complete].sum(axis=1)
    for check in complete:
        item = points[:, check]
        rest = np.round(total - item, 9)  # or rounding would pass for a difference
        if len(item) > 2 and np.ptp(item) > 0 and np.ptp(rest) > 0:
            result[check] = np.corrcoef(item, rest)[0, 1]
    return result


# Gathering


def gather(config: Config, assignment: str | None = None) -> Report:
    """Read what is known of a class.

    Args:
        config: nbgrader's, as `grader.course.configuration` returns it.
        assignment: its name; None for the only one that was graded.

    Raises:
        NoReportError: nothing was graded, or there are several assignments to choose from.
    """
    coursedir = CourseDirectory(config=config)
    file = coursedir.db_url.removeprefix("sqlite:///")
    if file != coursedir.db_url and not Path(file).exists():  # nbgrader would make one
        raise NoReportError(UNGRADED)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        assignment = _choose(gradebook, assignment)
        grades = list(read_grades(gradebook, assignment))
    if not grades:
        raise NoReportError(f"Nothing of {assignment} was graded yet: nbgrader autograde does it.")
    entries = Journal(Path(coursedir.root)).latest(assignment)
    students = sorted({grade.student for grade in grades})
    found = _recognized(coursedir, assignment, students)
    several = len({grade.notebook for grade in grades}) > 1
    checks = {
        grade: f"{grade.notebook}/{grade.cell}" if several else grade.cell for grade in grades
    }
    maxima = {checks[grade]: grade.maximum for grade in grades}
    names = _in_order(maxima, coursedir, assignment)
    points = np.full((len(students), len(names)), np.nan)
    for grade in grades:
        if not grade.is_waiting:
            points[students.index(grade.student), names.index(checks[grade])] = grade.score
    totals = np.nansum(points, axis=1)
    walls, is_walled = _walls(students, entries)
    return Report(
        assignment,
        {student: float(total) for student, total in zip(students, totals, strict=True)},
        sum(maxima.values()),
        _checks(names, maxima, points, found),
        _mistakes(found),
        _seconds(entries[student] for student in students if student in entries),
        list(_notices(entries)),
        walls,
        is_walled,
    )


@dataclass(frozen=True)
class _Found:
    """A known mistake in one check of one student."""

    student: str
    check: str
    function: str
    name: str
    sentence: str


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
        raise NoReportError(UNGRADED)
    known = ", ".join(graded)
    if assignment is None:
        raise NoReportError(f"Say which assignment; graded are: {known}.")
    raise NoReportError(f"Nobody handed in {assignment}; graded are: {known}.")


def _in_order(names: Iterable[str], coursedir: CourseDirectory, assignment: str) -> list[str]:
    """The checks in the order of the released notebook, others by name behind them."""
    release = Path(coursedir.format_path(coursedir.release_directory, ".", "."))
    exercise = exercises(release).get(assignment)
    order = list(exercise.points) if exercise else []
    return sorted(names, key=lambda name: (order.index(name) if name in order else 1e9, name))


def _recognized(coursedir: CourseDirectory, assignment: str, students: list[str]) -> list[_Found]:
    """The known mistakes that the engine wrote into the autograded notebooks."""
    found = []
    for student in students:
        folder = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
        for path in sorted(folder.glob("*.ipynb")):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                mark = cell["metadata"].get("course", {})
                if "mistake" in mark:
                    check = cell["metadata"]["nbgrader"]["grade_id"]
                    known = (mark["function"], mark["mistake"], mark["sentence"])
                    found.append(_Found(student, check, *known))
    return found


def _checks(
    names: list[str], maxima: dict[str, float], points: np.ndarray, found: list[_Found]
) -> list[Check]:
    correlations = discrimination(points)
    made: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for mistake in found:
        made[mistake.check][mistake.name] += 1
    checks = []
    for index, name in enumerate(names):
        share = difficulty(points[:, index], maxima[name])
        waiting = int(np.isnan(points[:, index]).sum())
        mistakes = dict(made[name.split("/")[-1]].most_common())
        correlation = float(correlations[index])
        mean = share * maxima[name]
        checks.append(Check(name, maxima[name], mean, share, correlation, waiting, mistakes))
    return checks


def _mistakes(found: list[_Found]) -> list[Mistake]:
    """Each mistake once, with the number of students who made it."""
    who = defaultdict(set)
    for mistake in found:
        who[mistake.function, mistake.name, mistake.sentence].add(mistake.student)
    counted = [Mistake(*mistake, len(students)) for mistake, students in who.items()]
    return sorted(counted, key=lambda mistake: (-mistake.students, mistake.function, mistake.name))


def _seconds(entries: Iterable[Entry]) -> dict[str, list[float]]:
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for entry in entries:
        if entry.seconds:
            for phase, value in entry.seconds.items():
                seconds[phase].append(value)
            seconds["together"].append(sum(entry.seconds.values()))
    return {phase: seconds[phase] for phase in sorted(seconds, key="together".__eq__)}


def _notices(entries: dict[str, Entry]) -> Iterator[Notice]:
    for student, entry in sorted(entries.items()):
        sentences = [entry.failed, entry.stopped, *entry.flags, *entry.remarks]
        for what in filter(None, sentences):
            yield Notice(student, what[:1].upper() + what[1:].removesuffix(".") + ".")


def _walls(students: list[str], entries: dict[str, Entry]) -> tuple[str, bool]:
    without = [name for name in students if name in entries and not entries[name].sandbox]
    unknown = [name for name in students if name not in entries]
    if without:
        return f"Graded without the sandbox: {', '.join(without)}.", False
    if unknown:
        return f"Not known to have run in the sandbox: {', '.join(unknown)}.", False
    return "Every submission ran in the sandbox.", True


# In words


def percent(share: float) -> str:
    """A share for a person: "83 %", or a dash where there is none."""
    return "–" if np.isnan(share) else f"{100 * share:.0f} %"


def correlation(value: float) -> str:
    """A correlation for a person: "0.42", or a dash where there is none."""
    return "–" if np.isnan(value) else f"{value:.2f}"


def summary(report: Report) -> str:
    """The class in a sentence."""
    totals = list(report.totals.values())
    middle = f"median {median(totals):g} of {report.maximum:g} points" if totals else "no points"
    return f"{report.assignment}: {len(totals)} submissions, {middle}."
