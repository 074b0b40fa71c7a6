"""What runs in the processes that the zygote forks: process 1 of a kernel's walls, and the kernel.

    zygote ── guardian ── keeper (process 1 of the walls) ── kernel, and all that it starts

The guardian waits for the keeper, so that the connection to the trusted side closes when all that
is inside the walls is gone. The keeper builds the walls, watches the kernel and ends it.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from IPython.core.ultratb import AutoFormattedTB

from ..messages import WORK, Limits
from . import namespaces
from .kernel import Kernel

TICK = 0.1  # seconds between two looks at a kernel's memory
ROOM = 16 << 20  # bytes; with less to be had no kernel starts, and nobody scores zero for it
LONGEST_REASON = 500  # characters
HANDED = 3  # files that come with a request: the kernel's socket, and where it prints


def guard(connection: socket.socket, calls: Any, kernel: Kernel) -> NoReturn:
    """Serve one connection to its end: fork a keeper in new namespaces and wait for it.

    Args:
        connection: the first message is a request, see `messages.ForkRequest`.
        calls: the filter of system calls, or None for a kernel without namespaces.
        kernel: what the kernel is, once it is forked.
    """
    try:
        message, files, *_ = socket.recv_fds(connection, 1 << 16, HANDED)
        request = json.loads(message)
        _handle_no_signals()
        if calls is not None:
            namespaces.isolate()
        keeper = os.fork()
        if keeper == 0:
            _Keeper(connection, request, files, calls, kernel).keep()
        _close(files)
        os.waitpid(keeper, 0)
    except Exception as error:
        _send(connection, error=_sentence(error))
    os._exit(0)


def _handle_no_signals() -> None:
    """Take away all signal handlers: without one, nothing inside can signal a process 1."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if number == signal.SIGCHLD or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _send(connection: socket.socket, **message: Any) -> None:
    with suppress(OSError):  # the other side is gone; that is seen elsewhere
        connection.send(json.dumps(message).encode())


