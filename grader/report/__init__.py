"""Reports how a class did in an assignment: `python -m grader report`.

    the gradebook, autograded/, the journal
        -> numbers       computes a `Report`
        -> terminal      prints it
        -> spreadsheet   writes it as CSV
        -> page          writes it as HTML, from report.html.j2, with drawings

The last three import only `numbers`, `page` also `grader.harmless_html`, and `spreadsheet` also
`grader.plain_text`. `numbers` imports this too, `grader.course` and, from the engine, the gradebook
and the journal.
"""

from pathlib import Path

from rich.console import Console
from traitlets.config import Config

from .numbers import NoReportError, Report, gather
from .spreadsheet import write_csv
from .terminal import show

__all__ = ["NoReportError", "Report", "gather", "report"]


def report(
    config: Config,
    assignment: str | None = None,
    html: Path | None = None,
    table: Path | None = None,
    console: Console | None = None,
) -> Report:
    """Print the report on a class, and write it as an HTML page and as CSV if there are paths.

    Args:
        config: nbgrader's configuration, as `grader.course.configuration` returns it.
        assignment: the name of the assignment; by default the only one that is graded.
        html: the path of the page.
        table: the path of the CSV file.
        console: where the report is printed; by default the terminal.

    Raises:
        NoReportError: there is nothing to report on.
    """
    class_report = gather(config, assignment)
    show(class_report, console or Console())
    if table:
        write_csv(class_report, table)
    if html:
        from .page import page  # imports Matplotlib, which only the page needs

        html.write_text(page(class_report), encoding="utf-8")
    return class_report
