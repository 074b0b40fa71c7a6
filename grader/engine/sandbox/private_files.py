"""A kernel's files on a disk that others use too: the room that they take, and their removal.

Behind walls of namespaces a kernel has a file system of its own, whose size the system limits.
Without one, the keeper adds up the sizes. It also counts files that have no name any more, because
they take room as long as a process has them open or mapped, and sockets, because the messages in
them take memory that belongs to no process.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from ..messages import Limits
from .usage import Process

MOST_FILES = 16384  # of one kernel, folders too
DEEPEST = 64  # folders in folders
BLOCK = 512  # bytes, the unit of st_blocks
DELETED = " (deleted)"  # follows the path of such a file in /proc
SHARE = 0.1  # of the time may go into looking at files
MAPS_SECONDS = 1.0  # between two looks at what processes have mapped


class HiddenError(Exception):
    """A kernel hides something that counts; the message says in a sentence what it did."""


@dataclass
class OpenFiles:
    """What processes have open.

    Attributes:
        sockets: the name of each socket.
        nameless: the bytes of each file of the kernel that has no name any more, by its number.
    """

    sockets: set[str] = field(default_factory=set)
    nameless: dict[int, int] = field(default_factory=dict)


def open_files(processes: Iterable[Process], folder: str) -> OpenFiles:
    """Look at what processes have open.

    Args:
        processes: all of one kernel.
        folder: the one in which they can make files.

    Raises:
        HiddenError: one of them does not let the keeper look.
    """
    found = OpenFiles()
    for process in processes:
        try:
            _add_open_files(f"/proc/{process.number}", folder, found)
        except PermissionError:
            raise HiddenError("it hid its open files") from None
        except OSError:  # it has just ended
            continue
    return found


def _add_open_files(process: str, folder: str, found: OpenFiles) -> None:
    for path in _links(process):
        with suppress(FileNotFoundError):
            target = os.readlink(path)
            if target.startswith("socket:"):
                found.sockets.add(target)
            elif target.endswith(DELETED) and target.startswith(f"{folder}/"):
                status = os.stat(path)
                if status.st_nlink == 0 and stat.S_ISREG(status.st_mode):
                    found.nameless[status.st_ino] = status.st_blocks * BLOCK


def _links(process: str) -> list[str]:
    """Return the links in /proc to what a process has open; all threads have the same open."""
    links = [f"{process}/fd/{number}" for number in os.listdir(f"{process}/fd")]
    if not links:  # its first thread may have ended while others go on
        for thread in os.listdir(f"{process}/task"):
            with suppress(FileNotFoundError):
                folder = f"{process}/task/{thread}/fd"
                links += [f"{folder}/{number}" for number in os.listdir(folder)]
    return links


class PrivateFolder:
    """The folder of one kernel, as its keeper sees it.

    Args:
        path: where it is.
        limits: `scratch_bytes` of them is the room for all files together.
    """

    def __init__(self, path: str, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self._look_at = 0.0
        self._look_at_maps = 0.0
        self._mapped: set[int] = set()
        self._excess = ""

    def excess(self, processes: Iterable[Process], nameless: dict[int, int]) -> str:
        """Say in a sentence which limit all files together exceed; "" if they exceed none.

        Args:
            processes: all that may have mapped files.
            nameless: the bytes of each file that is open and has no name any more.
        """
        began = time.monotonic()
        if began >= self._look_at:
            self._excess = self._look(processes, nameless)
            ended = time.monotonic()
            self._look_at = ended + (ended - began) / SHARE
        return self._excess

    def _look(self, processes: Iterable[Process], nameless: dict[int, int]) -> str:
        size = sum(nameless.values())
        for count, status in enumerate(statuses(self.path), 1):
            size += status.st_blocks * BLOCK
            if count > MOST_FILES:
                return f"it had more than {MOST_FILES} files"
        # Nobody can tell the size of a file that is only mapped.
        size += len(self._mapped_files(processes) - nameless.keys()) * self.limits.file_bytes
        if size > self.limits.scratch_bytes:
            return f"its files took more than {self.limits.scratch_bytes / 2**20:.3g} MB"
        return ""

    def _mapped_files(self, processes: Iterable[Process]) -> set[int]:
        """Return the numbers of the files without a name that processes have mapped."""
        now = time.monotonic()
        if now >= self._look_at_maps:
            self._look_at_maps = now + MAPS_SECONDS
            self._mapped = {file for process in processes for file in self._mapped_by(process)}
        return self._mapped

    def _mapped_by(self, process: Process) -> Iterator[int]:
        with suppress(OSError), open(f"/proc/{process.number}/maps", errors="replace") as table:
            for line in table:
                if line.endswith(f"{DELETED}\n") and self.path in line:
                    yield int(line.split()[4])


def statuses(folder: str) -> Iterator[os.stat_result]:
    """Yield the status of everything below a folder, without following links.

    Raises:
        HiddenError: folders are nested too deeply.
    """
    number = os.open(folder, os.O_RDONLY)
    try:
        yield from _statuses(number, 1)
    finally:
        os.close(number)


def _statuses(folder: int, depth: int) -> Iterator[os.stat_result]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                yield status
                if stat.S_ISDIR(status.st_mode):
                    if depth == DEEPEST:
                        raise HiddenError("its folders were nested too deeply")
                    yield from _below(entry.name, folder, depth + 1)


def _below(name: str, parent: int, depth: int) -> Iterator[os.stat_result]:
    try:
        folder = _opened(name, parent)
    except (OSError, ValueError, NotImplementedError):  # something else has just taken its place
        return
    try:
        yield from _statuses(folder, depth)
    finally:
        os.close(folder)


def _opened(name: str, parent: int) -> int:
    """Open a folder. If its owner has forbidden that, allow it again."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=parent)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=parent, follow_symlinks=False)
        return os.open(name, flags, dir_fd=parent)


def remove(folder: str) -> None:
    """Delete a folder in which nothing changes any more, however deep the folders in it are.

    Each folder in it moves to the top first, because a path may be only so long.
    """
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        os.chmod(path, 0o700)
        for entry in list(os.scandir(path)):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)  # otherwise it cannot be moved
                waiting.append(f"{folder}-{entry.inode()}")
                os.rename(entry.path, waiting[-1])
            else:
                os.unlink(entry.path)
        os.rmdir(path)
