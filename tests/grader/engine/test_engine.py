"""The engine under `nbgrader autograde`: what it sanitizes, saves, survives and reports."""

import copy
import json
import os
import re
import shutil
import sqlite3
import sys
from pathlib import Path

import nbformat
import pytest
from commands import PythonCommand, Run
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader_cells import mark

from grader.engine.accepted_files import accepted_files
from grader.engine.journal import Entry, Journal
from grader.engine.sandbox.new_files import show
from grader.engine.sanitize import Folder

ROOT = Path(__file__).resolve().parents[3]
CONFIG = f"""\
import os, sys, warnings
from sqlalchemy.exc import SAWarning
sys.path.insert(0, {str(ROOT)!r})
os.environ["PATH"] = {str(Path(sys.executable).parent)!r} + os.pathsep + os.environ["PATH"]
warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)
c = get_config()
c.CourseDirectory.course_id = "small"
"""
ENGINE = "from grader.nbgrader_hooks import install\ninstall()\n"
SCORES = """
    SELECT s.student_id, a.name, n.name, b.name, g.auto_score, g.manual_score, g.needs_manual_grade,
           c.auto_comment, w.late_submission_penalty, w.flagged, s.timestamp
    FROM submitted_assignment s
    JOIN assignment a ON a.id = s.assignment_id
    JOIN submitted_notebook w ON w.assignment_id = s.id
    JOIN notebook n ON n.id = w.notebook_id
    JOIN base_cell b ON b.notebook_id = n.id
    LEFT JOIN grade g ON g.cell_id = b.id AND g.notebook_id = w.id
    LEFT JOIN comment c ON c.cell_id = b.id AND c.notebook_id = w.id
    ORDER BY 1, 2, 3, 4, b.type
"""


def squares(prefix: str = "") -> NotebookNode:
    """Return the instructor's notebook.

    Its checks give 1 and 2 points, a result gives up to 1, and a written answer up to 4.
    """
    body = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
    hidden = "### BEGIN HIDDEN TESTS\nassert square(-3) == 9\n### END HIDDEN TESTS"
    cells = [
        mark(new_markdown_cell("Write square."), f"{prefix}task"),
        mark(new_code_cell(body), f"{prefix}square", solution=True),
        mark(new_code_cell("assert square(2) == 4"), f"{prefix}two", 1),
        mark(new_code_cell(hidden), f"{prefix}hidden", 2),
        mark(new_code_cell("share = square(1)\nshare"), f"{prefix}share", 1),
        mark(new_markdown_cell("Because."), f"{prefix}why", 4, solution=True),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


class Course:
    """An nbgrader course in a folder of its own: `ps1` with two notebooks, `ps2` with one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "gradebook.db"

    @classmethod
    def new(cls, root: Path) -> "Course":
        """Make the assignments and the students' notebooks."""
        course = cls(root)
        notebooks = {"ps1/a": squares(), "ps1/b": squares("b-"), "ps2/o": squares("o-")}
        for name, notebook in notebooks.items():
            path = root / f"source/{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, path)
        (root / "source/ps1/data.csv").write_text("ours")
        (root / "nbgrader_config.py").write_text(CONFIG)
        for assignment in ("ps1", "ps2"):
            course.nbgrader("generate_assignment", assignment)
        return course

    def copy(self, root: Path, config: str = ENGINE) -> "Course":
        """Return a copy of the course in another folder, with this configuration."""
        shutil.copytree(self.root, root)
        (root / "nbgrader_config.py").write_text(CONFIG + config)
        return Course(root)

    def nbgrader(self, *arguments: str, status: int = 0) -> str:
        """Run one of nbgrader's commands, and return its log."""
        run = PythonCommand(["-m", "nbgrader", *arguments], self.root).end()
        assert run.code == status, run.log
        return run.errors

    def run(self, script: str, *arguments: str, status: int = 0) -> Run:
        """Run a script in the course's folder."""
        (self.root / "script.py").write_text(script)
        run = PythonCommand(["-m", "script", *arguments], self.root).end()
        assert run.code == status, run.log
        return run

    def released(self, name: str = "a", square: str = "") -> NotebookNode:
        """Return a released notebook, with this body of `square` if it is given."""
        notebook = nbformat.read(self.root / f"release/ps1/{name}.ipynb", as_version=4)
        if square:
            notebook.cells[1].source = f"def square(x):\n    {square}"
        return notebook

    def hand_in(self, student: str, content: NotebookNode | str, name: str = "a.ipynb") -> Path:
        """Put a file into a student's folder for ps1."""
        path = self.root / "submitted" / student / "ps1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else nbformat.writes(content))
        return path

    def scores(self) -> list[tuple[object, ...]]:
        """Return all rows of the gradebook about submissions, in an order that does not change."""
        with sqlite3.connect(self.database) as connection:
            return connection.execute(SCORES).fetchall()

    def points(self, student: str, notebook: str = "a") -> float:
        """Return the points that a student has so far."""
        rows = [row for row in self.scores() if (row[0], row[2]) == (student, notebook)]
        assert rows, student
        return sum(float(str(row[5] if row[5] is not None else row[4] or 0)) for row in rows)

    def autograded(self) -> dict[str, str]:
        """Return the content of every file below autograded/, also of hidden ones."""
        folder = self.root / "autograded"
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_text(errors="replace") for path in files}


