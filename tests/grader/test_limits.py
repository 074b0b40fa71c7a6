"""The limits of students' code: their names and values, how they are set, and whom they bind."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.coursedir import CourseDirectory
from traitlets import TraitError
from traitlets.config import Config

from grader import nbgrader_steps
from grader.__main__ import main
from grader.course import RELEASE, Exercise
from grader.engine.autograde import EngineAutograde
from grader.engine.messages import Limits
from tools import bench_grading as bench

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GIB = 1 << 30
MORE, MOST = Limits.memory_bytes + 2 * GIB, Limits.memory_bytes + 4 * GIB
NAMES = sorted(vars(Limits()))
RELEASED = RELEASE / "01_loss_functions" / "loss_functions.ipynb"


def address_bytes(memory: int) -> int:
    """Return the address space of a process whose kernel may use so many bytes of memory."""
    return memory + Limits.address_bytes - Limits.memory_bytes


# Names and values


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("7", 7), ("2K", 2 << 10), ("512M", 512 << 20), ("8G", 8 * GIB), (" 8GiB ", 8 * GIB)],
)
def test_a_value_is_a_number_or_a_number_with_a_unit(value: object, number: int) -> None:
    assert Limits.from_settings({"file_bytes": value}).file_bytes == number


@pytest.mark.parametrize("value", ["lots", "", "0", 0, -1, "-1G", 1.5, "1.5G", True, None, [1]])
def test_another_value_gets_a_sentence_with_the_name_and_an_example(value: object) -> None:
    with pytest.raises(ValueError, match=r"^processes is .+ a whole number above 0, such as \d+$"):
        Limits.from_settings({"processes": value})
    with pytest.raises(ValueError, match=r'^memory_bytes is .+, such as \d+ or "2G"$'):
        Limits.from_settings({"memory_bytes": value})


def test_another_name_gets_a_sentence_with_all_names() -> None:
    with pytest.raises(ValueError, match=f"no limit 'memory'; there are {', '.join(NAMES)}$"):
        Limits.from_settings({"memory": 1})


def test_only_the_limits_that_are_named_change() -> None:
    assert Limits.from_settings({}) == Limits()
    assert Limits.from_settings({"processes": 9}).changed() == {"processes": 9}


def test_more_memory_widens_the_address_space_unless_that_is_set_too() -> None:
    assert Limits.from_settings({"memory_bytes": MORE}).address_bytes == address_bytes(MORE)
    assert Limits.from_settings({"memory_bytes": 1}).address_bytes == Limits.address_bytes
    both = Limits.from_settings({"memory_bytes": MORE, "address_bytes": GIB})
    assert (both.memory_bytes, both.address_bytes) == (MORE, GIB)


# Help


def test_the_helps_name_every_limit_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["grade", "--help"])
    assert ended.value.code == 0
    for text in (
        capsys.readouterr().out,
        EngineAutograde.class_get_trait_help(EngineAutograde.limits),
    ):
        defaults = dict(re.findall(r"(\w+)(?:=| \()(\d+[KMG]?)", " ".join(text.split())))
        assert Limits.from_settings({name: defaults[name] for name in NAMES}) == Limits()


# In nbgrader's configuration and on its command line, in whole runs


SEES_ITS_LIMITS = """\
import resource
print(*(resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE)))"""
# A mistake that returns the limit of the kernel in which the engine tries it.
BANK = """\
import sys
from grader.mistakes import bank

room = bank.Bank()

@room.mistake("room")
def address_space(x):
    '''You return the address space; return 1.'''
    import resource
    return resource.getrlimit(resource.RLIMIT_AS)[0]

