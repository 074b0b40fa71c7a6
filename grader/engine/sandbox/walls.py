"""What each kind of walls does in each process of a kernel.

The zygote makes the walls once, and each process that it forks has a copy. `NoWalls` lists the
steps, in their order.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..messages import LANDLOCK, NAMESPACES, Limits
from . import rights
from .usage import Process

IS_LINUX = sys.platform == "linux"
LONGEST_END = 5.0  # seconds until all kernels have to be gone
PAUSE = 0.005  # seconds between two looks at them


class Unowned(NamedTuple):
    """What belongs to no process, but to a kernel.

    Attributes:
        sockets: how many there are.
        buffered: bytes of memory that they may hold.
        excess: which limit the kernel's files exceed, in a sentence; "" if they exceed none.
    """

    sockets: int = 0
    buffered: int = 0
    excess: str = ""


class NoWalls:
    """No walls: a kernel is an ordinary process, which can do what the grader can.

    Attributes:
        have_terminals: whether the kernel can open terminals for the programs that it starts.
    """

    have_terminals = True

    def prepare(self) -> None:
        """In the zygote, before it imports anything."""

    def end_kernels(self) -> None:
        """In the zygote, last: wait until the guardians have ended, but not for long."""
        end = time.monotonic() + LONGEST_END
        with suppress(ChildProcessError):  # all have ended
            while time.monotonic() < end:
                os.waitpid(-1, os.WNOHANG)
                time.sleep(PAUSE)

    def isolate(self, request: dict[str, Any]) -> None:
        """In the guardian, before it forks the keeper; `request` is a `ForkRequest`."""
        self.folder: str = request["folder"]

    def wait_for(self, keeper: int, limits: Limits) -> None:
        """In the guardian, when the keeper is forked: wait until it ends."""
        os.waitpid(keeper, 0)

    def set_up(self, limits: Limits) -> None:
        """In the keeper, before it forks the kernel: make the kernel's folders."""
        if IS_LINUX:
            rights.volunteer_for_oom_killer()

    def become_student(self) -> None:
        """In the kernel, first: go into its folder and behind those walls that cost rights."""
        if IS_LINUX:
            rights.die_with_parent()
        os.chdir(self.folder)

    def most_threads(self, limits: Limits) -> int:
        """Return how many threads the kernel's user may have, so that the kernel has its own."""
        return threads_of_this_user() + limits.threads

    def restrict(self) -> None:
        """In the kernel, last: give up what setting it up still needed."""

    def protect_keeper(self, kernel: int) -> None:
        """In the keeper, when the kernel is restricted: give up what watching does not need."""

    def processes(self, kernel: int, most: int) -> list[int]:
        """In the keeper: return the numbers of the kernel and of all that it started.

        If there are more than `most`, the numbers of only so many are enough.
        """
        return [kernel]

    def unowned(self, processes: Sequence[Process]) -> Unowned:
        """In the keeper: look at sockets and files of all these processes together."""
        return Unowned()

    def end(self) -> None:
        """In the keeper, last: end the kernel and all that it started."""
        os.killpg(0, signal.SIGKILL)

    def clean_up(self) -> None:
        """In the guardian, when the keeper has ended, perhaps because somebody killed it."""


def threads_of_this_user() -> int:
    """Return how many threads the user of this process has now; 0 if the system does not say."""
    count = 0
    with suppress(FileNotFoundError):
        for name in os.listdir("/proc"):
            with suppress(OSError), open(f"/proc/{name}/status", errors="replace") as table:
                fields = dict(line.split(":\t", 1) for line in table if ":\t" in line)
                if int(fields["Uid"].split()[0]) == os.getuid():
                    count += int(fields["Threads"])
    return count


def walls_of(kind: str, spool: str, readable: Sequence[str], version: int = 0) -> NoWalls:
    """Return walls that are not built yet.

    Args:
        kind: one of those in `messages`, or "" for none.
        spool: the folder through which the trusted side reaches the zygote.
        readable: the files and folders of the machine that kernels may read.
        version: of Landlock; by default the newest that this system has.

    Raises:
        RuntimeError, OSError: this machine lacks what they need.
    """
    # Each kind imports a library that exists only on Linux.
    if kind == NAMESPACES:
        from .namespaces import NamespaceWalls

        return NamespaceWalls()
    if kind == LANDLOCK:
        from .landlock import LandlockWalls

        return LandlockWalls(spool, readable, version)
    return NoWalls()
