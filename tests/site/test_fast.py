"""What the pages weigh, that nothing on them shifts, and that nothing needed was cut away."""

from __future__ import annotations

import gzip
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tinycss2
from course_site.assets import fonts, styles
from course_site.pages.mathematics import mathml
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser

from tools.bench_site import (
    MOST_KB,
    MOST_SHIFT,
    SHIFTED,
    WATCH_SHIFTS,
    CompressingHandler,
    move_demos,
    open_on_a_phone,
    stock,
    weigh,
)
from tools.book import pages, served

ROOT = Path(__file__).resolve().parents[2]
MASTER = ROOT / "chapters" / "_static" / "fonts" / "stix-two-math.woff2"


@pytest.fixture(scope="module")
def compressed(book: Path) -> Iterator[str]:
    """The address of the built site, served compressed as static hosts do."""
    with served(book, CompressingHandler) as address:
        yield address


def chapters(book: Path) -> list[str]:
    return [path for path in pages(book) if re.match(r"chapters/(\d\d_|index)", path)]


def test_no_page_is_heavier_than_promised(book: Path, compressed: str, browser: Browser) -> None:
    weights = {path: weigh(browser, f"{compressed}/{path}") for path in chapters(book)}
    assert len(weights) >= 3
    assert {path: kb for path, kb in weights.items() if not 50 < kb <= MOST_KB} == {}, (
        f"a page may load {MOST_KB} KB: give its demos fewer values or simpler curves;"
        " `make bench-site` weighs every page"
    )


@pytest.mark.slow
def test_nothing_shifts_while_a_page_loads_on_a_slow_phone(
    book: Path, compressed: str, browser: Browser
) -> None:
    exercises = [path for path in pages(book) if path.startswith("grader/")]
    # The fonts of the 404 page are inside it, and no browser reads them before it draws.
    for path in [path for path in pages(book) if path not in {"404.html", *exercises[1:]}]:
        _, shift = open_on_a_phone(browser, f"{compressed}/{path}")
        assert shift < MOST_SHIFT, f"{path}: see how layout.html preloads the fonts of the text"


