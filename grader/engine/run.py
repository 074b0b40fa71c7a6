"""Sanitizes and executes submissions, and yields each as soon as its last notebook is done."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
from nbconvert.preprocessors import Preprocessor

from grader import GraderError
from grader.course import Exercise
from grader.notebook import BadSubmissionError, sentence

from .autograde_base import AutogradeBase
from .job import Job, Outcome, Settings
from .plan import Course
from .recognize import Probe, make_probes
from .sanitize import read_hand_in, read_mended, sanitize
from .submission import Executed, Failed, Sanitized, Submission
from .zygote_manager import ZygoteManager


class Runner:
    """Runs the submissions of one autograde run.

    Args:
        app: nbgrader's configuration and log.
        course: what all submissions share.
        steps: nbgrader's `sanitize_preprocessors`.
        settings: how notebooks are executed.
        executes: whether they are; else the students' own outputs are taken (`--no-execute`).
    """

    def __init__(
        self,
        app: AutogradeBase,
        course: Course,
        steps: Sequence[Preprocessor],
        settings: Settings,
        executes: bool,
    ) -> None:
        self.app = app
        self.course = course
        self.steps = steps
        self.settings = settings
        self.executes = executes
        self._zygote: ZygoteManager | None = None
        # Trying the known answers takes seconds, while the first submissions are executed.
        self._background = ThreadPoolExecutor(1)
        self._probes: dict[tuple[str, str], Future[tuple[Probe, ...]]] = {}

    def run(self, due: Sequence[Submission]) -> Generator[Executed | Failed]:
        """Yield what becomes of each submission, in the order in which they are done."""
        if not due:
            return
        for assignment in self.course.assignments:
            self._compare_with_source(assignment)
        failed: deque[Failed] = deque()
        begun: dict[tuple[str, str], Executed] = {}

        def jobs() -> Iterator[Job]:
            for submission in due:
                sanitized = self._sanitize(submission)
                if isinstance(sanitized, Failed):
                    failed.append(sanitized)
                    continue
                begun[submission.student, submission.assignment] = Executed(sanitized, {})
                yield from sanitized.jobs

        with self._background, closing(self._execute(jobs())) as outcomes:
            for job, outcome in outcomes:
                key = job.student, job.assignment
                sanitized = _with_remarks(begun[key].sanitized, job, outcome)
                done = Executed(sanitized, {**begun[key].outcomes, job.notebook: outcome})
                begun[key] = done
                if len(done.outcomes) == len(sanitized.jobs):
                    yield _judge(begun.pop(key))
                while failed:
                    yield failed.popleft()
        yield from failed
        for executed in begun.values():
            submission = executed.sanitized.submission
            yield Failed(
                submission, f"{submission.student}: was not executed; run autograde again."
            )

    def _compare_with_source(self, assignment: str) -> None:
        """Warn of a notebook that the instructor has changed since it was generated."""
        coursedir = self.app.coursedir
        folder = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
        for name, master in self.course.assignments[assignment].masters.items():
            try:
                source = nbformat.v4.reads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
                changed = master.exercise.differs_in(Exercise(assignment, name, source))
            except Exception:  # grading needs no source
                continue
            if changed:
                self.app.log.warning(
                    "%s: the source of %s has changed in %s since the assignment was generated; "
                    "grading uses the older version, so run generate_assignment --force and "
                    "autograde --force if the new one shall count.",
                    assignment,
                    name,
                    ", ".join(changed),
                )

    def _sanitize(self, submission: Submission) -> Sanitized | Failed:
        try:
            return self._sanitized(submission)
        except BadSubmissionError as error:
            return Failed(submission, str(error))
        except Exception as error:  # a folder can be broken in ways that nobody thought of
            self.app.log.debug("Sanitizing %s", submission.folder, exc_info=True)
            what = f"cannot be read ({type(error).__name__}: {error})"
            return Failed(submission, sentence(submission.student, submission.folder.name, what))

    def _sanitized(self, submission: Submission) -> Sanitized:
        started = time.monotonic()
        student, assignment = submission.student, submission.assignment
        known = self.course.assignments[assignment]
        files, found = known.folder.read(submission.folder)
        remarks = [f"{student}: {remark}." for remark in found]
        jobs = []
        for path in submission.notebooks:
            self.app.log.info("Sanitizing %s", path)
            master, largest = known.masters[path.stem], known.folder.largest
            try:
                if self.app.are_mended:
                    notebook, found = read_mended(path)
                else:
                    exercises = self.course.exercises
                    notebook, found = read_hand_in(path, master, exercises, largest)
                remarks += [sentence(student, path.name, remark) for remark in found]
                source, found = sanitize(notebook, master, self.steps)
            except BadSubmissionError as error:
                raise BadSubmissionError(sentence(student, path.name, str(error))) from None
            remarks += [sentence(student, path.name, remark) for remark in found]
            self._begin_probes(assignment, path.stem)
            jobs.append(
                Job(
                    student=student,
                    assignment=assignment,
                    notebook=path.stem,
                    source=source,
                    files=files,
                    settings=self.settings,
                    masters=dict(known.folder.masters),
                )
            )
        seconds = time.monotonic() - started
        return Sanitized(submission, tuple(jobs), files, tuple(remarks), seconds)

    def _begin_probes(self, assignment: str, notebook: str) -> None:
        if (assignment, notebook) not in self._probes:
            future = self._background.submit(self._make_probes, assignment, notebook)
            self._probes[assignment, notebook] = future

    def _probes_of(self, job: Job) -> tuple[Probe, ...]:
        """A job's probes, as soon as there are any."""
        return self._probes[job.assignment, job.notebook].result()

    def _make_probes(self, assignment: str, notebook: str) -> tuple[Probe, ...]:
        """What recognizes known mistakes in a notebook; nothing without the exam boundary."""
        if not self.settings.exam or not self.executes:
            return ()
        coursedir = self.app.coursedir
        source = coursedir.format_path(coursedir.source_directory, ".", assignment)
        kept = Path(coursedir.root, ".cache")
        try:
            solution = Path(source, f"{notebook}.ipynb")
            return tuple(make_probes(solution, kept, self._zygote, self.settings.limits))
        except (GraderError, OSError) as error:
            self.app.log.warning("Known mistakes are not recognized: %s", error)
            return ()

    def _execute(self, jobs: Iterator[Job]) -> Generator[tuple[Job, Outcome]]:
        """Execute jobs in parallel, or take the students' own outputs."""
        if not self.executes:
            yield from ((job, Outcome(job.source, {})) for job in jobs)
            return
        from .workers import on_cluster, on_this_machine  # nbgrader's other commands do without

        if self.app.scheduler:
            yield from on_cluster(jobs, self._probes_of, self.app.scheduler, self.app.log)
            return
        with self._launched() as self._zygote:
            workers = self.app.workers or None
            yield from on_this_machine(jobs, self._probes_of, self._zygote, workers)

    @contextmanager
    def _launched(self) -> Iterator[ZygoteManager]:
        """A zygote that need not be ready: one that is there already, or one for the block."""
        if self.app.zygote:
            yield self.app.zygote
            return
        zygote = ZygoteManager(self.settings.modules, self.settings.sandbox, self.settings.walls)
        zygote.launch()
        try:
            yield zygote
        finally:
            zygote.stop()


def _with_remarks(sanitized: Sanitized, job: Job, outcome: Outcome) -> Sanitized:
    """Return the submission with what was unusual about the run of one of its notebooks."""
    file = f"{job.notebook}.ipynb"
    found = tuple(sentence(job.student, file, remark) for remark in outcome.remarks)
    return replace(sanitized, remarks=sanitized.remarks + found)


def _judge(executed: Executed) -> Executed | Failed:
    """Return the submission as failed if a notebook of it was not executed at all."""
    for name, outcome in executed.outcomes.items():
        # If no kernel started, that is no fault of the student's.
        if outcome.stopped and not outcome.seconds.keys() & {"cells", "checks"}:
            sanitized = executed.sanitized
            why = f"could not be executed ({outcome.stopped}); run autograde again"
            reason = sentence(sanitized.submission.student, f"{name}.ipynb", why)
            seconds = {"sanitize": sanitized.seconds, **outcome.seconds}
            return Failed(sanitized.submission, reason, sanitized.remarks, seconds)
    return executed
