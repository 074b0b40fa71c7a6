"""The socket of the exam boundary: each end asks, and answers while it waits.

A message holds, in msgpack, `["ask", operation, arguments, options, floating]` or
`["answer", outcome, value, changes, notices]`.
An answer brings along what was changed in the arguments, and the warnings.
Before it answers, the asked end may ask something itself: so a function that was passed as an
argument is called where it lives.
"""

import builtins
import socket
import time
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..messages import LARGEST, TRACE, Inbox, TooLargeError, framed
from .wire import (
    ERRORS,
    BadMessageError,
    Reader,
    Wire,
    Writer,
    error_message,
    error_name,
    index,
    pack,
    unpack,
)

CHUNK = 1 << 20
READ = 1 << 16  # bytes that are asked for, though fewer are missing
TEXT = 10_000  # characters of the message of an error or a warning
NOTICES = 20  # warnings of one call
FLOATING = ("divide", "over", "under", "invalid")  # what np.errstate decides
REACTIONS = ("ignore", "warn", "raise", "print")
WARNINGS: dict[str, type[Warning]] = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Warning)
}


class StudentError(Exception):
    """An error of the student's that is no built-in one; the message opens with its type."""


class LostStudentError(StudentError):
    """The other end hung up, sent what is no message, or took too long; there is no going on."""


class StandIn:
    """Stands for an object that lives at the other end; calling it calls that object."""

    __slots__ = ("_kind", "_link", "_number")

    def __init__(self, link: "Link", number: int, kind: str) -> None:
        self._link = link
        self._number = number
        self._kind = kind

    def __call__(self, /, *args: object, **options: object) -> Any:
        """Call the object there."""
        return self._link.ask("call", self, *args, **options)


