"""Runs commands inside the fence, and looks at what they left behind.

`watch.py REPORT COMMANDS SECONDS PACKAGES`, with the commands as JSON.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def processes() -> list[str]:
    """The command lines of all processes but this one and the fence's."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) not in (1, os.getpid()):
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
    before, codes = set(os.listdir(packages)), []
    for command in json.loads(commands):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            codes.append(process.wait(float(seconds)))
        except subprocess.TimeoutExpired:
            process.kill()
            codes.append(None)
    time.sleep(0.5)  # What is told to end may take a moment.
    new = sorted(set(os.listdir(packages)) - before)
    texts = [Path(packages, name).read_text() for name in new if name.endswith((".py", ".pth"))]
    Path(report).write_text(json.dumps({"codes": codes, "left": processes(), "planted": texts}))


if __name__ == "__main__":
    main()