sys.modules["grader.mistakes.room"] = sys.modules[__name__]
bank = room
"""
CONFIG = f"""\
import sys, warnings
sys.path.insert(0, {str(ROOT)!r})
warnings.filterwarnings("ignore", "Object of type <Submitted")
from grader.nbgrader_hooks import install
import room_bank
install()
c = get_config()
c.CourseDirectory.course_id = "class"
c.Autograde.exam = True
c.Autograde.limits = {{"memory_bytes": {MORE}}}
"""


def marked(source: str, grade_id: str, **mark: object) -> NotebookNode:
    """Return a code cell with nbgrader's metadata."""
    known = {"grade": False, "solution": False, "locked": True, "task": False, "points": 0}
    metadata = {**known, "schema_version": 3, "grade_id": grade_id, **mark}
    return new_code_cell(source, id=grade_id, metadata={"nbgrader": metadata})


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one student, whose answer is the address space that goes with `MOST`."""
    root = tmp_path_factory.mktemp("limits") / "course"
    solution = "def room(x):\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    cells = [
        marked(solution, "room", solution=True, locked=False),
        marked("assert room(0) == 1", "room-is-one", grade=True, points=1),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    root.mkdir()
    (root / "room_bank.py").write_text(BANK)
    bench.make_course(root, Exercise("one", "room", notebook), CONFIG)
    answer = f"def room(x):\n    return {address_bytes(MOST)}"
    notebook = bench.filled(bench.read_released(root, "one", "room"), {"room": answer})
    notebook.cells.append(new_code_cell(SEES_ITS_LIMITS))
    bench.hand_in(root, "ada", "one", "room", notebook)
    return root


def autograde(course: Path, *options: str) -> tuple[list[int], dict[str, Any]]:
    """Grade ada; return what her code sees, and what the engine noted on the check."""
    bench.nbgrader(course, "autograde", "one", "--force", *options)
    path = course / "autograded" / "ada" / "one" / "room.ipynb"
    _, check, last = nbformat.read(path, as_version=4).cells
    return list(map(int, last.outputs[0].text.split())), check.metadata.course


def test_limits_of_the_configuration_bind_students_code(course: Path) -> None:
    seen, note = autograde(course)
    assert seen == [address_bytes(MORE), Limits.open_files]
    assert "mistake" not in note


def test_limits_on_nbgraders_command_line_replace_them_and_bind_recognition_too(
    course: Path,
) -> None:
    memory = f"memory_bytes={MOST // GIB}G"
    options = ("--Autograde.limits", memory, "--Autograde.limits=open_files=200")
    shutil.rmtree(course / ".cache", ignore_errors=True)  # what known answers did in another run
    seen, note = autograde(course, *options)
    assert seen == [address_bytes(MOST), 200]
    assert note["mistake"] == "address_space"


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("memory=8G", "Autograde.limits: there is no limit 'memory'; there are address_bytes,"),
        ("memory_bytes=lots", "Autograde.limits: memory_bytes is 'lots', and has to be a whole"),
    ],
)
def test_a_wrong_limit_on_nbgraders_command_line_is_one_sentence(
    course: Path, setting: str, sentence: str
) -> None:
    (course / "log").unlink()
    process = bench.start(course, "autograde", "one", "--Autograde.limits", setting)
    assert process.wait() == 1
    [line] = (course / "log").read_text().splitlines()
    assert sentence in line


# In `python -m grader grade`


@pytest.fixture
def engines_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Config]:
    """Return a function that uploads a class and returns the configuration for the engine."""
    configs: list[Config] = []

    def stop(coursedir: CourseDirectory, config: Config) -> None:
        configs.append(config)
        raise TraitError("This is far enough.")

    monkeypatch.setattr(nbgrader_steps, "EngineAutograde", stop)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ada.ipynb").write_bytes(RELEASED.read_bytes())

    def grade(*options: str) -> Config:
        arguments = ["grade", str(tmp_path / "class"), "--output", str(tmp_path / "graded")]
        assert main([*arguments, *options]) == 1
        return configs.pop()

    return grade


def test_the_option_limit_reaches_the_engine(engines_config: Callable[..., Config]) -> None:
    config = engines_config("--limit", "memory_bytes=8G", "--limit", "processes=64")
    limits = Limits.from_settings(EngineAutograde(config=config).limits)
    assert limits == Limits.from_settings({"memory_bytes": "8G", "processes": 64})


def test_without_the_option_the_configuration_counts(
    engines_config: Callable[..., Config],
) -> None:
    config = engines_config()
    config.Autograde.limits = {"memory_bytes": MORE}
    assert EngineAutograde(config=config).limits["memory_bytes"] == MORE


def test_the_option_walls_reaches_the_engine(engines_config: Callable[..., Config]) -> None:
    assert EngineAutograde(config=engines_config("--walls", "landlock")).walls == "landlock"
    config = engines_config()
    config.Autograde.walls = "namespaces"
    assert EngineAutograde(config=config).walls == "namespaces"
    with pytest.raises(TraitError, match="landlock"):
        EngineAutograde(config=Config(Autograde={"walls": "paper"}))


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("memory=8G", f"--limit: there is no limit 'memory'; there are {', '.join(NAMES)}."),
        ("8G", f"--limit: there is no limit '8G'; there are {', '.join(NAMES)}."),
        ("processes=0", "--limit: processes is '0', and has to be a whole number above 0, such"),
        ("memory_bytes", "--limit: memory_bytes is '', and has to be a whole number above 0, such"),
    ],
)
def test_a_wrong_limit_is_one_sentence_before_anything_is_read(
    setting: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grade", "nowhere", "--limit", setting]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(sentence)


def test_a_wrong_limit_in_the_configuration_is_one_sentence() -> None:
    config = Config(Autograde={"limits": {"memory": "8G"}})
    with pytest.raises(nbgrader_steps.EngineError, match=r"^Autograde.limits: .+ threads\.$"):
        nbgrader_steps._converter(EngineAutograde, "01_loss_functions", config)
    with pytest.raises(TraitError):  # nbgrader turns this one into its sentence
        EngineAutograde(config=config)


# The README


def test_the_readmes_settings_are_right() -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    config = Config()
    exec(block, {"c": config})
    engine = EngineAutograde(config=config)
    assert Limits.from_settings(engine.limits).memory_bytes == 8 * GIB
    changed = {"limits", "cell_seconds", "notebook_seconds", "output_bytes"}
    assert set(config.Autograde) == changed <= set(engine.trait_names(config=True))
    settings = re.findall(r"--(?:Autograde\.limits|limit) (\w+=\w+)", README)
    assert set(settings) == {"memory_bytes=8G"}
    assert len(settings) == 2
