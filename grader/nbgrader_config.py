"""nbgrader's configuration of this course.

nbgrader reads it when it is started in this folder; JupyterLab, started in the repository's
root, finds it through `JUPYTER_CONFIG_PATH=grader`.

Environment: `NBGRADER_EXCHANGE` names the folder through which assignments are handed out and
collected. By default that is `grader/exchange`, which serves one person on one machine; for
a class on a shared machine name a folder that everybody may write to.
"""

import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import SAWarning

COURSE = Path(__file__).resolve().parent
REPOSITORY = COURSE.parent

# `grader.nbgrader_hooks`, named below, is found from any current folder.
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from grader.nbgrader_hooks import install  # noqa: E402  # found only from here on

# nbgrader runs `alembic` by name when it makes a gradebook; it stands beside this Python.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
# A check that writes to stderr scores zero, and TensorFlow logs there.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# nbgrader 0.9 reads a submission while it makes it; SQLAlchemy 2.1 warns and it is harmless.
warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)

# traitlets gives `get_config` to the files that it reads.
c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.CourseDirectory.course_id = "training-neural-networks"
c.CourseDirectory.root = str(COURSE)
c.CourseDirectory.source_directory = os.path.join("..", "solutions")
# Of a source folder only the notebook and its data are handed out.
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
with suppress(OSError):  # Where it can not be made, nbgrader itself says so when it is needed.
    exchange.mkdir(parents=True, exist_ok=True)
c.Exchange.root = str(exchange)
# Students' copies: fetched to, and submitted from, this folder.
c.Exchange.assignment_dir = str(REPOSITORY / "practice")

# The first import of Keras can take more than nbgrader's 30 seconds on a slow machine.
c.Execute.timeout = 120  # seconds a cell
# Who shares the machine must not read along with the kernel; it warns when they can.
c.KernelManager.transport_encryption = "auto"

# `nbgrader autograde` and formgrader's button use the course's engine: behind walls, in parallel.
install()
# Checks run in a kernel of their own, where nothing reaches them that a student redefines.
c.Autograde.exam = True
# Imported once for the whole class, if the assignment's notebooks use them.
c.Autograde.modules = ["numpy", "matplotlib.pyplot", "keras"]
# Who handed in what, read from the names that Moodle and Canvas give to downloads.
c.ZipCollectApp.collector_plugin = "grader.nbgrader_hooks.DownloadCollector"
# Feedback names the checks, and never shows the source of a hidden one.
c.GenerateFeedback.exporter_class = "grader.student_feedback.page.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["grader.student_feedback.page.Grades"]
