"""The code of the processes that the zygote forks: a guardian, its keeper, and the kernel.

    zygote → guardian → keeper → kernel, and all that it starts

The keeper builds the inner wall, starts the kernel, watches its limits and ends it.
The guardian waits for the keeper and cleans up. So the connection to the trusted side closes only
when every process inside the wall is gone.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import random
import resource
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

from ..messages import INTERRUPT, WAITED, Inbox, Limits, framed
from . import rights, usage
from .kernel import Kernel
from .turns import Turns
from .usage import Process
from .walls import NoWalls

TICK = 0.1  # seconds between two looks at the limits
# Start no kernel when less memory than this is free. Otherwise it would die and cost the student
# points.
SPARE_BYTES = 16 << 20
LONGEST_REASON = 500  # characters
REQUEST_FILES = 3  # come with a request: the kernel's socket, standard output and error


def guard(connection: socket.socket, lifeline: int, walls: NoWalls, kernel: Kernel) -> NoReturn:
    """Be the guardian of one connection: fork a keeper, wait for its end, and clean up.

    Args:
        connection: its first message is a `messages.ForkRequest`.
        lifeline: a pipe that ends with the zygote; then the kernel ends, too.
        walls: those around the kernel, which are not built yet.
        kernel: the warm kernel, which the forked process runs.
    """
    try:
        request, files = _receive_request(connection)
        _remove_signal_handlers()
        walls.isolate(request)
        keeper = os.fork()
        if keeper == 0:
            _Keeper(connection, lifeline, request, files, walls, kernel).keep()
        _close(files)
        walls.wait_for(keeper, Limits(**request["limits"]))
    except Exception as error:
        _send(connection, error=_describe(error))
    finally:
        walls.clean_up()
        os._exit(0)


def _receive_request(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return a request, and the files that come with its first byte."""
    inbox = Inbox()
    data, files, *_ = socket.recv_fds(connection, 1 << 16, REQUEST_FILES)
    while data:
        for message in inbox.take(data):
            return json.loads(message), files
        data = connection.recv(1 << 16)
    raise ConnectionError("the trusted side has hung up")


def _remove_signal_handlers() -> None:
    """Remove all handlers, because nobody inside can signal a process 1 that has none."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if number == signal.SIGCHLD or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _send(connection: socket.socket, **message: Any) -> None:
    with suppress(OSError):  # the trusted side has hung up, which `_watch` notices
        connection.sendall(framed(json.dumps(message).encode()))


def _describe(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()[:LONGEST_REASON]


class _Keeper:
    """The parent of a kernel, and of the processes that the kernel leaves behind."""

    def __init__(
        self,
        connection: socket.socket,
        lifeline: int,
        request: dict[str, Any],
        files: list[int],
        walls: NoWalls,
        kernel: Kernel,
    ) -> None:
        self.connection = connection
        self.lifeline = lifeline
        self.request = request
        self.files = files
        self.walls = walls
        self.limits = Limits(**request["limits"])
        self.kernel = kernel
        self.kernel_process = 0
        self.processor_time = usage.ProcessorTime()

    def keep(self) -> NoReturn:
        """Build the inner wall, start the kernel, and watch until it or the trusted side ends."""
        try:
            os.setsid()
            self.walls.set_up(self.limits)
            keepers_end, kernels_end = socket.socketpair()
            self.kernel_process = os.fork()
            if self.kernel_process == 0:
                keepers_end.close()
                self._be_kernel(kernels_end)
            kernels_end.close()
            _close(self.files)
            self._start_kernel(keepers_end)
            code, reason = self._watch()
            _send(self.connection, exit=code, reason=reason)
        except Exception as error:
            _send(self.connection, error=_describe(error))
        self._end()

    def _be_kernel(self, start: socket.socket) -> NoReturn:
        """In the fork: put on the limits, say "ready", wait for "go", and run the kernel."""
        try:
            most_threads = self.walls.most_threads(self.limits)
            self.walls.become_student()
            os.environ.update(self.request["environment"])
            start, connection = _keep_only(start, *self.files)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _reseed()
            rights.set_limits(self.limits, most_threads)
            bytearray(SPARE_BYTES)  # raises MemoryError if there is less
            self.walls.restrict()
            self.kernel.connect(connection)
            if not self.walls.have_terminals:
                self.kernel.do_without_terminals()
            with start:
                start.sendall(b"ready")
                start.recv(2)
        except BaseException as error:
            start.sendall(_describe(error).encode())
            os._exit(1)
        self.kernel.serve()

    def _start_kernel(self, start: socket.socket) -> None:
        """Wait until the kernel has put its limits on, give up this process's rights, say "go"."""
        with start:
            failure = start.recv(1 << 16).decode(errors="replace")
            if failure != "ready":
                raise RuntimeError(failure or "the kernel ended before it was ready")
            self.walls.protect_keeper(self.kernel_process)
            start.sendall(b"go")
        _send(self.connection, ready=True)

    def _watch(self) -> tuple[int, str]:
        """Pass interrupts on and check the limits; return the kernel's exit code and the reason."""
        waiter = select.poll()
        waiter.register(self.connection, select.POLLIN)
        waiter.register(self.lifeline, select.POLLIN)
        if hasattr(os, "pidfd_open"):  # otherwise each look at the limits sees whether it has ended
            waiter.register(os.pidfd_open(self.kernel_process), select.POLLIN)
        self.turns = Turns(self.kernel_process, TICK)
        checked = time.monotonic()
        while True:
            ready = [number for number, _ in waiter.poll(self.turns.seconds * 1000)]
            if self.lifeline in ready:
                self._end()
            if self.connection.fileno() in ready:
                self._obey(self.connection.recv(64))
            reaped, status, used = os.wait4(self.kernel_process, os.WNOHANG)
            if reaped:
                return self._explain(os.waitstatus_to_exitcode(status), used)
            if time.monotonic() - checked >= self.turns.seconds:
                checked = time.monotonic()
                processes = self._processes()
                reason = self._exceeded_limit(processes)
                if reason:
                    return -signal.SIGKILL, reason
                self.turns.look(processes)

    def _obey(self, requests: bytes) -> None:
        if not requests:
            self._end()  # the trusted side has hung up
        for request in requests:
            if request == INTERRUPT:
                os.kill(self.kernel_process, signal.SIGINT)
            elif request == WAITED:
                _send(self.connection, waited=usage.seconds_waited(self.kernel_process))

    def _explain(self, code: int, used: resource.struct_rusage) -> tuple[int, str]:
        """Return the exit code of the kernel, and why it ended, in a sentence."""
        seconds = used.ru_utime + used.ru_stime
        if code < 0 and seconds >= self.limits.cpu_seconds:
            return code, f"it used more than {self.limits.cpu_seconds} s of processor time"
        if code == -signal.SIGKILL:
            return code, ""  # nobody knows who killed it
        if code < 0:
            return code, f"the kernel died of {signal.Signals(-code).name}"
        return code, f"the kernel ended itself with exit code {code}"

    def _processes(self) -> list[Process]:
        """Return the kernel and all that it started; without walls, the kernel alone."""
        numbers = self.walls.processes(self.kernel_process, self.limits.processes + 1)
        self._reap_orphans(numbers)
        return usage.read_processes(numbers)

    def _exceeded_limit(self, processes: list[Process]) -> str:
        """Say in a sentence which limit all processes together exceed; "" if they exceed none."""
        limits = self.limits
        if self.turns.excess:
            return self.turns.excess
        if len(processes) > limits.processes:
            return f"it had more than {limits.processes} processes"
        if sum(process.threads for process in processes) > limits.threads:
            return f"it had more than {limits.threads} threads"
        if self.processor_time.total(processes) > limits.cpu_seconds:
            return f"it used more than {limits.cpu_seconds} s of processor time"
        unowned = self.walls.unowned(processes)
        if unowned.sockets > limits.sockets:
            return f"it had more than {limits.sockets} sockets"
        resident = sum(process.resident for process in processes)
        if unowned.buffered + resident > limits.memory_bytes:
            return f"it used more than {limits.memory_bytes / 2**30:.2g} GB of memory"
        return unowned.excess

    def _reap_orphans(self, processes: list[int]) -> None:
        """Reap the processes that have ended and whose parent has ended before them."""
        for process in processes:
            if process != self.kernel_process:
                with suppress(ChildProcessError):  # its parent still runs
                    os.waitpid(process, os.WNOHANG)

    def _end(self) -> NoReturn:
        """End the kernel, all that it started, and this process."""
        self.walls.end()
        os._exit(0)


