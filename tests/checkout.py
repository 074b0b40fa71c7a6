"""A copy of the course for tests: a fresh clone with the packages of this checkout."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `make test` sets variables for its own commands. A make that a test starts must not get them.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
NOT_CLONED = shutil.ignore_patterns(
    *(".git", ".venv", "_build", "practice", ".*_cache", "__pycache__", ".ipynb_checkpoints"),
    *("exchange", "downloaded", "submitted", "autograded", "feedback", "gradebook.db*", "graded"),
)


def checkout(folder: Path) -> Path:
    """Copy the course to `folder`, which must be new, and return it."""
    shutil.copytree(ROOT, folder, ignore=NOT_CLONED)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder
