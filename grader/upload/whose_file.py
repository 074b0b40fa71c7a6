"""Finds the student of each file in a folder or a zip, as a learning platform names them.

These names are recognized, with any number of folders around the whole:

    alice/loss_functions.ipynb                               a folder a student
    alice/01_loss_functions/loss_functions.ipynb             nbgrader's `submitted`
    Ada Lovelace_123_assignsubmission_file_/any name.ipynb   Moodle
    lovelaceada_12345_678_loss_functions.ipynb               Canvas, also with _LATE
    alice_loss_functions.ipynb, alice.ipynb                  a file a student
"""

import lzma
import os
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from grader import GraderError

MOODLE = re.compile(r"(?P<student>[^/]+_\d+)_assignsubmission_[a-z]+_?")
CANVAS = re.compile(r"(?P<name>[^/_]+)_(?:LATE_)?(?P<user>\d+)_\d+_.+")
# The name of a file or folder that a system or a program made, not a student.
LITTER = re.compile(r"__MACOSX|Thumbs\.db|\..*")
LARGEST_ZIP = 2**30  # bytes of all files in a zip together, unpacked
MOST_FILES = 10_000  # files in a zip


@dataclass(frozen=True)
class UploadedFile:
    """A file of a student.

    Attributes:
        student: the student's id; "" if the path names no student.
        name: the path of the file in what was uploaded.
        path: the path of its copy.
    """

    student: str
    name: str
    path: Path


class BadArchiveError(GraderError):
    """A zip cannot be unpacked at all; the message says why."""


def stage(source: Path, folder: Path) -> list[tuple[str, str]]:
    """Copy a folder, or the content of a zip, into the new `folder`, and unpack the zips in it.

    A zip in it, such as a student may hand in, becomes a folder of its name. Files keep their time
    of change. Nothing is ever written outside `folder`.

    Returns:
        Pairs of a file that was left out and the reason.

    Raises:
        BadArchiveError: `source` is not a zip, or is encrypted, or exceeds `LARGEST_ZIP` or
            `MOST_FILES`.
    """
    problems = _copy(source, folder) if source.is_dir() else _unpack(source, folder)
    for archive in sorted(folder.rglob("*.zip")):
        name = str(archive.relative_to(folder))
        try:
            left_out = _unpack(archive, archive.with_name(archive.stem.strip(".") or "zip"))
        except (BadArchiveError, OSError) as error:
            problems.append((name, str(error)))
        else:
            problems += [(f"{name}/{file}", reason) for file, reason in left_out]
            archive.unlink()
    return problems


def _copy(source: Path, folder: Path) -> list[tuple[str, str]]:
    """Copy a folder without pipes, sockets and devices, and return these with the reason."""
    special = [
        path
        for path in sorted(source.rglob("*"))
        if not (path.is_symlink() or path.is_file() or path.is_dir())
    ]
    shutil.copytree(
        *(source, folder),
        symlinks=True,
        ignore=lambda parent, _: {path.name for path in special if path.parent == Path(parent)},
    )
    return [(str(path.relative_to(source)), "is not a regular file") for path in special]


def find(folder: Path, notebooks: Collection[str]) -> list[UploadedFile]:
    """Return all files in `folder` but litter, in the order of their paths.

    `notebooks` are the names of the course's notebooks, which are not names of students.
    """
    files = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and not any(map(LITTER.fullmatch, parts)):
            files[path] = parts
    depth = _wrapping_folders([parts for parts in files.values() if _is_notebook(parts)], notebooks)
    return [
        UploadedFile(student_of(parts[depth:], notebooks), "/".join(parts), path)
        for path, parts in files.items()
    ]


def student_of(parts: tuple[str, ...], notebooks: Collection[str]) -> str:
    """Return the student that a path names, as an id that is safe as a file name, or ""."""
    return re.sub(r"[^\w.@-]+", "_", _name_in(parts, notebooks)).strip("._-@")


def _name_in(parts: tuple[str, ...], notebooks: Collection[str]) -> str:
    """Return the student's name in a path, as it is written there, or ""."""
    if not parts:
        return ""
    stem = PurePosixPath(parts[-1]).stem
    # The outermost name counts, because the student chose the names inside it.
    for part in (*parts[:-1], stem):
        if moodle := MOODLE.match(part):
            return moodle["student"]
        if canvas := CANVAS.fullmatch(part):
            return f"{canvas['name']}_{canvas['user']}"
    if len(parts) > 1:
        return parts[0]
    return _name_in_stem(stem, notebooks) if _is_notebook(parts) else ""


def _name_in_stem(stem: str, notebooks: Collection[str]) -> str:
    """Return the student in `alice_loss_functions`, `loss_functions-alice` or `alice`."""
    for notebook in map(re.escape, notebooks):
        copy = rf"{notebook}([ _-]?\(?\d+\)?)?"  # a browser adds " (1)" to a second download
        if re.fullmatch(copy, stem):
            return ""
        if match := re.fullmatch(rf"(.+?)[ _-]+{copy}|{notebook}[ _-]+(.+)", stem):
            return str(match[1] or match[3])
    return stem


def _is_notebook(parts: tuple[str, ...]) -> bool:
    return parts[-1].endswith(".ipynb")


def _wrapping_folders(files: list[tuple[str, ...]], notebooks: Collection[str]) -> int:
    """Return how many folders there are around the whole class.

    If all notebooks are in one folder, that is the folder of their only student, unless the rest
    of their paths names several students.
    """
    depth = 0
    while files and all(len(parts) > depth + 1 for parts in files):
        students = {student_of(parts[depth + 1 :], notebooks) for parts in files}
        shared = len({parts[depth] for parts in files}) == 1
        if not shared or "" in students or len(students) < 2:
            break
        depth += 1
    return depth


def _unpack(archive: Path, folder: Path) -> list[tuple[str, str]]:
    """Unpack a zip into `folder`; arguments, result and errors are those of `stage`."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as members:
            if sum(member.file_size for member in members.infolist()) > LARGEST_ZIP:
                raise BadArchiveError(f"unpacks to more than {LARGEST_ZIP // 2**20} MB")
            if len(members.infolist()) > MOST_FILES:
                raise BadArchiveError(f"holds more than {MOST_FILES} files")
            reasons = [
                (member.filename, _unpack_member(members, member, folder))
                for member in members.infolist()
            ]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, lzma.LZMAError):
        raise BadArchiveError("is not a zip that can be opened; download it again") from None
    except RuntimeError:  # zipfile raises it for an encrypted file
        raise BadArchiveError("is encrypted; unpack it and grade the folder") from None
    return [(file, reason) for file, reason in reasons if reason]


def _unpack_member(members: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> str:
    """Write one member of a zip into `folder`; return the reason if it was left out, or ""."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if member.is_dir():
        return ""
    if not name.parts or name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        return "has a path that leads out of the zip; it was not unpacked"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, not a file; it was not unpacked"
    target = folder / name
    if target.exists():
        return "is in the zip twice; the first one was unpacked"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with members.open(member) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except OSError as error:
        return f"cannot be written ({error.strerror}); it was not unpacked"
    with suppress(ValueError):  # some programs write a month 0
        seconds = datetime(*member.date_time).timestamp()
        os.utime(target, (seconds, seconds))
    return ""
