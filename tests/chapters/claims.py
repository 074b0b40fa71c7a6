"""The numbers that the prose of a chapter claims, compared with those that its demos compute."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
# Without their extension, in the order of the course.
PAGES = ("network", *sorted(path.stem for path in CHAPTERS.glob("[0-9][0-9]_*.md")))


def assert_claimed(chapter: str, claims: Iterable[str]) -> None:
    """Fail unless every claim is in the chapter, word for word.

    Args:
        chapter: its file name without the extension.
        claims: parts of sentences, with the numbers that the demos compute.
    """
    text = (CHAPTERS / f"{chapter}.md").read_text(encoding="utf-8")
    source = re.sub(r'"\s*\n\s*"', "", text)  # join the strings of a question
    missing = [claim for claim in claims if claim not in source]
    assert not missing, (
        f"chapters/{chapter}.md does not say: {missing}. If a number has changed, correct the "
        f"sentence there, or the demo; if you reworded the sentence, change the claim in "
        f"tests/chapters/test_{chapter}.py, too."
    )
