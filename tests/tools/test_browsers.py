"""Where a browser or Node.js is missing, the tools say how to install it."""

from __future__ import annotations

import pytest

from tools import engines, lighthouse


@pytest.mark.parametrize("engine", ["firefox", "webkit"])
def test_a_missing_engine_says_how_to_install_it(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="install"), engines.opened(engine):
        pass


def test_without_node_lighthouse_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"apt-get install nodejs"):
        lighthouse.main(["chapters/index.html"])


def test_reasons_are_what_costs_points() -> None:
    audits = {
        "slow": {"title": "Slow", "score": 0.2, "displayValue": "3 s"},
        "fine": {"title": "Fine", "score": 1},
        "free": {"title": "Free", "score": 0},
        "none": {"title": "None", "score": None},
    }
    weights = [{"id": name, "weight": int(name != "free")} for name in audits]
    report = {"audits": audits, "categories": {"performance": {"auditRefs": weights}}}
    assert lighthouse.reasons(report, "performance") == ["Slow 3 s"]
