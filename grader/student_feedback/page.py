"""Makes the page that a student gets back: what failed, in the author's words, and what to do.

The page is one file without a script, and asks nothing of another host. It never shows the source
of a hidden check.

A student's function can store the arguments of a hidden check, and from then on everything that the
student's code does can depend on them: which error it raises and when, how the kernel dies, what
any later cell prints. So the page shows the outputs of the student's own cells as they were handed
in, not those of the grading run. From the first hidden check on, it takes nothing from the grading
run except the points. What it says there about a failed check comes from the sources of the check
and of the hand-in (`sources`), and from the outputs that were handed in. One thing more depends on
the run: the known mistake that the answer behaves like, for each function that lost points.
"""

import builtins
import re
import shutil
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.converters.generate_feedback import GenerateFeedback
from nbgrader.preprocessors import GetGrades
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from grader.engine.messages import TRACE
from grader.harmless_html import PICTURES, clean, html_of, text_of, with_code
from grader.notebook import is_check

from . import sources

TEMPLATES = Path(__file__).resolve().parent
# The engine writes these errors itself.
ENGINE_ERRORS = {"CellTimeoutError", "NoScore", "NotRun", "Stopped", "TamperedKernel"}
# So many failed checks at the end of a notebook may mean that its kernel died.
MANY = 3
LONGEST = 200  # characters of an error's message
UNWRITTEN = "This is not written yet."