def _sentence(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()[:LONGEST_REASON]


class _Keeper:
    """Process 1 of a kernel's walls; without walls, the kernel's parent."""

    def __init__(
        self,
        connection: socket.socket,
        request: dict[str, Any],
        files: list[int],
        calls: Any,
        kernel: Kernel,
    ) -> None:
        self.connection = connection
        self.request = request
        self.files = files
        self.calls = calls
        self.limits = Limits(**request["limits"])
        self.program = kernel
        self.kernel = 0
        self.proc = -1

    def keep(self) -> NoReturn:
        """Build the walls, start the kernel, and stay until either side ends."""
        try:
            os.setsid()
            namespaces.go_first()
            if self.calls is not None:
                self.proc = os.open("/proc", os.O_PATH)
                namespaces.build(self.request["spool"], self.request["folder"], self.limits)
            here, there = socket.socketpair()
            self.kernel = os.fork()
            if self.kernel == 0:
                here.close()
                self._be_kernel(there)
            there.close()
            _close(self.files)
            self._start(here)
            code, reason = self._watch()
            _send(self.connection, exit=code, reason=reason)
        except Exception as error:
            _send(self.connection, error=_sentence(error))
        self._end()

    def _be_kernel(self, link: socket.socket) -> NoReturn:
        """In the fork: put on the limits, wait for "go", and serve."""
        try:
            if self.calls is not None:
                namespaces.become_student(self.proc)
            namespaces.die_with_parent()
            os.chdir(self.request["folder"] if self.calls is None else WORK)
            os.environ.update(self.request["environment"])
            link, connection = _keep_only(link, *self.files)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _reseed()
            namespaces.limit(self.limits)
            bytearray(ROOM)
            if self.calls is not None:
                namespaces.drop_capabilities()
                self.calls.load()
            self.program.connect(connection)
            with link:
                link.sendall(b"ready")
                link.recv(2)
        except BaseException as error:
            link.sendall(_sentence(error).encode())
            os._exit(1)
        self.program.serve()

    def _start(self, link: socket.socket) -> None:
        """Wait until the kernel has put its limits on, then give up all rights here too."""
        with link:
            failure = link.recv(1 << 16).decode(errors="replace")
            if failure != "ready":
                raise RuntimeError(failure or "the kernel ended before it was ready")
            if self.calls is not None:
                namespaces.shut()
                namespaces.drop_capabilities()
            link.sendall(b"go")
        _send(self.connection, ready=True)

    def _watch(self) -> tuple[int, str]:
        """Obey the connection and see to the limits; return the exit code and why."""
        ended = os.pidfd_open(self.kernel)
        waiter = select.poll()
        waiter.register(self.connection, select.POLLIN)
        waiter.register(ended, select.POLLIN)
        looked = time.monotonic()
        while True:
            for number, _ in waiter.poll(TICK * 1000):
                if number == ended:
                    return self._wait()
                if self.connection.recv(64) != b"interrupt":
                    self._end()  # the trusted side has hung up
                os.kill(self.kernel, signal.SIGINT)
            if time.monotonic() - looked >= TICK:
                looked = time.monotonic()
                reason = self._excess()
                if reason:
                    return -signal.SIGKILL, reason

    def _wait(self) -> tuple[int, str]:
        """The kernel's exit code, and why it ended, in a sentence."""
        _, status, usage = os.wait4(self.kernel, 0)
        code = os.waitstatus_to_exitcode(status)
        seconds = usage.ru_utime + usage.ru_stime
        if code < 0 and seconds >= self.limits.cpu_seconds:
            return code, f"it used more than {self.limits.cpu_seconds} s of processor time"
        if code == -signal.SIGKILL:
            return code, ""  # nobody knows who killed it
        if code < 0:
            return code, f"the kernel died of {signal.Signals(-code).name}"
        return code, f"the kernel ended itself with exit code {code}"

    def _excess(self) -> str:
        """Which limit on all processes together is passed, in a sentence; "" if none is."""
        if self.calls is None:
            processes = [self.kernel]
        else:
            processes = [int(name) for name in os.listdir("/proc") if name.isdigit()]
            processes.remove(1)
            self._bury(processes)
        if len(processes) > self.limits.processes:
            return f"it had more than {self.limits.processes} processes"
        if sum(map(_threads, processes)) > self.limits.threads:
            return f"it had more than {self.limits.threads} threads"
        if sum(map(_resident_bytes, processes)) > self.limits.memory_bytes:
            return f"it used more than {self.limits.memory_bytes / 2**30:.2g} GB of memory"
        return ""

    def _bury(self, processes: list[int]) -> None:
        """Take the dead orphans among the processes off the system's list."""
        for process in processes:
            if process != self.kernel:
                with suppress(ChildProcessError):  # some are other processes' children
                    os.waitpid(process, os.WNOHANG)

    def _end(self) -> NoReturn:
        """End this process; with process 1 all others inside the walls are killed."""
        if self.calls is None:
            os.killpg(0, signal.SIGKILL)
        os._exit(0)


def _threads(process: int) -> int:
    """How many threads a process has; 0 if it is gone."""
    try:
        return len(os.listdir(f"/proc/{process}/task"))
    except OSError:
        return 0


def _resident_bytes(process: int) -> int:
    """Memory that a process has made its own, alone or with its children; 0 if it is gone."""
    try:
        with open(f"/proc/{process}/status") as table:
            lines = [line.split() for line in table if line.startswith(("RssAnon", "RssShmem"))]
    except OSError:
        return 0
    return sum(int(kilobytes) << 10 for _, kilobytes, _ in lines)


def _keep_only(
    link: socket.socket, connection: int, output: int, error: int
) -> tuple[socket.socket, socket.socket]:
    """Close every file that came with the fork but two sockets and what is printed to.

    Returns:
        The sockets, which become numbers 3 and 4.
    """
    # First out of the way of the numbers that they are to have.
    high = [fcntl.fcntl(number, fcntl.F_DUPFD, 16) for number in (link.detach(), connection)]
    printed = [fcntl.fcntl(number, fcntl.F_DUPFD, 16) for number in (output, error)]
    for number, kept in enumerate([os.open(os.devnull, os.O_RDWR), *printed, *high]):
        os.dup2(kept, number, inheritable=number < 3)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 4:
            with suppress(OSError):  # the one that listed them is closed already
                os.close(int(name))
    return socket.socket(fileno=3), socket.socket(fileno=4)


def _close(files: list[int]) -> None:
    for number in files:
        os.close(number)


def _reseed() -> None:
    """Draw new random numbers: a fork inherits the generators' states."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


# What is slow the first time: an error's frames, NumPy's report of two arrays that differ, and
# a figure's letters.
REHEARSAL = {
    "builtins": "assert False",
    "numpy": """\
import numpy.linalg, numpy.random, numpy.testing
numpy.testing.assert_allclose([0.0], [1.0])
""",
    "matplotlib": """\
import io, matplotlib.backends.backend_agg, matplotlib.figure
figure = matplotlib.figure.Figure()
figure.subplots().set_title("fonts")
matplotlib.backends.backend_agg.FigureCanvasAgg(figure).print_png(io.BytesIO())
""",
}


def rehearse() -> Kernel:
    """Make ready in this process what every kernel would need time for, and return the kernel.

    One that is thrown away shows which modules are imported on the way to its first cell. None can
    run in this process itself: what it does would stay.
    """
    kernel = Kernel()
    before = set(sys.modules)
    with tempfile.TemporaryDirectory() as folder:
        learned = Path(folder, "modules")
        actor = os.fork()
        if actor == 0:
            here, _ = socket.socketpair()
            kernel.connect(here)
            kernel.shell.run_cell("1 + 1")
            learned.write_text(" ".join(set(sys.modules) - before))
            os._exit(0)
        if os.waitpid(actor, 0)[1] != 0:
            raise RuntimeError("a kernel without walls did not start")
        for name in learned.read_text().split():
            with suppress(ImportError):  # some go by names of a package's own making
                importlib.import_module(name)
    show = AutoFormattedTB(mode="Context", theme_name="linux").structured_traceback
    for module, code in REHEARSAL.items():
        if module in sys.modules:
            try:
                exec(code, {})
            except AssertionError:
                show(*sys.exc_info())
    return kernel
