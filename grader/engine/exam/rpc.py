"""Remote procedure calls across the exam boundary: one socket, and either end may call.

A message is, in msgpack, `["ask", operation, arguments, options, treatments]` or
`["answer", outcome, value, changes, warnings]`.
An answer brings the changes that a call made to its arguments, and the warnings that it issued.
An end that waits for an answer also answers: this is how a function that was passed as an argument
is called where it lives.

An object that is not data stays where it is. Its end exports it under a number, and the other end
imports it as a `Proxy`. A reference to it is `["export", number, type]` when its own end sends it,
and `["import", number]` when the other end sends it back.
"""

import builtins
import socket
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

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

LONGEST_READ = 1 << 20  # bytes
SHORTEST_READ = 1 << 16  # bytes, even if fewer are missing from a message
LONGEST_TEXT = 10_000  # characters of the message of an error or a warning
MOST_WARNINGS = 20  # of one call
LAST_LINE = 1_000_000  # the largest line number of a warning
# What `np.errstate` decides: how each kind of floating-point error is treated.
FLOATING_POINT_ERRORS = ("divide", "over", "under", "invalid")
TREATMENTS = ("ignore", "warn", "raise", "print")
WARNINGS: dict[str, type[Warning]] = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Warning)
}


class StudentError(Exception):
    """An error of a type that the student's code made; its message starts with the type's name."""


class LostStudentError(StudentError):
    """The other end hung up, sent an invalid message or took too long: the connection is over."""


class Proxy:
    """Represents an object of the other end. Calling the proxy calls the object there."""

    __slots__ = ("_endpoint", "_number", "_type_name")

    def __init__(self, endpoint: "Endpoint", number: int, type_name: str) -> None:
        self._endpoint = endpoint
        self._number = number
        self._type_name = type_name

    def __call__(self, /, *args: object, **options: object) -> Any:
        """Call the object at the other end."""
        return self._endpoint.ask("call", self, *args, **options)


class _Arguments(NamedTuple):
    """What a call sent: the objects that a function may change, and all arguments as written."""

    shared: list[object]
    wires: list[Wire]


