"""The documents are right: their commands and links work, and their map shows all folders."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ENVIRONMENT, ROOT, checkout, not_cloned

DOCUMENTS = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "STYLE.md", "LICENSE-TEXT.md")
]
TEXT = {path.name: path.read_text(encoding="utf-8") for path in DOCUMENTS}
README = TEXT["README.md"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)
INSTALLING = [target for target in TARGETS if target not in ("help", "clean")]
COMMANDS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in `folder`, in English."""
    return subprocess.run(
        [shutil.which("make") or "make", *arguments],
        cwd=folder,
        env={**ENVIRONMENT, "LC_ALL": "C", **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A fresh clone whose list of packages is empty, so that it installs quickly."""
    folder = checkout(tmp_path / "course with spaces")
    (folder / ".venv").unlink()
    (folder / "requirements.txt").write_text("# none\n")
    return folder


def test_make_alone_lists_every_target() -> None:
    listed = re.findall(r"^  make ([a-z-]+) +\S", make(ROOT).stdout, re.MULTILINE)
    assert listed == TARGETS
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony and phony[1].split() == TARGETS


def test_documents_name_only_targets_that_exist() -> None:
    for name, text in TEXT.items():
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
        assert named <= set(TARGETS), name
    assert re.findall(r"^make ([a-z]+)", COMMANDS[0], re.MULTILINE) == ["serve", "test"]


def test_setup_installs_once_and_again_when_the_lock_changes(bare: Path) -> None:
    first = make(bare, "setup")
    assert first.returncode == 0, first.stderr
    assert "Installing into .venv" in first.stdout
    assert (bare / ".venv" / "bin" / "python").exists()

    assert "Nothing to be done" in make(bare, "setup").stdout
    for target in INSTALLING:
        assert "-m pip" not in make(bare, "-n", target).stdout, target

    stamp = (bare / ".venv" / ".installed").stat()
    os.utime(bare / "requirements.txt", (stamp.st_atime, stamp.st_mtime + 10))
    assert "Installing" in make(bare, "setup").stdout


@pytest.mark.parametrize("target", INSTALLING)
def test_every_target_installs_what_it_needs(bare: Path, target: str) -> None:
    assert "-m pip" in make(bare, "-n", target).stdout


@pytest.mark.slow  # the test above installs into an ordinary folder
def test_setup_follows_a_link_to_the_environment(bare: Path, tmp_path: Path) -> None:
    (bare / ".venv").symlink_to(tmp_path / "elsewhere")
    run = make(bare, "setup")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "elsewhere" / "bin" / "python").exists()


def test_without_a_fitting_python_one_sentence_says_so(bare: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for version in ("3", "3.11", "3.12", "3.13"):
        too_old = programs / f"python{version}"
        too_old.write_text("#!/bin/sh\nexit 1\n")
        too_old.chmod(0o755)
    for name in ("id", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    run = make(bare, "setup", PATH=str(programs))
    assert run.returncode != 0
    sentence = run.stderr.splitlines()[0]
    assert sentence.startswith("This course needs Python 3.11, 3.12 or 3.13")
    assert not (bare / ".venv").exists()


def test_targets_do_what_the_readme_says() -> None:
    assert "tools.serve 8000" in make(ROOT, "-n", "serve").stdout
    assert "tools.serve 4321" in make(ROOT, "-n", "serve", "PORT=4321").stdout
    serve, test = make(ROOT, "-n", "serve").stdout, make(ROOT, "-n", "test").stdout
    assert "jupyter-book build . -W -n --keep-going" in serve
    assert test.index("tools.browser") < test.index("jupyter-book") < test.index("pytest")
    lab = make(ROOT, "-n", "lab").stdout
    assert "-m jupyterlab practice" in lab
    assert "/lab/tree/start.md" in lab
    assert "/formgrader" in make(ROOT, "-n", "grade").stdout
    assert "grader release" in make(ROOT, "-n", "release").stdout
    for tool in ("ruff check", "ruff format --check", "mypy", "codespell"):
        assert tool in make(ROOT, "-n", "lint").stdout


def test_continuous_integration_lints_and_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines[-2:] == ["make lint", "make test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_commands_without_make_are_those_of_the_makefile() -> None:
    [plain] = [block for block in COMMANDS if "-m venv" in block]
    for command in plain.strip().splitlines():
        program, *arguments = command.split()
        assert program == "python3" or (ROOT / program).exists(), command
        assert " ".join(arguments[:3]).removesuffix(" .venv") in MAKEFILE, command


def test_commands_for_grading_exist() -> None:
    python, block = sys.executable, "\n".join(COMMANDS)
    known = subprocess.run([python, "-m", "nbgrader", "--help"], capture_output=True, text=True)
    for name in re.findall(r"^nbgrader (\w+)", block, re.MULTILINE):
        assert re.search(rf"^\s*{name}$", known.stdout, re.MULTILINE), name
    ours = subprocess.run(
        [python, "-m", "grader", "grade", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert "python -m grader grade" in block
    assert "--output" in ours.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", TEXT[document.name]):
        if not link.startswith("https://"):
            assert (document.parent / link).exists(), link


def test_the_map_shows_the_folders_there_are() -> None:
    shown = {Path(name) for name in re.findall(r"^\| \[`([\w/]+)`\]", README, re.MULTILINE)}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    generated = not_cloned(str(ROOT), list(folders))
    assert shown == {Path(name) for name in folders - generated}


def test_the_picture_has_a_description_and_is_on_the_first_screen() -> None:
    lines = README.splitlines()
    [number] = [i for i, line in enumerate(lines) if line.startswith("![")]
    assert number < 10
    assert len(lines[number].split("]")[0]) > 80
