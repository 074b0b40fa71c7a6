"""Grading as an instructor does it: `python -m grader` and nbgrader's commands, on real files."""

import copy
import csv
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pytest
from commands import PythonCommand, Run
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader_cells import mark

from grader.engine import walls
from grader.upload.student_ids import student_id
from grader.upload.whose_file import BadArchiveError, Layout, find, stage

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = "assert_allclose(mse(secret, 0 * secret)"


def body(name: str, expression: str) -> str:
    """Return an instructor's solution cell for the function `name`."""
    return (
        f"def {name}(a, b):\n    ### BEGIN SOLUTION\n    return {expression}\n    ### END SOLUTION"
    )


def instructors_notebook(prefix: str = "") -> NotebookNode:
    """Return a small exercise of 9 points: `mse` has 1 + 2, `mae` 2, a written answer 4."""
    hidden = (
        "# Hidden check: the mean, not the sum.\n### BEGIN HIDDEN TESTS\nsecret = np.arange(4.0)\n"
        f"np.testing.{HIDDEN}, 3.5, err_msg='mse is a mean')\n### END HIDDEN TESTS"
    )
    mse_zero = "np.testing.assert_allclose(mse(np.ones(3), np.ones(3)), 0, err_msg='mse(1, 1)')"
    if not prefix:  # This assignment has a file beside its notebook.
        mse_zero += "\nassert open('data.csv').read() == 'x\\n1\\n'"
    mae_one = "np.testing.assert_allclose(mae(np.ones(3), np.zeros(3)), 1, err_msg='mae(1, 0)')"
    cells = [
        mark(new_code_cell("import numpy as np"), f"{prefix}imports"),
        mark(new_markdown_cell("Write mse."), f"{prefix}mse-task"),
        mark(new_code_cell(body("mse", "np.mean((a - b) ** 2)")), f"{prefix}mse", solution=True),
        mark(new_code_cell(mse_zero), f"{prefix}mse-zero", 1),
        mark(new_code_cell(hidden), f"{prefix}mse-mean", 2),
        mark(new_code_cell(body("mae", "np.mean(abs(a - b))")), f"{prefix}mae", solution=True),
        mark(new_code_cell(mae_one), f"{prefix}mae-one", 2),
        mark(new_markdown_cell("Why?"), f"{prefix}why-task"),
        mark(new_markdown_cell("Because."), f"{prefix}why", 4, solution=True),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


class School:
    """A course folder with two small exercises, and the notebooks that students fill in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "grader").mkdir(parents=True)
        for path in (ROOT / "grader").glob("*.py"):
            shutil.copy(path, root / "grader")
        for part in ("engine", "mistakes", "practice", "report", "student_feedback", "upload"):
            shutil.copytree(ROOT / "grader" / part, root / "grader" / part)
        for assignment, name, prefix in (("01_small", "small", ""), ("02_other", "other", "o-")):
            folder = root / "solutions" / assignment
            folder.mkdir(parents=True)
            nbformat.write(instructors_notebook(prefix), folder / f"{name}.ipynb")
        (root / "solutions" / "01_small" / "data.csv").write_text("x\n1\n")
        (root / "solutions" / "01_small" / "notes.md").write_text("the answer is in here")
        self.run("release")
        self.released = nbformat.read(root / "grader/release/01_small/small.ipynb", as_version=4)
        self.other = nbformat.read(root / "grader/release/02_other/other.ipynb", as_version=4)

    def run(self, *arguments: object, ok: bool = True) -> Run:
        """Run `python path/to/grader …` from another folder, with a PATH without `alembic`."""
        return self._call([self.root / "grader", *arguments], self.root.parent, ok)

    def nbgrader(self, *arguments: str, ok: bool = True) -> Run:
        """Run one of nbgrader's own commands in the course folder."""
        return self._call(["-m", "nbgrader", *arguments], self.root / "grader", ok)

    def _call(self, words: list[object], folder: Path, ok: bool) -> Run:
        run = PythonCommand(
            words,
            folder,
            PATH="/usr/bin:/bin",
            JUPYTER_DATA_DIR=str(self.root / "jupyter"),
            NBGRADER_EXCHANGE=str(self.root / "class exchange"),
        ).end()
        assert (run.code == 0) is ok, run.log
        return run

    def filled(self, *functions: str, why: str = "") -> NotebookNode:
        """Return the released notebook with these functions filled in, and with this answer."""
        answers = {"mse": "np.mean((a - b) ** 2)", "mae": "np.mean(abs(a - b))"}
        notebook = copy.deepcopy(self.released)
        for cell in notebook.cells:
            if cell.id in functions:
                cell.source = f"def {cell.id}(a, b):\n    return {answers[cell.id]}"
            elif cell.id == "why" and why:
                cell.source = why
        return notebook


def save(content: NotebookNode | str, path: Path, time: int = 0) -> None:
    """Write a notebook or any text into a student's file, and set the time of its change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else nbformat.writes(content))
    if time:
        os.utime(path, (time, time))


def contents(folder: Path) -> dict[Path, bytes]:
    """Return the content of every file below `folder`, except Python's own caches."""
    paths = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {path: path.read_bytes() for path in paths if path.is_file()}


def marks(folder: Path) -> dict[str, dict[str, str]]:
    """Return the rows of the table of marks, by student or, where there is none, by file."""
    with (folder / "marks.csv").open(encoding="utf-8-sig", newline="") as table:
        return {row["student"] or row["file"]: row for row in csv.DictReader(table)}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    return School(tmp_path_factory.mktemp("school") / "course")


# A class with everything that goes wrong


def bad_class(school: School, folder: Path) -> None:
    """Write a folder for each student, and two files that belong to nobody."""
    both = school.filled("mse", "mae")
    save(school.filled("mse", "mae", why="Squares."), folder / "ada/small.ipynb")
    save(school.filled("mae"), folder / "bob/small.ipynb")
    save(school.released, folder / "cyd/small.ipynb")
    save("%PDF-1.4", folder / "notjson/small.ipynb")
    save("\n", folder / "empty/small.ipynb")
    save("{}", folder / "justjson/small.ipynb")
    save(new_notebook(), folder / "nocells/small.ipynb")
    save(new_notebook(cells=[new_code_cell("1 + 1")]), folder / "ungraded/small.ipynb")
    save(school.other, folder / "other/small.ipynb")
    save(school.filled("mse"), folder / "renamed/homework, final.ipynb")
    kernel = copy.deepcopy(both)
    kernel.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    save(kernel, folder / "kernel/small.ipynb")
    save(nbformat.writes(nbformat.convert(copy.deepcopy(both), 3), 3), folder / "old/small.ipynb")
    save(school.filled("mse"), folder / "twice/small.ipynb", time=1_700_000_000)
    save(both, folder / "twice/small (1).ipynb", time=1_700_086_400)
    deleted = copy.deepcopy(both)
    deleted.cells = [cell for cell in both.cells if cell.id not in {"mse-mean", "why"}]
    save(deleted, folder / "deleted/small.ipynb")
    copied = copy.deepcopy(both)
    copied.cells.insert(5, NotebookNode(copied.cells[4], id="a-copy"))
    save(copied, folder / "copied/small.ipynb")
    unmarked = copy.deepcopy(both)
    for cell in unmarked.cells:
        cell.metadata.pop("nbgrader", None)
    save(unmarked, folder / "unmarked/small.ipynb")
    dead = school.filled("mse")
    dead.cells[5].source += "\nimport os; os._exit(1)"
    save(dead, folder / "dead/small.ipynb")
    wrong = school.filled("mse")
    wrong.cells[2].source = "def mse(a, b):\n    return np.sum((a - b) ** 2)"
    save(wrong, folder / "sum/small.ipynb")
    save("words", folder / "words/essay.txt")
    save("ada,bob", folder / "list.csv")
    save("no formula", folder / "=1+1.csv")
    save(school.released, folder / "small.ipynb")


@pytest.fixture(scope="module")
def graded(school: School, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The output folder of grading the bad class, and what the terminal showed."""
    folder = tmp_path_factory.mktemp("bad")
    bad_class(school, folder / "class")
    before = contents(folder / "class"), contents(school.root)
    run = school.run("grade", folder / "class", "--output", folder / "graded")
    assert run.errors == ""
    # Grading changes neither the downloads nor the course, and leaves nothing else behind.
    assert (contents(folder / "class"), contents(school.root)) == before
    assert sorted(path.name for path in folder.iterdir()) == ["class", "graded"]
    return folder / "graded", run.output


@pytest.mark.parametrize(
    ("student", "total", "sentence"),
    [
        ("ada", "5", ""),
        ("bob", "2", ""),
        ("cyd", "0", ""),
        (
            "notjson",
            "",
            "notjson: notjson/small.ipynb is not a notebook, because it is not JSON; "
            "ask for small.ipynb as JupyterLab saves it.",
        ),
        (
            "empty",
            "",
            "empty: empty/small.ipynb is empty; ask for small.ipynb as JupyterLab saves it.",
        ),
        (
            "justjson",
            "",
            "justjson: justjson/small.ipynb is JSON, but not a notebook; "
            "ask for small.ipynb as JupyterLab saves it.",
        ),
        (
            "nocells",
            "",
            "nocells: nocells/small.ipynb is a notebook without cells; "
            "ask for small.ipynb as JupyterLab saves it.",
        ),
        (
            "ungraded",
            "",
            "ungraded: ungraded/small.ipynb has none of the 4 graded cells of small; "
            "ask for the notebook that was handed out, filled in.",
        ),
        (
            "other",
            "",
            "other: other/small.ipynb belongs to the assignment 02_other, not to 01_small; "
            "grade it with --assignment 02_other.",
        ),
        (
            "renamed",
            "3",
            "renamed: renamed/homework, final.ipynb was recognized as small.ipynb "
            "by its graded cells.",
        ),
        (
            "kernel",
            "5",
            "kernel: kernel/small.ipynb was saved with the kernel R and graded with Python; "
            "check that it is the right notebook.",
        ),
        (
            "old",
            "5",
            "old: old/small.ipynb was saved in the old notebook format 3 and was converted.",
        ),
        (
            "deleted",
            "5",
            "deleted: deleted/small.ipynb lacked mse-mean, why and was completed from the release.",
        ),
        (
            "copied",
            "5",
            "copied: copied/small.ipynb has mse-mean more than once; the last one counts.",
        ),
        (
            "unmarked",
            "5",
            "unmarked: unmarked/small.ipynb had lost nbgrader's marks in 9 cells, "
            "recognized by id.",
        ),
        (
            "dead",
            "3",
            "dead: small.ipynb ended early: the kernel ended itself with exit code 1.",
        ),
        ("sum", "1", ""),
        ("list.csv", "", "list.csv is not a student's notebook; it was left out."),
        ("words", "", "words: words/essay.txt is not a notebook; ask for small.ipynb."),
        (
            "small.ipynb",
            "",
            "small.ipynb names no student; put it into a folder with the student's name.",
        ),
    ],
)
def test_every_student_gets_the_points_or_the_reason(
    graded: tuple[Path, str], student: str, total: str, sentence: str
) -> None:
    folder, terminal = graded
    row = marks(folder)[student]
    assert (row["total"], row["remarks"]) == (total, sentence)
    assert sentence in terminal
    assert (folder / f"feedback/{student}.html").exists() == bool(total)


def test_of_two_notebooks_the_newest_is_graded_and_the_table_says_so(
    graded: tuple[Path, str],
) -> None:
    row = marks(graded[0])["twice"]
    assert row["total"] == "5"
    assert row["file"] == "twice/small (1).ipynb"
    assert "was graded because it is the newest of 2 notebooks (2023-11-1" in row["remarks"]
    assert "left out: twice/small.ipynb" in row["remarks"]


def test_the_table_has_points_for_each_check_and_what_is_left_for_a_person(
    graded: tuple[Path, str],
) -> None:
    rows = marks(graded[0])
    checks = ("mse-zero (1)", "mse-mean (2)", "mae-one (2)", "why (4)")
    assert [rows["ada"][check] for check in checks] == ["1", "2", "2", ""]
    assert [rows["bob"][check] for check in checks] == ["0", "0", "2", "0"]
    assert rows["ada"]["to grade by hand"] == "why (4 points)"
    assert rows["bob"]["to grade by hand"] == ""  # An untouched answer gets no points.
    assert {row["maximum"] for row in rows.values() if row["total"]} == {"9"}


def test_a_file_named_like_a_formula_is_none_in_the_table(graded: tuple[Path, str]) -> None:
    row = marks(graded[0])["'=1+1.csv"]
    assert row["remarks"].startswith("'=1+1.csv is not a student's notebook")


def test_feedback_says_what_failed_without_the_source_of_hidden_checks(
    graded: tuple[Path, str],
) -> None:
    page = (graded[0] / "feedback/sum.html").read_text()
    assert "Hidden check: the mean, not the sum." in page
    assert "mse is a mean" in page
    for feedback in graded[0].glob("feedback/*.html"):
        assert "secret" not in feedback.read_text()


def test_feedback_says_which_answer_a_person_still_has_to_read(graded: tuple[Path, str]) -> None:
    ada, bob = ((graded[0] / f"feedback/{name}.html").read_text() for name in ("ada", "bob"))
    assert "a person still has to read it" in ada
    assert "a person still has to read it" not in bob


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere does not exist."),
        (["class", "--output", "full"], "full already exists, so nothing was graded"),
        (["class", "--output", "class/out"], "class/out is inside the folder to grade"),
        (
            ["class", "--assignment", "09"],
            "There is no assignment 09; the course has 01_small, 0",
        ),
        (["nothing"], "No notebook in nothing has a graded cell of this course"),
        (["text.zip"], "text.zip is not a zip that can be opened; download it again."),
    ],
)
def test_a_refusal_says_why_and_leaves_everything_as_it_is(
    school: School, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    for name in ("class/bob/small.ipynb", "full/marks.csv", "nothing/x.ipynb", "text.zip"):
        save("kept", tmp_path / name)
    paths = [a if a.startswith("--") or a == "09" else str(tmp_path / a) for a in arguments]
    if "--output" not in arguments:
        paths += ["--output", str(tmp_path / "out")]
    run = school.run("grade", *paths, ok=False)
    assert sentence in run.errors.replace(f"{tmp_path}/", "")
    assert run.is_clear
    files = {p: p.read_text() for p in tmp_path.rglob("*") if p.is_file()}
    assert set(files.values()) == {"kept"} and len(files) == 4


# Names and zips


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("alice/small.ipynb", "alice"),
        ("alice/01_small/small.ipynb", "alice"),
        ("Ada Lovelace_123_assignsubmission_file_/any.ipynb", "Ada_Lovelace_123"),
        ("Ada Lovelace_123_assignsubmission_file_small.ipynb", "Ada_Lovelace_123"),
        ("gaußcarl_12345_678_small.ipynb", "gaußcarl_12345"),
        ("gaußcarl_LATE_12345_678_small-1.ipynb", "gaußcarl_12345"),
        ("alice_small.ipynb", "alice"),
        ("alice-small (2).ipynb", "alice"),
        ("small_alice.ipynb", "alice"),
        ("alice.ipynb", "alice"),
        ("small.ipynb", ""),
        ("small (1).ipynb", ""),
        ("grades.csv", ""),
        ("../.. /small.ipynb", ""),
        ("al*ce[1]/small.ipynb", "al_ce_1"),
    ],
)
def test_the_student_is_told_from_the_names_that_platforms_give(path: str, student: str) -> None:
    parts = tuple(path.split("/"))
    owner = Layout([parts], ["small"], is_unwrapped=True).owner(parts)
    assert student_id(owner.student) == student


@pytest.mark.parametrize(
    ("paths", "students"),
    [
        (["class/ada/small.ipynb", "class/bob/small.ipynb", "class/list.csv"], ["ada", "bob", ""]),
        (["class/ada_small.ipynb", "class/bob_small.ipynb"], ["ada", "bob"]),
        (["ada/small.ipynb"], ["ada"]),
        (["ada/small.ipynb", "ada/small (1).ipynb"], ["ada", "ada"]),
        (["ada/small.ipynb", "ada/.ipynb_checkpoints/small.ipynb", "__MACOSX/x.ipynb"], ["ada"]),
    ],
)
def test_folders_around_the_class_and_litter_are_no_students(
    tmp_path: Path, paths: list[str], students: list[str]
) -> None:
    for path in paths:
        save("", tmp_path / path)
    assert sorted(hand_in.student for hand_in in find(tmp_path, ["small"])) == sorted(students)


def make_zip(path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]) -> Path:
    """Write a zip whose members have exactly these names."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_a_zip_writes_nothing_outside_of_its_folder_and_says_what_it_left_out(
    tmp_path: Path,
) -> None:
    link = zipfile.ZipInfo("bob/small.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    inner = make_zip(tmp_path / "inner.zip", [("small.ipynb", "inner"), ("../evil", "x")])
    outside = ["../evil.ipynb", "/tmp/evil.ipynb", "ada/../../evil.ipynb", "..\\evil.ipynb", "C:/e"]
    archive = make_zip(
        tmp_path / "class.zip",
        [
            ("ada/small.ipynb", "ada"),
            (link, "/etc/passwd"),
            ("eve/work.zip", inner.read_bytes()),
            ("fay/broken.zip", b"no zip"),
            *((name, "x") for name in outside),
        ],
    )
    folder = tmp_path / "room" / "files"
    folder.parent.mkdir()
    problems = dict(stage(archive, folder))
    assert set(problems) == {*outside, "bob/small.ipynb", "eve/work.zip/../evil", "fay/broken.zip"}
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert files == ["ada/small.ipynb", "eve/work/small.ipynb", "fay/broken.zip"]
    assert [path.name for path in folder.parent.iterdir()] == ["files"]


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.upload.whose_file.LARGEST_ZIP", 1000)
    archive = make_zip(tmp_path / "bomb.zip", [("a/x.ipynb", "0" * 600), ("b/x.ipynb", "0" * 600)])
    with pytest.raises(BadArchiveError, match="unpacks to more than"):
        stage(archive, tmp_path / "files")
    assert list((tmp_path / "files").iterdir()) == []


# nbgrader's own commands, in the course folder


def test_the_journey_of_an_assignment_through_nbgraders_own_commands(
    tmp_path: Path,
) -> None:
    school = School(tmp_path / "course")
    course, practice = school.root / "grader", school.root / "practice"
    assert sorted(path.name for path in (course / "release/01_small").iterdir()) == [
        "data.csv",
        "small.ipynb",
    ]
    shutil.rmtree(course / "release/01_small")
    school.nbgrader("generate_assignment", "01_small")
    school.nbgrader("release_assignment", "01_small")
    school.nbgrader("fetch_assignment", "01_small")
    save(school.filled("mse"), practice / "01_small/small.ipynb")
    school.nbgrader("submit", "01_small", "--student=alice")
    school.nbgrader("collect", "01_small")

    # Some hand-ins do not come through the exchange, but as downloads. One of them is bad.
    archive = course / "downloaded/01_small/archive"
    archive.mkdir(parents=True)
    copied = school.filled("mse", "mae")
    copied.cells.insert(5, NotebookNode(copied.cells[4], id="a-copy"))
    downloads = {
        "Bob Ross_7_assignsubmission_file_/work.ipynb": nbformat.writes(school.filled("mae")),
        "Cy Twombly_8_assignsubmission_file_/small.ipynb": nbformat.writes(copied),
        "Dan Flavin_9_assignsubmission_file_/small.ipynb": "no notebook",
    }
    make_zip(archive / "moodle.zip", downloads.items())
    make_zip(archive / "eve.zip", [("small.ipynb", nbformat.writes(school.released))])
    save(school.filled("mse"), archive / "fay_small.ipynb")
    school.nbgrader("zip_collect", "01_small")

    run = school.nbgrader("autograde", "01_small", ok=False)
    assert (
        "Dan_Flavin_9: small.ipynb is not a notebook, because it is not JSON; ask for" in run.errors
    )
    school.nbgrader("generate_feedback", "01_small")
    school.nbgrader("release_feedback", "01_small", "--student=alice")
    school.nbgrader("fetch_feedback", "01_small", "--student=alice")
    school.nbgrader("export", "--to=grades.csv")
    with (course / "grades.csv").open() as table:
        grades = {
            row["student_id"]: row["score"]
            for row in csv.DictReader(table)
            if row["assignment"] == "01_small"
        }
    assert grades == {
        "alice": "3.0",
        "Bob_Ross_7": "2.0",
        "Cy_Twombly_8": "5.0",
        "Dan_Flavin_9": "0.0",
        "eve": "0.0",
        "fay": "3.0",
    }
    feedback = list(practice.glob("01_small/feedback/*/small.html"))
    assert len(feedback) == 1
    assert "secret" not in feedback[0].read_text()


def test_the_configuration_is_found_from_the_root_through_jupyters_path(school: School) -> None:
    words = ("-m", "nbgrader", "db", "assignment", "list")
    run = PythonCommand(
        words, school.root, JUPYTER_CONFIG_PATH="grader", PATH="/usr/bin:/bin"
    ).end()
    assert "01_small" in run.output
    assert not (school.root / "gradebook.db").exists()


# The command line


def test_help_lists_the_commands_and_what_grade_understands_and_writes(school: School) -> None:
    assert all(
        name in school.run("--help").output
        for name in ("release", "grade", "solutions", "practice")
    )
    text = school.run("grade", "--help").output
    assert all(word in text for word in ("Moodle", "Canvas", "marks.csv", "feedback/", "--output"))


def test_practice_copies_what_is_new_and_keeps_the_students_work(school: School) -> None:
    work = school.root / "practice/01_small/small.ipynb"
    shutil.rmtree(school.root / "practice", ignore_errors=True)
    school.run("practice")
    assert nbformat.read(work, as_version=4) == school.released
    work.write_text("mine")
    assert "yours is there already" in school.run("practice").output
    assert work.read_text() == "mine"


# The course's own exercises


def test_the_solution_gets_full_marks_the_first_half_its_half_and_the_release_nothing(
    tmp_path: Path,
) -> None:
    name = "01_loss_functions/loss_functions.ipynb"
    released = nbformat.read(ROOT / "grader/release" / name, as_version=4)
    solution = nbformat.read(ROOT / "solutions" / name, as_version=4)
    answers = {cell.id: cell.source for cell in solution.cells}
    tasks = [
        cell.id
        for cell in released.cells
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code"
    ]
    half = tasks[: len(tasks) // 2]
    expected, maximum, by_hand, solved = 0.0, 0.0, 0.0, False
    for cell in released.cells:
        role = cell.metadata.get("nbgrader", {})
        if role.get("solution"):
            solved = cell.id in half
        if role.get("grade"):
            maximum += role.points
            expected += role.points * solved
            by_hand += role.points * role.solution
    for student, done in (("all", answers), ("half", half), ("none", ())):
        notebook = copy.deepcopy(released)
        for cell in notebook.cells:
            if cell.id in done:
                cell.source = answers[cell.id]
        save(notebook, tmp_path / "class" / student / "loss_functions.ipynb")
    run = PythonCommand([ROOT / "grader", "grade", "class"], tmp_path).end()
    assert run.code == 0, run.log
    rows = marks(tmp_path / "graded")
    totals = {student: float(row["total"]) for student, row in rows.items()}
    assert totals == {"all": maximum - by_hand, "half": expected, "none": 0}
    assert {row["walls"] for row in rows.values()} == {walls.name_of(walls.strongest())}
    assert by_hand > 0 and rows["all"]["to grade by hand"]
    assert 0 < expected < maximum - by_hand


def test_grading_says_where_the_release_differs_from_the_solutions(tmp_path: Path) -> None:
    school = School(tmp_path / "course")
    path = school.root / "solutions/01_small/small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (check,) = (cell for cell in notebook.cells if cell.id == "mae-one")
    check.source += "\nassert mae(np.zeros(2), np.zeros(2)) == 0"
    notebook.cells = [cell for cell in notebook.cells if cell.id != "mse-zero"]
    nbformat.write(notebook, path)
    save(school.filled("mse", "mae", why="Squares."), tmp_path / "class/ada/small.ipynb")
    run = school.run("grade", tmp_path / "class", "--output", tmp_path / "graded")
    assert "01_small: release/ and solutions/ differ in mse-zero, mae-one;" in run.output
    assert marks(tmp_path / "graded")["ada"]["total"] == "4"  # the check that is gone gives none
