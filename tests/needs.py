"""What a test needs of the machine, and the sentence that says so where it is missing."""

from __future__ import annotations

import pytest

from grader.engine import walls
from grader.engine.messages import LANDLOCK, NAMESPACES


def namespaces() -> None:
    """Skip the test where nobody may make namespaces, as in most containers."""
    try:
        walls.strongest(NAMESPACES)
    except walls.NoWallsError as error:
        pytest.skip(f"Namespaces are not allowed here: {error}")


def landlock() -> None:
    """Fail where Landlock is missing."""
    try:
        walls.strongest(LANDLOCK)
    except walls.NoWallsError as error:
        pytest.fail(f"This test needs Linux 5.13 or newer with Landlock: {error}")
