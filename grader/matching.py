"""Tells which cell of a hand-in is which cell of the exercise, also without nbgrader's marks.

Other programs drop nbgrader's metadata, and some drop the ids of cells, too. What is left is the
text of a cell, the names that it defines, and its place.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution

from grader.course import Exercise

DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
ASSIGNMENT = re.compile(r"^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
LEAST_OPENING = 15  # characters of a check's first line that tell it from other cells


def ids(cell: NotebookNode) -> Iterator[str]:
    """Yield the cell's `grade_id` and its ids, which also tell the cell if the former is lost.

    Google Colab keeps the id of a cell in its metadata.
    """
    metadata = cell.metadata.get("nbgrader")
    grade_id = metadata.get("grade_id") if isinstance(metadata, dict) else None
    found = (grade_id, cell.get("id"), cell.metadata.get("id"))
    yield from (name for name in found if isinstance(name, str))


def normal(text: str) -> str:
    """Return a text without the differences that editors make: line ends and outer blanks."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def defined(source: str) -> set[str]:
    """Return the names that a cell defines at its top level.

    Functions and classes come first; a cell without any may assign variables. The source need not
    be valid Python.
    """
    return {*DEFINITION.findall(source)} or {*ASSIGNMENT.findall(source)}


class Texts:
    """The texts of an exercise's cells: as the instructor wrote them, and as students got them."""

    def __init__(self, exercise: Exercise, released: Exercise | None) -> None:
        """Take the exercise, and the released one, which may also have cells without marks."""
        self.exercise = exercise
        self.known: set[str] = set()
        self._of: dict[str, set[str]] = {name: {""} for name in exercise.cells}
        for one in filter(None, (exercise, released)):
            for cell in one.notebook.cells:
                self.known.add(normal(cell.source))
                grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
                if grade_id in self._of:
                    self._of[grade_id] |= {normal(cell.source), normal(_visible(cell))}

    def of(self, grade_id: str) -> set[str]:
        """Return the texts that the cell has in a notebook in which nothing was done, and ""."""
        return self._of[grade_id]

    def is_untouched(self, grade_id: str, cell: NotebookNode) -> bool:
        """Whether an answer is empty or still as it was released."""
        return normal(cell.source) in self._of[grade_id]


def _visible(cell: NotebookNode) -> str:
    """Return the source of a cell without hidden checks."""
    copy = NotebookNode(cell_type=cell.cell_type, source=cell.source, metadata=cell.metadata)
    return str(ClearHiddenTests().preprocess_cell(copy, {}, 0)[0].source)


def is_as_released(cell: NotebookNode, mark: Any, *sources: str) -> bool:
    """Whether a hand-in's cell, or one with another source, is as it was released to the student.

    The checksum in nbgrader's mark covers the source, the points and the flags. So the student is
    not taken to have changed what the instructor has changed after the release.

    Args:
        cell: the cell of the hand-in.
        mark: the metadata that nbgrader gave to the student's copy of it.
        sources: by default the cell's own source, with and without an editor's differences.
    """
    if not isinstance(mark, dict):
        return False
    for source in sources or {cell.source, normal(cell.source)}:
        metadata = NotebookNode(nbgrader=NotebookNode(mark))
        copy = NotebookNode(cell_type=cell.cell_type, source=source, metadata=metadata)
        try:
            if compute_checksum(copy) == mark.get("checksum"):
                return True
        except (KeyError, TypeError, ValueError):
            return False
    return False


def match(
    cells: Sequence[NotebookNode], grade_ids: list[str | None], texts: Texts
) -> Mapping[str, list[str]]:
    """Find exercise cells among those cells of a hand-in that have no known id.

    Args:
        cells: the cells of the hand-in.
        grade_ids: for each of them the known `grade_id`, or None; what is found is added.
        texts: the texts of the exercise.

    Returns:
        The `grade_id` of each cell that was found, by what told it: "text", "definition", "first
        line" or "place".
    """
    search = _Search(cells, grade_ids, texts)
    found = {
        "text": search.by_text(),
        "definition": search.by_definition(),
        "first line": search.by_opening(),
        "place": search.by_place(),
    }
    return {how: names for how, names in found.items() if names}


