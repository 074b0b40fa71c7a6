"""Drive the three browser engines that readers have: Chromium, Firefox and WebKit.

All three follow the same few commands. Firefox listens to WebDriver's commands by itself, WebKitGTK
comes with a driver, and Playwright drives Chromium as in the other tests. WebKitGTK needs a display
to show its window, and Xvfb is a display without a screen.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError

from playwright.sync_api import Page, sync_playwright

from tools import browser as chromium

STARTING = 60  # seconds until an engine has to answer
RUNNING = 900  # seconds that one script may run
SCREEN = "2000x2000x24"
INSTALL = {
    "chromium": chromium.ADVICE,
    "firefox": "This needs Firefox: install it (Debian: `sudo apt-get install firefox-esr`; "
    "Ubuntu: `sudo snap install firefox`; Fedora: `sudo dnf install firefox`).",
    "webkit": "This needs WebKitGTK with its driver, and a display without a screen: install them "
    "(Debian and Ubuntu: `sudo apt-get install webkit2gtk-driver xvfb`).",
}
PREFERENCES = {
    "marionette.port": 0,  # Firefox takes a free port and writes it into its profile.
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


class Window(Protocol):
    """A browser's window."""

    def open(self, url: str) -> None:
        """Open a page, and return when it has loaded."""

    def run(self, script: str, *values: object) -> Any:
        """Return what the body of a JavaScript function returns, or what its promise gives.

        The script finds the values in `arguments`. They and the result are data of JSON.
        """

    def resize(self, width: int, height: int) -> None:
        """Give the page this size, in CSS pixels."""

    def picture(self) -> bytes:
        """Return what the window shows, as PNG."""


@contextmanager
def opened(engine: str) -> Iterator[Window]:
    """Start an engine, one of `ENGINES`, and close it at the end.

    Raises:
        RuntimeError: the engine is not installed or does not start; the message says what to do.
    """
    with ExitStack() as stack:
        try:
            window = ENGINES[engine](stack)
        except OSError as problem:  # Also when it does not answer in time.
            raise RuntimeError(f"{INSTALL[engine]} ({problem})") from problem
        yield window


class Chromium:
    """A page of Chromium."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> None:
        """See `Window`."""
        self.page.goto(url)

    def run(self, script: str, *values: object) -> Any:
        """See `Window`."""
        whole = f"(values) => (async function () {{ {script} }}).apply(null, values)"
        return self.page.evaluate(whole, list(values))

    def resize(self, width: int, height: int) -> None:
        """See `Window`."""
        self.page.set_viewport_size({"width": width, "height": height})

    def picture(self) -> bytes:
        """See `Window`."""
        return self.page.screenshot()


class WebDriver:
    """A window that follows WebDriver's commands; subclasses send them."""

    def send(self, command: str, values: dict[str, Any]) -> Any:
        """Send a command, and return the value of its answer."""
        raise NotImplementedError

    def open(self, url: str) -> None:
        """See `Window`."""
        self.send("Navigate", {"url": url})

    def run(self, script: str, *values: object) -> Any:
        """See `Window`."""
        whole = f"return (async function () {{ {script} }}).apply(null, arguments)"
        return self.send("ExecuteScript", {"script": whole, "args": list(values)})

    def resize(self, width: int, height: int) -> None:
        """See `Window`."""
        outer = width, height
        for _ in range(3):
            self.send("SetWindowRect", {"width": outer[0], "height": outer[1]})
            time.sleep(0.3)  # The window system answers before the page has its size.
            inner = self.run("return [innerWidth, innerHeight]")
            if inner == [width, height]:
                return
            outer = outer[0] + width - inner[0], outer[1] + height - inner[1]
        raise RuntimeError(f"the page has the size {inner}, not {[width, height]}")

    def picture(self) -> bytes:
        """See `Window`."""
        return base64.b64decode(self.send("TakeScreenshot", {"full": False}))


class Firefox(WebDriver):
    """Sends Firefox each command as JSON, after its length and a colon."""

    def __init__(self, stack: ExitStack, port: int) -> None:
        address = ("127.0.0.1", port)
        self.connection = stack.enter_context(socket.create_connection(address, timeout=RUNNING))
        self.answers = stack.enter_context(self.connection.makefile("rb"))
        self._receive()  # Firefox introduces itself.
        self.send("NewSession", {"timeouts": {"script": 1000 * RUNNING}})

    def send(self, command: str, values: dict[str, Any]) -> Any:
        """See `WebDriver`."""
        message = json.dumps([0, 1, f"WebDriver:{command}", values]).encode()
        self.connection.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        if error:
            raise RuntimeError(f"{command}: {error['message']}")
        return result.get("value") if isinstance(result, dict) else result

    def _receive(self) -> Any:
        length = b""
        while (byte := self.answers.read(1)) != b":":
            if not byte:
                raise OSError("Firefox has ended")
            length += byte
        return json.loads(self.answers.read(int(length)))


