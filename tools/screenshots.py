"""Take pictures of every page, light and dark, desk and phone: `python -m tools.screenshots`."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tools import browser as chromium
from tools.book import HTML, pages

PICTURES = HTML.with_name("screenshots")
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "tablet": {"color_scheme": "light", "viewport": {"width": 768, "height": 1024}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
    "phone-dark": {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}},
}
# Otherwise, sections that are not on the screen have no content yet.
LAID_OUT = "section section { content-visibility: visible !important; }"
TALLEST = 4000  # pixels of one picture; Chromium cannot draw more than 16,384


def photograph(browser: Browser, look: str, path: str) -> list[Path]:
    """Write one page in one look, from top to bottom, as one or more pictures."""
    page = browser.new_page(**LOOKS[look], reduced_motion="reduce")
    page.goto((HTML / path).as_uri())
    page.add_style_tag(content=LAID_OUT)
    width, height = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"
    )
    name = path.removesuffix(".html").replace("/", "-")
    written = []
    for top in range(0, height, TALLEST):
        picture = PICTURES / look / f"{name}-{top // TALLEST + 1}.png"
        height_here = min(TALLEST, height - top)
        part: Any = {"x": 0, "y": top, "width": width, "height": height_here}
        page.screenshot(path=picture, full_page=True, clip=part)
        written.append(picture)
    page.close()
    return written


def main() -> None:
    """Photograph the whole site and say where the pictures are."""
    count = 0
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.ARGUMENTS
        )
        for path in pages(HTML):
            for look in LOOKS:
                count += len(photograph(running, look, path))
        running.close()
    print(f"{count} pictures in {PICTURES}")


if __name__ == "__main__":
    main()
