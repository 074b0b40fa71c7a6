"""The processes below one process, and how to end all of them."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

STOPPED_OR_DEAD = "TtZX"  # states of a thread in which it can start nothing
LONGEST_STOP = 2.0  # seconds until all processes have to be stopped
PAUSE = 0.002  # seconds between two looks at processes that end
# Most systems list the children of each thread.
HAS_LISTS = os.path.exists("/proc/thread-self/children")


def descendants(process: int) -> list[int]:
    """Return the numbers of all processes that a process has started, and those have, and so on.

    A process that its starter has left is among them if the first one adopts orphans.
    """
    children = None if HAS_LISTS else _children_of_all()
    found: list[int] = []
    parents = [process]
    while parents:
        parent = parents.pop()
        below = list(_children(parent)) if children is None else children.get(parent, [])
        found += below
        parents += below
    return found


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
    """Stop all processes below this one, and let them start no others.

    If they were killed one by one, those that are still there could start others meanwhile.
    """
    end = time.monotonic() + LONGEST_STOP
    while time.monotonic() < end:
        moving = [process for process in descendants(os.getpid()) if _moves(process)]
        if not moving:
            return
        for process in moving:
            with suppress(OSError, ValueError):
                resource.prlimit(process, resource.RLIMIT_NPROC, (0, 0))
            with suppress(OSError):
                os.kill(process, signal.SIGSTOP)


def _moves(process: int) -> bool:
    """Return whether a thread of a process may still do something."""
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with suppress(OSError), open(f"/proc/{process}/task/{thread}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] not in STOPPED_OR_DEAD:
                    return True
    return False


def end_all_of(user: int) -> None:
    """Kill all processes of a user at once. Only a process that may become the user can do it."""
    child = os.fork()
    if child == 0:
        try:
            os.setresuid(user, user, user)
            os.kill(-1, signal.SIGKILL)  # all that this user may signal, except this process
        finally:
            os._exit(0)
    os.waitpid(child, 0)
