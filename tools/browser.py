"""Find the Chromium that the tests use, or install one with `python -m tools.browser`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
# Chromium's sandbox refuses to run as root, and Chromium contacts its maker by default.
ARGUMENTS = ["--disable-background-networking", *(["--no-sandbox"] if AS_ROOT else [])]
ADVICE = (
    "The tests need a Chromium, and none that starts was found: install it "
    "(Debian: `sudo apt-get install chromium`; Fedora: `sudo dnf install chromium`; "
    "macOS: `brew install --cask google-chrome`), then run `make test` again."
)
# A new process opens the page, because Playwright refuses to start inside a running event loop.
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
        RuntimeError: no Chromium starts; the message says what to install.
    """
    for path in candidates():
        if starts(path):
            return path
    raise RuntimeError(ADVICE)


def candidates() -> Iterator[str | None]:
    """Yield the browsers to try: those on PATH, then Playwright's own (None)."""
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    yield None


def starts(path: str | None) -> bool:
    """Tell whether this Chromium opens a page; some only print which package to install."""
    command = [sys.executable, "-c", OPEN_A_PAGE, path or "", *ARGUMENTS]
    return subprocess.run(command, capture_output=True).returncode == 0


def ways_to_install() -> Iterator[list[list[str]]]:
    """Yield the ways to install Chromium, each as a list of commands."""
    yield [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if AS_ROOT and shutil.which("apt-get"):
        yield [["apt-get", "update"], ["apt-get", "install", "--yes", "chromium"]]


def install() -> str | None:
    """Return the same as `executable`, after installing Chromium if none starts.

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
