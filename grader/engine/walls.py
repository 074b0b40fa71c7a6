"""Which walls stand around students' code: the strongest kind that can be built on this machine.

*Namespaces*: bubblewrap is the outer wall around the zygote, and each kernel has an inner one.
*Landlock*: each kernel restricts itself. It needs no namespaces, which containers rarely allow.
docs/walls.md compares them.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import bubblewrap, installation
from .bubblewrap import NoWallsError
from .messages import ENGINE, HOME, LANDLOCK, NAMESPACES, TRIAL

__all__ = ["KINDS", "NoWallsError", "check_system", "name_of", "program", "strongest"]

KINDS = (NAMESPACES, LANDLOCK)  # the strongest first
NAMES = {NAMESPACES: "namespaces", LANDLOCK: "Landlock"}
WITHOUT = (
    "With --no-sandbox (for nbgrader autograde: --Autograde.sandbox=False), students' code runs "
    "without walls and can do everything that you can do."
)
# Switches of the system that may forbid namespaces: (file, forbidding value, allowing value).
SWITCHES = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "1"),
    ("/proc/sys/user/max_user_namespaces", "0", "10000"),
)


def program(kind: str, spool: Path, module: str, **task: Any) -> tuple[list[str], dict[str, str]]:
    """Return the command that starts a module of the sandbox, and the command's environment.

    Args:
        kind: one of `KINDS`, with the outer wall around the command if the kind has one; or "" for
            no walls.
        spool: an existing folder, through which the two sides reach each other.
        module: its name.
        task: gets the arguments of `sandbox.walls.walls_of` under the name "walls", and becomes the
            command's argument, in JSON.

    Raises:
        NoWallsError: bubblewrap is needed and not installed.
    """
    environment = _environment(*_places(kind, spool))
    readable = [*installation.readable(), f"{spool}/engine"] if kind == LANDLOCK else []
    task["walls"] = {"kind": kind, "spool": f"{spool}", "readable": readable}
    outer: list[str] = []
    if kind == NAMESPACES:
        settings = [word for item in environment.items() for word in ("--setenv", *item)]
        outer = [*bubblewrap.command(spool), *settings]
    return [*outer, installation.python(), "-m", module, json.dumps(task)], environment


def _places(kind: str, spool: Path) -> tuple[str, str]:
    """Return the home folder of the zygote, and the folder in which it finds this package.

    Behind walls of Landlock, the package is a copy, so that nobody needs to read the course.
    """
    if kind == NAMESPACES:
        return HOME, ENGINE
    home = spool / "home"
    home.mkdir()
    if kind != LANDLOCK:
        return f"{home}", f"{installation.GRADER.parent}"
    engine = spool / "engine"
    for name in installation.MOUNTED:
        source, target = installation.GRADER / name, engine / "grader" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    return f"{home}", f"{engine}"


def _environment(home: str, engine: str) -> dict[str, str]:
    """Return the environment of a kernel, which has nothing of the grader's own."""
    chosen = {name: os.environ[name] for name in ("KERAS_BACKEND",) if name in os.environ}
    return chosen | {
        "HOME": home,
        "USER": "student",
        "LANG": "C.UTF-8",
        "PATH": f"{os.path.dirname(installation.python())}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": engine,
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",  # a graded cell that writes to stderr scores 0
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # figures are outputs
        # Before the fork there may be one thread only, and afterward submissions run in parallel.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        # On macOS, a forked process crashes if it uses certain libraries of the system.
        "VECLIB_MAXIMUM_THREADS": "1",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        "no_proxy": "*",
    }


def strongest(forced: str = "") -> str:
    """Return the strongest kind of walls that can be built on this machine.

    Args:
        forced: the only kind to try; by default all are tried.

    Raises:
        NoWallsError: none can be built; the message has the reason for each kind, and what helps.
    """
    check_system()
    reasons = []
    for kind in (forced,) if forced else KINDS:
        try:
            check(kind)
        except NoWallsError as error:
            reasons.append(str(error))
        else:
            return kind
    raise NoWallsError(f"the walls cannot be built on this machine. {' '.join(reasons)} {WITHOUT}")


def check_system() -> None:
    """See whether this is a system for which there are walls.

    Raises:
        NoWallsError: it is not.
    """
    if not sys.platform.startswith("linux"):
        raise NoWallsError(f"the walls need Linux, and this is {sys.platform}. {WITHOUT}")


@functools.cache
def check(kind: str) -> None:
    """Build walls once, around a process that does nothing, to learn if they can be built.

    Raises:
        NoWallsError: they cannot be built.
    """
    with tempfile.TemporaryDirectory() as spool:
        words, environment = program(kind, Path(spool), TRIAL)
        run = subprocess.run(
            words, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    if run.returncode != 0:
        reason = (run.stderr.strip() or f"exit code {run.returncode}").splitlines()[-1]
        raise NoWallsError(f"Walls of {NAMES[kind]} fail with {reason!r}; {_advice(kind)}.")


def name_of(kind: str) -> str:
    """Return the name of a kind as people read it, such as "Landlock (version 7)"."""
    if kind == LANDLOCK:
        from py_landlock import get_abi_version  # exists only on Linux

        return f"{NAMES[kind]} (version {get_abi_version()})"
    return NAMES[kind]


def _advice(kind: str) -> str:
    """Say what an administrator can do to allow a kind of walls."""
    if kind == LANDLOCK:
        return (
            "they need Linux 5.13 or newer with `landlock` among its security modules "
            "(/sys/kernel/security/lsm), and a container must allow the landlock system calls"
        )
    for file, forbidding, allowing in SWITCHES:
        path = Path(file)
        if path.exists() and path.read_text().strip() == forbidding:
            name = file.removeprefix("/proc/sys/").replace("/", ".")
            return f"an administrator can allow it with `sysctl {name}={allowing}`"
    return "if this is a container, it must be allowed to make user namespaces"
