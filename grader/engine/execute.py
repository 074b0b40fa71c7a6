"""Execute one notebook: it and its files go in, the executed notebook comes out.

The student's cells run in one walled kernel. With the exam boundary, the checks run in a second
one, the examiner's, and call the student's functions across a socket. The instructor's set-up
cells run in both.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import signal
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import takewhile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.utils import is_grade, is_locked, is_solution

from grader.notebook import is_check

from .accepted_files import accepted_files, left_out
from .job import Job, Outcome
from .kernel_client import BrokenKernelError, KernelClient, wait
from .messages import NEW_FILES, TRACE
from .outputs import Outputs, add_error
from .recognize import Probe, recognize
from .zygote_manager import ZygoteManager

GRACE = 5.0  # seconds that a kernel has to stop after an interrupt
# The share of a check's time that the student's answers may take. The examiner then still has time
# to say that the student's code was too slow.
SHARE = 0.9
# If the kernels waited for a processor for this share of a time limit, the machine was too busy.
STARVED = 0.4
LOST = {"LostStudentError", "CellTimeoutError"}  # after these the student's kernel may be busy
# If so many scratch cells have ended the kernel or did not end in time, no others run.
MOST_FAULTS = 4
LEAST_SECONDS = 10.0  # that a cell may run, however many cells before it did not end in time
MOST_CHECKS = 16  # that one request serves; each needs an open file in the student's kernel
# A cell of the student's with one of these may delete names.
DELETES = re.compile(r"\bdel\b|\b(?:globals|locals|vars)\(|reset|user_ns|\bxdel\b")
# Around such a cell, these keep what the names stand for, and put back what is gone. Large arrays
# may go, because they may be deleted to make room. Not even `%reset` resets IPython's shell.
KEEP_NAMES = """\
get_ipython().kept = {
    name: value
    for name, value in globals().items()
    if not name.startswith("_") and getattr(value, "nbytes", 0) < 1_000_000
}
"""
PUT_NAMES_BACK = """\
print(len(get_ipython().kept.keys() - globals().keys()))
globals().update({**get_ipython().kept, **globals()})
"""
# Imports nothing under a name of its own, because names are the student's here.
SHOW_NEW_FILES = f"__import__({NEW_FILES!r}, fromlist=['show']).show({{known!r}}, {{most}})"
# Runs after a check in the student's kernel and prints the word only if a false assertion, plain or
# of NumPy's, still fails there.
CANARY = """\
import numpy.testing as canary
try:
    assert 0 == 1
except AssertionError:
    try:
        canary.assert_allclose(0, 1)
    except AssertionError:
        print({word!r}[::-1])
