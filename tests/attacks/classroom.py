"""A class with attackers, graded by stock nbgrader or by the engine, and the harm they did."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from playwright.sync_api import Browser

from . import course, guard
from .attack import ALL, Attack, HandIn, World

ROOT = Path(__file__).resolve().parents[2]
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "attacked"
c.CourseDirectory.source_directory = "../solutions"
c.Execute.timeout = 15  # Even a busy machine forks 300 times in 15 s.
c.Execute.iopub_timeout = 4
"""
TIGHT = """
c.Execute.timeout = 5
c.Autograde.notebook_seconds = 40
c.Autograde.workers = 6  # Most attackers only wait.
c.Autograde.limits = {"memory_bytes": 3 << 29}
"""
NBGRADER = [sys.executable, "-m", "nbgrader"]
CHAPTER = ("01_loss_functions", "loss_functions")
SMALL = (course.ASSIGNMENT, course.NOTEBOOK)
LARGEST = 5_000_000  # bytes that a graded submission may have


class Listeners:
    """Three services on this machine that record who calls them."""

    def __init__(self, folder: Path) -> None:
        self.callers: set[str] = set()
        self._sockets = [socket.socket(), socket.socket(socket.AF_UNIX)]
        self._sockets.append(socket.socket(socket.AF_UNIX))
        self.path, self.abstract = str(folder / "socket"), f"attacks-{os.getpid()}-{id(self)}"
        for line, address in zip(
            self._sockets, (("127.0.0.1", 0), "\0" + self.abstract, self.path), strict=True
        ):
            line.bind(address)
            line.listen()
            threading.Thread(target=self._listen, args=(line,), daemon=True).start()
        self.port = self._sockets[0].getsockname()[1]

    def _listen(self, line: socket.socket) -> None:
        while True:
            try:
                caller, _ = line.accept()
            except OSError:
                return
            with caller:
                caller.settimeout(2)
                self.callers.add(caller.recv(200).decode())

    def close(self) -> None:
        for line in self._sockets:
            line.shutdown(socket.SHUT_RDWR)
            line.close()