# A class in which everything goes wrong


def bad_class(course: Course) -> None:
    """Hand in one submission for each thing that can go wrong, and a good one."""
    good = course.released(square="return x * x")
    course.hand_in("good", good)
    course.hand_in("half", course.released(square="return x * abs(x) / 2"))
    course.hand_in("notjson", "%PDF-1.4")
    course.hand_in("blank", new_notebook())
    course.hand_in("other", (course.root / "release/ps2/o.ipynb").read_text())
    course.hand_in("name", good, "homework.ipynb")
    copied = copy.deepcopy(good)
    copied.cells.insert(3, NotebookNode(copied.cells[2], id="again"))
    course.hand_in("copied", copied)
    one = course.released(square="return 4 if x == 2 else 0.0")
    deleted = copy.deepcopy(one)
    del deleted.cells[3]
    course.hand_in("deleted", deleted)
    points = copy.deepcopy(one)
    points.cells[2].metadata.nbgrader.points = 100
    points.cells[3].metadata.nbgrader.grade = False
    course.hand_in("points", points)
    edited = course.released(square="return 0.0")
    edited.cells[2].source = "assert True"
    edited.cells[2].metadata.tags = ["skip-execution"]
    course.hand_in("edited", edited)
    hushed = course.released(square="return 0.0")
    hushed.cells[1].source += "\nget_ipython().showtraceback = lambda *args, **options: None"
    course.hand_in("hushed", hushed)
    text = copy.deepcopy(good)
    text.cells[2] = new_markdown_cell(text.cells[2].source, metadata=text.cells[2].metadata)
    text.cells[2].attachments = {"x.png": {"image/png": ""}}
    course.hand_in("text", text)
    course.hand_in("dead", course.released(square="import os; os._exit(1)"))
    course.hand_in("greedy", course.released(square="return float('nan') if x == 1 else x * x"))
    course.hand_in("more", course.released(square="return 1.5 if x == 1 else x * x"))
    (course.root / "submitted/link/ps1").mkdir(parents=True)
    (course.root / "submitted/link/ps1/a.ipynb").symlink_to(course.root / "source/ps1/a.ipynb")
    writing = course.released(square="open('note.txt', 'w').write('mine'); return x * x")
    course.hand_in("files", writing)
    folder = course.root / "submitted/files/ps1"
    (folder / "own.txt").write_text("mine")
    (folder / "data.csv").write_text("theirs")
    (folder / "book").symlink_to(course.database)
    os.mkfifo(folder / "pipe")
    course.hand_in("when", good)
    course.hand_in("when", "tomorrow, perhaps", "timestamp.txt")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course without students, for copies."""
    return Course.new(tmp_path_factory.mktemp("pristine") / "course")


@pytest.fixture(scope="module")
def graded(pristine: Course, tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, str]:
    """The course of the bad class after grading, and the log of the command."""
    course = pristine.copy(tmp_path_factory.mktemp("bad") / "course")
    bad_class(course)
    return course, course.nbgrader("autograde", "ps1", status=1)


@pytest.mark.parametrize(
    ("student", "points", "message"),
    [
        ("good", 4, ""),
        ("half", 0.5, ""),
        (
            "blank",
            0,
            "blank: a.ipynb lacked two, hidden, share, why and was completed from the release.",
        ),
        ("copied", 4, "copied: a.ipynb has two more than once; the last one counts."),
        ("deleted", 1, "deleted: a.ipynb lacked hidden and was completed from the release."),
        (
            "points",
            1,
            "points: a.ipynb had other points or flags in two, hidden and was corrected.",
        ),
        ("edited", 0, "edited: a.ipynb had changes in two, which students may not change"),
        ("hushed", 0, ""),
        ("text", 4, ""),
        ("dead", 0, "dead: a.ipynb ended early: "),
        ("greedy", 3, "greedy: a.ipynb: the result of share is no number of points from 0 to 1;"),
        ("more", 3, "more: a.ipynb: the result of share is no number of points from 0 to 1;"),
        ("files", 4, "files: book is a link; it was left out."),
        ("files", 4, "files: pipe is not a regular file; it was left out."),
    ],
)
def test_a_submission_gets_its_due_and_the_reason(
    graded: tuple[Course, str], student: str, points: float, message: str
) -> None:
    course, log = graded
    assert course.points(student) == points
    assert message in log
    assert f"{student}/ps1/a.ipynb" in course.autograded()
    entry = Journal(course.root).latest("ps1")[student]
    messages = [*entry.remarks, *entry.flags, entry.stopped]
    assert any(message in line for line in messages)
    assert bool("".join(messages)) is bool(message) or student == "text"
    assert entry.failed == "" and entry.seconds.keys() >= {"sanitize", "save"}


@pytest.mark.parametrize(
    ("student", "message"),
    [
        ("notjson", "notjson: a.ipynb is not a notebook, because it is not JSON; ask for a.ipynb"),
        ("other", "other: a.ipynb belongs to the assignment ps2, not to ps1; grade it with"),
        ("name", "name: homework.ipynb is not asked for in ps1; it has to be a.ipynb or b.ipynb."),
        ("link", "link: a.ipynb is a link; ask for the notebook itself."),
        ("when", "when: timestamp.txt holds no time that can be read."),
    ],
)
def test_what_cannot_be_graded_fails_with_the_reason_and_stops_nobody(
    graded: tuple[Course, str], student: str, message: str
) -> None:
    course, log = graded
    assert message in log
    assert course.points(student) == 0
    assert not any(name.startswith(student) for name in course.autograded())
    assert message in Journal(course.root).latest("ps1")[student].failed


def test_the_command_says_how_many_were_graded_flagged_and_failed(
    graded: tuple[Course, str],
) -> None:
    course, log = graded
    assert "13 graded, 3 of them flagged for a person; 5 failed." in log
    flagged = {row[0] for row in course.scores() if row[9]}
    assert flagged == {"greedy", "more", "dead"}
    lines = (course.root / "grading.jsonl").read_text().splitlines()
    assert len(lines) == 18
    assert {json.loads(line)["student"] for line in lines} == {
        path.name for path in (course.root / "submitted").iterdir()
    }


def test_files_go_along_the_instructors_replace_a_students_and_links_lead_nowhere(
    graded: tuple[Course, str],
) -> None:
    course, _ = graded
    files = course.autograded()
    names = {name for name in files if name.startswith("files/")}
    assert names == {f"files/ps1/{name}" for name in ("a.ipynb", "own.txt", "data.csv", "note.txt")}
    assert files["files/ps1/data.csv"] == "ours" and files["files/ps1/own.txt"] == "mine"
    assert files["files/ps1/note.txt"] == "mine"
    mode = (course.root / "autograded/files/ps1/a.ipynb").stat().st_mode & 0o777
    assert mode == 0o444


def test_a_notebook_that_was_not_handed_in_scores_zero_without_a_person(
    graded: tuple[Course, str],
) -> None:
    course, _ = graded
    rows = [row for row in course.scores() if row[0] == "good" and row[2] == "b"]
    assert {(row[4], row[6]) for row in rows if row[6] is not None} == {(0.0, 0)}


def test_where_no_kernel_starts_nobody_scores_zero_for_it(course: Course) -> None:
    tight = "--Autograde.limits=address_bytes=1000000"
    log = course.nbgrader("autograde", "ps1", "--student=ada", tight, status=1)
    assert re.search(r"ada: [ab]\.ipynb could not be executed \(", log)
    assert course.autograded() == {}
    assert "1 graded" in course.nbgrader("autograde", "ps1", "--student=ada")
    assert course.points("ada") == 4


def test_modules_are_imported_beforehand_if_the_instructors_code_names_them(
    course: Course,
) -> None:
    course.hand_in("eve", course.released(square="return x * x"))
    grade = ("autograde", "ps1", "--student=eve")
    assert "1 graded" in course.nbgrader(*grade, "--Autograde.modules=nowhere")
    log = course.nbgrader(*grade, "--force", "--Autograde.modules=square", status=1)
    assert "square cannot be imported" in log


# As nbgrader grades


def honest_class(course: Course) -> None:
    """Hand in submissions that stock nbgrader can grade, too."""
    for student, body, why in (
        ("ada", "return x * x", "I multiply."),
        ("bob", "return 4 if x == 2 else 0.0", ""),
        ("cyd", "raise ValueError(x)", "No idea."),
    ):
        for name in ("a", "b") if student != "bob" else ("a",):
            notebook = course.released(name, square=body)
            if why:
                notebook.cells[5].source = why
            course.hand_in(student, notebook, f"{name}.ipynb")
    course.hand_in("ada", "2020-01-03 00:00:00 UTC", "timestamp.txt")
    course.hand_in("cyd", "2020-01-01 12:00:00 UTC", "timestamp.txt")
    with sqlite3.connect(course.database) as connection:
        connection.execute("UPDATE assignment SET duedate = '2020-01-02 00:00:00.000000'")


@pytest.mark.slow  # test_equivalence.py has a short form.
def test_an_honest_class_gets_the_rows_that_stock_nbgrader_gives(
    pristine: Course, tmp_path: Path
) -> None:
    rows = []
    late = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    for name, config in (("stock", late), ("engine", late + ENGINE)):
        course = pristine.copy(tmp_path / name, config)
        honest_class(course)
        course.nbgrader("autograde", "ps1")
        rows.append(course.scores())
        assert set(course.autograded()) >= {"ada/ps1/b.ipynb", "bob/ps1/a.ipynb"}
    assert rows[0] == rows[1]
    assert [course.points(student) for student in ("ada", "bob", "cyd")] == [4, 1, 0]
    assert {row[8] for row in rows[1] if row[0] == "ada"} == {4}  # Who is late loses everything.


@pytest.fixture
def course(pristine: Course, tmp_path: Path) -> Course:
    """A course with an honest class."""
    made = pristine.copy(tmp_path / "course")
    honest_class(made)
    return made


def test_what_is_graded_stays_until_it_is_newer_or_forced(course: Course) -> None:
    first = course.nbgrader("autograde", "ps1")
    assert "3 graded" in first
    graded = course.autograded()
    course.hand_in("bob", course.released(square="return x * x"))
    assert "0 graded" in course.nbgrader("autograde", "ps1")
    assert course.autograded() == graded and course.points("bob") == 1
    assert "1 graded" in course.nbgrader("autograde", "ps1", "--force", "--student", "bob")
    assert course.points("bob") == 4
    course.hand_in("ada", course.released(square="return 4 if x == 2 else 0.0"))
    course.hand_in("ada", "2020-01-03 08:00:00 UTC", "timestamp.txt")
    assert "1 graded" in course.nbgrader("autograde", "ps1")
    assert course.points("ada") == 1
    course.hand_in("cyd", course.released("b", square="return x * x"), "b.ipynb")
    assert "1 graded" in course.nbgrader(
        *("autograde", "ps1", "--notebook", "b", "--student", "cyd", "--force")
    )
    assert (course.points("cyd", "a"), course.points("cyd", "b")) == (0, 4)
    assert course.autograded()["cyd/ps1/a.ipynb"] == graded["cyd/ps1/a.ipynb"]


def test_formgraders_button_uses_the_engine_and_tells_what_went_wrong(course: Course) -> None:
    course.hand_in("bob", "no notebook")
    run = course.run("""