"""


class StoppedError(Exception):
    """A submission cannot go on; the message says why in a sentence."""


class HungKernelError(StoppedError):
    """A kernel does not stop when told to."""


def execute(
    job: Job, zygote: ZygoteManager, probes: Callable[[], Sequence[Probe]] = tuple
) -> Outcome:
    """Run a submission's cells and checks; whatever its code does, an outcome comes back.

    Args:
        job: the notebook and its files.
        zygote: forks the kernels.
        probes: gives what recognizes known mistakes in checks that lost points; it may wait.
    """
    execution = _Execution(job, zygote, probes)
    outcome = execution.outcome()
    if execution.examiner_was_killed:  # The student's code cannot kill it, so this costs no points.
        outcome = _Execution(job, zygote, probes).outcome()
    return outcome


class _Execution:
    """The state of one notebook while it is executed."""

    def __init__(
        self,
        job: Job,
        zygote: ZygoteManager,
        probes: Callable[[], Sequence[Probe]],
    ) -> None:
        self.job = job
        self.zygote = zygote
        self.probes = probes
        # Our own sanitizer wrote it. Validating it again would take a quarter of the time here.
        self.notebook = nbformat.v4.reads(job.source)
        self.deadline = time.monotonic() + job.settings.notebook_seconds
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.flags: list[str] = []
        self.remarks: list[str] = []
        self.stopped = ""
        self.examiner_was_killed = False
        self.starved = False
        self.timeouts = 0  # of cells that did not end in time
        self.files: dict[str, bytes] = {}
        self.outputs = Outputs(job.settings.output_bytes)
        self.lines: list[socket.socket] = []  # to the student's kernel, one for each check to come
        self.ran: set[int] = set()  # the indices of the cells that have run
        self.faults = 0  # of scratch cells
        self.was_repeated = False  # after the student's kernel was killed
        # Why a scratch cell does not run, or does not run again, by the cell's index.
        self.left_out: dict[int, str] = {}
        self.suspects: dict[int, str] = {}

    def outcome(self) -> Outcome:
        """Run everything; a check that could not run fails with the reason."""
        try:
            self._run()
        except (BrokenKernelError, StoppedError) as error:
            self.stopped = str(error)
        except Exception as error:  # hostile code can make any library raise anything
            # Feedback shows the reason. Once the student's code has run, it may have written the
            # message of the error.
            what = "" if self.seconds.keys() & {"cells", "checks"} else f": {error}"
            self.stopped = f"the kernel could not be used ({type(error).__name__}{what})"
        for index, cell in enumerate(self.notebook.cells):
            if index not in self.ran and cell.cell_type == "code" and is_grade(cell):
                add_error(cell, "NotRun", self.stopped)
        self.notebook.metadata["course"] = {"stopped": self.stopped}
        # JSON may hold half of a surrogate pair, which UTF-8 cannot write; it becomes "?".
        notebook = json.dumps(self.notebook, ensure_ascii=False).encode(errors="replace").decode()
        return Outcome(
            notebook,
            dict(self.seconds),
            (*self.flags, *self._flags_of_cells_left_out()),
            self.stopped,
            self.files,
            tuple(self.remarks),
            self.starved,
            self.zygote.walls,
        )

    def _run(self) -> None:
        folder = self.zygote.new_folder()
        self.files_folder = folder / "files"
        try:
            _write_files(self.files_folder, self.job.files)
            with ExitStack() as kernels:
                with self._timed("start"):
                    self._start(folder, kernels)
                self._run_cells()
                self._take_files()
                probes = self.probes()  # waiting for them is no time of this submission
                with self._timed("mistakes"):
                    recognize(self.notebook, probes, self._run_probe)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, folder: Path, kernels: ExitStack) -> None:
        """Start the student's kernel and, at the same time, the examiner's."""
        settings = self.job.settings
        self.student = KernelClient(self.zygote, self.files_folder, settings.limits)
        kernels.callback(lambda: self.student.stop())
        self.examiner = None
        if settings.exam:
            _write_files(folder / "exam", self.job.masters)
            kernels.callback(self._hang_up)
            self.examiner = KernelClient(self.zygote, folder / "exam", settings.limits)
            kernels.callback(self.examiner.stop)
            self.examiner.ready()
            kernels.callback(self._see_whether_examiner_was_killed)  # before it is stopped
        self.student.ready()

    def _see_whether_examiner_was_killed(self) -> None:
        self.examiner_was_killed = self.examiner is not None and self.examiner.was_killed

    def _run_cells(self) -> None:
        """Run all cells. Where the student's kernel dies, go on in a new one if that may help."""
        cells = enumerate(self.notebook.cells)
        code = [(i, cell) for i, cell in cells if cell.cell_type == "code" and cell.source.strip()]
        place = 0
        while place < len(code):
            index, cell = code[place]
            checks = takewhile(is_check, (cell for _, cell in code[place:]))
            try:
                self._run_cell(index, cell, len(list(checks)))
            except (BrokenKernelError, StoppedError) as error:
                if not self._leaves_out(index, cell, error):
                    if index not in self.ran:
                        add_error(cell, "Stopped", str(error))
                        self.ran.add(index)
                    raise StoppedError(str(error)) from None
                self._restart()
                place = 0  # Cells that have run define the student's names once more.
                continue
            self.ran.add(index)
            place += 1

    def _run_cell(self, index: int, cell: NotebookNode, checks: int) -> None:
        """Run a cell, or only its code if it has run before; a check never runs twice.

        Args:
            index: its place in the notebook.
            cell: the cell; it keeps the outputs of its first run.
            checks: how many checks follow each other from here on.
        """
        if index in self.left_out or index in self.suspects:
            if index not in self.ran:
                self.outputs.begin(cell)
                add_error(cell, "LeftOut", self.left_out[index])
        elif self.examiner is not None and is_check(cell):
            if index not in self.ran:
                self._examine(cell, self.examiner, checks)
        elif index not in self.ran:
            self._run_own(cell)
            if _is_scratch(cell) and _has_error(cell, "CellTimeoutError"):
                self._count_fault(1)
        elif not _has_error(cell, "CellTimeoutError"):
            with self._timed("cells"):
                self._run_in_students(NotebookNode(cell))

    def _leaves_out(self, index: int, cell: NotebookNode, error: Exception) -> bool:
        """Decide which cells a new kernel does without; return whether there should be one.

        Args:
            index: where in the notebook the student's kernel died or did not stop.
            cell: the cell there.
            error: how it died, or why it could not go on.
        """
        is_hung = isinstance(error, HungKernelError)
        is_lost = is_hung or isinstance(error, BrokenKernelError)
        if not is_lost or self._is_examiner_lost():
            return False
        if _is_scratch(cell):
            self.left_out[index] = str(error)
            # To exceed a limit or to hang takes long, so half as many cells may do so.
            self._count_fault(2 if is_hung or self._has_exceeded_limit() else 1)
            return True
        if self.student.was_killed and not self.was_repeated:
            # If its own code killed it, that happens again. If the system did, it costs no points.
            self.was_repeated = True
            return True
        return self._suspects_more(f"with it the kernel did not last ({error})")

    def _suspects_more(self, reason: str) -> bool:
        """Suspect scratch cells of the kernel's death in another cell; return if there are any.

        A thread or a hoard of an earlier cell can kill the kernel later. A cell that did not end
        in time has used up most of the processor time, so such cells come first.
        """
        cells = self.notebook.cells
        scratch = [
            index for index in sorted(self.ran - self.left_out.keys()) if _is_scratch(cells[index])
        ]
        slow = [index for index in scratch if _has_error(cells[index], "CellTimeoutError")]
        known = len(self.suspects)
        for indices in (slow, scratch):
            if len(self.suspects) == known:
                self.suspects |= dict.fromkeys(indices, reason)
        return len(self.suspects) > known

    def _count_fault(self, weight: int) -> None:
        """Count a fault of a scratch cell; after too many, leave out those that have not run."""
        self.faults += weight
        if self.faults < MOST_FAULTS:
            return
        for index, cell in enumerate(self.notebook.cells):
            if _is_scratch(cell) and index not in self.ran:
                self.left_out.setdefault(index, "scratch cells before ended the kernel or hung")

    def _is_examiner_lost(self) -> bool:
        """Whether the examiner's kernel died or hangs."""
        if self.examiner is None:
            return False
        return not self.examiner.is_alive or self.examiner.running != 0

    def _has_exceeded_limit(self) -> bool:
        """Whether the student's kernel was ended because it exceeded a limit."""
        child = self.student.child
        return child.poll() in {-signal.SIGKILL, -signal.SIGXCPU} and child.reason != ""

    def _restart(self) -> None:
        """Put a new kernel of the student's in the place of the one that died."""
        with self._timed("start"):
            self._hang_up()
            self.student.stop()
            self.student = KernelClient(self.zygote, self.files_folder, self.job.settings.limits)
            self.student.ready()

    def _flags_of_cells_left_out(self) -> Iterator[str]:
        """Yield a flag for each reason for which scratch cells did not run."""
        left_out = {**self.left_out, **({} if self.stopped else self.suspects)}
        places = defaultdict(list)
        place = "its start"
        for index, cell in enumerate(self.notebook.cells):
            place = cell.metadata.get("nbgrader", {}).get("grade_id") or place
            if index in left_out:
                places[left_out[index]].append(place)
        for reason, names in places.items():
            what = "a scratch cell" if len(names) == 1 else "scratch cells"
            where = ", ".join(dict.fromkeys(names))
            yield f"was graded without {what} after {where}, because {reason}"

    def _run_own(self, cell: NotebookNode) -> None:
        """Run a cell in the student's kernel, and in the examiner's too if it is a set-up cell."""
        with self._timed("cells"):
            self._run_in_students(cell)
        if self.examiner is not None and is_locked(cell):
            with self._timed("checks"):
                self._run_in(self.examiner, new_code_cell(cell.source))
        if self.examiner is None and is_check(cell):
            self._look_for_tampering(cell)

    def _run_in_students(self, cell: NotebookNode) -> None:
        """Run a cell in the student's kernel; names that it deletes are put back.

        Answers before it and checks to come need these names.
        """
        if is_locked(cell) or not DELETES.search(cell.source):
            self._run_in(self.student, cell)
            return
        self._run_in(self.student, new_code_cell(KEEP_NAMES))
        self._run_in(self.student, cell)
        after = new_code_cell(PUT_NAMES_BACK)
        self._run_in(self.student, after)
        remark = "has a cell that deleted names; they were put back"
        if _printed(after).strip() not in {"", "0"} and remark not in self.remarks:
            self.remarks.append(remark)

    def _run_in(self, kernel: KernelClient, cell: NotebookNode) -> None:
        """Execute a cell; its outputs, and an error of its code, are left in it.

        Raises:
            BrokenKernelError: the kernel died.
            StoppedError: it did not stop after the time for a cell and an interrupt.
        """
        seconds = self._time_left()
        self.outputs.begin(cell)
        kernel.start(cell.source, self.outputs.take)
        self._see_through(cell, seconds, kernel)
        count = kernel.reply.get("execution_count")
        cell.execution_count = count if isinstance(count, int) else None

    def _see_through(
        self, cell: NotebookNode, seconds: float, kernel: KernelClient, *others: KernelClient
    ) -> None:
        """Wait for the end of a cell; listen to `others` too, or a full socket would block them."""
        if wait([kernel, *others], lambda: not kernel.running, seconds):
            _add_unseen_error(cell, kernel.reply)
            return
        too_long = f"the cell ran longer than {seconds:.0f} s"
        add_error(cell, "CellTimeoutError", too_long)
        self._count_timeout(seconds)
        if not kernel.interrupt(GRACE):
            raise HungKernelError(f"{too_long} and did not stop when told to")

    def _examine(self, cell: NotebookNode, examiner: KernelClient, checks: int = 1) -> None:
        """Run a check in the examiner's kernel while the student's serves its functions.

        Args:
            cell: the check.
            examiner: the kernel that runs it.
            checks: how many checks follow each other from here on. The student's kernel serves all
                of them with one request.
        """
        with self._timed("checks"):
            if not self.student.running:
                self._hang_up()
                pairs = [socket.socketpair() for _ in range(min(checks, MOST_CHECKS))]
                self.lines = [ours for ours, _ in pairs]
                self.student.serve([theirs for _, theirs in pairs])
            seconds = self._time_left()
            self.outputs.begin(cell)
            examiner.examine(cell.source, self.lines.pop(0), SHARE * seconds, self.outputs.take)
            self._see_through(cell, seconds, examiner, self.student)
            for output in cell.outputs:
                _shorten(output)
            lost = any(output.get("ename") in LOST for output in cell.outputs)
            if lost and not _has_error(cell, "CellTimeoutError"):
                self._count_timeout(seconds)
            if self.lines and not lost:
                return
            done = not lost and wait([self.student], lambda: not self.student.running, GRACE)
            if not done and not self.student.interrupt(GRACE):
                raise HungKernelError("the student's code did not stop when told to")

    def _hang_up(self) -> None:
        for line in self.lines:
            line.close()
        self.lines = []

    def _take_files(self) -> None:
        """Ask the student's kernel for the files that its code wrote."""
        most = self.job.settings.output_bytes // 2  # it arrives in a message, with more around it
        cell = new_code_cell(SHOW_NEW_FILES.format(known=list(self.job.files), most=most))
        self._run_in(self.student, cell)
        printed = _printed(cell)
        self.files = accepted_files(printed, self.job.files)
        self.remarks += filter(None, [left_out(printed, self.files)])

    def _run_probe(self, source: str) -> str:
        """What a probe prints in the examiner's kernel; nothing if it fails."""
        assert self.examiner is not None
        cell = new_code_cell(source)
        self._examine(cell, self.examiner)
        return _printed(cell)

    def _look_for_tampering(self, cell: NotebookNode) -> None:
        """Flag a check that passed in a kernel in which a false assertion passes too."""
        if any(output.output_type == "error" for output in cell.outputs):
            return
        word = secrets.token_hex(8)
        canary = new_code_cell(CANARY.format(word=word))
        self._run_in(self.student, canary)
        if _printed(canary).strip() != word[::-1]:
            name = cell.metadata.nbgrader.grade_id
            self.flags.append(f"{name} ran in a kernel where false assertions no longer fail")
            add_error(cell, "TamperedKernel", "a false assertion did not fail")

    def _count_timeout(self, seconds: float) -> None:
        """Note that a cell did not end in so many seconds, which is the time that it had."""
        self._see_what_took_so_long(seconds)
        self.timeouts += 1
        if self.timeouts == 1:  # It may be a scratch cell, which must not cost the others' time.
            self.deadline += seconds

    def _see_what_took_so_long(self, seconds: float) -> None:
        """Note whether the kernels waited for a processor for a good part of so many seconds."""
        kernels = (kernel for kernel in (self.student, self.examiner) if kernel is not None)
        waited = sum(kernel.child.seconds_waited() for kernel in kernels)
        self.starved = self.starved or waited > STARVED * seconds

    def _time_left(self) -> float:
        """Return the seconds that the next cell may take, after each timeout half as many."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            seconds = self.job.settings.notebook_seconds
            self._see_what_took_so_long(seconds)
            raise StoppedError(f"the notebook ran longer than {seconds:.0f} s")
        most = self.job.settings.cell_seconds
        return min(left, max(most / 2**self.timeouts, min(most, LEAST_SECONDS)))

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[phase] += time.monotonic() - started


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _add_unseen_error(cell: NotebookNode, reply: dict[str, object]) -> None:
    """Add the error that ended a cell if only the reply has it; code can hide it elsewhere."""
    if reply.get("status") == "error":
        shown = (output.get("ename") for output in cell.outputs)
        if reply.get("ename") not in shown:
            add_error(cell, str(reply.get("ename")), str(reply.get("evalue")))


def _is_scratch(cell: NotebookNode) -> bool:
    """Whether a code cell is neither an answer, nor a check, nor locked."""
    return cell.cell_type == "code" and not (is_solution(cell) or is_grade(cell) or is_locked(cell))


def _has_error(cell: NotebookNode, name: str = "") -> bool:
    """Whether a cell ended with an error, or with the error of this name."""
    errors = (output for output in cell.outputs if output.output_type == "error")
    return any(not name or error.ename == name for error in errors)


def _printed(cell: NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def _shorten(output: NotebookNode) -> None:
    """Keep of a check's error only the student's own lines and the message."""
    if output.output_type == "error":
        own = [line for line in output.traceback if line.startswith(TRACE)]
        output.traceback = [*own, f"{output.ename}: {output.evalue}"]
