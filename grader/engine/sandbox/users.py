"""A user id of its own for each kernel, if the grader may change its user as root may.

The system then keeps a kernel away from the files and the processes of everybody else.
"""

from __future__ import annotations

import os
import pwd
import resource
import secrets
import socket
import stat
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from . import rights

# Capabilities, by number.
CHOWN = 0
DAC_OVERRIDE = 1
KILL = 5
SETGID = 6
SETUID = 7
NEEDED = {CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID}

ABOVE_ALL = 1 << 31  # user ids from here on are read as negative numbers by some programs
MOST = 4096  # user ids to choose from
LAST = 2  # the highest two of a block often belong to nobody and to no one


def user_ids() -> range:
    """Return the user ids to choose from; none if this process may not change its user.

    They are the highest ones that exist here, away from those of people and services.
    """
    with suppress(OSError):
        may_set_groups = Path("/proc/self/setgroups").read_text().strip() == "allow"
        if may_set_groups and capabilities() >= NEEDED:
            first, last = _highest_block("uid_map")
            if (first, last) == _highest_block("gid_map"):
                end = min(last, ABOVE_ALL) - LAST
                return range(max(first + 1, end - MOST), end)
    return range(0)


def capabilities() -> set[int]:
    """Return the numbers of the capabilities that this process can use."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            bits = int(line.split()[1], 16)
            return {number for number in range(bits.bit_length()) if bits >> number & 1}
    return set()


def system_limits_processes() -> bool:
    """Return whether the system can limit how many processes this user has; root is exempt."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        rights.set_capabilities()
        try:
            os.fork()
        except OSError:
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _highest_block(table: str) -> tuple[int, int]:
    """Return the first id of the highest block of ids in a table of /proc/self, and its end."""
    lines = Path(f"/proc/self/{table}").read_text().splitlines()
    blocks = [(int(first), int(first) + int(count)) for first, _, count in map(str.split, lines)]
    return max(blocks)


def claim(candidates: range) -> tuple[int, socket.socket]:
    """Choose a user id that nobody has.

    Returns:
        The user id, and an open socket: while it is open, no other grader chooses the same.

    Raises:
        OSError: none of them is free.
    """
    running = _users_of_processes()
    start = secrets.randbelow(len(candidates))  # two graders seldom try the same
    for user in (*candidates[start:], *candidates[:start]):
        if user in running or _has_name(user):
            continue
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0grading-uid-{user}")
        except OSError:
            mark.close()
            continue
        return user, mark
    raise OSError("no user id is free for a kernel")


def _users_of_processes() -> set[int]:
    users = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):  # it has ended
                users.add(os.stat(f"/proc/{name}").st_uid)
    return users


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def become(user: int, kept: Collection[int] = ()) -> None:
    """Become this user and the group of the same number.

    Args:
        user: the number.
        kept: the capabilities that this process and its programs keep, by number.
    """
    rights.call("prctl", rights.PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    rights.set_capabilities(kept, for_programs=True)
    rights.allow_inspection()  # the change of the user has forbidden it


def use_files_as(user: int) -> None:
    """Let the system treat this process as that user where files are concerned, /proc too."""
    for name in ("setfsgid", "setfsuid"):
        getattr(rights.libc(), name)(user)


def all_may_read(paths: Iterable[str]) -> bool:
    """Return whether every user may enter and read these files and folders, by their modes."""
    for path in {os.path.realpath(path) for path in paths}:
        mode = os.stat(path).st_mode
        needed = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) else 0)
        if mode & needed != needed:
            return False
        if not all(folder.stat().st_mode & stat.S_IXOTH for folder in Path(path).parents):
            return False
    return True
