"""A hub whose servers share no folder, with ngshare, as docs/school.md describes it."""

from __future__ import annotations

import importlib.metadata
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from exercise import ASSIGNMENT, COURSE, NAME, NOTEBOOK, copy_course, points, solved
from hub import Hub, Person, Ports, install, install_proxy
from packaging.requirements import Requirement
from school_page import blocks

SERVICE, SERVERS, HUB_LINES, CONFIGURATION, MEMBERS = blocks("Without a shared folder")
# Servers of one account, each with a home folder of its own.
SERVERS_WITHOUT_ACCOUNTS = """
c = get_config()
c.JupyterHub.bind_url = "http://{address}"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.Authenticator.allowed_users = {{"teacher", "ada", "bob", "eve"}}
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/home/{{username}}"
c.Spawner.cmd = ["{python}", "-m", "jupyterhub.singleuser", "--allow-root"]
c.Spawner.environment = {{"JUPYTER_CONFIG_PATH": "{folder}/etc", "PYTHONPATH": "{packages}"}}
"""


@pytest.fixture(scope="module")
def installed() -> Path:
    """The folder with the environment of the service, and with the package for the servers."""
    make, fill, _ = (shlex.split(line) for line in SERVICE.text.splitlines())
    return install(
        "ngshare",
        [sys.executable, *make[1:-1], "service"],
        ["service/bin/pip", *fill[1:]],
        [sys.executable, "-m", "pip", *shlex.split(SERVERS.text)[1:], "--target", "servers"],
    )


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The instructor's copy of the course, in a home folder with the page's configuration."""
    home = tmp_path / "home" / "teacher"
    home.mkdir(parents=True)
    _, own_configuration = blocks("The configuration of the hub")
    (home / ".jupyter").mkdir()
    text = own_configuration.replaced({"/home/teacher": str(home)})
    (home / ".jupyter" / "nbgrader_config.py").write_text(text)
    return copy_course(home / "course")


@pytest.fixture
def hub(installed: Path, course: Path, tmp_path: Path) -> Iterator[Hub]:
    """A hub with the page's lines, on ports that are free."""
    ports = Ports()
    replacing = {
        **ports.replacing,
        "/opt/ngshare": str(installed / "service"),
        "/srv/ngshare": str(tmp_path / "ngshare"),
    }
    for folder in ("etc", "ngshare", "jupyterhub"):
        (tmp_path / folder).mkdir()
    (tmp_path / "etc" / "nbgrader_config.py").write_text(CONFIGURATION.replaced(replacing))
    own = SERVERS_WITHOUT_ACCOUNTS.format(
        address=ports.public,
        folder=tmp_path,
        python=sys.executable,
        packages=installed / "servers",
    )
    folder = tmp_path / "jupyterhub"
    (folder / "jupyterhub_config.py").write_text(
        own + HUB_LINES.replaced(replacing) + ports.settings
    )
    [npm] = blocks("The proxy")
    path = os.pathsep.join([install_proxy(npm.text.split()[-1]), os.environ["PATH"]])
    command = [sys.executable, "-m", "jupyterhub"]
    with Hub(command, ports.public, folder / "log", {"PATH": path}) as running:
        yield running


@pytest.mark.slow
def test_a_class_works_without_a_shared_folder(hub: Hub, installed: Path, course: Path) -> None:
    teacher, ada, bob, eve = (Person(hub, name, "") for name in ("teacher", "ada", "bob", "eve"))
    for person in (teacher, ada, bob, eve):
        person.start()
    manage_course(teacher, installed, course.parent)
    for step in ("assign", "release"):
        teacher.formgrader("POST", f"assignment/{ASSIGNMENT}/{step}")

    for student in (ada, bob):
        assert [row["status"] for row in student.assignments(COURSE)] == ["released"]
        student.act("fetch", COURSE, ASSIGNMENT)
    ada.save(NOTEBOOK, solved(ada.read(NOTEBOOK)))
    for student in (ada, bob):
        rows = student.act("submit", COURSE, ASSIGNMENT)
        assert [row["status"] for row in rows] == ["fetched", "submitted"]
    assert eve.assignments(COURSE) == []
    submission = f"services/ngshare/submission/{COURSE}/{ASSIGNMENT}/ada"
    codes = [person.request("GET", submission).status_code for person in (teacher, bob, eve)]
    assert codes == [200, 403, 403]

    teacher.formgrader("POST", f"assignment/{ASSIGNMENT}/collect")
    for student in (ada, bob):
        teacher.formgrader("POST", f"submission/{ASSIGNMENT}/{student.name}/autograde")
    for step in ("generate_feedback", "release_feedback"):
        teacher.formgrader("POST", f"assignment/{ASSIGNMENT}/{step}")
    pages = []
    for student in (ada, bob):
        _, submitted = student.act("fetch_feedback", COURSE, ASSIGNMENT)
        folder = submitted["submissions"][0]["local_feedback_path"]
        pages.append(student.read(f"{folder}/{NAME}.html"))
    full, less = map(points, pages)
    assert full > less


def manage_course(teacher: Person, installed: Path, home: Path) -> None:
    """Run the page's commands as in a terminal of the instructor's server."""
    text = MEMBERS.replaced({"/opt/jupyter": sys.prefix})
    environment = os.environ | {
        "HOME": str(home),
        "JUPYTERHUB_API_TOKEN": teacher.token,
        "JUPYTERHUB_USER": teacher.name,
        "JUPYTER_CONFIG_PATH": str(home.parents[1] / "etc"),
        "PYTHONPATH": str(installed / "servers"),
        "PATH": os.pathsep.join([str(installed / "servers" / "bin"), os.environ["PATH"]]),
    }
    command = ["bash", "-e", "-c", text]
    run = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_its_package_for_the_servers_still_asks_for_an_old_version(installed: Path) -> None:
    [package] = importlib.metadata.distributions(
        name="ngshare_exchange", path=[str(installed / "servers")]
    )
    [core] = [needed for needed in package.requires or [] if needed.startswith("jupyter-core")]
    assert importlib.metadata.version("jupyter-core") not in Requirement(core).specifier
