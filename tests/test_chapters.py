"""The shape of every chapter, and every number that the prose of one claims."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import keras
import nbformat
import numpy as np
import pytest
import tensorflow
from demos import boundary, confidence, descent, log_loss, logits, outlier, overflow, walk
from demos.numerals import minus

ROOT = Path(__file__).resolve().parent.parent
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


def familiar() -> Iterator[str]:
    best = outlier.fit(walk.POSITION).squared
    yield f"The number stops at {walk.mean_area(best):.2f} m² because"
    y_true = np.array([1, 1, 0, 0, 1])
    ana, ben = np.array([0.9, 0.8, 0.2, 0.1, 0.4]), np.array([0.6, 0.6, 0.4, 0.4, 0.01])
    right, also = (int(np.sum((p > 0.5) == y_true)) for p in (ana, ben))
    assert right == also
    yield f"Both are right on {right} of 5 days, so both have an accuracy of {right / 5}."
    cost = [float(keras.losses.BinaryCrossentropy()(y_true, p)) for p in (ana, ben)]
    yield f"{cost[0]:.3f} for Ana and {cost[1]:.3f} for Ben: same accuracy, four times the loss"
    assert round(cost[1] / cost[0]) == 4

    path = range(45, 64)
    assert np.sum(np.diff([boundary.mistakes(at) for at in path]) > 0) == 1
    assert np.all(np.diff([boundary.price(at) for at in path]) < 0)
    assert min(range(40, 91), key=boundary.price) == 63
    yield "between 45 and 63 it even rises once, while the forecast gets better all the way"


def distance() -> Iterator[str]:
    near, far = outlier.fit(walk.POSITION), outlier.fit(outlier.readings(30.0))
    yield f"squared loss reports {far.squared:.2f} m/s, a jog, for a walk at {near.squared:.1f}"
    yield f"The absolute loss moves from {near.absolute:.2f} to {far.absolute:.2f} m/s and stays"
    yield f"for a meter or two and then stops, at {far.clipped:.2f}."
    assert outlier.fit(outlier.readings(13.0)).clipped == pytest.approx(far.clipped)
    yield f"follows up to {outlier.fit(outlier.readings(30.0), 5.0).clipped:.2f}."
    yield f"pull {2 * 19.0 / (2 * 0.5):.0f} times as hard as a small one of half a meter"
    values = [1, 2, 3, 4, 100]
    mean, median = np.mean(values), np.median(values)
    yield f"For the values 1, 2, 3, 4 and 100 these are {mean:.0f} and {median:.0f}"
    assert np.all(np.abs(walk.misses(1.4)) < 1.0)
    yield "No error here reaches delta"
    yield f"typically off by about {round(100 * walk.mean_area(1.4) ** 0.5, -1):.0f} cm"


def surprise() -> Iterator[str]:
    half, rare = log_loss.surprise(0.5), log_loss.surprise(0.02)
    yield f"At p = 0.5 it is {half:.2f}, at p = 0.02 it is {rare:.2f}"
    assert log_loss.surprise_slope(0.02) / log_loss.surprise_slope(1.0) == pytest.approx(50)
    yield f"By $\\\\log 2 = {half:.2f}$ each time."
    yield f"from {half:.2f} to {2 * half:.2f} to {log_loss.surprise(0.125):.2f}"
    fair, coin = (-sum(p * math.log(p) for p in (q, 1 - q)) for q in (0.5, 0.9))
    yield f"A fair coin has an entropy of {fair:.3f} nats"
    yield f"nine times in ten, {coin:.3f} nats"
    yield f"For ten classes this is {math.log(10):.3f}, so an untrained classifier"

    right, wrong = confidence.costs(0.99)
    yield f"each of the two wrong ones costs {wrong:.1f}."
    yield f"At 0.99 a right answer costs {right:.3f} and a wrong one {wrong:.3f}"
    yield f"{wrong / right:.0f} right answers cost as much as one wrong one"
    hedge, honest = (float(confidence.average(c, 0.8)) for c in (0.5, 0.8))
    yield f"the mean is {hedge:.2f}, against {honest:.2f} at the best confidence"


def scores() -> Iterator[str]:
    share = logits.shares(logits.scores(8.0))[logits.RIGHT]
    yield f"at a score of 8 the slope is {minus(share - 1, 3)}"


def descending() -> Iterator[str]:
    best = outlier.fit(walk.POSITION).squared
    good, slow = (walk.mean_area(descent.descend(rate, 4)[-1]) for rate in (0.01, 0.002))
    yield f"After four steps 0.01 stands at {good:.2f} m², close to the least possible"
    yield f"least possible {walk.mean_area(best):.2f}; 0.002 is still at {slow:.2f}."
    swing, climb = (np.abs(descent.descend(rate, 12) - best) for rate in (0.035, 0.04))
    assert np.all(np.diff(swing) < 0)
    assert np.all(np.diff(climb) > 0)
    curvature = 2 * float(np.mean(walk.TIME**2))
    yield f"the distance to the best speed by $1 - {curvature:.0f}\\,\\eta$"
    yield f"beyond $\\eta = 2/{curvature:.0f} \\approx {2 / curvature:.3f}$"


def breaking() -> Iterator[str]:
    loss, slope = overflow.from_clipped(40)
    assert slope == 0
    yield f"The clipped way stops at {loss:.1f}, where p falls below 1e-7"
    assert np.isfinite(overflow.from_probability(88)[1])
    assert np.isinf(overflow.from_probability(89)[1])
    assert np.isfinite(overflow.from_probability(103)[0])
    assert np.isinf(overflow.from_probability(104)[0])
    yield "keeps its value to 103, but beyond 88 its slope overflows, and from 104 on p is 0"
    column, row = np.array([[1.0], [2.0], [3.0]]), np.array([1.0, 2.0, 3.0])
    yield f"a perfect model is charged {np.mean((row - column) ** 2):.3f}."


def old_tutorials() -> Iterator[str]:
    yield f"charges the perfect prediction of 2 with {(2 * 2) ** 2}, and it is 0"
    yield f"squared error charges {(1 - 0.01) ** 2:.2f}, cross-entropy {-math.log(0.01):.2f}."
    p = 1 / (1 + math.exp(10))
    yield f"slope of the squared error is {minus(2 * (p - 1) * p * (1 - p), 5)}"
    yield f"that of cross-entropy {minus(p - 1, 3)}"
    standing = keras.metrics.R2Score()(walk.POSITION[:, None], 0 * walk.TIME[:, None])
    yield f"It is {minus(float(standing), 2)} for the model"


CLAIMS = [familiar, distance, surprise, scores, descending, breaking, old_tutorials]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_chapter_1_says_the_numbers_that_come_out(claims):
    text = (ROOT / "chapters" / "01_loss_functions.md").read_text(encoding="utf-8")
    source = re.sub(r'"\s*\n\s*"', "", text)  # join the strings of a question
    assert [claim for claim in claims() if claim not in source] == []


class TestKeras:
    """What chapter 1 says about Keras 3, so that a new version that changes it is noticed."""

    scores = np.array([[40.0, 0.0, -5.0]], dtype="float32")

    def slope(self, of_scores) -> np.ndarray:
        variable = tensorflow.Variable(self.scores)
        with tensorflow.GradientTape() as tape:
            loss = of_scores(variable)
        return tape.gradient(loss, variable).numpy()[0]

    def test_it_finds_the_logits_behind_its_own_softmax(self):
        loss = keras.losses.SparseCategoricalCrossentropy()
        slope = self.slope(lambda z: loss(np.array([1]), keras.ops.softmax(z)))
        assert slope[1] == pytest.approx(-1)

    def test_a_multiplication_by_1_hides_them_and_the_slope_is_gone(self):
        loss = keras.losses.SparseCategoricalCrossentropy()
        slope = self.slope(lambda z: loss(np.array([1]), keras.ops.softmax(z) * 1.0))
        assert np.all(slope == 0)

    def test_what_older_code_names_is_gone_and_what_replaces_it_is_there(self):
        assert not hasattr(keras.losses, "mse")
        assert not hasattr(keras.losses, "Reduction")
        assert keras.losses.get("mse") is keras.losses.mean_squared_error
        for reduction in ("sum_over_batch_size", "sum", None):
            keras.losses.MeanSquaredError(reduction=reduction)
        with pytest.raises(ValueError, match="reduction=auto"):
            keras.losses.MeanSquaredError(reduction="auto")
