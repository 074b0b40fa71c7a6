"""The data that cross between the process that grades and the workers that execute."""

from dataclasses import dataclass, field

from .messages import Limits


@dataclass(frozen=True)
class Settings:
    """How submissions are executed; the same for a whole class.

    Attributes:
        limits: the limits of each kernel.
        cell_seconds: how long a cell may run.
        notebook_seconds: how long all cells of a notebook together may run.
        output_bytes: how much of a cell's output is kept.
        exam: whether checks run in a kernel of their own and call the student's functions.
        sandbox: whether kernels run behind walls.
        walls: the only kind of walls to try, one of `walls.KINDS`; by default the strongest.
        modules: the modules that are imported once, before the first submission.
    """

    limits: Limits = field(default_factory=Limits)
    cell_seconds: float = 60
    notebook_seconds: float = 600
    output_bytes: int = 1 << 20
    exam: bool = True
    sandbox: bool = True
    walls: str = ""
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """One notebook to execute. It holds no path of this machine, so any machine can execute it.

    Attributes:
        source: the sanitized notebook, as JSON.
        files: the other files of the submission, by their path in it.
        masters: the instructor's own files among these; the examiner's kernel gets them too.
    """

    student: str
    assignment: str
    notebook: str
    source: str
    files: dict[str, bytes] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    masters: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The result of a job.

    Attributes:
        notebook: the executed notebook, as JSON.
        seconds: the duration of each phase: "start" of the kernels, "cells", "checks", "mistakes".
        flags: what a person should look at, in sentences.
        stopped: why it ended before its last cell, in a sentence; "" if it ran to the end.
        files: the files that its code wrote and that are kept, by their path.
        remarks: what was unusual about the run; each follows the name of the notebook's file.
        starved: whether it ran out of time while it waited for a processor.
        walls: the name of the kind of walls around its kernels; "" if there were none.
    """

    notebook: str
    seconds: dict[str, float]
    flags: tuple[str, ...] = ()
    stopped: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    starved: bool = False
    walls: str = ""
