"""Record the addresses of the book's sections: `python -m tools.anchors`, after `make book`.

Other sites link to these addresses, so `tests/site/anchors.txt` only grows.
"""

import re
from pathlib import Path

from tools.book import HTML

RECORD = Path(__file__).parents[1] / "tests" / "site" / "anchors.txt"
# A section as Sphinx writes it: its id, perhaps older names, and its heading.
SECTION = re.compile(
    r'<section\b[^>]*\bid="([^"]+)"[^>]*>\s*(?:<span id="[^"]*"></span>\s*)*<h[23]'
)


def recorded() -> set[str]:
    """Return all addresses that were ever published, as `page.html#section`."""
    return set(RECORD.read_text(encoding="utf-8").split()) if RECORD.exists() else set()


def anchors(book: Path) -> set[str]:
    """Return the address of each section of levels 2 and 3 in a built book."""
    return {
        f"{path.relative_to(book).as_posix()}#{section}"
        for path in book.rglob("*.html")
        for section in SECTION.findall(path.read_text(encoding="utf-8"))
    }


if __name__ == "__main__":
    lines = sorted(recorded() | anchors(HTML))
    RECORD.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
