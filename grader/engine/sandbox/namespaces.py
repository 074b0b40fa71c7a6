"""Walls of namespaces: the inner wall, around each kernel that is forked behind bubblewrap.

A kernel has a file system, processes, a network and users of its own. No step needs root.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import socket
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..messages import HOME, USER, WORK, Limits
from . import rights, usage
from .call_filter import CLONE_NEWUSER, NAMESPACES, CallFilter
from .rights import call
from .usage import Process
from .walls import NoWalls, Unowned

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
NO_SETUID_OR_DEVICES = MS_NOSUID | MS_NODEV
READ_ONLY = MS_REMOUNT | MS_BIND | MS_RDONLY | NO_SETUID_OR_DEVICES

NETLINK_ROUTE = 0
MOST_FILES = 16384  # in a kernel's folders in memory


class NamespaceWalls(NoWalls):
    """Each kernel is in namespaces of its own; its keeper is process 1 there."""

    def prepare(self) -> None:
        """Uncover /proc for the kernels, and prepare the filter."""
        uncover_proc()
        self.call_filter = system_call_filter()

    def isolate(self, request: dict[str, Any]) -> None:
        """Let the keeper become process 1 of new namespaces."""
        super().isolate(request)
        self.spool: str = request["spool"]
        isolate()

    def set_up(self, limits: Limits) -> None:
        """Make a file system in memory, and copy the kernel's files into it."""
        super().set_up(limits)
        self.proc = os.open("/proc", os.O_PATH)
        set_up(self.spool, self.folder, limits)
        self.folder = WORK

    def become_student(self) -> None:
        """Become a user who owns no mount."""
        become_student(self.proc)
        super().become_student()

    def most_threads(self, limits: Limits) -> int:
        """Count the kernel's threads only, because nobody else is this user here."""
        return limits.threads

    def restrict(self) -> None:
        """Give up all capabilities, and load the filter of system calls."""
        rights.drop_capabilities()
        self.call_filter.load()

    def protect_keeper(self, kernel: int) -> None:
        """Forbid inspection, and give up all capabilities."""
        rights.forbid_inspection()
        rights.drop_capabilities()

    def processes(self, kernel: int, most: int) -> list[int]:
        """Return all processes in the namespace except the keeper."""
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        numbers.remove(1)
        return numbers

    def unowned(self, processes: Sequence[Process]) -> Unowned:
        """Count the sockets; the system limits the files."""
        return Unowned(*usage.sockets())

    def end(self) -> None:
        """Leave it to the system, which ends all others when process 1 ends."""


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    words = (source.encode(), target.encode(), kind.encode())
    try:
        call("mount", *words, ctypes.c_ulong(flags), options.encode() or None)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}, {target}") from None


def uncover_proc() -> None:
    """Remove bubblewrap's covers from /proc, and give up the capability to do so.

    If root runs bubblewrap, it covers the parts of /proc that root may write to. The system then
    lets no kernel mount a /proc of its own, because that one would show what is covered.
    A kernel's /proc needs no covers, because all of it is read-only.
    """
    for point in reversed(_mount_points("/proc")):
        call("umount2", point.encode(), 0)
    rights.drop_capabilities()


def _mount_points(folder: str) -> list[str]:
    """Return the mount points below `folder`, in the order in which they were mounted."""
    with open("/proc/self/mountinfo") as table:
        points = [line.split()[4] for line in table]
    return [point for point in points if point.startswith(folder + "/")]


def isolate() -> None:
    """Move this process into namespaces of its own; its next child becomes their process 1.

    The user is number 0 there at first, because the system lets only user 0 mount terminals.
    """
    user, group = os.getuid(), os.getgid()
    call("unshare", sum(NAMESPACES))
    _map_user(os.open("/proc", os.O_PATH), (0, user), (0, group))


def become_student(proc: int) -> None:
    """Move this process on into a user namespace where the user is `USER` and owns no mount.

    Args:
        proc: a writable /proc, opened before `set_up`; it is closed here.
    """
    call("unshare", CLONE_NEWUSER)
    _map_user(proc, (USER, 0), (USER, 0))


def _map_user(proc: int, user: tuple[int, int], group: tuple[int, int]) -> None:
    """Say which user and group inside this process's user namespace are which ones outside."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user[0]} {user[1]} 1"),
        ("gid_map", f"{group[0]} {group[1]} 1"),
    ):
        number = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(number, text.encode())
        os.close(number)
    os.close(proc)


def set_up(spool: str, folder: str, limits: Limits) -> None:
    """Give this process, process 1 of its namespaces, a file system of its own.

    Args:
        spool: the folder through which the trusted side reaches the zygote; it is hidden.
        folder: a folder in the spool; its files are copied to `WORK`.
        limits: `scratch_bytes` of them is the size of the file system in memory.
    """
    _mount("", "/", "", MS_REC | MS_PRIVATE)
    source = os.open(folder, os.O_PATH)
    # Python's own folders may lie in /tmp, which is hidden next. An open folder can be mounted
    # again by its number.
    paths = [point for point in _mount_points("/tmp") if point != spool]
    numbers = {path: os.open(path, os.O_PATH) for path in paths}
    options = f"size={limits.scratch_bytes},nr_inodes={MOST_FILES},mode=755"
    _mount("scratch", "/student", "tmpfs", NO_SETUID_OR_DEVICES, options)
    for path in (HOME, WORK, "/student/tmp", "/student/shm"):
        os.mkdir(path)
    shutil.copytree(f"/proc/self/fd/{source}", WORK, symlinks=True, dirs_exist_ok=True)
    _mount("/student/tmp", "/tmp", "", MS_BIND)
    _mount("/student/shm", "/dev/shm", "", MS_BIND)
    os.makedirs(spool, exist_ok=True)
    _mount("spool", spool, "tmpfs", NO_SETUID_OR_DEVICES, "size=64k,mode=755")
    for path, number in numbers.items():
        _make_mount_point(path, number)
        _mount(f"/proc/self/fd/{number}", path, "", MS_BIND | MS_REC)
    _mount("", spool, "", READ_ONLY)
    for number in (source, *numbers.values()):
        os.close(number)
    _mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=666,mode=620")
    _mount("proc", "/proc", "proc", MS_RDONLY | NO_SETUID_OR_DEVICES | MS_NOEXEC)


def _make_mount_point(path: str, number: int) -> None:
    """Make an empty folder or file at `path`, whichever is open under `number`."""
    if stat.S_ISDIR(os.fstat(number).st_mode):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).touch()


def system_call_filter() -> CallFilter:
    """Return the filter of system calls of a kernel.

    Raises:
        RuntimeError: the library libseccomp is missing.
    """
    rules = CallFilter()
    # There is no network, and the buffers of internet sockets belong to no process, so no limit
    # would count them. Other families are not confined by the network namespace: AF_VSOCK reaches
    # the host of a virtual machine. Netlink is allowed as far as it lists the network's devices.
    allowed = {socket.AF_UNIX, socket.AF_NETLINK}
    for family in set(range(socket.AF_NETLINK)) - allowed:
        rules.refuse_if("socket", rules.equals(0, family), answer=errno.EAFNOSUPPORT)
    is_other = rules.exceeds(0, socket.AF_NETLINK)
    rules.refuse_if("socket", is_other, answer=errno.EAFNOSUPPORT)
    is_netlink = rules.equals(0, socket.AF_NETLINK)
    is_no_route = rules.differs(2, NETLINK_ROUTE)
    rules.refuse_if("socket", is_netlink, is_no_route, answer=errno.EAFNOSUPPORT)
    return rules
