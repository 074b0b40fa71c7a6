"""`nbgrader autograde` over the engine: the class that takes the place of nbgrader's own.

It plans what is due, runs it, and records each result. This process alone sanitizes, and it alone
writes to the gradebook; workers execute.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import Execute
from traitlets import Bool, Dict, Float, Integer, List, TraitError, Unicode, validate

from grader import GraderError
from grader.notebook import BadSubmissionError

from . import graded_folder
from .gradebook import BusyError, SaveError, connect, patiently
from .job import Settings
from .journal import Entry, Journal
from .messages import BOUNDARY, OBSERVE, Limits
from .plan import Course, Plan, make_plan, read_course
from .progress_bar import progress_bar
from .record import Recorder
from .run import Runner
from .zygote_manager import ZygoteManager

NO_WALLS = (
    "Grading without walls, as you asked: students' code can read and change whatever you can, "
    "the gradebook too."
)


class EngineAutograde(Autograde):
    """nbgrader's Autograde: sanitizes one after the other, executes in parallel, saves each.

    It is configured as `c.Autograde`. If a submission cannot be graded, `start` grades all others
    and then raises `NbGraderException`.
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
        help="Limits of each kernel that differ from the engine's, by name: "
        + ", ".join(f"{name} ({value})" for name, value in vars(Limits()).items())
    ).tag(config=True)
    modules = List(
        Unicode(),
        help="Modules imported once, before the first submission, for all of them; "
        "modules that the instructor's notebooks do not use are left out.",
    ).tag(config=True)
    patience = Float(
        600, help="Seconds to wait for a gradebook that another program has locked."
    ).tag(config=True)

    are_mended = False  # whether the hand-ins were read and mended already, by this process
    zygote: ZygoteManager | None = None  # one that imports its modules already
    recorder: Recorder  # what became of each submission

    @validate("limits")
    def _check_limits(self, proposal: dict[str, Any]) -> dict[str, int]:
        try:
            return Limits.from_settings(proposal["value"]).changed()
        except ValueError as error:
            raise TraitError(f"Autograde.limits: {error}") from None

    def convert_notebooks(self) -> None:
        """Grade all submissions that are due; a problem with one stops no other."""
        if not self.sandbox:
            self.log.warning(NO_WALLS)
        mode = 0o664 if self.coursedir.groupshared else 0o644
        self.journal = Journal(Path(self.coursedir.root), mode)
        try:
            gradebook, course = self._open()
            with gradebook:
                self._grade(gradebook, course)
        except GraderError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        except KeyboardInterrupt:
            self.log.error("Canceled")
            raise
        self._sum_up()

    def _open(self) -> tuple[Gradebook, Course]:
        """Open the gradebook and read from it what all submissions share."""

        def read() -> tuple[Gradebook, Course]:
            gradebook = connect(self.coursedir)
            return gradebook, read_course(gradebook, self)

        try:
            return patiently(read, self.log, self.patience)
        except BusyError as error:
            raise GraderError(f"{error}; run autograde again.") from None
        except SaveError as error:
            advice = "after an update of nbgrader, back it up and run 'nbgrader db upgrade'"
            raise GraderError(f"{error}; {advice}.") from None

    def _grade(self, gradebook: Gradebook, course: Course) -> None:
        sanitizers = self._steps(sanitizing=True)
        graders = self._steps(sanitizing=False)
        self.recorder = Recorder(self, gradebook, course, graders)
        plan = make_plan(self, course)
        executes = any(isinstance(step, Execute) and step.enabled for step in graders)
        runner = Runner(self, course, sanitizers, self._settings(course), executes)
        with progress_bar(self.coursedir.assignment_id, plan.size, self.log) as advance:
            self._record(plan, runner, advance)

    def _record(self, plan: Plan, runner: Runner, advance: Any) -> None:
        for failed in plan.failed:
            self.recorder.record(failed)
            advance()
        with closing(runner.run(plan.due)) as results:
            for result in results:
                self.recorder.record(result)
                advance()

    def entries(self) -> dict[tuple[str, str], Entry]:
        """What is known of each submission of this run, by student and assignment."""
        return self.recorder.entries if hasattr(self, "recorder") else {}

    def _sum_up(self) -> None:
        saved, failures = self.recorder.saved, self.recorder.failures
        self.log.info(
            "%d graded, %d of them flagged for a person; %d failed.",
            *(saved, self.recorder.flagged, len(failures)),
        )
        if failures:
            for failure in failures if saved + len(failures) > 1 else ():
                self.log.error("%s", failure)
            raise NbGraderException(
                f"{len(failures)} of {saved + len(failures)} submissions could not be graded; "
                f"the reasons are above and in {self.journal.path}."
            )

    def _steps(self, sanitizing: bool) -> Sequence[Preprocessor]:
        """The preprocessors that nbgrader is configured with, made once for all submissions."""
        self._sanitizing = sanitizing
        self._init_preprocessors()
        self._sanitizing = True
        return tuple(self.exporter._preprocessors)

    def _settings(self, course: Course) -> Settings:
        timeout = Execute(parent=self).timeout if self.cell_seconds is None else self.cell_seconds
        return Settings(
            limits=Limits.from_settings(self.limits),
            cell_seconds=self.notebook_seconds if timeout is None else timeout,
            notebook_seconds=self.notebook_seconds,
            output_bytes=self.output_bytes,
            exam=self.exam,
            sandbox=self.sandbox,
            modules=self._modules(course.words()),
        )

    def _modules(self, words: Set[str]) -> tuple[str, ...]:
        """What the zygote imports for notebooks in which these words occur."""
        used = (module for module in self.modules if module.split(".")[0] in words)
        return (*used, BOUNDARY, OBSERVE)

    @contextmanager
    def early_zygote(self, notebook: NotebookNode) -> Iterator[None]:
        """Let a zygote for this notebook import its modules while the block prepares the run."""
        if self.scheduler:
            yield
            return
        code = (cell.source for cell in notebook.cells if cell.cell_type == "code")
        words = {word for source in code for word in re.findall(r"\w+", source)}
        self.zygote = ZygoteManager(self._modules(words), self.sandbox)
        try:
            self.zygote.launch()
            yield
        finally:
            self.zygote.stop()
            self.zygote = None

    # What plan, run and record ask of nbgrader

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Whether a submission is to be graded; by nbgrader's rules, but nothing is deleted."""
        if student_id in self.coursedir.student_id_exclude.split(","):
            return False
        folder = self.destination(assignment_id, student_id)
        only = self.only(self.notebooks)
        graded = [folder] if only is None else [folder / name for name in only]
        if not all(path.exists() for path in graded) or not any(folder.iterdir()):
            return True
        if self.force:
            self.log.warning("Replacing existing assignment: %s", folder)
            return True
        new = self.timestamp(self._format_source(assignment_id, student_id))
        old = self.timestamp(str(folder))
        if new is not None and old is not None and new > old:
            self.log.warning("Updating existing assignment: %s", folder)
            return True
        self.log.info("Skipping existing assignment: %s", folder)
        return False

    def ids(self, path: str) -> tuple[str, str]:
        """The assignment and the student that a folder of hand-ins belongs to."""
        pattern = self._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True)
        match = re.match(pattern, path)
        if match is None:
            raise GraderError(f"{path} does not fit nbgrader's directory structure {pattern}.")
        return match["assignment"], match["student"]

    def timestamp(self, folder: str) -> Any:
        """When the files in a folder were handed in; None if that is not known.

        Raises:
            BadSubmissionError: its timestamp.txt holds no time.
        """
        path = Path(folder, "timestamp.txt")
        try:
            if path.is_file() and not path.is_symlink():
                return self.coursedir.get_existing_timestamp(folder)
        except (AttributeError, OSError, ValueError):  # nbgrader stumbles over its own message
            pass
        if os.path.lexists(path):
            raise BadSubmissionError("timestamp.txt holds no time that can be read")
        return None

    def only(self, notebooks: Sequence[str | Path]) -> list[str] | None:
        """The names of the notebooks if just some of the assignment's are graded, else None."""
        if self.coursedir.notebook_id == "*":
            return None
        return [Path(notebook).name for notebook in notebooks]

    def destination(self, assignment: str, student: str) -> Path:
        """The folder of a graded submission."""
        return Path(self._format_dest(assignment, student))

    def permit_aside(self, assignment: str, student: str) -> None:
        """Let nbgrader set the permissions of a folder that is still written aside."""
        self._aside = True
        try:
            self.set_permissions(assignment, student)
        finally:
            self._aside = False

    _aside = False

    def _format_dest(self, assignment_id: str, student_id: str, escape: bool = False) -> str:
        path: str = super()._format_dest(assignment_id, student_id, escape)
        return str(graded_folder.aside(Path(path))) if self._aside else path
