"""The rules for every chapter; the numbers of each chapter are in a test file of its own name.

CONTRIBUTING, "Add a chapter" and "Add a demo", and STYLE.md list the rules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest
from demos.show.ask import Question

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("[0-9][0-9]_*.md"))
PAGES = [*CHAPTERS, *(ROOT / "chapters" / f"{n}.md" for n in ("index", "network", "notation"))]

BEFORE = ["What you will learn", "The familiar story"]
AFTER = ["Where it breaks", "Old tutorials say…", "Exercises", "Key takeaways", "Further reading"]
ALSO = {"What people do today": AFTER[1], "Mixed quiz": AFTER[3]}  # stands before which section
MOST_LINES = 12  # of a code cell that the page shows
WIDEST = 68  # characters of a code line that the page shows without scrolling
PARTS = {"layers", "drag"}  # arguments of `interact` that are no controls
CAPTION = re.compile(r":::\{div\} caption\n(.+?)\n:::", re.DOTALL)
FILLER = (
    r"\b(simply|obviously|basically|of course|powerful|crucial|leverage|delve|it is important)\b"
)


class Chapter:
    """A page of the book: its sections and its cells."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text(encoding="utf-8")
        self.notebook = jupytext.read(path)
        self.cells: list[nbformat.NotebookNode] = self.notebook.cells

    def sections(self) -> list[tuple[str, str]]:
        """Return each second-level heading with the source below it."""
        parts = re.split(r"^## (.+)$", self.text, flags=re.MULTILINE)
        return list(zip(parts[1::2], parts[2::2], strict=True))

    def section(self, start: str) -> str:
        """Return the source of the section whose heading starts with `start`."""
        return next(body for heading, body in self.sections() if heading.startswith(start))

    def ideas(self) -> list[tuple[str, str]]:
        """Return the sections between "The familiar story" and "Where it breaks"."""
        headings = [heading for heading, _ in self.sections()]
        return self.sections()[len(BEFORE) : headings.index(AFTER[0])]

    def code(self, shown: bool) -> list[str]:
        """Return the sources of the code cells that the page shows, or of those that it hides."""
        hiding = {"remove-input", "remove-cell"}
        return [
            cell.source
            for cell in self.cells
            if cell.cell_type == "code"
            and shown != bool(hiding & set(cell.metadata.get("tags", [])))
        ]

    def calls(self, function: str) -> list[ast.Call]:
        """Return the calls of a function in the code, in order."""
        trees = [ast.parse(cell.source) for cell in self.cells if cell.cell_type == "code"]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        return [
            node
            for node in nodes
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == function
        ]

    def marks(self) -> list[str]:
        """Return the ids of the demos and of the questions, as `demos.show` makes them."""
        ids = []
        for call in self.calls("interact"):
            draw = ast.unparse(call.args[0]).split(".")[-1].replace("_", "-")
            controls = [k.arg for k in call.keywords if k.arg and k.arg not in PARTS]
            ids.append("-".join(["demo", draw, *controls]))
        return ids + [Question(ast.literal_eval(q.args[0]), {}, {}).name for q in self.calls("ask")]

    def sentences(self) -> Iterator[str]:
        """Yield the lines of prose, without front matter, code, formulas, tables and headings."""
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


def assert_caption(chapter: Chapter, demo: nbformat.NotebookNode, below: nbformat.NotebookNode):
    """Fail unless the cell below a demo is a caption that asks something."""
    where = f"{chapter.name}, demo\n{demo.source}\n"
    caption = CAPTION.match(below.source)
    assert caption, where + "put a caption right below it: :::{div} caption … :::"
    assert caption[1].endswith("?"), where + "its caption must end with a question"


def test_there_is_a_chapter():
    assert CHAPTERS