@dataclass
class Classroom:
    """A course folder with two honest students.

    `ada` is graded before the attackers hand in, and `zoe` after all of them.
    """

    root: Path
    engine: bool
    seconds: float
    before: dict[Path, bytes] = field(default_factory=dict)
    run: guard.Run | None = None

    @classmethod
    def build(cls, root: Path, engine: bool, seconds: float) -> Classroom:
        """Make the course, and grade `ada`."""
        room = cls(guard.folder(root), engine, seconds)
        sources = root / "solutions" / course.ASSIGNMENT
        sources.mkdir(parents=True)
        nbformat.write(course.instructors(), sources / f"{course.NOTEBOOK}.ipynb")
        if engine:
            generated = ("release", "exchange", "downloaded", "submitted", "autograded")
            ignore = shutil.ignore_patterns("__pycache__", "gradebook.db*", "feedback", *generated)
            shutil.copytree(ROOT / "grader", room.course, ignore=ignore)
            shutil.copytree(ROOT / "solutions" / CHAPTER[0], root / "solutions" / CHAPTER[0])
            with (room.course / "nbgrader_config.py").open("a") as config:
                config.write(TIGHT)
            generate = [[sys.executable, str(room.course), "release"]]
        else:
            room.course.mkdir()
            (room.course / "nbgrader_config.py").write_text(STOCK)
            generate = [[*NBGRADER, "generate_assignment", course.ASSIGNMENT]]
        made = guard.run(root, generate, 120)
        assert made.codes == [0], made.log
        room.submit("ada", course.neighbor(room.released))
        graded = guard.run(root, [room.autograde(SMALL[0], "--student=ada")], 120)
        assert graded.codes == [0], graded.log
        room.submit("zoe", course.neighbor(room.released))
        return room

    def copy(self, root: Path, settings: str = "") -> Classroom:
        """Return a copy of the class in another folder, with these settings added."""
        shutil.copytree(self.root, root)
        room = Classroom(root, self.engine, self.seconds)
        with (room.course / "nbgrader_config.py").open("a") as config:
            config.write(settings)
        return room

    @property
    def course(self) -> Path:
        return self.root / "grader"

    @property
    def released(self) -> nbformat.NotebookNode:
        """The notebook that students get."""
        return course.read(self.course / "release" / SMALL[0] / f"{SMALL[1]}.ipynb")

    @staticmethod
    def autograde(assignment: str, *options: str) -> list[str]:
        return [*NBGRADER, "autograde", assignment, *options]

    def submit(
        self, student: str, notebook: nbformat.NotebookNode, which: tuple[str, str] = SMALL
    ) -> Path:
        """Put a notebook into the folder in which nbgrader collects submissions."""
        folder = self.course / "submitted" / student / which[0]
        folder.mkdir(parents=True)
        (folder / f"{which[1]}.ipynb").write_text(nbformat.writes(notebook))
        return folder

    def attack(self, attack: Attack, listeners: Listeners) -> None:
        """Hand in an attack, as a student with the name of the attack."""
        which = CHAPTER if attack.chapter else SMALL
        honest = (
            course.read(self.course / "release" / which[0] / f"{which[1]}.ipynb")
            if attack.chapter
            else course.honest(self.released, "square")
        )
        world = World(self.root, listeners.port, listeners.abstract, listeners.path)
        hand_in = HandIn(attack.name, honest, world)
        attack.make(hand_in)
        folder = self.submit(attack.name, hand_in.notebook, which)
        for name, content in hand_in.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        for action in hand_in.afterwards:
            action(folder)

    def grade(self, feedback: bool, chapter: bool = False) -> None:
        """Grade every submission that is not graded yet."""
        assignments = [SMALL[0], *([CHAPTER[0]] if chapter else [])]
        commands = [self.autograde(assignment) for assignment in assignments]
        if feedback:
            commands += [[*NBGRADER, "generate_feedback", name] for name in assignments]
        self.before = self.protected()
        self.run = guard.run(self.root, commands, self.seconds)

    def protected(self) -> dict[Path, bytes]:
        """Return the content of every file that grading has no reason to change."""
        mine = {"home", "log.txt", "watched.json", "autograded", "feedback", "grading.jsonl"}
        found = {}
        for path in (*_files(self.root), *_files(self.course / "autograded" / "ada")):
            parts = path.relative_to(self.root).parts
            free = mine & set(parts[:2]) and "ada" not in parts
            if not free and not parts[-1].startswith("gradebook.db"):
                found[path] = path.read_bytes()
        return found

    # The results

    def score(self, student: str) -> float | None:
        """Return the points of a student, or None if the student was not graded."""
        database = self.course / "gradebook.db"
        if not database.exists():
            return None
        query = """
            SELECT auto_score, manual_score, extra_credit FROM grade
            JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
            JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
            WHERE submitted_assignment.student_id = ?"""
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as book:
            try:
                rows = book.execute(query, (student,)).fetchall()
            except sqlite3.DatabaseError:
                return None
        if all(auto is None and manual is None for auto, manual, _ in rows):
            return None
        return sum(
            (manual if manual is not None else auto or 0) + (extra or 0)
            for auto, manual, extra in rows
        )

    def journal(self) -> list[dict[str, Any]]:
        """Return what the engine has noted of each submission."""
        lines = (self.course / "grading.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def flagged(self) -> set[str]:
        """Return the students whose submissions the engine flagged for a person."""
        return {entry["student"] for entry in self.journal() if entry["flags"]}

    def walls(self) -> set[str]:
        """Return the names of the kinds of walls around students' code in the last run."""
        ran = (entry for entry in self.journal() if entry["student"] != "ada" and entry["walls"])
        return {entry["walls"] for entry in ran}

    def harm_to_others(self) -> list[str]:
        """Return a line for each harm to the honest students, and for each changed file."""
        assert self.run
        harm = [
            f"{name} has {self.score(name)} points"
            for name in ("ada", "zoe")
            if self.score(name) != ALL
        ]
        after = self.protected()
        harm += [
            f"{path.relative_to(self.root)} {'changed' if path in after else 'is gone'}"
            for path, content in self.before.items()
            if after.get(path) != content
        ]
        return harm

    def harm_by(self, attack: Attack, listeners: Listeners, browser: Browser | None) -> list[str]:
        """Return a line for each harm that this attacker did, wrong points included."""
        assert self.run
        name, harm = attack.name, []
        score = self.score(name)
        if score != attack.due and not (attack.due == 0 and score is None):
            harm.append(f"{score} points and not {attack.due}")
        if name in listeners.callers:
            harm.append("it called somebody")
        harm += [f"a process is left: {line}" for line in self.run.left if name in line]
        if self.planted(name):
            harm.append(f"it planted {', '.join(self.planted(name))}")
        return (
            harm + self._harm_in_its_notebook(attack) + self._harm_in_its_feedback(attack, browser)
        )

    def planted(self, name: str) -> list[str]:
        """Return the places into which the attacker wrote although it must not."""
        assert self.run
        found = ["the packages" for text in self.run.planted if f"planted by {name}" in text]
        own = [place for place, names in self._planted if name in names and name not in place.parts]
        return found + [str(place) for place in own]

    @cached_property
    def _planted(self) -> list[tuple[Path, set[str]]]:
        """The files that attackers wrote, with the names of these attackers."""
        places = ((path.relative_to(self.root), path.read_bytes()) for path in _files(self.root))
        return [
            (place, {name.decode() for name in re.findall(rb"planted by (\w+)", content)})
            for place, content in places
            if b"planted by" in content and place.parts[0] not in ("watched.json", "log.txt")
        ]

    def _harm_in_its_notebook(self, attack: Attack) -> list[str]:
        which = CHAPTER if attack.chapter else SMALL
        folder = self.course / "autograded" / attack.name / which[0]
        size = sum(path.stat().st_size for path in _files(folder))
        if size > LARGEST:
            return [f"its graded submission has {size:,} bytes"]
        path = folder / f"{which[1]}.ipynb"
        if not path.is_file():
            return []
        notebook = course.read(path)
        harm = []
        for cell in notebook.cells:
            is_hidden = "BEGIN HIDDEN TESTS" in cell.source
            for output in cell.get("outputs", []):
                # Only the instructor sees this error, and the source of the check in it.
                trusted = is_hidden and output.output_type == "error"
                text = "" if trusted else str(output)
                harm += [f"it shows {where}" for where in _words(text)]
                # A function may print its arguments for the instructor. Stock nbgrader also shows
                # them to the student.
                if not self.engine:
                    harm += _numbers(text)
                if output.output_type == "stream":
                    harm += re.findall("HARM: .*", output.text)
        return sorted(set(harm))

    def _harm_in_its_feedback(self, attack: Attack, browser: Browser | None) -> list[str]:
        if browser is None:
            return []
        which = CHAPTER if attack.chapter else SMALL
        page = self.course / "feedback" / attack.name / which[0] / f"{which[1]}.html"
        if not page.is_file():
            return ["it has no feedback"] if attack.due else []
        harm = []
        if self.engine:
            for path in _files(page.parent):
                text = path.read_bytes().decode(errors="replace")
                shown = _words(text) + _numbers(text)
                harm += [f"its feedback shows {where}" for where in shown]
        if attack.kind == "pages":
            harm += _scripts(page, browser)
            if self.engine:
                harm += self._scripts_in_its_notebook(attack, browser)
        return harm

    def _scripts_in_its_notebook(self, attack: Attack, browser: Browser) -> list[str]:
        """Return the same for a page that, like formgrader's, has no policy against scripts."""
        notebook = self.course / "autograded" / attack.name / SMALL[0] / f"{SMALL[1]}.ipynb"
        page = self.root / f"{attack.name}.html"
        page.write_text(HTMLExporter().from_filename(str(notebook))[0])
        return [f"{harm}, made of its notebook" for harm in _scripts(page, browser)]


def _words(text: str) -> list[str]:
    """Return the places whose secret words are in the text."""
    return [where for where, word in course.SECRETS.items() if word in text]


def _numbers(text: str) -> list[str]:
    return ["the arguments of a hidden check"] if course.SECRET_NUMBER in text else []


def _scripts(page: Path, browser: Browser) -> list[str]:
    """Open the page and click in it; return a line if a script of the attacker runs."""
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(page.as_uri(), wait_until="load")
    for link in tab.get_by_text("click", exact=True).all():
        link.click(no_wait_after=True, timeout=1000)
    tab.wait_for_timeout(200)
    title = tab.title()
    context.close()
    return ["a script runs in its feedback"] if "HARM" in title else []


def _files(folder: Path) -> Iterable[Path]:
    """Yield all regular files below a folder, without following links."""
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = Path(where, name)
            if path.is_file() and not path.is_symlink():
                yield path
