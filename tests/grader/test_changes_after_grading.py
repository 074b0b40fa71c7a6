"""A check added after grading: the documented commands, in nbgrader's example course."""

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from commands import PythonCommand, Run
from nbgrader.api import Gradebook

from grader.nbgrader_steps import WAY_OUT

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "changes_after_grading.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[-1].replace("01_loss_functions", "ps1")
SCRIPT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[-1].replace("01_loss_functions", "ps1")
CELLS = {"grade": "correct_squares", "essay": "sum_of_squares_application"}


def nbgrader(folder: Path, *words: str) -> Run:
    return PythonCommand(["-m", "nbgrader", *words], folder).end()


@contextmanager
def gradebook(course: Path) -> Iterator[Gradebook]:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as opened:
        yield opened


def add_check(path: Path) -> None:
    """Put a copy of a check, with an id of its own, behind it."""
    notebook = nbformat.read(path, as_version=4)
    (index,) = (
        index
        for index, cell in enumerate(notebook.cells)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == CELLS["grade"]
    )
    copied = nbformat.from_dict(notebook.cells[index])
    copied.metadata.nbgrader.grade_id = "added"
    if "id" in copied:
        copied.id = "added"
    notebook.cells.insert(index + 1, copied)
    nbformat.write(notebook, path)


def test_the_message_of_the_engine_names_the_page() -> None:
    assert str(Path("docs") / "changes_after_grading.md") in WAY_OUT


def hand_in(course: Path, day: int) -> None:
    """Put a submission of Ada's, of a day in November, where students' submissions arrive."""
    folder = course.parent / f"exchange/course101/inbound/ada+ps1+2026-11-{day:02} 09:00:00 UTC+x"
    shutil.copytree(course / "source/ps1", folder)
    (folder / "timestamp.txt").write_text(f"2026-11-{day:02} 09:00:00 UTC")


def test_a_second_hand_in_replaces_the_first_one_if_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "nbgrader collect 01_loss_functions --update" in PAGE
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    course = tmp_path / "course101"
    (course / "source/ps1").mkdir(parents=True)
    (course / "source/ps1/work.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()))
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange").chmod(0o777)
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'course101'\n"
        f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
        "c.ExchangeCollect.check_owner = False\n"
    )
    collected = course / "submitted/ada/ps1/timestamp.txt"

    def collect(*options: str) -> str:
        run = nbgrader(course, "collect", "ps1", *options)
        assert run.code == 0, run.log
        return f"{collected.read_text()[:10]} {run.log}"

    hand_in(course, 3)
    assert collect().startswith("2026-11-03")
    hand_in(course, 4)
    first = collect()
    assert first.startswith("2026-11-03") and "Submission already exists" in first
    assert collect("--update").startswith("2026-11-04")


@pytest.mark.slow
def test_a_check_can_be_added_and_what_a_person_gave_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    assert nbgrader(tmp_path, "quickstart", "course101").code == 0
    course = tmp_path / "course101"
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(
            f"\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
            "from grader.nbgrader_hooks import install\ninstall()\n"
        )
    assert nbgrader(course, "generate_assignment", "ps1").code == 0
    shutil.copytree(course / "source/ps1", course / "submitted/ada/ps1")
    assert nbgrader(course, "autograde", "ps1").code == 0
    where = "problem1", "ps1", "ada"
    with gradebook(course) as opened:
        essay = opened.find_grade(CELLS["essay"], *where)
        essay.manual_score, essay.extra_credit, essay.needs_manual_grade = 1.5, 0.5, False
        opened.find_comment(CELLS["essay"], *where).manual_comment = "Well said."
        opened.db.commit()
        points = opened.find_submission("ps1", "ada").score

    add_check(course / "source/ps1/problem1.ipynb")
    refused = nbgrader(course, "generate_assignment", "ps1", "--force")
    assert refused.code == 1
    assert "Cannot add or remove cells" in refused.log

    for line in COMMANDS.splitlines():
        program, *words = shlex.split(line)
        if program == "cp":
            shutil.copy(course / words[0], course / words[1])
        else:
            assert program == "nbgrader"
            run = nbgrader(course, *words)
            assert run.code == 0, run.log
    (course / "give_back.py").write_text(SCRIPT)
    run = PythonCommand([course / "give_back.py"], course).end()
    assert (run.code, run.output) == (0, ""), run.log
    with gradebook(course) as opened:
        essay = opened.find_grade(CELLS["essay"], *where)
        assert (essay.score, essay.needs_manual_grade) == (2, False)
        assert opened.find_comment(CELLS["essay"], *where).comment == "Well said."
        assert opened.find_grade("added", *where).score == 1
        assert opened.find_submission("ps1", "ada").score == points + 1