class TestShape:
    def test_sections_are_in_order(self, chapter):
        headings = [heading for heading, _ in chapter.sections()]
        order = f"{chapter.name}: the sections must begin with {BEFORE} and end with {AFTER}"
        for heading, start in zip(headings, BEFORE, strict=False):
            assert heading.startswith(start), order
        for heading, following in ALSO.items():
            if heading in headings:
                after = headings[headings.index(heading) + 1]
                assert after == following, f"{chapter.name}: {heading} stands before {following}"
                headings.remove(heading)
        assert headings[-len(AFTER) :] == AFTER, order
        number = len(chapter.ideas())
        assert 2 <= number <= 4, f"{chapter.name}: between them are {number} ideas, not 2 to 4"

    def test_a_live_figure_is_right_below_the_title(self, chapter):
        title, figure, caption = chapter.cells[:3]
        assert re.fullmatch(r"# .+", title.source) and "interact(" in figure.source, (
            f"{chapter.name} must begin with its title and a demo, with no text between them"
        )
        assert figure.cell_type == "code"
        assert_caption(chapter, figure, caption)

    def test_every_demo_has_a_caption_that_asks(self, chapter):
        for cell, below in zip(chapter.cells, chapter.cells[1:], strict=False):
            if cell.cell_type == "code" and "interact(" in cell.source:
                assert_caption(chapter, cell, below)

    def test_an_idea_is_predicted_moved_explained_written_and_run(self, chapter):
        for heading, body in chapter.ideas():
            marks = ["ask(", "interact(", "{dropdown} What happened", "\n$$\n", "np.", "eras"]
            places = [body.find(marks[0])]
            for mark in marks[1:]:
                places.append(body.find(mark, places[-1]))
            assert -1 not in places, (
                f"{chapter.name}, section {heading!r}: {marks[places.index(-1)]!r} is missing, or "
                "too early: an idea has a question, a demo, what happened, a formula, NumPy and "
                "Keras, in this order"
            )

    def test_where_it_breaks_lets_the_reader_break_it(self, chapter):
        cells = re.findall(
            r"^```\{code-cell\} ipython3\n(.*?)^```$",
            chapter.section("Where it breaks"),
            re.DOTALL | re.MULTILINE,
        )
        assert set(chapter.code(shown=True)) & {cell.strip() for cell in cells}, (
            f'{chapter.name}: "Where it breaks" needs a code cell that the page shows'
        )

    def test_a_takeaway_for_each_objective(self, chapter):
        objectives = re.findall(r"^\d\. \*\*\w+\*\*", chapter.section(BEFORE[0]), re.MULTILINE)
        takeaways = re.findall(r"^\d\. ", chapter.section("Key takeaways"), re.MULTILINE)
        assert 3 <= len(objectives) <= 5, (
            f"{chapter.name} has {len(objectives)} objectives, not 3 to 5: begin each with its "
            "number and a bold verb: 1. **Compute** …"
        )
        assert len(takeaways) == len(objectives), (
            f"{chapter.name} has {len(objectives)} objectives and {len(takeaways)} takeaways: "
            "write one takeaway for each objective"
        )

    def test_it_says_how_long_and_what_to_know(self, chapter):
        section = chapter.section(BEFORE[0])
        assert re.search(r"\d+ minutes", section) and "You need" in section, (
            f'{chapter.name}: "{BEFORE[0]}" must say "You need …" and how many minutes it takes'
        )

    def test_questions_are_asked_all_over_and_name_misconceptions(self, chapter):
        questions = chapter.calls("ask")
        assert len(questions) >= 5, f"{chapter.name} has {len(questions)} questions, not 5 or more"
        for question in questions:
            wrong = next(k.value for k in question.keywords if k.arg == "wrong")
            names = [ast.literal_eval(why) for why in wrong.values]
            text = f"{chapter.name}, question {ast.literal_eval(question.args[0])!r} "
            assert len(names) >= 2, text + "needs two wrong choices or more"
            assert all(re.match(r"\*\*[^*]+\.\*\* \S", name) for name in names), (
                text + 'must explain each wrong choice as "**Name of the misconception.** Why."'
            )
        for heading, body in chapter.ideas():
            assert "ask(" in body, f"{chapter.name}, section {heading!r}: ask a question"

    def test_at_least_four_demos_and_no_two_alike(self, chapter):
        drawn = [ast.unparse(call.args[0]) for call in chapter.calls("interact")]
        assert len(drawn) >= 4, f"{chapter.name} has {len(drawn)} demos, not 4 or more"
        twice = {name for name in drawn if drawn.count(name) > 1}
        assert not twice, f"{chapter.name} shows {twice} twice: draw something else"

    def test_every_demo_and_question_is_on_the_map(self, chapter):
        page = f"{chapter.path.stem}.html"
        text = (ROOT / "chapters" / "concepts.md").read_text(encoding="utf-8")
        named = set(re.findall(rf'href="{page}#((?:demo|ask)-[^"]+)"', text))
        lacking, gone = set(chapter.marks()) - named, named - set(chapter.marks())
        assert not lacking, "chapters/concepts.md lacks a link to " + ", ".join(
            f'<a href="{page}#{mark}"' for mark in sorted(lacking)
        )
        assert not gone, f"chapters/concepts.md links to {gone}, but {chapter.name} has none of it"

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
        assert linked == asked, (
            f'{chapter.name}: "Exercises" must have a line for each exercise, in order: '
            f"- [`NAME`](../grader/release/{folder}/{topic}.ipynb): a sentence."
        )

    def test_further_reading_gives_papers_with_reasons(self, chapter):
        entries = re.findall(r"^- (.+)$", chapter.section("Further reading"), re.MULTILINE)
        assert entries
        for entry in entries:
            assert re.match(r"\{cite:t\}`\w+` \w+.+\.$", entry), (
                f"{chapter.name}, further reading {entry!r}: write {{cite:t}}`key` and say in a "
                "sentence why to read it"
            )


