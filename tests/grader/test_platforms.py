"""On macOS everything but the walls works; on Windows one can read and practice.

No such machine is here. The child processes of these tests run a Python from which everything is
taken that the other system lacks; `platforms/` says what that is.
"""

from __future__ import annotations

import mimetypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT, checkout
from commands import Command, Run

from grader.engine.sandbox import usage
from tools.serve import Handler

sys.path.append(str(Path(__file__).with_name("engine")))
from cohort import ASSIGNMENT, Cohort, differences

PLATFORMS = Path(__file__).with_name("platforms")


def python_on(system: str, folder: Path, *words: str) -> Run:
    """Run `python WORDS` as if this were another system."""
    path = os.pathsep.join([str(PLATFORMS / system), str(PLATFORMS)])
    # Windows has no UTF-8 by default.
    command = Command([sys.executable, *words], folder, PYTHONPATH=path, PYTHONIOENCODING="cp1252")
    return command.end()


# --- Windows --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of the course."""
    return checkout(tmp_path_factory.mktemp("clone") / "course")


def test_the_simulated_windows_lacks_what_windows_lacks(clone: Path) -> None:
    code = "import os, sys; assert not hasattr(os, 'fork'); print(sys.platform); import fcntl"
    run = python_on("windows", clone, "-c", code)
    assert run.output == "win32\n"
    assert run.errors.splitlines()[-1] == "ModuleNotFoundError: No module named 'fcntl'"


@pytest.mark.parametrize(
    "command",
    [
        "grader grade downloads.zip",
        "grader grade x --dry-run",
        "grader report",
        "grader release",
        "nbgrader autograde 01_loss_functions",
    ],
)
def test_grading_on_windows_ends_with_one_sentence(clone: Path, command: str) -> None:
    folder = clone / "grader" if command.startswith("nbgrader") else clone
    run = python_on("windows", folder, "-m", *command.split())
    assert run.code == 1
    assert run.output == ""
    [sentence] = run.errors.splitlines()
    assert sentence.startswith("Grading needs Linux, macOS or WSL (https://")
    assert sentence.endswith("; on Windows itself you can read the book and practice.")


def test_practicing_works_on_windows(clone: Path) -> None:
    for name in ("first", "second"):
        run = python_on("windows", clone, "-m", "grader", "practice")
        assert run.code == 0, run.log
        assert run.output.count("stays") == (0 if name == "first" else 7)
    for path in (clone / "grader" / "release").glob("*/*"):
        copy = clone / "practice" / path.relative_to(clone / "grader" / "release")
        assert copy.read_bytes() == path.read_bytes()


def test_the_help_and_the_rules_for_authors_work_on_windows(clone: Path) -> None:
    notebook = "solutions/01_loss_functions/loss_functions.ipynb"
    for words in (["grade", "--help"], ["check", notebook]):
        run = python_on("windows", clone, "-m", "grader", *words)
        assert run.code == 0, run.log
    assert run.output == f"{notebook} keeps every rule.\n"


IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path[:0] = ["chapters"]
import demos, tools.serve
for module in pkgutil.walk_packages(demos.__path__, "demos."):
    importlib.import_module(module.name)