def _keep_only(
    start: socket.socket, connection: int, output: int, error: int
) -> tuple[socket.socket, socket.socket]:
    """Close every file that the fork inherited, except two sockets, standard output and error.

    Returns:
        The sockets, which get the numbers 3 and 4.
    """
    # Copy the files to high numbers first, so that none is overwritten before it has its place.
    files = (output, error, start.detach(), connection)
    copies = [fcntl.fcntl(number, fcntl.F_DUPFD, 16) for number in files]
    for number, copy in enumerate([os.open(os.devnull, os.O_RDWR), *copies]):
        os.dup2(copy, number, inheritable=number < 3)
    for name in os.listdir("/dev/fd"):
        if int(name) > 4:
            with suppress(OSError):  # the file that listed them is closed already
                os.close(int(name))
    return socket.socket(fileno=3), socket.socket(fileno=4)


def _close(files: list[int]) -> None:
    for number in files:
        os.close(number)


def _reseed() -> None:
    """Seed the global random generators anew, because all forks inherit the same states."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


# What is slow the first time: to show an error, to report how two arrays differ, to draw text.
WARM_UP = {
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


def warm_up() -> Kernel:
    """Do once, in this process, what would take time in every kernel, and return the kernel.

    A kernel in a fork shows which modules its first cell imports, and this process imports them.
    It runs no cell itself, because all kernels would inherit the effects.
    """
    kernel = Kernel()
    before = set(sys.modules)
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder, "modules")
        fork = os.fork()
        if fork == 0:
            connection, _ = socket.socketpair()
            kernel.connect(connection)
            kernel.shell.run_cell("1 + 1")
            names.write_text(" ".join(set(sys.modules) - before))
            os._exit(0)
        if os.waitpid(fork, 0)[1] != 0:
            raise RuntimeError("a kernel without walls did not start")
        for name in names.read_text().split():
            with suppress(ImportError):  # a package may have registered a name that is no module
                importlib.import_module(name)
    show = AutoFormattedTB(mode="Context", theme_name="linux").structured_traceback
    for module, code in WARM_UP.items():
        if module in sys.modules:
            try:
                exec(code, {})
            except AssertionError:
                show(*sys.exc_info())
    return kernel
