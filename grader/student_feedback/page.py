"""The page that a student gets back: what failed in the author's words, and what to do about it.

One file, without a script and without anything from another host. It never shows the source of a
hidden check, nor more of its numbers than the message that the author wrote. A function that a
hidden check calls can tell its arguments to any later cell. So what the student's own cells put out
is shown as it was handed in, and what a later check has found beyond the author's words only where
it was found before handing in; what the grading run put out is for the instructor.
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
# How NumPy puts the author's words between its own.
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
# Errors that the engine writes in place of a check's: their messages are ours.
ENGINE = {"CellTimeoutError", "NoScore", "NotRun", "Stopped", "TamperedKernel"}


class EngineFeedback(GenerateFeedback):
    """nbgrader's GenerateFeedback, without the files beside the notebook.

    The page needs none, and the student's code may have written into them what a hidden check
    has passed.
    """

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy what nbgrader needs to hand the page out."""
        source = Path(self._format_source(assignment_id, student_id))
        folder = Path(self._format_dest(assignment_id, student_id))
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("timestamp.txt", "submission_secret.txt"):
            if (source / name).is_file():
                (folder / name).unlink(missing_ok=True)
                shutil.copy(source / name, folder)


class Grades(GetGrades):
    """Adds to the grades which of them a person still has to give."""

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._get_score(cell, resources)
        mark = cell.metadata.nbgrader
        grade = self.gradebook.find_grade(
            mark["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        mark["waiting"] = bool(grade.needs_manual_grade)


@dataclass
class Block:
    """A piece of the page.

    Attributes:
        kind: "code" of the student, "answer" in words, or "check".
        name: the grade_id, in words; "" for a cell without one.
        anchor: the grade_id.
        html: the student's code, or answer, as HTML.
        outputs: pairs of "text", "error" or "html" and what had come out when it was handed in.
        failure: that it ended with an error when it was graded; "" if it did not.
        claim: what the author says that the check looks for.
        words: what happened, in the author's words.
        source: of a check that students have; "" of a hidden one.
        score, points: of a graded cell; waiting: a person has still to give them.
        advice: what the known mistake says; once a function.
        comment: what a person wrote, as HTML.
    """

    kind: str
    name: str = ""
    anchor: str = ""
    html: Markup | str = ""
    outputs: list[tuple[str, str]] = field(default_factory=list)
    failure: str = ""
    claim: str = ""
    words: str = ""
    source: Markup | str = ""
    score: float = 0
    points: float = 0
    waiting: bool = False
    advice: Markup | str = ""
    comment: Markup | str = ""

    @property
    def is_lost(self) -> bool:
        """Whether it gave less than its points."""
        return not self.waiting and self.score < self.points


@dataclass
class Section:
    """The blocks under one heading of the notebook."""

    title: str
    blocks: list[Block] = field(default_factory=list)


class FeedbackExporter(Exporter):
    """Turns an autograded notebook, with its grades in it, into the page."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(  # type: ignore[override]  # HTML in place of a notebook
        self, nb: NotebookNode, resources: Any = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page of a notebook; `resources["nbgrader"]` says whose it is."""
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
    failed = ""
    knows = False  # whether a hidden check has called the student's code
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and utils.is_locked(cell) and not utils.is_grade(cell):
            if heading := re.search(r"^#+ +(.+)$", cell.source, re.MULTILINE):
                sections.append(Section(heading[1].split(" · ")[0]))
            continue
        # Only the first error: with one a cell a student could spell what a hidden check passed.
        new = "" if failed else failure(cell)
        failed = failed or new
        block = _block(cell, new, knows)
        if block is None:
            continue
        knows = knows or (block.kind == "check" and not block.source)
        mistake = cell.metadata.get("course", {})
        if block.is_lost and "mistake" in mistake and mistake["function"] not in advised:
            advised.add(mistake["function"])
            block.advice = with_code(mistake["sentence"])
        sections[-1].blocks.append(block)
    return [section for section in sections if section.blocks]


def _block(cell: NotebookNode, failed: str, knows: bool) -> Block | None:
    """The cell's part of the page, with the sentence on how it failed; None if it has none."""
    mark = cell.metadata.get("nbgrader", {})
    if is_check(cell):
        block = _check(cell, knows)
    elif cell.cell_type == "code":
        outputs = [_shown(output) for output in _handed_in(cell)]
        if not outputs and not failed and (utils.is_locked(cell) or not cell.source.strip()):
            return None
        block = Block("code", html=_code(cell.source), outputs=outputs, failure=failed)
    elif utils.is_locked(cell) and not utils.is_task(cell):
        return None
    else:
        block = Block("answer", html=Markup(html_of(cell.source)))
    block.anchor = mark.get("grade_id", "")
    block.name = block.anchor.replace("-", " ")
    block.score, block.points = mark.get("score", 0) or 0, mark.get("points", 0) or 0
    block.waiting = mark.get("waiting", False)
    if mark.get("comment"):
        block.comment = Markup(html_of(mark["comment"]))
    return block


def _handed_in(cell: NotebookNode) -> list[NotebookNode]:
    """What a cell of the student's own, or a check, had put out before it was graded."""
    return list(cell.metadata.get("course", {}).get("handed_in", []))


def failure(cell: NotebookNode) -> str:
    """That a cell which is no check ended with an error that is new, in a sentence, or ""."""
    if cell.cell_type != "code" or is_check(cell):
        return ""
    known = [output.get("ename") for output in _handed_in(cell)]
    errors = [output.ename for output in cell.outputs if output.output_type == "error"]
    new = [name for name in errors if name not in known]
    return f"When it was graded, this cell ended with {_kind(new[-1])}." if new else ""


def _kind(name: object) -> str:
    """What an error is called, if it is Python's or the engine's; other names a student chooses."""
    if name == "CellTimeoutError":
        return "a timeout"
    kind = getattr(builtins, str(name), None)
    is_known = isinstance(kind, type) and issubclass(kind, BaseException)
    return str(name) if is_known else "an error"


def _code(source: str) -> Markup:
    return Markup(highlight(source, PythonLexer(), HtmlFormatter(cssclass="code")))


def _shown(output: NotebookNode) -> tuple[str, str]:
    """An output that was handed in, which `clean` has made harmless."""
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


def _check(cell: NotebookNode, knows: bool) -> Block:
    """What a check looked for, and what it found in the author's words."""
    is_hidden = visible_source(cell) != cell.source
    before = [_error(output) for output in _handed_in(cell) if output.output_type == "error"]
    words = []
    for output in cell.outputs:
        if knows and not is_hidden and _error(output) in before:
            known = NotebookNode(output, traceback=[])  # whose lines could be others now
            words.append(happened(known, is_secret=False))
        else:
            words.append(happened(output, is_secret=is_hidden or knows))
    block = Block("check", claim=claim(cell.source), words="\n".join(filter(None, words)))
    if not is_hidden:
        block.source = _code(cell.source)
    return block


def _error(output: NotebookNode) -> tuple[object, object]:
    return output.get("ename"), output.get("evalue")


def visible_source(cell: NotebookNode) -> str:
    """The source of a check as students have it: without its hidden part."""
    copy = NotebookNode(cell_type="code", source=cell.source, metadata=cell.metadata)
    copy, _ = ClearHiddenTests().preprocess_cell(copy, {}, 0)
    return str(copy.source)


def claim(source: str) -> str:
    """The sentence in which an author says what a check looks for, or ""."""
    try:
        docstring = ast.get_docstring(ast.parse(source))
    except SyntaxError:  # a magic command, say
        docstring = None
    if docstring:
        return " ".join(docstring.split("\n\n")[0].split())
    opening = re.match(r"(?:#(?!##)[^\n]*\n?)*", source.strip())
    lines = opening[0].splitlines() if opening else []
    return " ".join(line.lstrip("# ").strip() for line in lines)


def happened(output: NotebookNode, is_secret: bool) -> str:
    """What an output of a check tells the student, or ""; of a secret one the author's words."""
    if output.output_type == "stream" and output.name == "stderr":
        what = "Something was written to standard error, which a check takes for a failure."
        return what if is_secret else f"{what}\n{text_of(output).strip()}"
    if output.output_type != "error":
        return ""
    if output.ename in ENGINE:
        return f"{output.evalue[:1].upper()}{output.evalue[1:]}."
    if output.ename == "NotImplementedError":
        return "This is not written yet."
    is_of_student = any(line.startswith(TRACE) for line in output.traceback[:1])
    if is_secret and (is_of_student or output.ename != "AssertionError"):
        # The message is the student's and could hold what the check passed to the function.
        return f"Your code raised {_kind(output.ename)}."
    if is_secret:
        return author_words(output.evalue)
    if is_of_student:
        return text_of(output)
    message = output.evalue.strip()
    if output.ename == "AssertionError" and message:
        return str(message)
    return f"{output.ename}: {message}".removesuffix(": ")


def author_words(message: str) -> str:
    """The author's part of an assertion's message, without the numbers that NumPy adds."""
    header = HEADER.match(message)
    words = message[header.end() :] if header else message
    numbers = NUMBERS.search(words)
    return (words[: numbers.start()] if numbers else words).strip()
