"""An attack: its name, how it changes a hand-in, and what stock nbgrader does with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Literal

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

Stock = Literal["succeeds", "gives up", "kills the run", "resists", "varies"]
SQUARE, ALL = 3.0, 15.0  # points for the right function, and for everything


@dataclass(frozen=True)
class World:
    """What an attacker knows about the machine: more than a student would."""

    root: Path  # contains `grader/` (the course folder), `solutions/` and `home/`
    # Three services record who calls them: on a port of the loopback device, on an abstract
    # socket, and on a socket in the file system.
    port: int
    abstract: str
    socket: str

    @property
    def course(self) -> Path:
        return self.root / "grader"


@dataclass
class HandIn:
    """A submission that an attack changes: its notebook and the files beside it."""

    student: str
    notebook: NotebookNode
    world: World
    files: dict[str, bytes] = field(default_factory=dict)
    afterwards: list[Callable[[Path], None]] = field(default_factory=list)

    def first(self, source: str) -> None:
        """Add a cell that runs before all checks."""
        self.notebook.cells.insert(1, new_code_cell(dedent(source).strip()))

    def middle(self, source: str) -> None:
        """Add a cell that runs after the checks of `square` and before those of `norm`."""
        self.notebook.cells.insert(self.index("norm-task"), new_code_cell(dedent(source).strip()))

    def last(self, source: str) -> None:
        """Add a cell that runs at the end."""
        self.notebook.cells.append(new_code_cell(dedent(source).strip()))

    def move_last(self, grade_id: str) -> None:
        """Move a cell behind all others."""
        self.notebook.cells.append(self.notebook.cells.pop(self.index(grade_id)))

    def say(self, markdown: str) -> None:
        """Add a cell with text at the end."""
        self.notebook.cells.append(new_markdown_cell(markdown))

    def answer(self, source: str, function: str = "norm") -> None:
        """Replace the answer to a task."""
        self.cell(function).source = dedent(source).strip()

    def cell(self, grade_id: str) -> NotebookNode:
        return self.notebook.cells[self.index(grade_id)]

    def index(self, grade_id: str) -> int:
        return [cell.get("id") for cell in self.notebook.cells].index(grade_id)

    def mark(self, grade_id: str) -> NotebookNode:
        """Return the metadata that nbgrader keeps in a cell."""
        return self.cell(grade_id).metadata.nbgrader

    def beside(self, name: str, content: str | bytes) -> None:
        """Hand in another file beside the notebook."""
        self.files[name] = content.encode() if isinstance(content, str) else content

    def then(self, action: Callable[[Path], None]) -> None:
        """Change the submitted folder afterwards, to make links, pipes or a broken notebook."""
        self.afterwards.append(action)


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        make: the function that changes an honest hand-in.
        kind: the name of the module that defines the attack.
        stock: the outcome under stock nbgrader 0.9.6. An attack that "succeeds" gets points that
            it should not get, reads a secret, or changes what belongs to others. Stock nbgrader
            "gives up" if the right answers get no points either, and it "resists" if the attack
            does no harm. An attack that "kills the run" keeps later students from being graded.
            The outcome "varies" with the speed of the machine if stock nbgrader sometimes gives
            up and sometimes keeps the whole output.
        due: the points for the right answers.
        chapter: whether the attack uses the notebook of chapter 1 instead of the small one.
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
    """Return a decorator that adds a function to the list of attacks."""

    def enter(make: Callable[[HandIn], None]) -> Callable[[HandIn], None]:
        kind = make.__module__.rpartition(".")[2]
        ATTACKS.append(Attack(make, kind, stock, due, chapter))
        return make

    return enter


# Attackers print the secret words that they find. The code joins the common prefix of these words
# at run time, so that an attacker who prints its own source does not print a secret word.
LOOT = """
import re

def loot(*things):
    for thing in things:
        data = thing if isinstance(thing, bytes) else str(thing).encode(errors="replace")
        print(set(re.findall(b"ses" + b"ame-[a-z]+", data)))
"""
