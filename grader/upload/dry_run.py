"""Prints what grading would do with each file of a download: `python -m grader grade --dry-run`."""

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.plain_text import one_line, table_cell

from .plan import collect

COLUMNS = ("Student", "File", "What will be done", "Lateness", "Remark")
LONGEST_REMARK = 1000  # characters


def dry_run(source: Path, assignment: str | None = None, console: Console | None = None) -> None:
    """Print a line for each file: its student, its name, what will be done, lateness, a remark.

    On a terminal, this is a table. Elsewhere, tabs separate the columns, and there is no header.
    Nothing is graded or written.

    Args:
        source: a folder, a zip or a notebook, with names that `whose_file` recognizes.
        assignment: the assignment; by default the one that most students handed in.
        console: where to print; by default standard output.

    Raises:
        grader.upload.plan.RefusedError: the source cannot be read, or there is no such assignment.
    """
    console = console or Console()
    with tempfile.TemporaryDirectory(prefix="grading-") as temporary:
        _, uploads = collect(source, Path(temporary, "downloads"), assignment)
    lines = [
        (
            plan.file.student,
            plan.file.name,
            plan.action,
            "late" if plan.file.is_late else "",
            "; ".join(plan.remarks),
        )
        for upload in uploads
        for plan in upload.files
    ]
    if not console.is_terminal:
        for line in lines:
            cells = [*map(table_cell, line[:-1]), table_cell(line[-1], LONGEST_REMARK)]
            print("\t".join(cells), file=console.file)
        return
    table = Table(*COLUMNS, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for line in lines:
        cells = [*map(one_line, line[:-1]), one_line(line[-1], LONGEST_REMARK)]
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    console.print(table)
