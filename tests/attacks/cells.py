"""Changed, copied and deleted cells, and changed metadata."""

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_output

from .attack import HandIn, attack

CHECKS = ("norm-of-the-sample", "norm-of-fresh-vectors")


@attack(stock="resists")
def rewrites_the_checks(student: HandIn) -> None:
    """It changes the source of locked checks and of the locked setup cell."""
    for check in CHECKS:
        student.cell(check).source = "pass"
    student.cell("setup").source += "\nnp.testing.assert_allclose = lambda *a, **k: None"


@attack(stock="gives up")
def unlocks_the_checks(student: HandIn) -> None:
    """It marks the checks as answers of the student, which may contain anything."""
    for check in CHECKS:
        student.mark(check).update(locked=False, solution=True)
        student.cell(check).source = "pass"


@attack(stock="gives up")
def unmarks_the_checks(student: HandIn) -> None:
    """It marks the checks as not graded."""
    for check in CHECKS:
        student.mark(check).grade = False
        student.cell(check).source = "pass"


@attack(stock="resists")
def gives_itself_points(student: HandIn) -> None:
    """It sets the points of a check that it passes to 1,000."""
    student.mark("square-of-three").points = 1000


@attack(stock="kills the run")
def gives_the_checks_other_names(student: HandIn) -> None:
    """It gives checks that fail an unknown name, and the name of a check that passes."""
    student.mark("norm-of-fresh-vectors").grade_id = "unknown"
    student.mark("norm-of-the-sample").grade_id = "square-of-three"


@attack(stock="resists")
def swaps_the_names(student: HandIn) -> None:
    """It exchanges the names of a check with 1 point and of one with 8 points."""
    first, second = student.mark("square-of-three"), student.mark("norm-of-fresh-vectors")
    first.grade_id, second.grade_id = second.grade_id, first.grade_id


@attack(stock="kills the run")
def copies_a_check(student: HandIn) -> None:
    """It copies a check's metadata to a cell that does nothing."""
    copied = copy.deepcopy(student.cell("norm-of-fresh-vectors"))
    copied.source, copied.id = "pass", "a-copy"
    student.notebook.cells.append(copied)


@attack(stock="resists")
def deletes_the_checks(student: HandIn) -> None:
    """It deletes checks, so that they cannot fail."""
    for check in CHECKS:
        del student.notebook.cells[student.index(check)]


@attack(stock="resists")
def turns_the_checks_into_text(student: HandIn) -> None:
    """It turns checks into text cells, which are not executed."""
    for check in CHECKS:
        cell = student.cell(check)
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]
        cell.metadata.nbgrader.cell_type = "markdown"


@attack(stock="resists")
def moves_the_checks_to_the_front(student: HandIn) -> None:
    """It moves the checks to the front, where there is nothing to check yet."""
    for check in ("norm-of-fresh-vectors", "norm-of-the-sample"):
        student.notebook.cells.insert(0, student.notebook.cells.pop(student.index(check)))


@attack(stock="kills the run")
def speaks_an_old_schema(student: HandIn) -> None:
    """Its metadata has the schema of an old nbgrader."""
    student.mark("norm-of-the-sample").schema_version = 1


@attack(stock="kills the run")
def speaks_a_schema_to_come(student: HandIn) -> None:
    """Its metadata has a schema that no nbgrader has yet."""
    student.mark("norm-of-the-sample").schema_version = 99


@attack(stock="gives up")
def breaks_the_marks(student: HandIn) -> None:
    """Its metadata has values of wrong types."""
    student.cell("norm-of-the-sample").metadata.nbgrader = "graded"
    student.cell("norm").metadata.nbgrader = {"solution": [], "points": {"a": "b"}}
    student.cell("norm-of-fresh-vectors").metadata.tags = {"no": "list"}


@attack(stock="resists")
def brings_its_outputs(student: HandIn) -> None:
    """It hands in outputs of the checks, as if they had been executed."""
    for check, points in zip(CHECKS, ("4.0", "8.0"), strict=True):
        cell = student.cell(check)
        cell.execution_count = 1
        cell.outputs = [new_output("execute_result", {"text/plain": points}, execution_count=1)]


@attack(stock="resists")
def brings_its_kernel(student: HandIn) -> None:
    """Its metadata names the command of another kernel."""
    student.notebook.metadata.kernelspec = NotebookNode(
        name="bash", display_name="Bash", language="bash", argv=["/bin/true"]
    )


@attack(stock="gives up")
def locks_a_cell_of_its_own(student: HandIn) -> None:
    """It locks a cell of its own, so that it looks like the instructor's."""
    student.first("np.testing.assert_allclose = lambda *args, **names: None")
    student.notebook.cells[1].metadata.nbgrader = {
        **student.mark("setup"),
        "grade_id": "my-setup",
    }


@attack(stock="succeeds")
def locks_its_answer(student: HandIn) -> None:
    """It locks its answer, so that it looks like the instructor's."""
    student.mark("norm").update(locked=True, solution=False)
    student.cell("norm").source += "\nnp.testing.assert_allclose = lambda *args, **names: None"


@attack(stock="kills the run")
def copies_the_setup(student: HandIn) -> None:
    """It adds a changed copy of the locked setup cell before the original."""
    copied = copy.deepcopy(student.cell("setup"))
    copied.source += "\nnp.testing.assert_allclose = lambda *args, **names: None"
    copied.id = "a-copy"
    student.notebook.cells.insert(1, copied)
