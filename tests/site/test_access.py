"""The built site for everyone: screen readers, keyboards, narrow windows, every color vision."""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path

import axe_playwright_python
import numpy as np
import pypdf
import pytest
from demos.show.style import DARK, LIGHT
from playwright.sync_api import Browser, Page

from tools.book import pages

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SERIOUS = {"serious", "critical"}
# A demo's label describes its picture, and a test below looks at the colors of code.
ALL = {"exclude": [[".demo-picture svg"], [".highlight span"]]}
# Rules that axe does not apply by itself, or whose findings it does not call serious.
ALSO = ["label-content-name-mismatch", "region", "landmark-unique", "heading-order"]
COLORS = ["color-contrast", "link-in-text-block"]  # slow, so only on one page of each kind
ONE_OF_EACH_KIND = {
    "chapters/index.html",
    "chapters/01_loss_functions.html",
    "chapters/glossary.html",
    "grader/release/01_loss_functions/loss_functions.html",
    "search.html",
}


def findings(page: Page, options: dict[str, object]) -> list[str]:
    """What axe calls serious on a page or finds by a rule of `ALSO`, with the first element."""
    report = page.evaluate("([where, options]) => axe.run(where, options)", [ALL, options])
    return [
        f"{page.url} {found['id']}: {len(found['nodes'])} × {found['nodes'][0]['html'][:200]}"
        for found in report["violations"]
        if found["impact"] in SERIOUS or found["id"] in ALSO
    ]


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(ONE_OF_EACH_KIND, id="one page of each kind"),
        pytest.param(None, id="every page", marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_serious(
    book: Path, site: str, browser: Browser, shown: set[str] | None
) -> None:
    context = browser.new_context(color_scheme="light", reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    found = []
    for path in shown or pages(book):
        page.goto(f"{site}/{path}")
        page.evaluate(AXE.read_text())
        # This opens every "What happened", and the last choice of each question, because opening
        # one choice closes the others.
        page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true })")
        rules = {rule: {"enabled": rule in ALSO} for rule in [*COLORS, *ALSO]}
        found += findings(page, {"rules": rules})
        if path in ONE_OF_EACH_KIND:
            for theme in "light", "dark":
                page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
                found += findings(page, {"runOnly": COLORS})
    context.close()
    assert found == [], "https://dequeuniversity.com/rules/axe/ says how to correct each of them"


# Keyboard, motion, width


def test_every_control_is_reached_by_tab_seen_and_spoken(site: str, browser: Browser) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(f"{site}/chapters/01_loss_functions.html")
    wanted = page.locator("main :is(.demo :is(input, select, button), summary):visible")
    assert wanted.count() > 20
    wanted.evaluate_all("all => all.forEach((e, i) => { e.dataset.wanted = i })")
    reached = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        mark, ring, tag = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " const ring = s.outlineStyle === 'solid' ? parseFloat(s.outlineWidth) : 0;"
            " return [e.dataset.wanted, ring, e.tagName]; }"
        )
        if tag == "BODY":
            break
        assert ring >= 2, (
            "no outline shows that this element has the focus, see :focus-visible in course.css: "
            + page.evaluate("document.activeElement.outerHTML")
        )
        reached.add(mark)
    assert {str(i) for i in range(wanted.count())} <= reached, "Tab does not reach every control"

    demo = page.locator(".demo:has(input[type=range])").first
    slider = demo.locator("input[type=range]").first
    before = slider.get_attribute("aria-valuetext")
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") not in {before, slider.input_value(), None}
    alt = demo.locator(".demo-picture").get_attribute("aria-label")
    page.wait_for_function(
        "([spoken, alt]) => spoken.textContent === alt",
        arg=[demo.locator(".demo-spoken").element_handle(), alt],
    )
    page.close()


def test_nothing_moves_by_itself_for_readers_who_want_less_motion(
    site: str, browser: Browser
) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(f"{site}/chapters/01_loss_functions.html")
    moving = page.locator("body *").evaluate_all(
        "all => all.map(e => [e.outerHTML.slice(0, 80), getComputedStyle(e)]).filter(([_, s]) =>"
        " s.animationName !== 'none' || parseFloat(s.transitionDuration) > 0).map(([e]) => e)"
    )
    assert moving == [], "see prefers-reduced-motion in course.css"
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    page.close()


