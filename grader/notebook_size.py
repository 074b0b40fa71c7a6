"""Limits the size of a handed-in notebook before anything slower than JSON reads it.

Each later step takes time for each cell and each character, in the one process that serves the
whole class. What is over a limit is left out, with a remark, or else the notebook is refused.
"""

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from grader import GraderError

# Texts, numbers, lists and objects, which take up to a hundred times as much memory as in the file.
MOST_PARTS = 10_000_000
MOST_CELLS = 1000
MOST_LEVELS = 100  # of lists and objects inside each other
MOST_CODE = 1_000_000  # characters of a code cell
MOST_TEXT = 100_000  # characters of another cell, without the pictures in it
MOST_SOURCE = 20_000_000  # characters of all cells together, with their pictures
MOST_OUTPUTS = 1000
MOST_METADATA = 100_000  # characters of a cell's or the notebook's metadata
# Metadata that stay if all together are too long.
KEPT_METADATA = ("nbgrader", "kernelspec", "language_info")
# A picture that an editor has put into the text of a cell.
PICTURE = re.compile(r"data:image/[a-z+]{1,9};base64,[A-Za-z0-9+/=]*")


class TooLargeError(GraderError):
    """A notebook exceeds a limit; the message names the limit and says what to do."""


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Let nobody look for garbage, which takes four times as long as to read a large notebook."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@no_garbage_collection()
def load(text: str) -> Any:
    """Return the content of a JSON file.

    Raises:
        TooLargeError: it has too many parts to read.
        json.JSONDecodeError, RecursionError: it is not JSON, or nests too deeply to read.
    """
    # No part is smaller than a character.
    if len(text) > MOST_PARTS and text.count('"') / 2 + sum(map(text.count, "[{,")) > MOST_PARTS:
        raise TooLargeError(
            f"holds more than {MOST_PARTS:,} texts, numbers, lists and objects; "
            "ask for it without outputs and attachments"
        )
    return json.loads(text)


@no_garbage_collection()
def limit(notebook: Any) -> list[str]:
    """Leave out, in place, what exceeds a limit and is no answer.

    Args:
        notebook: the content of a notebook's file, as JSON holds it. What does not have the form
            of a notebook stays as it is.

    Returns:
        Remarks on what was left out.

    Raises:
        TooLargeError: what exceeds a limit may be an answer.
    """
    if not isinstance(notebook, dict):
        return []
    remarks = []
    _limit_metadata(notebook)
    parts = [notebook, *filter(_is_object, _list(notebook, "worksheets"))]
    for part in parts:
        cells = _list(part, "cells")
        if len(cells) > MOST_CELLS:
            remarks.append(_leave_out_empty(part, cells))
    cells = [cell for part in parts for cell in _list(part, "cells") if _is_object(cell)]
    remarks += _limit_outputs(cells)
    for cell in cells:
        _limit_metadata(cell)
    if _is_too_deep(notebook):
        raise TooLargeError(
            f"nests more than {MOST_LEVELS} lists and objects, which no notebook needs; "
            "ask for it without outputs and attachments"
        )
    for cell in cells:
        remarks += _limit_source(cell)
    total = sum(len(text) for cell in cells for text in _sources(cell))
    total += sum(len(json.dumps(cell["attachments"])) for cell in cells if "attachments" in cell)
    if total > MOST_SOURCE:
        raise TooLargeError(
            f"has {total:,} characters in its cells, more than the limit of {MOST_SOURCE:,}; "
            "ask for it with smaller pictures and without data in its cells"
        )
    return remarks


def _is_too_deep(content: Any) -> bool:
    level = [content]
    for _ in range(MOST_LEVELS):
        inner = (item for items in level for item in _items(items))
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def _items(content: Any) -> Any:
    return content.values() if isinstance(content, dict) else content if _is_list(content) else ()


def _is_object(content: Any) -> bool:
    return isinstance(content, dict)


def _is_list(content: Any) -> bool:
    return isinstance(content, list)


def _list(content: dict[str, Any], key: str) -> list[Any]:
    found = content.get(key)
    return found if isinstance(found, list) else []


def _leave_out_empty(part: dict[str, Any], cells: list[Any]) -> str:
    kept = [cell for cell in cells if not _is_empty(cell)]
    if len(kept) > MOST_CELLS:
        raise TooLargeError(
            f"has {len(kept):,} cells with content, more than the limit of {MOST_CELLS:,}; "
            "ask for it without the cells that are no part of the exercise"
        )
    part["cells"] = kept
    return f"had {len(cells):,} cells; {len(cells) - len(kept):,} empty ones were left out"


def _is_empty(cell: Any) -> bool:
    """Whether a cell holds nothing and is not one that nbgrader has marked."""
    if not isinstance(cell, dict):
        return False
    metadata = cell.get("metadata")
    if isinstance(metadata, dict) and "nbgrader" in metadata:
        return False
    return cell.get("source") == "" or not any(text.strip() for text in _sources(cell))


def _sources(cell: dict[str, Any]) -> Iterator[str]:
    for key in ("source", "input"):  # the second one in the old format 3
        source = cell.get(key)
        lines = source if isinstance(source, list) else [source]
        yield from (line for line in lines if isinstance(line, str))


def _limit_source(cell: dict[str, Any]) -> list[str]:
    length = sum(map(len, _sources(cell)))
    if length <= MOST_TEXT:
        return []
    if cell.get("cell_type") == "code":
        if length <= MOST_CODE:
            return []
        raise TooLargeError(
            f"has a code cell of {length:,} characters, more than the limit of {MOST_CODE:,}; "
            "ask for it with the data in a file beside it"
        )
    text = PICTURE.sub("", "".join(_sources(cell)))
    if len(text) <= MOST_TEXT:
        return []
    cell["source"] = text[:MOST_TEXT]
    return [
        f"has a text of {len(text):,} characters in one cell; only the first {MOST_TEXT:,} "
        "are kept, without pictures"
    ]


def _limit_metadata(content: dict[str, Any]) -> None:
    """Keep of too long metadata only what the grader reads; it shows no others anyway."""
    metadata = content.get("metadata")
    if isinstance(metadata, dict) and not _is_short(metadata):
        kept = {key: metadata[key] for key in KEPT_METADATA if key in metadata}
        content["metadata"] = kept if _is_short(kept) else {}


def _is_short(metadata: dict[str, Any]) -> bool:
    """Whether metadata have at most so many characters; what nests too deeply is refused later."""
    try:
        is_hopeless = len(metadata) * len('"": 0,') > MOST_METADATA
        return not is_hopeless and len(json.dumps(metadata)) <= MOST_METADATA
    except RecursionError:
        return True


def _limit_outputs(cells: list[dict[str, Any]]) -> list[str]:
    room = MOST_OUTPUTS
    total = 0
    for cell in cells:
        outputs = _list(cell, "outputs")
        total += len(outputs)
        del outputs[room:]
        room -= len(outputs)
    if total <= MOST_OUTPUTS:
        return []
    left_out = total - MOST_OUTPUTS
    return [
        f"had more outputs than the grader keeps; {left_out:,} of {total:,} were left out",
    ]
