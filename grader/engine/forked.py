"""What runs in the processes that the zygote forks: process 1 of a kernel's walls, and the kernel.

    zygote ── guardian ── keeper (process 1 of the walls) ── kernel, and all that it starts

The guardian waits for the keeper, so that the connection to the trusted side closes when all that
is inside the walls is gone. The keeper builds the walls, watches the kernel and ends it.
"""

from __future__ import annotations

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

from ipykernel.compiler import XCachingCompiler
from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.ultratb import AutoFormattedTB
from jupyter_client.connect import KernelConnectionInfo
from traitlets.config import Config

from . import walls
from .outer import WORK
from .walls import Limits

TICK = 0.1  # seconds between two looks at a kernel's memory
LONGEST_REASON = 500  # characters
CHUNK = 1 << 20  # characters of output in one message
CONFIG = Config()
CONFIG.HistoryManager.enabled = False
CONFIG.IPKernelApp.parent_handle = 1  # without a parent it prints a note for users of a terminal
CONFIG.IPythonKernel._execute_sleep = 0  # it would leave others time after every cell
CONFIG.IPKernelApp.outstream_class = f"{__name__}.ChunkedStream"


class Kernel(IPythonKernel):
    """ipykernel's kernel, which finds its shell made before the fork: that takes longest."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        assert self.shell is not None
        self.shell.kernel = self


class Application(IPKernelApp):
    """ipykernel's application without what grading has no use for.

    It takes the connection's particulars by value instead of from a file, reads no configuration,
    has no heartbeat, as its keeper watches it, and keeps no history.
    """

    kernel_class = Kernel

    def parse_command_line(self, argv: Any = None) -> None:
        """There is no command line."""

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """There is no configuration."""

    def init_connection_file(self) -> None:
        """The connection's particulars are already known."""

    def write_connection_file(self, **kwargs: Any) -> None:
        """Nobody reads a connection file."""

    def init_heartbeat(self) -> None:
        """No heartbeat."""

    @classmethod
    def connected(cls, connection: KernelConnectionInfo) -> Application:
        """The application, its sockets bound as `connection` says, ready to `start`."""
        app: Application = cls.instance(config=CONFIG)
        app.load_connection_info(connection)
        app.initialize([])
        return app


class ChunkedStream(OutStream):
    """A kernel's standard output in messages of bounded size.

    The trusted side takes no message that is larger than a limit of its own.
    """

    waiting = 0

    def write(self, string: str) -> int:
        """Write a text, sending what is there whenever it amounts to a chunk."""
        for start in range(0, max(1, len(string)), CHUNK):
            part = string[start : start + CHUNK]
            self.waiting += len(part)
            super().write(part)
            if self.waiting > CHUNK:
                self.flush()
                self.waiting = 0
        return len(string)


def guard(connection: socket.socket, calls: Any) -> NoReturn:
    """Serve one connection to its end: fork a keeper in new namespaces and wait for it.

    Args:
        connection: the first message is a request, see `zygote.Request`.
        calls: the filter of system calls, or None for a kernel without walls.
    """
    try:
        request = json.loads(connection.recv(1 << 16))
        _handle_no_signals()
        if calls is not None:
            walls.isolate()
        keeper = os.fork()
        if keeper == 0:
            _Keeper(connection, request, calls).keep()
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

    def __init__(self, connection: socket.socket, request: dict[str, Any], calls: Any) -> None:
        self.connection = connection
        self.request = request
        self.calls = calls
        self.limits = Limits(**request["limits"])
        self.kernel = 0
        self.proc = -1

    def keep(self) -> NoReturn:
        """Build the walls, start the kernel, and stay until either side ends."""
        try:
            os.setsid()
            walls.go_first()
            if self.calls is not None:
                self.proc = os.open("/proc", os.O_PATH)
                seen = {**self.request["seen"], self.request["sockets"]: True}
                walls.build(self.request["spool"], self.request["folder"], seen, self.limits)
            here, there = socket.socketpair()
            self.kernel = os.fork()
            if self.kernel == 0:
                here.close()
                self._be_kernel(there)
            there.close()
            self._start(here)
            code, reason = self._watch()
            _send(self.connection, exit=code, reason=reason)
        except Exception as error:
            _send(self.connection, error=_sentence(error))
        self._end()

    def _be_kernel(self, link: socket.socket) -> NoReturn:
        """In the fork: put on the limits, bind the sockets, wait for "go", and serve."""
        try:
            if self.calls is not None:
                walls.become_student(self.proc)
            walls.die_with_parent()
            os.chdir(self.request["folder"] if self.calls is None else WORK)
            os.environ.update(self.request["environment"])
            link = _close_all_but(link)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _reseed()
            walls.limit(self.limits)
            if self.calls is not None:
                walls.drop_capabilities()
                self.calls.load()
            app = Application.connected(self.request["connection"])
            with link:
                link.sendall(b"ready")
                link.recv(2)
        except BaseException as error:
            link.sendall(_sentence(error).encode())
            os._exit(1)
        app.start()
        os._exit(0)

    def _start(self, link: socket.socket) -> None:
        """Wait until the kernel has bound its sockets, then take their folder out of its sight."""
        with link:
            failure = link.recv(1 << 16).decode(errors="replace")
            if failure != "ready":
                raise RuntimeError(failure or "the kernel ended before it was ready")
            if self.calls is not None:
                walls.forget(self.request["sockets"])
                walls.shut()
                walls.drop_capabilities()
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


def _close_all_but(link: socket.socket) -> socket.socket:
    """Close every file that came with the fork but `link`, which becomes number 3."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    kept = os.dup2(link.detach(), 3)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > kept:
            with suppress(OSError):  # the one that listed them is closed already
                os.close(int(name))
    return socket.socket(fileno=kept)


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


def rehearse() -> None:
    """Make ready in this process what every kernel would need time for.

    A kernel that is thrown away shows which modules are imported on the way to its first cell. No
    kernel can be started in this process itself: it would have threads then.
    """
    before = set(sys.modules)
    with tempfile.TemporaryDirectory() as folder:
        learned = Path(folder, "modules")
        actor = os.fork()
        if actor == 0:
            app = Application.connected({"transport": "ipc", "ip": f"{folder}/s", "key": ""})
            app.kernel.shell.run_cell("1 + 1")
            learned.write_text(" ".join(set(sys.modules) - before))
            os._exit(0)
        if os.waitpid(actor, 0)[1] != 0:
            raise RuntimeError("a kernel without walls did not start")
        for name in learned.read_text().split():
            with suppress(ImportError):  # some go by names of a package's own making
                importlib.import_module(name)
    ZMQInteractiveShell.instance(config=CONFIG, compiler_class=XCachingCompiler)
    show = AutoFormattedTB(mode="Context", theme_name="linux").structured_traceback
    for module, code in REHEARSAL.items():
        if module in sys.modules:
            try:
                exec(code, {})
            except AssertionError:
                show(*sys.exc_info())
