"""What the course puts in the place of nbgrader's own parts agrees with nbgrader."""

import os
import sys
from pathlib import Path

import pytest
from nbgrader.api import get_alembic_version

from grader.nbgrader_hooks import alembic_version


def test_a_new_gradebook_gets_the_version_that_alembic_prints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = str(Path(sys.executable).parent)  # where nbgrader finds the program `alembic`
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))
    assert alembic_version() == get_alembic_version()
