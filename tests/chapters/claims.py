"""Numbers that the prose of a chapter claims, held against what comes out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def missing(chapter: str, claims: Iterable[str]) -> list[str]:
    """The claims that do not stand in the chapter of this stem, word for word."""
    text = (ROOT / "chapters" / f"{chapter}.md").read_text(encoding="utf-8")
    source = re.sub(r'"\s*\n\s*"', "", text)  # join the strings of a question
    return [claim for claim in claims if claim not in source]
