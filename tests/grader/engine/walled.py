"""Kernels behind walls, in which tests run hostile code."""

from __future__ import annotations

import json
import os
import pwd
import random
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grader.engine import kernel_client, walls
from grader.engine.zygote_manager import ZygoteManager

ROOT = Path(__file__).resolve().parents[3]


class DiedError(Exception):
    """The kernel has died. The message is the reason."""


class Kernel:
    """A walled kernel that executes code for a test, cell by cell."""

    def __init__(self, zygote: ZygoteManager, **traits: Any) -> None:
        self.folder = traits.pop("folder", None) or zygote.new_folder()
        self.walled = kernel_client.KernelClient(zygote, self.folder, **traits).ready()

    def close(self) -> None:
        """Kill it."""
        self.walled.stop()

    def run(self, code: str, seconds: float = 60) -> str:
        """Return what the code prints, with the error that it raises as the last line.

        Raises:
            DiedError: the kernel died while it executed the code.
            TimeoutError: the code runs longer than `seconds`.
        """
        output = []

        def take(kind: str, content: dict[str, Any]) -> None:
            if kind == "stream":
                output.append(content["text"])
            elif kind == "display_data":
                output.extend(sorted(content["data"]))
            elif kind == "error":
                output.append(f"{content['ename']}: {content['evalue']}")

        try:
            self.walled.start(textwrap.dedent(code), take)
            if not kernel_client.wait([self.walled], lambda: not self.walled.running, seconds):
                raise TimeoutError
        except kernel_client.BrokenKernelError as error:
            raise DiedError(str(error)) from None
        return "".join(output).strip()

    def interrupt(self) -> None:
        """Interrupt the code that runs, and wait until the kernel is ready."""
        assert self.walled.interrupt(10)

    def value(self, expression: str) -> Any:
        """Return the value of an expression, which must be a value of JSON."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))

    def dies_of(self, code: str, seconds: float = 60) -> str:
        """Execute code that ends the kernel, and return the reason of its end."""
        with pytest.raises(DiedError) as death:
            self.run(code, seconds)
        return str(death.value)


@contextmanager
def kernel_of(zygote: ZygoteManager, **traits: Any) -> Iterator[Kernel]:
    """Yield a kernel, and kill it at the end."""
    kernel = Kernel(zygote, **traits)
    try:
        yield kernel
    finally:
        kernel.close()


def processes(mark: str) -> list[int]:
    """Return the numbers of the processes whose command line contains a mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # The process has just ended.
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until a condition holds; return whether it does."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


DAEMON = """
    import os, signal
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 65):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            os.execlp("sleep", "sleep", "{mark}")
        os._exit(0)
    print("done")
"""


@contextmanager
def older_landlock(version: int) -> Iterator[None]:
    """Let zygotes use no more than this version of Landlock; 0 for the system's own."""
    program = walls.program

    def older(*arguments: Any, **task: Any) -> tuple[list[str], dict[str, str]]:
        words, environment = program(*arguments, **task)
        changed = json.loads(words[-1])
        changed["walls"]["version"] = version
        return [*words[:-1], json.dumps(changed)], environment

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walls, "program", older)
        yield


def mark_of_a_process() -> str:
    """Return a number of seconds for `sleep` that no other process has in its command line."""
    return f"{random.randrange(10**5, 10**6)}.{random.randrange(10**5, 10**6)}"


def as_nobody(command: list[str]) -> list[str]:
    """Return a command that runs as an ordinary user: as nobody if root runs the tests.

    The course or Python may be in a folder that only its owner may enter, such as /root. Therefore
    the command covers such folders in its own mount namespace, and mounts what it needs there.
    """
    if os.getuid() != 0:
        return command
    assert shutil.which("setpriv"), "Install setpriv: sudo apt-get install util-linux"
    nobody = pwd.getpwnam("nobody")
    needed = sorted({str(ROOT), *map(os.path.realpath, (sys.prefix, sys.base_prefix))})
    private = sorted({folder for path in needed if (folder := _private_above(path))})
    kept = [
        f'kept_{n}=$(mktemp -d); mount --bind "{path}" "$kept_{n}"' for n, path in enumerate(needed)
    ]
    covers = [f'mount -t tmpfs -o mode=755 tmpfs "{folder}"' for folder in private]
    shown = [
        f'mkdir -p "{path}"; mount --bind "$kept_{n}" "{path}"'
        for n, path in enumerate(needed)
        if _private_above(path)
    ]
    become = f"--reuid {nobody.pw_uid} --regid {nobody.pw_gid} --clear-groups"
    script = "\n".join(
        ["set -e", *kept, *covers, *shown, f'cd "{ROOT}"; exec setpriv {become} "$@"']
    )
    return ["unshare", "--mount", "sh", "-c", script, "sh", *command]


def _private_above(path: str) -> str:
    """Return the first folder above `path` that only its owner may enter, or ""."""
    folders = [*reversed(Path(path).parents), Path(path)]
    closed = [folder for folder in folders if not folder.stat().st_mode & 0o001]
    return str(closed[0]) if closed else ""
