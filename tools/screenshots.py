"""Take a picture of every page in light, dark and phone width: `python -m tools.screenshots`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tools import browser as chromium

BUILD = Path(__file__).parents[1] / "_build"
HTML = BUILD / "html"
PICTURES = BUILD / "screenshots"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
}
TALLEST = 4000  # pixels of one picture; Chromium draws none of more than 16384


def pages() -> Iterator[Path]:
    """Yield every page that a reader can open."""
    for path in sorted(HTML.rglob("*.html")):
        if path != HTML / "index.html" and HTML / "_static" not in path.parents:
            yield path


def photograph(browser: Browser, look: str, page_path: Path) -> list[Path]:
    """Write one page in one look, from top to bottom in as many pictures as it takes."""
    page = browser.new_page(**LOOKS[look], reduced_motion="reduce")
    page.goto(page_path.as_uri())
    width, height = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"
    )
    name = page_path.relative_to(HTML).with_suffix("").as_posix().replace("/", "-")
    written = []
    for top in range(0, height, TALLEST):
        path = PICTURES / look / f"{name}-{top // TALLEST + 1}.png"
        height_here = min(TALLEST, height - top)
        part: Any = {"x": 0, "y": top, "width": width, "height": height_here}
        page.screenshot(path=path, full_page=True, clip=part)
        written.append(path)
    page.close()
    return written


def main() -> None:
    """Photograph the whole site and say where the pictures are."""
    count = 0
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.ARGUMENTS
        )
        for page in pages():
            for look in LOOKS:
                count += len(photograph(running, look, page))
        running.close()
    print(f"{count} pictures in {PICTURES}")


if __name__ == "__main__":
    main()
