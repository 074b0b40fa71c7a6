"""What several tests share: the built book, a server for it, and a browser."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# Workers run side by side, so that more threads would only get in their way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from checkout import ROOT, not_cloned
from playwright.sync_api import Browser, sync_playwright

from tools import browser as chromium
from tools.book import HTML, served
from tools.serve import Handler

BUILT = ROOT / "_build" / "built"  # Its time is the start of the last successful build.
# `make test` gives whole files to its workers, in this order. If one of these files came last, it
# would keep one processor busy while the others have nothing left to do.
LONGEST = (
    "tests/site/test_access.py",
    "tests/site/test_site.py",
    "tests/exercises/test_mistakes.py",
    "tests/chapters/test_interact.py",
    "tests/grader/engine/test_walls.py",
    "tests/site/test_fast.py",
    "tests/lab/test_lab.py",
    "tests/attacks/test_attacks.py",
    "tests/attacks/test_stock.py",
    "tests/grader/engine/test_engine.py",
    "solutions/04_regularization/regularization.ipynb",
)


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder of the built site. It is built unless it is newer than everything it shows.

    `make test` builds the book before it starts pytest. The lock lets only one process build.
    """
    BUILT.parent.mkdir(exist_ok=True)
    with open(BUILT.with_name("lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current():
            build()
    return HTML


def is_current() -> bool:
    """Return whether the book was built after the last change of any file outside tests/."""
    if not BUILT.exists() or not (HTML / "index.html").exists():
        return False
    built = BUILT.stat().st_mtime
    for folder, folders, names in os.walk(ROOT):
        ignored = not_cloned(folder, [*folders, *names]) | {"tests"}
        folders[:] = set(folders) - ignored
        if any(Path(folder, name).lstat().st_mtime > built for name in set(names) - ignored):
            return False
    return True


def build() -> None:
    """Build the book as `make book` does, and note when that started."""
    started = time.time()
    words = ("build", ".", "-W", "-n", "--keep-going")
    command = [Path(sys.executable).with_name("jupyter-book"), *words]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, (
        f"The book does not build; run `make book`.\n{run.stdout[-2000:]}{run.stderr[-4000:]}"
    )
    BUILT.touch()
    os.utime(BUILT, (started, started))


@pytest.fixture(scope="session")
def site(book: Path) -> Iterator[str]:
    """The address of a server on this machine that serves the built site."""
    with served(book, Handler) as address:
        yield address


@pytest.fixture(scope="module")  # While it runs, other modules could not run an event loop.
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        path = chromium.executable()
        running = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield running
        running.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests of the longest files to the front."""
    position = {ROOT / name: number for number, name in enumerate(LONGEST)}
    missing = [str(path) for path in position if not path.exists()]
    assert not missing, (
        f"Correct LONGEST in tests/conftest.py: {', '.join(missing)} does not exist."
    )
    items.sort(key=lambda item: position.get(item.path, len(position)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a class once for each of the figures that the class lists."""
    if "draw" in metafunc.fixturenames:
        metafunc.parametrize("draw", metafunc.cls.frames, ids=lambda draw: draw.__name__)
