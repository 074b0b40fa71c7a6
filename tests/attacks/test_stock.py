"""What each attack does to stock nbgrader. The oldest two run every time, all in the long suite."""

from __future__ import annotations

from pathlib import Path

import needs
import pytest
from playwright.sync_api import Browser

from attacks import ATTACKS, Attack
from attacks.classroom import Classroom, Listeners

SMALL = {attack.name: attack for attack in ATTACKS if not attack.chapter}
OLDEST = ["patches_assert_allclose", "prints_the_history"]


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
    expected = [SMALL[name].stock for name in OLDEST]
    assert on_stock(OLDEST, stock, tmp_path, browser) == expected


@pytest.mark.stock
@pytest.mark.parametrize("name", SMALL)
def test_outcome_under_stock_nbgrader(
    name: str, stock: Classroom, tmp_path: Path, browser: Browser
) -> None:
    [outcome] = on_stock([name], stock, tmp_path, browser)
    assert SMALL[name].stock in (outcome, "varies")
