"""The shape of every chapter; what one says and shows is in a test file of its own name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("[0-9][0-9]_*.md"))
PAGES = [*CHAPTERS, ROOT / "chapters" / "index.md", ROOT / "chapters" / "notation.md"]

BEFORE = ["What you will learn", "The familiar story"]
AFTER = ["Where it breaks", "Old tutorials say…", "Exercises", "Key takeaways", "Further reading"]
WIDEST = 68  # characters of a code line that the page shows without scrolling
FILLER = (
    r"\b(simply|obviously|basically|of course|powerful|crucial|leverage|delve|it is important)\b"
)


class Chapter:
    """A chapter as its reader meets it: sections, each a list of cells."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.notebook = jupytext.read(path)
        self.cells: list[nbformat.NotebookNode] = self.notebook.cells

    def sections(self) -> list[tuple[str, str]]:
        """Each second-level heading with the source below it."""
        parts = re.split(r"^## (.+)$", self.text, flags=re.MULTILINE)
        return list(zip(parts[1::2], parts[2::2], strict=True))

    def section(self, start: str) -> str:
        """The source of the section whose heading starts so."""
        return next(body for heading, body in self.sections() if heading.startswith(start))

    def ideas(self) -> list[tuple[str, str]]:
        """The sections between the familiar story and where it breaks."""
        return self.sections()[len(BEFORE) : -len(AFTER)]

    def code(self, shown: bool) -> list[str]:
        """The sources of the code cells that the page shows, or of those that it does not."""
        hiding = {"remove-input", "remove-cell"}
        return [
            cell.source
            for cell in self.cells
            if cell.cell_type == "code"
            and shown != bool(hiding & set(cell.metadata.get("tags", [])))
        ]

    def calls(self, function: str) -> list[ast.Call]:
        """The calls of a function in the code, in order."""
        trees = [ast.parse(cell.source) for cell in self.cells if cell.cell_type == "code"]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        return [
            node
            for node in nodes
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == function
        ]

    def sentences(self) -> Iterator[str]:
        """The lines of prose, without front matter, code, formulas, tables, headings and markup."""
        text = re.sub(r"\A---\n.*?\n---\n", "", self.text, flags=re.DOTALL)
        text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
        text = re.sub(r"^\$\$.*?^\$\$$", "", text, flags=re.DOTALL | re.MULTILINE)
        for line in text.splitlines():
            if line and not line.startswith(("#", "|", ":::", "$$")):
                yield line


@pytest.fixture(scope="module", params=CHAPTERS, ids=lambda path: path.stem)
def chapter(request) -> Chapter:
    return Chapter(request.param)


@pytest.fixture(params=PAGES, ids=lambda path: path.stem)
def page(request) -> Chapter:
    return Chapter(request.param)


def test_there_is_a_chapter():
    assert CHAPTERS


