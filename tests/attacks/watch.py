"""Run commands inside the fence, and report what they leave behind.

`watch.py REPORT COMMANDS SECONDS PACKAGES` takes the commands as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

MEMORY = 6 << 30  # bytes for all processes together, if the machine is short of memory
PROCESSES = 1000
PAGE = os.sysconf("SC_PAGESIZE")


def stop_bombs() -> None:
    """Protect the machine forever: kill the largest process, or all if there are too many.

    The sum of the sizes counts shared memory several times. Therefore it only matters when the
    machine is short of memory.
    """
    while True:
        time.sleep(0.05)
        sizes = {number: resident_bytes(number) for number in others()}
        too_many = len(sizes) > PROCESSES
        if too_many or (sum(sizes.values()) > MEMORY and is_short_of_memory()):
            chosen = list(sizes) if too_many else [max(sizes, key=sizes.__getitem__)]
            print(f"FENCE: ended {len(chosen)} of {len(sizes)} processes", flush=True)
            for number in chosen:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)


def is_short_of_memory() -> bool:
    """Return whether less than a third of the machine's memory is free."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return kilobytes["MemAvailable"] < kilobytes["MemTotal"] / 3


def others() -> list[int]:
    """Return all processes except this one and the fence's first one."""
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [number for number in numbers if number not in (1, os.getpid())]


def resident_bytes(number: int) -> int:
    """Return how much memory a process shares with no other, or 0 if it has ended."""
    try:
        _, resident, shared, *_ = map(int, Path(f"/proc/{number}/statm").read_text().split())
    except OSError:
        return 0
    return (resident - shared) * PAGE


def processes() -> list[str]:
    """Return the command lines of all processes except this one and the fence's first one."""
    found = []
    for number in others():
        folder = Path("/proc", str(number))
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.append(" ".join(words))
    return found


def main() -> None:
    report, commands, seconds, packages = sys.argv[1:]
    threading.Thread(target=stop_bombs, daemon=True).start()
    before, codes = set(os.listdir(packages)), []
    for command in json.loads(commands):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            codes.append(process.wait(float(seconds)))
        except subprocess.TimeoutExpired:
            process.kill()
            codes.append(None)
    time.sleep(0.5)  # A process may need a moment to end.
    new = sorted(set(os.listdir(packages)) - before)
    texts = [Path(packages, name).read_text() for name in new if name.endswith((".py", ".pth"))]
    Path(report).write_text(json.dumps({"codes": codes, "left": processes(), "planted": texts}))


if __name__ == "__main__":
    main()
