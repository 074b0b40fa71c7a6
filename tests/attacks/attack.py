"""What an attack is: a name, what stock nbgrader makes of it, and how it changes a hand-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Literal

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

Stock = Literal["succeeds", "gives up", "kills the run", "resists", "varies"]
SQUARE, ALL = 3.0, 15.0  # points: of the honest part, of everything


@dataclass(frozen=True)
class World:
    """What an attacker knows of the machine: more than a student would, and never too little."""

    root: Path  # holds `grader/` (the course folder), `solutions/` and `home/`
    port: int  # a service that listens on the loopback device,
    abstract: str  # on an abstract socket
    socket: str  # and on a socket in the file system; each notes who called

    @property
    def course(self) -> Path:
        return self.root / "grader"


@dataclass
class HandIn:
    """A submission in the making: its notebook, the files beside it, and where it is going."""

    student: str
    notebook: NotebookNode
    world: World
    files: dict[str, bytes] = field(default_factory=dict)
    afterwards: list[Callable[[Path], None]] = field(default_factory=list)

    def first(self, source: str) -> None:
        """Run this before anything of the instructor's is checked."""
        self.notebook.cells.insert(1, new_code_cell(dedent(source).strip()))

    def middle(self, source: str) -> None:
        """Run this when `square` has been checked and `norm` has not."""
        self.notebook.cells.insert(self.index("norm-task"), new_code_cell(dedent(source).strip()))

    def last(self, source: str) -> None:
        """Run this at the very end."""
        self.notebook.cells.append(new_code_cell(dedent(source).strip()))

    def move_last(self, grade_id: str) -> None:
        """Put a cell behind all others."""
        self.notebook.cells.append(self.notebook.cells.pop(self.index(grade_id)))

    def say(self, markdown: str) -> None:
        """Write a paragraph."""
        self.notebook.cells.append(new_markdown_cell(markdown))

    def answer(self, source: str, function: str = "norm") -> None:
        """Hand this in as the answer to a task."""
        self.cell(function).source = dedent(source).strip()

    def cell(self, grade_id: str) -> NotebookNode:
        return self.notebook.cells[self.index(grade_id)]

    def index(self, grade_id: str) -> int:
        return [cell.get("id") for cell in self.notebook.cells].index(grade_id)

    def mark(self, grade_id: str) -> NotebookNode:
        """Give the metadata that nbgrader keeps in a cell."""
        return self.cell(grade_id).metadata.nbgrader

    def beside(self, name: str, content: str | bytes) -> None:
        """Hand in another file with the notebook."""
        self.files[name] = content.encode() if isinstance(content, str) else content

    def then(self, action: Callable[[Path], None]) -> None:
        """Do what no notebook can, in the submitted folder: links, pipes, other bytes."""
        self.afterwards.append(action)


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        make: changes an honest hand-in.
        kind: the module it is from.
        stock: what stock nbgrader 0.9.6 makes of it: it "succeeds" (points that are not due,
            something leaked, or something of somebody else changed), stock "gives up" on it, so
            that its honest part earns nothing either, it "kills the run", so that who comes
            after it is not graded, or stock "resists" it. Where it "varies" with the speed of the
            machine, stock has been seen to give up, and to keep all that was put out.
        due: the points of its honest part.
        chapter: on the notebook of chapter 1 instead of the small one.
    """

    make: Callable[[HandIn], None]
    kind: str
    stock: Stock
    due: float
    chapter: bool

    @property
    def name(self) -> str:
        return self.make.__name__


ATTACKS: list[Attack] = []


def attack(
    stock: Stock, due: float = SQUARE, chapter: bool = False
) -> Callable[[Callable[[HandIn], None]], Callable[[HandIn], None]]:
    """Enter a function into the list of attacks."""

    def enter(make: Callable[[HandIn], None]) -> Callable[[HandIn], None]:
        kind = make.__module__.rpartition(".")[2]
        ATTACKS.append(Attack(make, kind, stock, due, chapter))
        return make

    return enter


# For attackers that print what they find: only the words that are planted as secrets. The prefix
# is put together at run time, so that printing one's own source proves nothing.
LOOT = """
import re

def loot(*things):
    for thing in things:
        data = thing if isinstance(thing, bytes) else str(thing).encode(errors="replace")
        print(set(re.findall(b"ses" + b"ame-[a-z]+", data)))
"""
