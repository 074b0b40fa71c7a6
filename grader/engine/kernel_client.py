"""A kernel as the trusted side sees it: it runs cells, one after the other, and sends outputs.

The zygote forks a kernel with a socket for messages and with pipes for what other programs print.
This side believes nothing that a kernel sends, and nothing here waits forever.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .messages import LARGEST, ForkRequest, Inbox, Limits, TooLargeError, packed, unpacked
from .zygote_manager import KernelProcess, ZygoteError, ZygoteManager

START_SECONDS = 60.0
KILL_SECONDS = 10.0
SEND_SECONDS = 10.0  # an idle kernel takes a cell much sooner
READ = 1 << 20  # bytes

Take = Callable[[str, dict[str, Any]], None]


class BrokenKernelError(Exception):
    """The kernel died or does not answer; the message says why."""


class KernelClient:
    """One kernel, forked from the zygote.

    Attributes:
        running: the number of the request that it works on; 0 if it is ready for another.
        reply: how the last request ended, with the type and message of an error.
    """

    def __init__(
        self,
        zygote: ZygoteManager,
        folder: Path,
        limits: Limits | None = None,
    ) -> None:
        """Ask for the fork; `ready` waits for it.

        Args:
            zygote: where it is forked.
            folder: the submission's files, a folder in the zygote's spool; the kernel gets a copy.
            limits: what it may use.

        Raises:
            ZygoteError: the zygote is not there.
        """
        request = ForkRequest(
            folder=str(folder),
            limits=limits or Limits(),
            environment={"NBGRADER_EXECUTION": "autograde"},  # as nbgrader tells a notebook
        )
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        ends = {"stdout": os.pipe(), "stderr": os.pipe()}
        self._pipes = {read: name for name, (read, _) in ends.items()}
        self._decoders = {name: getincrementaldecoder("utf-8")("replace") for name in ends}
        # These stay open until the kernel has them, because macOS may break a socket on its way.
        self._handed = [theirs.detach(), *(write for _, write in ends.values())]
        try:
            self.child: KernelProcess = zygote.fork(request, self._handed)
        except ZygoteError:
            self._close()
            raise
        for read in self._pipes:
            os.set_blocking(read, False)
        self._inbox = Inbox()
        self._cut_off = ""
        self._number = 0
        self.take: Take = _drop
        self.running = 0
        self.reply: dict[str, Any] = {}

    def ready(self) -> KernelClient:
        """Wait until it can run cells.

        Raises:
            ZygoteError: it does not start.
        """
        with suppress(BrokenKernelError):
            wait([self], lambda: self.child.ready, START_SECONDS)
        self._close_handed()
        if not self.child.ready:
            self.stop()
            raise ZygoteError(f"A kernel did not start: {self.child.reason or 'it was killed'}")
        return self

    def start(self, source: str, take: Take | None = None) -> None:
        """Let it run a cell; `wait` until it is no longer `running`.

        Args:
            source: the cell.
            take: is called with each output, in Jupyter's form; by default outputs are dropped.

        Raises:
            BrokenKernelError: it does not take the cell.
        """
        self._request("run", {"source": source}, take)

    def serve(self, connections: Sequence[socket.socket]) -> None:
        """Let it answer the examiner on these connections, which are closed on this side."""
        self._request("serve", {}, None, connections)

    def examine(
        self, source: str, connection: socket.socket, seconds: float, take: Take | None = None
    ) -> None:
        """Let it run a check; the connection is closed on this side."""
        self._request("examine", {"source": source, "seconds": seconds}, take, [connection])

    def _request(
        self,
        kind: str,
        content: dict[str, Any],
        take: Take | None,
        connections: Sequence[socket.socket] = (),
    ) -> None:
        self._number += 1
        self.running, self.reply = self._number, {}
        self.take = take or _drop
        data = packed(kind, {**content, "number": self._number})
        handed = [connection.fileno() for connection in connections]
        try:
            self._socket.settimeout(SEND_SECONDS)
            if handed:  # the files travel with the first byte
                socket.send_fds(self._socket, [data[:1]], handed)
                data = data[1:]
            self._socket.sendall(data)
        except OSError:
            raise BrokenKernelError(self.why) from None
        finally:
            self._socket.setblocking(False)
            for connection in connections:
                connection.close()

    def interrupt(self, seconds: float) -> bool:
        """Interrupt the cell that runs; return whether it ends within so many seconds.

        Its outputs are dropped from now on.

        Raises:
            BrokenKernelError: it died.
        """
        self.take = _drop
        self.child.interrupt()
        return wait([self], lambda: not self.running, seconds)

    def stop(self) -> None:
        """Kill it and all that it started."""
        self.child.kill()
        self.child.wait(KILL_SECONDS)
        self._close()

    def _close_handed(self) -> None:
        for number in self._handed:
            os.close(number)
        self._handed.clear()

    def _close(self) -> None:
        self._close_handed()
        self._socket.close()
        for read in self._pipes:
            os.close(read)
        self._pipes.clear()

    @property
    def is_alive(self) -> bool:
        """Whether it still answers, as far as is known."""
        return not self._cut_off

    @property
    def why(self) -> str:
        """Why it does not answer, in a sentence."""
        self.child.wait(1)  # if it has just died, the reason is on its way
        if self.was_killed:
            return "the kernel was killed"
        return self.child.reason or self._cut_off or "the kernel died"

    @property
    def was_killed(self) -> bool:
        """Whether something killed it: its own code, or the system when memory was short."""
        return self.child.poll() == -signal.SIGKILL and not self.child.reason

    # --- listening --------------------------------------------------------------------------------

    def files(self) -> list[int]:
        """The numbers of the files from which there may be something to read."""
        found = list(self._pipes)
        if self.is_alive:
            found.append(self._socket.fileno())
        if not self.child.gone:
            found.append(self.child.fileno())
        return found

    def listen(self) -> None:
        """Take the messages and what other programs printed until now."""
        if self.is_alive:
            self._hear()
        for number, name in list(self._pipes.items()):
            with suppress(BlockingIOError):
                data = os.read(number, READ)
                if data:
                    self.take("stream", {"name": name, "text": self._decoders[name].decode(data)})
                else:
                    os.close(number)
                    del self._pipes[number]

    def _hear(self) -> None:
        dead = self.child.poll() is not None
        try:
            data = self._socket.recv(READ)
            for kind, content in filter(None, map(unpacked, self._inbox.take(data))):
                if kind != "done":
                    self.take(kind, content)
                elif content.get("number") == self.running:
                    self.running, self.reply = 0, content
            if not data:
                self._cut_off = "it broke the connection"
        except BlockingIOError:
            if dead:
                self._cut_off = "the kernel died"
        except OSError:
            self._cut_off = "it broke the connection"
        except TooLargeError:
            self._cut_off = f"it sent a message of more than {LARGEST >> 20} MiB"


def wait(kernels: Sequence[KernelClient], done: Callable[[], bool], seconds: float) -> bool:
    """Listen to kernels until `done()`; return whether that came within so many seconds.

    Raises:
        BrokenKernelError: the first of them died, or broke the connection, before that.
    """
    end = time.monotonic() + seconds
    while True:
        for kernel in kernels:
            kernel.listen()
        if done():
            return True
        if not kernels[0].is_alive:
            raise BrokenKernelError(kernels[0].why)
        left = end - time.monotonic()
        if left <= 0:
            return False
        waiter = select.poll()
        for kernel in kernels:
            for number in kernel.files():
                waiter.register(number, select.POLLIN)
        waiter.poll(1000 * left)


def _drop(kind: str, content: dict[str, Any]) -> None:
    """Take an output and forget it."""
