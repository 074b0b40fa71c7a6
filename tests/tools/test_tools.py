"""The tools that the Makefile calls: the server for the book and the search for a browser."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from checkout import ROOT

from tools import browser


def test_serve_takes_another_port_when_this_one_is_taken(book: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "-u", "-m", "tools.serve", str(port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        with server:
            try:
                assert server.stdout
                assert server.stdout.readline().startswith(f"Port {port}: Address already in use")
                address = server.stdout.readline().split()[4]
                with urlopen(address + "index.html") as page:
                    served = page.read()
            finally:
                server.terminate()
    assert address.startswith("http://127.0.0.1:")
    assert str(port) not in address
    assert served == (book / "index.html").read_bytes()


def test_the_browser_found_is_one_that_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = tmp_path / "stub-of-chromium"
    stub.write_text("#!/bin/sh\necho install the chromium package\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(browser, "NAMES", (stub.name, *browser.NAMES))
    browser.executable.cache_clear()
    assert str(stub) in browser.candidates()
    assert browser.executable() != str(stub)


def test_without_a_browser_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    browser.executable.cache_clear()
    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        browser.executable()