class Endpoint:
    """One end of the connection.

    Args:
        connection: a connected stream socket.
        seconds: how long all answers of the other end together may take; None for no limit.
    """

    proxy_type: type[Proxy] = Proxy
    answered_errors: type[BaseException] = Exception  # errors of this type become answers

    def __init__(self, connection: socket.socket, seconds: float | None = None) -> None:
        self._connection = connection
        self._seconds = seconds
        self._seconds_left = seconds
        self._failure = ""  # why the connection is over
        self._inbox = Inbox()
        self._messages: list[bytes] = []  # received, but not read yet
        self._exports: list[object] = []
        self._export_numbers: dict[int, int] = {}  # by the id of the object
        self._imports: dict[int, Proxy] = {}
        self._warning_registry: dict[Any, Any] = {}  # lets Python show each warning once

    def perform(self, operation: str, /, *args: Any, **options: Any) -> object:
        """Do what the other end asks for."""
        raise NotImplementedError

    def may_export(self, value: object) -> bool:
        """Whether the other end may get a proxy of `value`."""
        raise NotImplementedError

    def takes_changes_of(self, argument: object) -> bool:
        """Whether the other end may change an argument of a call to it."""
        return True

    def trace(self, error: BaseException) -> str:
        """Return the lines through which an error came, as far as the other end may see them."""
        return ""

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    # --- asking -----------------------------------------------------------------------------------

    def ask(self, operation: str, /, *args: object, **options: object) -> Any:
        """Ask the other end to perform an operation, and return its result or raise its error.

        Raises:
            LostStudentError: no valid answer came in time.
            TypeError: an argument cannot be sent.
            ValueError: the arguments are too large.
        """
        writer = Writer(self._write_reference, sharing=True)
        positional = [writer.write(arg) for arg in args]
        named = [[name, writer.write(value)] for name, value in options.items()]
        state: dict[str, Any] = dict(np.geterr())
        treatments = [state[name] for name in FLOATING_POINT_ERRORS]
        self._send(pack(["ask", operation, positional, named, treatments]))
        while True:
            match self._receive():
                case ["answer", str(outcome), value, list(changes), list(written_warnings)]:
                    wires = [*positional, *(wire for _, wire in named)]
                    arguments = _Arguments(writer.shared, wires)
                    return self._apply_answer(outcome, value, changes, written_warnings, arguments)
                case ["ask", str(), list(), list(), list()] as question:
                    self._answer(*question[1:])
                case _:
                    self._disconnect("sent an invalid message")

    def _apply_answer(
        self,
        outcome: str,
        value: Wire,
        changes: list[Wire],
        written_warnings: list[Wire],
        arguments: "_Arguments",
    ) -> Any:
        """Change the arguments and issue the warnings, then return the value or raise the error."""
        try:
            reader = self._take_changes(changes, arguments)
            issued = [_read_warning(*parts) for parts in written_warnings[:MOST_WARNINGS]]
            result = _read_error(*value) if outcome == "error" else reader.read(value)
        except BadMessageError as error:
            self._disconnect(f"sent {error}")
        except (TypeError, ValueError):
            self._disconnect("sent an invalid answer")
        for kind, text, line in issued:
            registry = self._warning_registry
            warnings.warn_explicit(text, kind, "your code", line, "__main__", registry)
        if outcome == "error":
            raise result
        return result

    def _take_changes(self, changes: list[Wire], arguments: "_Arguments") -> Reader:
        """Change the arguments that may be changed; return the reader of the result.

        The result may hold arguments. If a change of one was refused, the result holds changed
        copies of them instead.
        """
        reader = Reader(self._read_reference, arguments.shared)
        refused = False
        for number, content in changes:
            argument = reader.read(["shared", number])
            if self.takes_changes_of(argument):
                reader.update(argument, content)
            else:
                refused = True
        if not refused:
            return reader
        copier = Reader(self._read_own_reference, sharing=True)
        for wire in arguments.wires:
            copier.read(wire)
        reader = Reader(self._read_reference, copier.shared)
        for number, content in changes:
            reader.update(reader.read(["shared", number]), content)
        return reader

    # --- answering --------------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer until the other end hangs up.

        Raises:
            LostStudentError: the other end hung up before it had its answer.
        """
        while True:
            try:
                _, operation, args, options, treatments = self._receive()
            except LostStudentError:
                return
            self._answer(operation, args, options, treatments)

    def _answer(self, operation: str, args: Wire, options: Wire, treatments: Wire) -> None:
        """Perform an operation and send its result or its error."""
        reader = Reader(self._read_reference, sharing=True)
        try:
            positional = [reader.read(arg) for arg in args]
            named = {str(name): reader.read(value) for name, value in options}
            pairs = zip(FLOATING_POINT_ERRORS, map(_treatment, treatments), strict=True)
            state: dict[str, Any] = dict(pairs)
        except BadMessageError as error:
            self._disconnect(f"sent {error}")
        except (TypeError, ValueError):
            self._disconnect("sent an invalid question")
        writer = Writer(self._write_reference, reader.shared)
        before = [pack(content) for content in _contents(writer)]
        with warnings.catch_warnings(record=True) as caught:
            try:
                with np.errstate(**state):
                    result = self.perform(operation, *positional, **named)
                outcome = ["value", writer.write(result)]
            except self.answered_errors as error:
                outcome = ["error", self._write_error(error)]
        if self._failure:  # `perform` asked for something and lost the connection
            raise LostStudentError(self._failure)
        try:
            changes = [
                [number, content]
                for number, content in enumerate(_contents(writer))
                if pack(content) != before[number]
            ]
            written_warnings = [_write_warning(warning) for warning in caught[:MOST_WARNINGS]]
            message = pack(["answer", *outcome, changes, written_warnings])
        except ValueError as error:  # the values are too large, or nested too deeply
            message = pack(["answer", "error", self._write_error(error), [], []])
        self._send(message)

    def _write_error(self, error: BaseException) -> list[str]:
        try:
            text = error_message(error)
        except Exception:  # a student's own __str__ may fail
            text = ""
        return [error_name(error), text[:LONGEST_TEXT], self.trace(error)[:LONGEST_TEXT]]

    # --- references -------------------------------------------------------------------------------

    def _write_reference(self, value: object) -> Wire:
        if type(value) is self.proxy_type:
            return ["import", value._number]
        if id(value) not in self._export_numbers:
            if not self.may_export(value):
                raise TypeError(f"a check cannot pass a {type(value).__name__} to your functions")
            self._export_numbers[id(value)] = len(self._exports)
            self._exports.append(value)
        return ["export", self._export_numbers[id(value)], type(value).__name__]

    def _read_reference(self, tag: str, parts: list[Wire]) -> object:
        if tag == "import":
            return self._exports[index(*parts)]
        if tag != "export":
            raise BadMessageError("a value of an unknown type")
        number, type_name = parts
        if type(type_name) is not str or not type_name.isidentifier():
            raise TypeError
        proxy = self.proxy_type(self, number, type_name)
        return self._imports.setdefault(index(number), proxy)

    def _read_own_reference(self, tag: str, parts: list[Wire]) -> object:
        """Read what `_write_reference` of this end wrote."""
        return self._imports[parts[0]] if tag == "import" else self._exports[parts[0]]

    # --- the socket -------------------------------------------------------------------------------

    def _send(self, message: bytes) -> None:
        self._in_time(self._connection.sendall, framed(message))

    def _receive(self) -> Any:
        while not self._messages:
            size = min(LONGEST_READ, max(SHORTEST_READ, self._inbox.missing))
            data = self._in_time(self._connection.recv, size)
            if not data:
                self._disconnect("hung up")
            try:
                self._messages += self._inbox.take(data)
            except TooLargeError:
                self._disconnect(f"sent a message of more than {LARGEST >> 20} MiB")
        try:
            return unpack(self._messages.pop(0))
        except BadMessageError as error:
            self._disconnect(f"sent {error}")

    def _in_time(self, action: Callable[[Any], Any], argument: Any) -> Any:
        """Send or receive within the time that is left."""
        if self._failure:
            raise LostStudentError(self._failure)
        started = time.monotonic()
        try:
            if self._seconds_left is not None:
                self._connection.settimeout(max(self._seconds_left, 0.001))
            return action(argument)
        except TimeoutError:
            self._disconnect(f"did not answer within {self._seconds:g} s")
        except OSError:
            self._disconnect("hung up")
        finally:
            if self._seconds_left is not None:
                self._seconds_left -= time.monotonic() - started

    def _disconnect(self, reason: str) -> NoReturn:
        """Hang up, and raise the same error for this and every later question."""
        self._failure = f"The kernel of your notebook {reason}."
        self._connection.close()
        raise LostStudentError(self._failure) from None


def _contents(writer: Writer) -> list[Wire]:
    """Return the current contents of a call's arguments."""
    return [writer.content(value) for value in writer.shared]


def _treatment(name: Wire) -> str:
    # "call" and "log" report to an object of the other end, which is not here.
    return name if name in TREATMENTS else "warn"


def _read_error(name: Wire, message: Wire, trace: Wire) -> Exception:
    if not all(type(text) is str for text in (name, message, trace)):
        raise TypeError
    kind = ERRORS.get(name)
    error = kind(message) if kind else StudentError(f"{name[:80]}: {message}")
    # The note marks even an error without lines as the student's, because its message may look
    # like the author's words.
    error.add_note(trace if trace.startswith(TRACE) else f"{TRACE}\n{trace}".rstrip())
    return error


def _write_warning(warning: warnings.WarningMessage) -> list[Any]:
    names = (kind.__name__ for kind in warning.category.__mro__ if kind in WARNINGS.values())
    return [next(names), str(warning.message)[:LONGEST_TEXT], warning.lineno]


def _read_warning(name: Wire, text: Wire, line: Wire) -> tuple[type[Warning], str, int]:
    if type(name) is not str or type(text) is not str or index(line) > LAST_LINE:
        raise TypeError
    return WARNINGS.get(name, UserWarning), text, line
