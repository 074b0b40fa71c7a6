"""The parts of nbgrader that `nbgrader_config.py` replaces, in nbgrader's commands and in ours.

`install` replaces autograde and feedback. `DownloadCollector` tells `nbgrader zip_collect` whose
file a download is.
"""

from datetime import UTC, datetime
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
from grader.student_feedback.page import EngineFeedback
from grader.upload.whose_file import find, student_of


class DownloadCollector(FileNameCollectorPlugin):
    """Finds the student of a downloaded file by the names that learning platforms give."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._students: dict[str, dict[Path, str]] = {}  # by the name of the archive

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return the student and the notebook's name for a file, or None if it is not asked for."""
        path = Path(submitted_file)
        released = exercises()
        exercise = released.get(self.parent.coursedir.assignment_id)
        student = self._student(path, [other.name for other in released.values()])
        if path.suffix != ".ipynb" or exercise is None or not student:
            return None
        # nbgrader needs the time to choose between two files of a student, and for feedback.
        time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return {
            "student_id": student,
            "file_id": exercise.name,
            "timestamp": f"{time:%Y-%m-%d %H:%M:%S UTC}",
        }

    def _student(self, path: Path, notebooks: list[str]) -> str:
        """Return the student of a file, or ""; nbgrader extracts an archive to its own folder."""
        extracted = Path(self.parent._format_collect_path(self.parent.extracted_directory))
        archive, *inside = path.relative_to(extracted).parts
        if not inside:
            return student_of((archive,), notebooks)
        if archive not in self._students:
            files = find(extracted / archive, notebooks)
            self._students[archive] = {file.path: file.student for file in files}
        # If the files in it name no student, it is one student's own and named after the student.
        return self._students[archive].get(path, "") or student_of((archive, ""), notebooks)


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
