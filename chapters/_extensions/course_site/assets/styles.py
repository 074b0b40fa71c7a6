"""Style sheets with only those rules that an element of some page can match."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import tinycss2
from tinycss2.ast import Node, QualifiedRule

from course_site import CHAPTERS

# The course's own style sheets are kept whole.
OWN = CHAPTERS / "_static"
URL = re.compile(r"""url\((["']?)(?!data:|#|\w+:)([^)"']+)\1\)""")
_CLASS = re.compile(r'\bclass="([^"]*)"')
_IMPORT = re.compile(r'@import\s+"([^"]+)";')


def used_classes(pages: Iterable[str], scripts: Iterable[Path]) -> set[str]:
    """Return the class names on the pages, and every word of the scripts that could be one."""
    on_pages = {name for page in pages for names in _CLASS.findall(page) for name in names.split()}
    in_scripts = {w for path in scripts for w in re.findall(r"[\w-]+", path.read_text("utf-8"))}
    return on_pages | in_scripts


def trimmed(sheet: Path, folder: Path, used: set[str]) -> str:
    """Return a style sheet without unused rules, and before it the sheets that it imports.

    Args:
        sheet: the style sheet.
        folder: where the result will be; addresses of files become relative to it.
        used: the class names that the pages use.
    """
    css = sheet.read_text("utf-8")
    imported = [trimmed(sheet.parent / name, folder, used) for name in _IMPORT.findall(css)]
    css = _IMPORT.sub("", css)
    if not (OWN / sheet.name).exists():
        css = "".join(used_rules(tinycss2.parse_stylesheet(css), used))

    def relocated(url: re.Match[str]) -> str:
        return f'url("{os.path.relpath(sheet.parent / url[2], folder)}")'

    return "\n".join([*imported, URL.sub(relocated, css)])


def used_rules(rules: Iterable[Node], used: set[str]) -> Iterator[str]:
    """Yield each rule with only those selectors whose classes are all used."""
    for rule in rules:
        if rule.type == "comment":
            if rule.value.startswith("!"):  # a license
                yield rule.serialize()
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = "".join(used_rules(tinycss2.parse_rule_list(rule.content), used))
            if inner:
                condition = tinycss2.serialize(rule.prelude)
                yield f"@{rule.at_keyword}{condition}{{{inner}}}"
        elif rule.type == "qualified-rule":
            if selectors := [s for s in _selectors(rule) if _required_classes(s) <= used]:
                prelude = ",".join(tinycss2.serialize(s).strip() for s in selectors)
                yield f"{prelude}{{{tinycss2.serialize(rule.content).strip()}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword != "charset":
            yield rule.serialize()


def _selectors(rule: QualifiedRule) -> list[list[Node]]:
    selectors: list[list[Node]] = [[]]
    for token in rule.prelude:
        if token == ",":
            selectors.append([])
        elif token.type != "comment":
            selectors[-1].append(token)
    return selectors


def _required_classes(selector: list[Node]) -> set[str]:
    """Return the classes that an element must have; those inside `:not()` do not count."""
    return {name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"}
