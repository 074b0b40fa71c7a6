"""The frames of a demo as data: what they have in common is written once.

A page gets all frames at once, in a form that is small as compressed JSON (`pack`). In JupyterLab
they arrive in batches, as they are drawn (`Batches`). `chapters/_static/demos.js` reads both.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise, zip_longest
from typing import Any

from .frames import Frame

# The end of every element that draws something. A text that is cut there falls into pieces that
# each contain one such element and the tags before it.
_END_OF_LEAF = re.compile(r"(?<=/>)|(?<=</text>)")

_TAG_OF_SCRIPTS = re.compile("<(?=/?script|!--)", re.IGNORECASE)


class Batches:
    """Frames in the order in which they are drawn; a batch has only the pieces that are new."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}  # of each piece that a batch has had

    def add(self, frames: Mapping[int, Frame]) -> str:
        """Return a batch as JSON.

        Args:
            frames: by their index.
        """
        old = len(self._numbers)
        rows = {
            index: [
                self._numbers.setdefault(leaf, len(self._numbers))
                for leaf in _END_OF_LEAF.split(frame.svg)
            ]
            for index, frame in frames.items()
        }
        return compact(
            {
                "begin": old,
                "pieces": list(self._numbers)[old:],
                "frames": rows,
                "alts": {index: frame.alt for index, frame in frames.items()},
                "handles": {index: frame.handles for index, frame in frames.items()},
                "scales": {index: frame.scales for index, frame in frames.items()},
            }
        )


def data_element(frames: Sequence[Frame], start: int) -> str:
    """Return the HTML element with all frames, which stands behind the picture of one of them.

    Args:
        frames: in the order of their indices.
        start: index of the frame that the page contains as a picture.
    """
    handles = [frame.handles for frame in frames]
    scales = [frame.scales for frame in frames]
    data = compact(
        pack([frame.svg for frame in frames], start)
        | {
            "alts": [frame.alt for frame in frames],
            "handles": handles if any(handles) else [],
            # In most demos the axes stay as they are.
            "scales": scales[:1] if len(set(scales)) == 1 else scales,
        }
    )
    data = _TAG_OF_SCRIPTS.sub("\\\\u003c", data)  # would end the script element
    return f'<script type="application/json">{data}</script>'


def compact(data: Any) -> str:
    """Return data as short JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def share(texts: list[str]) -> tuple[list[str], list[list[int]]]:
    """Cut texts into pieces, so that a part that several texts contain is kept once.

    Args:
        texts: the SVG elements of a demo's frames.

    Returns:
        The pieces, and for each text the indices of its pieces, in order.
    """
    leaves = [_END_OF_LEAF.split(text) for text in texts]
    held_by = Counter(leaf for frame in leaves for leaf in set(frame))
    before: dict[str, set[str | None]] = {}
    after: dict[str | None, set[str | None]] = {}
    for frame in leaves:
        for left, right in zip([None, *frame], [*frame, None], strict=True):
            after.setdefault(left, set()).add(right)
            if right is not None:
                before.setdefault(right, set()).add(left)

    pieces: dict[str, int] = {}
    recipes = []
    for frame in leaves:
        runs: list[str] = []
        last = None
        for leaf in frame:
            # Leaves that always follow each other become one piece. Leaves of a single frame stay
            # separate, so that `pack` can put each of them next to a similar one.
            together = after[last] == {leaf} and before[leaf] == {last}
            if runs and together and held_by[leaf] > 1:
                runs[-1] += leaf
            else:
                runs.append(leaf)
            last = leaf
        recipes.append([pieces.setdefault(run, len(pieces)) for run in runs])
    return list(pieces), recipes


def pack(texts: list[str], start: int) -> dict[str, list[Any]]:
    """Return similar texts in a form that is small as compressed JSON.

    Args:
        texts: the SVG elements of a demo's frames.
        start: index of the frame that the page contains as a picture, just before the packed ones.

    Returns:
        `pieces`: for each piece, the number of characters that it shares with the beginning of the
        piece before, and the rest of its text. `frames`: for each text the indices of its pieces,
        each as the difference from the index at the same position in the text before. `demos.js`
        joins them.
    """
    found, recipes = share(texts)
    # The pieces of the picture on the page come first and in its order, so that the compression
    # finds the same text there.
    shown = list(dict.fromkeys(recipes[start]))
    rest = sorted(set(range(len(found))) - set(shown), key=found.__getitem__)
    order = shown + rest
    place = {piece: i for i, piece in enumerate(order)}
    pieces = []
    for i, piece in enumerate(order):
        common = _common_length(found[piece], found[order[i - 1]]) if i > len(shown) else 0
        pieces.append([_javascript_length(found[piece][:common]), found[piece][common:]])
    rows = [[place[piece] for piece in recipe] for recipe in recipes]
    steps = [
        [index - before for index, before in zip_longest(row, last[: len(row)], fillvalue=0)]
        for last, row in pairwise([[], *rows])
    ]
    return {"pieces": pieces, "frames": steps}


def _common_length(one: str, other: str) -> int:
    """Return the number of characters that both texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _javascript_length(text: str) -> int:
    """Return the length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2
