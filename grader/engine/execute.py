"""Execute one submission: a pure function, a notebook and files in, a notebook out.

The student's cells run in one walled kernel.
At the exam boundary the checks run in a second one, the examiner's, and reach the student's
functions across a socket; the instructor's own set-up cells run in both.
"""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from copy import deepcopy
from itertools import takewhile
from pathlib import Path
from typing import Any

import nbformat
import zmq
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import is_grade, is_locked, is_solution

from .job import Job, Outcome
from .kernels import LARGEST_MESSAGE, WalledKernelManager
from .link import TRACE
from .recognize import recognize
from .written import taken
from .zygote import Zygote

GRACE = 5.0  # seconds that a kernel has to stop when it is told to
SHARE = 0.9  # of a check's time, after which the examiner itself says whose answers took too long
OUTPUTS = {"stream", "display_data", "update_display_data", "execute_result", "error"}
CAPPED = "[The rest of this output was longer than the limit and was left out.]\n"
LOST = {"LostStudentError", "CellTimeoutError"}  # errors that may leave the student's kernel busy
EXAM = "__import__('grader.engine.exam', fromlist=['exam'])"
WRITTEN = "__import__('grader.engine.written', fromlist=['written'])"
# After a check that runs in the student's kernel: assertions must still fail, plain and NumPy's.
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
    """A submission can not go on; the message says why in a sentence."""


def execute(job: Job, zygote: Zygote) -> Outcome:
    """Run a submission's cells and checks; whatever its code does, an outcome comes back."""
    return asyncio.run(_Submission(job, zygote).outcome())


class _Client(NotebookClient):
    """nbclient that keeps only so many bytes of a cell's output."""

    def __init__(self, notebook: NotebookNode, manager: WalledKernelManager, most: int) -> None:
        super().__init__(notebook, km=manager)
        self.manager = manager
        self.allow_errors = True
        self.record_timing = False
        self.raise_on_iopub_timeout = True
        # A student may have tagged a cell; no cell of a submission is skipped.
        self.skip_cells_with_tag = secrets.token_hex()
        self.on_cell_executed = _add_unseen_error
        self.most = self.room = most

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take an output as nbclient does, while there is room for it."""
        kind = msg["msg_type"]
        if kind.startswith("comm"):
            return None  # nobody is there to move a widget
        if kind in OUTPUTS:
            had_room = self.room > 0
            self.room -= len(str(msg["content"]))
            if self.room <= 0:
                if had_room:
                    cell.outputs.append(new_output("stream", name="stdout", text=CAPPED))
                return None
        return super().process_message(msg, cell, cell_index)

    async def run(self, cell: NotebookNode, index: int, seconds: float) -> None:
        """Execute a cell; its outputs, and an error of its code, are left in it.

        Raises:
            StoppedError: the kernel died, or did not stop after `seconds` and an interrupt.
        """
        self.room = self.most
        self.timeout = math.ceil(seconds)
        try:
            await self.async_execute_cell(cell, index)
        except DeadKernelError:
            raise StoppedError(self.why_dead()) from None
        except CellTimeoutError:
            too_long = f"the cell ran longer than {seconds:.0f} s"
            _add_error(cell, "CellTimeoutError", too_long)
            if not await self.stops():
                raise StoppedError(f"{too_long} and did not stop when told to") from None

    async def stops(self) -> bool:
        """Interrupt what runs, and tell whether the kernel is ready for another cell."""
        assert self.kc is not None
        await self.manager.interrupt_kernel()
        return await self.answers(self.kc.kernel_info())

    async def answers(self, request: str) -> bool:
        """Wait for the reply to a request, as long as the kernel lives and `GRACE` lasts."""
        assert self.kc is not None
        end = time.monotonic() + GRACE
        while time.monotonic() < end and await self.manager.is_alive():
            if await self.kc.shell_channel.socket.poll(100):
                reply = await self.kc.shell_channel.get_msg(timeout=1)
                if reply["parent_header"].get("msg_id") == request:
                    return True
        return False

    def why_dead(self) -> str:
        """The reason for the kernel's end, in a sentence."""
        return self.manager.reason or "the kernel died"

    async def why_cut_off(self) -> str:
        """Why the kernel takes no message: it died just now, or it broke the connection."""
        if not await self.manager.is_alive():
            return self.why_dead()
        most = LARGEST_MESSAGE >> 20
        return f"it broke the connection, or sent a message of more than {most} MiB"


