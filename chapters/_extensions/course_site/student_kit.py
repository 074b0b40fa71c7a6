"""The student kit: one download with all chapters and exercises, to run in JupyterLab anywhere."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupytext
import nbformat
import pybtex
from pybtex.database import BibliographyData, Person, parse_file

from course_site import CHAPTERS, ROOT

if TYPE_CHECKING:  # A desk for practice, `grader.practice.desk`, needs no Sphinx.
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

NAME = "training-neural-networks"
LAB = ROOT / "lab"
RELEASE = ROOT / "grader" / "release"
NUMBERED = "[0-9][0-9]_*.md"
# The files of lab/ that JupyterLab reads in the kit.
SETTINGS = (
    "jupyter_server_config.py",
    "course_contents.py",
    "course_validator.py",
    "labconfig/default_setting_overrides.json",
    "labconfig/page_config.json",
)
# Every file in the zip gets this time, so that the same course makes the same bytes.
FILE_TIME = (2026, 1, 1, 0, 0, 0)

README = """\
# Training neural networks: the student kit

The chapters of the course and its exercises, to read, move and solve in JupyterLab.
You need Python 3.11, 3.12 or 3.13, from https://www.python.org/downloads/ or from your system.
Open a terminal in this folder, and write

    python3 start.py

On Windows, write `py start.py`.
The first time, this installs the packages into the folder `.venv` beside it.
It downloads about 0.5 GB, and the packages then take 2 GB on the disk.
From then on it opens JupyterLab at once, with a page that says how to begin: `start.md`.

- `chapters/`: run a chapter from the top (*Run → Run All Cells*), and its figures move.
- `exercises/`: fill in the functions, run the checks below them, press *Validate*.
- `references.md` lists the papers that the chapters cite.
- `settings/` has JupyterLab's settings for this course.
"""

START = """\
# Start here

Each chapter has figures to move and a notebook of exercises.

| chapter | exercises |
|---|---|
{table}

If you have never trained a network, begin with [What a network is](chapters/network.ipynb).
[The glossary](chapters/glossary.md) explains words.
[The notation](chapters/notation.md) explains letters.
[The references](references.md) list the papers.

## Read a chapter

1. Open the chapter with a click in the table above.
2. In the menu at the top, choose *Run → Run All Cells*. The figures appear where their cells are.
3. Answer each question before you move the figure below it. A wrong answer costs nothing.

## Solve an exercise

1. Open the notebook of the exercises, and run the cells in their order with Shift+Enter.
2. Write your code where it says `# YOUR CODE HERE`, and run the cell.
3. Run the cells below it. A check that passes prints nothing; a check that fails says why.
4. `check(…)` tries the function whose name is in the parentheses on further calls.
   It says what is wrong, and it explains many mistakes that students often make.
5. `hint(…)` gives the next hint for such a function. Hints cost no points.
6. To test the whole notebook, save it (Ctrl+S, on a Mac ⌘S) and press *Validate* above it.

## Hand in

{hand_in}

## The book

{book}
"""
HAND_IN = """\
Save the notebook, and upload it to your course's learning platform.
It is the file with the ending `.ipynb` in the folder `exercises/`; keep its name.
If you learn on your own, *Validate* and `check` tell you how far you are.
"""
BOOK = """\
The website from which you downloaded this kit{address} has the same chapters.
Its figures move without any installation, and it also has a search and a map of concepts.
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
    write(folder / f"{NAME}.zip", app.config.html_baseurl)
    app.config.html_static_path.append(str(folder))


def write(path: Path, address: str = "") -> None:
    """Write the kit as a zip file; the same course makes the same bytes.

    Args:
        path: the zip file.
        address: where the site will be, or an empty text if nobody knows.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as kit:
        for name, content in sorted(contents(address)):
            kit.writestr(zipfile.ZipInfo(f"{NAME}/{name}", FILE_TIME), content)


def contents(address: str) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of every file in the kit."""
    book = BOOK.format(address=f", {address}," if address else "")
    yield "README.md", README.encode()
    yield "start.py", (LAB / "start.py").read_bytes()
    yield "start.md", start_page("exercises/", HAND_IN, book).encode()
    yield "requirements.txt", (ROOT / "requirements-student.txt").read_bytes()
    for name in SETTINGS:
        yield f"settings/{name}", (LAB / name).read_bytes()
    yield from chapters("exercises/")
    for path in RELEASE.glob("*/*.*"):
        yield f"exercises/{path.relative_to(RELEASE).as_posix()}", path.read_bytes()


def start_page(exercises: str, hand_in: str, book: str) -> str:
    """Return the page on which JupyterLab opens.

    Args:
        exercises: the folder of the exercises with a slash at its end, or an empty text.
        hand_in: how students hand in their work.
        book: where the book is.
    """
    rows = []
    for path in sorted(CHAPTERS.glob(NUMBERED)):
        title = jupytext.read(path).cells[0].source.splitlines()[0].strip("# ")
        name = f"{path.stem}/{path.stem[3:]}.ipynb"
        link = f"[{path.stem[3:]}.ipynb]({exercises}{name})" if (RELEASE / name).exists() else ""
        rows.append(f"| {int(path.stem[:2])}. [{title}](chapters/{path.stem}.ipynb) | {link} |")
    return START.format(table="\n".join(rows), hand_in=hand_in.strip(), book=book.strip())


def chapters(exercises: str) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of every file that the chapters need.

    Args:
        exercises: the folder of the exercises with a slash at its end, or an empty text.
    """
    sources = parse_file(ROOT / "references.bib")
    yield "references.md", references(sources).encode()
    for path in (CHAPTERS / "network.md", *CHAPTERS.glob(NUMBERED)):
        yield f"chapters/{path.stem}.ipynb", notebook(path, sources, exercises)
    for name in ("glossary", "notation"):
        text = page(CHAPTERS / f"{name}.md", sources, exercises)
        yield f"chapters/{name}.md", text.encode()
    demos = CHAPTERS / "demos"
    for path in (*demos.rglob("*.py"), *demos.rglob("*.gz")):
        yield f"chapters/demos/{path.relative_to(demos).as_posix()}", path.read_bytes()
    for name in ("demos.js", "demos.css"):  # the demos' front end, here and on the site
        yield f"chapters/_static/{name}", (CHAPTERS / "_static" / name).read_bytes()


def page(path: Path, sources: BibliographyData, exercises: str) -> str:
    """Return a page without code as Markdown."""
    cells = jupytext.read(path).cells
    return "\n\n".join(common_markdown(cell.source, sources, exercises) for cell in cells)


def notebook(path: Path, sources: BibliographyData, exercises: str) -> bytes:
    """Return a chapter as a notebook that JupyterLab shows without any extension."""
    chapter = jupytext.read(path)
    chapter.metadata.pop("jupytext")
    for number, cell in enumerate(chapter.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "markdown":
            cell.source = common_markdown(cell.source, sources, exercises)
    return nbformat.writes(chapter).encode()


def common_markdown(text: str, sources: BibliographyData, exercises: str) -> str:
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
    text = text.replace("](../grader/release/", f"](../{exercises}")
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
