"""What `nbgrader_config.py` puts into stock nbgrader, for its own commands and for ours."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbgrader
from nbconvert.exporters import HTMLExporter, NotebookExporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.plugins import FileNameCollectorPlugin
from nbgrader.preprocessors import ClearHiddenTests, GetGrades, NbGraderPreprocessor
from traitlets.config import Config

from grader.course import exercises
from grader.hand_ins import find, student_of
from grader.submission import BadSubmissionError, read

WARNING = re.compile(r"^.*?(\w*Warning: .*)$", re.MULTILINE)


class SubmissionExporter(NotebookExporter):
    """Reads submissions for `nbgrader autograde` through `grader.submission`.

    So a broken one says in a sentence what is wrong with it, and one with a copied check no
    longer stops the class.
    """

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Convert the notebook `filename`; raises `BadSubmissionError` with its student."""
        assert self.parent is not None and resources is not None  # As nbgrader calls it.
        coursedir = self.parent.coursedir
        released = exercises(Path(coursedir.format_path(coursedir.release_directory, ".", ".")))
        ids = resources["nbgrader"]
        exercise = released.get(ids["assignment"])
        submitted = Path(coursedir.root, coursedir.submitted_directory)
        if exercise is None or not Path(filename).is_relative_to(submitted):
            return super().from_filename(filename, resources=resources, **kwargs)
        who = f"{ids['student']}: {Path(filename).name}"
        try:
            notebook, remarks = read(Path(filename), exercise, released)
        except BadSubmissionError as error:
            raise BadSubmissionError(f"{who} {error}.") from None
        for remark in remarks:
            self.log.warning("%s %s.", who, remark)
        return super().from_notebook_node(notebook, resources=resources, **kwargs)


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


class WaitingGrades(GetGrades):
    """Adds to the grades in a feedback page which of them a person still has to give."""

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._get_score(cell, resources)
        mark = cell.metadata.nbgrader
        grade = self.gradebook.find_grade(
            mark["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        mark["waiting"] = grade.needs_manual_grade


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback page with our table of contents."""

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        server = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
        stock = server / "templates"
        bootstrap = server / "static" / "node_modules" / "bootstrap" / "dist" / "css"
        ours = {
            "template_name": "course_feedback",
            "extra_template_basedirs": [str(Path(__file__).parent / "templates"), str(stock)],
            "extra_template_paths": [str(stock), str(bootstrap)],
        }
        # A section of this class's name wins over the one of HTMLExporter, which nbgrader sets.
        together = Config(config or {}, FeedbackExporter=ours)
        super().__init__(config=together, **kwargs)


class HideHiddenChecks(NbGraderPreprocessor):
    """Takes the source of hidden checks out of feedback, and out of the errors they raised.

    Of an error its message stays: the author's words and the numbers compared.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Hide what is hidden in one cell of a graded notebook."""
        if cell.cell_type == "code" and utils.is_grade(cell):
            source = cell.source
            cell, resources = ClearHiddenTests(parent=self).preprocess_cell(cell, resources, index)
            if cell.source != source:
                cell.source = cell.source.strip() or "# Hidden check."
                cell.outputs = [_without_source(output) for output in cell.outputs]
        return cell, resources


def _without_source(output: NotebookNode) -> NotebookNode:
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue.strip()}".removesuffix(": ")]
    elif output.output_type == "stream" and output.name == "stderr":
        # A warning quotes the line that it comes from.
        output.text = "\n".join(WARNING.findall(output.text)) or "(a message on stderr)"
    return output
