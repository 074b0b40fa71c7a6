"""Lets a kernel that keeps many threads busy pause while others wait for a processor.

Priorities would not do, because the system may give each session an equal share, and a process can
open a session. The kernel itself pauses only if its own threads are too many, or if it lets the
others go on.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from . import usage
from .usage import Process

# Threads of a kernel that may run on a busy machine. If more want to run, all of its processes
# pause, so that in the long run it takes no more from its neighbors than so many threads take.
FREE_THREADS = 2
TURN = 0.02  # seconds that they run between two pauses
LONGEST_PAUSE = 1.0  # seconds, less than an interrupted cell has time to stop
# A kernel ends if on a busy machine so many of its threads want to run at so many looks.
MOST_RUNNING = max(16, 2 * (os.cpu_count() or 1))
MOST_LOOKS = 2


class Turns:
    """The turns of one kernel's processes, which its keeper takes.

    Args:
        kernel: the number of the kernel's own process.
        tick: seconds between two looks if nothing has paused.
    """

    def __init__(self, kernel: int, tick: float) -> None:
        self.kernel = kernel
        self.tick = tick
        self._paused: set[int] = set()
        self._spares_kernel = False
        self._resumed = time.monotonic()
        self._resume_at = 0.0
        self._crowded_looks = 0
        self._is_soon = False  # whether the next look comes after a turn

    @property
    def seconds(self) -> float:
        """How long to wait until the next look."""
        return TURN if self._is_soon else self.tick

    @property
    def excess(self) -> str:
        """Say in a sentence that too many threads were busy too often; "" if they were not."""
        if self._crowded_looks <= MOST_LOOKS:
            return ""
        return f"it kept more than {MOST_RUNNING} threads busy while others had to wait"

    def look(self, processes: Sequence[Process]) -> None:
        """Let the processes pause or go on, all that the kernel has now."""
        now = time.monotonic()
        if not self._paused:
            self._pause_if_crowded(processes, now)
        elif now >= self._resume_at:
            _signal(self._paused, signal.SIGCONT)
            self._paused.clear()
            self._resumed = now
            self._is_soon = True
        else:
            self._keep_paused(processes)

    def _pause_if_crowded(self, processes: Sequence[Process], now: float) -> None:
        self._is_soon = False
        if sum(process.threads for process in processes) <= FREE_THREADS:
            return
        if not usage.machine_is_busy():
            return
        running = {process.number: usage.running_threads(process) for process in processes}
        self._crowded_looks += sum(running.values()) > MOST_RUNNING
        share = sum(running.values()) / FREE_THREADS
        if share > 1:
            self._spares_kernel = running.get(self.kernel, 0) <= FREE_THREADS
            self._pause(running)
            ran = min(now - self._resumed, self.tick)
            self._resume_at = now + min((share - 1) * ran, LONGEST_PAUSE)

    def _keep_paused(self, processes: Sequence[Process]) -> None:
        """Let those pause, too, that were started since then, or that others let go on."""
        if any(process.number in self._paused and process.is_running for process in processes):
            self._spares_kernel = False
        self._pause(process.number for process in processes)

    def _pause(self, processes: Iterable[int]) -> None:
        chosen = {n for n in processes if n != self.kernel or not self._spares_kernel}
        self._is_soon = not chosen <= self._paused  # others may follow
        self._paused |= chosen
        _signal(chosen, signal.SIGSTOP)


def _signal(processes: Iterable[int], number: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)
