"""Makes ids from students' names: readable, safe as file names, and different for all students.

An id keeps every letter of every script with its combining marks. Where that makes two names
equal, both ids get an ending that depends on the name alone, so it is the same the next time.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

from grader.plain_text import JOINERS, is_visible, one_line

Key = TypeVar("Key", bound=Hashable)

# nbgrader's gradebook holds ids of 128 characters, and file systems hold names of 255 bytes.
MOST_CHARACTERS, MOST_BYTES = 80, 180
KEPT_SIGNS = ".@-_"
# Letters that nobody can see.
FILLERS = "\u115f\u1160\u3164\uffa0"


def normalized(name: str) -> str:
    """Return a name in Unicode's NFC, so that names from Mac and Windows are equal."""
    return unicodedata.normalize("NFC", name)


def student_id(name: str) -> str:
    """Return a student's id; "" if the name is empty or has only dots and separators.

    Letters, marks, numbers and `.@-_` stay. Everything else becomes an underscore, one for several
    in a row. A name without any letter or number, such as an emoji, gets an id made from its code.
    """
    name = normalized(name)
    kept: list[str] = []
    is_letter = False
    for index, character in enumerate(name):
        category = unicodedata.category(character)[0]
        # A mark belongs to the letter before it.
        is_letter = is_letter if category == "M" else category == "L" and character not in FILLERS
        is_joiner = character in JOINERS and is_visible(name, index)
        if is_letter or is_joiner or category == "N" or character in KEPT_SIGNS:
            kept.append(character)
        elif kept[-1:] != ["_"] or name[index - 1] == "_":
            kept.append("_")
        is_letter = is_letter or is_joiner
    cleaned = "".join(kept).strip("._-@")
    if not cleaned:
        is_nothing = all(character.isspace() or character in KEPT_SIGNS for character in name)
        return "" if is_nothing else f"unnamed_{_ending(name)}"
    shortened = _shortened(cleaned)
    return cleaned if shortened == cleaned else f"{shortened}_{_ending(name)}"


def _shortened(cleaned: str) -> str:
    """Return the beginning of a name that is short enough, without half a letter at its end."""
    end = min(len(cleaned), MOST_CHARACTERS)
    while len(cleaned[:end].encode()) > MOST_BYTES:
        end -= 1
    while 0 < end < len(cleaned) and unicodedata.category(cleaned[end])[0] == "M":
        end -= 1
    return cleaned[:end]


def _ending(name: str, length: int = 6) -> str:
    """Return a few characters that depend on the name and on nothing else."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def distinct_ids(
    names: Mapping[Key, str],
) -> tuple[dict[Key, str], dict[Key, str]]:
    """Return an id for each student, no two of them equal, and remarks on those with an ending.

    Two ids that differ only in upper and lower case count as equal, because they would be the same
    file on a Mac or on Windows. An ending is made from the name; if the names are equal too, it is
    made from the key as well.

    Args:
        names: the name of each student, by a key that tells all students apart.
    """
    names = {key: normalized(name) for key, name in names.items()}
    ids = {key: student_id(name) for key, name in names.items()}
    first_ids = dict(ids)
    seeds: dict[Key, str] = dict(names)
    length = 6
    while alike := _alike(ids):
        for key in alike:
            ids[key] = f"{first_ids[key]}_{_ending(seeds[key], length)}"
            seeds[key] = f"{key!r}"
        length += 2
    groups = defaultdict(list)
    for key, first in first_ids.items():
        groups[first.casefold()].append(key)
    remarks = {
        key: _remark(
            name, [names[other] for other in groups[first_ids[key].casefold()] if other != key]
        )
        for key, name in names.items()
        if ids[key] != first_ids[key]
    }
    return ids, remarks


def _alike(ids: Mapping[Key, str]) -> list[Key]:
    """Return the keys whose ids are equal to another one, apart from case."""
    counts = Counter(found.casefold() for found in ids.values() if found)
    return [key for key, found in ids.items() if counts[found.casefold()] > 1]


def _remark(name: str, others: Collection[str]) -> str:
    shown = ", ".join(f"“{one_line(other)}”" for other in sorted(set(others))[:3])
    return (
        f"is of “{one_line(name)}”, whose id has an ending, because another student is called "
        f"almost or exactly the same: {shown}"
    )
