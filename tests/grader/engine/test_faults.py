"""Grades stay right when the grader is killed, the disk is full or the gradebook is locked."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
import needs
import psutil
import pytest
from cohort import ASSIGNMENT, Cohort, adopting, differences
from commands import PATH, Command, Run
from nbformat.v4 import new_code_cell

Left = Callable[[float], list[str]]
slow = partial(pytest.param, marks=pytest.mark.slow)
PAUSE = 10.0  # seconds in which all processes of a killed run have to end


@dataclass(frozen=True)
class Class:
    """A class that nobody has graded, and a copy of it that was graded undisturbed."""

    fresh: Cohort
    undisturbed: Cohort

    def copy(self, course: Path) -> Cohort:
        return self.fresh.copy(course)

    def same(self, cohort: Cohort, *but: str) -> None:
        """Assert that the results are those of the undisturbed run, except the parts in `but`."""
        assert differences(cohort, self.undisturbed, *but) == []


def prepare(folder: Path, size: int) -> Class:
    fresh = Cohort.build(folder / "fresh", size)
    undisturbed = fresh.copy(folder / "undisturbed")
    run = undisturbed.grade()
    assert run.code == 0, run.log
    assert undisturbed.graded() == size, run.log
    return Class(fresh, undisturbed)


@pytest.fixture(autouse=True)
def left() -> Iterator[Left]:
    """Return the processes that killed commands left behind. None of them outlives its test."""
    with adopting() as left:
        yield left


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Class:
    return prepare(tmp_path_factory.mktemp("twelve"), 12)


# --------------------------------------------------------------------------------------------------
# Killed
# --------------------------------------------------------------------------------------------------


def grade_under_fire(cohort: Cohort, kills: int, chance: random.Random, left: Left) -> int:
    """Grade a class, kill the grader up to `kills` times, and return how often it was killed.

    Each run is killed up to half a second after it has graded zero to two more submissions. The
    next run starts at once, or when all processes of the killed run have ended.
    """
    for kill in range(kills):
        command = cohort.start("autograde", ASSIGNMENT)
        before, more, pause = cohort.graded(), chance.randrange(3), chance.uniform(0, 0.5)
        while command.runs(0.005) and (not command.log or cohort.graded() < before + more):
            pass
        if not command.runs(pause):
            kills = kill
            break
        command.kill()
        print(f"killed {pause:.3f} s after {more} more; {cohort.graded()} are graded")
        if chance.random() < 0.3:
            assert left(PAUSE) == []
    run = cohort.grade()
    assert run.code == 0, run.log
    assert left(PAUSE) == []
    return kills


def kill_often(known: Class, folder: Path, left: Left, kills: int, seed: int) -> None:
    """Kill the grader `kills` times over as many classes as that takes."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    done = number = 0
    while done < kills:
        number += 1
        cohort = known.copy(folder / f"class-{number}")
        done += grade_under_fire(cohort, kills - done, chance, left)
        known.same(cohort)
    print(f"{done} kills over {number} classes")


def test_four_kills_change_nothing(twelve: Class, tmp_path: Path, left: Left) -> None:
    kill_often(twelve, tmp_path, left, kills=4, seed=20)


@pytest.mark.slow
def test_sixty_kills_over_a_class_of_forty_change_nothing(tmp_path: Path, left: Left) -> None:
    kill_often(prepare(tmp_path, 40), tmp_path, left, kills=60, seed=60)


@pytest.mark.slow
def test_a_killed_second_grading_changes_nothing(twelve: Class, tmp_path: Path) -> None:
    """With --force a grade is replaced. If that is interrupted, the next run completes it."""
    cohort = twelve.undisturbed.copy(tmp_path / "course")
    chance = random.Random(3)
    for _ in range(2):
        command = cohort.start("autograde", ASSIGNMENT, "--force")
        command.until(lambda command=command: "Sanitizing" in command.log)
        pause = chance.uniform(0.3, 2)
        if command.runs(pause):
            command.kill()
            print(f"seed 3: killed after {pause:.3f} s")
    run = cohort.grade()
    assert run.code == 0, run.log
    twelve.same(cohort)


