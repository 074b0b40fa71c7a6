"""Records what became of each submission: the graded folder, the scores, the journal, the log."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from grader.harmless_html import cleaned
from grader.notebook import sentence

from . import graded_folder
from .autograde_base import AutogradeBase
from .gradebook import BusyError, SaveError, Transaction, enter, enter_scores, patiently, persist
from .journal import Entry, shown
from .plan import Course
from .scores import finish
from .submission import Executed, Failed, Submission


@dataclass
class _Graded:
    """What is saved of an executed submission."""

    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    stopped: str = ""
    walls: str = ""
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def is_flagged(self) -> bool:
        """Whether a person should look at it in formgrader."""
        return bool(self.flags or self.stopped)


class Recorder:
    """Saves the results of one autograde run, one after the other.

    Attributes:
        entries: what is known of each submission of this run, by student and assignment.
        saved: how many submissions were graded.
        flagged: how many of them a person should look at.
        failures: why the others could not be graded, in a sentence each.
    """

    def __init__(
        self,
        app: AutogradeBase,
        gradebook: Gradebook,
        course: Course,
        steps: Sequence[Preprocessor],
    ) -> None:
        """Record into this gradebook; `steps` are nbgrader's `autograde_preprocessors`."""
        self.app = app
        self.gradebook = gradebook
        self.course = course
        self.steps = steps
        self.patience = app.patience
        self.entries: dict[tuple[str, str], Entry] = {}
        self.saved = self.flagged = 0
        self.failures: list[str] = []
        self.walls: set[str] = set()  # those that the log has named

    def record(self, result: Executed | Failed) -> None:
        """Save one submission wholly, or enter that it failed; a problem raises no error."""
        submission = result.submission
        for remark in result.remarks:
            self.app.log.warning("%s", shown(remark))
        graded = _Graded()
        try:
            if isinstance(result, Executed):
                graded = self._take_outcomes(result)
                self._save(result, graded)
                failed = ""
            else:
                self._save_failure(result)
                failed = result.reason
        except (SaveError, OSError) as error:
            if isinstance(error, BusyError):
                self.patience = 0  # otherwise each of a thousand submissions would wait as long
            why = error.strerror if isinstance(error, OSError) else error
            failed = f"{submission.student}: could not be saved ({why}); run autograde again."
        except Exception as error:  # whatever a notebook holds, the others are graded
            self.app.log.debug("Saving %s", submission.student, exc_info=True)
            what = f"{type(error).__name__}: {error}"
            failed = f"{submission.student}: could not be saved ({what}); see what its code does."
        self._name_walls(graded.walls)
        for line in filter(None, (*graded.remarks, graded.stopped, *graded.flags)):
            self.app.log.warning("%s", shown(line))
        entry = self._entry(result, graded, failed)
        self.entries[submission.student, submission.assignment] = entry
        if failed:
            self.app.log.error("%s", shown(failed))
            self.failures.append(failed)
            return
        self.saved += 1
        self.flagged += graded.is_flagged
        self.app.notebooks = [*map(str, submission.notebooks)]  # where nbgrader's hook looks
        self.app.run_post_convert_hook()

    def _name_walls(self, walls: str) -> None:
        """Log once which walls stand around students' code; each worker may have others."""
        if walls and walls not in self.walls:
            self.walls.add(walls)
            self.app.log.info("Students' code runs behind walls of %s.", walls)

    def _take_outcomes(self, executed: Executed) -> _Graded:
        """The executed notebooks as nbgrader keeps them, and what else came back."""
        student = executed.submission.student
        graded = _Graded(files=dict(executed.sanitized.files))
        graded.seconds["sanitize"] = executed.sanitized.seconds
        for name, outcome in executed.outcomes.items():
            file = f"{name}.ipynb"
            notebook = nbformat.v4.reads(outcome.notebook)
            graded.notebooks[name], flags = finish(notebook, self.steps)
            graded.flags += [f"{student}: {file}: {flag}." for flag in (*outcome.flags, *flags)]
            graded.walls = outcome.walls
            if outcome.stopped:
                graded.stopped = sentence(student, file, f"ended early: {outcome.stopped}")
            for phase, seconds in outcome.seconds.items():
                graded.seconds[phase] += seconds
            graded.files = outcome.files | graded.files
        return graded

    def _save(self, executed: Executed, graded: _Graded) -> None:
        """Save a submission wholly or not at all; `put_in_place` says in which order."""
        started = time.monotonic()
        submission = executed.submission
        layout = self.course.layouts[submission.assignment]
        files = dict(graded.files)
        for name, notebook in graded.notebooks.items():
            file = f"{name}.ipynb"
            harmless, found = cleaned(notebook)
            graded.remarks += [sentence(submission.student, file, remark) for remark in found]
            # nbformat would indent it for readers, which takes longer than everything else here.
            files[file] = json.dumps(harmless, ensure_ascii=False).encode()

        def write(gradebook: Transaction) -> None:
            notebooks, is_flagged = graded.notebooks, graded.is_flagged
            enter_scores(gradebook, layout, submission, notebooks, self.steps, is_flagged)

        def commit() -> None:
            self._persist(write)
            graded.seconds["save"] = time.monotonic() - started
            self.app.journal.append(self._entry(executed, graded, ""))

        folder = self._folder(submission)
        with self.app.journal.writing():
            try:
                graded_folder.write_aside(folder, files)
                self.app.permit_aside(submission.assignment, submission.student)
                only = self.app.only(submission.notebooks)
                graded_folder.put_in_place(folder, only, commit)
            except BaseException:
                graded_folder.clear(folder)
                raise

    def _save_failure(self, failed: Failed) -> None:
        """Enter the submission without points, as nbgrader does, and delete what was graded."""
        submission = failed.submission
        folder = self._folder(submission)
        with self.app.journal.writing():
            if graded_folder.discard(folder, self.app.only(submission.notebooks)):
                self.app.log.warning("Removing failed assignment: %s", folder)
            if self.app.coursedir.notebook_id != "*":
                folder.mkdir(parents=True, exist_ok=True)  # as nbgrader leaves it
            if self.app.create_student or submission.student in self.course.students:
                layout = self.course.layouts[submission.assignment]
                self._persist(lambda gradebook: enter(gradebook, layout, submission))
            self.app.journal.append(self._entry(failed, _Graded(), failed.reason))

    def _persist(self, write: Callable[[Transaction], object]) -> None:
        patiently(lambda: persist(self.gradebook, write), self.app.log, self.patience)

    def _folder(self, submission: Submission) -> Path:
        return self.app.destination(submission.assignment, submission.student)

    def _entry(self, result: Executed | Failed, graded: _Graded, failed: str) -> Entry:
        seconds = result.seconds if isinstance(result, Failed) else graded.seconds
        return Entry(
            student=result.submission.student,
            assignment=result.submission.assignment,
            seconds={phase: round(duration, 4) for phase, duration in seconds.items()},
            remarks=(*result.remarks, *graded.remarks),
            flags=tuple(graded.flags),
            stopped=graded.stopped,
            failed=failed,
            sandbox=self.app.sandbox,
            walls=graded.walls,
        )
