"""The kernel itself: Jupyter's shell for Python, with one socket instead of ZMQ's five.

Code and displays run in the same shell as in a notebook. Their outputs are sent as they come, in
the form of Jupyter's messages. Only the grader listens, so there is no heartbeat, no history, no
completion and no thread.
"""

from __future__ import annotations

import asyncio
import builtins
import getpass
import io
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.jsonutil import json_clean
from jupyter_client.session import Session
from traitlets.config import Config

from ..messages import Inbox, packed, unpacked

CHUNK = 1 << 20  # characters of printed text in one message
PAUSE = 0.2  # seconds after which printed text is sent even if it is short
READ = 1 << 16  # bytes
HANDED = 64  # sockets that can come with a request
CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)  # macOS has no such flag


class Channel(Session):
    """Sends what IPython displays; it takes the place of Jupyter's session over ZMQ."""

    def connect(self, connection: socket.socket) -> None:
        """Send to this socket from now on."""
        self.connection = connection
        self.send_bytes = connection.sendall  # kept, because the code may replace it later
        self.owner = os.getpid()
        self.turn = threading.RLock()  # an object that is printed may print, too
        self.sending = 0  # the thread that sends just now
        self.interrupted = False

    @property
    def is_ours(self) -> bool:
        """Whether this process is the kernel and not a process that its code has forked."""
        return os.getpid() == self.owner

    def msg(self, msg_type: str, content: Any = None, *_: Any, **__: Any) -> dict[str, Any]:
        """Return a message with the fields that IPython and its hooks read."""
        header = {"msg_type": msg_type}
        return {"header": header, "msg_type": msg_type, "metadata": {}, "content": content or {}}

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any) -> None:
        """Send a message of IPython's; only ZMQ would need the stream."""
        if isinstance(msg_or_type, dict):
            msg_or_type, content = msg_or_type["msg_type"], msg_or_type["content"]
        self.post(msg_or_type, content)

    def post(self, kind: str, content: Any) -> None:
        """Send a whole message; an interrupt waits until it is sent."""
        if not self.is_ours:
            return
        try:
            data = packed(kind, content)
        except (TypeError, ValueError):
            data = packed(kind, json_clean(content))
        with self.turn:
            self.sending = threading.get_ident()
            try:
                self.send_bytes(data)
            finally:
                self.sending = 0
        if self.interrupted and threading.current_thread() is threading.main_thread():
            self.interrupted = False
            raise KeyboardInterrupt

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT while code runs."""
        if self.sending == threading.get_ident():
            self.interrupted = True
        else:
            raise KeyboardInterrupt


class Stream(io.TextIOBase):
    """Standard output or error, which sends printed text in messages of bounded size.

    In a process that the code forks, it writes to the file itself, as other programs do.
    """

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, channel: Channel, name: str, number: int) -> None:
        self.channel = channel
        self.name = name
        self.number = number
        self.waiting: list[str] = []
        self.size = 0
        self.sent = 0.0

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the number of the file to which other programs write."""
        return self.number

    def write(self, text: str) -> int:
        """Keep a text until there is enough of it, or until it is time to send it."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if not self.channel.is_ours:
            os.write(self.number, text.encode(errors="replace"))
            return len(text)
        self.waiting.append(text)
        self.size += len(text)
        is_time = text.endswith("\n") and time.monotonic() - self.sent > PAUSE
        if is_time or self.size > CHUNK:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Send the text that was kept."""
        if not self.waiting or not self.channel.is_ours:
            return
        waiting, self.waiting, self.size = self.waiting, [], 0
        self.sent = time.monotonic()
        text = "".join(waiting)
        for start in range(0, len(text), CHUNK):
            part = text[start : start + CHUNK]
            self.channel.post("stream", {"name": self.name, "text": part})