class _Search:
    """The state of `match`."""

    def __init__(
        self, cells: Sequence[NotebookNode], grade_ids: list[str | None], texts: Texts
    ) -> None:
        self.cells = cells
        self.grade_ids = grade_ids
        self.texts = texts
        self.exercise = texts.exercise
        self.order = list(self.exercise.cells)

    @cached_property
    def defined(self) -> list[set[str]]:
        """The names that each cell defines; a text defines none."""
        return [defined(cell.source) if cell.cell_type == "code" else set() for cell in self.cells]

    def by_text(self) -> list[str]:
        """Find locked cells by their text; of equal ones the first in the exercise comes first."""
        of_text: dict[str, list[int]] = {}
        for index in self._free():
            of_text.setdefault(normal(self.cells[index].source), []).append(index)
        found = []
        for name in self._missing():
            if is_locked(self.exercise.cells[name]):
                for text in self.texts.of(name) - {""}:
                    if of_text.get(text):
                        found.append(self._take(name, of_text[text].pop(0)))
                        break
        return found

    def by_definition(self) -> list[str]:
        """Find solution cells by the names that they define; of several the last one counts."""
        found = []
        for name in self._missing():
            cell = self.exercise.cells[name]
            wanted = defined(cell.source)
            if cell.cell_type != "code" or not is_solution(cell) or not wanted:
                continue
            candidates = [index for index in self._free("code") if wanted & self.defined[index]]
            near = self._near(name, candidates)
            if near or candidates:
                found.append(self._take(name, (near or candidates)[-1]))
        return found

    def by_opening(self) -> list[str]:
        """Find changed checks by their first line, which says what they check."""
        found = []
        for name in self._missing():
            cell = self.exercise.cells[name]
            if cell.cell_type != "code" or not is_grade(cell) or is_solution(cell):
                continue
            openings = {text.split("\n")[0] for text in self.texts.of(name)}
            candidates = [
                index
                for index in self._free("code")
                if len(first := normal(self.cells[index].source).split("\n")[0]) >= LEAST_OPENING
                and first in openings
            ]
            if near := self._near(name, candidates):
                found.append(self._take(name, near[-1]))
        return found

    def by_place(self) -> list[str]:
        """Find the cell for an answer as it was released, or the only new text in its place."""
        found = []
        for name in self._missing():
            cell = self.exercise.cells[name]
            if cell.cell_type == "code" or not is_solution(cell) or not self._is_placed(name):
                continue
            candidates = [
                index
                for index in self._near(name, self._free("markdown", "raw"))
                if (text := normal(self.cells[index].source)) in self.texts.of(name)
                or text not in self.texts.known
            ]
            untouched = [
                index for index in candidates if self.texts.is_untouched(name, self.cells[index])
            ]
            if untouched or len(candidates) == 1:
                found.append(self._take(name, (untouched or candidates)[0]))
        return found

    def _free(self, *kinds: str) -> list[int]:
        """Return the indices of the cells that are not known, of all kinds or of these."""
        return [
            index
            for index, (cell, name) in enumerate(zip(self.cells, self.grade_ids, strict=True))
            if name is None and cell.source.strip() and (not kinds or cell.cell_type in kinds)
        ]

    def _missing(self) -> list[str]:
        present = {*self.grade_ids}
        return [name for name in self.order if name not in present]

    def _take(self, name: str, index: int) -> str:
        self.grade_ids[index] = name
        return name

    def _is_placed(self, name: str) -> bool:
        """Whether the cell before it in the exercise is known."""
        before = self.order[: self.order.index(name)]
        return not before or before[-1] in self.grade_ids

    def _near(self, name: str, candidates: Collection[int]) -> list[int]:
        """Return the candidates between the known cells before and after one in the exercise."""
        place = self.order.index(name)
        index_of = {known: index for index, known in enumerate(self.grade_ids) if known}
        before = [index_of[known] for known in self.order[:place] if known in index_of]
        after = [index_of[known] for known in self.order[place + 1 :] if known in index_of]
        low, high = (before or [-1])[-1], (after or [len(self.cells)])[0]
        return [index for index in candidates if low < index < high]
