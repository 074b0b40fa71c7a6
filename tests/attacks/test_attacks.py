"""Hostile submissions get the points for their right answers, harm nobody and leak nothing."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import nbformat
import needs
import pytest
from playwright.sync_api import Browser

from attacks import ATTACKS, Attack, course
from attacks.classroom import Classroom, Listeners
from attacks.zips import NEIGHBOR, ZIPS, Upload, packed
from grader.engine.messages import LANDLOCK, NAMESPACES
from grader.upload import whose_file

SMALL = {attack.name: attack for attack in ATTACKS if not attack.chapter}
# These run every time, on stock nbgrader and under the engine.
SHORT = ["patches_assert_allclose", "prints_the_history"]
# These run every time under the engine.
DAILY = {
    *SHORT,
    "kills_its_parent",
    "reads_the_gradebook",
    "skips_the_checks_by_a_tag",
    "unmarks_the_checks",
    "displays_a_script",
    "remembers_the_arguments",
    "tells_the_arguments_to_a_visible_check",
    "answers_a_visible_check_with_the_arguments",
    "forks_without_end",
    "answers_with_no_number",
}


# These run every time behind walls of Landlock, too: one or more for each part of those walls.
DAILY_BEHIND_LANDLOCK = {
    # files
    *("reads_the_gradebook", "reads_a_neighbor", "reads_every_file_it_can", "zeroes_everybody"),
    *("writes_the_configuration", "plants_a_sitecustomize", "plants_an_ipython_startup_file"),
    *("plants_modules_wherever_it_can_write", "puts_a_link_in_place_of_its_notebook"),
    "deletes_the_gradebook",
    # network
    *("calls_a_service_on_the_loopback_device", "calls_an_abstract_socket"),
    *("calls_a_socket_in_the_file_system", "sees_the_network"),
    # processes and signals
    *("leaves_a_daemon", "forks_without_end", "kills_its_parent", "kills_everybody"),
    *("kills_every_process_by_number", "stops_itself"),
    # resources
    *("starts_threads_without_end", "takes_memory_in_many_processes", "fills_the_disk"),
    *("takes_memory_outside_of_its_own", "writes_one_huge_file"),
    # what runs inside of the walls is the same
    *("patches_assert_allclose", "answers_a_visible_check_with_the_arguments"),
}


# Stock nbgrader


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A class for stock nbgrader that nobody has attacked yet."""
    needs.namespaces()  # The fence around the attacked grader consists of them.
    room = tmp_path_factory.mktemp("stock") / "class"
    return Classroom.build(room, engine=False, seconds=180)


def on_stock(names: list[str], stock: Classroom, folder: Path, browser: Browser) -> list[str]:
    """Let attackers hand in to one class; return the outcome of each under stock nbgrader."""
    room = stock.copy(folder / "class")
    listeners = Listeners(room.root)
    attacks = [SMALL[name] for name in names]
    page = browser if any(attack.kind == "pages" for attack in attacks) else None
    try:
        for attack in attacks:
            room.attack(attack, listeners)
        room.grade(feedback=page is not None)
        harms = [room.harm_by(attack, listeners, page) for attack in attacks]
    finally:
        listeners.close()
    others = room.harm_to_others()
    print(harms, others)  # pytest shows this if the outcome is unexpected.
    return [
        _outcome(room, attack, harm + others) for attack, harm in zip(attacks, harms, strict=True)
    ]


def _outcome(room: Classroom, attack: Attack, harm: list[str]) -> str:
    if room.score("zoe") is None:
        return "kills the run"
    if len(harm) == 1 and room.score(attack.name) is None:
        return "gives up"
    return "succeeds" if harm else "resists"


def test_stock_nbgrader_falls_for_the_oldest_attacks(
    stock: Classroom, tmp_path: Path, browser: Browser
) -> None:
    expected = [SMALL[name].stock for name in SHORT]
    assert on_stock(SHORT, stock, tmp_path, browser) == expected


@pytest.mark.stock
@pytest.mark.parametrize("name", SMALL)
def test_outcome_under_stock_nbgrader(
    name: str, stock: Classroom, tmp_path: Path, browser: Browser
) -> None:
    [outcome] = on_stock([name], stock, tmp_path, browser)
    assert SMALL[name].stock in (outcome, "varies")


# The engine


