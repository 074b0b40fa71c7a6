"""Tricks with files: links, pipes, folders instead of files, and broken notebooks."""

import json
import os
import shutil
from pathlib import Path

from .attack import LOOT, HandIn, attack


@attack(stock="succeeds", due=0)
def links_to_a_neighbors_notebook(student: HandIn) -> None:
    """Its notebook is a link to another student's notebook."""

    def link(folder: Path) -> None:
        (folder / "vectors.ipynb").unlink()
        (folder / "vectors.ipynb").symlink_to("../../zoe/01_vectors/vectors.ipynb")

    student.then(link)


@attack(stock="succeeds", due=0)
def links_to_a_neighbors_folder(student: HandIn) -> None:
    """Its folder is a link to another student's folder."""

    def link(folder: Path) -> None:
        shutil.rmtree(folder)
        folder.symlink_to("../zoe/01_vectors")

    student.then(link)


@attack(stock="succeeds")
def links_to_the_gradebook(student: HandIn) -> None:
    """It hands in a link to the gradebook and one to the course, and reads through them."""
    course = student.world.course
    student.then(lambda folder: (folder / "data.db").symlink_to(course / "gradebook.db"))
    student.then(lambda folder: (folder / "all").symlink_to(course))
    student.last(
        LOOT
        + """
import os

for path in ("data.db", "all/gradebook.db"):
    loot(open(path, "rb").read()) if os.path.exists(path) else None
"""
    )


@attack(stock="kills the run", due=0)
def hands_in_a_pipe(student: HandIn) -> None:
    """Its notebook is a pipe. Whoever opens it waits forever."""

    def pipe(folder: Path) -> None:
        (folder / "vectors.ipynb").unlink()
        os.mkfifo(folder / "vectors.ipynb")

    student.then(pipe)


@attack(stock="gives up")
def hands_in_a_pipe_beside_its_notebook(student: HandIn) -> None:
    """Beside its notebook is a pipe. Whoever copies it waits forever."""
    student.then(lambda folder: os.mkfifo(folder / "data.csv"))


@attack(stock="resists", due=0)
def hands_in_a_folder_as_its_notebook(student: HandIn) -> None:
    """A folder has the name of the notebook."""

    def folder_instead(folder: Path) -> None:
        (folder / "vectors.ipynb").unlink()
        (folder / "vectors.ipynb").mkdir()

    student.then(folder_instead)


@attack(stock="resists")
def hands_in_files_with_strange_names(student: HandIn) -> None:
    """A shell, a log or a format string would misread these names."""
    for name in ("two\nlines.csv", "--force", "-rf", "{student}%s.csv", "$(touch x)", "a" * 250):
        student.beside(name, "x")
    student.then(lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")).touch())
    student.then(lambda folder: (folder / "loop").symlink_to("."))


@attack(stock="resists")
def hands_in_a_second_notebook(student: HandIn) -> None:
    """It hands in more notebooks than the assignment asks for."""
    notebook = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    student.beside("other.ipynb", notebook)
    student.beside("vectors (1).ipynb", "no notebook")


@attack(stock="resists", due=0)
def hands_in_a_deep_notebook(student: HandIn) -> None:
    """The brackets of this JSON are nested deeper than a parser's stack."""
    deep = "[" * 200_000 + "]" * 200_000
    student.then(lambda folder: (folder / "vectors.ipynb").write_text(deep) and None)


@attack(stock="resists", due=0)
def hands_in_a_number_too_long_to_read(student: HandIn) -> None:
    """This JSON has a number of 5,000 digits, which Python refuses to read."""
    text = '{"nbformat": 4, "nbformat_minor": ' + "9" * 5000 + ', "metadata": {}, "cells": []}'
    student.then(lambda folder: (folder / "vectors.ipynb").write_text(text) and None)


@attack(stock="gives up")
def writes_half_a_character(student: HandIn) -> None:
    """Its text has half of a surrogate pair, which JSON allows and UTF-8 does not."""

    def halve(folder: Path) -> None:
        path = folder / "vectors.ipynb"
        path.write_text(path.read_text().replace("HALF", "\\ud800"))

    student.say("HALF")
    student.then(halve)


@attack(stock="resists")
def prints_half_a_character(student: HandIn) -> None:
    """Its kernel prints half of a surrogate pair."""
    student.middle("print('\\ud800')\ndisplay({'text/plain': '\\ud800'}, raw=True)")
