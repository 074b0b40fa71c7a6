"""Hostile submissions get the points for their right answers, harm nobody and leak nothing."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import needs
import pytest
from playwright.sync_api import Browser

from attacks import ATTACKS, Attack
from attacks.classroom import Classroom, Listeners
from grader.engine.messages import LANDLOCK, NAMESPACES

# These run every time.
DAILY = {
    "patches_assert_allclose",
    "prints_the_history",
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


@pytest.fixture(scope="module")
def peaceful(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A class for the engine that nobody has attacked yet."""
    needs.namespaces()  # The fence around the attacked grader consists of them.
    return Classroom.build(tmp_path_factory.mktemp("engine") / "class", engine=True, seconds=300)


@pytest.fixture(scope="module")
def attacked(
    request: pytest.FixtureRequest, peaceful: Classroom, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Classroom, Listeners]]:
    """Return for a kind of walls a class with the attackers of all chosen tests.

    The engine grades it in one run, when the first test asks for it.
    """

    @functools.cache
    def graded(walls: str) -> tuple[Classroom, Listeners]:
        folder = tmp_path_factory.mktemp("attacked") / "class"
        room = peaceful.copy(folder, f"c.Autograde.walls = {walls!r}\n")
        listeners = Listeners(room.root)
        items = request.session.items  # Some of them are cells of notebooks, without parameters.
        tests = [item.callspec.params for item in items if hasattr(item, "callspec")]
        chosen = [test["attack"] for test in tests if "attack" in test and test["walls"] == walls]
        for attack in chosen:
            room.attack(attack, listeners)
        room.grade(feedback=True, chapter=any(attack.chapter for attack in chosen))
        listeners.close()
        return room, listeners

    return graded


def marks(attack: Attack, daily: set[str]) -> list[pytest.MarkDecorator]:
    """Return the marks of an attack: some of each kind run every time, all in the long suite."""
    return [] if attack.name in daily else [pytest.mark.slow]


KNOWN = [
    pytest.param(walls, attack, id=f"{walls}-{attack.name}", marks=marks(attack, daily))
    for walls, daily in ((NAMESPACES, DAILY), (LANDLOCK, DAILY_BEHIND_LANDLOCK))
    for attack in ATTACKS
]


@pytest.mark.parametrize(("walls", "attack"), KNOWN)
def test_an_attack_earns_what_is_honest_in_it(
    walls: str,
    attack: Attack,
    attacked: Callable[[str], tuple[Classroom, Listeners]],
    browser: Browser,
) -> None:
    room, listeners = attacked(walls)
    assert room.harm_by(attack, listeners, browser) == []


@pytest.mark.parametrize("walls", [NAMESPACES, LANDLOCK])
def test_nobody_else_is_harmed(
    walls: str, attacked: Callable[[str], tuple[Classroom, Listeners]]
) -> None:
    room, _ = attacked(walls)
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
