"""Copies a download into a new folder and unpacks the zips in it, within limits.

Only notebooks are copied with their content. Of every other file, an empty one with its name stands
for it, because nobody grades it, but it may be all that a student handed in. Nothing is written
outside the new folder, and no file, name or zip of one student ends the work on the others.
"""

import heapq
import lzma
import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from grader import GraderError
from grader.notebook import read_bytes

from . import zip_names

LARGEST_NOTEBOOK = 100_000_000  # bytes
DEEPEST = 40  # folders in each other
SMALLEST_FILE = 50_000  # bytes that a smaller file counts where zips are ordered by their size
MOST_ZIPS_IN_EACH_OTHER = 3
MOST_OTHER_FILES = 100  # of a zip, beside notebooks and zips
MOST_REASONS = 20  # for a zip; the files beyond are counted
IS_ENCRYPTED = 1  # a flag of a file in a zip
TOO_DEEP = f"is in more than {DEEPEST} folders in each other; it was left out"
# Bytes of the list of files in a zip, which take seconds to read if it is longer.
LARGEST_LIST, LARGEST_LIST_OF_CLASS = 2_000_000, 50_000_000

# Browsers and mail programs add an ending to a type of file that they do not know.
NOTEBOOK = re.compile(r"(?P<stem>.*)\.ipynb(?P<added>\.(?:txt|json))?", re.IGNORECASE | re.DOTALL)
# The name of a file or folder that a system or a program made, not a student.
LITTER = re.compile(
    r"__MACOSX|Thumbs\.db|ehthumbs\.db|desktop\.ini|\$RECYCLE\.BIN|Icon\r|__pycache__|node_modules"
    r"|site-packages|~\$.*|\.(?!\.?$).*",
    re.IGNORECASE | re.DOTALL,
)


class BadArchiveError(GraderError):
    """A zip cannot be unpacked at all; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What may be unpacked.

    Attributes:
        size: bytes of all notebooks and zips together, unpacked.
        files: notebooks and zips together.
    """

    size: int
    files: int


def notebook_stem(name: str) -> str | None:
    """Return the name of a notebook without `.ipynb`, or None if it is another file."""
    match = NOTEBOOK.fullmatch(name)
    return match["stem"] if match else None


def added_ending(name: str) -> str:
    """Return what follows `.ipynb` in the name of a notebook, such as `.txt`, or ""."""
    match = NOTEBOOK.fullmatch(name)
    return (match["added"] or "") if match else ""


def is_litter(parts: tuple[str, ...]) -> bool:
    """Whether a file, or a folder around it, was made by a system or a program."""
    return any(LITTER.fullmatch(part) for part in parts)