class EngineFeedback(GenerateFeedback):
    """nbgrader's GenerateFeedback, but without the files beside the notebook.

    The page does not need them, and the student's code may have written a hidden check's arguments
    into them.
    """

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy the two files that nbgrader needs to hand the page out, as they were handed in."""
        course = self.coursedir
        source = Path(course.format_path(course.submitted_directory, student_id, assignment_id))
        folder = Path(self._format_dest(assignment_id, student_id))
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("timestamp.txt", "submission_secret.txt"):
            if (source / name).is_file():
                (folder / name).unlink(missing_ok=True)
                shutil.copy(source / name, folder)


class Grades(GetGrades):
    """nbgrader's GetGrades, which also marks the grades that a person still has to give."""

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._get_score(cell, resources)
        metadata = cell.metadata.nbgrader
        grade = self.gradebook.find_grade(
            metadata["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        # After a regrade, nbgrader asks for another look at points that a person has already given.
        metadata["waiting"] = bool(grade.needs_manual_grade) and grade.manual_score is None


@dataclass
class Block:
    """The part of the page that shows one cell.

    Attributes:
        kind: "code" of the student, written "answer", or "check".
        name: the grade_id with spaces for dashes; "" for a cell without one.
        anchor: the grade_id.
        html: the student's code or written answer, as HTML.
        outputs: the outputs as handed in, as pairs of "text", "error" or "html" and the content.
        failure: the sentence on an error of the student's cell, or "".
        claim: the author's sentence on what the check tests.
        explanation: why the check failed.
        source: the source of a visible check as HTML; "" for a hidden one.
        score: the points that the student got.
        points: the points that the cell is worth.
        waiting: whether a person still has to give the points.
        advice: the sentence on a known mistake, in the first failed check of a function.
        comment: the comment of the person who graded it, as HTML.
    """

    kind: str
    name: str = ""
    anchor: str = ""
    html: Markup | str = ""
    outputs: list[tuple[str, str]] = field(default_factory=list)
    failure: str = ""
    claim: str = ""
    explanation: str = ""
    source: Markup | str = ""
    score: float = 0
    points: float = 0
    waiting: bool = False
    advice: Markup | str = ""
    comment: Markup | str = ""

    @property
    def is_lost(self) -> bool:
        """Whether the student got fewer points than the cell is worth."""
        return not self.waiting and self.score < self.points


@dataclass
class Section:
    """The blocks under one heading of the notebook."""

    title: str
    blocks: list[Block] = field(default_factory=list)


class FeedbackExporter(Exporter):
    """Turns an autograded notebook, to which `Grades` has added the grades, into the page."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(  # type: ignore[override]  # this exporter returns HTML
        self, nb: NotebookNode, resources: Any = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page of a notebook; `resources["nbgrader"]` has the student and the scores."""
        notebook, resources = super().from_notebook_node(nb, resources, **kwargs)
        clean(notebook)
        sections = page_of(notebook)
        graded = [block for section in sections for block in section.blocks if block.points]
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        page = environment.get_template("feedback.html.j2").render(
            sections=sections,
            graded=graded,
            stopped="" if _learned_from(notebook) else _stopped(notebook),
            failed_from=failed_to_the_end(graded) if _learned_from(notebook) else "",
            light=Markup(HtmlFormatter(style="default").get_style_defs(".code")),
            dark=Markup(HtmlFormatter(style="github-dark").get_style_defs(".code")),
            **resources["nbgrader"],
        )
        return page, resources


def page_of(notebook: NotebookNode) -> list[Section]:
    """Sort the cells of a graded notebook into the sections of the page."""
    sections = [Section("")]
    advised = set()
    first_hidden = _learned_from(notebook)
    is_secret = False
    hand_in = sources.HandIn(
        cell.source for cell in notebook.cells if cell.cell_type == "code" and not is_check(cell)
    )
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and utils.is_locked(cell) and not utils.is_grade(cell):
            if heading := re.search(r"^#+ +(.+)$", cell.source, re.MULTILINE):
                sections.append(Section(heading[1].split(" · ")[0]))
            continue
        is_secret = is_secret or cell is first_hidden
        block = _block(cell, hand_in, is_secret)
        if block is None:
            continue
        mistake = cell.metadata.get("course", {})
        silent = hand_in.without_result(cell.source) if block.kind == "check" else ""
        if block.is_lost and silent and silent not in advised:
            advised.add(silent)
            block.advice = with_code(
                f"`{silent}` returns nothing, which is `None` in Python. "
                "Did it print its result instead of returning it?"
            )
        if block.is_lost and "mistake" in mistake and mistake["function"] not in advised:
            advised.add(mistake["function"])
            block.advice = with_code(mistake["sentence"])
        sections[-1].blocks.append(block)
    return [section for section in sections if section.blocks]


def _learned_from(notebook: NotebookNode) -> NotebookNode | None:
    """Return the first hidden check that may have called the student's code, or None."""
    checks = filter(is_check, notebook.cells)
    hidden = (check for check in checks if sources.visible_source(check) != check.source)
    return next((check for check in hidden if not _has_not_run(check, _stopped(notebook))), None)


def _has_not_run(check: NotebookNode, stopped: str) -> bool:
    """Whether the engine says that the notebook ended before this check."""
    # Behind the exam boundary, no error of a student's code has a name of the student's choice.
    errors = [(output.get("ename"), output.get("evalue")) for output in check.outputs]
    return bool(stopped) and errors == [("NotRun", stopped)]


def _stopped(notebook: NotebookNode) -> str:
    """Return why the engine ended before the last cell, or ""."""
    return str(notebook.metadata.get("course", {}).get("stopped", ""))


def failed_to_the_end(graded: list[Block]) -> str:
    """Return the anchor of the check from which on all failed, if these are many; else ""."""
    checks = [block for block in graded if block.kind == "check"]
    is_failed = [block.is_lost and block.explanation != UNWRITTEN for block in checks]
    failed = [*takewhile(bool, reversed(is_failed))]
    return checks[-len(failed)].anchor if len(failed) >= MANY else ""


def _block(cell: NotebookNode, hand_in: sources.HandIn, is_secret: bool) -> Block | None:
    """Return the block of a cell, or None if the page does not show the cell.

    Args:
        cell: the cell.
        hand_in: what the notebook's cells define.
        is_secret: whether a hidden check has called the student's code, or this cell is one.
    """
    metadata = cell.metadata.get("nbgrader", {})
    if is_check(cell):
        block = _check(cell, hand_in, is_secret)
    elif cell.cell_type == "code":
        outputs = [_output(output) for output in _handed_in(cell)]
        new_failure = _missing(cell, hand_in) or failure(cell, is_secret)
        if not outputs and not new_failure and (utils.is_locked(cell) or not cell.source.strip()):
            return None
        block = Block("code", html=_code(cell.source), outputs=outputs, failure=new_failure)
    elif utils.is_locked(cell) and not utils.is_task(cell):
        return None
    else:
        block = Block("answer", html=Markup(html_of(cell.source)))
    block.anchor = metadata.get("grade_id", "")
    block.name = block.anchor.replace("-", " ")
    block.score, block.points = metadata.get("score", 0) or 0, metadata.get("points", 0) or 0
    block.waiting = metadata.get("waiting", False)
    if metadata.get("comment"):
        block.comment = Markup(html_of(metadata["comment"]))
    return block


def _handed_in(cell: NotebookNode) -> list[NotebookNode]:
    """Return the outputs that a student's cell or a check had when it was handed in."""
    return list(cell.metadata.get("course", {}).get("handed_in", []))


def _missing(cell: NotebookNode, hand_in: sources.HandIn) -> str:
    """Return a sentence on what a student's cell lacks, unless an output says so already, or ""."""
    known = {output.get("ename") for output in _handed_in(cell)}
    if utils.is_locked(cell) or known & {"NameError", "ImportError", "ModuleNotFoundError"}:
        return ""
    return hand_in.missing_in(cell.source)


def failure(cell: NotebookNode, is_secret: bool) -> str:
    """Return a sentence on an error that a student's cell did not show when handed in, or ""."""
    if cell.cell_type != "code" or is_check(cell):
        return ""
    handed_in = [output.get("ename") for output in _handed_in(cell)]
    _, problem = sources.parse(cell.source)
    if problem:
        return "" if "SyntaxError" in handed_in else problem
    if is_secret:
        return ""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    new = [error for error in errors if error.ename not in handed_in]
    # The engine left this cell out because of what happened in another run.
    if not new or new[-1].ename == "LeftOut":
        return ""
    return f"When it was graded, this cell ended with {_described(new[-1])}."


def _described(error: NotebookNode) -> str:
    """Return the name of an error, and what is missing if it says that."""
    name = _error_name(error.ename)
    if name in {"NameError", "ImportError", "ModuleNotFoundError"}:
        return f"{name}: {' '.join(error.evalue.split())[:LONGEST]}".removesuffix(".")
    return name


def _error_name(name: object) -> str:
    """Return the name of an error of Python's own, and "an error" for a name of the student's."""
    if name == "CellTimeoutError":
        return "a timeout"
    error = getattr(builtins, str(name), None)
    is_builtin = isinstance(error, type) and issubclass(error, BaseException)
    return str(name) if is_builtin else "an error"


def _code(source: str) -> Markup:
    return Markup(highlight(source, PythonLexer(), HtmlFormatter(cssclass="code")))


def _output(output: NotebookNode) -> tuple[str, str]:
    """Return "text", "error" or "html" and the content of an output that is harmless already."""
    if "data" in output:
        for kind in PICTURES:
            if kind in output.data:
                url = f"data:{kind};base64,{output.data[kind]}"
                return "html", Markup('<img alt="figure" src="{}">').format(url)
        if "text/html" in output.data:
            return "html", Markup(output.data["text/html"])
        if "text/markdown" in output.data:
            return "html", Markup(html_of(output.data["text/markdown"]))
    return "error" if output.output_type == "error" else "text", text_of(output)


def _check(cell: NotebookNode, hand_in: sources.HandIn, is_secret: bool) -> Block:
    """Return the block of a check."""
    block = Block("check", claim=sources.claim(cell.source))
    if sources.visible_source(cell) == cell.source:
        block.source = _code(cell.source)
    if is_secret:
        block.explanation = secret_explanation(cell, hand_in)
    else:
        block.explanation = "\n".join(filter(None, map(explanation, cell.outputs)))
    return block


def secret_explanation(cell: NotebookNode, hand_in: sources.HandIn) -> str:
    """Return what may be said about a failed check once a hidden check has called student's code.

    This depends only on the sources, and on the outputs that were handed in.
    """
    if hand_in.lacks_answer(cell.source):
        return UNWRITTEN
    if missing := hand_in.undefined(cell.source):
        return f"No cell of your notebook defines {' or '.join(missing)}."
    match sources.words(cell.source):
        case []:
            lines = ["A comparison failed, or your code raised an error."]
        case [only]:
            lines = [only, "This failed, or your code raised an error."]
        case several:
            lines = ["At least one of these failed, or your code raised an error:"]
            lines += [f"- {message}" for message in several]
    known = list(filter(None, map(explanation, _handed_in(cell))))
    if known:
        lines += ["When you handed it in, this check said:", *known]
    return "\n".join(lines)


def explanation(output: NotebookNode) -> str:
    """Return what an output says about why a check failed, or ""."""
    if output.output_type == "stream" and output.name == "stderr":
        text = "Something was written to standard error, which counts as a failure."
        return f"{text}\n{text_of(output).strip()}"
    if output.output_type != "error":
        return ""
    if output.ename in ENGINE_ERRORS:
        return f"{output.evalue[:1].upper()}{output.evalue[1:]}."
    if output.ename == "NotImplementedError":
        return UNWRITTEN
    if any(line.startswith(TRACE) for line in output.traceback[:1]):
        return text_of(output)
    message = output.evalue.strip()
    if output.ename == "AssertionError" and message:
        return str(message)
    return f"{output.ename}: {message}".removesuffix(": ")