class TestShape:
    def test_sections_stand_in_order(self, chapter):
        headings = [heading for heading, _ in chapter.sections()]
        for heading, start in zip(headings, BEFORE, strict=False):
            assert heading.startswith(start)
        assert headings[-len(AFTER) :] == AFTER
        assert 2 <= len(chapter.ideas()) <= 4

    def test_a_live_figure_stands_right_under_the_title(self, chapter):
        title, figure, caption = chapter.cells[:3]
        assert re.fullmatch(r"# .+", title.source)
        assert figure.cell_type == "code"
        assert "interact(" in figure.source
        caption = re.match(r":::\{div\} caption\n(.+?)\n:::", caption.source, re.DOTALL)
        assert caption, "no caption under the first figure"
        assert caption[1].endswith("?")

    def test_every_demo_has_a_caption_that_asks(self, chapter):
        for cell, below in zip(chapter.cells, chapter.cells[1:], strict=False):
            if cell.cell_type == "code" and "interact(" in cell.source:
                caption = re.match(r":::\{div\} caption\n(.+?)\n:::", below.source, re.DOTALL)
                assert caption, cell.source
                assert caption[1].endswith("?"), caption[1]

    def test_an_idea_is_predicted_moved_explained_written_and_run(self, chapter):
        for heading, body in chapter.ideas():
            marks = ["ask(", "interact(", "{dropdown} What happened", "\n$$\n", "np.", "eras"]
            places = [body.find(marks[0])]
            for mark in marks[1:]:
                places.append(body.find(mark, places[-1]))
            assert -1 not in places, f"{heading}: missing or too early: {marks[places.index(-1)]}"

    def test_where_it_breaks_lets_the_reader_break_it(self, chapter):
        assert set(chapter.code(shown=True)) & {
            match.strip()
            for match in re.findall(
                r"^```\{code-cell\} ipython3\n(.*?)^```$",
                chapter.section("Where it breaks"),
                re.DOTALL | re.MULTILINE,
            )
        }

    def test_a_takeaway_for_each_objective(self, chapter):
        objectives = re.findall(r"^\d\. \*\*\w+\*\*", chapter.section(BEFORE[0]), re.MULTILINE)
        takeaways = re.findall(r"^\d\. ", chapter.section("Key takeaways"), re.MULTILINE)
        assert 3 <= len(objectives) <= 5
        assert len(takeaways) == len(objectives)

    def test_it_says_how_long_and_what_to_know(self, chapter):
        section = chapter.section(BEFORE[0])
        assert re.search(r"\d+ minutes", section)
        assert "You need" in section

    def test_questions_are_asked_all_over_and_name_misconceptions(self, chapter):
        questions = chapter.calls("ask")
        assert len(questions) >= 5
        for question in questions:
            wrong = next(k.value for k in question.keywords if k.arg == "wrong")
            names = [ast.literal_eval(why) for why in wrong.values]
            assert len(names) >= 2
            assert all(re.match(r"\*\*[^*]+\.\*\* \S", name) for name in names), names
        for heading, body in chapter.ideas():
            assert "ask(" in body, heading

    def test_at_least_four_demos_and_no_two_alike(self, chapter):
        drawn = [ast.unparse(call.args[0]) for call in chapter.calls("interact")]
        assert len(drawn) >= 4
        assert len(set(drawn)) == len(drawn)

    def test_each_exercise_has_a_sentence_and_a_link(self, chapter):
        number, _, topic = chapter.path.stem.partition("_")
        folder = f"{number}_{topic}"
        solution = nbformat.read(ROOT / "solutions" / folder / f"{topic}.ipynb", as_version=4)
        asked = [
            re.search(r"^def (\w+)", cell.source, re.MULTILINE)[1]
            for cell in solution.cells
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
        ]
        assert asked
        link = re.escape(f"(../grader/release/{folder}/{topic}.ipynb)")
        linked = re.findall(
            rf"^- \[`(\w+)`\]{link}: .+\.$", chapter.section("Exercises"), re.MULTILINE
        )
        assert linked == asked

    def test_further_reading_gives_papers_with_reasons(self, chapter):
        entries = re.findall(r"^- (.+)$", chapter.section("Further reading"), re.MULTILINE)
        assert entries
        assert all(re.match(r"\{cite:t\}`\w+` \w+.+\.$", entry) for entry in entries)


class TestCells:
    def test_it_opens_as_a_notebook(self, page):
        if page.path.stem == "notation":
            assert not page.code(shown=True)
            return
        assert page.notebook.metadata["kernelspec"]["name"] == "python3"
        assert page.notebook.metadata["jupytext"]["text_representation"]["format_name"] == "myst"

    def test_a_shown_cell_is_short_and_fits_the_page(self, page):
        for source in page.code(shown=True):
            lines = source.splitlines()
            assert len(lines) <= 12, source
            assert all(len(line) <= WIDEST for line in lines), source

    def test_demos_and_questions_hide_their_source(self, page):
        for cell in page.cells:
            if cell.cell_type == "code" and re.search(
                r"^(interact|ask)\(", cell.source, re.MULTILINE
            ):
                assert len(re.findall(r"^(?:interact|ask)\(", cell.source, re.MULTILINE)) == 1
                assert "remove-input" in cell.metadata["tags"]
                assert cell.metadata["jupyter"]["source_hidden"]

    def test_a_page_defines_no_functions(self, page):
        for source in [*page.code(shown=True), *page.code(shown=False)]:
            assert not [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]


class TestProse:
    def test_one_sentence_a_line(self, page):
        for line in page.sentences():
            plain = re.sub(r"`[^`]*`|\$[^$]*\$|\*\*", "x", re.sub(r"^\d\. |^- ", "", line))
            assert not re.search(r"[.?!][”\")]* +[A-Z“]", plain), line

    def test_no_filler(self, page):
        for line in page.sentences():
            assert not re.search(FILLER, line, re.IGNORECASE), line

    def test_American_spelling(self, page):
        british = r"\b\w*(?:isation|ising|metres?|colour|behaviour|neighbour|per cent|labelled)\b"
        for line in page.sentences():
            assert not re.search(british, line), line


def test_the_front_page_moves_and_leads_to_every_chapter():
    front = Chapter(ROOT / "chapters" / "index.md")
    assert "interact(" in front.cells[1].source
    for path in CHAPTERS:
        assert f"]({path.name})" in front.text


def test_every_reference_is_cited_and_every_citation_is_there():
    bibliography = (ROOT / "references.bib").read_text(encoding="utf-8")
    there = set(re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE))
    texts = " ".join(path.read_text(encoding="utf-8") for path in PAGES)
    cited = {
        key.strip()
        for keys in re.findall(r"\{cite(?::\w)?\}`([^`]+)`", texts)
        for key in keys.split(",")
    }
    assert cited == there
