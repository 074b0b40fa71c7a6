"""What surrounds the text: chapter numbers, the way on, exercise cells, the map, buttons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from course_site.pages.exercise_pages import ANSWER, RELEASE
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).resolve().parents[2]
FRONT = "chapters/index.html"
CHAPTER = "chapters/01_loss_functions.html"
KEY = "training-neural-networks"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window in which no page may raise an error."""
    errors: list[str] = []
    # Playwright waits with a script that the pages' policy would forbid.
    with browser.new_context(viewport={"width": 1366, "height": 650}, bypass_csp=True) as context:
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context.new_page()
    assert errors == []


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


# Numbers of chapters


def test_a_chapter_has_its_number_wherever_its_title_stands(book: Path) -> None:
    chapters = sorted((book / "chapters").glob("[0-9][0-9]_*.html"))
    assert len(chapters) == 7
    front = soup(book / FRONT)
    for number, path in enumerate(chapters, 1):
        chapter = soup(path)
        heading = chapter.select_one("h1").get_text().strip("#")
        assert re.match(rf"{number}\. [A-Z]", heading), path.name
        assert chapter.title.get_text().startswith(heading)
        link = front.select_one(f".bd-sidebar-primary a[href$='{path.name}']")
        assert link.get_text() == heading
        section = chapter.select_one("article section[id]")
        assert section["id"][0].isalpha(), "the heading's address has no number"
    assert front.select_one("h1").get_text().startswith("Training")


# The button of the front page


@pytest.mark.parametrize(("width", "height"), [(1366, 650), (360, 640)])
def test_the_first_screen_has_the_button(page: Page, site: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{site}/{FRONT}")
    button = page.get_by_role("link", name="Start with chapter 1")
    box = button.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height, "a reader must scroll to the button"
    button.click()
    page.wait_for_url(f"{site}/{CHAPTER}")


def remember(page: Page, read: list[str], last: str | None) -> None:
    """Let the browser have stored which chapters were read, and where the last answer was."""
    state = {"version": 1, "read": read, "questions": []} | ({"last": last} if last else {})
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(state)])
    page.reload()


ONE, THREE, SEVEN = "01_loss_functions", "03_optimizers", "07_putting_it_together"


@pytest.mark.parametrize(
    ("read", "last", "text", "target"),
    [
        ([], THREE, "Continue: chapter 3", THREE),
        ([ONE], ONE, "Continue: chapter 2", "02_cross_entropy_vs_squared_error"),
        ([ONE], None, "Continue: chapter 2", "02_cross_entropy_vs_squared_error"),
        ([THREE], THREE, "Continue: chapter 4", "04_regularization"),
        ([SEVEN], SEVEN, "Start with chapter 1", ONE),
        ([], "no_such_page", "Start with chapter 1", ONE),
    ],
)
def test_the_button_leads_a_reader_who_returns_on(
    page: Page, site: str, read: list[str], last: str | None, text: str, target: str
) -> None:
    page.goto(f"{site}/{FRONT}")
    remember(page, read, last)
    button = page.locator("a.start")
    expect(button).to_have_text(text)
    assert button.evaluate("link => link.href") == f"{site}/chapters/{target}.html"


