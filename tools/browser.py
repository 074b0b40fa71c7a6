"""The Chromium that the tests drive: find it, or install it with `python -m tools.browser`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
# Chromium's own sandbox refuses to run as root; and Chromium calls home unless told not to.
ARGUMENTS = ["--disable-background-networking", *(["--no-sandbox"] if AS_ROOT else [])]
ADVICE = (
    "The tests drive a real Chromium and none was found that starts: install it "
    "(Debian: `sudo apt-get install chromium`; Fedora: `sudo dnf install chromium`; "
    "macOS: `brew install --cask google-chrome`), then run `make test` again."
)
# A fresh process opens the page, for Playwright refuses to start inside a running event loop.
OPEN_A_PAGE = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    path, *arguments = sys.argv[1:]
    playwright.chromium.launch(executable_path=path or None, args=arguments).new_page()
"""


@cache
def executable() -> str | None:
    """Return the path of an installed Chromium that starts, or None for Playwright's own.

    Raises:
        RuntimeError: neither starts; the message says what to install.
    """
    for path in candidates():
        if starts(path):
            return path
    raise RuntimeError(ADVICE)


def candidates() -> Iterator[str | None]:
    """Yield the browsers worth trying: those on PATH, then Playwright's own (None)."""
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    yield None


def starts(path: str | None) -> bool:
    """Tell whether this Chromium opens a page: some only print which package to install."""
    command = [sys.executable, "-c", OPEN_A_PAGE, path or "", *ARGUMENTS]
    return subprocess.run(command, capture_output=True).returncode == 0


def ways_to_install() -> Iterator[list[list[str]]]:
    """Yield one way to install Chromium after the other, each as a list of commands."""
    yield [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if AS_ROOT and shutil.which("apt-get"):
        yield [["apt-get", "update"], ["apt-get", "install", "--yes", "chromium"]]


def install() -> str | None:
    """Return what `executable` does, after installing Chromium where none starts.

    Raises:
        RuntimeError: no way to install it works; the message says what to do by hand.
    """
    for commands in ways_to_install():
        try:
            return executable()
        except RuntimeError:
            print("No Chromium yet:", " && ".join(map(" ".join, commands)), flush=True)
        for command in commands:
            if subprocess.run(command).returncode != 0:
                break
    return executable()


if __name__ == "__main__":
    try:
        print("Browser for the tests:", install() or "Playwright's own Chromium")
    except RuntimeError as problem:
        sys.exit(str(problem))
