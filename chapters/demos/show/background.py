"""The kernel's side of the process that draws its demos (`drawing_process`).

Drawing in another process keeps the kernel free, and the sliders of the demos alive while cells
run. A kernel has one such process, from the first demo on; it has a low priority.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .frames import Frame
from .series import Series

Receive = Callable[[str], None]


class ProcessEnded(Exception):
    """The drawing process has ended, for example because memory ran out."""


class Background:
    """A running drawing process."""

    def __init__(self) -> None:
        self._process = _start()
        self._numbers = itertools.count()
        self._shown: dict[str, int] = {}  # the number of the last demo of each name
        self._first: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._early: dict[int, list[str]] = {}  # batches that nobody receives yet
        self._receivers: dict[int, Receive] = {}
        self._send("path", [str(_PACKAGES), *sys.path])
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def show(self, series: Series) -> tuple[int, Frame, str]:
        """Draw a demo; wait for its first frame.

        Returns:
            The demo's number, its first frame, and a batch with this frame.

        Raises:
            ProcessEnded: if the process ends meanwhile.
            Exception: what the drawing function raises.
        """
        number = next(self._numbers)
        pickled = pickle.dumps(series)
        if series.name in self._shown:
            self._send("drop", self._shown[series.name])
        self._shown[series.name] = number
        self._early[number] = []
        self._send("show", number, pickled)
        while True:
            try:
                kind, answered, *answer = self._first.get(timeout=0.5)
            except queue.Empty:
                if not self.alive:
                    raise ProcessEnded from None
                continue
            if answered != number:
                continue  # A cell was interrupted before this answer came.
            if kind == "failed":
                raise answer[0]
            frame, batch = answer
            return number, frame, batch

    def receive(self, number: int, receive: Receive) -> None:
        """Call `receive` with each batch of a demo, from another thread."""
        with self._lock:
            for batch in self._early.pop(number):
                receive(batch)
            self._receivers[number] = receive

    def move(self, number: int, index: int) -> None:
        """Tell the process which frame the reader wants to see."""
        self._send("move", number, index)

    def _send(self, *request: Any) -> None:
        with contextlib.suppress(OSError):  # The process has ended; `alive` tells so.
            pickle.dump(request, self._process.stdin)  # type: ignore[arg-type]
            self._process.stdin.flush()  # type: ignore[union-attr]

    def _read(self) -> None:
        """Pass on what the process sends, until it ends."""
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                kind, number, *answer = pickle.load(self._process.stdout)  # type: ignore[arg-type]
                if kind != "frames":
                    self._first.put((kind, number, *answer))
                    continue
                with self._lock:
                    if number in self._receivers:
                        self._receivers[number](*answer)
                    else:
                        self._early[number] += answer


_PACKAGES = Path(__file__).resolve().parents[2]  # the folder of the package `demos`


def _start() -> subprocess.Popen[bytes]:
    """Start a process with a low priority, which ends with this one."""
    folders = [str(_PACKAGES), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, folders)),
        "OMP_NUM_THREADS": "1",  # The kernel needs the other processors.
    }
    return subprocess.Popen(
        [sys.executable, "-m", "demos.show.drawing_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # on Windows
    )


@functools.cache
def _running() -> list[Background]:
    return []


def background() -> Background:
    """Return the drawing process of this kernel; start it if there is none."""
    running = _running()
    if not running or not running[-1].alive:
        running[:] = [Background()]
    return running[-1]
