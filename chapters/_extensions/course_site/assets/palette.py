"""The figures' colors as a style sheet, so that pages and figures share one palette."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from demos.show.style import palette_css
from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the palette before the build starts; called by Sphinx."""
    app.connect("builder-inited", write_palette)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_palette(app: Sphinx) -> None:
    """Write `palette.css` into a folder of static files, from which the pages load it."""
    folder = Path(app.doctreedir) / "course_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "palette.css").write_text(palette_css(), encoding="utf-8")
    app.config.html_static_path.append(str(folder))
