"""A student's desk: copies of the chapters and the released notebooks, to run, change and solve."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.course import RELEASE, REPOSITORY, exercises

SITE = REPOSITORY / "chapters" / "_extensions"
# A copy gets this time, in seconds since 1970. Whoever saves the file gives it another one.
UNCHANGED = 1_767_225_600
HAND_IN = """\
Save the notebook, choose *Nbgrader → Assignment List* in the menu, and press *Submit* there.
Your instructor collects what you submit, and *Fetch Feedback* in the same list brings the answer.
If you learn on your own, *Validate* and `check` tell you how far you are.
"""
BOOK = """\
`make serve`, in the folder of the course, shows the same chapters as a website.
Its figures move without a kernel, and it also has a search and a map of concepts.
"""


def practice(folder: Path, released: Path = RELEASE) -> list[tuple[Path, bool]]:
    """Copy the chapters and each released assignment into `folder`, over no work of the student's.

    A file that is there already is replaced by a newer one only if nobody has changed it.

    Returns:
        The folder of each assignment, and whether it is new.
    """
    copies = []
    for assignment in exercises(released):
        copies.append((folder / assignment, not (folder / assignment).exists()))
        for path in (released / assignment).rglob("*"):
            if path.is_file() and path.parent.name != "__pycache__":
                put(path.read_bytes(), folder / path.relative_to(released))
    for name, content in chapters():
        put(content, folder / name)
    return copies


def put(content: bytes, path: Path) -> None:
    """Write a file, unless there is one that somebody has changed."""
    if path.exists() and int(path.stat().st_mtime) != UNCHANGED:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (UNCHANGED, UNCHANGED))


def chapters() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of the start page and of every file that the chapters need.

    The chapters are notebooks, as in the student kit. A course without them has none of these.
    """
    if not SITE.exists():
        return
    sys.path.insert(0, str(SITE))
    from course_site import student_kit

    yield "start.md", student_kit.start_page("", HAND_IN, BOOK).encode()
    yield from student_kit.chapters("")


def list_fonts() -> None:
    """Let Matplotlib list this computer's fonts, which takes long only once.

    Otherwise the first figure does it, with a message on stderr above the figure.
    """
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(command, stderr=subprocess.DEVNULL, check=True)
