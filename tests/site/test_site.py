"""The built site in a real browser: complete, without errors, private, and safe to publish."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, ConsoleMessage
from secret_lines import secret_lines

from tools.book import pages

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"smallest phone": (320, 640), "desk": (1280, 900)}


def test_every_entry_of_the_contents_is_a_page(book: Path) -> None:
    files = re.findall(r"(?:file|root): (\S+)", (ROOT / "_toc.yml").read_text())
    assert len(files) >= 5
    missing = {f"{file}.html" for file in files} - set(pages(book))
    assert not missing, "_toc.yml names them, but the build made no such page"


@pytest.mark.parametrize(
    ("base", "scheme"),
    [("http", "light"), pytest.param("file", "dark", marks=pytest.mark.slow)],
)
def test_no_page_complains_or_asks_another_host(
    book: Path, site: str, browser: Browser, base: str, scheme: str
) -> None:
    root = site if base == "http" else book.as_uri()
    complaints: list[str] = []
    requested: list[str] = []

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
    page.on("request", lambda request: requested.append(request.url))
    for path in pages(book):
        page.goto(f"{root}/{path}")
        page.wait_for_load_state("networkidle")
    assert complaints == [], "open the page and its developer tools: the console says where it is"
    foreign = {url for url in requested if not url.startswith((root, "data:", "blob:"))}
    assert foreign == set(), "a page may ask no other host: put the file into chapters/_static/"
    assert context.cookies() == [], "a page may set no cookie"
    context.close()


def test_no_page_names_another_host_in_what_it_loads(book: Path) -> None:
    loads = re.compile(
        r'<(?:script|img|iframe|source)[^>]*\ssrc="([^"]+)"|<link[^>]*\shref="([^"]+)"'
    )
    for path in pages(book):
        for match in loads.finditer((book / path).read_text()):
            url = match[1] or match[2]
            assert not urlsplit(url).netloc, (
                f"{path} loads {url}: put the file into chapters/_static/ and load it from there"
            )


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_its_window(
    book: Path, site: str, browser: Browser, size: str
) -> None:
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    for path in pages(book):
        page.goto(f"{site}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (
            f"{path} scrolls sideways at {width} pixels: let what is too wide wrap, or give it a"
            " frame that scrolls, in chapters/_static/course.css"
        )
    page.close()


def test_every_picture_says_what_it_shows(book: Path, site: str, browser: Browser) -> None:
    page = browser.new_page()
    for path in pages(book):
        page.goto(f"{site}/{path}")
        for alt in page.eval_on_selector_all("main img", "all => all.map(img => img.alt)"):
            assert len(alt) > 10, f"{path}: say in the picture's alt text what it shows"
        labels = page.eval_on_selector_all(
            ".demo-picture", "all => all.map(e => e.getAttribute('aria-label'))"
        )
        short = [label for label in labels if len(label) <= 20 or not label.endswith(".")]
        assert short == [], (
            f"{path}: the `draw_…` function of the demo says what its figure shows in one sentence,"
            ' with figure.set_label("….")'
        )
    page.close()


def test_formulas_are_set_and_not_shown_as_source(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    formulas = page.locator(".math")
    assert formulas.count() > 50
    assert formulas.count() == page.locator(".math > math").count()
    text = page.locator("main").inner_text()
    assert not [mark for mark in ("$", "\\(", "\\frac") if mark in text], (
        "a formula is shown as its source: check the dollar signs around it"
    )
    offsets = page.eval_on_selector_all(
        "div.math",
        """all => all.map(div => {
            const inside = document.createRange();
            inside.selectNodeContents(div.querySelector("math"));
            const [formula, place] = [inside, div].map(part => part.getBoundingClientRect());
            return Math.abs(formula.left + formula.right - place.left - place.right) / 2;
        })""",
    )
    assert offsets and max(offsets) < 1, "a formula is not in the middle of its column (in pixels)"
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
    assert colors["light"] != colors["dark"], "draw with the colors of demos.show.style only"


def test_every_choice_of_a_self_check_answers(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    questions = page.locator(".ask")
    assert questions.count() >= 5
    for i in range(questions.count()):
        choices = questions.nth(i).locator("details")
        assert questions.nth(i).locator(".ask-right").count() == 1, f"question {i + 1} of the page"
        for j in range(choices.count()):
            answer = choices.nth(j).locator("p")
            assert not answer.is_visible()
            choices.nth(j).locator("summary").press("Enter")
            assert answer.is_visible()
            assert len(answer.inner_text()) > 20, "say why the choice is right or wrong"
            assert choices.nth(j).locator("p strong").count() == (
                "wrong" in str(choices.nth(j).get_attribute("class"))
            ), "the answer to a wrong choice, and only that, has the misconception in bold"
    page.close()


def test_search_finds_a_word_of_the_chapter(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/search.html?q=huber")
    page.wait_for_selector("#search-results li a")
    found = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    assert any("01_loss_functions" in url for url in found)
    page.close()


def test_nothing_secret_is_published(book: Path) -> None:
    # Chapters teach short lines that solutions use as well, and the last hint is almost a line.
    given = "".join(path.read_text() for path in (ROOT / "chapters").rglob("*.md"))
    for path in (ROOT / "grader" / "release").glob("*/practice.json"):
        for exercise in json.loads(path.read_text())["exercises"].values():
            given += "\n".join([*exercise["hints"], *exercise["calls"], exercise["setup"]])
    hidden = [line for line in secret_lines() if len(line) > 30 and line not in given]
    assert len(hidden) > 30
    text_files = {".html", ".ipynb", ".md", ".txt", ".js", ".json", ".py"}
    for path in book.rglob("*"):
        if path.is_file() and path.suffix in text_files:
            text = path.read_text(errors="replace")
            if path.suffix == ".ipynb":
                text = "\n".join(cell.source for cell in nbformat.reads(text, 4).cells)
            for line in hidden:
                assert line not in text, (
                    f"{path} publishes a line of a solution or of a hidden check: {line}"
                )
            assert "BEGIN SOLUTION" not in text, path
            assert "BEGIN HIDDEN" not in text, path


def test_nothing_is_published_that_nobody_reads(book: Path) -> None:
    # Python has a limit of its own in test_runtime.py.
    files = [path for path in book.rglob("*") if path.is_file() and path.parent.name != "runtime"]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    unused = "let chapters/_extensions/course_site/assets/trim.py delete what no page loads"
    assert megabytes < 20, unused
    assert not list(book.rglob("*.map")), unused
