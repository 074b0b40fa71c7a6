"""The built site, in a real browser: whole, silent, private, and safe to publish."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, ConsoleMessage

from tools.book import pages

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"smallest phone": (320, 640), "desk": (1280, 900)}


def test_every_entry_of_the_contents_is_a_page(book: Path) -> None:
    files = re.findall(r"(?:file|root): (\S+)", (ROOT / "_toc.yml").read_text())
    assert len(files) >= 5
    assert {f"{file}.html" for file in files} <= set(pages(book))


@pytest.mark.parametrize(("base", "scheme"), [("http", "light"), ("file", "dark")])
def test_no_page_complains_or_asks_another_host(
    book: Path, site: str, browser: Browser, base: str, scheme: str
) -> None:
    root = site if base == "http" else book.as_uri()
    complaints: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{page.url}: {message.text}")

    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    page.on(
        "response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None
    )
    page.on("request", lambda request: asked.append(request.url))
    for path in pages(book):
        page.goto(f"{root}/{path}")
        page.wait_for_load_state("networkidle")
    assert complaints == []
    strangers = {url for url in asked if not url.startswith((root, "data:", "blob:"))}
    assert strangers == set()
    assert context.cookies() == []
    context.close()


def test_no_page_names_another_host_in_what_it_loads(book: Path) -> None:
    loads = re.compile(
        r'<(?:script|img|iframe|source)[^>]*\ssrc="([^"]+)"|<link[^>]*\shref="([^"]+)"'
    )
    for path in pages(book):
        for match in loads.finditer((book / path).read_text()):
            url = match[1] or match[2]
            assert not urlsplit(url).netloc, f"{path} loads {url}"


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_its_window(
    book: Path, site: str, browser: Browser, size: str
) -> None:
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    for path in pages(book):
        page.goto(f"{site}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.close()


def test_every_picture_says_what_it_shows(book: Path, site: str, browser: Browser) -> None:
    page = browser.new_page()
    for path in pages(book):
        page.goto(f"{site}/{path}")
        for alt in page.eval_on_selector_all("main img", "all => all.map(img => img.alt)"):
            assert len(alt) > 10, path
        labels = page.eval_on_selector_all(
            ".demo-picture", "all => all.map(e => e.getAttribute('aria-label'))"
        )
        assert all(len(label) > 20 and label.endswith(".") for label in labels), (path, labels)
    page.close()


def test_formulas_are_set_and_not_shown_as_source(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    formulas = page.locator(".math")
    assert formulas.count() > 50
    assert formulas.count() == page.locator(".math > math").count()
    text = page.locator("main").inner_text()
    assert not [mark for mark in ("$", "\\(", "\\frac") if mark in text]
    off = page.eval_on_selector_all(
        "div.math",
        """all => all.map(div => {
            const inside = document.createRange();
            inside.selectNodeContents(div.querySelector("math"));
            const [formula, place] = [inside, div].map(part => part.getBoundingClientRect());
            return Math.abs(formula.left + formula.right - place.left - place.right) / 2;
        })""",
    )
    assert off and max(off) < 1  # pixels from the middle of the column
    page.close()


def test_figures_follow_the_theme(site: str, browser: Browser) -> None:
    colors = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(f"{site}/chapters/01_loss_functions.html")
        colors[scheme] = page.eval_on_selector(
            ".demo-picture text", "e => getComputedStyle(e).fill"
        )
        page.close()
    assert colors["light"] != colors["dark"]


def test_every_choice_of_a_self_check_answers(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    questions = page.locator(".ask")
    assert questions.count() >= 5
    for i in range(questions.count()):
        choices = questions.nth(i).locator("details")
        assert questions.nth(i).locator(".ask-right").count() == 1
        for j in range(choices.count()):
            answer = choices.nth(j).locator("p")
            assert not answer.is_visible()
            choices.nth(j).locator("summary").press("Enter")
            assert answer.is_visible()
            assert len(answer.inner_text()) > 20
            assert choices.nth(j).locator("p strong").count() == (
                "wrong" in str(choices.nth(j).get_attribute("class"))
            )
    page.close()


def test_search_finds_a_word_of_the_chapter(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/search.html?q=huber")
    page.wait_for_selector("#search-results li a")
    found = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    assert any("01_loss_functions" in url for url in found)
    page.close()


def secrets() -> list[str]:
    """Lines of the solutions and the hidden checks that nothing public says too."""
    lines: set[str] = set()
    told = "".join(path.read_text() for path in (ROOT / "chapters").rglob("*.md"))
    for path in (ROOT / "solutions").rglob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            block = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.S)
            for _, body in block.findall(cell.source):
                lines |= {line.strip() for line in body.splitlines()}
            told += block.sub("", cell.source)
    return sorted(line for line in lines if len(line) > 30 and line not in told)


def test_nothing_secret_is_published(book: Path) -> None:
    hidden = secrets()
    assert len(hidden) > 30
    read = {".html", ".ipynb", ".md", ".txt", ".js", ".json", ".py"}
    for path in book.rglob("*"):
        if path.is_file() and path.suffix in read:
            text = path.read_text(errors="replace")
            if path.suffix == ".ipynb":
                text = "\n".join(cell.source for cell in nbformat.reads(text, 4).cells)
            for line in hidden:
                assert line not in text, f"{path}: {line}"
            assert "BEGIN SOLUTION" not in text, path
            assert "BEGIN HIDDEN" not in text, path


def test_nothing_is_published_that_nobody_reads(book: Path) -> None:
    megabytes = sum(path.stat().st_size for path in book.rglob("*") if path.is_file()) / 1e6
    assert megabytes < 20
    assert not list(book.rglob("*.map"))
