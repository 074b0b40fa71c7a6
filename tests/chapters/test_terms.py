"""A term of the glossary is defined, in bold, before the course uses it.

The place of a term is a page and a line of prose. Headings, learning goals, links, formulas, code
and "Further reading" may name what comes later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from claims import CHAPTERS, PAGES

NOT_READ = ("What you will learn", "Exercises", "Further reading")
# Words that the glossary lists and that are ordinary English as well: what a reader understands
# before the course gives the word its exact meaning.
ORDINARY = {
    "precision": "how exact something is",
    "patience": "waiting",
    "penalty": "what something costs",
    "temperature": "how warm it is",
    "head": "a side of a coin",
    "momentum": "how hard it is to stop",
}


@dataclass(frozen=True)
class Term:
    """A row of the glossary, and the forms in which a text may write the term."""

    name: str
    forms: tuple[str, ...]
    page: str  # the page and the section to which the row leads
    section: str

    def first_in(self, lines: list[str]) -> int | None:
        """Return the number of the first line with one of the forms, or None."""
        words = "|".join(re.escape(form) for form in self.forms)
        pattern = re.compile(rf"(?<![\w-])(?:{words})(?:s|es)?(?![\w-])", re.IGNORECASE)
        return next((number for number, line in enumerate(lines) if pattern.search(line)), None)


def terms() -> list[Term]:
    """Return the rows of the glossary."""
    text = (CHAPTERS / "glossary.md").read_text(encoding="utf-8")
    found = []
    row = r"^\| (.+?) \| .+ \| \[.+?\]\((\w+)\.md#([\w-]+)\) \|$"
    for name, page, section in re.findall(row, text, re.MULTILINE):
        short = re.search(r"\((.+)\)", name)
        forms = [re.sub(r" \(.+\)", "", name), *([short[1]] if short else [])]
        found.append(Term(name, tuple(forms), page, section))
    return found


def section(page: str, slug: str) -> list[str]:
    """Return the heading and the lines of prose of the section to which a link with #slug leads."""
    lines = (CHAPTERS / f"{page}.md").read_text(encoding="utf-8").splitlines()
    headings = [number for number, line in enumerate(lines) if re.match(r"#{2,3} ", line)]
    for start, end in zip(headings, [*headings[1:], len(lines)], strict=True):
        words = re.sub(r"[^\w\- ]", "", lines[start].lstrip("# ").lower())
        if words.replace(" ", "-") == slug:
            return [f"**{lines[start]}**", *prose(page)[start:end]]
    return []


def prose(page: str) -> list[str]:
    """Return the lines of a page, those empty that are not read in order."""
    text = (CHAPTERS / f"{page}.md").read_text(encoding="utf-8")
    lines, fence, section = [], "", ""
    for line in text.splitlines():
        opening = re.match(r"(```|\$\$|---)", line)
        if fence:
            fence = "" if line.startswith(fence) else fence
            line = ""
        elif opening and not (opening[1] == "$$" and line.count("$$") > 1):
            fence, line = opening[1], ""
        elif heading := re.match(r"#+ (.+)", line):
            section = heading[1] if line.startswith("## ") else section
            line = ""
        skipped = section in NOT_READ or line.startswith(("(", ":::", "|"))
        lines.append("" if skipped else without_links(line))
    return lines


def without_links(line: str) -> str:
    """Return a line without links, code, formulas and citations."""
    return re.sub(r"\[[^\]]*\]\([^)]*\)|`[^`]*`|\$[^$]*\$", " ", line)


def bold(lines: list[str]) -> list[str]:
    """Return of each line what is bold in it."""
    return [" ; ".join(re.findall(r"\*\*(.+?)\*\*", line)) for line in lines]


def place(term: Term, texts: dict[str, list[str]]) -> tuple[int, int] | None:
    """Return the number of the first page and of its first line with the term, or None."""
    for number, lines in enumerate(texts.values()):
        line = term.first_in(lines)
        if line is not None:
            return number, line
    return None


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.name)
def test_a_term_is_defined_before_it_is_used(term: Term) -> None:
    texts = {page: prose(page) for page in PAGES}
    used = place(term, texts)
    if used is None or term.name in ORDINARY:
        return
    where = f"chapters/{PAGES[used[0]]}.md, line {used[1] + 1}"
    defined = place(term, {page: bold(lines) for page, lines in texts.items()})
    assert defined is not None, (
        f"{where} uses {term.name!r}, which no page up to {PAGES[-1]} defines: explain it there in "
        "**bold**, use another word, or name its meaning in ORDINARY"
    )
    assert defined <= used, (
        f"{where} uses {term.name!r}, which chapters/{PAGES[defined[0]]}.md defines later, in line "
        f"{defined[1] + 1}: define it first, or use another word"
    )


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.name)
def test_the_glossary_leads_to_the_section_that_explains_a_term(term: Term) -> None:
    lines = section(term.page, term.section)
    assert term.first_in(bold(lines)) is not None, (
        f"chapters/glossary.md leads from {term.name!r} to {term.page}.md#{term.section}, which "
        "has it neither in its heading nor in **bold**: link the section that explains it"
    )


def test_there_are_terms_and_the_pages_use_them() -> None:
    names = {term.name for term in terms()}
    assert {"cross-entropy", "logit", "neuron", "learning rate"} <= names
    assert all(any(prose(page)) for page in PAGES)
