"""The file `grading.jsonl`: a line of JSON for each grading of a submission, the newest last."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grader.plain_text import one_line

NAME = "grading.jsonl"
LONGEST_SENTENCE = 2000  # characters


@dataclass(frozen=True)
class Entry:
    """The grading of one submission, without its points.

    Names of a student's files or kernel may be in its sentences, so each of these becomes one line
    of visible characters.

    Attributes:
        student: the student's id.
        assignment: the name of the assignment.
        seconds: the duration of each phase: "sanitize", "start", "cells", "checks", "mistakes",
            "save".
        remarks: what was unusual and was repaired, in sentences.
        flags: what a person should look at, in sentences.
        stopped: why it ended before its last cell, in a sentence; "" if it ran to the end.
        failed: why it could not be graded, in a sentence; "" if it was graded.
        sandbox: whether it ran behind walls.
        walls: the name of the kind of walls, such as "Landlock (version 7)"; "" if there were none,
            if it was not executed, or if an older grader wrote the entry.
        time: when it was graded, in UTC and ISO 8601.
    """

    student: str
    assignment: str
    seconds: dict[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    stopped: str = ""
    failed: str = ""
    sandbox: bool = True
    walls: str = ""
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def __post_init__(self) -> None:
        """Make the sentences safe to show."""
        for name in ("remarks", "flags"):
            object.__setattr__(self, name, tuple(map(shown, getattr(self, name))))
        for name in ("stopped", "failed"):
            object.__setattr__(self, name, shown(getattr(self, name)))


def shown(sentence: str) -> str:
    """Return a sentence on a submission as the journal and the log show it."""
    return one_line(sentence, LONGEST_SENTENCE)


class Journal:
    """The journal of a course. Its file also is the lock that a process holds while it saves."""

    def __init__(self, folder: Path, mode: int = 0o644) -> None:
        """Keep the journal in `folder`; a new file gets the permissions `mode`."""
        self.path = folder / NAME
        self.mode = mode

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock, so that no other grading process of this course saves meanwhile.

        If this process is killed, the system releases the lock.
        """
        new = not self.path.exists()
        with self.path.open("ab") as file:
            if new:
                self.path.chmod(self.mode)
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def append(self, entry: Entry) -> None:
        """Add a line. If a power cut left the last line unfinished, end that one first."""
        line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        with self.path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, 2)
                if file.read(1) != b"\n":
                    line = "\n" + line
            file.write(line.encode("utf-8", "backslashreplace"))  # names may hold any bytes

    def latest(self, assignment: str) -> dict[str, Entry]:
        """Return the newest entry of each student for an assignment, without unreadable lines."""
        entries = {}
        for line in self.path.read_bytes().splitlines() if self.path.exists() else []:
            try:
                values = json.loads(line)
                tuples = {name: tuple(values[name]) for name in ("remarks", "flags")}
                entry = Entry(**values | tuples)
            except (ValueError, TypeError, KeyError):
                continue
            if entry.assignment == assignment:
                entries[entry.student] = entry
        return entries
