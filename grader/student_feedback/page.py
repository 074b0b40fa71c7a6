"""Makes the page that a student gets back: what failed, in the author's words, and what to do.

The page is one file without a script, and asks nothing of another host. It never shows the source
of a hidden check, and of a hidden check's failure only the message that the author wrote.

A student's function can store the arguments of a hidden check, and any later cell can print them.
Therefore the page shows the outputs of the student's own cells as they were handed in, not those
of the grading run. After a hidden check, the page shows more of a visible check's failure than the
author's message only if the same failure was already in the handed-in notebook.
"""

import ast
import builtins
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.converters.generate_feedback import GenerateFeedback
from nbgrader.preprocessors import ClearHiddenTests, GetGrades
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from grader.engine.messages import TRACE
from grader.harmless_html import PICTURES, clean, html_of, text_of, with_code
from grader.notebook import is_check

TEMPLATES = Path(__file__).resolve().parent
# NumPy writes a header before the author's message, and numbers after it.
HEADER = re.compile(
    r"\s*(Not equal to tolerance rtol=\S+ atol=\S+|Items are not equal:?"
    r"|Arrays are not (almost )?equal( to \d+ (decimals|significant digits))?"
    r"|Arrays are not (strictly )?ordered `x <=? y`|Difference exceeds[^\n]*)[ \n]*(item=\S+\s*)*"
)
NUMBERS = re.compile(
    r"^ *(Mismatched elements|Mismatch at ind|Max (absolute|relative) diff|First \d+ mismatch"
    r"|\(shapes |\(dtypes|ACTUAL: |DESIRED: |x: |y: |\S+ location mismatch)",
    re.MULTILINE,
)
# The engine writes these errors itself, so their messages tell no secret.
ENGINE_ERRORS = {"CellTimeoutError", "NoScore", "NotRun", "Stopped", "TamperedKernel"}


class EngineFeedback(GenerateFeedback):
    """nbgrader's GenerateFeedback, but without the files beside the notebook.

    The page does not need them, and the student's code may have written a hidden check's arguments
    into them.
    """

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy the two files that nbgrader needs to hand the page out."""
        source = Path(self._format_source(assignment_id, student_id))
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
        metadata["waiting"] = bool(grade.needs_manual_grade)


@dataclass
class Block:
    """The part of the page that shows one cell.

    Attributes:
        kind: "code" of the student, written "answer", or "check".
        name: the grade_id with spaces for dashes; "" for a cell without one.
        anchor: the grade_id.
        html: the student's code or written answer, as HTML.
        outputs: the outputs as handed in, as pairs of "text", "error" or "html" and the content.
        failure: the sentence on an error of the student's cell in the grading run, or "".
        claim: the author's sentence on what the check tests.
        explanation: why the check failed, in the author's words where these are secret.
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
        course = notebook.metadata.get("course", {})
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        page = environment.get_template("feedback.html.j2").render(
            sections=sections,
            graded=graded,
            stopped=course.get("stopped", ""),
            light=Markup(HtmlFormatter(style="default").get_style_defs(".code")),
            dark=Markup(HtmlFormatter(style="github-dark").get_style_defs(".code")),
            **resources["nbgrader"],
        )
        return page, resources


def page_of(notebook: NotebookNode) -> list[Section]:
    """Sort the cells of a graded notebook into the sections of the page."""
    sections = [Section("")]
    advised = set()
    first_failure = ""
    after_hidden = False  # whether a hidden check has called the student's code
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and utils.is_locked(cell) and not utils.is_grade(cell):
            if heading := re.search(r"^#+ +(.+)$", cell.source, re.MULTILINE):
                sections.append(Section(heading[1].split(" · ")[0]))
            continue
        # One remark per cell would let a student encode a hidden check's arguments, bit by bit.
        new_failure = "" if first_failure else failure(cell)
        first_failure = first_failure or new_failure
        block = _block(cell, new_failure, after_hidden)
        if block is None:
            continue
        after_hidden = after_hidden or (block.kind == "check" and not block.source)
        mistake = cell.metadata.get("course", {})
        if block.is_lost and "mistake" in mistake and mistake["function"] not in advised:
            advised.add(mistake["function"])
            block.advice = with_code(mistake["sentence"])
        sections[-1].blocks.append(block)
    return [section for section in sections if section.blocks]


