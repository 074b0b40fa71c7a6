"""What the processes of a kernel use: processor time, memory, threads and sockets.

Linux shows all of this in /proc. macOS has no /proc and no walls, and psutil asks the system there.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

HAS_PROC = os.path.isdir("/proc")
TICKS = os.sysconf("SC_CLK_TCK")  # of processor time in a second
# A socket buffers what its sender has room for, usually 208 KB and at most one message more.
# A datagram socket may buffer ten messages and one more, each of another sender.
SOCKET_BYTES = 1 << 19
DATAGRAM_BYTES = 11 * SOCKET_BYTES
DATAGRAM = "0002"  # in the column "Type" of /proc/net/unix


@dataclass(frozen=True)
class Process:
    """A process as the system shows it.

    Attributes:
        number: its process id.
        started: when it started, in ticks; with the number it is unique.
        threads: how many it has.
        own: seconds of processor time that it used itself.
        waited_for: seconds that the children used for which it has waited.
        resident: bytes in memory, without mapped files.
        is_running: whether one of its threads computes or waits for a processor.
    """

    number: int
    started: int
    threads: int
    own: float
    waited_for: float
    resident: int
    is_running: bool


def read_processes(numbers: Iterable[int]) -> list[Process]:
    """Return those of the processes that still exist."""
    read = _read_process if HAS_PROC else _ask_psutil
    found = []
    for number in numbers:
        with suppress(OSError):
            found.append(read(number))
    return found


def _read_process(number: int) -> Process:
    fields = _fields(f"/proc/{number}/stat")
    user, system, children, childrens_system = (int(text) / TICKS for text in fields[11:15])
    with open(f"/proc/{number}/status") as table:
        # The page tables count, because a process can fill them without having any memory.
        kinds = ("RssAnon", "RssShmem", "VmPTE")
        lines = [line.split() for line in table if line.startswith(kinds)]
    return Process(
        number=number,
        started=int(fields[19]),
        threads=int(fields[17]),
        own=user + system,
        waited_for=children + childrens_system,
        resident=sum(int(kilobytes) << 10 for _, kilobytes, *_ in lines),
        is_running=fields[0] == "R",
    )


def _ask_psutil(number: int) -> Process:
    import psutil  # ipykernel needs it, too

    try:
        process = psutil.Process(number)
        times = process.cpu_times()
        return Process(
            number=number,
            started=int(process.create_time() * TICKS),
            threads=process.num_threads(),
            own=times.user + times.system,
            waited_for=times.children_user + times.children_system,
            resident=process.memory_info().rss,
            is_running=process.status() == psutil.STATUS_RUNNING,
        )
    except psutil.Error:
        raise ProcessLookupError(number) from None


def _fields(path: str) -> list[str]:
    """Return the fields of a `stat` file from the third on; the name before them may hold any."""
    with open(path, errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def running_threads(process: Process) -> int:
    """Return how many threads of a process compute or wait for a processor."""
    if process.threads == 1:
        return int(process.is_running)
    count = 0
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{process.number}/task"):
            with suppress(OSError):
                count += _fields(f"/proc/{process.number}/task/{thread}/stat")[0] == "R"
    return count


def machine_is_busy() -> bool:
    """Return whether more threads want to compute than this machine has processors."""
    if not HAS_PROC:
        return False  # the system does not say
    with open("/proc/stat") as table:
        running = next(int(line.split()[1]) for line in table if line.startswith("procs_running"))
    return running > (os.cpu_count() or 1)


def seconds_waited(process: int) -> float:
    """Return how long the main thread of a process has waited for a processor; 0 if unknown."""
    try:
        with open(f"/proc/{process}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def sockets() -> tuple[int, int]:
    """Return how many sockets there are in this network namespace, and what they may buffer.

    The buffers belong to no process, so each socket counts as many bytes as it may hold.
    """
    kinds = [fields[4] for fields in _rows("/proc/net/unix")]
    others = sum(1 for _ in _rows("/proc/net/netlink"))
    datagram = kinds.count(DATAGRAM)
    count = len(kinds) + others
    return count, (count - datagram) * SOCKET_BYTES + datagram * DATAGRAM_BYTES


def _rows(path: str) -> Iterator[list[str]]:
    try:
        with open(path, errors="replace") as table:
            next(table)
            yield from (line.split() for line in table)
    except OSError:  # this system has no such sockets
        return


class ProcessorTime:
    """Adds up the processor time of all processes that a kernel has had.

    It has to be made in the keeper, before the keeper forks the kernel.
    """

    def __init__(self) -> None:
        self._clock = _clock_of_descendants()
        self._living: Mapping[tuple[int, int], float] = {}
        self._ended = 0.0  # seconds of processes that are gone, as last seen

    def total(self, processes: Iterable[Process]) -> float:
        """Return the seconds of these processes and of those that were there before."""
        if self._clock is not None:
            return int.from_bytes(os.read(self._clock, 8), sys.byteorder) / 1e9
        return self._seen(processes)

    def _seen(self, processes: Iterable[Process]) -> float:
        """Return the seconds that the system tells of processes, where it has no clock for them.

        It counts a process that has ended if somebody waited for it. Otherwise, what was seen of it
        counts.
        """
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        waited_for = usage.ru_utime + usage.ru_stime
        living = {}
        for process in processes:
            living[process.number, process.started] = process.own
            waited_for += process.waited_for
        self._ended += sum(self._living[key] for key in self._living.keys() - living.keys())
        self._living = living
        return sum(living.values()) + max(waited_for, self._ended)


# perf_event_open(2): its number, and the attributes of an event.
PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}
SOFTWARE, TASK_CLOCK = 1, 1
INHERIT, EXCLUDE_KERNEL, EXCLUDE_HYPERVISOR = 1 << 1, 1 << 5, 1 << 6
CLOSE_ON_EXEC = 8
ATTRIBUTES = "IIQQQQQ"  # type, size, event, period, what to sample, format, flags
SIZE = 64  # bytes of the attributes in their first version


def _clock_of_descendants() -> int | None:
    """Open a clock of the processor time of this process and of all that it will start.

    It also counts processes that end while nobody waits for them, which a process can bring about
    by ignoring the signal of their ends. Many containers and some systems do not allow it.

    Returns:
        The number of a file from which the nanoseconds can be read, or None.
    """
    call = PERF_EVENT_OPEN.get(os.uname().machine)
    if sys.platform != "linux" or call is None:
        return None
    flags = INHERIT | EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR
    attributes = struct.pack(ATTRIBUTES, SOFTWARE, SIZE, TASK_CLOCK, 0, 0, 0, flags).ljust(
        SIZE, b"\0"
    )
    system_call = ctypes.CDLL(None).syscall
    this_process, any_processor, no_group = 0, -1, -1
    number: int = system_call(
        call, attributes, this_process, any_processor, no_group, CLOSE_ON_EXEC
    )
    return None if number < 0 else number
