"""docs/school.md as the tests read it: its commands, and the files that it prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checkout import ROOT

PAGE = (ROOT / "docs" / "school.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Block:
    """A block of the page.

    Attributes:
        lead: the line above it, which says whose it is.
        language: sh, python or csv.
        text: its content.
    """

    lead: str
    language: str
    text: str

    @property
    def account(self) -> str:
        """The account that runs these commands."""
        return self._named(r"[Aa]s `(\w+)`")

    @property
    def path(self) -> str:
        """The path of this file."""
        return self._named(r"`(/\S+)`")

    @property
    def owner(self) -> str:
        """The account that owns this file: the one whose home folder it is in, or root."""
        home = re.match(r"/home/(\w+)/", self.path)
        return home[1] if home else "root"

    @property
    def is_addition(self) -> bool:
        """Whether it belongs at the end of the file."""
        return self.lead.startswith("Add")

    def _named(self, pattern: str) -> str:
        found = re.search(pattern, self.lead)
        assert found, f"docs/school.md: nothing like {pattern} above a block: {self.lead}"
        return found[1]

    def replaced(self, replacements: Mapping[str, str]) -> str:
        """Return the text with other ports and folders than those of the page."""
        text = self.text
        for old, new in replacements.items():
            text = text.replace(old, new)
        return text


def blocks(title: str) -> list[Block]:
    """Return the blocks below a heading, up to the next heading of any level."""
    [section] = re.findall(rf"^##+ {re.escape(title)}\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S)
    found = re.findall(r"([^\n]+)\n\n```(\w+)\n(.*?)^```$", section, re.M | re.S)
    return [Block(*parts) for parts in found]
