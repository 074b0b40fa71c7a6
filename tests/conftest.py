"""What several tests start once: the built book, a server for it, a real browser."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # test processes run side by side

import pytest
from playwright.sync_api import Browser, sync_playwright

from tools import browser as chromium
from tools.book import served
from tools.serve import Handler

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "chapters"))  # as a chapter sees `demos`


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder of the built site; builds what has changed since the last time.

    Test processes that run side by side build one after the other.
    """
    command = [
        Path(sys.executable).with_name("jupyter-book"),
        "build",
        ".",
        "-W",
        "-n",
        "--keep-going",
    ]
    (ROOT / "_build").mkdir(exist_ok=True)
    with open(ROOT / "_build" / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def site(book: Path) -> Iterator[str]:
    """The address of the built site, served over HTTP on this machine."""
    with served(book, Handler) as address:
        yield address


@pytest.fixture(scope="module")  # its event loop would stop that of other modules' tests
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        path = chromium.executable()
        running = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield running
        running.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let the tests of a class that lists figures run for each of them."""
    if "draw" in metafunc.fixturenames:
        metafunc.parametrize("draw", metafunc.cls.frames, ids=lambda draw: draw.__name__)