class Link:
    """One end of the boundary.

    Args:
        connection: a connected stream socket.
        seconds: how long to wait for the other end, over all calls; for ever when None.
    """

    stand_in: type[StandIn] = StandIn
    catches: type[BaseException] = Exception  # what becomes an answer

    def __init__(self, connection: socket.socket, seconds: float | None = None) -> None:
        self._connection = connection
        self._seconds = seconds
        self._left = seconds
        self._broken = ""
        self._inbox = Inbox()
        self._messages: list[bytes] = []  # that have arrived and are not read yet
        self._lent: list[object] = []
        self._numbers: dict[int, int] = {}
        self._borrowed: dict[int, StandIn] = {}
        self._shown: dict[Any, Any] = {}  # warnings: each is shown once

    def perform(self, operation: str, /, *args: Any, **options: Any) -> object:
        """Do what the other end asks for."""
        raise NotImplementedError

    def may_lend(self, value: object) -> bool:
        """Whether the other end may get a stand-in for `value`."""
        raise NotImplementedError

    def trace(self, error: BaseException) -> str:
        """What to tell the other end of the way that an error took."""
        return ""

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    # --- asking -----------------------------------------------------------------------------------

    def ask(self, operation: str, /, *args: object, **options: object) -> Any:
        """Ask the other end, and return or raise what it answers.

        Raises:
            LostStudentError: it does not answer as it should.
            TypeError: an argument can not be sent.
            ValueError: it is too large.
        """
        writer = Writer(self._lend, sharing=True)
        written = [writer.write(arg) for arg in args]
        named = [[name, writer.write(value)] for name, value in options.items()]
        state: dict[str, Any] = dict(np.geterr())
        floating = [state[name] for name in FLOATING]
        self._send(pack(["ask", operation, written, named, floating]))
        while True:
            match self._receive():
                case ["answer", str(outcome), value, list(changes), list(notices)]:
                    return self._take(outcome, value, changes, notices, writer.shared)
                case ["ask", str(wish), list(asked), list(with_), list(reactions)]:
                    self._answer(wish, asked, with_, reactions)
                case _:
                    self._fail("sent something that is no message")

    def _take(
        self, outcome: str, value: Wire, changes: Wire, notices: Wire, shared: list[Any]
    ) -> Any:
        """Take over changes and warnings, then return the value or raise the error."""
        reader = Reader(self._borrow, shared)
        try:
            for number, content in changes:
                reader.update(reader.read(["shared", number]), content)
            heard = [_read_notice(*notice) for notice in notices[:NOTICES]]
            result = _read_error(*value) if outcome == "error" else reader.read(value)
        except BadMessageError as error:
            self._fail(f"sent {error}")
        except (TypeError, ValueError):
            self._fail("sent something that is no answer")
        for kind, text, line in heard:
            warnings.warn_explicit(text, kind, "your code", line, "__main__", self._shown)
        if outcome == "error":
            raise result
        return result

    # --- answering --------------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer until the other end hangs up.

        Raises:
            LostStudentError: it did so while it was being answered.
        """
        while True:
            try:
                _, operation, args, options, floating = self._receive()
            except LostStudentError:
                return
            self._answer(operation, args, options, floating)

    def _answer(self, operation: str, args: Wire, options: Wire, floating: Wire) -> None:
        reader = Reader(self._borrow, sharing=True)
        try:
            positional = [reader.read(arg) for arg in args]
            named = {str(name): reader.read(value) for name, value in options}
            state: dict[str, Any] = dict(zip(FLOATING, map(_reaction, floating), strict=True))
        except BadMessageError as error:
            self._fail(f"sent {error}")
        except (TypeError, ValueError):
            self._fail("sent something that is no question")
        writer = Writer(self._lend, reader.shared)
        before = [pack(content) for content in _contents(writer)]
        with warnings.catch_warnings(record=True) as caught:
            try:
                with np.errstate(**state):
                    result = self.perform(operation, *positional, **named)
                answer = ["value", writer.write(result)]
            except self.catches as error:
                answer = ["error", self._write_error(error)]
        if self._broken:  # while it asked something itself
            raise LostStudentError(self._broken)
        try:
            changes = [
                [number, content]
                for number, content in enumerate(_contents(writer))
                if pack(content) != before[number]
            ]
            notices = [_write_notice(warning) for warning in caught[:NOTICES]]
            message = pack(["answer", *answer, changes, notices])
        except ValueError as error:  # too large, or nested too deeply
            message = pack(["answer", "error", self._write_error(error), [], []])
        self._send(message)

    def _write_error(self, error: BaseException) -> list[str]:
        try:
            text = error_message(error)
        except Exception:  # a student's own __str__ may fail
            text = ""
        return [error_name(error), text[:TEXT], self.trace(error)[:TEXT]]

    # --- objects that stay where they are ---------------------------------------------------------

    def _lend(self, value: object) -> Wire:
        if type(value) is self.stand_in:
            return ["yours", value._number]
        if id(value) not in self._numbers:
            if not self.may_lend(value):
                raise TypeError(f"a check cannot pass a {type(value).__name__} to your functions")
            self._numbers[id(value)] = len(self._lent)
            self._lent.append(value)
        return ["mine", self._numbers[id(value)], type(value).__name__]

    def _borrow(self, tag: str, parts: list[Wire]) -> object:
        if tag == "yours":
            return self._lent[index(*parts)]
        if tag != "mine":
            raise BadMessageError("a value of an unknown type")
        number, kind = parts
        if type(kind) is not str or not kind.isidentifier():
            raise TypeError
        return self._borrowed.setdefault(index(number), self.stand_in(self, number, kind))

    # --- the socket -------------------------------------------------------------------------------

    def _send(self, message: bytes) -> None:
        self._wait(self._connection.sendall, framed(message))

    def _receive(self) -> Any:
        while not self._messages:
            chunk = self._wait(self._connection.recv, min(CHUNK, max(READ, self._inbox.missing)))
            if not chunk:
                self._fail("hung up")
            try:
                self._messages += self._inbox.take(chunk)
            except TooLargeError:
                self._fail(f"sent a message of more than {LARGEST >> 20} MiB")
        try:
            return unpack(self._messages.pop(0))
        except BadMessageError as error:
            self._fail(f"sent {error}")

    def _wait(self, action: Callable[[Any], Any], argument: Any) -> Any:
        """Send or receive, in the time that is left."""
        if self._broken:
            raise LostStudentError(self._broken)
        started = time.monotonic()
        try:
            if self._left is not None:
                self._connection.settimeout(max(self._left, 0.001))
            return action(argument)
        except TimeoutError:
            self._fail(f"did not answer within {self._seconds:g} s")
        except OSError:
            self._fail("hung up")
        finally:
            if self._left is not None:
                self._left -= time.monotonic() - started

    def _fail(self, what: str) -> NoReturn:
        """Hang up; whoever asks now and later hears why."""
        self._broken = f"The kernel of your notebook {what}."
        self._connection.close()
        raise LostStudentError(self._broken) from None


def _contents(writer: Writer) -> list[Wire]:
    """What the arguments of a call hold at this moment."""
    return [writer.content(value) for value in writer.shared]


def _reaction(name: Wire) -> str:
    # Functions that np.errstate would call or log to stay where they are.
    return name if name in REACTIONS else "warn"


def _read_error(name: Wire, message: Wire, trace: Wire) -> Exception:
    if not all(type(text) is str for text in (name, message, trace)):
        raise TypeError
    kind = ERRORS.get(name)
    error = kind(message) if kind else StudentError(f"{name[:80]}: {message}")
    # Even an error without a line of the student's says that it is theirs: what a student's code
    # raises may look like the author's words.
    error.add_note(trace if trace.startswith(TRACE) else f"{TRACE}\n{trace}".rstrip())
    return error


def _write_notice(warning: warnings.WarningMessage) -> list[Any]:
    names = (kind.__name__ for kind in warning.category.__mro__ if kind in WARNINGS.values())
    return [next(names), str(warning.message)[:TEXT], warning.lineno]


def _read_notice(name: Wire, text: Wire, line: Wire) -> tuple[type[Warning], str, int]:
    if type(name) is not str or type(text) is not str or index(line) > 1_000_000:
        raise TypeError
    return WARNINGS.get(name, UserWarning), text, line
