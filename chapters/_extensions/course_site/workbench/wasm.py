"""Change a WebAssembly module without running it: drop the names of functions, limit the memory.

A module is eight bytes, and then sections: a number for the kind of the section, the length of its
content, and the content. Lengths are in LEB128: seven bits in each byte, the lowest first.
https://webassembly.github.io/spec/core/binary/modules.html
"""

from __future__ import annotations

from collections.abc import Iterator

HEADER = b"\0asm\1\0\0\0"
CUSTOM, MEMORY = 0, 5
PAGE = 65536  # bytes


def for_readers(module: bytes, memory: int) -> bytes:
    """Return a module without the names of its functions, and with a limit for its memory.

    Without the limit, a program could take 4 GiB and freeze a small computer. With it, Python
    raises MemoryError.

    Args:
        module: the bytes of a module with one memory.
        memory: the most bytes that its memory may have, rounded down to whole pages.

    Raises:
        ValueError: these are not the bytes of a module, or it needs more memory at its start.
    """
    parts = [HEADER]
    for kind, content in sections(module):
        if kind == MEMORY:
            content = limited(content, memory // PAGE)
        if kind != CUSTOM or not content.startswith(b"\4name"):
            parts += [bytes([kind]), encoded(len(content)), content]
    return b"".join(parts)


def sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the content of each section.

    Raises:
        ValueError: these are not the bytes of a module.
    """
    if not module.startswith(HEADER):
        raise ValueError("not a WebAssembly module of version 1")
    position = len(HEADER)
    while position < len(module):
        length, start = decoded(module, position + 1)
        yield module[position], module[start : start + length]
        position = start + length


def limited(content: bytes, most: int) -> bytes:
    """Return the section of a single memory with another limit.

    Args:
        content: the section: the number of memories, whether there is a limit, the first size.
        most: the limit in pages.

    Raises:
        ValueError: the memory begins with more pages, or has addresses of 64 bits.
    """
    first, _ = decoded(content, 2)
    if content[0] != 1 or content[1] > 1 or first > most:
        raise ValueError(f"this memory cannot be limited to {most} pages")
    return bytes([1, 1]) + encoded(first) + encoded(most)


def decoded(data: bytes, position: int) -> tuple[int, int]:
    """Return the number in LEB128 at a position, and the position after it."""
    number = shift = 0
    while data[position] >= 0x80:
        number |= (data[position] & 0x7F) << shift
        position, shift = position + 1, shift + 7
    return number | data[position] << shift, position + 1


def encoded(number: int) -> bytes:
    """Return a number in LEB128."""
    coded = []
    while number >= 0x80:
        coded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*coded, number])
