"""How readers find their way: exercise pages, previous and next, the copy button, the search."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from course_site.pages.exercise_pages import RELEASE
from playwright.sync_api import Browser, Locator, Page, expect
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "chapters/01_loss_functions.html"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window in which no page may raise an error or write one to the console."""
    errors: list[str] = []
    with browser.new_context() as context:
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on(
            "console",
            lambda message: errors.append(message.text) if message.type == "error" else None,
        )
        yield context.new_page()
    assert errors == []


def contents() -> list[str]:
    """The pages of the book, in the order of its contents."""
    return re.findall(r"(?:file|root): (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))


# Exercise pages


def exercises(book: Path) -> list[Path]:
    """The exercise pages of the site."""
    return sorted(book.glob(f"{RELEASE}*/*.html"))


def links(bar: Locator) -> dict[str, str]:
    """The links of a bar: their texts and their addresses."""
    return {
        link.inner_text(): link.evaluate("link => link.href")
        for link in bar.get_by_role("link").all()
    }


def test_each_exercise_page_has_its_notebook_and_says_how_to_open_it(
    book: Path, page: Page
) -> None:
    assert len(exercises(book)) == sum(name.startswith(RELEASE) for name in contents()) >= 2
    kit = zipfile.ZipFile(book / "_static" / "training-neural-networks.zip")
    for path in exercises(book):
        notebook = f"{path.parent.name}/{path.stem}.ipynb"
        page.goto(path.as_uri())
        bar = page.get_by_role("group", name="Work on this exercise")
        bar.locator("summary").press("Enter")
        found = links(bar)
        download = Path(unquote(urlsplit(found.pop("Download the notebook")).path))
        assert download.read_bytes() == (ROOT / RELEASE / notebook).read_bytes()
        assert bar.locator(f"[download='{path.stem}.ipynb']").count() == 1
        assert found.pop("Download the student kit") == Path(kit.filename or "").as_uri()
        assert found.pop("How to use this course").endswith("chapters/using.html#as-a-student")
        assert found == {}, "the configuration names no JupyterHub, so there is no other link"
        data = {file.name for file in (ROOT / RELEASE / notebook).parent.iterdir()}
        for name in data - {f"{path.stem}.ipynb"}:
            if not name.startswith("practice."):
                expect(bar.locator("p").first).to_contain_text(name)
            assert f"training-neural-networks/exercises/{path.parent.name}/{name}" in kit.namelist()
        in_kit = bar.locator("code", has_text="exercises/").inner_text()
        assert f"training-neural-networks/{in_kit}" in kit.namelist()
        expect(bar.locator("code", has_text="practice/")).to_have_text(f"practice/{notebook}")
    page.goto((book / "chapters" / "using.html").as_uri() + "#as-a-student")
    expect(page.locator("#as-a-student")).to_be_in_viewport()


def test_released_notebooks_know_nothing_of_the_site() -> None:
    for path in (ROOT / RELEASE).glob("*/*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "exercise-bar" not in text
        assert "JupyterHub" not in text


def test_an_instructor_who_has_a_jupyterhub_names_it_in_the_configuration(
    tmp_path: Path, page: Page
) -> None:
    source = tmp_path / "source"
    exercise = source / f"{RELEASE}01_topic" / "topic.rst"
    exercise.parent.mkdir(parents=True)
    exercise.write_text("Topic: exercises\n================\n\nText.\n", encoding="utf-8")
    (source / "index.rst").write_text(f"Book\n====\n\n.. toctree::\n\n   {RELEASE}01_topic/topic\n")
    hub = "https://hub.school.example/hub/user-redirect/lab/tree/course/"
    settings = {"extensions": ["course_site.pages.exercise_pages"], "jupyterhub_url": hub}
    out = tmp_path / "out"
    Sphinx(source, None, out, tmp_path / "doctrees", "html", settings, status=None).build()
    page.goto((out / f"{RELEASE}01_topic" / "topic.html").as_uri())
    bar = page.get_by_role("group", name="Work on this exercise")
    first = bar.get_by_role("link").first
    expect(first).to_have_text("Open it in JupyterHub")
    expect(first).to_have_attribute("href", f"{hub}01_topic/topic.ipynb")
    page.goto((out / "index.html").as_uri())
    expect(bar).to_have_count(0)


# Previous and next, and the copy button


def test_next_leads_through_the_whole_book_and_previous_back(book: Path, page: Page) -> None:
    order = [f"{name}.html" for name in contents()]
    ways: dict[str, dict[str, str]] = {}
    for path in order:
        footer = (book / path).read_text(encoding="utf-8").partition('class="prev-next-footer')[2]
        found = re.findall(r'class="(left-prev|right-next)"\s+href="([^"]+)"', footer)
        ways[path] = {way: urljoin(path, address) for way, address in found}
    in_order = "the pages follow each other as in _toc.yml"
    assert [ways[path].get("right-next") for path in order] == [*order[1:], None], in_order
    assert [ways[path].get("left-prev") for path in order] == [None, *order[:-1]], in_order

    page.goto((book / order[0]).as_uri())
    page.get_by_title("next page").click()
    expect(page).to_have_url((book / order[1]).as_uri())
    page.get_by_title("previous page").click()
    expect(page).to_have_url((book / order[0]).as_uri())


def test_the_copy_button_copies_the_code_of_its_cell(site: str, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/{CHAPTER}")
    cell = page.locator(".cell_input .highlight").first
    code = cell.locator("pre").inner_text()
    cell.hover()
    cell.get_by_role("button", name="Copy").click()
    expect(cell.get_by_role("button")).to_have_class(re.compile("success"))
    assert page.evaluate("navigator.clipboard.readText()").strip() == code.strip()


# Search


def search(page: Page, query: str) -> list[tuple[str, str, str]]:
    """Type a query into the search page; return each result's heading, page and passage."""
    page.locator("main input").fill(query)
    return [
        (
            result.get_by_role("link").inner_text(),
            "".join(result.locator("span").all_inner_texts()),
            result.locator("p").inner_text(),
        )
        for result in page.locator("#search-results li").all()
    ]


@pytest.mark.parametrize("base", ["http", "file"])
def test_a_search_from_any_page_leads_to_the_section(
    book: Path, site: str, page: Page, base: str
) -> None:
    root = site if base == "http" else book.as_uri()
    page.goto(f"{root}/chapters/notation.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("huber")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=huber")
    field = page.get_by_role("searchbox", name="Words in text or code")
    expect(field).to_have_value("huber")
    expect(field).to_be_focused()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d+ sections found\.$"))

    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("keras.losses.Huber")  # code
    result = page.locator(
        "#search-results li", has=page.get_by_text("1. Loss functions", exact=True)
    )
    link = result.first.get_by_role("link")
    heading = link.inner_text()
    link.click()
    page.wait_for_url(f"{root}/{CHAPTER}#*")
    name = urlsplit(page.url).fragment.partition(":~:")[0]
    section = page.locator(f"main section[id='{name}']")
    assert section.locator("h2").inner_text().startswith(heading)
    expect(section.locator("pre", has_text="keras.losses.Huber").first).to_be_in_viewport()
    page.go_back()
    page.wait_for_url(f"{root}/search.html?q=huber")


def test_search_finds_words_of_the_text_of_code_of_answers_and_of_exercises(
    book: Path, page: Page
) -> None:
    page.goto((book / "search.html").as_uri())
    status = page.get_by_role("status")
    expect(status).to_have_text("")

    found = search(page, "HUBER")
    assert found == search(page, "huber")
    assert all("huber" in " ".join(result).lower() for result in found)
    assert found[0][0].startswith("Huber"), "a word in a heading counts most"
    assert {where for _, where, _ in found} >= {"1. Loss functions", "Loss functions: exercises"}
    assert len(search(page, "hub")) >= len(found)
    assert search(page, "losses")[0][0] == "Distance: losses for numbers"
    assert "1. Loss functions" in {heading for heading, _, _ in search(page, "losses")}

    both = search(page, "huber delta")
    assert 0 < len(both) < len(found)
    either = search(page, "huber delta qqxyzzy")
    assert either == both
    expect(status).to_contain_text("No section has all 3 words")
    assert search(page, "qqxyzzy") == []
    expect(status).to_contain_text("Nothing found")

    assert search(page, "def log_sum_exp(")[0][1] == "Loss functions: exercises"  # code
    choices = search(page, "because few days lie so close")  # a choice of a self-check
    assert "1. Loss functions" in {where for _, where, _ in choices}
    assert search(page, "<img src=x onerror=alert(1)> y_true")  # It is read as text, not as HTML.
    assert page.locator("#search-results img").count() == 0


def test_every_page_and_section_of_the_book_can_be_found(book: Path, page: Page) -> None:
    page.goto((book / "search.html").as_uri())
    known = page.evaluate("Object.fromEntries(COURSE.map(({page, sections}) => [page, sections]))")
    assert set(known) == {f"{name}.html" for name in contents()}
    for name, sections in known.items():
        text = (book / name).read_text(encoding="utf-8")
        ids = re.findall(r'<section (?:class="[^"]*" )?id="([^"]+)"', text)
        assert [section[0] for section in sections] == ids, (
            f"{name}: see `read_sections` in course_site/pages/search.py"
        )