import json, sys, warnings
from nbgrader.apps import NbGraderApp
from nbgrader.apps.api import NbGraderAPI
app = NbGraderApp()
app.initialize([])
api = NbGraderAPI(config=app.config)
print(json.dumps([api.autograde("ps1", student) for student in ("ada", "bob")]))
""")
    ada, bob = json.loads(run.output)
    assert ada["success"] and "1 graded, 0 of them flagged" in ada["log"]
    assert not bob["success"] and "bob: a.ipynb is not a notebook" in bob["log"]
    assert course.points("ada") == 4 and (course.root / "grading.jsonl").exists()


def test_without_walls_it_grades_when_told_and_says_so(course: Course) -> None:
    log = course.nbgrader("autograde", "ps1", "--Autograde.sandbox=False", "--Autograde.workers=1")
    assert "Grading without walls, as you asked" in log
    assert not Journal(course.root).latest("ps1")["ada"].sandbox


# Nothing is lost

# This script grades copies of a course. In the first copy it kills itself when it first changes a
# file or the gradebook, in the next copy some changes later, and so on. It grades each killed copy
# again. The last copy is the one that it grades without being killed.
KILLED = """
import logging, os, shutil, signal, sys, warnings
warnings.simplefilter("ignore")
import nbgrader.apps.autogradeapp as command
from nbgrader.converters import NbGraderException
from sqlalchemy import Engine
from sqlalchemy.event import listen