class _Submission:
    """The state of one submission while it is executed."""

    def __init__(self, job: Job, zygote: Zygote) -> None:
        self.job = job
        self.zygote = zygote
        # Our own sanitiser wrote it; validating it again would take a quarter of the time here.
        self.notebook = nbformat.v4.reads(job.source)
        self.deadline = time.monotonic() + job.settings.notebook_seconds
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.flags: list[str] = []
        self.stopped = ""
        self.files: dict[str, bytes] = {}
        self.serving = ""  # the request by which the student's kernel serves checks
        self.ran: set[int] = set()  # the indices of the cells that are through

    async def outcome(self) -> Outcome:
        """Run everything; what could not run fails with the reason."""
        try:
            await self._run()
        except StoppedError as error:
            self.stopped = str(error)
        except Exception as error:  # hostile code can make any library raise anything
            # Feedback shows it; once the student's code has run, the message may be its own.
            what = "" if self.seconds.keys() & {"cells", "checks"} else f": {error}"
            self.stopped = f"the kernel could not be used ({type(error).__name__}{what})"
        for index, cell in enumerate(self.notebook.cells):
            if index not in self.ran and cell.cell_type == "code" and is_grade(cell):
                _add_error(cell, "NotRun", self.stopped)
        self.notebook.metadata["course"] = {"stopped": self.stopped}
        return Outcome(
            json.dumps(self.notebook),
            dict(self.seconds),
            tuple(self.flags),
            self.stopped,
            self.files,
        )

    async def _run(self) -> None:
        folder = self.zygote.new_folder()
        try:
            _write_files(folder / "files", self.job.files)
            self.socket = folder / "exam" / "socket"
            _write_files(self.socket.parent, self.job.masters)
            async with AsyncExitStack() as kernels:
                with self._timed("start"):
                    opening = [self._kernel(host=False)]
                    if self.job.settings.exam:
                        opening.append(self._kernel(host=True))
                    clients = await asyncio.gather(*map(kernels.enter_async_context, opening))
                self.student, *examiner = clients
                self.examiner = examiner[0] if examiner else None
                await self._run_cells()
                await self._take_files()
                with self._timed("questions"):
                    await recognize(self.notebook, self.job.questions, self._ask)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @asynccontextmanager
    async def _kernel(self, host: bool) -> AsyncIterator[_Client]:
        """A walled kernel with its client; `host` for the examiner's."""
        settings = self.job.settings
        folder = self.socket.parent
        manager = WalledKernelManager(
            zygote=self.zygote,
            limits=settings.limits,
            folder=str(folder if host else folder.with_name("files")),
            shared=str(folder) if settings.exam else "",
            host=host,
        )
        # nbclient puts what it runs into its notebook, and the examiner's are not the student's.
        notebook = (
            NotebookNode(self.notebook, cells=[*self.notebook.cells]) if host else self.notebook
        )
        client = _Client(notebook, manager, settings.output_bytes)
        await manager.start_kernel()
        client.kc = manager.client()
        client.kc.allow_stdin = False  # nobody is there to answer `input()`
        client.kc.start_channels()
        try:
            await client.kc.wait_for_ready(timeout=60)
            yield client
        finally:
            client.kc.stop_channels()
            await manager.shutdown_kernel(now=True)

    async def _run_cells(self) -> None:
        cells = enumerate(self.notebook.cells)
        code = [(i, cell) for i, cell in cells if cell.cell_type == "code" and cell.source.strip()]
        for place, (index, cell) in enumerate(code):
            try:
                if self.examiner is not None and _is_check(cell):
                    checks = takewhile(_is_check, (cell for _, cell in code[place:]))
                    await self._examine(cell, index, self.examiner, len(list(checks)))
                else:
                    await self._run_own(cell, index)
            except (StoppedError, zmq.Again) as error:
                cut_off = isinstance(error, zmq.Again)
                why = await self.student.why_cut_off() if cut_off else str(error)
                _add_error(cell, "Stopped", why)
                self.ran.add(index)
                raise StoppedError(why) from None
            self.ran.add(index)

    async def _run_own(self, cell: NotebookNode, index: int) -> None:
        """Run a cell in the student's kernel, and in the examiner's too if it is a set-up cell."""
        with self._timed("cells"):
            await self.student.run(cell, index, self._time_left())
        if self.examiner is not None and is_locked(cell):
            with self._timed("checks"):
                await self.examiner.run(deepcopy(cell), index, self._time_left())
        if self.examiner is None and _is_check(cell):
            await self._look_for_tampering(cell, index)

    async def _examine(
        self, cell: NotebookNode, index: int, examiner: _Client, checks: int = 1
    ) -> None:
        """Run a check in the examiner's kernel while the student's serves its functions.

        It is the first of so many `checks` in a row; the student's kernel goes on serving for all.
        """
        assert self.student.kc is not None
        exam = deepcopy(cell)
        seconds = self._time_left()
        answers = SHARE * seconds
        exam.source = f"{EXAM}.run({cell.source!r}, {str(self.socket)!r}, globals(), {answers})"
        serve = f"{EXAM}.serve({str(self.socket)!r}, globals(), {checks})"
        with self._timed("checks"):
            if not self.serving:
                self.serving = self.student.kc.execute(serve, silent=True, store_history=False)
            await examiner.run(exam, index, seconds)
            cell.outputs = [_in_brief(output) for output in exam.outputs]
            lost = any(output.get("ename") in LOST for output in cell.outputs)
            if checks > 1 and not lost:
                return
            serving, self.serving = self.serving, ""
            if (not lost and await self.student.answers(serving)) or await self.student.stops():
                return
        if await self.student.manager.is_alive():
            raise StoppedError("the student's code did not stop when told to")
        raise StoppedError(self.student.why_dead())

    async def _take_files(self) -> None:
        """Ask the student's kernel for the files that its code wrote."""
        most = self.job.settings.output_bytes // 2  # it arrives in a message, with more around it
        cell = new_code_cell(f"{WRITTEN}.show({list(self.job.files)!r}, {most})")
        index = len(self.notebook.cells)
        self.notebook.cells.append(cell)  # where nbclient looks for it
        try:
            await self.student.run(cell, index, self._time_left())
        finally:
            del self.notebook.cells[index]
        self.files = taken(_printed(cell), self.job.files)

    async def _ask(self, question: str) -> str:
        """What a question prints in the examiner's kernel; nothing if it fails."""
        assert self.examiner is not None
        cell = new_code_cell(question)
        await self._examine(cell, 0, self.examiner)
        return _printed(cell)

    async def _look_for_tampering(self, cell: NotebookNode, index: int) -> None:
        """Flag a check that passed in a kernel where a false assertion passes too."""
        if any(output.output_type == "error" for output in cell.outputs):
            return
        word = secrets.token_hex(8)
        canary = new_code_cell(CANARY.format(word=word))
        await self.student.run(canary, index, self._time_left())
        self.notebook.cells[index] = cell  # where nbclient has put the canary
        said = "".join(output.get("text", "") for output in canary.outputs)
        if said.strip() != word[::-1]:
            name = cell.metadata.nbgrader.grade_id
            self.flags.append(f"{name} ran in a kernel where false assertions no longer fail")
            _add_error(cell, "TamperedKernel", "assertions did not fail when they had to")

    def _time_left(self) -> float:
        """Seconds that the next cell may take."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            seconds = self.job.settings.notebook_seconds
            raise StoppedError(f"the notebook ran longer than {seconds:.0f} s")
        return min(left, self.job.settings.cell_seconds)

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


def _is_check(cell: NotebookNode) -> bool:
    return is_grade(cell) and not is_solution(cell)


def _add_unseen_error(cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
    """Add the error that ended a cell if it is in the reply alone: code can hide it elsewhere."""
    reply = execute_reply["content"]
    if reply["status"] == "error":
        shown = (output.get("ename") for output in cell.outputs)
        if reply.get("ename") not in shown:
            _add_error(cell, str(reply.get("ename")), str(reply.get("evalue")))


def _add_error(cell: NotebookNode, name: str, message: str) -> None:
    cell.outputs.append(
        new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
    )


def _printed(cell: NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def _in_brief(output: NotebookNode) -> NotebookNode:
    """An error of a check without the frames of the machinery that ran it."""
    if output.output_type == "error":
        own = [line for line in output.traceback if line.startswith(TRACE)]
        output.traceback = [*own, f"{output.ename}: {output.evalue}"]
    return output