@pytest.fixture(scope="module")
def peaceful(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A class for the engine that nobody has attacked yet."""
    needs.namespaces()  # The fence around the attacked grader consists of them.
    return Classroom.build(tmp_path_factory.mktemp("engine") / "class", engine=True, seconds=300)


@pytest.fixture(scope="module")
def walls(request: pytest.FixtureRequest) -> str:
    """The kind of walls around the attackers."""
    return request.param


@pytest.fixture(scope="module")
def attacked(
    request: pytest.FixtureRequest,
    walls: str,
    peaceful: Classroom,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Classroom, Listeners]:
    """A class with the attackers of all chosen tests, graded by the engine in one run."""
    folder = tmp_path_factory.mktemp("attacked") / "class"
    room = peaceful.copy(folder, f"c.Autograde.walls = {walls!r}\n")
    listeners = Listeners(room.root)
    items = request.session.items  # Some of them are cells of notebooks, without fixtures.
    tests = (item.callspec.params for item in items if hasattr(item, "callspec"))
    chosen = [test["attack"] for test in tests if "attack" in test and test.get("walls") == walls]
    for attack in chosen:
        room.attack(attack, listeners)
    room.grade(feedback=True, chapter=any(attack.chapter for attack in chosen))
    listeners.close()
    return room, listeners


def marks(attack: Attack, daily: set[str]) -> list[pytest.MarkDecorator]:
    """Return the marks of an attack: some of each kind run every time, all in the long suite."""
    return [] if attack.name in daily else [pytest.mark.slow]


KNOWN = [
    pytest.param(walls, attack, id=f"{walls}-{attack.name}", marks=marks(attack, daily))
    for walls, daily in ((NAMESPACES, DAILY), (LANDLOCK, DAILY_BEHIND_LANDLOCK))
    for attack in ATTACKS
]


@pytest.mark.parametrize(("walls", "attack"), KNOWN, indirect=["walls"], scope="module")
def test_an_attack_earns_what_is_honest_in_it(
    attack: Attack, attacked: tuple[Classroom, Listeners], browser: Browser
) -> None:
    room, listeners = attacked
    assert room.harm_by(attack, listeners, browser) == []


@pytest.mark.parametrize("walls", [NAMESPACES, LANDLOCK], indirect=True, scope="module")
def test_nobody_else_is_harmed(attacked: tuple[Classroom, Listeners], walls: str) -> None:
    room, _ = attacked
    assert [name.split()[0].lower() for name in room.walls()] == [walls]
    assert room.harm_to_others() == []
    assert room.run is not None
    assert room.run.left == []
    assert room.run.planted == []


BLUNT = {
    "patches_assert_allclose",
    "patches_what_numpy_testing_calls",
    "patches_the_code_of_assert_allclose",
    "transforms_the_syntax_tree",
    "runs_no_more_cells",
}


def test_without_the_exam_boundary_blunt_tampering_is_flagged(
    peaceful: Classroom, tmp_path: Path
) -> None:
    room = peaceful.copy(tmp_path / "class", "c.Autograde.exam = False\n")
    listeners = Listeners(room.root)
    for attack in ATTACKS:
        if attack.name in BLUNT:
            room.attack(attack, listeners)
    room.grade(feedback=False)
    listeners.close()
    assert room.harm_to_others() == []
    assert room.flagged() == BLUNT


# Uploads to a learning platform

LARGEST = 2_500_000  # bytes that the uploads of these tests may have when they are unpacked


@pytest.mark.parametrize("upload", ZIPS, ids=lambda upload: upload.__name__)
@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_a_hostile_upload_touches_nobody_elses(
    upload: Callable[[bytes], Upload], zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whose_file, "LARGEST_ZIP", LARGEST)
    honest = nbformat.writes(course.instructors()).encode()
    name, content = upload(honest)
    if zipped:
        downloads = tmp_path / "class.zip"
        downloads.write_bytes(packed((NEIGHBOR, honest), (name, content)))
    else:
        downloads = tmp_path / "class"
        (downloads / name).parent.mkdir(parents=True)
        (downloads / name).write_bytes(content)
        (downloads / NEIGHBOR).write_bytes(honest)
    room = tmp_path / "room"
    room.mkdir()
    whose_file.stage(downloads, room / "files")
    found = whose_file.find(room / "files", [course.NOTEBOOK])
    hers = [hand_in for hand_in in found if hand_in.student == "lovelaceada_12345"]
    assert [hand_in.name for hand_in in hers] == [NEIGHBOR]
    assert hers[0].path.read_bytes() == honest
    assert [path.name for path in room.iterdir()] == ["files"]
    files = [path for path in (room / "files").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2 * LARGEST
    assert len(files) < 10_000
    assert all(path.resolve().is_relative_to(room.resolve()) for path in files)


@pytest.mark.parametrize("kind", ["pipe", "socket", "link", "folder", "unreadable"])
def test_what_is_no_file_is_left_out_with_the_reason(kind: str, tmp_path: Path) -> None:
    downloads = tmp_path / "class"
    for student in ("ada", "eve"):
        (downloads / student).mkdir(parents=True)
    (downloads / "ada" / "vectors.ipynb").write_text("{}")
    path = downloads / "eve" / "vectors.ipynb"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as line:
            line.bind(str(path))
    elif kind == "link":
        path.symlink_to("../ada/vectors.ipynb")
    elif kind == "folder":
        path.mkdir()
    else:
        path.with_suffix(".zip").symlink_to("/etc/passwd")
    problems = whose_file.stage(downloads, tmp_path / "files")
    if kind in ("pipe", "socket"):
        assert problems == [("eve/vectors.ipynb", "is not a regular file")]
    found = whose_file.find(tmp_path / "files", [course.NOTEBOOK])
    assert [(hand_in.student, hand_in.name) for hand_in in found] == [("ada", "ada/vectors.ipynb")]
