"""Cleans students' HTML and Markdown within a limit of processor time.

The libraries that read HTML and Markdown take far more than twice the time for some texts of twice
the length, and a hand-in could stop the one process that saves all of them. So only a few short
texts are cleaned in this process. A process of its own, which `python -m grader.timed_cleaning`
runs, cleans all others: it forks a child for each notebook, and the system ends the child when its
time is over. The texts that it did not reach are shown as plain characters.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from typing import IO, Any, Literal

from .notebook_size import PICTURE

FEW_CHARACTERS = 3000  # of all texts of a notebook that this process cleans itself
SECONDS = 0.2  # of processor time for the other texts of a notebook
PATIENCE = 60.0  # seconds until the answer, when other programs keep the processors busy
MEMORY_BYTES = 4 << 30  # address space of the child
LONGEST_MARKDOWN = 20_000  # characters without pictures
DEEPEST_HTML = 500  # elements inside each other
# The beginning of an element that needs an end.
OPENING = re.compile(r"<(?!(?:br|hr|img|p|li|t[dhr]|input|meta|link)\b)[a-zA-Z]")
LONGEST_PLAIN = 20_000  # characters of a text that is shown as it is
# Longer runs of blanks look the same in Markdown, and take far longer to read.
LONG_BLANKS = re.compile(r"(?<=[ \t]{100})[ \t]+")
# Markdown with nothing but words and signs that cannot begin or end a link or an element.
WORDS = re.compile(r"[\w\s.,;:?!'\"()-]*")
LENGTH = 8  # bytes that say how long a message is
NOTE = "This text would take too long to show in its form. These are its characters:"


@dataclass(frozen=True)
class Text:
    """A text of a student's that a page shows.

    Attributes:
        kind: how it is written.
        source: the text.
        attachments: the pictures that come with Markdown, as JSON, or "".
    """

    kind: Literal["html", "markdown"]
    source: str
    attachments: str = ""


def clean_texts(texts: Sequence[Text]) -> tuple[list[str], int]:
    """Return the harmless form of each text, and how many of them are shown as plain characters."""
    texts = [_without_long_blanks(text) for text in texts]
    harmless: dict[int, str] = {}
    long: list[int] = []
    room = FEW_CHARACTERS
    for index in sorted(range(len(texts)), key=lambda index: _size(texts[index])):
        if _is_hopeless(texts[index]):
            continue
        if texts[index].kind == "markdown" and WORDS.fullmatch(texts[index].source):
            harmless[index] = texts[index].source
            continue
        room -= _size(texts[index])
        if room >= 0:
            harmless[index] = _clean(texts[index])
        else:
            long.append(index)
    if long:
        answers = _server.clean([texts[index] for index in long])
        harmless |= zip(long, answers, strict=False)
    slow = len(texts) - len(harmless)
    shown = [
        harmless[index] if index in harmless else plain(text.source)
        for index, text in enumerate(texts)
    ]
    return shown, slow


def _without_long_blanks(text: Text) -> Text:
    if text.kind == "html" or _is_hopeless(text):
        return text
    return replace(text, source=LONG_BLANKS.sub("", text.source))


def plain(text: str) -> str:
    """Return HTML, which also is Markdown, that shows the characters of a text."""
    shown = text[:LONGEST_PLAIN] + ("…" if len(text) > LONGEST_PLAIN else "")
    # Markdown would read signs and blank lines in it, so all but letters and digits is encoded.
    characters = (c if c.isalnum() else f"&#{ord(c)};" for c in shown)
    return f"<pre>{escape(NOTE)}&#10;{''.join(characters)}</pre>"


def _is_hopeless(text: Text) -> bool:
    """Whether a text is too long or too deep to try; the limit of time would find most of these."""
    if text.kind == "markdown":
        is_long = len(text.source) > LONGEST_MARKDOWN
        return is_long and len(PICTURE.sub("", text.source)) > LONGEST_MARKDOWN
    return len(OPENING.findall(text.source)) - text.source.count("</") > DEEPEST_HTML


def _size(text: Text) -> int:
    return len(text.source) + len(text.attachments)


def _clean(text: Text) -> str:
    from .harmless_html import clean_html, clean_markdown  # imports this module

    if text.kind == "html":
        return clean_html(text.source)
    return clean_markdown(text.source, json.loads(text.attachments or "null"))


def _send(file: IO[bytes], content: Any) -> None:
    data = json.dumps(content).encode()
    file.write(len(data).to_bytes(LENGTH, "big") + data)
    file.flush()


# --- this process ---------------------------------------------------------------------------------


class _Server:
    """The process that cleans long texts. It starts when the first one comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def clean(self, texts: Sequence[Text]) -> list[str]:
        """Return the harmless form of the first texts, as far as there is time for them."""
        with self._lock:
            try:
                process = self._running()
                assert process.stdin is not None
                _send(process.stdin, [asdict(text) for text in texts])
                answer = self._answer(process)
            except (OSError, ValueError):
                self.stop()
                return []
        return [str(text) for text in answer]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid():
            root = str(Path(__file__).resolve().parents[1])
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "grader.timed_cleaning"],
                env={**os.environ, "PYTHONPATH": root},
                stdin=subprocess.PIPE,  # it ends when this is closed
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._owner = os.getpid()
        return self._process

    def _answer(self, process: subprocess.Popen[bytes]) -> list[Any]:
        """Wait for a list.

        Raises:
            OSError, ValueError: none comes.
        """
        assert process.stdout is not None
        end = time.monotonic() + PATIENCE
        data = bytearray()
        while len(data) < LENGTH or len(data) < LENGTH + int.from_bytes(data[:LENGTH], "big"):
            waiter = select.poll()
            waiter.register(process.stdout, select.POLLIN)
            if not waiter.poll(1000 * max(0.0, end - time.monotonic())):
                raise TimeoutError
            piece = os.read(process.stdout.fileno(), 1 << 20)
            if not piece:
                raise ConnectionError
            data += piece
        answer = json.loads(bytes(data[LENGTH:]))
        return answer if isinstance(answer, list) else []

    def stop(self) -> None:
        """End the process, if this process has started it."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        for file in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not sent yet is lost
                file.close()  # type: ignore[union-attr]
        process.wait()


_server = _Server()
atexit.register(_server.stop)


# --- the other process ----------------------------------------------------------------------------


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer each request, a list of texts, with the list of those that were cleaned in time."""
    from . import harmless_html  # noqa: F401  (the children need not import it)

    while header := requests.read(LENGTH):
        texts = [Text(**text) for text in json.loads(requests.read(int.from_bytes(header, "big")))]
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _limit_this_process()
                with os.fdopen(theirs, "wb") as file:
                    for text in texts:
                        file.write(json.dumps(_clean(text)).encode() + b"\n")
                        file.flush()
            finally:  # after an error, too, it must not go on as its parent
                os._exit(0)
        os.close(theirs)
        with os.fdopen(ours, "rb") as file:
            # A line without its end was not finished in time.
            cleaned = [json.loads(line) for line in file if line.endswith(b"\n")]
        os.waitpid(child, 0)
        _send(answers, cleaned)


def _limit_this_process() -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    if sys.platform != "darwin":  # there a process has more addresses from its start
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