class TestCells:
    def test_it_opens_as_a_notebook(self, page):
        if page.path.stem == "notation":
            assert not page.code(shown=True)
            return
        header = f"{page.name}: begin with the header of chapters/01_loss_functions.md"
        assert page.notebook.metadata["kernelspec"]["name"] == "python3", header
        text = page.notebook.metadata["jupytext"]["text_representation"]
        assert text["format_name"] == "myst", header

    def test_a_shown_cell_is_short_and_fits_the_page(self, page):
        for source in page.code(shown=True):
            lines = source.splitlines()
            where = f"{page.name}, cell\n{source}\n"
            assert len(lines) <= MOST_LINES, (
                where + f"has {len(lines)} lines; the most is {MOST_LINES}: divide it, or move "
                "code to a demo"
            )
            longest = max(lines, key=len, default="")
            assert len(longest) <= WIDEST, (
                where + f"has a line of {len(longest)} characters; the most is {WIDEST}"
            )

    def test_demos_and_questions_hide_their_source(self, page):
        for cell in page.cells:
            calls = re.findall(r"^(?:interact|ask)\(", cell.source, re.MULTILINE)
            if cell.cell_type != "code" or not calls:
                continue
            where = f"{page.name}, cell\n{cell.source}\n"
            assert len(calls) == 1, where + "calls interact or ask twice: make two cells of it"
            hidden = "remove-input" in cell.metadata.get("tags", []) and cell.metadata.get(
                "jupyter", {}
            ).get("source_hidden")
            assert hidden, where + (
                "must hide its source: begin it with the lines --- jupyter: source_hidden: true, "
                "tags: [remove-input] ---, as the other demos and questions do"
            )

    def test_a_page_defines_no_functions(self, page):
        for source in [*page.code(shown=True), *page.code(shown=False)]:
            functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
            assert not functions, (
                f"{page.name} defines {', '.join(f.name for f in functions)}: move functions to "
                "chapters/demos, or write the lines without a function"
            )


class TestProse:
    def test_one_sentence_a_line(self, page):
        for line in page.sentences():
            plain = re.sub(r"`[^`]*`|\$[^$]*\$|\*\*", "x", re.sub(r"^\d\. |^- ", "", line))
            assert not re.search(r"[.?!][”\")]* +[A-Z“]", plain), (
                f"{page.name} has two sentences in a line, write two lines: {line}"
            )

    def test_no_filler(self, page):
        for line in page.sentences():
            found = re.search(FILLER, line, re.IGNORECASE)
            assert not found, f"{page.name}, leave out {found and found[0]!r}: {line}"

    def test_American_spelling(self, page):
        british = r"\b\w*(?:isation|ising|metres?|colour|behaviour|neighbour|per cent|labelled)\b"
        for line in page.sentences():
            found = re.search(british, line)
            assert not found, f"{page.name}, spell {found and found[0]!r} as Americans do: {line}"


def test_the_front_page_moves_and_leads_to_every_chapter():
    front = Chapter(ROOT / "chapters" / "index.md")
    assert "interact(" in front.cells[1].source
    for path in CHAPTERS:
        assert f"]({path.name})" in front.text, f"chapters/index.md has no link to {path.name}"


def test_every_reference_is_cited_and_every_citation_is_there():
    bibliography = (ROOT / "references.bib").read_text(encoding="utf-8")
    there = set(re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE))
    texts = " ".join(path.read_text(encoding="utf-8") for path in PAGES)
    cited = {
        key.strip()
        for keys in re.findall(r"\{cite(?::\w)?\}`([^`]+)`", texts)
        for key in keys.split(",")
    }
    assert cited == there, (
        f"references.bib lacks {sorted(cited - there)}, and no page cites {sorted(there - cited)}"
    )
