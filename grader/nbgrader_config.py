"""nbgrader's configuration of this course.

nbgrader reads it when you start nbgrader in this folder. JupyterLab, started in the repository's
root, finds it through `JUPYTER_CONFIG_PATH=grader`.

The environment variable `NBGRADER_EXCHANGE` names the folder through which assignments are handed
out and collected. The default, `grader/exchange`, serves one person on one machine. For a class on
a shared machine, name a folder in which everybody may write: docs/school.md says how.
"""

import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import SAWarning

COURSE = Path(__file__).resolve().parent
REPOSITORY = COURSE.parent

# Python finds the package `grader` only if the repository is on its path.
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

if sys.platform == "win32":
    from grader.__main__ import ON_WINDOWS

    # nbgrader would go on after any other error, and run students' code without walls.
    sys.exit(ON_WINDOWS)

from grader.nbgrader_hooks import install  # noqa: E402  # the path is complete only here

# nbgrader runs `alembic` by name when it makes a gradebook, and `alembic` is beside this Python.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
# A check that writes to stderr scores zero, and TensorFlow logs to stderr.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# nbgrader 0.9 reads a submission while it makes it. SQLAlchemy 2.1 warns, but it is harmless.
warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)

# traitlets defines `get_config` in the files that it reads.
c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.CourseDirectory.course_id = "training-neural-networks"
c.CourseDirectory.root = str(COURSE)
c.CourseDirectory.source_directory = os.path.join("..", "solutions")
# Students get the notebook of a source folder and its data, but none of these files.
c.CourseDirectory.ignore = [
    ".*",
    "*.pyc",
    "*.py",
    "*.md",
    "__pycache__",
    "*~",
    "feedback",
    "Untitled*",
]

exchange = Path(os.environ.get("NBGRADER_EXCHANGE") or COURSE / "exchange")
with suppress(OSError):  # It exists, or nbgrader says that it cannot use it when it needs it.
    exchange.mkdir(parents=True)
    # nbgrader needs a folder in which every account may write. The first 1 is the sticky bit: it
    # prevents an account from deleting or renaming what another one has put there.
    exchange.chmod(0o1777)
c.Exchange.root = str(exchange)
# Students fetch assignments into this folder and submit them from there.
c.Exchange.assignment_dir = str(REPOSITORY / "practice")

# The first import of Keras can take more than nbgrader's 30 seconds on a slow machine.
c.Execute.timeout = 120  # seconds a cell
# Other users of the machine cannot read a kernel's messages if they are encrypted.
c.KernelManager.transport_encryption = "auto"

# `nbgrader autograde` and formgrader's button run notebooks behind walls and in parallel.
install()
# Checks run in a kernel of their own, so a student can redefine nothing that they use.
c.Autograde.exam = True
# The engine imports these once for the whole class, if the assignment's notebooks use them.
c.Autograde.modules = ["numpy", "matplotlib.pyplot", "keras"]
# To change a limit of students' code, see README.md, "Grade"; for example:
# c.Autograde.limits = {"memory_bytes": "8G"}
# `nbgrader zip_collect` finds the student in the names that Moodle and Canvas give to downloads.
c.ZipCollectApp.collector_plugin = "grader.nbgrader_hooks.DownloadCollector"
# Feedback names each check, and never shows the source of a hidden one.
c.GenerateFeedback.exporter_class = "grader.student_feedback.page.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["grader.student_feedback.page.Grades"]
