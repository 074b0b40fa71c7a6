"""Starts the zygote, asks it for kernels, and stops it.

The zygote (`sandbox.zygote`) is a process that has imported NumPy, Keras and ipykernel once and
forks a kernel for each request. It listens on a Unix socket in the *spool*, the one folder that
both sides see. Each kernel has a connection of its own:

    to the zygote    a `ForkRequest`, with the kernel's socket and the pipes of its standard output
                     and error; then the bytes `INTERRUPT` and `WAITED`, any number of times;
                     closing it kills the kernel
    from the zygote  {"ready": true} or {"error": …}; {"waited": seconds} in answer to `WAITED`;
                     {"exit": code, "reason": …} when the kernel has died; closed when every process
                     that the kernel started is gone

A message in JSON follows its length, as `messages.framed` writes it.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from grader import GraderError

from . import walls
from .messages import (
    INTERRUPT,
    WAITED,
    ZYGOTE,
    ForkRequest,
    Inbox,
    TooLargeError,
    framed,
)

START_SECONDS = 300.0  # TensorFlow is slow on a cold disk
STOP_SECONDS = 10.0
ANSWER_SECONDS = 2.0
PAUSE = 0.02  # seconds between two looks at processes that end
# An empty spool younger than this may belong to a grader that is just starting.
NEW_SECONDS = 60.0
UNPICKLED = {"_process", "_lock"}  # what only the process that started the zygote has
LONGEST_SOCKET = 103  # bytes of a Unix socket's path, on macOS; Linux allows a few more


class ZygoteError(GraderError):
    """The preloaded process did not start or is gone; the message says why."""


class KernelProcess:
    """A forked kernel as the trusted side sees it; no method blocks forever.

    Attributes:
        ready: whether it takes cells.
        gone: whether all processes that it started have ended.
        reason: why it ended, in a sentence; "" while it runs, or if nobody knows.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(False)
        self._inbox = Inbox()
        self._code: int | None = None
        self._waited: float | None = None
        self.ready = False
        self.gone = False
        self.reason = ""

    def fileno(self) -> int:
        """The file that is readable when `poll` has news, for `select` and event loops."""
        return self._connection.fileno()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while a process of it still runs."""
        while not self.gone:
            try:
                message = self._connection.recv(1 << 16)
            except BlockingIOError:
                return None
            except OSError:
                message = b""
            try:
                for news in self._inbox.take(message):
                    self._take(json.loads(news))
            except (TooLargeError, ValueError):
                message = b""
            if not message:
                self._hang_up()
        return self._code

    def _hang_up(self) -> None:
        self.gone = True
        self._connection.close()
        if self._code is None:
            self._code = -signal.SIGKILL

    def _take(self, news: dict[str, Any]) -> None:
        self.ready = self.ready or news.get("ready", False)
        if not self.ready or "exit" in news:
            self._code = news.get("exit", 1)
        self.reason = news.get("error", news.get("reason", self.reason))
        self._waited = news.get("waited", self._waited)

    def seconds_waited(self) -> float:
        """Return how long it has waited for a processor so far; 0 if nobody answers."""
        self._waited = None
        with suppress(OSError):  # it has already ended
            self._connection.send(bytes([WAITED]))
        end = time.monotonic() + ANSWER_SECONDS
        while self.poll() is None and self._waited is None:
            if not _readable(self._connection, max(0.0, end - time.monotonic())):
                break
        return self._waited or 0.0

    def interrupt(self) -> None:
        """Send the kernel the signal of Ctrl-C, which its code may ignore."""
        with suppress(OSError):  # it has already ended
            self._connection.send(bytes([INTERRUPT]))

    def kill(self) -> None:
        """Let the zygote kill it with all processes that it started; `wait` waits for the end."""
        with suppress(OSError):  # it has already ended
            self._connection.shutdown(socket.SHUT_WR)

    def wait(self, seconds: float) -> int | None:
        """Do what `poll` does, but give it some time to end."""
        end = time.monotonic() + seconds
        while self.poll() is None and (left := end - time.monotonic()) > 0:
            _readable(self._connection, left)
        return self.poll()


class ZygoteManager:
    """Starts and stops a zygote; one serves all workers of a machine, in several threads.

    A pickled copy, in another process, can ask for kernels but cannot start or stop the zygote.

    Args:
        modules: imported before the first fork. None may start a thread when it is imported.
        sandbox: raise the walls; without them a kernel is an ordinary process.
        forced: the only kind of walls to try; by default the strongest that can be built.

    Attributes:
        kind: the kind of walls, one of `walls.KINDS`, as soon as it is ready; "" if there are none.
    """

    def __init__(self, modules: Sequence[str], sandbox: bool = True, forced: str = "") -> None:
        self.modules = tuple(modules)
        self.sandbox = sandbox
        self.forced = forced
        self.kind = ""
        self.spool = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._problem = ""
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        self.wait_until_ready()
        return {name: value for name, value in vars(self).items() if name not in UNPICKLED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _process=None, _lock=threading.Lock())

    def __enter__(self) -> ZygoteManager:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def walls(self) -> str:
        """The name of the kind of walls, such as "Landlock (version 7)"; "" if there are none."""
        return walls.name_of(self.kind) if self.kind else ""

    @property
    def socket(self) -> Path:
        """The Unix socket on which it listens."""
        return self.spool / "zygote"

    def start(self) -> None:
        """Start it and wait until its modules are imported.

        Raises:
            NoWallsError: the walls cannot be built on this machine.
            ZygoteError: a module cannot be imported or started a thread.
        """
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start it and do not wait; the caller has other work while it imports its modules."""
        kind = ""
        if self.sandbox:
            walls.check_system()
            # Most machines can build these; `wait_until_ready` sees whether this one can.
            kind = self.forced or walls.KINDS[0]
        self._launch(kind)

    def _launch(self, kind: str) -> None:
        """Start it behind walls of this kind."""
        self.kind = kind
        _sweep(_short_folder())
        self.spool = Path(tempfile.mkdtemp(prefix="grading-", dir=_short_folder()))
        program, environment = walls.program(kind, self.spool, ZYGOTE, modules=self.modules)
        with open(self.spool / "log", "wb") as log:
            self._process = subprocess.Popen(
                program,
                env=environment,
                cwd=self.spool,
                stdin=subprocess.PIPE,  # closed when this process ends; then the zygote ends too
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches only this process, which stops the zygote
            )

    def wait_until_ready(self) -> None:
        """Wait until its modules are imported; raises what `start` raises."""
        with self._lock:
            if self._is_ready:
                return
            try:
                self._have_the_strongest_walls()
                self._problem = self._problem or self._first_word()
                if self._problem:
                    raise ZygoteError(
                        f"The process that kernels are forked from did not start: {self._problem}"
                    )
            except BaseException:
                self.stop()
                raise
            self._is_ready = True

    def _have_the_strongest_walls(self) -> None:
        """Start it again behind other walls if those that it was started with cannot be built."""
        kind = walls.strongest(self.forced) if self.sandbox else ""
        if self._process is not None and kind != self.kind:
            self.stop()
            self._launch(kind)

    def _first_word(self) -> str:
        """Wait for "ready"; anything else that it prints or does instead is the problem."""
        if self._process is None:
            return "it was stopped"
        assert self._process.stdout is not None
        if not _readable(self._process.stdout, START_SECONDS):
            return f"it was not ready after {START_SECONDS:.0f} s"
        line = self._process.stdout.readline().decode().strip()
        if line == "ready":
            return ""
        log = (self.spool / "log").read_text(errors="replace").strip()
        return line or log[-500:] or "it ended"

    def stop(self) -> None:
        """End it and every kernel that it forked; not for a pickled copy."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _kill_with_all_below(process.pid)
            process.wait()
        with suppress(RecursionError):  # only a killed zygote leaves folders that are so deep
            shutil.rmtree(self.spool, ignore_errors=True)

    def new_folder(self) -> Path:
        """Make an empty folder that kernels can be shown; the caller removes it.

        Raises:
            NoWallsError, ZygoteError: the zygote did not start.
        """
        self.wait_until_ready()  # it may have to start again, with another spool
        return Path(tempfile.mkdtemp(prefix="", dir=self.spool))

    def fork(self, request: ForkRequest, files: Sequence[int]) -> KernelProcess:
        """Ask for a kernel, which is not ready yet when this returns.

        Args:
            request: what kind of kernel.
            files: its socket, its standard output and its standard error; it gets copies of them.

        Raises:
            NoWallsError, ZygoteError: the zygote did not start, or is gone.
        """
        self.wait_until_ready()
        connection = socket.socket(socket.AF_UNIX)
        data = framed(json.dumps({**asdict(request), "spool": str(self.spool)}).encode())
        try:
            connection.connect(str(self.socket))
            socket.send_fds(connection, [data[:1]], files)  # the files come with the first byte
            connection.sendall(data[1:])
        except OSError as error:
            connection.close()
            message = f"The process that kernels are forked from is gone: {error}"
            raise ZygoteError(message) from None
        return KernelProcess(connection)


def _readable(file: Any, seconds: float) -> bool:
    """Wait until there is something to read; unlike `select`, this takes files of any number."""
    waiter = select.poll()
    waiter.register(file, select.POLLIN)
    return bool(waiter.poll(1000 * seconds))


def _kill_with_all_below(process: int) -> None:
    """Kill the zygote and all that it started, which are below it until the last of them ends."""
    while below := _below(process):
        for number in below:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(PAUSE)
    os.kill(process, signal.SIGKILL)


def _below(process: int) -> list[int]:
    """Return the numbers of the processes below one that have not ended yet; Linux lists them."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text(errors="replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                parents[int(path.parent.name)] = int(parent)

    def leads_up(number: int) -> bool:
        while number in parents and number != process:
            number = parents[number]
        return number == process

    return [number for number in parents if number != process and leads_up(number)]


def _short_folder() -> str:
    """Return the folder for temporary files, or /tmp if its name is too long for a socket in it."""
    folder = tempfile.gettempdir()
    return folder if len(os.fsencode(folder)) < LONGEST_SOCKET - 60 else "/tmp"


def _sweep(folder: str) -> None:
    """Remove the spools of killed runs. Their zygotes empty them but cannot remove a mount."""
    for spool in Path(folder).glob("grading-*"):
        with suppress(OSError):  # it is in use, or somebody else's
            if time.time() - spool.stat().st_mtime > NEW_SECONDS:
                spool.rmdir()


@functools.cache
def shared(modules: tuple[str, ...], sandbox: bool = True, forced: str = "") -> ZygoteManager:
    """Return this process's zygote for these modules; it stops when the process exits."""
    zygote = ZygoteManager(modules, sandbox, forced)
    zygote.start()
    owner = os.getpid()
    atexit.register(lambda: zygote.stop() if os.getpid() == owner else None)
    return zygote
