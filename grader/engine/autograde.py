"""`nbgrader autograde` over the engine: the class that takes the place of nbgrader's own.

One process sanitizes and is the only writer of the gradebook; many execute.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.converters import NbGraderException
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import Execute
from sqlalchemy.exc import ArgumentError, OperationalError
from traitlets import Bool, Dict, Float, Integer, List, Unicode

from grader import GraderError
from grader.marks import sentence
from grader.submission import BadSubmissionError

from . import save
from .clean import cleaned
from .feedback import EngineFeedback
from .gradebook import (
    BusyError,
    SaveError,
    Transaction,
    enter,
    is_out_of_reach,
    patiently,
    persist,
    read_layout,
    reason,
    record,
)
from .job import Job, Outcome, Settings
from .journal import Entry, Journal
from .progress import progress
from .recognize import Question, questions
from .sanitize import Submission, read_assignment, sanitize
from .walls import Limits
from .zygote import Zygote

NO_WALLS = (
    "Grading without walls, as told: students' code can read and change whatever you can, "
    "the gradebook too."
)


@dataclass
class Work:
    """A submission on its way through the phases, and what is known of it so far."""

    submission: Submission
    files: dict[str, bytes] = field(default_factory=dict)
    expected: int = 0  # notebooks that are executed
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    stopped: str = ""
    failed: str = ""


class EngineAutograde(Autograde):
    """nbgrader's Autograde: sanitizes one after the other, executes in parallel, saves each.

    It is configured as `c.Autograde`. When a submission can not be graded, `start` grades all
    others and then raises `NbGraderException`.
    """

    scheduler = Unicode(
        "",
        help="Address of a Dask scheduler, tcp://host:port, whose workers execute; "
        "by default processes on this machine do.",
    ).tag(config=True)
    workers = Integer(
        0, help="Submissions executed at a time on this machine; by default two a processor."
    ).tag(config=True)
    sandbox = Bool(
        True, help="Whether submissions run behind walls. Without, they can do what you can."
    ).tag(config=True)
    exam = Bool(
        False,
        help="Whether checks run in a kernel of their own and call the student's functions. "
        "Without, blunt tampering is found and flagged.",
    ).tag(config=True)
    cell_seconds = Float(
        None, allow_none=True, help="Seconds that a cell may take; by default Execute.timeout."
    ).tag(config=True)
    notebook_seconds = Float(600, help="Seconds that a notebook may take.").tag(config=True)
    output_bytes = Integer(1 << 20, help="Bytes that are kept of a cell's output.").tag(config=True)
    limits = Dict(
        value_trait=Integer(),
        help="Limits of each kernel other than the engine's, as grader.engine.walls.Limits names "
        "them: cpu_seconds, memory_bytes, processes, file_bytes, scratch_bytes, open_files, …",
    ).tag(config=True)
    modules = List(
        Unicode(),
        help="Modules imported once, before the first submission, for all of them; "
        "those of which the instructor's notebooks make no use are left out.",
    ).tag(config=True)
    patience = Float(
        600, help="Seconds to wait for a gradebook that another program has locked."
    ).tag(config=True)

    _aside = False  # whether what is asked of nbgrader is about the folder that is written aside

    def convert_notebooks(self) -> None:
        """Grade all submissions that are due; what goes wrong with one stops no other."""
        mode = 0o664 if self.coursedir.groupshared else 0o644
        self._journal = Journal(Path(self.coursedir.root), mode)
        self._works: dict[tuple[str, str], Work] = {}
        self._unreadable: SimpleQueue[Work] = SimpleQueue()
        self._saved, self._flagged, self._failures = 0, 0, list[str]()
        self._patience = self.patience
        self._asked: dict[tuple[str, str], tuple[Question, ...]] = {}
        self._zygote: Zygote | None = None
        if not self.sandbox:
            self.log.warning(NO_WALLS)
        try:
            self._open()
            due = self._due()
            total = len(due) + self._unreadable.qsize()
            what = self.coursedir.assignment_id
            with (
                self._gradebook,
                progress(what, total, self.log) as advance,
                closing(self._graded(due)) as works,
            ):
                for work in works:
                    self._finish(work)
                    advance()
        except GraderError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        except KeyboardInterrupt:
            self.log.error("Canceled")
            raise
        self._sum_up()

    def _sum_up(self) -> None:
        failed = len(self._failures)
        self.log.info(
            "%d graded, %d of them flagged for a person; %d failed.",
            *(self._saved, self._flagged, failed),
        )
        if failed:
            for failure in self._failures if self._saved + failed > 1 else ():
                self.log.error("%s", failure)
            raise NbGraderException(
                f"{failed} of {self._saved + failed} submissions could not be graded; "
                f"the reasons are above and in {self._journal.path}."
            )

    # What is to be done

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Whether a submission is to be graded; by nbgrader's rules, but nothing is deleted."""
        if student_id in self.coursedir.student_id_exclude.split(","):
            return False
        folder = Path(self._format_dest(assignment_id, student_id))
        only = self._only(self.notebooks)
        graded = [folder] if only is None else [folder / name for name in only]
        if not all(path.exists() for path in graded) or not any(folder.iterdir()):
            return True
        if self.force:
            self.log.warning("Replacing existing assignment: %s", folder)
            return True
        new = self._timestamp(self._format_source(assignment_id, student_id))
        old = self._timestamp(str(folder))
        if new is not None and old is not None and new > old:
            self.log.warning("Updating existing assignment: %s", folder)
            return True
        self.log.info("Skipping existing assignment: %s", folder)
        return False

    def _open(self) -> None:
        """Open the gradebook and read from it what all submissions need."""
        try:
            patiently(self._read_gradebook, self.log, self.patience)
        except BusyError as error:
            raise GraderError(f"{error}; run autograde again.") from None
        except SaveError as error:
            advice = "after an update of nbgrader, back it up and run 'nbgrader db upgrade'"
            raise GraderError(f"{error}; {advice}.") from None
        self._sanitizers = self._preprocessors(sanitizing=True)
        self._graders = self._preprocessors(sanitizing=False)
        self._executes = any(isinstance(step, Execute) and step.enabled for step in self._graders)
        self._settings = self._make_settings()

    def _read_gradebook(self) -> None:
        self._gradebook = self._connect()
        session = self._gradebook.db
        self._students = {student for (student,) in session.query(api.Student.id)}
        names = [name for (name,) in session.query(api.Assignment.name)]
        for wanted in sorted({self._ids(path)[0] for path in self.assignments}):
            if wanted not in names:
                raise GraderError(
                    f"No assignment with ID '{wanted}' exists in the database; "
                    "did you forget to run 'nbgrader generate_assignment'?"
                )
        self._assignments = {
            name: read_assignment(
                self._gradebook, self.coursedir, name, self.exclude_overwriting.get(name, ())
            )
            for name in names
        }
        self._layouts = {name: read_layout(self._gradebook, name) for name in names}
        self._exercises = {name: self._assignments[name].exercise(name) for name in names}
        session.remove()

    def _connect(self) -> api.Gradebook:
        """Open the gradebook; an address that does not work is named at once."""
        try:
            return api.Gradebook(self.coursedir.db_url, self.coursedir.course_id)
        except (ArgumentError, ImportError) as error:
            raise GraderError(
                f"CourseDirectory.db_url is no address of a database that works here ({error})."
            ) from None
        except OperationalError as error:
            if not is_out_of_reach(error):
                raise
            raise GraderError(
                f"The gradebook's database server can not be reached ({reason(error)}); "
                "start it, or correct CourseDirectory.db_url."
            ) from None

    def _questions(self, assignment: str, notebook: str) -> tuple[Question, ...]:
        """What recognizes known mistakes in a notebook; nothing without the exam boundary."""
        if not self.exam or not self._executes:
            return ()
        if (assignment, notebook) not in self._asked:
            source = self.coursedir.format_path(self.coursedir.source_directory, ".", assignment)
            cache = Path(self.coursedir.root, ".cache")
            try:
                asked = questions(Path(source, f"{notebook}.ipynb"), cache, self._zygote)
            except (GraderError, OSError) as error:
                self.log.warning("Known mistakes are not recognized: %s", error)
                asked = []
            self._asked[assignment, notebook] = tuple(asked)
        return self._asked[assignment, notebook]

    def _preprocessors(self, sanitizing: bool) -> Sequence[Preprocessor]:
        """The steps that nbgrader is configured with, made once for all submissions."""
        self._sanitizing = sanitizing
        self._init_preprocessors()
        self._sanitizing = True
        return tuple(self.exporter._preprocessors)

    def _make_settings(self) -> Settings:
        timeout = Execute(parent=self).timeout if self.cell_seconds is None else self.cell_seconds
        return Settings(
            limits=Limits(**self.limits),
            cell_seconds=self.notebook_seconds if timeout is None else timeout,
            notebook_seconds=self.notebook_seconds,
            output_bytes=self.output_bytes,
            exam=self.exam,
            sandbox=self.sandbox,
            modules=self._used_modules(),
        )

    def _used_modules(self) -> tuple[str, ...]:
        """Of `modules`, those that the notebooks of these assignments name, and the engine's."""
        names = {self._ids(path)[0] for path in self.assignments}
        words = {word for name in names for word in self._assignments[name].words()}
        used = (module for module in self.modules if module.split(".")[0] in words)
        return (*used, "grader.engine.exam", "grader.engine.probe")

    def _due(self) -> list[Submission]:
        """The submissions to grade; those of which it is clear that they fail are put aside."""
        due = []
        for path in sorted(self.assignments):
            assignment, student = self._ids(path)
            self.notebooks = sorted(self.assignments[path])
            submission = Submission(student, assignment, Path(path), [*map(Path, self.notebooks)])
            try:
                self._clear(Path(self._format_dest(assignment, student)))
                if self.init_destination(assignment, student):
                    submission.timestamp = self._timestamp(path)
                    self._check(submission)
                    self.run_pre_convert_hook()
                    due.append(submission)
            except BadSubmissionError as error:
                self._unreadable.put(Work(submission, failed=f"{student}: {error}."))
        return due

    def _clear(self, folder: Path) -> None:
        """Delete what a killed run left; what is there while nobody saves is left."""
        if save.aside(folder).exists() or save.old(folder).exists():
            with self._journal.writing():
                if save.clear(folder):
                    self.log.warning("Removing what an interrupted run left beside %s", folder)

    def _check(self, submission: Submission) -> None:
        """Leave out notebooks that the gradebook does not know; the student must be known."""
        if submission.folder.is_symlink():  # perhaps to somebody else's work
            raise BadSubmissionError(f"{submission.folder.name} is a link; ask for the files")
        if not self._may_enter(submission):
            student = submission.student
            raise BadSubmissionError(f"no student with ID '{student}' exists in the database")
        masters = self._assignments[submission.assignment].masters
        found = submission.notebooks
        for path in found:
            if path.stem not in masters:
                self.log.warning("Skipping unknown notebook: %s", path)
        submission.notebooks = [path for path in found if path.stem in masters]
        if not submission.notebooks:
            names = " or ".join(f"{name}.ipynb" for name in masters)
            raise BadSubmissionError(
                f"{found[0].name} is not asked for in {submission.assignment}; it has to be {names}"
            )

    def _may_enter(self, submission: Submission) -> bool:
        return self.create_student or submission.student in self._students

    def _ids(self, path: str) -> tuple[str, str]:
        """The assignment and the student that a folder of hand-ins is of."""
        pattern = self._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True)
        match = re.match(pattern, path)
        if match is None:
            raise GraderError(f"{path} does not fit nbgrader's directory structure {pattern}.")
        return match["assignment"], match["student"]

    def _timestamp(self, folder: str) -> Any:
        path = Path(folder, "timestamp.txt")
        try:
            if path.is_file() and not path.is_symlink():
                return self.coursedir.get_existing_timestamp(folder)
        except (AttributeError, OSError, ValueError):  # nbgrader stumbles over its own message.
            pass
        if os.path.lexists(path):
            raise BadSubmissionError("timestamp.txt holds no time that can be read")
        return None

    def _only(self, notebooks: Sequence[str | Path]) -> list[str] | None:
        """The names of the notebooks, where just some of an assignment's are graded."""
        if self.coursedir.notebook_id == "*":
            return None
        return [Path(notebook).name for notebook in notebooks]

    # From submissions to outcomes

    def _graded(self, due: list[Submission]) -> Generator[Work]:
        """Each submission as soon as all of its notebooks were executed, or it failed."""
        yield from self._failed()
        if not due:
            return
        with closing(self._execute(self._jobs(due))) as outcomes:
            for job, outcome in outcomes:
                key = job.student, job.assignment
                work = self._works[key]
                work.outcomes[job.notebook] = outcome
                if not _ran(outcome):
                    why = f"could not be executed ({outcome.stopped}); run autograde again"
                    work.failed = sentence(job.student, f"{job.notebook}.ipynb", why)
                if len(work.outcomes) == work.expected:
                    yield self._works.pop(key)
                yield from self._failed()
        yield from self._failed()
        for work in self._works.values():
            work.failed = f"{work.submission.student}: was not executed; run autograde again."
            yield work

    def _failed(self) -> Iterator[Work]:
        while not self._unreadable.empty():
            yield self._unreadable.get()

    def _jobs(self, due: list[Submission]) -> Iterator[Job]:
        """Sanitize one submission after the other; whoever executes asks, in another thread."""
        for submission in due:
            work = Work(submission)
            try:
                jobs = self._sanitize(work)
            except BadSubmissionError as error:
                work.failed = str(error)
            except Exception as error:  # A folder can be broken in ways that nobody thought of.
                self.log.debug("Sanitizing %s", submission.folder, exc_info=True)
                what = f"can not be read ({type(error).__name__}: {error})"
                work.failed = sentence(submission.student, submission.folder.name, what)
            if work.failed:
                self._unreadable.put(work)
                continue
            self._works[submission.student, submission.assignment] = work
            yield from jobs

    def _sanitize(self, work: Work) -> list[Job]:
        started = time.monotonic()
        submission = work.submission
        student, assignment = submission.student, submission.assignment
        known = self._assignments[assignment]
        work.files, remarks = known.folder.read(submission.folder)
        work.remarks += [f"{student}: {remark}." for remark in remarks]
        jobs = []
        for path in submission.notebooks:
            self.log.info("Sanitizing %s", path)
            master, largest = known.masters[path.stem], known.folder.largest
            try:
                source, remarks = sanitize(path, master, self._exercises, self._sanitizers, largest)
            except BadSubmissionError as error:
                raise BadSubmissionError(sentence(student, path.name, str(error))) from None
            work.remarks += [sentence(student, path.name, remark) for remark in remarks]
            asked = self._questions(assignment, path.stem)
            masters = dict(known.folder.masters)
            jobs.append(
                Job(
                    *(student, assignment, path.stem, source),
                    *(work.files, self._settings, asked, masters),
                )
            )
        work.expected = len(jobs)
        work.seconds["sanitize"] = time.monotonic() - started
        return jobs

    def _execute(self, jobs: Iterator[Job]) -> Generator[tuple[Job, Outcome]]:
        """Execute jobs in parallel, or take the students' own outputs with --no-execute."""
        if not self._executes:
            yield from ((job, Outcome(job.source, {})) for job in jobs)
            return
        from .dispatch import here, on_cluster  # Here: nbgrader's other commands do without.

        if self.scheduler:
            yield from on_cluster(jobs, self.scheduler)
        else:
            with Zygote(self._settings.modules, self.sandbox) as self._zygote:
                yield from here(jobs, self._zygote, self.workers or None)

    # From outcomes to the gradebook

    def _finish(self, work: Work) -> None:
        """Save one submission, or that it failed."""
        student = work.submission.student
        for remark in work.remarks:
            self.log.warning("%s", remark)
        try:
            if work.failed:
                self._save_failure(work)
            else:
                self._save(work)
        except (SaveError, OSError) as error:
            if isinstance(error, BusyError):
                self._patience = 0  # or a thousand submissions would wait as long, each
            why = error.strerror if isinstance(error, OSError) else error
            work.failed = f"{student}: could not be saved ({why}); run autograde again."
        except Exception as error:  # Whatever a notebook holds, the others are graded.
            self.log.debug("Saving %s", student, exc_info=True)
            what = f"{type(error).__name__}: {error}"
            work.failed = f"{student}: could not be saved ({what}); see what its code does."
        for line in filter(None, (work.stopped, *work.flags)):
            self.log.warning("%s", line)
        if work.failed:
            self.log.error("%s", work.failed)
            self._failures.append(work.failed)
            return
        self._saved += 1
        self._flagged += bool(work.flags)
        self.notebooks = [*map(str, work.submission.notebooks)]
        self.run_post_convert_hook()

    def _save(self, work: Work) -> None:
        """Save a submission wholly or not at all; `save.put_in_place` says in which order."""
        started = time.monotonic()
        submission = work.submission
        layout = self._layouts[submission.assignment]
        notebooks = self._take_outcomes(work)
        files = work.files | {
            # nbformat would lay it out for readers, which takes longer than all else here.
            f"{name}.ipynb": json.dumps(cleaned(notebook), ensure_ascii=False).encode()
            for name, notebook in notebooks.items()
        }

        def write(gradebook: Transaction) -> None:
            record(gradebook, layout, submission, notebooks, self._graders, bool(work.flags))

        def commit() -> None:
            patiently(lambda: persist(self._gradebook, write), self.log, self._patience)
            work.seconds["save"] = time.monotonic() - started
            self._journal.append(self._entry(work))

        folder = Path(self._format_dest(submission.assignment, submission.student))
        with self._journal.writing():
            try:
                save.write_aside(folder, files)
                self._permit(submission)
                save.put_in_place(folder, self._only(submission.notebooks), commit)
            except BaseException:
                save.clear(folder)
                raise

    def _take_outcomes(self, work: Work) -> dict[str, NotebookNode]:
        """The executed notebooks as nbgrader keeps them; what else came back goes into `work`."""
        student = work.submission.student
        notebooks = {}
        for name, outcome in work.outcomes.items():
            file = f"{name}.ipynb"
            notebook = nbformat.v4.reads(outcome.notebook)
            notebooks[name], flags = save.finish(notebook, self._graders)
            work.flags += [f"{student}: {file}: {flag}." for flag in (*outcome.flags, *flags)]
            if outcome.stopped:
                work.stopped = sentence(student, file, f"ended early: {outcome.stopped}")
            for phase, seconds in outcome.seconds.items():
                work.seconds[phase] += seconds
            work.files = outcome.files | work.files
        return notebooks

    def _save_failure(self, work: Work) -> None:
        """Enter the submission without points, as nbgrader does, and delete what was graded."""
        submission = work.submission
        folder = Path(self._format_dest(submission.assignment, submission.student))
        with self._journal.writing():
            if save.discard(folder, self._only(submission.notebooks)):
                self.log.warning("Removing failed assignment: %s", folder)
            if self.coursedir.notebook_id != "*":
                folder.mkdir(parents=True, exist_ok=True)  # as nbgrader leaves it
            if self._may_enter(submission):
                layout = self._layouts[submission.assignment]
                patiently(
                    lambda: persist(self._gradebook, lambda book: enter(book, layout, submission)),
                    *(self.log, self._patience),
                )
            self._journal.append(self._entry(work))

    def _entry(self, work: Work) -> Entry:
        seconds = {phase: round(taken, 4) for phase, taken in work.seconds.items()}
        return Entry(
            work.submission.student,
            work.submission.assignment,
            seconds,
            tuple(work.remarks),
            tuple(work.flags),
            work.stopped,
            work.failed,
            self.sandbox,
        )

    def _permit(self, submission: Submission) -> None:
        """Let nbgrader set the permissions, while the folder is still aside."""
        self._aside = True
        try:
            self.set_permissions(submission.assignment, submission.student)
        finally:
            self._aside = False

    def _format_dest(self, assignment_id: str, student_id: str, escape: bool = False) -> str:
        path: str = super()._format_dest(assignment_id, student_id, escape)
        return str(save.aside(Path(path))) if self._aside else path


def _ran(outcome: Outcome) -> bool:
    """Whether a cell was reached; if no kernel started, it is no fault of the student's."""
    return not outcome.stopped or bool(outcome.seconds.keys() & {"cells", "checks"})


def install() -> None:
    """Put the engine in the place of nbgrader's, for its commands and for formgrader's buttons."""
    import nbgrader.apps.api as formgrader
    import nbgrader.apps.autogradeapp as command
    import nbgrader.apps.generatefeedbackapp as feedback_command
    import nbgrader.converters as converters

    for module in (command, formgrader, converters):
        module.Autograde = EngineAutograde
    for module in (feedback_command, formgrader, converters):
        module.GenerateFeedback = EngineFeedback
