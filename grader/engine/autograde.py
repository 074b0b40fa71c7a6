"""`nbgrader autograde` over the engine: the class that takes the place of nbgrader's own.

It plans what is due, runs it, and records each result. This process alone sanitizes, and it alone
writes to the gradebook; workers execute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from nbgrader.preprocessors import Execute

from grader import GraderError

from .autograde_base import AutogradeBase
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


class EngineAutograde(AutogradeBase):
    """nbgrader's Autograde: sanitizes one after the other, executes in parallel, saves each.

    It is configured as `c.Autograde`. If a submission cannot be graded, `start` grades all others
    and then raises `NbGraderException`.
    """

    recorder: Recorder  # what became of each submission

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
            walls=self.walls,
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
        self.zygote = ZygoteManager(self._modules(words), self.sandbox, self.walls)
        try:
            self.zygote.launch()
            yield
        finally:
            self.zygote.stop()
            self.zygote = None
