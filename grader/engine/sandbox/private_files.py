"""A kernel's files on a disk that others use too: the room that they take, and their removal.

Behind walls of namespaces a kernel has a file system of its own, whose size the system limits.
Without one, the guardian adds up the sizes. It also counts files that have no name any more,
because they take room as long as a process has them open or mapped.

The keeper does not do this. Whoever looks at a folder, or at what a process has mapped, waits
while somebody changes it, and many busy processes together can make that wait long.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress

from ..messages import Limits

MOST_FILES = 16384  # of one kernel, folders too
DEEPEST = 64  # folders in folders
BLOCK = 512  # bytes, the unit of st_blocks
DELETED = " (deleted)"  # follows the path of such a file in /proc


class HiddenError(Exception):
    """A kernel hides something that counts; the message says in a sentence what it did."""


def excess(folder: str, processes: Iterable[int], limits: Limits) -> str:
    """Say in a sentence which limit the files of a kernel exceed; "" if they exceed none.

    Args:
        folder: the one in which the kernel can make files.
        processes: the numbers of the kernel and of all that it started.
        limits: `scratch_bytes` of them is the room for all files together.
    """
    nameless: dict[int, int] = {}
    mapped: set[int] = set()
    try:
        size = 0
        for count, status in enumerate(statuses(folder), 1):
            size += status.st_blocks * BLOCK
            if count > MOST_FILES:
                return f"it had more than {MOST_FILES} files"
        for process in processes:
            with suppress(HiddenError):  # the keeper ends such a kernel as soon as it watches it
                nameless |= _nameless(process, folder)
            mapped |= _mapped(process, folder)
    except HiddenError as error:
        return str(error)
    # Nobody can tell the size of a file that is only mapped.
    size += sum(nameless.values()) + len(mapped - nameless.keys()) * limits.file_bytes
    if size > limits.scratch_bytes:
        return f"its files took more than {limits.scratch_bytes / 2**20:.3g} MB"
    return ""


def open_files(process: int) -> Iterator[tuple[str, str]]:
    """Yield a link in /proc to each file that a process has open, and where the link leads.

    Raises:
        HiddenError: the process does not let this one look.
    """
    for path in _links(process):
        with suppress(OSError):  # it has just been closed
            yield path, os.readlink(path)


def _links(process: int) -> list[str]:
    """Return the links to what a process has open; all of its threads have the same open."""
    is_hidden = False
    for thread in _threads(process):
        folder = f"/proc/{process}/task/{thread}"
        try:
            if numbers := os.listdir(f"{folder}/fd"):
                return [f"{folder}/fd/{number}" for number in numbers]
        except PermissionError:
            is_hidden = is_hidden or _has_memory(folder)
        except OSError:  # it has just ended
            continue
    if is_hidden:
        raise HiddenError("it hid its open files")
    return []


def _threads(process: int) -> Iterator[str]:
    """Yield the numbers of a process's threads; the first one may have ended before others."""
    yield str(process)
    with suppress(OSError):
        yield from os.listdir(f"/proc/{process}/task")


def _has_memory(thread: str) -> bool:
    """Return whether a thread has not ended; nobody may see what an ended one had open."""
    with suppress(OSError), open(f"{thread}/status", errors="replace") as table:
        return any(line.startswith("VmSize") for line in table)
    return False


def _nameless(process: int, folder: str) -> dict[int, int]:
    """Return the bytes of each file without a name that a process has open, by its number."""
    found = {}
    for path, target in open_files(process):
        if target.startswith(f"{folder}/") and target.endswith(DELETED):
            with suppress(FileNotFoundError):
                status = os.stat(path)
                if status.st_nlink == 0 and stat.S_ISREG(status.st_mode):
                    found[status.st_ino] = status.st_blocks * BLOCK
    return found


def _mapped(process: int, folder: str) -> set[int]:
    """Return the numbers of the files without a name that a process has mapped."""
    found = set()
    with suppress(OSError), open(f"/proc/{process}/maps", errors="replace") as table:
        for line in table:
            if line.endswith(f"{DELETED}\n") and f" {folder}/" in line:
                found.add(int(line.split()[4]))
    return found


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
