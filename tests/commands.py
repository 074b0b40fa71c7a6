"""Commands that tests start: programs, and Python commands that start at once.

A test that grades runs `python -m nbgrader …` several times, and each start imports nbgrader for a
second. Therefore one process imports nbgrader once and is forked for each command. The copy then
sets up what `python` would set up: folder, environment, arguments, search path and output.
"""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from typing import IO

IMPORTED = ["nbgrader.apps", "rich.progress"]
# nbgrader starts `alembic`, which lies beside this Python.
PATH = f"{Path(sys.executable).parent}:/usr/bin:/bin"

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(IMPORTED)


@dataclass(frozen=True)
class Run:
    """A command that has ended: its exit code and what it printed."""

    code: int
    output: str
    errors: str = ""

    @property
    def log(self) -> str:
        """What it wrote to stdout and to stderr."""
        return self.output + self.errors

    @property
    def is_clear(self) -> bool:
        """Whether it failed and gave the reason in sentences, without a traceback."""
        return self.code > 0 and "Traceback" not in self.log


class Command:
    """A running program. It prints into files, so that it never waits for a reader."""

    def __init__(self, words: Iterable[object], folder: Path, **environment: str) -> None:
        # They stay open until `_stop` closes them.
        self._output = tempfile.NamedTemporaryFile()  # noqa: SIM115
        self._errors = tempfile.NamedTemporaryFile()  # noqa: SIM115
        self.process = self._start(
            [str(word) for word in words], folder, {**os.environ, "PATH": PATH, **environment}
        )
        weakref.finalize(self, _stop, self.process, self._output, self._errors)

    def _start(
        self, words: list[str], folder: Path, environment: dict[str, str]
    ) -> subprocess.Popen[bytes] | _Fork:
        return subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._errors,
            start_new_session=True,
        )

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return _text(self._output) + _text(self._errors)

    def runs(self, seconds: float = 0) -> bool:
        """Return whether it still runs, after waiting for its end for at most `seconds`."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
            return False
        return True

    def until(self, holds: Callable[[], object], seconds: float = 120) -> None:
        """Wait until `holds()` is true while the command runs."""
        end = time.monotonic() + seconds
        while not holds():
            assert self.runs(), f"The command ended too soon:\n{self.log}"
            assert time.monotonic() < end, f"It takes more than {seconds:g} s:\n{self.log}"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as `kill -9` does. The processes that it started go on."""
        self.process.kill()
        self.process.wait()

    def end(self, seconds: float = 180) -> Run:
        """Wait for its end. If that takes longer than `seconds`, fail with what it printed."""
        if self.runs(seconds):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"The command did not end within {seconds:g} s:\n{self.log}")
        return Run(self.process.returncode, _text(self._output), _text(self._errors))


class PythonCommand(Command):
    """A running `python …`. Its first words are the absolute path of a folder, or `-m MODULE`."""

    def _start(self, words: list[str], folder: Path, environment: dict[str, str]) -> _Fork:
        names = self._output.name, self._errors.name
        return _Fork(words, str(folder), environment, names, _path())


class _Fork:
    """A copy of the prepared process, with those methods of `Popen` that a command needs."""

    def __init__(self, *arguments: object) -> None:
        self._process = _forks.Process(target=_run, args=arguments)
        self._process.start()
        self.pid, self.kill, self.terminate = (
            getattr(self._process, name) for name in ("pid", "kill", "terminate")
        )

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> None:
        self._process.join(seconds)
        if self._process.is_alive():
            raise subprocess.TimeoutExpired("python", seconds or 0)


def prepare() -> None:
    """Start the process that is forked, if it does not run yet."""
    forkserver.ensure_running()


@cache
def _path() -> list[str]:
    """Return the folders in which this Python searches for modules, without anything added."""
    command = [sys.executable, "-EP", "-c", "import json, sys; print(json.dumps(sys.path))"]
    path: list[str] = json.loads(subprocess.check_output(command))
    return path


def _run(
    words: list[str],
    folder: str,
    environment: dict[str, str],
    names: tuple[str, str],
    path: list[str],
) -> None:
    """Turn this process, a copy of the prepared one, into `python WORDS`."""
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in enumerate((os.devnull, *names)):
        file = os.open(name, os.O_RDWR | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    more = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:] = [*more, *path]
    try:
        if words[0] == "-m":
            sys.argv, sys.path[:0] = words[1:], [folder]
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words
            runpy.run_path(words[0], run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # `multiprocessing` leaves them out.


def _text(file: IO[bytes]) -> str:
    """What was written into a file, without moving the place at which it is written next."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode(errors="replace")


def _stop(process: subprocess.Popen[bytes] | _Fork, *files: IO[bytes]) -> None:
    """End a command that a failed test has left behind."""
    process.kill()
    process.wait()
    for file in files:
        file.close()
