"""Tampered, copied, deleted and re-flagged cells."""

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_output

from .attack import HandIn, attack

CHECKS = ("norm-of-the-sample", "norm-of-fresh-vectors")


@attack(stock="resists")
def rewrites_the_checks(student: HandIn) -> None:
    """The source of a locked cell, and of the locked set-up."""
    for check in CHECKS:
        student.cell(check).source = "pass"
    student.cell("setup").source += "\nnp.testing.assert_allclose = lambda *a, **k: None"


@attack(stock="gives up")
def unlocks_the_checks(student: HandIn) -> None:
    """As a cell of the student's own it may hold anything."""
    for check in CHECKS:
        student.mark(check).update(locked=False, solution=True)
        student.cell(check).source = "pass"


@attack(stock="gives up")
def unmarks_the_checks(student: HandIn) -> None:
    """What is not graded can not fail."""
    for check in CHECKS:
        student.mark(check).grade = False
        student.cell(check).source = "pass"


@attack(stock="resists")
def gives_itself_points(student: HandIn) -> None:
    """1,000 for a check that it passes."""
    student.mark("square-of-three").points = 1000


@attack(stock="kills the run")
def gives_the_checks_other_names(student: HandIn) -> None:
    """The check that fails is one that nobody knows; the one that passes is counted for it."""
    student.mark("norm-of-fresh-vectors").grade_id = "unknown"
    student.mark("norm-of-the-sample").grade_id = "square-of-three"


@attack(stock="resists")
def swaps_the_names(student: HandIn) -> None:
    """A check of 1 point and one of 8 are exchanged."""
    first, second = student.mark("square-of-three"), student.mark("norm-of-fresh-vectors")
    first.grade_id, second.grade_id = second.grade_id, first.grade_id


@attack(stock="kills the run")
def copies_a_check(student: HandIn) -> None:
    """Twice the same mark, the second time on a cell that does nothing."""
    copied = copy.deepcopy(student.cell("norm-of-fresh-vectors"))
    copied.source, copied.id = "pass", "a-copy"
    student.notebook.cells.append(copied)


@attack(stock="resists")
def deletes_the_checks(student: HandIn) -> None:
    """A check that is not there does not fail."""
    for check in CHECKS:
        del student.notebook.cells[student.index(check)]


@attack(stock="resists")
def turns_the_checks_into_text(student: HandIn) -> None:
    """Text is not executed."""
    for check in CHECKS:
        cell = student.cell(check)
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]
        cell.metadata.nbgrader.cell_type = "markdown"


@attack(stock="resists")
def moves_the_checks_to_the_front(student: HandIn) -> None:
    """Where they are run with nothing to check; honest ones as well."""
    for check in ("norm-of-fresh-vectors", "norm-of-the-sample"):
        student.notebook.cells.insert(0, student.notebook.cells.pop(student.index(check)))


@attack(stock="kills the run")
def speaks_an_old_schema(student: HandIn) -> None:
    """Marks as nbgrader wrote them ten years ago."""
    student.mark("norm-of-the-sample").schema_version = 1


@attack(stock="kills the run")
def speaks_a_schema_to_come(student: HandIn) -> None:
    """Marks as no nbgrader writes them yet."""
    student.mark("norm-of-the-sample").schema_version = 99


@attack(stock="gives up")
def breaks_the_marks(student: HandIn) -> None:
    """Nothing is what it should be."""
    student.cell("norm-of-the-sample").metadata.nbgrader = "graded"
    student.cell("norm").metadata.nbgrader = {"solution": [], "points": {"a": "b"}}
    student.cell("norm-of-fresh-vectors").metadata.tags = {"no": "list"}


@attack(stock="resists")
def brings_its_outputs(student: HandIn) -> None:
    """As if the checks had been run already, and gone well."""
    for check, points in zip(CHECKS, ("4.0", "8.0"), strict=True):
        cell = student.cell(check)
        cell.execution_count = 1
        cell.outputs = [new_output("execute_result", {"text/plain": points}, execution_count=1)]


@attack(stock="resists")
def brings_its_kernel(student: HandIn) -> None:
    """The notebook says what it is to be run with."""
    student.notebook.metadata.kernelspec = NotebookNode(
        name="bash", display_name="Bash", language="bash", argv=["/bin/true"]
    )


@attack(stock="gives up")
def locks_a_cell_of_its_own(student: HandIn) -> None:
    """As a cell of the instructor's it would be run by the examiner."""
    student.first("np.testing.assert_allclose = lambda *args, **names: None")
    student.notebook.cells[1].metadata.nbgrader = {
        **student.mark("setup"),
        "grade_id": "my-setup",
    }


@attack(stock="succeeds")
def locks_its_answer(student: HandIn) -> None:
    """As above, with a cell that the instructor knows."""
    student.mark("norm").update(locked=True, solution=False)
    student.cell("norm").source += "\nnp.testing.assert_allclose = lambda *args, **names: None"


@attack(stock="kills the run")
def copies_the_setup(student: HandIn) -> None:
    """Twice the same locked cell: the first may be the student's."""
    copied = copy.deepcopy(student.cell("setup"))
    copied.source += "\nnp.testing.assert_allclose = lambda *args, **names: None"
    copied.id = "a-copy"
    student.notebook.cells.insert(1, copied)
