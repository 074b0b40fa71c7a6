"""What a kernel needs of this machine: the system's programs, Python, its packages, the engine."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterator
from pathlib import Path

# The visible parts of an installation. `etc` is missing because it holds a site's configuration.
# Everything else is missing because the course's own folder may be a virtual environment.
VISIBLE = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share", "pyvenv.cfg")
VISIBLE_IN_ETC = ("ld.so.cache", "alternatives", "localtime", "fonts")
TOP = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
# The parts of the package `grader` that are visible behind the walls.
MOUNTED = (
    "__init__.py",
    "engine/__init__.py",
    "engine/messages.py",
    "engine/behavior.py",
    "engine/sandbox",
    "engine/exam",
)
GRADER = Path(__file__).resolve().parents[1]


def python() -> str:
    """Return the path of this Python without linked folders, which are missing behind the wall."""
    folder, name = os.path.split(sys.executable)
    return os.path.join(os.path.realpath(folder), name)


def system() -> Iterator[str]:
    """Yield the folders of the system's programs and libraries."""
    yield from (*_visible("/usr"), *_visible("/usr/local"))


def packages() -> Iterator[str]:
    """Yield the folders of Python and its packages, each under all its names."""
    prefixes = {os.path.realpath(sys.prefix), sys.base_prefix, os.path.realpath(sys.base_prefix)}
    link = python()
    while os.path.islink(link):  # a virtual environment's python is a chain of links
        link = os.path.join(os.path.dirname(link), os.readlink(link))
        prefixes.add(os.path.normpath(os.path.join(link, "..", "..")))
    for prefix in sorted(prefixes - {"/", "/usr", "/usr/local"}):
        yield from _visible(prefix)
    if site.ENABLE_USER_SITE and os.path.exists(site.getusersitepackages()):
        yield site.getusersitepackages()


def _visible(prefix: str) -> Iterator[str]:
    """Yield the paths of the visible parts that an installation has."""
    for name in VISIBLE:
        path = os.path.join(prefix, name)
        if os.path.exists(path):
            yield path


def readable() -> list[str]:
    """Return the files and folders of this machine that a kernel may read, without the engine."""
    etc = (f"/etc/{name}" for name in VISIBLE_IN_ETC)
    paths = [*system(), *TOP, *etc, *packages()]
    return sorted({os.path.realpath(path) for path in paths if os.path.exists(path)})
