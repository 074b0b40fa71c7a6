"""JupyterHub as programs use it: its REST API, and the one of each person's server."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from checkout import ROOT

INSTALLED = ROOT / "_build" / "hub"  # what these tests install, once
STARTS = 300  # seconds within which a hub or a server starts on a busy machine
ANSWERS = 300  # seconds within which a server answers; it may grade meanwhile
NO_NODE = (
    "JupyterHub's proxy needs Node.js 22 or newer and npm: install them "
    "(https://nodejs.org/en/download), then run `make test-long` again."
)


def install(name: str, *commands: list[str]) -> Path:
    """Return a folder below _build/hub, after running the commands that fill it, if they are new.

    Args:
        name: the name of the folder.
        commands: they run in the folder.
    """
    folder = INSTALLED / name
    done = folder / "commands"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Several workers run these tests.
        if not done.exists() or done.read_text() != repr(commands):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for command in commands:
                run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
                assert run.returncode == 0, f"{name} cannot be installed: {run.stdout}{run.stderr}"
            done.write_text(repr(commands))
    return folder


def install_proxy(package: str) -> str:
    """Return the folder of the program of JupyterHub's proxy.

    Args:
        package: its name and version for npm.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.fail(NO_NODE)
    folder = install("proxy", [npm, "install", "--no-save", "--prefix", ".", package])
    return str(folder / "node_modules" / ".bin")


class Ports:
    """Ports that no program uses now, in the place of those of docs/school.md."""

    def __init__(self) -> None:
        """Find them."""
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
        addresses = [f"127.0.0.1:{opened.getsockname()[1]}" for opened in sockets]
        for opened in sockets:
            opened.close()
        self.public, self._service, self._inner, self._proxy = addresses

    @property
    def replacing(self) -> dict[str, str]:
        """The addresses to use, by those in the page."""
        return {"127.0.0.1:8000": self.public, "127.0.0.1:10101": self._service}

    @property
    def settings(self) -> str:
        """Settings that the page leaves at their defaults."""
        return (
            f"c.JupyterHub.hub_bind_url = 'http://{self._inner}'\n"
            f"c.ConfigurableHTTPProxy.api_url = 'http://{self._proxy}'\n"
            f"c.Spawner.start_timeout = c.Spawner.http_timeout = {STARTS}\n"
        )


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until `holds()` is true."""
    end = time.monotonic() + STARTS
    while not holds():
        assert time.monotonic() < end, f"{what} does not start within {STARTS} s"
        time.sleep(0.2)


class Hub:
    """A hub, as a context in which it runs."""

    def __init__(
        self, command: list[str], address: str, log: Path, environment: dict[str, str] | None = None
    ) -> None:
        """Prepare a hub.

        Args:
            command: starts it, in the folder of `log`.
            address: where it answers, as host and port.
            log: a file for what it prints.
            environment: environment variables, besides those of this process.
        """
        self.address, self.log = f"http://{address}", log
        self._command, self._environment = command, environment or {}

    def __enter__(self) -> Hub:
        """Start the hub, and wait until it answers."""
        with self.log.open("w") as out:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.log.parent,
                env=os.environ | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        try:
            until(self._answers, "the hub")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _answers(self) -> bool:
        assert self._process.poll() is None, f"The hub has ended:\n{self.log.read_text()}"
        try:
            return requests.get(f"{self.address}/hub/api", timeout=ANSWERS).ok
        except requests.ConnectionError:
            return False

    def __exit__(self, *_: object) -> None:
        """End the hub, its proxy, its services and all servers."""
        processes = psutil.Process(self._process.pid).children(recursive=True)
        self._process.terminate()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(processes, timeout=20)[1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()


class Person:
    """A user of a hub, with a token of his or her own."""

    def __init__(self, hub: Hub, name: str, password: str) -> None:
        """Log in."""
        self.hub, self.name = hub.address, name
        login = {"auth": {"username": name, "password": password}}
        answer = requests.post(
            f"{self.hub}/hub/api/users/{name}/tokens", json=login, timeout=ANSWERS
        )
        assert answer.ok, f"{name} cannot log in: {answer.text}"
        self.token = answer.json()["token"]
        self.server = f"user/{name}"

    def request(self, method: str, path: str, **details: Any) -> requests.Response:
        """Send a request to the hub, and return the answer, whatever it is."""
        headers = {"Authorization": f"token {self.token}"}
        address = f"{self.hub}/{path}"
        return requests.request(method, address, headers=headers, timeout=ANSWERS, **details)

    def call(self, method: str, path: str, **details: Any) -> Any:
        """Send a request to this person's server, and return the data of its answer."""
        answer = self.request(method, f"{self.server}/{path}", **details)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def start(self) -> None:
        """Start this person's server, and wait until it runs."""
        answer = self.request("POST", f"hub/api/users/{self.name}/server")
        assert answer.ok, answer.text
        until(self._server_is_ready, f"the server of {self.name}")

    def _server_is_ready(self) -> bool:
        servers = self.request("GET", f"hub/api/users/{self.name}").json()["servers"]
        return "" in servers and servers[""]["ready"]

    def read(self, path: str) -> Any:
        """Return a file below the server's folder: a notebook as JSON, or the text."""
        return self.call("GET", f"api/contents/{path}")["content"]

    def save(self, path: str, notebook: dict[str, Any]) -> None:
        """Save a notebook below the server's folder."""
        model = {"type": "notebook", "content": notebook}
        self.call("PUT", f"api/contents/{path}", json=model)

    def assignments(self, course: str) -> list[dict[str, Any]]:
        """Return the rows of the *Assignment List*."""
        return self._listed(self.call("GET", "assignments", params={"course_id": course}))

    def act(self, action: str, course: str, assignment: str) -> list[dict[str, Any]]:
        """Press a button of the *Assignment List*: fetch, submit or fetch_feedback."""
        names = {"course_id": course, "assignment_id": assignment}
        return self._listed(self.call("POST", f"assignments/{action}", json=names))

    def validate(self, path: str) -> dict[str, Any]:
        """Press *Validate* in a notebook; return what is shown."""
        return self._listed(self.call("POST", "assignments/validate", json={"path": path}))

    def formgrader(self, method: str, path: str, **details: Any) -> Any:
        """Press a button of formgrader, or ask it for its data."""
        answer = self.call(method, f"formgrader/api/{path}", **details)
        if isinstance(answer, dict) and "success" in answer:
            assert answer["success"], answer.get("error") or answer.get("log")
        return answer

    @staticmethod
    def _listed(answer: dict[str, Any]) -> Any:
        assert answer["success"], answer["value"]
        return answer["value"]
