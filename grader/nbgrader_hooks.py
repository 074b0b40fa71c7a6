"""The parts of nbgrader that `nbgrader_config.py` replaces, in nbgrader's commands and in ours.

`install` replaces autograde and feedback. `DownloadCollector` tells `nbgrader zip_collect` whose
file a download is.
"""

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import nbgrader.api
from nbgrader import converters
from nbgrader.apps import api, autogradeapp, generatefeedbackapp
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.plugins import FileNameCollectorPlugin
from traitlets.config.application import catch_config_error

from grader.course import exercises
from grader.engine.autograde import EngineAutograde
from grader.plain_text import one_line
from grader.student_feedback.page import EngineFeedback
from grader.upload.plan import assignment_of
from grader.upload.whose_file import UploadedFile, find_in_archives


class DownloadCollector(FileNameCollectorPlugin):
    """Finds the student of a downloaded file by the names that learning platforms give.

    Of a student's notebooks in one archive, it takes the newest one of the assignment or, if none
    is of the assignment, the newest one.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._released = exercises()

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return the student and the notebook's name for a file, or None if it is not asked for."""
        exercise = self._released.get(self.parent.coursedir.assignment_id)
        file = self._files.get(Path(submitted_file))
        if file is None or exercise is None:
            return None
        if reason := self._why_not(file):
            self.log.warning("%s %s", one_line(file.name), reason)
            return None
        # nbgrader compares the times of two archives, and feedback needs the time.
        time = datetime.fromtimestamp(file.time, UTC)
        return {
            "student_id": file.student,
            "file_id": exercise.name,
            "timestamp": f"{time:%Y-%m-%d %H:%M:%S UTC}",
        }

    @cached_property
    def _files(self) -> dict[Path, UploadedFile]:
        """All notebooks in the archives, by their path."""
        folder = Path(self.parent._format_collect_path(self.parent.extracted_directory))
        names = [exercise.name for exercise in self._released.values()]
        files = find_in_archives(folder, names)
        return {file.path: file for file in files if file.path.suffix == ".ipynb"}

    @cached_property
    def _newest(self) -> dict[tuple[str, str], UploadedFile]:
        """The notebook that counts of each student in each archive."""
        newest: dict[tuple[str, str], UploadedFile] = {}

        def rank(file: UploadedFile) -> tuple[object, ...]:
            assignment = assignment_of(file, self._released)
            return assignment == self.parent.coursedir.assignment_id, file.age

        hand_ins = [file for file in self._files.values() if file.student and not file.reason]
        for file in sorted(hand_ins, key=rank):
            newest[_archive_of(file), file.student] = file
        return newest

    def _why_not(self, file: UploadedFile) -> str:
        """Return why a notebook is not collected, or ""."""
        if file.reason:
            return file.reason
        if not file.student:
            return "names no student; it was left out"
        chosen = self._newest[_archive_of(file), file.student]
        return "" if chosen is file else f"was left out, because {one_line(chosen.name)} counts"


def _archive_of(file: UploadedFile) -> str:
    """Return the folder of the archive that a file was in; "" if it was in none."""
    archive, *inside = file.name.split("/")
    return archive if inside else ""


def alembic_version() -> str:
    """Return the version of nbgrader's tables that a new gradebook gets."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


def install() -> None:
    """Replace nbgrader's autograde and feedback by the course's, in all of nbgrader's commands."""
    for module in (autogradeapp, api, converters):
        module.Autograde = EngineAutograde
    for module in (generatefeedbackapp, api, converters):
        module.GenerateFeedback = EngineFeedback
    # nbgrader starts the program `alembic` for this, which takes a second.
    nbgrader.api.get_alembic_version = alembic_version
    # nbgrader makes the engine in `start`, where a wrong setting would end in a traceback.
    app = autogradeapp.AutogradeApp
    app.start = catch_config_error(app.start)
