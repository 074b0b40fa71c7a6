"""What crosses the wall: the one module that the trusted side and the sandbox both import.

It holds where things lie behind the wall, the names of the programs there, and the messages. A
message is its length in bytes and then its content. Between the trusted side and a kernel the
content is JSON, `[kind, content]`, with Jupyter's own kinds: "stream", "display_data", "error", ….
"run", "serve" and "examine" go to the kernel, and "done" comes back with the request's number.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

# --- places and programs behind the wall ----------------------------------------------------------

# The kinds of walls, the strongest first.
NAMESPACES = "namespaces"
LANDLOCK = "landlock"

# These places exist behind walls of namespaces.
HOME = "/student/home"
WORK = "/student/work"
ENGINE = "/engine"  # the folder that holds this package there
USER = 1000  # the student's user id there

# The trusted side starts these by name and never imports them. A test follows each name.
ZYGOTE = "grader.engine.sandbox.zygote"
TRIAL = "grader.engine.sandbox.trial"
NEW_FILES = "grader.engine.sandbox.new_files"
BOUNDARY = "grader.engine.exam.boundary"
OBSERVE = "grader.engine.exam.observe"
BEHAVIOR = "grader.engine.behavior"


MOST_NEW_FILES = 100  # files that a student's code wrote and that are kept
LEFT_OUT = ""  # in the list of these files, the entry that counts the others


@dataclass(frozen=True)
class Limits:
    """What one kernel and all processes that it starts may use.

    Attributes:
        cpu_seconds: processor time of all its processes together.
        memory_bytes: resident memory of all its processes together.
        address_bytes: address space of each process; TensorFlow alone reserves about 3 GB.
        processes: processes at a time.
        threads: threads of all its processes together.
        file_bytes: size of one file.
        scratch_bytes: size of all its files together, which are kept in memory.
        open_files: open files of each process.
        sockets: sockets of all its processes together.
    """

    cpu_seconds: int = 120
    memory_bytes: int = 4 << 30
    address_bytes: int = 16 << 30
    processes: int = 64
    threads: int = 1024
    file_bytes: int = 64 << 20
    scratch_bytes: int = 256 << 20
    open_files: int = 256
    sockets: int = 128

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """Return the limits with some of them changed, by name.

        A value is a whole number, or a text such as "2G" or "512M". The address space grows with
        the memory unless it is among the settings.

        Raises:
            ValueError: a name or a value is wrong; the message says which and what is right.
        """
        known = {limit.name for limit in fields(cls)}
        for name in settings:
            if name not in known:
                raise ValueError(
                    f"there is no limit {name!r}; there are {', '.join(sorted(known))}"
                )
        limits = {name: _whole_number(name, value) for name, value in settings.items()}
        # Whoever allows more memory must not run into the address space first.
        room = limits.get("memory_bytes", 0) + (cls.address_bytes - cls.memory_bytes)
        limits.setdefault("address_bytes", max(cls.address_bytes, room))
        return cls(**limits)

    def changed(self) -> dict[str, int]:
        """Return the limits that differ from the engine's own, by name."""
        return {name: value for name, value in vars(self).items() if value != getattr(Limits, name)}


UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def _whole_number(name: str, value: object) -> int:
    number = value
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+)([KMG]?)i?B?", value.strip())):
        number = int(match[1]) * UNITS.get(match[2], 1)
    if type(number) is not int or number <= 0:
        raise ValueError(
            f"{name} is {value!r}, and has to be a whole number above 0, such as "
            f"{getattr(Limits, name)}" + (' or "2G"' if name.endswith("bytes") else "")
        )
    return number


@dataclass(frozen=True)
class ForkRequest:
    """Asks the zygote for a kernel.

    Attributes:
        folder: the kernel's files. They are copied to its work folder; without walls this is its
            work folder.
        limits: what it may use.
        environment: added to its environment.
    """

    folder: str
    limits: Limits = field(default_factory=Limits)
    environment: dict[str, str] = field(default_factory=dict)


# What the trusted side asks of a keeper, in a byte each. The answer to `WAITED` is how long the
# kernel has waited for a processor.
INTERRUPT, WAITED = b"iw"

TRACE = "In your code:"  # opens the message of an error that the student's code raised

# --- framing --------------------------------------------------------------------------------------

LENGTH = 4  # bytes that say how long a message is
LARGEST = 64 << 20  # bytes; either side hangs up on a larger message


class TooLargeError(Exception):
    """The other side announces a message that is larger than any may be."""


def framed(content: bytes) -> bytes:
    """Return the bytes of a message with this content."""
    return len(content).to_bytes(LENGTH, "big") + content


class Inbox:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        self._data = bytearray()

    def take(self, data: bytes) -> Iterator[bytes]:
        """Yield the content of each message that these bytes complete.

        Raises:
            TooLargeError: one of them would be too large.
        """
        self._data += data
        while len(self._data) >= LENGTH:
            length = int.from_bytes(self._data[:LENGTH], "big")
            if length > LARGEST:
                raise TooLargeError
            end = LENGTH + length
            if len(self._data) < end:
                return
            content = bytes(self._data[LENGTH:end])
            del self._data[:end]
            yield content

    @property
    def missing(self) -> int:
        """How many bytes complete the next message, as far as is known."""
        if len(self._data) < LENGTH:
            return LENGTH - len(self._data)
        return LENGTH + int.from_bytes(self._data[:LENGTH], "big") - len(self._data)


# --- between the trusted side and a kernel --------------------------------------------------------


def packed(kind: str, content: object) -> bytes:
    """Return the bytes of a message to or from a kernel.

    Raises:
        TypeError, ValueError: JSON has no form for the content.
    """
    return framed(json.dumps([kind, content], allow_nan=False).encode())


def unpacked(data: bytes) -> tuple[str, dict[str, Any]] | None:
    """Return the kind and the content of a kernel's message, or None if it is not one."""
    try:
        kind, content = json.loads(data)
    except (ValueError, TypeError, RecursionError):
        return None
    return (kind, content) if isinstance(kind, str) and isinstance(content, dict) else None
