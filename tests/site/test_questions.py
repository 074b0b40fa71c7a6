"""Questions: neither the figure below one nor a search answers it before the reader has chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from course_site.pages.questions import veiled
from demos.show.ask import Question, ask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path.stem for path in (ROOT / "chapters").glob("*.md") if "\nask(" in path.read_text("utf-8")
)
VEIL = "Choose an answer above, or show the figure."

# The figures without a veil, because at their start they do not answer the question above them. For
# each one, what neither the figure nor its description and caption may have.
UNVEILED = {
    "01 draw-descent": r"0\.04|overshoot|diverge|higher",
    "02 draw-graph": r"0\.53",
    "02 draw-pulls": r"0\.0049|0\.0005",
    "03 draw-step-sizes": r"equal|same|1000",
    "06 draw-activation": r"tanh|0\.995|0\.001",
    "06 draw-learning": r"negative|example",
    "06 draw-pictures": r"poor|saturated|nan",
    "06 draw-temperature": r"100|nothing|different",
    "07 draw-choice": r"cosine|differ",
}


@pytest.fixture
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has never seen the course, and in which no page may raise an error."""
    errors: list[str] = []
    with browser.new_context(reduced_motion="reduce") as context:
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context
    assert errors == []


# Browsers lay out a section only when it is near, and read no text from one that is not laid out.
LAY_OUT = """document.querySelectorAll("main section section").forEach(
    (section) => { section.style.contentVisibility = "visible"; }
)"""


def pairs(page: Page) -> list[tuple[Locator, Locator]]:
    """Each question that has a figure before the next question, and this figure."""
    page.evaluate(LAY_OUT)
    found = page.locator("main :is(.ask, .demo)")
    kinds = found.evaluate_all("all => all.map(e => e.className)")
    return [
        (found.nth(i), found.nth(i + 1))
        for i, both in enumerate(pairwise(kinds))
        if both == ("ask", "demo")
    ]


def name_of(chapter: str, figure: Locator) -> str:
    """The name of a figure without a veil in `UNVEILED`, or its whole address on the page."""
    address = str(figure.get_attribute("id"))
    names = (name for name in UNVEILED if chapter[:2] == name[:2] and name[3:] in address)
    return next(names, address)


def test_every_figure_answers_its_question_only_after_a_choice(
    site: str, reader: BrowserContext
) -> None:
    page = reader.new_page()
    without_veil, with_veil = set(), 0
    for chapter in PAGES:
        page.goto(f"{site}/chapters/{chapter}.html")
        for question, figure in pairs(page):
            asked = question.locator(".ask-question").inner_text()
            picture, drawn = figure.locator(".demo-picture"), figure.locator("svg").first
            label = str(picture.get_attribute("aria-label"))
            number = figure.evaluate("e => [...document.querySelectorAll('.demo')].indexOf(e)")
            caption = page.locator(".cell:has(.demo) + .caption").nth(number)
            where = f"{chapter}, {asked!r}: "
            if figure.get_attribute("data-question") is None:
                name = name_of(chapter, figure)
                assert name in UNVEILED, where + "say in UNVEILED what would answer the question"
                without_veil.add(name)
                shown = f"{label} {picture.text_content()} {caption.inner_text()}"
                assert not re.search(UNVEILED[name], shown), (
                    where + "its figure gives the answer away; take veil=False from the question"
                )
                continue
            assert figure.inner_text() == VEIL, where + "the veil does not cover its figure"
            heard = figure.aria_snapshot()
            assert "img" not in heard and label not in heard, where + heard
            expect(drawn).not_to_be_visible()
            expect(caption).not_to_be_visible()
            with_veil += 1
            question.locator("summary").first.press("Enter")
            expect(drawn).to_be_visible()
            expect(caption).to_be_visible()
            expect(figure.locator(".veil")).not_to_be_visible()
            assert label in figure.aria_snapshot().replace('\\"', '"'), where + "nobody hears it"
    assert with_veil > 25
    assert without_veil == set(UNVEILED), "these figures do not exist, or have a veil"


