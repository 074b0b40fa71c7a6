"""Finds the student of each file in a folder or a zip, as learning platforms and people name them.

`platforms` has the names that platforms give. Beside them, these are recognized:

    alice/loss_functions.ipynb                       a folder for each student
    alice/01_loss_functions/loss_functions.ipynb     with a folder for each assignment in it
    alice_loss_functions.ipynb, alice.ipynb          a file for each student
    Alice Lee - loss_functions.ipynb                 the same, as in Google Classroom

There may be any number of folders around the class, and the class may be divided into sections.
`Layout` decides which folders these are. The outermost other name is the student's. Everything in
it was chosen by the student and names nobody, whatever it looks like.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from . import archives, platforms
from .archives import BadArchiveError, is_litter, notebook_stem
from .platforms import PlatformName
from .student_ids import distinct_ids, normalized, student_id

__all__ = ["BadArchiveError", "Layout", "UploadedFile", "find", "find_in_archives", "stage"]

LARGEST_ZIP = 2**30  # bytes of all notebooks and zips of a class together, unpacked
MOST_FILES = 10_000  # notebooks and zips of a class together
# In a folder with a notebook that names nobody, so many folders are those of students.
FEWEST_STUDENTS = 3

ZIP_ENDING = re.compile(r"\.zip$", re.IGNORECASE)

Parts = tuple[str, ...]


@dataclass(frozen=True)
class UploadedFile:
    """A file of a student.

    Attributes:
        student: the student's id; "" if the path names no student.
        name: the path of the file in what was uploaded.
        path: the path of its copy.
        time: when it was handed in, as its name says, or when it was changed; seconds.
        version: the number of the attempt, if the platform counts attempts, or 0.
        is_late: whether the platform marked it as late.
        reason: why it cannot be graded whatever it contains, or "".
        remark: what an instructor should know about the student's id, or "".
        origin: the platform and the name that it gave the student, or two empty texts.
    """

    student: str
    name: str
    path: Path
    time: float = 0
    version: int = 0
    is_late: bool = False
    reason: str = ""
    remark: str = ""
    origin: tuple[str, str] = ("", "")

    @property
    def is_notebook(self) -> bool:
        """Whether it has the name of a notebook."""
        return notebook_stem(self.path.name) is not None

    @property
    def age(self) -> tuple[int, float, float, list[tuple[int, str]]]:
        """A key that sorts older files first, and equally old ones as `name-2`, `name-10`."""
        words = re.findall(r"[0-9]+|[^0-9]+", self.path.stem)
        natural = [(int(word), "") if word[0] in "0123456789" else (-1, word) for word in words]
        return self.version, self.time, self.path.stat().st_mtime, natural


def stage(
    source: Path, folder: Path, remark: Callable[[str, str], None] = lambda name, text: None
) -> list[tuple[str, str]]:
    """Copy what was downloaded into the new `folder`, and unpack the zips in it.

    Arguments, result and errors are those of `archives.stage`.
    """
    return archives.stage(source, folder, archives.Limits(LARGEST_ZIP, MOST_FILES), remark)


def find(
    folder: Path, notebooks: Collection[str], left_out: Iterable[tuple[str, str]] = ()
) -> list[UploadedFile]:
    """Return all files in `folder` but litter, in the order of their paths.

    Args:
        folder: what was downloaded, unpacked.
        notebooks: the names of the course's notebooks, which are not names of students.
        left_out: pairs of a file and the reason why it is not in `folder`, as `stage` returns them.
            They are returned too.
    """
    reasons = {_parts(name): (name, reason) for name, reason in left_out}
    paths = _paths_in(folder)
    layout = Layout(paths, notebooks)
    owners = {parts: layout.owner(parts) for parts in sorted({*paths, *reasons})}
    return _uploaded_files(folder, paths, owners, reasons)


def find_in_archives(folder: Path, notebooks: Collection[str]) -> list[UploadedFile]:
    """Return all files in `folder` but litter, where `nbgrader zip_collect` has unpacked archives.

    Each folder in it is one archive, which holds a class. If no notebook in it names a student, it
    is one student's own. It is called after the student then, as the files beside it are.

    Args:
        folder: what was downloaded, with a folder for each archive.
        notebooks: the names of the course's notebooks, which are not names of students.
    """
    paths = _paths_in(folder)
    archives_of: dict[str, list[Parts]] = {}
    for parts in sorted(paths):
        archives_of.setdefault(parts[0] if len(parts) > 1 else "", []).append(parts)
    own = archives_of.pop("", [])
    owners: dict[Parts, Owner] = {}
    for members in archives_of.values():
        layout = Layout([parts[1:] for parts in members], notebooks)
        found = {parts: layout.owner(parts[1:]) for parts in members}
        hand_ins = [parts for parts in members if notebook_stem(parts[-1]) is not None]
        if layout.is_one_students or not any(found[parts].student for parts in hand_ins):
            own += members
        else:
            owners |= found
    layout = Layout(own, notebooks, is_unwrapped=True)
    owners |= {parts: layout.owner(parts) for parts in own}
    return _uploaded_files(folder, paths, owners, {})


def _paths_in(folder: Path) -> dict[Parts, Path]:
    """Return the path of each file in a folder but litter, by its parts in the folder."""
    return {parts: folder.joinpath(*parts) for parts in _files_in(folder) if not is_litter(parts)}


def _uploaded_files(
    folder: Path,
    paths: Mapping[Parts, Path],
    owners: Mapping[Parts, "Owner"],
    reasons: Mapping[Parts, tuple[str, str]],
) -> list[UploadedFile]:
    """Return the files with their owners' ids.

    Args:
        folder: what was downloaded.
        paths: the files that are in it.
        owners: whose each file is, also those that were left out.
        reasons: the name of each file that was left out, and why.
    """
    ids, remarks = distinct_ids({owner.key: owner.student for owner in owners.values()})
    files = []
    for parts, owner in owners.items():
        path = paths.get(parts, folder.joinpath(*parts))
        name, reason = reasons.get(parts, ("/".join(parts), owner.reason))
        if owner.time is not None:
            time = owner.time.timestamp()
        else:
            time = path.stat().st_mtime if parts in paths else 0
        files.append(
            UploadedFile(
                ids[owner.key],
                name,
                path,
                time,
                platforms.version_in(owner.inside),
                owner.is_late,
                reason,
                remarks.get(owner.key, ""),
                (owner.key[0], owner.key[1]) if owner.key[0] else ("", ""),
            )
        )
    return files


def _parts(name: str) -> Parts:
    """Return the parts of a path; a folder ends in a slash, and so in an empty part."""
    *folders, last = re.split(r"[/\\]", name)
    return (*filter(None, folders), last)


def _files_in(folder: Path) -> Iterator[Parts]:
    """Yield the path of each regular file in a folder, as its parts; links are not followed."""
    waiting: list[Parts] = [()]
    while waiting:
        parent = waiting.pop()
        for entry in os.scandir(folder.joinpath(*parent)):
            if entry.is_dir(follow_symlinks=False):
                waiting.append((*parent, entry.name))
            elif entry.is_file(follow_symlinks=False):
                yield (*parent, entry.name)


@dataclass(frozen=True)
class Owner:
    """Whose a file is.

    Attributes:
        key: what is equal for two files exactly if they are of the same student; the platform
            and the name that it gave, or, if no platform did, an empty text and a path.
        student: the student's name as it is written in the path; "" if it names nobody.
        inside: the parts of the path that the student chose.
        time: when the file was handed in, if its name says so.
        is_late: whether the platform marked it as late.
        reason: why the file is no hand-in, or "".
    """

    key: tuple[str, ...]
    student: str = ""
    inside: Parts = ()
    time: datetime | None = None
    is_late: bool = False
    reason: str = ""


NOBODY = Owner(("", ""))


@dataclass
class _Folder:
    """A folder of the download.

    Attributes:
        folders: the folders in it, by name.
        files: the names of the files in it.
    """

    folders: dict[str, "_Folder"] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @cached_property
    def named(self) -> dict[str, PlatformName]:
        """What the names say that a platform wrote."""
        return platforms.names_in_folder([*self.folders, *self.files])

    @cached_property
    def has_notebooks(self) -> bool:
        """Whether a notebook or a zip is in it or in a folder in it."""
        return any(
            notebook_stem(name) is not None or ZIP_ENDING.search(name) for name in self.files
        ) or any(folder.has_notebooks for folder in self.folders.values())


class Layout:
    """Which folders are around the class, and so which part of a path names the student.

    The folders in a folder that is around the class are students, but for these:

    - A folder with a name that platforms or people give to a whole class or a section.
    - All folders together, if a platform wrote all names in them: two downloads side by side.
    - A single folder, if there are several students in it.
    - All folders together, if there are several students in each, or students with a folder for
      each assignment, all of different names.

    A notebook without a student's name says that its folder is a student's. So one student cannot
    make a folder look like a section unless the folders of all other students look like it too.
    Folders without notebooks do not count here.
    """

    def __init__(
        self, paths: Iterable[Parts], notebooks: Collection[str], *, is_unwrapped: bool = False
    ) -> None:
        """Look at the paths of all files.

        Args:
            paths: the path of each file, as its parts.
            notebooks: the names of the course's notebooks.
            is_unwrapped: whether no folder is around the class.
        """
        words = [re.split(r"[ _-]+", normalized(name)) for name in notebooks]
        self._notebooks = ["[ _-]+".join(map(re.escape, name)) for name in words]
        self._root = _Folder()
        for parts in paths:
            folder = self._root
            *folders, file = map(normalized, parts[: archives.DEEPEST])
            for name in folders:
                folder = folder.folders.setdefault(name, _Folder())
            folder.files.add(file)
        self._around: dict[Parts, _Folder] = {(): self._root}
        self._no_hand_ins: dict[Parts, str] = {}
        if not is_unwrapped:
            self._unwrap(self._root, (), is_in_class=False)

    @property
    def is_one_students(self) -> bool:
        """Whether all files are of one student whom none of them names.

        Either there is a single notebook, whose name a student has chosen, or one of several is
        called like a notebook of the course.
        """
        root = self._root
        notebooks = [name for name in root.files if notebook_stem(name) is not None]
        has_one = len(notebooks) == 1 and not any(f.has_notebooks for f in root.folders.values())
        is_alone = has_one and not self._is_named_file(notebooks[0], root)
        return not root.named and (is_alone or self._is_students(root))

    def owner(self, parts: Parts) -> Owner:
        """Return whose the file with this path is."""
        around: Parts = ()
        names = list(map(normalized, parts))
        for depth, name in enumerate(names, start=1):
            folder, inside = self._around[around], tuple(names[depth:])
            if inside and name not in folder.folders:  # It was left out of a zip.
                name = ZIP_ENDING.sub("", name)
            if (*around, name) in self._no_hand_ins:
                return Owner(NOBODY.key, reason=self._no_hand_ins[*around, name])
            if (*around, name) in self._around and inside:
                around = (*around, name)
                continue
            if platforms.SAKAI_FEEDBACK in inside:
                return Owner(NOBODY.key, reason="is feedback, not a hand-in")
            return self._owner(folder, around, name, inside)
        return NOBODY

    def _owner(self, folder: _Folder, around: Parts, name: str, inside: Parts) -> Owner:
        is_late = platforms.is_late_in_ilias(inside)
        if found := folder.named.get(name):
            return Owner(found.key, found.student, inside, found.time, found.is_late or is_late)
        student = name if inside else self._name_in_file(name)
        if not student_id(student):
            return NOBODY
        # Folders of assignments hold the same students, but two sections may have an Ann each.
        section = [
            part
            for part in around
            if not platforms.ASSIGNMENT.fullmatch(part) and not self._is_notebook(part)
        ]
        return Owner(("", *section, student), student, inside, None, is_late)

    def _name_in_file(self, file: str) -> str:
        """Return the student in a name such as `alice_loss_functions.ipynb`, or ""."""
        stem = notebook_stem(file)
        if stem is None:
            return ZIP_ENDING.sub("", file) if ZIP_ENDING.search(file) else ""
        if platforms.INSIDE_A_STUDENTS.fullmatch(stem):
            return ""
        return self._beside_notebook(stem, default=stem)

    def _beside_notebook(self, stem: str, default: str = "") -> str:
        """Return what a name has before or after the name of a notebook, or `default`."""
        for notebook in self._notebooks:
            # A browser adds " (1)" to a second download, JupyterLab "-Copy1" to a copy, and
            # Google puts "Copy of " before it.
            # A number of more digits than a chapter or a copy has is a student's.
            # A possessive ++ keeps a name of many digits from being tried in all divisions.
            before = r"(?:(?:copy of|kopie von|copi[ae] de) )?(?:\d{1,3}+[ _-]++)?"
            copy = rf"{before}{notebook}(?:[ _-]?\(?\d{{1,3}}+(?!\d)\)?|[ _-]++copy ?\d*+)*"
            if re.fullmatch(copy, stem, re.IGNORECASE):
                return ""
            match = re.fullmatch(
                rf"(.+?)[ _-]++{copy}|{copy}[ _-]++(.+)", stem, re.IGNORECASE | re.DOTALL
            )
            if match:
                name = match[1] or match[2]
                return "" if platforms.INSIDE_A_STUDENTS.fullmatch(name) else name
        return default

    def _unwrap(self, folder: _Folder, path: Parts, is_in_class: bool) -> None:
        """Enter all folders around the class that are in a folder around the class."""
        for name in list(folder.folders):
            for handed_in, others in platforms.HANDED_IN.items():
                if name.lower() in others and handed_in in map(str.lower, folder.folders):
                    self._no_hand_ins[*path, name] = f"is not in the folder {handed_in}"
        rest = {
            name: inner
            for name, inner in folder.folders.items()
            if name not in folder.named and (*path, name) not in self._no_hand_ins
        }
        around = self._folders_around_class(folder, rest, is_in_class)
        for name in around:
            self._around[*path, name] = folder.folders[name]
            is_class = bool(platforms.AROUND_STUDENTS.fullmatch(name))
            self._unwrap(folder.folders[name], (*path, name), is_in_class or is_class)

    def _folders_around_class(
        self, folder: _Folder, rest: dict[str, _Folder], is_in_class: bool
    ) -> list[str]:
        """Return which of the folders in a folder around the class are around it too.

        Args:
            folder: a folder around the class.
            rest: the folders in it that no platform named after a student.
            is_in_class: whether the name of a folder around `folder` says that a class is in it.
        """
        around = [name for name, inner in rest.items() if self._is_class(name, inner)]
        maybe = [name for name in rest if name not in around and self._is_maybe_class(name)]
        if any(self._holds_students(rest[name]) for name in maybe) or all(
            self._holds_assignments(rest[name]) for name in maybe
        ):
            around += [name for name in maybe if self._may_be_class(rest[name])]
        # A folder without notebooks, such as the instructor's, says nothing of the others.
        others = {
            name: inner
            for name, inner in rest.items()
            if name not in around and inner.has_notebooks
        }
        if not others or len(rest) < len(folder.folders) or self._names_files(folder):
            return around
        if all(map(self._is_download, others.values())):
            return [*around, *others]
        if (is_in_class or around) and self._student_folders(folder):
            return around
        if len(others) == 1:
            (inner,) = others.values()
            is_class = len(self._students(inner)) > 1 or self._holds_one_student(inner)
            return [*around, *others] if is_class else around
        inside = [name for inner in others.values() for name in self._student_folders(inner)]
        are_sections = len(inside) == len(set(inside)) and all(
            self._may_be_class(inner)
            and (len(self._student_folders(inner)) > 1 or self._holds_assignments(inner))
            for inner in others.values()
        )
        return [*around, *others] if are_sections else around

    def _is_class(self, name: str, folder: _Folder) -> bool:
        """Whether a folder is called like one around a class, and may be one."""
        is_called_so = platforms.is_around_class(name) or self._is_notebook(name)
        return is_called_so and self._may_be_class(folder)

    def _is_maybe_class(self, name: str) -> bool:
        return bool(platforms.GROUP.fullmatch(name) or platforms.ASSIGNMENT.fullmatch(name))

    def _is_notebook(self, name: str) -> bool:
        """Whether a folder is called like a notebook of the course, perhaps with its number."""
        return any(
            re.fullmatch(rf"(\d+[ _-]+)?{notebook}", name, re.IGNORECASE)
            for notebook in self._notebooks
        )

    def _may_be_class(self, folder: _Folder) -> bool:
        """Whether students may be in a folder."""
        if self._is_students(folder):
            return False
        return bool(
            folder.named
            or self._student_folders(folder)
            or any(self._name_in_file(file) for file in folder.files)
            or any(self._is_class(name, inner) for name, inner in folder.folders.items())
            or any(len(self._students(inner)) > 1 for inner in folder.folders.values())
        )

    def _is_students(self, folder: _Folder) -> bool:
        """Whether a notebook in a folder says that the folder is a student's."""
        notebooks = [name for name in folder.files if notebook_stem(name) is not None]
        loose = [name for name in notebooks if name not in folder.named]
        if all(map(self._name_in_file, loose)):
            return False
        named = [name for name in notebooks if self._is_named_file(name, folder)]
        students = len(named) + len(self._student_folders(folder))
        return len(named) < 2 and students < FEWEST_STUDENTS

    def _is_named_file(self, name: str, folder: _Folder) -> bool:
        """Whether a file is called after a student and after a notebook, or by a platform."""
        stem = notebook_stem(name)
        return name in folder.named or (stem is not None and bool(self._beside_notebook(stem)))

    def _student_folders(self, folder: _Folder) -> list[str]:
        """Return the folders in a folder that may be students, by their names."""
        return [
            name
            for name, inner in folder.folders.items()
            if name in folder.named
            or (
                student_id(name)
                and not platforms.INSIDE_A_STUDENTS.fullmatch(name)
                and not platforms.is_around_class(name)
                and not self._is_notebook(name)
            )
        ]

    def _names_files(self, folder: _Folder) -> bool:
        """Whether files in a folder around the class are called after students."""
        if any(self._is_named_file(name, folder) for name in folder.files):
            return True
        notebooks = [name for name in folder.files if notebook_stem(name) is not None]
        return len([name for name in notebooks if self._name_in_file(name)]) > 1

    def _students(self, folder: _Folder) -> set[str]:
        """Return the names of the students in a folder if it is around the class."""
        if self._is_students(folder):
            return set()
        students = {self._name_in_file(file) for file in folder.files if file not in folder.named}
        students |= {name.student for name in folder.named.values()}
        students |= set(self._student_folders(folder))
        for name, inner in folder.folders.items():
            if self._is_class(name, inner) or self._is_maybe_class(name):
                students |= self._students(inner)
        students.discard("")
        if len(students) < 2 and len(folder.folders) == 1:
            students = max(students, self._students(*folder.folders.values()), key=len)
        return students

    def _holds_students(self, folder: _Folder) -> bool:
        """Whether several students are in a folder, or one with a name that ILIAS gives."""
        is_of_ilias = all(map(platforms.ILIAS.fullmatch, folder.folders or [""]))
        return is_of_ilias or len(self._students(folder)) > 1

    def _holds_assignments(self, folder: _Folder) -> bool:
        """Whether a folder that may be a student's is in a folder and has assignments in it."""
        return any(
            any(map(self._is_notebook, folder.folders[name].folders))
            for name in self._student_folders(folder)
        )

    def _holds_one_student(self, folder: _Folder) -> bool:
        """Whether a folder holds, in any number of folders, a single one with assignments in it."""
        if len(self._student_folders(folder)) != 1 or len(folder.folders) != 1:
            return False
        (inner,) = folder.folders.values()
        return self._holds_assignments(folder) or self._holds_one_student(inner)

    def _is_download(self, folder: _Folder) -> bool:
        """Whether a platform wrote all names in a folder."""
        notebooks = {file for file in folder.files if notebook_stem(file) is not None}
        folders = {name for name, inner in folder.folders.items() if inner.has_notebooks}
        certain = {
            name
            for name, found in folder.named.items()
            if found.key[0] != "Gradescope" or platforms.GRADESCOPE_METADATA in folder.files
        }
        return bool(folders | notebooks) and all(
            name in certain
            or (name in folders and self._holds_download(folder.folders[name], name))
            for name in folders | notebooks
        )

    def _holds_download(self, folder: _Folder, name: str) -> bool:
        """Whether a platform wrote the name of a folder for a class, or all names in it."""
        is_students = platforms.INSIDE_A_STUDENTS.fullmatch(name)
        if platforms.is_around_class(name) and not is_students and self._may_be_class(folder):
            return True
        return self._is_download(folder)
