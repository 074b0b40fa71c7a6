"""What a process gives up for good: resources, capabilities, and that others may look into it.

Both kinds of walls use these steps. None of them needs root.
"""

from __future__ import annotations

import ctypes
import functools
import os
import resource
import signal
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..messages import Limits

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAPABILITY_VERSION = 0x20080522


@functools.cache
def libc() -> ctypes.CDLL:
    """Return the C library."""
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> None:
    """Call a function of the C library that returns 0 or else sets errno.

    Raises:
        OSError: it failed.
    """
    if getattr(libc(), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def die_with_parent() -> None:
    """End this process when the one that forked it ends. A change of the user undoes this."""
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of all processes below this one whose own parent ends."""
    call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def volunteer_for_oom_killer() -> None:
    """Let the system end this process and its children first if memory runs out."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def set_limits(limits: Limits, threads: int) -> None:
    """Set the limits of this process and of each that it starts; no one can raise them again.

    Args:
        limits: what a kernel may use.
        threads: how many threads this process's user may have; root is exempt.
    """
    for kind, soft, hard in (
        # At the soft limit a process gets a signal, which it may ignore. At the hard one it ends.
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2),
        (resource.RLIMIT_AS, limits.address_bytes, limits.address_bytes),
        (resource.RLIMIT_NPROC, threads, threads),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        if kind == resource.RLIMIT_AS and sys.platform == "darwin":
            continue  # there a process has more addresses from its start
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def drop_capabilities() -> None:
    """Give up every capability for good; no program gives one back, not even a setuid one."""
    forbid_new_capabilities()
    set_capabilities()


def forbid_new_capabilities(kept: Collection[int] = ()) -> None:
    """Let this process and all that it starts gain no capability, except these, by number."""
    capability = 0
    while capability in kept or libc().prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def set_capabilities(kept: Collection[int] = (), for_programs: bool = False) -> None:
    """Keep only these capabilities.

    Args:
        kept: their numbers, below 32.
        for_programs: whether the programs that this process starts have them, too.
    """
    bits = sum(1 << number for number in kept)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    call("capset", header, (ctypes.c_uint32 * 6)(bits, bits, bits if for_programs else 0))
    if for_programs:
        for number in kept:
            call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0)


def forbid_inspection() -> None:
    """Let no other process of the same user look into this one or change it."""
    call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def allow_inspection() -> None:
    """Let the processes of the same user look into this one, as is usual."""
    call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
