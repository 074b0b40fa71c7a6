"""Make *Submit* work in JupyterLab on one person's computer: `python -m tools.exchange`.

This releases each assignment in `grader/release/` to the course's exchange, once.
If `NBGRADER_EXCHANGE` names the exchange of a class, this does nothing, because the instructor
releases the assignments there.
"""

import os
import subprocess
import sys
from pathlib import Path

from grader.course import COURSE, RELEASE, configuration, exercises


def unreleased(release: Path, outbound: Path) -> list[str]:
    """Return the assignments in `release` that are not in the exchange's folder `outbound`."""
    return [name for name in exercises(release) if not (outbound / name).exists()]


if __name__ == "__main__" and not os.environ.get("NBGRADER_EXCHANGE"):
    config = configuration()
    outbound = Path(config.Exchange.root, config.CourseDirectory.course_id, "outbound")
    for name in unreleased(RELEASE, outbound):
        command = [sys.executable, "-m", "nbgrader", "release_assignment", name]
        subprocess.run([*command, "--log-level=ERROR"], cwd=COURSE, check=True)
