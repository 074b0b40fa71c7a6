"""Hostile archives that a student uploads when a learning platform asks for a file.

Each function returns a path and the content of this file. The path is relative to a folder of
downloads, which also contains the file `NEIGHBOR`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

NEIGHBOR = "lovelaceada_12345_678_vectors.ipynb"  # a name as Canvas gives it
Upload = tuple[str, bytes]

ZIPS: list[Callable[[bytes], Upload]] = []


def upload(make: Callable[[bytes], Upload]) -> Callable[[bytes], Upload]:
    """Add a function to the list. Its argument is an honest notebook."""
    ZIPS.append(make)
    return make


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive whose members have exactly these names."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return archive.getvalue()


def damaged(archive: bytes, name: str) -> bytes:
    """Return the archive with noise at the start of its first member."""
    start = archive.index(name.encode()) + len(name) + 15
    return archive[:start] + b"\xff" * 20 + archive[start + 20 :]


@upload
def leads_out_by_dots(honest: bytes) -> Upload:
    """The name of a member leads into the folder above."""
    return "eve_9_8_work.zip", packed(
        ("vectors.ipynb", honest), (f"../{NEIGHBOR[:-6]}-2.ipynb", b"x")
    )


@upload
def leads_out_by_its_own_name(honest: bytes) -> Upload:
    """The archive's name without `.zip`, the name of its folder, leads into the folder above."""
    return "eve/...zip", packed(("lovelaceada_12345.ipynb", b"x"))


@upload
def is_named_like_a_neighbors(honest: bytes) -> Upload:
    """A file inside has the name that the platform gives to a newer file of another student."""
    return "eve_9_8_work.zip", packed((f"{NEIGHBOR[:-6]}-2.ipynb", b"x"))


@upload
def has_a_folder_named_like_a_neighbors(honest: bytes) -> Upload:
    """A folder inside has the name that Moodle gives to another student's folder."""
    return "eve_9_8_work.zip", packed(("lovelaceada_12345_assignsubmission_file_/v.ipynb", b"x"))


@upload
def looks_like_a_download_of_the_class(honest: bytes) -> Upload:
    """All names in it are those that platforms give, in folders that are around classes."""
    folders = "submitted/section A/lovelaceada_12345_assignsubmission_file_"
    return "eve_9_8_work.zip", packed(
        (f"{folders}/v.ipynb", b"x"), (f"section B/{NEIGHBOR}", b"x"), ("bob/v.ipynb", b"x")
    )


@upload
def has_a_member_without_a_name(honest: bytes) -> Upload:
    """The name of a member is a dot."""
    return "eve_9_8_work.zip", packed((".", b"x"), ("vectors.ipynb", honest))


@upload
def has_a_member_with_a_long_name(honest: bytes) -> Upload:
    """The name of a member is longer than file systems allow."""
    return "eve_9_8_work.zip", packed(("a" * 300, b"x"), ("vectors.ipynb", honest))


@upload
def has_members_with_strange_names(honest: bytes) -> Upload:
    """Names contain line ends, a zero byte, Windows separators or half characters."""
    names = ("a\nb", "a\0b", "a\\..\\..\\b", "C:\\a", "//a", "a//../b", "\x1b[2J", "caf\xe9")
    return "eve_9_8_work.zip", packed(("vectors.ipynb", honest), *((name, b"x") for name in names))


@upload
def is_damaged_by_deflate(honest: bytes) -> Upload:
    """The compressed data is damaged."""
    return "eve_9_8_work.zip", damaged(packed(("vectors.ipynb", honest)), "vectors.ipynb")


@upload
def is_damaged_by_lzma(honest: bytes) -> Upload:
    """The data is damaged in another method of compression, which raises other errors."""
    archive = packed(("vectors.ipynb", honest), method=zipfile.ZIP_LZMA)
    return "eve_9_8_work.zip", damaged(archive, "vectors.ipynb")


@upload
def unpacks_to_too_much(honest: bytes) -> Upload:
    """3 KB unpack to 3 MB. A real bomb would unpack to much more."""
    return "eve_9_8_work.zip", packed(("vectors.ipynb", honest), ("zeros", bytes(3_000_000)))


@upload
def unpacks_to_too_much_in_many_pieces(honest: bytes) -> Upload:
    """Each of the archives inside is small enough, but not all of them together."""
    piece = packed(("zeros", bytes(900_000)))
    return "eve_9_8_work.zip", packed(*((f"{number}.zip", piece) for number in range(9)))


@upload
def holds_itself(honest: bytes) -> Upload:
    """It contains archives in archives, 50 levels deep."""
    archive = packed(("vectors.ipynb", honest))
    for _ in range(50):
        archive = packed(("more.zip", archive))
    return "eve_9_8_work.zip", archive


@upload
def holds_very_deep_folders(honest: bytes) -> Upload:
    """More folders in each other than Python calls functions in each other."""
    return "eve_9_8_work.zip", packed(("/".join(["d"] * 1200) + "/vectors.ipynb", honest))


@upload
def holds_very_many_notebooks(honest: bytes) -> Upload:
    """Each of them is empty."""
    return "eve_9_8_work.zip", packed(*((f"{number}.ipynb", b"") for number in range(12_000)))


@upload
def holds_very_many_files(honest: bytes) -> Upload:
    """It contains 20,000 empty files in 2 MB."""
    return "eve_9_8_work.zip", packed(*((f"{number}", b"") for number in range(20_000)))
