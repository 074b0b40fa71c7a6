"""The processes below one process, and how to end all of them."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

LONGEST_STOP = 5.0  # seconds until all processes have to be stopped
PAUSE = 0.002  # seconds between two looks at processes that end
# Most systems list the children of each thread.
HAS_LISTS = os.path.exists("/proc/thread-self/children")


def descendants(process: int, most: int | None = None) -> list[int]:
    """Return the numbers of all processes that a process has started, and those have, and so on.

    A process that its starter has left is among them if the first one adopts orphans.

    Args:
        process: the first one, which is not among them.
        most: how many numbers to return; by default all.
    """
    return list(islice(_descendants(process), most))


def _descendants(process: int) -> Iterator[int]:
    children_of = None if HAS_LISTS else _children_of_all()
    parents = [process]
    while parents:
        parent = parents.pop()
        children = _children(parent) if children_of is None else children_of.get(parent, [])
        for child in children:
            yield child
            parents.append(child)


def _children(process: int) -> Iterator[int]:
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with suppress(OSError), open(f"/proc/{process}/task/{thread}/children") as file:
                yield from map(int, file.read().split())


def _children_of_all() -> dict[int, list[int]]:
    """Return the children of each process of this machine that has some."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError), open(f"/proc/{name}/stat", errors="replace") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    return children


def end_all() -> None:
    """End all processes below this one, which must adopt orphans, and wait for their ends."""
    while _reap():
        _stop_all()
        for process in descendants(os.getpid()):
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(PAUSE)


def _reap() -> bool:
    """Reap the children that have ended; return whether there are others."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def _stop_all() -> None:
    """Stop all processes below this one, and let them start no others; root still can.

    If they were killed at once, others could take their places as fast. A stopped process keeps
    its place among those that its user may have, and takes no time from this one.
    """
    end = time.monotonic() + LONGEST_STOP
    stopped: set[int] = set()
    while time.monotonic() < end:
        moving = set(descendants(os.getpid())) - stopped
        if not moving:
            return
        for process in moving:
            with suppress(OSError, ValueError):
                resource.prlimit(process, resource.RLIMIT_NPROC, (0, 0))
            with suppress(OSError):
                os.kill(process, signal.SIGSTOP)
        stopped |= moving


def end_all_of(user: int) -> None:
    """Kill all processes of a user at once; this process, which is root's, becomes the user."""
    os.setresuid(user, user, 0)
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)  # all that this user may signal, except this process
    os.setresuid(0, 0, 0)