TOUCHES = {"commit", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "fcntl.flock"}
app = command.AutogradeApp()
step, *options = sys.argv[1:]
app.initialize(["ps1", "--no-execute", *options])
app.coursedir.assignment_id = "ps1"
app.log.setLevel(logging.CRITICAL)

def grade(root, killed_at=0):
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    app.coursedir.root = root
    app.coursedir.db_url = f"sqlite:///{root}/gradebook.db"
    touched = 0
    def touch(event, arguments):
        nonlocal touched
        writes = event == "open" and str(arguments[1])[0] in "wax"
        if event in TOUCHES or writes:
            touched += 1
            if touched == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(touch)
    listen(Engine, "commit", lambda connection: touch("commit", ()))
    try:
        command.Autograde(coursedir=app.coursedir, parent=app).start()
    except NbGraderException:
        pass
    os._exit(0)

for nth in range(1, 1000, int(step)):
    copy = os.path.abspath(f"../copies/{nth:03d}")
    shutil.copytree(".", copy, symlinks=True)
    if not grade(copy, nth):
        break
    grade(copy)
"""


@pytest.mark.parametrize(
    ("step", "options"),
    [
        (5, ["--force"]),
        pytest.param(1, ["--force"], marks=pytest.mark.slow),
        pytest.param(1, [], marks=pytest.mark.slow),
        pytest.param(1, ["--notebook=a", "--force"], marks=pytest.mark.slow),
    ],
)
def test_killed_at_any_moment_and_run_again_it_comes_out_the_same(
    course: Course, step: int, options: list[str]
) -> None:
    # With --no-execute the students' own outputs count, so a hundred runs take only seconds.
    if options:
        course.nbgrader("autograde", "ps1", "--no-execute")
        course.hand_in("cyd", "no notebook")
    failing = course.released(square="return 4")
    failing.cells[3].outputs = [new_output("error", ename="E", evalue="e", traceback=[])]
    course.hand_in("bob", failing)
    course.run(KILLED, str(step), *options)
    *killed, undisturbed = sorted(course.root.parent.glob("copies/*"))
    assert len(killed) > 30 / step
    expected = Course(undisturbed)
    assert {expected.points("ada"), expected.points("bob")} == {4, 2}
    for root in killed:
        found = Course(root)
        assert found.scores() == expected.scores(), root
        assert found.autograded() == expected.autograded(), root
        graded = Journal(root).latest("ps1")
        assert graded.keys() == {"ada", "bob", "cyd"}


def impatient(course: Course) -> str:
    """Return the option with which SQLite itself waits for a lock only briefly, instead of 5 s."""
    return f"--db=sqlite:///{course.database}?timeout=0.2"


def test_a_locked_gradebook_is_waited_for(course: Course) -> None:
    with sqlite3.connect(course.database, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        words = ["-m", "nbgrader", "autograde", "ps1", "--no-execute", impatient(course)]
        command = PythonCommand(words, course.root)
        command.until(lambda: "in use by another program" in command.log)
        other.execute("ROLLBACK")
    run = command.end()
    assert run.code == 0 and "waiting (database is locked)" in run.log and "3 graded" in run.log
    assert course.points("ada") == 4


def test_a_gradebook_that_stays_locked_costs_the_submission_not_the_run(course: Course) -> None:
    before = course.scores()
    with sqlite3.connect(course.database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")  # Others may read, but not write.
        arguments = ("autograde", "ps1", "--no-execute", "--Autograde.patience=0", "--student=ada")
        log = course.nbgrader(*arguments, impatient(course), status=1)
    assert "ada: could not be saved (the gradebook was in use by another program for 0 s" in log
    assert course.scores() == before and course.autograded() == {}
    assert "1 graded" in course.nbgrader("autograde", "ps1", "--no-execute", "--student=ada")


def test_a_full_disk_costs_the_submission_and_leaves_nothing_half_written(course: Course) -> None:
    (course.root / "submitted/bob/ps1/large.bin").write_bytes(bytes(3_000_000))
    # A full disk stops a write in the middle of a file. This limit does so after 2 MB.
    limited = """
