"""Who handed in which file: folders and zips as nbgrader and learning platforms give them.

Recognised, under any number of folders around the whole:

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
LITTER = re.compile(r"__MACOSX|Thumbs\.db|\..*")
LARGEST_ZIP = 2**30  # bytes, unpacked
MOST_FILES = 10_000  # in one zip


@dataclass(frozen=True)
class UploadedFile:
    """A file, and the student it is from.

    `name` is its path as the instructor sees it; `student` is empty where no name tells it.
    """

    student: str
    name: str
    path: Path


class BadArchiveError(GraderError):
    """A zip that can not be opened at all; the message says why."""


def stage(source: Path, folder: Path) -> list[tuple[str, str]]:
    """Copy what was downloaded, a folder or a zip, into the new `folder`, with zips unpacked.

    Nothing is ever written outside of `folder`. A zip inside (a student's own) becomes a folder
    of its name. Files keep their time.

    Returns:
        Each file that was left out, and why.

    Raises:
        BadArchiveError: `source` is no zip, is encrypted, or is too large, see above.
    """
    problems = _copy(source, folder) if source.is_dir() else _unpack(source, folder)
    for archive in sorted(folder.rglob("*.zip")):
        name = str(archive.relative_to(folder))
        try:
            inside = _unpack(archive, archive.with_name(archive.stem.strip(".") or "zip"))
        except (BadArchiveError, OSError) as error:
            problems.append((name, str(error)))
        else:
            problems += [(f"{name}/{file}", why) for file, why in inside]
            archive.unlink()
    return problems


def _copy(source: Path, folder: Path) -> list[tuple[str, str]]:
    """Copy a folder without pipes, sockets and devices; returns those, and why."""
    strange = [
        path
        for path in sorted(source.rglob("*"))
        if not (path.is_symlink() or path.is_file() or path.is_dir())
    ]
    shutil.copytree(
        *(source, folder),
        symlinks=True,
        ignore=lambda where, names: {path.name for path in strange if path.parent == Path(where)},
    )
    return [(str(path.relative_to(source)), "is no file") for path in strange]


def find(folder: Path, notebooks: Collection[str]) -> list[UploadedFile]:
    """All files in `folder` that somebody handed in, in the order of their paths.

    `notebooks` are the names of the course's notebooks; they are no students' names.
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
    """The student that a path names: an id that is safe as a file name, or "" for none."""
    return re.sub(r"[^\w.@-]+", "_", _name_in(parts, notebooks)).strip("._-@")


def _name_in(parts: tuple[str, ...], notebooks: Collection[str]) -> str:
    if not parts:
        return ""
    stem = PurePosixPath(parts[-1]).stem
    for part in (*parts[:-1], stem):  # Further in, a student gives the names.
        if moodle := MOODLE.match(part):
            return moodle["student"]
        if canvas := CANVAS.fullmatch(part):
            return f"{canvas['name']}_{canvas['user']}"
    if len(parts) > 1:
        return parts[0]
    return _name_beside(stem, notebooks) if _is_notebook(parts) else ""


def _name_beside(stem: str, notebooks: Collection[str]) -> str:
    """The student in `alice_loss_functions`, `loss_functions-alice`, `alice`."""
    for notebook in map(re.escape, notebooks):
        copy = rf"{notebook}([ _-]?\(?\d+\)?)?"  # A browser adds " (1)" to a second download.
        if re.fullmatch(copy, stem):
            return ""
        if named := re.fullmatch(rf"(.+?)[ _-]+{copy}|{notebook}[ _-]+(.+)", stem):
            return str(named[1] or named[3])
    return stem


def _is_notebook(parts: tuple[str, ...]) -> bool:
    return parts[-1].endswith(".ipynb")


def _wrapping_folders(files: list[tuple[str, ...]], notebooks: Collection[str]) -> int:
    """How many folders stand around the whole class.

    A folder that all notebooks share wraps them if several students are still named without
    it; otherwise it is the folder of the only student.
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
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as members:
            if sum(member.file_size for member in members.infolist()) > LARGEST_ZIP:
                raise BadArchiveError(f"unpacks to more than {LARGEST_ZIP // 2**20} MB")
            if len(members.infolist()) > MOST_FILES:
                raise BadArchiveError(f"holds more than {MOST_FILES} files")
            outcomes = [
                (member.filename, _unpack_member(members, member, folder))
                for member in members.infolist()
            ]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, lzma.LZMAError):
        raise BadArchiveError("is no zip that can be opened; download it again") from None
    except RuntimeError:  # What zipfile raises for a password.
        raise BadArchiveError("is encrypted; unpack it and grade the folder") from None
    return [(file, why) for file, why in outcomes if why]


def _unpack_member(members: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> str:
    """Write one member below `folder`; returns what was wrong with it, if anything."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if member.is_dir():
        return ""
    if not name.parts or name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        return "leads out of the zip; it was not unpacked"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, not a file; it was not unpacked"
    target = folder / name
    if target.exists():
        return "is there twice; the first was taken"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with members.open(member) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except OSError as error:
        return f"can not be written ({error.strerror}); it was not unpacked"
    with suppress(ValueError):  # Some programs write a month 0.
        seconds = datetime(*member.date_time).timestamp()
        os.utime(target, (seconds, seconds))
    return ""
