"""The student kit: one download with all chapters and exercises, to run in JupyterLab anywhere."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pybtex
from pybtex.database import BibliographyData, Person, parse_file
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from course_site import CHAPTERS, ROOT

NAME = "training-neural-networks"
# Every file in the zip gets this time, so that the same course makes the same bytes.
FILE_TIME = (2026, 1, 1, 0, 0, 0)

README = """\
# Training neural networks: the student kit

The chapters of the course and its exercises, to read, move and solve in JupyterLab.
You need Python 3.11, 3.12 or 3.13.
The second line below installs the packages once: about 0.5 GB to download, 2 GB on the disk.

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/jupyter lab

On Windows, write `py` for `python3` and `.venv\\Scripts\\` for `.venv/bin/`.

- `chapters/`: run a page from the top (*Run → Run All Cells*), and its figures move.
- `exercises/`: fill in the functions, run the checks below them, press *Validate*.
- `references.md` lists the papers that the chapters cite.
"""


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the kit once Sphinx has read the pages; called by Sphinx."""
    for name in ("practice_mistakes", "practice_hints"):  # `make release` reads them
        app.add_config_value(name, True, "env")
    app.connect("env-updated", add_to_site)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_to_site(app: Sphinx, env: BuildEnvironment) -> None:
    """Write the kit where the pages can link to it: `_static/training-neural-networks.zip`."""
    folder = Path(app.doctreedir) / "student_kit"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / f"{NAME}.zip")
    app.config.html_static_path.append(str(folder))


def write(path: Path) -> None:
    """Write the kit as a zip file; the same course makes the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as kit:
        for name, content in sorted(contents()):
            kit.writestr(zipfile.ZipInfo(f"{NAME}/{name}", FILE_TIME), content)


def contents() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of every file in the kit."""
    sources = parse_file(ROOT / "references.bib")
    yield "README.md", README.encode()
    yield "requirements.txt", (ROOT / "requirements-student.txt").read_bytes()
    yield "references.md", references(sources).encode()
    for path in (CHAPTERS / "network.md", *CHAPTERS.glob("[0-9][0-9]_*.md")):
        yield f"chapters/{path.stem}.ipynb", notebook(path, sources)
    for name in ("glossary", "notation"):
        yield f"chapters/{name}.md", page(CHAPTERS / f"{name}.md", sources).encode()
    demos = CHAPTERS / "demos"
    for path in (*demos.rglob("*.py"), *demos.rglob("*.gz")):
        yield f"chapters/demos/{path.relative_to(demos).as_posix()}", path.read_bytes()
    for name in ("demos.js", "demos.css"):  # the demos' front end, here and on the site
        yield f"chapters/_static/{name}", (CHAPTERS / "_static" / name).read_bytes()
    release = ROOT / "grader" / "release"
    for path in release.glob("*/*.*"):
        yield f"exercises/{path.relative_to(release).as_posix()}", path.read_bytes()


def page(path: Path, sources: BibliographyData) -> str:
    """Return a page without code as Markdown."""
    return "\n\n".join(common_markdown(cell.source, sources) for cell in jupytext.read(path).cells)


def notebook(path: Path, sources: BibliographyData) -> bytes:
    """Return a chapter as a notebook that JupyterLab shows without any extension."""
    chapter = jupytext.read(path)
    chapter.metadata.pop("jupytext")
    for number, cell in enumerate(chapter.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "markdown":
            cell.source = common_markdown(cell.source, sources)
    return nbformat.writes(chapter).encode()


def common_markdown(text: str, sources: BibliographyData) -> str:
    """Return MyST text as common Markdown: captions, folded parts, citations and links."""
    text = re.sub(r"^:::\{div\} caption\n(.*?)^:::$", _as_quote, text, flags=re.M | re.S)
    text = re.sub(
        r"^:::\{dropdown\} (.*?)\n(.*?)^:::$",
        r"<details><summary>\1</summary>\n\n\2\n</details>",
        text,
        flags=re.M | re.S,
    )
    text = re.sub(
        r"\{cite(:t)?\}`([^`]+)`", lambda found: _citation(found[2], bool(found[1]), sources), text
    )
    text = text.replace("](../grader/release/", "](../exercises/")
    return re.sub(r"\]\((\d\d_\w+|network)\.md", r"](\1.ipynb", text)


def references(sources: BibliographyData) -> str:
    """Return the list of all sources as Markdown."""
    listed = pybtex.format_from_string(
        sources.to_string("bibtex"), style="plain", output_backend="markdown"
    )
    return f"# References\n\n{listed}"


def _as_quote(caption: re.Match[str]) -> str:
    return "".join(f"> {line}  \n" for line in caption[1].splitlines())


def _citation(keys: str, in_sentence: bool, sources: BibliographyData) -> str:
    """Return each source's authors and year, for use in a sentence or in parentheses after it."""
    cited = [sources.entries[key.strip()] for key in keys.split(",")]
    pairs = [(_authors(source.persons["author"]), source.fields["year"]) for source in cited]
    if in_sentence:
        return ", ".join(f"{authors} ({year})" for authors, year in pairs)
    return "(" + "; ".join(f"{authors}, {year}" for authors, year in pairs) + ")"


def _authors(people: list[Person]) -> str:
    names = [" ".join([*person.prelast_names, *person.last_names]).strip("{}") for person in people]
    return " and ".join(names) if len(names) <= 2 else f"{names[0]} et al."