def test_a_reader_may_see_the_figure_without_an_answer(site: str, reader: BrowserContext) -> None:
    page = reader.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    question, figure = pairs(page)[0]
    figure.get_by_role("button", name="show the figure").press("Enter")
    expect(figure.locator(".demo-picture")).to_be_focused()
    expect(figure.locator("svg").first).to_be_visible()
    expect(question.locator("details[open]")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('training-neural-networks')") is None
    expect(pairs(page)[1][1].locator(".veil")).to_be_visible()


@pytest.mark.parametrize("closes", [False, True])
def test_who_has_answered_sees_the_figure_on_the_next_visit(
    site: str, reader: BrowserContext, closes: bool
) -> None:
    page = reader.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    question, figure = pairs(page)[0]
    choice = question.locator(".ask-wrong summary").first
    choice.press("Enter")
    # A browser reports an answer that is opened and closed at once as one that stayed closed.
    expect(figure.locator("svg").first).to_be_visible()
    if closes:
        choice.press("Enter")
        expect(figure.locator("svg").first).to_be_visible()
    page.reload()
    expect(figure.locator("svg").first).to_be_visible()
    expect(figure.locator(".veil")).not_to_be_visible()
    expect(pairs(page)[1][1].locator(".veil")).to_be_visible()


def test_without_scripts_and_on_paper_there_is_no_veil(site: str, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/chapters/01_loss_functions.html")
        assert page.locator(".veil").count() > 3
        for picture in page.locator(".demo-picture").all():
            expect(picture).to_be_visible()
        expect(page.locator(".veil:visible")).to_have_count(0)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}/chapters/01_loss_functions.html")
        page.emulate_media(media="print")
        expect(page.locator(".veil:visible")).to_have_count(0)
        for part in page.locator(".demo-picture, .caption").all():
            expect(part).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_a_veil_has_the_size_of_its_figure_and_moves_nothing(
    site: str, reader: BrowserContext, width: int
) -> None:
    page = reader.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/chapters/03_optimizers.html")
    found = pairs(page)
    height = page.evaluate("document.documentElement.scrollHeight")
    for _, figure in found:
        veil = figure.locator(".veil")
        if not veil.count():
            continue
        assert veil.bounding_box() == figure.bounding_box()
        text = veil.locator("p").bounding_box()
        assert text and text["x"] >= 0 and text["x"] + text["width"] <= width
        veil.get_by_role("button").click()
    assert page.evaluate("document.documentElement.scrollHeight") == height


def test_a_search_does_not_judge_choices(book: Path, reader: BrowserContext) -> None:
    page = reader.new_page()
    page.goto((book / "search.html").as_uri())
    text = page.evaluate("COURSE.flatMap(({sections}) => sections).flat().join('\\n')")
    for chapter in PAGES:
        page.goto((book / "chapters" / f"{chapter}.html").as_uri())
        choices = page.locator(".ask summary").all_text_contents()
        explanations = page.locator(".ask details p").all_text_contents()
        assert len(choices) == len(explanations) > 0
        for sentence in explanations:
            assert re.match("Yes\\. |No: ", sentence)
            assert " ".join(sentence.split()) not in text, f"{chapter}: {sentence}"
        found = [choice for choice in choices if " ".join(choice.split()) in text]
        assert found, "the choices themselves can be found"
    assert not re.search(r"^(Yes\. |No: )", text, re.MULTILINE)


# How a veil gets into a page


def html(question: Question) -> str:
    return question._repr_html_()


def questions() -> tuple[str, str]:
    """A question that covers the figure below, and one that does not."""
    answers = {"right": {"yes": "So it is."}, "wrong": {"no": "**A mistake.** It is not."}}
    return html(ask("Is it?", **answers)), html(ask("Is it so?", **answers, veil=False))


FIGURE = '<div class="demo" id="demo-draw-x" style="--a:1">picture</div>'


def test_the_next_figure_is_covered_and_only_that() -> None:
    covers, _ = questions()
    page = veiled(f"{FIGURE}{covers}<p>Text</p>{FIGURE}{FIGURE}")
    name = re.search("ask-[0-9a-f]{8}", covers)[0]
    first, second, third = re.findall('<div class="demo"[^>]*>', page)
    assert f'data-question="{name}"' in second and 'style="--a:1"' in second
    assert "data-question" not in first + third
    assert page.count('class="veil"') == 1


def test_a_figure_below_another_question_is_that_ones() -> None:
    covers, leaves = questions()
    assert veiled(covers + leaves + FIGURE) == covers + leaves + FIGURE
    assert veiled(leaves + covers + FIGURE).count('class="veil"') == 1


def test_a_notebook_has_no_veil() -> None:
    covers, leaves = questions()
    assert covers.replace(" data-veil", "").count("veil") == 0
    assert "veil" not in leaves