def stage(
    source: Path, folder: Path, limits: Limits, remark: Callable[[str, str], None]
) -> list[tuple[str, str]]:
    """Copy a folder, a notebook, or the content of a zip, into the new `folder`.

    A zip in it, such as a student may hand in, becomes a folder of its name. Files keep their time
    of change.

    Args:
        source: what was downloaded; it is not changed.
        folder: a folder that does not exist yet.
        limits: what may be unpacked.
        remark: called with the path of a file in `folder` and a remark on it.

    Returns:
        Pairs of a file that was left out and the reason.

    Raises:
        BadArchiveError: `source` is a file, but neither a notebook nor a zip, or it is a zip that
            is encrypted or exceeds `limits`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stager = _Stager(folder, limits, remark)
    if source.is_dir():
        stager.copy_folder(source)
    elif notebook_stem(source.name) is not None:
        stager.copy_file(source, source.name)
    else:
        stager.unpack(_Archive(0, "", source), folder)
    while stager.archives:
        stager.unpack_upload(heapq.heappop(stager.archives))
    return stager.left_out


@dataclass(frozen=True, order=True)
class _Archive:
    """A zip.

    Attributes:
        size: bytes that its notebooks and zips will take; -1 if it cannot be opened.
        name: its path in the copy; "" for the zip that is the whole class.
        path: its file.
        depth: the number of zips around it.
        remarks: remarks that are true of all files in it.
    """

    size: int
    name: str
    path: Path
    depth: int = 0
    remarks: tuple[str, ...] = ()


class _Stager:
    """Copies and unpacks.

    Attributes:
        archives: a heap of the zips to unpack, the smallest first, so that a large one takes no
            room from the others.
        left_out: pairs of a file that was left out and the reason.
    """

    def __init__(self, folder: Path, limits: Limits, remark: Callable[[str, str], None]) -> None:
        self.folder = folder
        self.limits = limits
        self.remark = remark
        self.room, self.files = limits.size, limits.files  # what is left of them
        self.archives: list[_Archive] = []
        self.left_out: list[tuple[str, str]] = []

    def copy_folder(self, source: Path) -> None:
        """Copy the files of a folder. Links are not followed."""
        waiting = [(source, "", 0)]
        while waiting:
            parent, prefix, depth = waiting.pop()
            try:
                entries = sorted(os.scandir(parent), key=lambda entry: entry.name)
            except OSError as error:
                self.left_out.append((prefix, f"cannot be read ({error.strerror})"))
                continue
            for entry in entries:
                name = f"{prefix}{entry.name}"
                if is_litter((entry.name,)):
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    self.copy_file(Path(entry.path), name)
                elif depth < DEEPEST:
                    waiting.append((Path(entry.path), f"{name}/", depth + 1))
                else:
                    self.left_out.append((f"{name}/", TOO_DEEP))

    def copy_file(self, path: Path, name: str) -> None:
        """Copy one file, or remember it if it is a zip."""
        try:
            reason = self._copy_file(path, name)
        except OSError as error:
            reason = f"cannot be copied ({error.strerror})"
        if reason:
            self.left_out.append((name, reason))

    def _copy_file(self, path: Path, name: str) -> str:
        """Copy one file; return the reason if it was left out, or ""."""
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return "is a link, not a file; it was left out"
        if not stat.S_ISREG(status.st_mode):
            return "is not a regular file"
        if _is_zip(name):
            self._add(_Archive(0, name, path))
            return ""
        content, reason = b"", ""
        if notebook_stem(path.name) is not None:
            content, reason = read_bytes(path, LARGEST_NOTEBOOK)
        if not reason:
            _write(self.folder / name, content, status.st_mtime)
        return reason

    def _add(self, archive: _Archive) -> None:
        size = _unpacked_size(archive.path)
        heapq.heappush(self.archives, replace(archive, size=size))

    def unpack_upload(self, archive: _Archive) -> None:
        """Unpack a zip that a student may have made; no error in it ends the work on others."""
        target = self.folder / archive.name
        time = archive.path.lstat().st_mtime
        reason = ""
        try:
            self.unpack(archive, _new_folder(target))
        except BadArchiveError as error:
            reason = str(error)
        except Exception as error:
            reason = f"cannot be unpacked ({type(error).__name__})"
        if archive.depth:
            archive.path.unlink()
        if reason:
            self.left_out.append((archive.name, reason))
            with suppress(OSError):
                _write(target, b"", time)

    def unpack(self, archive: _Archive, folder: Path) -> None:
        """Unpack a zip into `folder`.

        Raises:
            BadArchiveError: nothing was unpacked; the message says why.
        """
        is_upload = bool(archive.name)
        with _opened(archive.path, LARGEST_LIST if is_upload else LARGEST_LIST_OF_CLASS) as members:
            names, encoding = zip_names.names_of(members.infolist())
            files = [
                (name, member)
                for name, member in zip(names, members.infolist(), strict=True)
                if not name.endswith(("/", "\\"))
            ]
            self._take_room([member for name, member in files if _is_read(name)])
            folder.mkdir(parents=True, exist_ok=True)
            most_others = MOST_OTHER_FILES if is_upload else self.limits.files
            others, reasons = 0, []
            for name, member in files:
                if not _is_read(name):
                    others += 1
                    if others > most_others:
                        continue
                path = PurePosixPath(name.replace("\\", "/"))
                if is_litter(path.parts):
                    continue
                if reason := _unpack_member(members, member, path, folder):
                    reasons.append((f"{archive.name}/{name}" if is_upload else name, reason))
                    continue
                remarks = archive.remarks
                if encoding and not name.isascii() and not zip_names.is_marked(member):
                    remarks += (f"has a name in an unnamed encoding; it was read as {encoding}",)
                self._unpacked(folder / path, archive.depth + 1, remarks)
        if is_upload and len(reasons) > MOST_REASONS:
            more = f"has {len(reasons) - MOST_REASONS} more files that were left out"
            reasons[MOST_REASONS:] = [(archive.name, more)]
        self.left_out += reasons

    def _take_room(self, members: list[zipfile.ZipInfo]) -> None:
        """Subtract what will be unpacked from what may be unpacked.

        Raises:
            BadArchiveError: it is too much, or it is encrypted.
        """
        if members and all(member.flag_bits & IS_ENCRYPTED for member in members):
            raise BadArchiveError("is encrypted; unpack it and grade the folder")
        others = "" if self.files == self.limits.files else ", together with the other zips"
        if len(members) > self.files:
            raise BadArchiveError(f"holds more than {self.limits.files} notebooks and zips{others}")
        size = sum(member.file_size for member in members if not _is_too_large(member))
        if size > self.room:
            raise BadArchiveError(
                f"unpacks to more than {self.limits.size // 2**20} MB{others}; "
                "unpack it and grade the folder"
            )
        self.room -= size
        self.files -= len(members)

    def _unpacked(self, path: Path, depth: int, remarks: tuple[str, ...]) -> None:
        """Remember a zip that was in a zip; say the remarks on any other file."""
        name = str(path.relative_to(self.folder))
        if _is_zip(name) and depth < MOST_ZIPS_IN_EACH_OTHER:
            self._add(_Archive(0, name, path, depth, remarks))
            return
        for remark in remarks:
            self.remark(name, remark)


def _unpack_member(
    members: zipfile.ZipFile, member: zipfile.ZipInfo, path: PurePosixPath, folder: Path
) -> str:
    """Write one member of a zip into `folder`; return the reason if it was left out, or ""."""
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "has a path that leads out of the zip; it was not unpacked"
    if len(path.parts) > DEEPEST:
        return TOO_DEEP
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, not a file; it was not unpacked"
    if _is_too_large(member):
        return f"is larger than {LARGEST_NOTEBOOK / 1e6:g} MB"
    target = folder / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as copy:
            if _is_read(path.name):
                with members.open(member) as content:
                    shutil.copyfileobj(content, copy)
    except FileExistsError:
        return "is in the zip twice; the first one was unpacked"
    except OSError as error:
        reason = f"cannot be written ({error.strerror}); it was not unpacked"
    except RuntimeError:  # zipfile raises it for an encrypted file
        reason = "is encrypted; it was not unpacked"
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, lzma.LZMAError):
        reason = "is damaged in the zip; it was not unpacked"
    else:
        with suppress(ValueError):  # some programs write a month 0
            seconds = datetime(*member.date_time).timestamp()
            os.utime(target, (seconds, seconds))
        return ""
    with suppress(OSError):
        target.unlink()
    return reason


def _opened(path: Path, longest_list: int) -> zipfile.ZipFile:
    """Open a zip.

    Raises:
        BadArchiveError: the file is not a zip, or its list of files takes more bytes.
    """
    try:
        with path.open("rb") as file:
            end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        if end and end[zipfile._ECD_SIZE] > longest_list:  # type: ignore[attr-defined]
            raise BadArchiveError("holds too many files; unpack it and grade the folder")
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, struct.error):
        raise BadArchiveError("is not a zip that can be opened; download it again") from None


def _unpacked_size(path: Path) -> int:
    try:
        with _opened(path, LARGEST_LIST) as members:
            read = [part for part in members.infolist() if _is_read(part.filename)]
            return sum(max(part.file_size, SMALLEST_FILE) for part in read)
    except Exception:  # To unpack it meets the same error, which is told there.
        return -1


def _new_folder(archive: Path) -> Path:
    """Return a new folder for an archive, called like it without `.zip` if there is none yet.

    A zip never adds to an existing folder, because that may be another student's.
    """
    folder = archive.with_name(archive.stem.strip(".") or "zip")
    while folder.exists():
        folder = folder.with_name(f"{folder.name} (zip)")
    return folder


def _is_read(name: str) -> bool:
    """Whether the content of a file matters."""
    return _is_zip(name) or notebook_stem(name) is not None


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _is_too_large(member: zipfile.ZipInfo) -> bool:
    return member.file_size > LARGEST_NOTEBOOK and not _is_zip(member.filename)


def _write(target: Path, content: bytes, time: float) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    os.utime(target, (time, time))