# What JupyterLab's button Validate runs.
import nbgrader.server_extensions.validate_assignment.handlers
print("all")
"""


def test_what_reading_and_practicing_needs_can_be_imported_on_windows(clone: Path) -> None:
    run = python_on("windows", clone, "-c", IMPORT_ALL)
    assert run.output == "all\n", run.log


def test_text_files_are_opened_as_utf_8() -> None:
    """Windows has another encoding, which breaks every letter that is not in ASCII."""
    command = [sys.executable, "-m", "ruff", "check", "--preview", "--select", "PLW1514"]
    places = ["chapters", "tools/book.py", "tools/serve.py", "grader/authoring"]
    places += map(str, ROOT.glob("grader/*.py"))
    run = subprocess.run([*command, *places], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    # The exercises open these as a beginner would.
    for path in ROOT.glob("grader/release/*/*.json"):
        assert path.read_bytes().isascii(), path


def test_browsers_take_scripts_and_styles_whatever_windows_says_about_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for suffix in (".js", ".css"):
        monkeypatch.setitem(mimetypes.types_map, suffix, "text/plain")
        mimetypes.add_type("text/plain", suffix)
    guess = Handler.guess_type
    found = [guess(Handler, name) for name in ("demos.js", "course.css")]  # type: ignore[arg-type]
    assert found == ["text/javascript", "text/css"]


# --- macOS ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """A class of nine that nobody has graded."""
    return Cohort.build(tmp_path_factory.mktemp("class") / "fresh", 9)


WITHOUT = "--Autograde.sandbox=False"


def test_the_simulated_macos_lacks_what_macos_lacks(tmp_path: Path) -> None:
    code = (
        "import os, socket, subprocess, sys\n"
        "assert not hasattr(os, 'pidfd_open') and not os.path.exists('/proc/self')\n"
        "try: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
        "except OSError as error: print(error, flush=True)\n"
        "print_system = [sys.executable, '-c', 'import sys; print(sys.platform)']\n"
        "subprocess.run(print_system, env={})\n"
    )
    run = python_on("macos", tmp_path, "-c", code)
    assert run.output == "[Errno 93] Protocol not supported\ndarwin\n", run.log


def test_without_walls_macos_gives_the_same_grades(fresh: Cohort, tmp_path: Path) -> None:
    linux, macos = (fresh.copy(tmp_path / name) for name in ("linux", "macos"))
    run = linux.grade(WITHOUT)
    assert run.code == 0, run.log
    words = ("-m", "nbgrader", "autograde", ASSIGNMENT, WITHOUT)
    run = python_on("macos", macos.course, *words)
    assert run.code == 0, run.log
    assert "Grading without walls, as you asked" in run.log
    assert "Known mistakes are not recognized" not in run.log
    assert differences(linux, macos) == []


LIMITED = """
from grader.engine.kernel_client import BrokenKernelError, KernelClient, wait
from grader.engine.messages import Limits
from grader.engine.zygote_manager import ZygoteManager

with ZygoteManager([], sandbox=False) as zygote:
    kernel = KernelClient(zygote, zygote.new_folder(), Limits(memory_bytes=300 << 20)).ready()
    kernel.start("while True: pass")
    wait([kernel], lambda: False, 0.3)
    print("interrupted:", kernel.interrupt(20))
    kernel.start("x = bytearray(400 << 20)\\nwhile True: pass")
    try:
        wait([kernel], lambda: not kernel.running, 60)
    except BrokenKernelError as error:
        print(error)
    kernel.stop()
"""


def test_interrupts_and_the_limit_of_memory_work_on_macos() -> None:
    run = python_on("macos", ROOT, "-c", LIMITED)
    assert run.output == "interrupted: True\nit used more than 0.29 GB of memory\n", run.log


CLEANED = """
from grader.timed_cleaning import FEW_CHARACTERS, Text, clean_texts

print(clean_texts([Text("html", "<b>long</b>" + " and longer" * FEW_CHARACTERS)])[1])
"""


def test_long_texts_are_cleaned_on_macos() -> None:
    assert python_on("macos", ROOT, "-c", CLEANED).output == "0\n"


def test_macos_says_that_there_are_no_walls_and_how_to_grade_without(
    fresh: Cohort, tmp_path: Path
) -> None:
    cohort = fresh.copy(tmp_path / "course")
    run = python_on("macos", cohort.course, "-m", "nbgrader", "autograde", ASSIGNMENT)
    assert run.is_clear, run.log
    [sentence] = [line for line in run.log.splitlines() if "ERROR" in line]
    assert "the walls need Linux, and this is darwin" in sentence
    assert "--no-sandbox" in sentence
    assert cohort.graded() == 0


def test_what_psutil_says_of_a_process_is_what_proc_says() -> None:
    [shown] = usage.read_processes([os.getpid()])
    asked = usage._ask_psutil(os.getpid())
    assert (asked.number, asked.threads) == (shown.number, shown.threads)
    assert asked.own == pytest.approx(shown.own, abs=0.5)
    assert asked.waited_for == pytest.approx(shown.waited_for, abs=0.5)
    assert asked.resident >= shown.resident / 2
    with pytest.raises(ProcessLookupError):
        usage._ask_psutil(2**22 + 1)
