"""What a class knows: `python -m grader report`, in the terminal, as a page and as a CSV.

numbers     gathers what is known of the class; the others show it
terminal    page    spreadsheet
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
    """Print the report on a class; write it as an HTML page and as a CSV where asked to.

    Raises:
        NoReportError: there is nothing to report on.
    """
    gathered = gather(config, assignment)
    show(gathered, console or Console())
    if table:
        write_csv(gathered, table)
    if html:
        from .page import page  # imports Matplotlib, which only the page needs

        html.write_text(page(gathered), encoding="utf-8")
    return gathered
