"""The demos of the built book on a phone: their text and their panels."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tools.bench_site import LIFT_VEILS, unpacked

LEAST_TEXT = 11  # pixels
# How many pixels of the screen a point of each panel takes.
SCALES = """demo => [...demo.querySelectorAll(".demo-picture > svg")].map(
  (svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"""


def chapters(book: Path) -> list[str]:
    """Return the paths of the pages with demos."""
    pages = sorted((book / "chapters").glob("*.html"))
    return [f"chapters/{p.name}" for p in pages if 'class="demo"' in p.read_text("utf-8")]


def frames(demo: Any) -> list[str]:
    """Return all pictures of a demo on a page."""
    data = demo.query_selector('script[type="application/json"]')
    if data:
        return unpacked(json.loads(data.text_content()))
    return [demo.query_selector(".demo-picture").inner_html()]


def test_every_text_of_every_picture_can_be_read_on_a_phone(
    book: Path, site: str, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    small: set[str] = set()
    seen = 0
    for path in chapters(book):
        page.goto(f"{site}/{path}")
        page.evaluate(LIFT_VEILS)
        for demo in page.query_selector_all(".demo"):
            demo.scroll_into_view_if_needed()
            scales = demo.evaluate(SCALES)
            for svg in frames(demo):
                panels = re.split("(?=<svg)", svg)[1:]
                assert len(panels) == len(scales)
                for panel, scale in zip(panels, scales, strict=True):
                    for style in re.findall(r"<text style=.([^'\"]*)", panel):
                        seen += 1
                        size = scale * float(re.search(r"font-size:\s*([\d.]+)px", style)[1])
                        if size < LEAST_TEXT:
                            small.add(f"{path} {demo.get_attribute('id')}: {size:.1f} pixels")
                    assert panel.count("<text ") == len(re.findall("<text style=", panel))
    assert seen > 10_000
    assert not small, "write larger in:\n" + "\n".join(sorted(small))
    page.close()


def test_panels_stand_side_by_side_on_a_desk_and_stack_on_a_phone(
    site: str, browser: Browser
) -> None:
    page = browser.new_page()
    for width, stacked in ((360, True), (560, True), (768, False), (1280, False)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site}/chapters/03_optimizers.html")
        tops = page.locator(".demo-picture").first.evaluate(
            "picture => [...picture.querySelectorAll(':scope > svg')].map("
            "svg => svg.getBoundingClientRect().top)"
        )
        assert len(tops) == 2
        assert (tops[0] != tops[1]) == stacked, f"at {width} pixels"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
