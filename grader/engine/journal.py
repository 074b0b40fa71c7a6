"""`grading.jsonl`: one line of JSON for each submission that was graded, the newest last."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

NAME = "grading.jsonl"


@dataclass(frozen=True)
class Entry:
    """What is worth knowing of one graded submission beside its points.

    Attributes:
        student: the student's id.
        assignment: its name.
        seconds: of each phase: "sanitize", "start", "cells", "checks", "save".
        remarks: what was unusual and was mended, in sentences.
        flags: what a person should look at, in sentences.
        stopped: why it ended before its last cell, in a sentence; "" if it did not.
        failed: why it could not be graded, in a sentence; "" if it could.
        sandbox: whether it ran behind walls.
        time: when it was graded, in UTC as ISO 8601 writes it.
    """

    student: str
    assignment: str
    seconds: dict[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    stopped: str = ""
    failed: str = ""
    sandbox: bool = True
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


class Journal:
    """The file beside the gradebook; while it is open for writing, nobody else saves."""

    def __init__(self, folder: Path, mode: int = 0o644) -> None:
        """Keep it in `folder`; when it is made, it gets the permissions `mode`."""
        self.path = folder / NAME
        self.mode = mode

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep every other grading process of this course from saving, for a moment.

        The lock goes with the process that holds it, however that ends.
        """
        new = not self.path.exists()
        with self.path.open("ab") as file:
            if new:
                self.path.chmod(self.mode)
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def append(self, entry: Entry) -> None:
        """Add a line; what a power cut left of the line before is closed first."""
        line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        with self.path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, 2)
                if file.read(1) != b"\n":
                    line = "\n" + line
            file.write(line.encode("utf-8", "backslashreplace"))  # names may hold any bytes

    def latest(self, assignment: str) -> dict[str, Entry]:
        """The newest entry of each student for an assignment; unreadable lines are left out."""
        entries = {}
        for line in self.path.read_bytes().splitlines() if self.path.exists() else []:
            try:
                known = json.loads(line)
                entry = Entry(**known | {name: tuple(known[name]) for name in ("remarks", "flags")})
            except (ValueError, TypeError, KeyError):
                continue
            if entry.assignment == assignment:
                entries[entry.student] = entry
        return entries