class Kernel:
    """Runs cells in IPython's shell, which sees this object as its kernel.

    It is made before the fork, because the shell takes the longest time of all.
    """

    eventloop = iopub_socket = None

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        self.shell = ZMQInteractiveShell.instance(config=config, kernel=self)
        # Figures are outputs; there are no windows.
        self.shell.enable_gui = lambda gui=None: None  # type: ignore[method-assign]
        self.channel = self.session = Channel()
        self.inbox = Inbox()
        self.handed: list[socket.socket] = []  # came with the request that is arriving
        self.shell.displayhook.session = self.shell.display_pub.session = self.channel
        self.shell.displayhook.topic = b"execute_result"

    def connect(self, connection: socket.socket) -> None:
        """Take requests from this socket and send outputs to it."""
        self.channel.connect(connection)
        self.streams = [Stream(self.channel, "stdout", 1), Stream(self.channel, "stderr", 2)]
        sys.stdout, sys.stderr = self.streams
        builtins.input = getpass.getpass = _ask_nobody

    def do_without_terminals(self) -> None:
        """Let programs that a cell starts with `!` print into the pipes instead of a terminal."""
        self.shell.system = self.shell.system_raw  # type: ignore[method-assign]

    def serve(self) -> NoReturn:
        """Run cells until the other side hangs up."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self._serve(loop))
        os._exit(0)

    async def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        connection = self.channel.connection
        ready = asyncio.Event()
        # As in a notebook, tasks that a cell has left to the loop run between two cells.
        loop.add_reader(connection.fileno(), ready.set)
        while True:
            await ready.wait()
            data, files, *_ = socket.recv_fds(connection, READ, HANDED, CLOSE_ON_EXEC)
            ready.clear()
            for number in files:
                os.set_inheritable(number, False)
            self.handed += [socket.socket(fileno=number) for number in files]
            for message in filter(None, map(unpacked, self.inbox.take(data))):
                kind, request = message
                await self._answer(kind, **request)
            if not data:
                return

    async def _answer(self, kind: str, number: int, **request: Any) -> None:
        """Do what a request asks for; send that it is done, with the error if one ended it."""
        signal.signal(signal.SIGINT, self.channel.interrupt)
        try:
            if kind == "run":
                reply = await self.do_execute(request["source"])
            else:
                handed, self.handed = self.handed, []
                reply = self._take_part(kind, handed, **request)
            self._flush()
        except BaseException as error:  # an interrupt, or the code has replaced parts of the shell
            reply = _reply(error)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.channel.interrupted = False
        self.channel.post("done", {**reply, "number": number})
        self.shell.exit_now = False  # after quit() in a cell, the notebook goes on

    async def do_execute(self, code: str) -> dict[str, Any]:
        """Run a cell; its outputs and errors are sent while it runs."""
        shell = self.shell
        if ("await" in code or "async" in code) and shell.should_run_async(
            code, transformed_cell=(python := shell.transform_cell(code))
        ):
            running = shell.run_cell_async(code, store_history=True, transformed_cell=python)
            result = await self._awaited(asyncio.ensure_future(running))
        else:
            result = shell.run_cell(code, store_history=True)
        before = result.error_before_exec
        reply = _reply(result.error_in_exec if before is None else before)
        return {**reply, "execution_count": shell.execution_count - 1}

    def _take_part(
        self, kind: str, handed: list[socket.socket], source: str = "", seconds: float = 0
    ) -> dict[str, Any]:
        """Serve the examiner, or run a check, without IPython except for what a check displays."""
        from ..exam import (
            boundary,  # imports NumPy, which a course may leave out
        )

        shell = self.shell
        with shell.builtin_trap, shell.display_trap:
            try:
                if kind == "serve":
                    boundary.serve_functions(handed, shell.user_ns)
                else:
                    boundary.run_check(source, handed[0], shell.user_ns, seconds)
            except BaseException as error:  # also an interrupt
                reply = _reply(error)
                self._flush()
                shown = getattr(error, "_render_traceback_", list)
                self.channel.post("error", {**reply, "traceback": shown()})
                return reply
            finally:
                shell.events.trigger("post_execute")  # displays the figures
        return _reply(None)

    def _flush(self) -> None:
        for stream in self.streams:
            stream.flush()

    def send_response(self, stream: Any, kind: str, content: Any = None, **_: Any) -> None:
        """Publish a message; libraries that know Jupyter's kernel call this."""
        self.session.send(stream, kind, content)

    async def _awaited(self, running: asyncio.Future[Any]) -> Any:
        result = None
        try:
            with _canceled_by_interrupt(running):
                result = await running
        finally:
            self.shell.events.trigger("post_execute")
            self.shell.events.trigger("post_run_cell", result)
        return result


@contextmanager
def _canceled_by_interrupt(running: asyncio.Future[Any]) -> Iterator[None]:
    loop = running.get_loop()

    def cancel(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(running.cancel)

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        signal.signal(signal.SIGINT, before)


def _ask_nobody(prompt: object = "", stream: object = None) -> str:
    raise StdinNotImplementedError("input was called, and nobody is there to answer.")


def _reply(error: BaseException | None) -> dict[str, Any]:
    if error is None:
        return {"status": "ok"}
    try:
        text = str(error)
    except Exception:  # a student's own __str__ may fail
        text = ""
    return {"status": "error", "ename": type(error).__name__, "evalue": text}