def test_an_answer_is_where_the_reader_continues(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/{THREE}.html")
    page.locator(".ask summary").first.click()
    page.goto(f"{site}/{FRONT}")
    expect(page.locator("a.start")).to_have_text("Continue: chapter 3")


# Exercises


def test_each_cell_of_an_exercise_says_what_it_is(book: Path) -> None:
    for source in sorted((ROOT / RELEASE).glob("*/*.ipynb")):
        cells = nbformat.read(source, as_version=4).cells
        wanted = [label(cell) for cell in cells]
        path = book / RELEASE / source.parent.name / f"{source.stem}.html"
        frames = soup(path).select(".exercise-cell")
        found = [frame["aria-label"] for frame in frames]
        assert found == [text for text in wanted if text], path.name
        assert all(frame["role"] == "group" for frame in frames)


def label(cell: nbformat.NotebookNode) -> str:
    """The words above a cell: what nbgrader lets the student do with it, and its points."""
    rights = cell.metadata.get("nbgrader", {})
    if cell.cell_type == "markdown":
        return "Your answer" if ANSWER in cell.source else ""
    if rights.get("grade"):
        kind = "Hidden check" if "# Hidden check" in cell.source else "Check"
        return f"{kind} · {rights['points']} point{'' if rights['points'] == 1 else 's'}"
    if not rights:
        return "Try it"
    return "Your code" if rights["solution"] else "Setup"


def test_the_kinds_of_cells_look_different(page: Page, site: str) -> None:
    page.goto(f"{site}/{RELEASE}01_loss_functions/loss_functions.html")
    looks = {
        kind: page.locator(f".exercise-cell.{kind} .cell_input").first.evaluate(
            "e => { const s = getComputedStyle(e); return [s.borderStyle, s.borderWidth].join() }"
        )
        for kind in ("yours", "try-it", "check")
    }
    assert len(set(looks.values())) == 3, f"they must differ in more than their color: {looks}"


def test_a_number_stays_on_the_line_of_its_sign(book: Path) -> None:
    spaced = re.compile(r"\w ([=≈<>≤≥]) [-−]?\d")
    for path in (book / RELEASE).glob("*/*.html"):
        article = soup(path).select_one("article")
        for code in article.select("pre, code, math, script"):
            code.decompose()
        text = article.get_text()
        assert "\u00a0=\u00a0" in text or "=" not in text
        assert [found[0] for found in spaced.finditer(text)] == [], path.name


# The map of concepts


def test_the_map_has_a_box_and_its_arrows_for_each_row_of_the_tables(book: Path) -> None:
    page = soup(book / "chapters" / "concepts.html")
    rows = [row.find_all(["th", "td"]) for row in page.select("table tbody tr")]
    links = {cells[0].get_text(): cells[2].a["href"] for cells in rows}
    needs = [cells[1].get_text() for cells in rows]
    arrows = sum(len(text.split("; ")) for text in needs if text != "–")
    assert len(links) > 60 and arrows > 60
    for picture in page.select(".concept-map svg"):
        boxes = {" ".join(a.get_text().split()): a["href"] for a in picture.select("a")}
        assert boxes == {" ".join(name.split()): href for name, href in links.items()}
        assert len(picture.select("path")) == arrows
    assert len(page.select(".concept-map svg")) == 2


@pytest.mark.parametrize("width", [360, 768, 1366])
def test_the_map_can_be_read_and_fits(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/chapters/concepts.html")
    picture = page.locator(".concept-map svg:visible")
    expect(picture).to_have_count(1)
    size, cut = picture.evaluate(
        """(svg) => {
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          const size = parseFloat(getComputedStyle(svg.querySelector("a text")).fontSize);
          const boxes = [...svg.querySelectorAll("a")].filter((a) => {
            const [box, text] = [a.querySelector("rect"), a.querySelector("text")]
              .map((part) => part.getBoundingClientRect());
            return text.left < box.left || text.right > box.right || text.bottom > box.bottom;
          });
          return [size * scale, boxes.map((a) => a.textContent)];
        }"""
    )
    assert size >= 11
    assert cut == [], "the text of a box does not fit into it: see LETTER in pages/concept_map.py"


def test_a_box_of_the_map_shows_only_its_arrows(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/concepts.html")
    page.locator(".concept-map:visible a", has_text="RMSProp").focus()
    page.keyboard.press("Shift")  # Now the browser shows the focus.
    shown = page.locator(".concept-map:visible path").evaluate_all(
        "all => all.filter(e => getComputedStyle(e).opacity === '1').length"
    )
    assert shown == 3, "from AdaGrad, to AdaDelta and to Adam"


# Without JavaScript


def test_without_scripts_pages_say_so_and_show_no_dead_button(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/{CHAPTER}")
        expect(page.locator(".no-script")).to_contain_text("nothing in the figures moves")
        for dead in (".demo-controls", ".demo-play", "button"):
            expect(page.locator(dead).locator("visible=true")).to_have_count(0)
        expect(page.locator(".demo-picture svg").first).to_be_visible()
        page.goto(f"{site}/chapters/notation.html")
        expect(page.locator(".no-script")).to_have_count(0)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}/{CHAPTER}")
        expect(page.locator(".no-script")).to_have_count(0)


# Buttons


def test_the_button_for_the_theme_says_its_state(browser: Browser, site: str) -> None:
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{site}/{CHAPTER}")
        theme = page.locator("html")
        button = page.locator(".theme-switch-button")
        expect(button).to_have_accessible_name("Theme: as this device")
        expect(theme).to_have_attribute("data-theme", "dark")
        for mode in ("light", "dark"):
            button.click()
            expect(button).to_have_accessible_name(f"Theme: {mode}")
            expect(theme).to_have_attribute("data-theme", mode)
        page.reload()
        expect(button).to_have_accessible_name("Theme: dark")
        button.click()
        expect(button).to_have_accessible_name("Theme: as this device")
        page.emulate_media(color_scheme="light")
        expect(theme).to_have_attribute("data-theme", "light")
        page.evaluate("localStorage.setItem('mode', 'purple')")
        page.reload()
        expect(theme).to_have_attribute("data-theme", "light")


def test_a_page_has_its_colors_before_its_scripts_run(browser: Browser, site: str) -> None:
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.route("**/*.js*", lambda route: route.abort())
        page.goto(f"{site}/{CHAPTER}")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_sidebars_of_a_phone_open_and_close(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{site}/{CHAPTER}")
    for name, inside in (("Chapters", "Glossary"), ("On this page", "What you will learn")):
        button = page.get_by_role("button", name=name)
        link = page.get_by_role("link", name=inside, exact=True)
        expect(button).to_have_attribute("aria-expanded", "false")
        expect(link).not_to_be_in_viewport()
        button.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(link).to_be_in_viewport()
        page.wait_for_function("document.activeElement.closest('[class*=bd-sidebar]')")
        page.keyboard.press("Escape")
        expect(link).not_to_be_in_viewport()
        expect(button).to_be_focused()
        expect(button).to_have_attribute("aria-expanded", "false")


def test_escape_closes_the_search_field(page: Page, site: str) -> None:
    page.goto(f"{site}/{CHAPTER}")
    field = page.get_by_role("searchbox")
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Search").first.click()
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


def test_what_scrolls_sideways_is_reached_by_tab(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{site}/{CHAPTER}")
    find = """async () => {
      const [wrong, wide] = [[], []];
      for (const frame of document.querySelectorAll("main pre")) {
        frame.scrollIntoView();
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        const isWide = frame.scrollWidth > frame.clientWidth;
        if (isWide) wide.push(frame.textContent);
        if (isWide !== (frame.tabIndex === 0)) wrong.push(frame.textContent);
      }
      return [wrong, wide.length];
    }"""
    wrong, wide = page.evaluate(find)
    assert wrong == [] and wide > 5
    page.set_viewport_size({"width": 1920, "height": 640})
    assert page.evaluate(find) == [[], 0]


# Details


def test_the_missing_page_has_the_course_s_fonts(page: Page, site: str) -> None:
    page.goto(f"{site}/no/such/page.html")
    page.evaluate("document.fonts.ready")
    fonts = page.evaluate("[...document.fonts].map(f => [f.family, f.status])")
    assert sorted(fonts) == [["Source Sans 3", "loaded"], ["Source Serif 4", "loaded"]]


def test_rows_of_lists_have_headers_and_korean_is_upright(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/glossary.html")
    rows = page.locator("tbody tr")
    assert rows.count() == page.locator("tbody tr > th:first-child").count() > 60
    words = page.evaluate(
        """() => {
          const walk = document.createTreeWalker(document.querySelector("article"), 4);
          const found = [];
          while (walk.nextNode()) {
            if (!/[가-힣]/.test(walk.currentNode.data)) continue;
            const around = walk.currentNode.parentElement;
            const { fontStyle } = getComputedStyle(around);
            found.push([fontStyle, around.closest("[lang]").lang].join());
          }
          return [...new Set(found)];
        }"""
    )
    assert words == ["normal,ko"]


def test_the_focus_on_an_arrow_of_the_contents_is_a_box_around_it(page: Page, site: str) -> None:
    page.goto(f"{site}/{CHAPTER}")
    arrow = page.locator(".bd-sidebar-primary summary").first
    box = arrow.bounding_box()
    assert box is not None
    assert box["width"] <= 40 and box["height"] <= 40
