"""Let JupyterLab offer *Submit* on one person's machine: `python -m tools.exchange`.

Each assignment in `grader/release/` goes into the course's exchange, once.
Where `NBGRADER_EXCHANGE` names the exchange of a class, its instructor does that.
"""

import os
import subprocess
import sys
from pathlib import Path

from grader.course import COURSE, RELEASE, configuration, exercises


def waiting(release: Path, outbound: Path) -> list[str]:
    """Name the assignments in `release` that are not in the exchange's folder `outbound`."""
    return [name for name in exercises(release) if not (outbound / name).exists()]


if __name__ == "__main__" and not os.environ.get("NBGRADER_EXCHANGE"):
    config = configuration()
    outbound = Path(config.Exchange.root, config.CourseDirectory.course_id, "outbound")
    for name in waiting(RELEASE, outbound):
        command = [sys.executable, "-m", "nbgrader", "release_assignment", name]
        subprocess.run([*command, "--log-level=ERROR"], cwd=COURSE, check=True)
