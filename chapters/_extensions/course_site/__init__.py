"""The course's website: everything that it has beyond Jupyter Book and the theme.

`_config.yml` names this package as the only local extension. Each module in `PARTS` is a Sphinx
extension of its own: its `setup` connects its functions to the events of a build. In the order of a
build:

    status_line             says on the terminal what the build is doing
    execution               runs the chapters' code, many pages at a time
    student_kit             packs all chapters and exercises into one download
    workbench/              writes Python for the reader's browser
    pages/                  changes what a page shows while Sphinx writes it
    assets/                 cuts scripts, style sheets and fonts to what the finished pages use
    pages/content_policy    lists in each finished page what the page may run and load

The scripts and styles of the pages are in `chapters/_static/`, their templates in
`chapters/_templates/`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # A desk for practice, `grader.practice.desk`, needs no Sphinx.
    from sphinx.application import Sphinx

CHAPTERS = Path(__file__).resolve().parents[2]
ROOT = CHAPTERS.parent
sys.path.insert(0, str(CHAPTERS))  # The parts import `demos` from there, as the chapters do.

# Sphinx calls the listeners of an event in this order, unless they set a priority.
PARTS = (
    "pages.access",
    "pages.numbers",
    "status_line",
    "execution",
    "assets.palette",
    "pages.mathematics",
    "assets.trim",
    "assets.embedded_fonts",
    "student_kit",
    "workbench.runtime_files",
    "pages.progress",
    "pages.questions",
    "pages.exercise_pages",
    "pages.workbench",
    "pages.live_cells",
    "pages.ways_out",
    "pages.concept_map",
    "pages.sections",
    "pages.search",
    "pages.sharing",
    "pages.content_policy",
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Load every part; called by Sphinx."""
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