def _block(cell: NotebookNode, new_failure: str, after_hidden: bool) -> Block | None:
    """Return the block of a cell, or None if the page does not show the cell."""
    metadata = cell.metadata.get("nbgrader", {})
    if is_check(cell):
        block = _check(cell, after_hidden)
    elif cell.cell_type == "code":
        outputs = [_output(output) for output in _handed_in(cell)]
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


def failure(cell: NotebookNode) -> str:
    """Return a sentence on an error that a student's cell has only in the grading run, or ""."""
    if cell.cell_type != "code" or is_check(cell):
        return ""
    handed_in = [output.get("ename") for output in _handed_in(cell)]
    errors = [output.ename for output in cell.outputs if output.output_type == "error"]
    new = [name for name in errors if name not in handed_in]
    return f"When it was graded, this cell ended with {_error_name(new[-1])}." if new else ""


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


def _check(cell: NotebookNode, after_hidden: bool) -> Block:
    """Return the block of a check."""
    is_hidden = visible_source(cell) != cell.source
    known = [_error(output) for output in _handed_in(cell) if output.output_type == "error"]
    parts = []
    for output in cell.outputs:
        if after_hidden and not is_hidden and _error(output) in known:
            # The student knows the error, but its traceback may be a new one.
            parts.append(explanation(NotebookNode(output, traceback=[]), is_secret=False))
        else:
            parts.append(explanation(output, is_secret=is_hidden or after_hidden))
    text = "\n".join(filter(None, parts))
    block = Block("check", claim=claim(cell.source), explanation=text)
    if not is_hidden:
        block.source = _code(cell.source)
    return block


def _error(output: NotebookNode) -> tuple[object, object]:
    return output.get("ename"), output.get("evalue")


def visible_source(cell: NotebookNode) -> str:
    """Return the source of a check as students have it, without its hidden part."""
    copy = NotebookNode(cell_type="code", source=cell.source, metadata=cell.metadata)
    copy, _ = ClearHiddenTests().preprocess_cell(copy, {}, 0)
    return str(copy.source)


def claim(source: str) -> str:
    """Return the author's sentence on what a check tests, or "" if there is none."""
    try:
        docstring = ast.get_docstring(ast.parse(source))
    except SyntaxError:  # for example, because of a magic command
        docstring = None
    if docstring:
        return " ".join(docstring.split("\n\n")[0].split())
    opening = re.match(r"(?:#(?!##)[^\n]*\n?)*", source.strip())
    lines = opening[0].splitlines() if opening else []
    return " ".join(line.lstrip("# ").strip() for line in lines)


def explanation(output: NotebookNode, is_secret: bool) -> str:
    """Return what an output says about why a check failed, or "".

    If it is secret, this is no more than the author's message, or the name of an error.
    """
    if output.output_type == "stream" and output.name == "stderr":
        text = "Something was written to standard error, which counts as a failure."
        return text if is_secret else f"{text}\n{text_of(output).strip()}"
    if output.output_type != "error":
        return ""
    if output.ename in ENGINE_ERRORS:
        return f"{output.evalue[:1].upper()}{output.evalue[1:]}."
    if output.ename == "NotImplementedError":
        return "This is not written yet."
    is_of_student = any(line.startswith(TRACE) for line in output.traceback[:1])
    if is_secret and (is_of_student or output.ename != "AssertionError"):
        # The student's code wrote the message, which may contain the check's arguments.
        return f"Your code raised {_error_name(output.ename)}."
    if is_secret:
        return author_words(output.evalue)
    if is_of_student:
        return text_of(output)
    message = output.evalue.strip()
    if output.ename == "AssertionError" and message:
        return str(message)
    return f"{output.ename}: {message}".removesuffix(": ")


def author_words(message: str) -> str:
    """Return an assertion's message without the header and the numbers that NumPy adds."""
    header = HEADER.match(message)
    rest = message[header.end() :] if header else message
    numbers = NUMBERS.search(rest)
    return (rest[: numbers.start()] if numbers else rest).strip()
