"""A submission on its way to its marks: handed in, sanitized, executed, or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .job import Job, Outcome


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment, before anything of it is read.

    Attributes:
        student: the student's id.
        assignment: its name.
        folder: where nbgrader collected it.
        notebooks: the notebooks in it that the assignment asks for.
        timestamp: when it was handed in, if that is known.
    """

    student: str
    assignment: str
    folder: Path
    notebooks: tuple[Path, ...]
    timestamp: datetime | None = None


@dataclass(frozen=True)
class Sanitized:
    """A submission that is ready to be executed.

    Attributes:
        submission: what was handed in.
        jobs: one for each of its notebooks.
        files: its other files, by their path.
        remarks: what was unusual about it, in sentences.
        seconds: how long sanitizing took.
    """

    submission: Submission
    jobs: tuple[Job, ...]
    files: Mapping[str, bytes]
    remarks: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Executed:
    """A submission of which every notebook was executed.

    Attributes:
        sanitized: what was executed.
        outcomes: what became of each notebook, by its name.
    """

    sanitized: Sanitized
    outcomes: Mapping[str, Outcome]

    @property
    def submission(self) -> Submission:
        """What was handed in."""
        return self.sanitized.submission

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was unusual about it, in sentences."""
        return self.sanitized.remarks


@dataclass(frozen=True)
class Failed:
    """A submission that cannot be graded.

    Attributes:
        submission: what was handed in.
        reason: why it cannot be graded, in a sentence that names the student.
        remarks: what was unusual about it, in sentences.
        seconds: of each phase that it went through.
    """

    submission: Submission
    reason: str
    remarks: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
