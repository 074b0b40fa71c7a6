"""What crosses between the process that grades and the workers that execute."""

from dataclasses import dataclass, field

from .messages import Limits


@dataclass(frozen=True)
class Settings:
    """How submissions are executed; the same for a whole class.

    Attributes:
        limits: of each kernel.
        cell_seconds: a cell may run as long as this.
        notebook_seconds: all cells of a submission together.
        output_bytes: what is kept of a cell's output.
        exam: checks run in a kernel of their own and call the student's functions.
        sandbox: kernels are walled off.
        modules: imported before the first submission, so that none of them has to.
    """

    limits: Limits = field(default_factory=Limits)
    cell_seconds: float = 60
    notebook_seconds: float = 600
    output_bytes: int = 1 << 20
    exam: bool = True
    sandbox: bool = True
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """One notebook to execute; it holds no path of this machine.

    Attributes:
        source: the sanitised notebook, as JSON.
        files: the other files of the submission, by their path in it.
        masters: those of the files that are the instructor's own; the checks find them too.
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
    """What became of a job.

    Attributes:
        notebook: executed, as JSON.
        seconds: of each phase: "start" of the kernels, the student's "cells", the "checks".
        flags: what a person should look at, one sentence each.
        stopped: why it ended early, in one sentence; "" if it did not.
        files: those that its code wrote, by their path; nbgrader keeps them with the notebook.
    """

    notebook: str
    seconds: dict[str, float]
    flags: tuple[str, ...] = ()
    stopped: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