@pytest.mark.parametrize("width", [320, 1920])
def test_no_control_is_cut_off(site: str, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 640})
    page.goto(f"{site}/chapters/03_optimizers.html")
    cut = page.locator(":is(.demo-controls, .ask, .caption) :not(.math *)").evaluate_all(
        "all => all.filter(e => e.checkVisibility() && (e.getBoundingClientRect().left < 0"
        " || e.getBoundingClientRect().right > innerWidth)).map(e => e.outerHTML)"
    )
    assert cut == [], f"not all of it is on a screen of {width} pixels: let it wrap in course.css"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


# Paper


def test_a_chapter_prints_whole(site: str, browser: Browser) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    page.wait_for_load_state("networkidle")
    read = texts(page, ".caption, details.sd-dropdown, .ask-question, .ask summary")
    read += texts(page, "div.cell_input pre, main section :is(h2, h3)")
    drawn = texts(page, ".demo-picture svg text")
    answers = texts(page, ".ask details p")
    assert min(map(len, (read, drawn, answers))) > 20
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    paper = "".join("".join(sheet.extract_text() for sheet in pdf.pages).split())
    paper = paper.replace("\ufb01", "fi").replace("\ufb02", "fl")  # ligatures of the font
    assert 10 <= len(pdf.pages) <= 26
    missing = "chapters/_static/print.css hides it, or print.js does not open what holds it"
    assert [text for text in read if text not in paper] == [], missing
    assert [text for text in drawn if text not in paper] == [], missing
    printed = [text for text in answers if len(text) > 20 and text in paper]
    assert printed == [], "the answers of self-checks stay folded on paper"
    assert "Play" not in paper, "paper has no controls"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("details.sd-dropdown[open]").count() == 0
    page.emulate_media(media="print")
    cut = page.locator("main pre").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
    )
    assert cut == [], "paper does not scroll: these lines of code must wrap in print.css"
    context.close()


def texts(page: Page, selector: str) -> list[str]:
    """The runs of text in these elements, without white space and without formulas."""
    runs = page.locator(selector).evaluate_all(
        "all => all.flatMap(e => { const found = [];"
        " const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);"
        " while (walk.nextNode()) {"
        "   const inside = walk.currentNode.parentElement;"
        "   if (!inside.closest('.math, math, .headerlink')) found.push(walk.currentNode.data);"
        " } return found; })"
    )
    return ["".join(run.split()) for run in runs if run.strip()]


# Colors


# Machado, Oliveira & Fernandes (2009), "A Physiologically-based Model for Simulation of Color
# Vision Deficiency", table 1, severity 1.0. The matrices act on linear RGB.
VISION = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "all three cones": np.eye(3).tolist(),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
DATA = ["blue", "orange", "green", "purple", "red"]


def linear(color: str) -> np.ndarray:
    """A hexadecimal sRGB color as linear RGB."""
    value = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Linear RGB as CIELAB under daylight (D65)."""
    ratio = TO_XYZ @ rgb / TO_XYZ.sum(axis=1)
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), ratio * 841 / 108 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colors, from 1 to 21."""
    dark, light = sorted(float(TO_XYZ[1] @ linear(color)) for color in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_lines_differ_for_every_color_vision(vision: str, theme: dict[str, str]) -> None:
    seen = {
        name: lab(np.clip(np.array(VISION[vision]) @ linear(theme[name]), 0, 1)) for name in DATA
    }
    apart = {
        (a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in itertools.combinations(DATA, 2)
    }
    assert min(apart.values()) > 10, f"choose other colors in demos/show/style.py: {apart}"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_color_can_be_read_on_the_page(theme: dict[str, str]) -> None:
    weak = {
        name: contrast(theme[name], theme["paper"])
        for name in ["ink", "muted", *DATA]
        if contrast(theme[name], theme["paper"]) < 4.5
    }
    assert weak == {}, "a color needs a contrast of 4.5 with paper: see demos/show/style.py"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_color_of_code_can_be_read(site: str, browser: Browser, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{site}/chapters/01_loss_functions.html")
    colors = page.locator("div.cell_input .highlight span").evaluate_all(
        "all => all.map(e => [getComputedStyle(e).color,"
        " getComputedStyle(e.closest('pre')).backgroundColor].join(' on '))"
    )
    page.close()
    pairs = {
        tuple(f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in RGB.findall(c))
        for c in colors
    }
    assert len(pairs) >= 4
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == [], (
        "choose another pygments style in _config.yml, or a darker color in course.css"
    )


RGB = re.compile(r"rgb\((\d+), (\d+), (\d+)\)")
