"""A machine of its own for a school, whose accounts and folders exist for its processes alone.

Linux can show a process and its children other folders in the place of /etc, /home, /opt and /srv.
So the commands of docs/school.md run as they are written: they make accounts and write into /etc
and /srv, and all of it is gone when the test ends.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
from checkout import ROOT

PACKAGES = "/opt/jupyter"  # where docs/school.md installs the packages
EMPTY = ("/home", "/opt", "/srv", "/var/log", "/var/mail")  # folders that are empty at first
SECONDS = 600  # within which commands end on a busy machine
UNSHARE = ("unshare", "--mount", "--pid", "--mount-proc", "--kill-child", "--fork")


def why_not() -> str:
    """Return why this process cannot make such a machine, or "" if it can."""
    if os.geteuid() != 0:
        return "only root can make accounts"
    if subprocess.run([*UNSHARE, "true"], capture_output=True).returncode != 0:
        return "this system does not let root make namespaces, as in a container"
    return ""


class Machine:
    """A running machine. It ends with this process at the latest."""

    def __init__(self, folder: Path) -> None:
        """Start the machine; `folder` is an existing folder for its /etc and its packages."""
        self._unshare = subprocess.Popen(
            [*UNSHARE, "sh", "-c", _setup(), "sh", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._unshare.stdout and self._unshare.stderr
        ready = self._unshare.stdout.readline() == "ready\n"
        assert ready, f"The machine does not start: {self._unshare.stderr.read()}"
        [first] = psutil.Process(self._unshare.pid).children()
        self._enter = ["nsenter", f"--target={first.pid}", "--mount", "--pid"]

    def command(self, script: str, account: str = "root") -> list[str]:
        """Return the words that run a shell script on the machine after a login of `account`."""
        return [*self._enter, "su", "--login", account, "--command", f"set -e\n{script}"]

    def run(self, script: str, account: str = "root", text: str = "") -> str:
        """Run a shell script after a login of `account`; return what it printed.

        Args:
            script: the commands; the first one that fails ends them, and the test fails.
            account: who runs them.
            text: what they read from their standard input.
        """
        code, output = self.attempt(script, account, text)
        assert code == 0, f"{account} ran\n{script}\n{output}"
        return output

    def attempt(self, script: str, account: str, text: str = "") -> tuple[int, str]:
        """Run a shell script that may fail; return its exit code and what it printed."""
        run = subprocess.run(
            self.command(script, account),
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        return run.returncode, run.stdout

    def write(self, path: str, text: str, account: str = "root", is_addition: bool = False) -> None:
        """Write a file as `account`, or add to it; make its folder if it is missing."""
        quoted = shlex.quote(path)
        arrow = ">>" if is_addition else ">"
        self.run(f"mkdir -p $(dirname {quoted})\ncat {arrow} {quoted}", account, text)

    def copy(self, folder: Path, path: str, account: str) -> None:
        """Copy a folder of this system to `path`; the copy belongs to `account`."""
        self.run(f"cp -a {shlex.quote(str(folder))} {path}; chown -R {account}: {path}")

    def close(self) -> None:
        """End all processes of the machine."""
        self._unshare.communicate()  # Its first process ends at the end of its input.


def _setup() -> str:
    """Return the script that turns a shell in new namespaces into the machine."""
    needed = [os.path.realpath(sys.prefix), *_needed()]
    covers = sorted({*EMPTY, *filter(None, map(_private_above, needed))})
    lines = ["set -e", "umask 022", 'cp -a /etc "$1/etc"', 'mount --bind "$1/etc" /etc']
    # Nobody has an account yet, although this system may have people of the same names.
    people = """$(awk -F: '1000 <= $3 && $3 < 60000 { print $1 }' /etc/passwd)"""
    lines.append(f"for name in {people}; do userdel --force $name; done")
    for number, path in enumerate(needed):
        lines.append(f'mkdir "$1/{number}"; mount --bind {shlex.quote(path)} "$1/{number}"')
    for cover in covers:
        lines.append(f"test ! -d {cover} || mount -t tmpfs -o mode=755 tmpfs {cover}")
    for number, path in enumerate(needed):
        if any(Path(path).is_relative_to(cover) for cover in covers):
            quoted = shlex.quote(path)
            lines.append(f'mkdir -p {quoted}; mount --bind "$1/{number}" {quoted}')
    lines += [f"mkdir {PACKAGES}", f'mount --bind "$1/0" {PACKAGES}', "echo ready"]
    # This shell becomes the parent of all orphans. They vanish when they end if it ignores that.
    lines += ["trap '' CHLD", "exec cat"]
    return "\n".join(lines)


def _needed() -> Iterator[str]:
    """Yield the folders of this system that the machine needs at the same place."""
    yield str(ROOT)
    yield os.path.realpath(sys.base_prefix)
    if node := shutil.which("node"):
        yield str(Path(node).resolve().parent)


def _private_above(path: str) -> str:
    """Return the first folder on the way to `path` that only its owner may enter, or ""."""
    folders = [*reversed(Path(path).parents), Path(path)]
    private = [folder for folder in folders if not folder.stat().st_mode & 0o001]
    return str(private[0]) if private else ""