def test_nothing_shifts_when_demos_move(compressed: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH_SHIFTS)
    page.goto(f"{compressed}/chapters/01_loss_functions.html")
    times, shift = move_demos(page)
    assert len(times) > 100
    assert shift == 0, "text moves when a demo draws: all its figures must have the same size"
    page.locator(".demo:has(input[type=range]) svg").last.evaluate(
        "picture => { picture.style.marginTop = '200px' }"
    )
    page.wait_for_timeout(300)
    assert page.evaluate(SHIFTED, ".bd-article") > 0  # The test would have seen a shift.
    page.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_section_is_much_higher_than_its_page_says(
    book: Path, site: str, browser: Browser, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    ratios: dict[str, float] = {}
    for path in pages(book):
        if not path.startswith(("chapters/", "grader/")):
            continue
        page.goto(f"{site}/{path}")
        found = page.eval_on_selector_all(
            ".bd-article section section",
            """all => {
              for (const section of all) section.style.contentVisibility = "visible";
              return all.map((section) => {
                const said = getComputedStyle(section).containIntrinsicBlockSize.split(" ").at(-1);
                return [section.id, section.getBoundingClientRect().height / parseFloat(said)];
              });
            }""",
        )
        ratios |= {f"{path}#{name}": ratio for name, ratio in found}
    page.close()
    assert len(ratios) > 150
    assert {name: ratio for name, ratio in ratios.items() if not 0.25 < ratio < 1.1} == {}, (
        "change the numbers in course_site/pages/sections.py"
    )


@pytest.mark.parametrize("width", [360, 1280])
def test_links_lead_to_sections_that_are_laid_out_late(
    site: str, browser: Browser, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    for name in ("key-takeaways", "adam", "where-it-breaks"):
        page.goto("about:blank")
        page.goto(f"{site}/chapters/03_optimizers.html#{name}")
        page.wait_for_timeout(500)
        box = page.locator(f"[id='{name}'] :is(h2, h3)").first.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 200, f"#{name}: the page moved after it had gone there"
    page.close()


def test_the_data_of_a_demo_is_read_when_it_is_near_or_moves(site: str, browser: Browser) -> None:
    # Playwright waits with a script that the page's policy would forbid.
    page = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page.goto(f"{site}/chapters/01_loss_functions.html", wait_until="networkidle")
    moving = ".demo:has(.demo-controls)"
    read = "all => all.map(element => Object.hasOwn(element.demo ?? {}, 'frames'))"
    page.wait_for_function("Object.hasOwn(document.querySelector('.demo').demo ?? {}, 'frames')")
    assert page.eval_on_selector_all(moving, read)[2:] == [False] * (
        page.locator(moving).count() - 2
    )
    page.locator(moving).last.scroll_into_view_if_needed()
    page.wait_for_function(
        "all => Object.hasOwn([...document.querySelectorAll(all)].at(-1).demo ?? {}, 'frames')",
        arg=moving,
    )
    assert not all(page.eval_on_selector_all(moving, read))
    page.close()


def test_the_same_demos_as_stock_widgets_weigh_more(book: Path) -> None:
    page = (book / "chapters" / "01_loss_functions.html").read_text()
    weight = stock(page)
    assert weight > len(gzip.compress(page.encode())) / 1000
    assert stock("<p>No demo.</p>") == 0


def test_the_contents_mark_the_section_in_view(site: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{site}/chapters/01_loss_functions.html")
    assert page.locator(".bd-toc-nav a.active").count() == 0
    for section in ("Where it breaks", "What you will learn"):
        page.locator("h2", has_text=section).evaluate("heading => heading.scrollIntoView()")
        active = page.locator(".bd-toc-nav a.active")
        active.filter(has_text=section).wait_for()
        assert active.count() == 1
    page.close()


# Formulas


def test_every_character_of_a_formula_is_in_the_font(book: Path) -> None:
    texts = [html.unescape((book / path).read_text()) for path in pages(book)]
    formulas = "".join(formula for text in texts for formula in fonts.FORMULA.findall(text))
    shown = set(re.sub(r"<[^>]*>|\s|[\u2061-\u2064]", "", formulas))
    assert {"∑", "∇", "β", "′"} <= shown
    font = TTFont(book / "_static" / "fonts" / MASTER.name)
    wanted = {ord(letter) for letter in fonts.rendered(shown)}
    assert {chr(code) for code in wanted - font.getBestCmap().keys()} == set(), (
        "STIX Two Math has no such characters, or course_site/assets/fonts.py cut them away"
    )


def test_a_root_has_its_sign_and_no_gap_behind_it(
    book: Path, compressed: str, browser: Browser
) -> None:
    """For each size, a root is as wide as its sign and its radicand, and not much lower."""
    # No page contains the sign as a character: browsers draw it for the element `msqrt`.
    assert "<msqrt>" in (book / "chapters" / "03_optimizers.html").read_text()
    assert ord(fonts.RADICAL) in TTFont(book / "_static" / "fonts" / MASTER.name).getBestCmap()
    page = browser.new_page()
    page.goto(f"{compressed}/chapters/01_loss_functions.html")
    page.evaluate("document.fonts.load('20px \"Course Math\"')")
    for under in ("x", r"\frac{x}{y}", r"\frac{\frac{x}{y}}{\frac{x}{y}}"):
        sign, gap, surplus = page.evaluate(
            """(formula) => {
              const box = document.createElement("div");
              box.innerHTML = formula;
              box.style.fontSize = "100px";
              document.querySelector("main").prepend(box);
              const root = box.querySelector("msqrt").getBoundingClientRect();
              const inner = box.querySelector("msqrt > *").getBoundingClientRect();
              return [inner.left - root.left, root.right - inner.right, root.bottom - inner.bottom];
            }""",
            mathml(rf"\sqrt{{{under}}} + 1", block=True),
        )
        assert 75 <= sign < 90, under
        assert 0 <= gap < 8, under
        # Signs come in a few sizes. Only a radicand in a line of text needs one that fits closely.
        assert 0 <= surplus < (25 if under == "x" else 110), under
    page.close()


def test_a_formula_with_a_mistake_is_a_warning_of_the_build() -> None:
    with pytest.raises(Exception, match="Unknown command"):
        mathml(r"\undefined x")


def test_space_between_the_rows_of_a_formula_is_no_text() -> None:
    rows = mathml(r"\begin{aligned}a &= 1 \\[1.5ex] b &= 2\end{aligned}").split("<mtr>")[1:]
    assert len(rows) == 2
    assert ["padding-top" in row for row in rows] == [False, True]
    assert not any("ex]" in row for row in rows)


# Fonts and style sheets


def test_a_cut_font_shows_what_is_asked_for_and_nothing_else() -> None:
    cut = TTFont(fonts.io.BytesIO(fonts.cut(MASTER, fonts.rendered({"x", "+"}))))
    characters = {chr(code) for code in cut.getBestCmap()}
    assert {"x", "𝑥", "√", "+"} <= characters
    assert "y" not in characters


def test_a_rule_is_kept_where_a_page_has_its_classes() -> None:
    css = """
    /*! license */ .a, .b .c { color: red } .a:not(.z) { top: 0 }
    @media print { .c { left: 0 } .d { left: 1px } } .d { top: 1px } p { top: 2px }
    @font-face { font-family: f }
    """
    kept = "".join(styles.used_rules(tinycss2.parse_stylesheet(css), {"a", "c"}))
    assert kept == (
        "/*! license */.a{color: red}.a:not(.z){top: 0}@media print {.c{left: 0}}p{top: 2px}"
        "@font-face { font-family: f }"
    )


def test_every_file_that_the_style_sheet_names_is_there(book: Path) -> None:
    sheet = book / "_static" / "site.css"
    names = [name for _, name in styles.URL.findall(sheet.read_text()) if not name.endswith(".ttf")]
    assert len(names) > 4
    for name in names:
        assert (sheet.parent / name).is_file(), (
            f"site.css loads {name}, which is not there: see course_site/assets/"
        )


def test_every_icon_is_in_its_font(book: Path) -> None:
    icons = set(re.findall("[\ue000-\uf8ff]", (book / "_static" / "site.css").read_text()))
    assert len(icons) > 5
    fonts_of_icons = (book / "_static").rglob("fa-*.woff2")
    maps = [TTFont(font).getBestCmap() or {} for font in fonts_of_icons]
    missing = {hex(ord(icon)) for icon in icons if not any(ord(icon) in known for known in maps)}
    assert missing == set(), "course_site/assets/fonts.py cut away icons that site.css shows"


def test_every_korean_word_is_in_the_course_s_own_font(book: Path) -> None:
    words = re.findall("[가-힣]+", (book / "chapters" / "glossary.html").read_text())
    assert len(words) > 50
    [font] = (book / "_static" / "fonts").glob("*korean*.woff2")
    missing = {ord(letter) for letter in "".join(words)} - TTFont(font).getBestCmap().keys()
    assert {chr(code) for code in missing} == set(), f"{font.name} does not have them"


def test_no_line_begins_with_the_mark_behind_a_formula(site: str, browser: Browser) -> None:
    page = browser.new_page()
    for width in (320, 360, 400, 768):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site}/chapters/03_optimizers.html")
        separated, total = page.evaluate(
            """() => {
              const formulas = [...document.querySelectorAll("p span.math")];
              const separated = formulas.filter((formula) => {
                const [mark] = (formula.nextSibling?.textContent ?? "").match(/^[.,;:)]/) ?? [];
                if (!mark) return false;
                const range = document.createRange();
                range.setStart(formula.nextSibling, 0);
                range.setEnd(formula.nextSibling, 1);
                const { right } = formula.getBoundingClientRect();
                return range.getBoundingClientRect().left < right - 2;
              });
              return [separated.length, formulas.length];
            }"""
        )
        assert total > 50
        assert separated == 0, f"at {width} pixels: see `keep_together` in pages/mathematics.py"
    page.close()


def test_each_page_loads_one_style_sheet_and_no_script_before_its_text(book: Path) -> None:
    for path in set(pages(book)) - {"404.html"}:  # It contains its few rules itself.
        head = (book / path).read_text().split("</head>")[0]
        assert len(re.findall(r'rel="stylesheet"', head)) == 1, path
        scripts = re.findall(r"<script[^>]*\bsrc=[^>]*>", head)
        blocking = [script for script in scripts if not re.search(r"\b(defer|async)\b", script)]
        assert not [s for s in blocking if "documentation_options" not in s], (
            f"{path}: load the script with defer"
        )