import resource, runpy
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
runpy.run_module("nbgrader", run_name="__main__")
"""
    run = course.run(limited, "autograde", "ps1", "--no-execute", status=1)
    assert "bob: could not be saved (File too large); run autograde again." in run.log
    assert "2 graded, 0 of them flagged for a person; 1 failed." in run.log
    assert not any("bob" in name for name in course.autograded())
    assert "1 graded" in course.nbgrader("autograde", "ps1", "--no-execute")
    assert len(course.autograded()["bob/ps1/large.bin"]) == 3_000_000


# Its parts


def test_a_new_file_never_replaces_a_file_that_was_handed_in() -> None:
    handed_in = {"data.csv": b"", "sub/x.txt": b""}
    written = ["new.txt", "sub/new.txt", "data.csv", "a.ipynb", "timestamp.txt", "sub", "/etc/x"]
    written += ["../x", "data.csv/x", "deep/er/y"]
    message = json.dumps(dict.fromkeys(written, "AAEC"))
    names = ("new.txt", "sub/new.txt", "deep/er/y")
    assert accepted_files(message, handed_in) == dict.fromkeys(names, b"\0\1\2")


@pytest.mark.parametrize("message", ["", "gibberish", "[1]", "5", '{"a": 1}', '{"a": "%%"}'])
def test_nonsense_from_a_kernel_counts_as_no_files(message: str) -> None:
    assert accepted_files(message, {}) == {}


def test_new_files_are_kept_as_far_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/new.bin").write_bytes(bytes(range(256)))
    (tmp_path / "old.txt").write_text("handed in")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "large.bin").write_bytes(bytes(1000))
    show(["old.txt"], most=600)
    message = capsys.readouterr().out
    assert len(message) <= 601
    assert accepted_files(message, {}) == {"sub/new.bin": bytes(range(256))}


def test_too_many_or_too_large_files_are_left_out_with_a_sentence(tmp_path: Path) -> None:
    for number in range(1100):
        (tmp_path / f"{number:04d}.txt").touch()
    files, remarks = Folder().read(tmp_path)
    assert len(files) == 1000
    assert remarks == [
        "1000.txt and the files after it exceed the limit of 1000 files; they were left out"
    ]
    (tmp_path / "0000.txt").write_bytes(bytes(2000))
    files, remarks = Folder(ignore=["*[1-9].txt"], largest=1000).read(tmp_path)
    assert remarks == ["0000.txt is larger than 0.001 MB; it was left out"] and len(files) == 109


def test_a_journal_of_an_older_grader_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(Entry("ada", "ps1", walls="namespaces"))
    line = json.loads(journal.path.read_text())
    assert line.pop("walls") == "namespaces"
    journal.path.write_text(json.dumps(line) + "\n")
    assert journal.latest("ps1")["ada"].walls == ""


def test_the_journal_survives_a_line_that_was_cut_off(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(Entry("ada", "ps1", remarks=("first",)))
    with journal.path.open("a") as file:
        file.write('{"student": "bob", "assi')
    journal.append(Entry("b\udcff", "ps1"))
    journal.append(Entry("ada", "ps1", seconds={"save": 0.1}))
    journal.append(Entry("ada", "ps2"))
    found = journal.latest("ps1")
    assert set(found) == {"ada", "b\udcff"}
    assert found["ada"].remarks == () and found["ada"].seconds == {"save": 0.1}
