"""What `nbgrader_config.py` puts into stock nbgrader, for its own commands and for ours."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader import converters
from nbgrader.apps import api, autogradeapp, generatefeedbackapp
from nbgrader.plugins import FileNameCollectorPlugin

from grader.course import exercises
from grader.engine.autograde import EngineAutograde
from grader.student_feedback.page import EngineFeedback
from grader.upload.whose_file import find, student_of


class DownloadCollector(FileNameCollectorPlugin):
    """Tells `nbgrader zip_collect` whose file it is, from the names that platforms give."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._archives: dict[str, dict[Path, str]] = {}

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """The student and the notebook's name for a downloaded file; None for any other."""
        path = Path(submitted_file)
        released = exercises()
        exercise = released.get(self.parent.coursedir.assignment_id)
        student = self._student(path, [other.name for other in released.values()])
        if path.suffix != ".ipynb" or exercise is None or not student:
            return None
        # nbgrader needs a time to choose between two files of a student, and to give feedback.
        time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return {
            "student_id": student,
            "file_id": exercise.name,
            "timestamp": f"{time:%Y-%m-%d %H:%M:%S UTC}",
        }

    def _student(self, path: Path, notebooks: list[str]) -> str:
        """Whose file it is; each archive was extracted into a folder of its name."""
        extracted = Path(self.parent._format_collect_path(self.parent.extracted_directory))
        archive, *inside = path.relative_to(extracted).parts
        if not inside:
            return student_of((archive,), notebooks)
        if archive not in self._archives:
            files = find(extracted / archive, notebooks)
            self._archives[archive] = {hand_in.path: hand_in.student for hand_in in files}
        # A student's own archive is named after the student.
        return self._archives[archive].get(path, "") or student_of((archive, ""), notebooks)


def install() -> None:
    """Put the course's engine and feedback in the place of nbgrader's, in all its commands."""
    for module in (autogradeapp, api, converters):
        module.Autograde = EngineAutograde
    for module in (generatefeedbackapp, api, converters):
        module.GenerateFeedback = EngineFeedback
