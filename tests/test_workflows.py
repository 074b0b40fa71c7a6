"""GitHub's workflows call only what exists, with few rights, and every change runs all tests."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkout import ROOT

from tools.book import HTML

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
# The programs of a runner that workflows may call, beside make and what is in this repository.
PROGRAMS = {"sudo sysctl", "sudo apt-get", "python -m"}

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def read(path: Path) -> dict[str, Any]:
    """A workflow; YAML reads its key `on` as true."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in workflow.items()}


def steps(path: Path) -> Iterator[dict[str, Any]]:
    """The steps of all jobs of a workflow."""
    for job in read(path)["jobs"].values():
        yield from job["steps"]


def commands(path: Path) -> Iterator[list[str]]:
    """The words of each command that a workflow runs."""
    for step in steps(path):
        for line in re.split(r"\n|&&", step.get("run", "")):
            if line.strip():
                yield shlex.split(line)


def unknown(words: list[str]) -> str:
    """Say what a command calls that does not exist; "" if everything does."""
    if words[0] == "make":
        return ", ".join(f"make {target}" for target in words[1:] if target not in TARGETS)
    if "/" in words[0]:
        return "" if os.access(ROOT / words[0], os.X_OK) else words[0]
    return "" if " ".join(words[:2]) in PROGRAMS else words[0]


@every_workflow
def test_a_workflow_calls_only_what_exists(path: Path) -> None:
    assert [unknown(words) for words in commands(path) if unknown(words)] == []
    for step in steps(path):
        options = step.get("with", {})
        if "cache-dependency-path" in options:
            assert (ROOT / options["cache-dependency-path"]).exists()
        if "upload-pages-artifact" in step.get("uses", ""):
            assert ROOT / options["path"] == HTML


def test_what_does_not_exist_is_found() -> None:
    calls = ["make book", "make books", ".ci/run", ".ci/walk", "./README.md", "python -m pip", "uv"]
    found = [unknown(shlex.split(call)) for call in calls]
    assert found == ["", "make books", "", ".ci/walk", "./README.md", "", "uv"]


@every_workflow
def test_a_workflow_names_versions_and_ends(path: Path) -> None:
    for step in steps(path):
        assert "run" in step or re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]), step
    for name, job in read(path)["jobs"].items():
        assert job["runs-on"] == "ubuntu-24.04", name
        assert 0 < job["timeout-minutes"] <= 120, name


@every_workflow
def test_a_workflow_may_write_nothing_but_the_pages(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        rights = job.get("permissions", {})
        writes = {name for name, right in rights.items() if right == "write"}
        # "id-token" proves to Pages which workflow publishes.
        assert writes <= {"pages", "id-token"}
    assert workflow["concurrency"]["group"]


@every_workflow
def test_a_workflow_uses_a_python_that_the_course_supports(path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    supported = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"])
    assert supported
    versions = [step["with"]["python-version"] for step in steps(path) if has_python(step)]
    for version in versions:
        assert int(supported[1]) <= int(version.removeprefix("3.")) < int(supported[2])


def has_python(step: dict[str, Any]) -> bool:
    """Whether a step installs Python."""
    return bool(step.get("uses", "").startswith("actions/setup-python@"))


def test_every_push_and_every_pull_request_runs_all_tests() -> None:
    path = ROOT / ".github" / "workflows" / "tests.yml"
    assert read(path)["on"] == {"push": None, "pull_request": None}
    assert [".ci/run"] in list(commands(path))
    assert not any("if" in step for step in steps(path) if step.get("run") == ".ci/run")


def test_the_tests_run_with_and_without_user_namespaces() -> None:
    path = ROOT / ".github" / "workflows" / "tests.yml"
    [job] = read(path)["jobs"].values()
    kinds = job["strategy"]["matrix"]["namespaces"]
    [allowing] = [step for step in steps(path) if "sysctl" in step.get("run", "")]
    conditions = [allowing["if"] == f"matrix.namespaces == '{kind}'" for kind in kinds]
    assert conditions == [False, True]