@pytest.mark.slow
def test_a_killed_run_leaves_no_folder_for_long(
    twelve: Class, tmp_path: Path, left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = twelve.copy(tmp_path / "course")
    with tempfile.TemporaryDirectory() as folder:  # a longer path would not be used
        monkeypatch.setenv("TMPDIR", folder)
        for ready in (lambda: any(Path(folder).glob("grading-*")), cohort.graded):
            command = cohort.start("autograde", ASSIGNMENT)
            command.until(ready)
            command.kill()
            assert left(PAUSE) == []
            for path in Path(folder).glob("grading-*"):
                os.utime(path, (0, 0))  # only old folders are deleted
        run = cohort.grade()
        assert run.code == 0, run.log
        assert list(Path(folder).glob("grading-*")) == []
    twelve.same(cohort)


HELPERS = [slow(slice(0, 1), id="the wall"), pytest.param(slice(-4, None), id="the youngest")]


@pytest.mark.parametrize("which", HELPERS)
def test_a_killed_helper_is_replaced_or_named(
    twelve: Class, tmp_path: Path, left: Left, which: slice
) -> None:
    """The system kills a process of its own choice when memory is short."""
    cohort = twelve.copy(tmp_path / "course")
    command = cohort.start("autograde", ASSIGNMENT)
    command.until(cohort.graded)
    helpers = psutil.Process(command.process.pid).children(recursive=True)
    for helper in helpers[which]:
        with suppress(psutil.NoSuchProcess):  # The helper has ended in the meantime.
            helper.kill()
    run = command.end()
    assert run.code == 0 or run.is_clear, run.log
    assert left(PAUSE) == []
    run = cohort.grade()
    assert run.code == 0, run.log
    twelve.same(cohort)


@pytest.mark.slow
def test_ctrl_c_ends_it_at_once_and_loses_nothing(
    twelve: Class, tmp_path: Path, left: Left
) -> None:
    cohort = twelve.copy(tmp_path / "course")
    # One hand-in waits, so that the signal comes before the class is done.
    [waiting, *_] = sorted((cohort.course / "submitted").glob(f"*/{ASSIGNMENT}/*.ipynb"))
    as_handed_in = waiting.read_bytes()
    notebook = nbformat.read(waiting, as_version=4)
    notebook.cells.append(new_code_cell("import time; time.sleep(600)"))
    nbformat.write(notebook, waiting)
    command = cohort.start("autograde", ASSIGNMENT)
    command.until(lambda: "Sanitizing" in command.log)
    os.killpg(command.process.pid, signal.SIGINT)  # A terminal signals the whole group.
    run = command.end(PAUSE)
    assert left(PAUSE) == []
    assert run.code != 0
    assert "Canceled" in run.log
    waiting.write_bytes(as_handed_in)
    run = cohort.grade()
    assert run.code == 0, run.log
    twelve.same(cohort)


# --------------------------------------------------------------------------------------------------
# Disk full
# --------------------------------------------------------------------------------------------------

PAGE = 4096  # bytes: a file system in memory takes whole pages
SMALL_DISK = """\
mount -t tmpfs -o size=64m tmpfs "$COURSE"
cp -a "$FRESH/." "$COURSE"
cd "$COURSE"
fallocate -l $(($(df -B1 --output=avail . | tail -1) - ROOM)) ballast
"$PYTHON" -m nbgrader autograde "$ASSIGNMENT" > "$RESULT/full.log" 2>&1
echo $? > "$RESULT/full.code"
rm ballast
"$PYTHON" -m nbgrader autograde "$ASSIGNMENT" > "$RESULT/again.log" 2>&1
echo $? > "$RESULT/again.code"
cp -a . "$RESULT/course"
"""


def pages(folder: Path) -> int:
    """Return how many bytes a folder takes on a disk."""
    sizes = [path.stat().st_size if path.is_file() else 1 for path in folder.rglob("*")]
    return sum(PAGE * -(-size // PAGE) for size in sizes)


@pytest.mark.parametrize("share", [slow(0.0), 0.3, slow(0.8)])
def test_a_full_disk_is_named_and_loses_nothing(
    twelve: Class, tmp_path: Path, share: float
) -> None:
    """The course's disk has room for none, some or most of the submissions."""
    assert shutil.which("unshare"), "Install unshare: sudo apt-get install util-linux"
    needs.namespaces()  # The small disk is mounted in one.
    room = int(share * (pages(twelve.undisturbed.course) - pages(twelve.fresh.course)))
    course, result = tmp_path / "course", tmp_path / "result"
    course.mkdir()
    result.mkdir()
    script = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-uc", SMALL_DISK],
        env={
            **os.environ,
            "PATH": f"{PATH}:/usr/sbin:/sbin",
            "FRESH": str(twelve.fresh.course),
            "COURSE": str(course),
            "RESULT": str(result),
            "PYTHON": sys.executable,
            "ASSIGNMENT": ASSIGNMENT,
            "ROOM": str(room // PAGE * PAGE),
        },
        capture_output=True,
        text=True,
    )
    assert script.returncode == 0, script.stderr
    full, again = (
        Run(int((result / f"{name}.code").read_text()), (result / f"{name}.log").read_text())
        for name in ("full", "again")
    )
    assert full.is_clear, full.log
    assert re.search("No space left on device|database or disk is full", full.log), full.log
    assert again.code == 0, again.log
    twelve.same(Cohort(result / "course"))


# --------------------------------------------------------------------------------------------------
# Locked
# --------------------------------------------------------------------------------------------------


def hold(cohort: Cohort) -> sqlite3.Connection:
    """Lock the gradebook like another program that writes to it."""
    other = sqlite3.connect(cohort.course / "gradebook.db", timeout=30, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other


def started(cohort: Cohort, midway: bool, *options: str) -> tuple[Command, sqlite3.Connection]:
    """Start grading with a gradebook that is locked at once, or after some submissions."""
    other = None if midway else hold(cohort)
    command = cohort.start("autograde", ASSIGNMENT, *options)
    if other is None:
        command.until(lambda: cohort.graded() >= 3)
        other = hold(cohort)
    return command, other


@pytest.mark.parametrize("midway", [False, True], ids=["at once", "midway"])
@pytest.mark.slow  # test_engine.py has the short form.
def test_it_waits_for_a_gradebook_that_is_in_use(
    twelve: Class, tmp_path: Path, midway: bool
) -> None:
    cohort = twelve.copy(tmp_path / "course")
    command, other = started(cohort, midway)
    command.until(lambda: "in use by another program" in command.log)
    held = cohort.graded()
    assert command.runs(6)  # SQLite itself would give up after 5 s.
    assert cohort.graded() == held
    other.close()
    run = command.end()
    assert run.code == 0, run.log
    twelve.same(cohort)


@pytest.mark.parametrize("midway", [False, True], ids=["at once", "midway"])
@pytest.mark.slow
def test_a_gradebook_that_stays_locked_is_named_and_loses_nothing(
    twelve: Class, tmp_path: Path, midway: bool
) -> None:
    cohort = twelve.copy(tmp_path / "course")
    command, other = started(cohort, midway, "--Autograde.patience=2")
    run = command.end(60)
    other.close()
    assert run.is_clear, run.log
    assert re.search(r"the gradebook was in use .*for 2 s .*database is locked", run.log), run.log
    run = cohort.grade()
    assert run.code == 0, run.log
    twelve.same(cohort)
