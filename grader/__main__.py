"""The commands of `python -m grader`, which nbgrader does not have."""

import argparse
import sys
from functools import partial
from io import TextIOWrapper
from pathlib import Path

if not __package__:  # Started as `python path/to/grader`, from any folder.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from grader import GraderError
from grader.engine.messages import LANDLOCK, NAMESPACES, UNITS, Limits

ON_WINDOWS = (
    "Grading needs Linux, macOS or WSL (https://learn.microsoft.com/windows/wsl/install); "
    "on Windows itself you can read the book and practice."
)

DESCRIPTION = """\
Release and grade the exercises of the course.

On one machine or a JupyterHub, use nbgrader's own commands in the folder grader/ (collect,
autograde, formgrader, generate_feedback, export). The commands below do what those cannot."""

CHECK = """\
Say, in a sentence each, what a solution notebook has to correct: the file, the cell, what is
wrong, and what to do. The exit status is 0 if the notebooks keep every rule, and 1 otherwise.
It runs nothing: the tests show whether the solutions are right."""

GRADE = """\
Grade a folder or a zip of notebooks, as a learning platform gives them to you.

It understands a folder for each student (alice/loss_functions.ipynb), files named after students
(alice_loss_functions.ipynb), and the downloads of Moodle, Canvas, Blackboard, Brightspace, Sakai,
ILIAS, Gradescope, Teams, GitHub Classroom and Google Classroom. It recognizes a renamed notebook
by its graded cells. --dry-run shows whose each file is and what will be done with it.

It writes into the folder --output, which must be new:
  marks.csv   a row for each student: the total, the points for each check, what a person still
              has to grade, and a sentence if something was wrong
  feedback/   a page for each student
For Moodle and Canvas, it also writes what they take back, and says where to upload it.

It works on copies and has a gradebook of its own, so the downloads and the course's gradebook
stay as they are. To grade the written answers in formgrader, collect with nbgrader zip_collect."""

