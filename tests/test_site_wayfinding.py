"""Finding one's way: exercise pages, previous and next, the copy button, the search."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from exercise_pages import RELEASE
from playwright.sync_api import Browser, Locator, Page, expect
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
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
    """The links of a bar: what they say, and where they lead."""
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
        assert found == {}  # no JupyterHub, where none is configured
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
    settings = {"extensions": ["exercise_pages"], "jupyterhub_url": hub}
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
    assert [ways[path].get("right-next") for path in order] == [*order[1:], None]
    assert [ways[path].get("left-prev") for path in order] == [None, *order[:-1]]

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
