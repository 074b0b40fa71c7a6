"""nbgrader's Autograde with the engine's options, and what the engine asks of it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.converters.autograde import Autograde
from traitlets import Bool, Dict, Enum, Float, Integer, List, TraitError, Unicode, validate

from grader import GraderError
from grader.notebook import BadSubmissionError

from . import graded_folder
from .journal import Journal
from .messages import Limits
from .walls import KINDS
from .zygote_manager import ZygoteManager


class AutogradeBase(Autograde):
    """The options, which are set as `c.Autograde`, and nbgrader's answers to plan, run and record.

    Attributes:
        journal: where each result is noted.
        are_mended: whether this process has read and mended the hand-ins already.
        zygote: one that imports its modules already, if there is one.
    """

    scheduler = Unicode(
        "",
        help="Address of a Dask scheduler, tls://host:port, whose workers execute; by default "
        "processes on this machine do. docs/cluster.md says who may connect to it.",
    ).tag(config=True)
    workers = Integer(
        0, help="Submissions executed at a time on this machine; by default two a processor."
    ).tag(config=True)
    sandbox = Bool(
        True, help="Whether submissions run behind walls. Without, they can do what you can."
    ).tag(config=True)
    walls = Enum(
        ["", *KINDS],
        "",
        help="The only kind of walls to try, namespaces or landlock; by default the strongest "
        "that can be built.",
    ).tag(config=True)
    exam = Bool(
        False,
        help="Whether checks run in a kernel of their own and call the student's functions. "
        "Without, blunt tampering is found and flagged.",
    ).tag(config=True)
    cell_seconds = Float(
        None, allow_none=True, help="Seconds that a cell may take; by default Execute.timeout."
    ).tag(config=True)
    notebook_seconds = Float(600, help="Seconds that a notebook may take.").tag(config=True)
    output_bytes = Integer(1 << 20, help="Bytes that are kept of a cell's output.").tag(config=True)
    limits = Dict(
        help="Limits of each kernel that differ from the engine's, by name: "
        + ", ".join(f"{name} ({value})" for name, value in vars(Limits()).items())
    ).tag(config=True)
    modules = List(
        Unicode(),
        help="Modules imported once, before the first submission, for all of them; "
        "modules that the instructor's notebooks do not use are left out.",
    ).tag(config=True)
    patience = Float(
        600, help="Seconds to wait for a gradebook that another program has locked."
    ).tag(config=True)

    journal: Journal
    are_mended = False
    zygote: ZygoteManager | None = None

    @validate("limits")
    def _check_limits(self, proposal: dict[str, Any]) -> dict[str, int]:
        try:
            return Limits.from_settings(proposal["value"]).changed()
        except ValueError as error:
            raise TraitError(f"Autograde.limits: {error}") from None

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Whether a submission is to be graded; by nbgrader's rules, but nothing is deleted."""
        if student_id in self.coursedir.student_id_exclude.split(","):
            return False
        folder = self.destination(assignment_id, student_id)
        only = self.only(self.notebooks)
        graded = [folder] if only is None else [folder / name for name in only]
        if not all(path.exists() for path in graded) or not any(folder.iterdir()):
            return True
        if self.force:
            self.log.warning("Replacing existing assignment: %s", folder)
            return True
        new = self.timestamp(self._format_source(assignment_id, student_id))
        old = self.timestamp(str(folder))
        if new is not None and old is not None and new > old:
            self.log.warning("Updating existing assignment: %s", folder)
            return True
        self.log.info("Skipping existing assignment: %s", folder)
        return False

    def ids(self, path: str) -> tuple[str, str]:
        """The assignment and the student that a folder of hand-ins belongs to."""
        pattern = self._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True)
        match = re.match(pattern, path)
        if match is None:
            raise GraderError(f"{path} does not fit nbgrader's directory structure {pattern}.")
        return match["assignment"], match["student"]

    def timestamp(self, folder: str) -> Any:
        """When the files in a folder were handed in; None if that is not known.

        Raises:
            BadSubmissionError: its timestamp.txt holds no time.
        """
        path = Path(folder, "timestamp.txt")
        try:
            if path.is_file() and not path.is_symlink():
                return self.coursedir.get_existing_timestamp(folder)
        except (AttributeError, OSError, ValueError):  # nbgrader stumbles over its own message
            pass
        if os.path.lexists(path):
            raise BadSubmissionError("timestamp.txt holds no time that can be read")
        return None

    def only(self, notebooks: Sequence[str | Path]) -> list[str] | None:
        """The names of the notebooks if just some of the assignment's are graded, else None."""
        if self.coursedir.notebook_id == "*":
            return None
        return [Path(notebook).name for notebook in notebooks]

    def destination(self, assignment: str, student: str) -> Path:
        """The folder of a graded submission."""
        return Path(self._format_dest(assignment, student))

    def permit_aside(self, assignment: str, student: str) -> None:
        """Let nbgrader set the permissions of a folder that is still written aside."""
        self._aside = True
        try:
            self.set_permissions(assignment, student)
        finally:
            self._aside = False

    _aside = False

    def _format_dest(self, assignment_id: str, student_id: str, escape: bool = False) -> str:
        path: str = super()._format_dest(assignment_id, student_id, escape)
        return str(graded_folder.aside(Path(path))) if self._aside else path