class WebKit(WebDriver):
    """Sends WebKit's driver each command over HTTP."""

    def __init__(self, address: str, browser: Path) -> None:
        options = {"binary": str(browser), "args": ["--automation"]}
        timeouts = {"script": 1000 * RUNNING, "pageLoad": 1000 * STARTING}
        wanted = {"webkitgtk:browserOptions": options, "timeouts": timeouts}
        session = self._request("POST", address, {"capabilities": {"alwaysMatch": wanted}})
        self.address = f"{address}/{session['sessionId']}"

    def send(self, command: str, values: dict[str, Any]) -> Any:
        """See `WebDriver`."""
        if command == "TakeScreenshot":
            return self._request("GET", f"{self.address}/screenshot")
        path = {"Navigate": "url", "ExecuteScript": "execute/sync", "SetWindowRect": "window/rect"}
        return self._request("POST", f"{self.address}/{path[command]}", values)

    def close(self) -> None:
        """Close the window."""
        self._request("DELETE", self.address)

    @staticmethod
    def _request(method: str, url: str, values: dict[str, Any] | None = None) -> Any:
        body = None if values is None else json.dumps(values).encode()
        request = urllib.request.Request(
            url, body, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=RUNNING) as answer:
                return json.load(answer)["value"]
        except HTTPError as problem:
            error = json.load(problem)["value"]
            raise RuntimeError(f"{error['error']}: {error['message']}") from problem


def start_chromium(stack: ExitStack) -> Window:
    """Start Chromium, and let a stack close it."""
    playwright = stack.enter_context(sync_playwright())
    browser = playwright.chromium.launch(
        executable_path=chromium.executable(), args=chromium.ARGUMENTS
    )
    stack.callback(browser.close)
    return Chromium(browser.new_page())


def start_firefox(stack: ExitStack) -> Window:
    """Start Firefox, and let a stack close it."""
    program = find("firefox-esr", "firefox")
    profile = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    start(stack, program, "--headless", "--marionette", "--no-remote", "--profile", str(profile))
    port = wait_for(lambda: int((profile / "MarionetteActivePort").read_text()))
    return Firefox(stack, port)


def start_webkit(stack: ExitStack) -> Window:
    """Start WebKitGTK's smallest browser with a driver and a display; let a stack close them."""
    driver, xvfb = find("WebKitWebDriver"), find("Xvfb")
    # It lies beside WebKit's own programs, in a folder that differs from system to system.
    browsers = sorted(Path("/usr").glob("lib*/**/webkit2gtk-4.*/MiniBrowser"))
    if not browsers:
        raise FileNotFoundError("WebKitGTK has no MiniBrowser")
    home = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    reading, writing = os.pipe()
    with os.fdopen(reading) as number:
        screen = ("-screen", "0", SCREEN, "-nolisten", "tcp")
        start(stack, xvfb, "-displayfd", str(writing), *screen, pass_fds=(writing,))
        os.close(writing)
        display = f":{number.readline().strip()}"
    own = {"DISPLAY": display, "GDK_BACKEND": "x11", "HOME": home, "XDG_RUNTIME_DIR": home}
    port = free_port()
    start(stack, driver, f"--port={port}", "--host=127.0.0.1", env=os.environ | own)
    wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close())
    window = WebKit(f"http://127.0.0.1:{port}/session", browsers[-1])
    stack.callback(window.close)
    return window


ENGINES: dict[str, Callable[[ExitStack], Window]] = {
    "chromium": start_chromium,
    "firefox": start_firefox,
    "webkit": start_webkit,
}


def find(*names: str) -> str:
    """Return the path of the first of these programs that is installed.

    Raises:
        FileNotFoundError: none of them is.
    """
    for name in names:
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(f"{names[0]} is not installed")


def start(stack: ExitStack, *command: str, **options: Any) -> None:
    """Start a program without output, and let a stack end it."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )

    def end() -> None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    stack.callback(end)


def wait_for(attempt: Callable[[], Any]) -> Any:
    """Return what `attempt` returns, once it raises neither OSError nor ValueError.

    Raises:
        TimeoutError: it still raises one of them after a minute.
    """
    end = time.monotonic() + STARTING
    while True:
        try:
            return attempt()
        except (OSError, ValueError) as problem:
            if time.monotonic() > end:
                raise TimeoutError(f"no answer within {STARTING} seconds: {problem}") from problem
            time.sleep(0.1)


def free_port() -> int:
    """Return the number of a port that no program uses now."""
    with socket.socket() as connection:
        connection.bind(("127.0.0.1", 0))
        return int(connection.getsockname()[1])
