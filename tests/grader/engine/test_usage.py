"""The keeper adds up what a kernel's processes use, and lets busy ones take turns with others."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from types import SimpleNamespace

import pytest

from grader.engine.sandbox import turns, usage
from grader.engine.sandbox.turns import MOST_LOOKS, MOST_RUNNING, TURN, Turns
from grader.engine.sandbox.usage import Process, ProcessorTime, read_processes

# Processor time


def burn(seconds: float) -> None:
    while time.process_time() < seconds:
        pass


def in_child(work: Callable[[], None]) -> int:
    """Start a process that does some work, and return its number."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def start_children_that_nobody_waits_for() -> None:
    """Burn half a second of processor time in processes that leave no trace."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system removes them at once
    for _ in range(25):
        child = in_child(lambda: burn(0.02))
        while os.path.exists(f"/proc/{child}"):
            time.sleep(0.001)


def test_processes_that_nobody_waits_for_count() -> None:
    clock = ProcessorTime()
    if clock._clock is None:
        pytest.skip("This system has no clock of a process and all that it starts.")
    os.waitpid(in_child(start_children_that_nobody_waits_for), 0)
    assert clock.total([]) > 0.4


@pytest.fixture
def without_clock(monkeypatch: pytest.MonkeyPatch) -> ProcessorTime:
    """Processor time as most containers show it, where no such clock is allowed."""
    monkeypatch.setattr(usage, "_clock_of_descendants", lambda: None)
    return ProcessorTime()


def test_without_a_clock_living_and_ended_processes_count_once(
    without_clock: ProcessorTime,
) -> None:
    before = without_clock.total([])

    def work() -> None:
        burn(0.35)
        time.sleep(60)

    child = in_child(work)
    while not (living := read_processes([child])) or living[0].own < 0.3:
        time.sleep(0.01)
    assert 0.25 < without_clock.total(living) - before < 0.5
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert 0.25 < without_clock.total([]) - before < 0.5


def test_without_a_clock_what_was_seen_of_a_process_counts(without_clock: ProcessorTime) -> None:
    seen = Process(2, 0, threads=1, own=5.0, waited_for=0.0, resident=0, is_running=True)
    assert without_clock.total([seen]) >= 5
    assert without_clock.total([]) >= 5


# Turns

KERNEL = 10


class Machine:
    """A busy machine with processes that exist only in this test.

    Attributes:
        stopped: the numbers of the processes that pause.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stopped: set[int] = set()
        self.now = 0.0
        monkeypatch.setattr(turns, "_signal", self._signal)
        monkeypatch.setattr(usage, "machine_is_busy", lambda: True)
        monkeypatch.setattr(usage, "running_threads", lambda process: process.is_running)
        monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.turns = Turns(KERNEL, 0.1)

    def _signal(self, processes: Iterable[int], number: int) -> None:
        if number == signal.SIGSTOP:
            self.stopped |= {*processes}
        else:
            self.stopped -= {*processes}

    def look(self, busy: Iterable[int], seconds: float = 0.1, kernel: bool = False) -> None:
        """Let the keeper look after some seconds; these processes and perhaps the kernel run."""
        self.now += seconds
        numbers = {KERNEL: kernel, **dict.fromkeys(busy, True)}
        self.turns.look([Process(n, 0, 1, 0.0, 0.0, 0, runs) for n, runs in numbers.items()])


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_few_busy_processes_do_not_pause(machine: Machine) -> None:
    for _ in range(20):
        machine.look([11, 12])
    assert machine.stopped == set()
    assert (machine.turns.seconds, machine.turns.excess) == (0.1, "")


def test_many_busy_processes_run_for_a_short_turn_and_pause_in_proportion(machine: Machine) -> None:
    busy = range(11, 21)  # five times as many as may run
    machine.look(busy)
    assert machine.stopped == {*busy}  # and not the kernel itself
    machine.look([], 0.39)
    assert machine.stopped == {*busy}
    machine.look([], 0.02)
    assert machine.stopped == set()
    assert machine.turns.seconds == TURN
    machine.look(busy, TURN)
    assert machine.stopped == {*busy}
    machine.look([], 4 * TURN + 0.001)
    assert machine.stopped == set()


def test_what_starts_during_a_pause_pauses_too(machine: Machine) -> None:
    machine.look(range(11, 26))
    machine.look([30, 31])
    assert machine.stopped == {*range(11, 26), 30, 31}
    assert machine.turns.seconds == TURN  # others may follow


def test_a_kernel_that_lets_others_go_on_pauses_with_them(machine: Machine) -> None:
    machine.look(range(11, 26), kernel=True)
    assert KERNEL not in machine.stopped
    machine.look([12], kernel=True)  # although it was stopped
    assert machine.stopped == {KERNEL, *range(11, 26)}


def test_a_kernel_ends_if_far_too_many_processes_run_again_and_again(machine: Machine) -> None:
    crowd = range(11, 11 + MOST_RUNNING + 1)
    for _ in range(MOST_LOOKS):
        machine.look(crowd)
        machine.look([], 1.1)
        assert machine.turns.excess == ""
    machine.look(crowd)
    assert machine.turns.excess.startswith(f"it kept more than {MOST_RUNNING} threads busy")