REPORT = """\
Show how a class did in an assignment that nbgrader autograde has graded.

For each check, it shows the mean share of its points, and its discrimination: the correlation
of the points in it with the points in all other checks. Then it lists the known mistakes that were
recognized, the seconds that grading took, what a person should look at, and whether anything
ran outside of the sandbox. It changes nothing."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 with a sentence on stderr."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):  # A terminal may lack the letters of a name.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options.run(options)
    except GraderError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    raw = partial(argparse.RawDescriptionHelpFormatter, max_help_position=16)
    parser = argparse.ArgumentParser("python -m grader", None, DESCRIPTION, formatter_class=raw)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    def command(name: str, run: object, brief: str, details: str = "") -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=brief, description=details or brief, formatter_class=raw
        )
        made.set_defaults(run=run)
        return made

    command("release", _release, "make grader/release/ anew from solutions/")
    check = command("check", _check, "say what a solution notebook has to correct", CHECK)
    solutions = command("solutions", _solutions, "run solution notebooks and keep their outputs")
    for of_authors in (check, solutions):
        of_authors.add_argument(
            "notebooks",
            nargs="*",
            type=Path,
            metavar="NOTEBOOK",
            help="solutions/NN_topic/topic.ipynb (default: all of them)",
        )
    command("practice", _practice, "copy chapters and exercises to practice/, never over your work")
    grade = command("grade", _grade, "grade a folder or zip of notebooks in one go", GRADE)
    grade.add_argument("source", type=Path, metavar="FOLDER_OR_ZIP")
    grade.add_argument(
        "--assignment",
        metavar="NAME",
        help="which assignment to grade (default: the one most notebooks belong to)",
    )
    grade.add_argument(
        "--output",
        type=Path,
        default=Path("graded"),
        metavar="DIR",
        help="a new folder for marks.csv and feedback/ (default: %(default)s)",
    )
    grade.add_argument(
        "--dry-run",
        action="store_true",
        help="grade and write nothing; print a line for each file: student, file, what will be "
        "done with it, lateness, remark",
    )
    report = command("report", _report, "what a class knows: checks, mistakes, times", REPORT)
    report.add_argument(
        "assignment", nargs="?", metavar="ASSIGNMENT", help="default: the only one that is graded"
    )
    report.add_argument("--html", type=Path, metavar="FILE", help="write a page with drawings")
    report.add_argument("--csv", type=Path, metavar="FILE", help="write a row for each check")
    grade.add_argument(
        "--scheduler",
        default="",
        metavar="TLS://HOST:PORT",
        help="run the notebooks on the workers of this Dask scheduler; docs/cluster.md says how to "
        "start one to which nobody else can connect",
    )
    grade.add_argument(
        "--workers",
        type=int,
        default=0,
        metavar="N",
        help="notebooks at a time on this machine (default: two for each core)",
    )
    grade.add_argument(
        "--walls",
        choices=[NAMESPACES, LANDLOCK],
        help="the only kind of walls around students' code to try (default: the strongest that "
        "this machine can build; marks.csv names it)",
    )
    grade.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run the notebooks without walls, on a machine where these cannot be built; students' "
        "code can then do everything that you can do, and the marks say so",
    )
    defaults = ", ".join(_as_setting(name, value) for name, value in vars(Limits()).items())
    grade.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a limit of students' code, such as memory_bytes=8G, instead of those in "
        f"nbgrader_config.py; repeat it for each limit that you change (default: {defaults})",
    )
    return parser


def _as_setting(name: str, value: int) -> str:
    """Return a limit as --limit reads it, such as "memory_bytes=4G"."""
    for unit, size in reversed(UNITS.items()):
        if name.endswith("bytes") and value % size == 0:
            return f"{name}={value // size}{unit}"
    return f"{name}={value}"


def _limits(settings: list[str]) -> dict[str, int]:
    """Return the limits in texts such as "memory_bytes=8G".

    Raises:
        GraderError: a name or a value is wrong; the message says which and what is right.
    """
    limits = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        limits[name] = value
    try:
        return Limits.from_settings(limits).changed()
    except ValueError as error:
        raise GraderError(f"--limit: {error}.") from None


def _refuse_windows() -> None:
    """Stop on Windows, which lacks what the engine needs: forks, Unix sockets and file locks."""
    if sys.platform == "win32":
        raise GraderError(ON_WINDOWS)


# Each command imports what it needs when it runs, so that --help answers at once.
def _release(options: argparse.Namespace) -> None:
    _refuse_windows()
    from grader.course import RELEASE
    from grader.release import release

    for exercise in release().values():
        points = exercise.points
        print(
            f"{exercise.assignment}: {len(points)} graded cells, {sum(points.values()):g} points "
            f"-> {RELEASE / exercise.assignment}"
        )


def _grade(options: argparse.Namespace) -> None:
    _refuse_windows()
    if options.dry_run:
        from grader.upload.dry_run import dry_run

        dry_run(options.source, options.assignment)
        return
    from traitlets.config import Config

    from grader.upload.grade import grade

    settings = {
        "scheduler": options.scheduler,
        "workers": options.workers,
        "sandbox": not options.no_sandbox,
    }
    if options.walls:
        settings["walls"] = options.walls
    if options.limit:
        settings["limits"] = _limits(options.limit)
    engine = Config(EngineAutograde=settings)
    grade(options.source, options.output, options.assignment, engine)


def _report(options: argparse.Namespace) -> None:
    _refuse_windows()
    from grader.course import configuration
    from grader.report import report

    report(configuration(), options.assignment, options.html, options.csv)


def _check(options: argparse.Namespace) -> None:
    from grader.authoring.rules import violations
    from grader.authoring.source import name_of
    from grader.solutions import solution_notebooks

    count = 0
    for path in options.notebooks or solution_notebooks():
        sentences = violations(path)
        print(*sentences or [f"{name_of(path)} keeps every rule."], sep="\n")
        count += len(sentences)
    if count:
        raise GraderError(f"{count} to correct. CONTRIBUTING.md has the rules with their reasons.")


def _solutions(options: argparse.Namespace) -> None:
    from grader.solutions import chosen, refresh

    refresh(chosen(options.notebooks))


def _practice(options: argparse.Namespace) -> None:
    from grader.course import REPOSITORY
    from grader.practice.desk import list_fonts, practice

    for folder, new in practice(REPOSITORY / "practice"):
        print(f"{folder}{'' if new else ': yours is there already and stays'}")
    list_fonts()


if __name__ == "__main__":
    sys.exit(main())
