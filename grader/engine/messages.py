"""How the trusted side and a kernel speak over their socket: JSON after its length in bytes.

A message is `[kind, content]`, both as Jupyter has them: "stream", "display_data", "error", ….
To the kernel go "run", "serve" and "examine", from it comes "done" with the request's number.
"""

import json
from collections.abc import Iterator
from typing import Any

LENGTH = 4  # bytes that say how long a message is
LARGEST = 64 << 20  # bytes; the trusted side breaks with a kernel that sends a larger one


class TooLargeError(Exception):
    """The other side announces a message that is larger than any may be."""


def packed(kind: str, content: object) -> bytes:
    """The bytes of a message.

    Raises:
        TypeError, ValueError: the content is nothing for JSON.
    """
    data = json.dumps([kind, content], allow_nan=False).encode()
    return len(data).to_bytes(LENGTH, "big") + data


class Inbox:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        self._data = bytearray()

    def take(self, data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
        """The messages that these bytes complete; what is no message is passed over.

        Raises:
            TooLargeError: one of them would be too large.
        """
        self._data += data
        start = 0
        while len(self._data) >= start + LENGTH:
            length = int.from_bytes(self._data[start : start + LENGTH], "big")
            if length > LARGEST:
                raise TooLargeError
            end = start + LENGTH + length
            if len(self._data) < end:
                break
            message = _read(bytes(self._data[start + LENGTH : end]))
            start = end
            if message:
                yield message
        del self._data[:start]


def _read(data: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        kind, content = json.loads(data)
    except (ValueError, TypeError, RecursionError):
        return None
    return (kind, content) if isinstance(kind, str) and isinstance(content, dict) else None
