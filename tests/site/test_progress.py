"""What the site remembers of a reader: only in the browser, and whatever the browser stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

KEY = "training-neural-networks"
CHAPTER = "chapters/01_loss_functions.html"
FRONT = "chapters/index.html"


@pytest.fixture
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has never seen the course, and in which no page may raise an error."""
    errors: list[str] = []
    with browser.new_context() as context:
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context
    assert errors == []


def kept(page: Page) -> dict[str, object] | None:
    """What the browser stores for the course."""
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')") or "null")


def line(page: Page, chapter: str = "01_loss_functions") -> Locator:
    """A chapter's line on the front page."""
    return page.locator(f".progress-chapter[data-chapter='{chapter}']")


def pick(question: Locator, verdict: str) -> None:
    """Pick a choice of a self-check with the keyboard."""
    question.locator(f".ask-{verdict} summary").first.press("Enter")


@pytest.mark.parametrize("base", ["http", "file"])
def test_answers_and_reading_are_remembered_until_cleared(
    book: Path, site: str, reader: BrowserContext, base: str
) -> None:
    root = site if base == "http" else book.as_uri()
    front = reader.new_page()
    front.goto(f"{root}/{FRONT}")
    total = front.locator(".progress-total")
    count = front.locator(".ask").count()
    asked = len(str(line(front).get_attribute("data-questions")).split())
    assert asked >= 5
    assert count == 0
    expect(line(front)).to_have_text(f"{asked} questions")
    expect(total).to_be_visible()
    expect(total).to_contain_text("0 of ")

    chapter = reader.new_page()
    chapter.goto(f"{root}/{CHAPTER}")
    questions = chapter.locator(".ask")
    expect(questions).to_have_count(asked)
    pick(questions.nth(0), "right")
    pick(questions.nth(1), "wrong")
    pick(questions.nth(2), "right")
    pick(questions.nth(2), "wrong")  # Reading another choice does not undo the right answer.
    expect(line(front)).to_have_text(f"2 of {asked} right")  # The other tab shows it by itself.
    link = chapter.get_by_role("navigation").get_by_role("link", name="Loss functions (read)")
    expect(link).to_have_count(0)
    chapter.locator("#key-takeaways li").last.scroll_into_view_if_needed()
    expect(link).to_have_count(1)

    chapter.reload()
    for number, verdict in enumerate(("right", "wrong", "wrong")):
        expect(questions.nth(number).locator("details[open]")).to_have_count(1)
        expect(questions.nth(number).locator(f".ask-{verdict}[open]")).to_have_count(1)
    expect(chapter.locator(".ask details[open]")).to_have_count(3)
    chapter.goto(f"{root}/{FRONT}")
    if base == "file" and kept(chapter) is None:
        # Chromium starts a new process for a page that is opened from a folder. About one time in
        # eight that process sees an empty storage, and loading the page again helps.
        assert kept(front) is not None
        chapter.reload()
    expect(line(chapter)).to_have_text(f"✓ read, 2 of {asked} right")
    expect(chapter.locator(".progress-total [role=status]")).to_contain_text("1 of ")

    total.get_by_role("button").click()  # Nobody confirms the dialog, so nothing is lost.
    expect(line(front)).to_have_text(f"✓ read, 2 of {asked} right")
    front.on("dialog", lambda dialog: dialog.accept())
    total.get_by_role("button").press("Enter")
    expect(line(front)).to_have_text(f"{asked} questions")
    assert kept(front) is None
    chapter.go_back()
    chapter.reload()
    expect(chapter.locator(".ask details[open]")).to_have_count(0)
    assert reader.cookies() == []


def test_only_what_the_reader_does_counts(site: str, reader: BrowserContext) -> None:
    page = reader.new_page()
    page.goto(f"{site}/{CHAPTER}")
    page.evaluate("document.querySelectorAll('.ask-right').forEach(choice => choice.open = true)")
    page.locator("#key-takeaways li").last.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # The takeaways must be on screen for a second to count.
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    page.wait_for_timeout(1200)
    assert kept(page) is None


JUNK = [
    "",
    "{",
    "null",
    "7",
    '"text"',
    "[]",
    '{"version": 2, "read": ["01_loss_functions"], "questions": []}',
    '{"version": 1}',
    '{"version": 1, "read": 5, "questions": []}',
    '{"version": 1, "read": [], "questions": [5]}',
    '{"version": 1, "read": [], "questions": {"ask": 1}}',
]


def test_what_is_broken_in_the_storage_counts_as_nothing(site: str, reader: BrowserContext) -> None:
    page = reader.new_page()
    page.goto(f"{site}/{FRONT}")
    asked = str(line(page).get_attribute("data-questions")).split()
    for junk in JUNK:
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, junk])
        page.reload()
        expect(line(page)).to_have_text(f"{len(asked)} questions")
    odd = [[asked[0], None], [asked[1], 3], [asked[2], {"picked": "length", "right": "yes"}]]
    state = json.dumps({"version": 1, "read": [None, {}], "questions": odd})
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, state])
    page.goto(f"{site}/{CHAPTER}")
    expect(page.locator(".ask details[open]")).to_have_count(0)
    pick(page.locator(".ask").nth(0), "right")
    page.goto(f"{site}/{FRONT}")
    expect(line(page)).to_have_text(f"1 of {len(asked)} right")


def test_where_storage_is_forbidden_the_pages_work_and_are_silent(
    book: Path, reader: BrowserContext
) -> None:
    def sandboxed(route: Route) -> None:
        """Serve a page without an origin, so that no browser lets it store anything."""
        headers = {
            "Content-Security-Policy": "sandbox allow-scripts",
            "Access-Control-Allow-Origin": "*",
        }
        path = book / urlsplit(route.request.url).path.lstrip("/")
        route.fulfill(path=path, headers=headers)

    reader.route("http://course.test/**", sandboxed)
    page = reader.new_page()
    page.goto(f"http://course.test/{CHAPTER}")
    assert page.evaluate("!(localStorage instanceof Storage)")
    pick(page.locator(".ask").nth(0), "right")
    expect(page.locator(".ask").nth(0).locator(".ask-right p")).to_be_visible()
    slider = page.get_by_role("slider").first
    before = slider.get_attribute("aria-valuetext")
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") != before
    page.goto(f"http://course.test/{FRONT}")
    expect(line(page)).to_contain_text("questions")
    expect(page.locator(".progress-total")).to_be_hidden()


def test_the_front_page_counts_the_questions_of_every_chapter(book: Path) -> None:
    front = (book / FRONT).read_text(encoding="utf-8")
    chapters = sorted((book / "chapters").glob("[0-9][0-9]_*.html"))
    assert chapters
    assert front.count('data-chapter="') == len(chapters), "other pages of the table have no line"
    for path in chapters:
        start = front.index(f'data-chapter="{path.stem}" data-questions="')
        ids = front[start:].split('"')[3].split()
        page = path.read_text(encoding="utf-8")
        assert len(ids) == page.count('<div class="ask"') >= 5
        assert all(f'id="{id}"' in page for id in ids)
