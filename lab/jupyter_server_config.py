"""The settings of the server behind `make lab`, `make grade` and the student kit."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import course_contents
import course_validator

course_validator.install()
# traitlets defines `get_config` in the files that it reads.
c = get_config()  # type: ignore[name-defined]  # noqa: F821
c.ServerApp.contents_manager_class = course_contents.CourseContents
# Without encryption, each kernel warns on the terminal that others can read along.
c.KernelManager.transport_encryption = "auto"
