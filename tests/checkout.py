"""A copy of the course for tests: a fresh clone with the packages of this checkout."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `make test` sets variables for its own commands. A make that a test starts must not get them.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
IGNORED = shutil.ignore_patterns(
    *(".git", ".venv", "_build", ".*_cache", "__pycache__", ".ipynb_checkpoints"),
    *("exchange", "downloaded", "submitted", "autograded", "feedback", "gradebook.db*", "graded"),
)


def not_cloned(folder: str, names: list[str]) -> set[str]:
    """Return which of the names in a folder a clone does not have; practice/ is in the root."""
    return IGNORED(folder, names) | ({"practice"} & {*names} if Path(folder) == ROOT else set())


def checkout(folder: Path) -> Path:
    """Copy the course to `folder`, which must be new, and return it."""
    shutil.copytree(ROOT, folder, ignore=not_cloned)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder
