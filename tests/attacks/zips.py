"""Hostile archives: what a student uploads when a learning platform asks for a file.

Each entry is the path of what is uploaded, below a folder of downloads in which `NEIGHBOUR` lies
too, and its bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

NEIGHBOUR = "lovelaceada_12345_678_vectors.ipynb"  # as Canvas names it
Upload = tuple[str, bytes]

ZIPS: list[Callable[[bytes], Upload]] = []


def upload(make: Callable[[bytes], Upload]) -> Callable[[bytes], Upload]:
    """Enter into the list; `make` is given an honest notebook."""
    ZIPS.append(make)
    return make


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with these members, as they are named."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return archive.getvalue()


def damaged(archive: bytes, name: str) -> bytes:
    """The archive with noise where the content of its first member begins."""
    start = archive.index(name.encode()) + len(name) + 15
    return archive[:start] + b"\xff" * 20 + archive[start + 20 :]


@upload
def leads_out_by_dots(honest: bytes) -> Upload:
    """The way up is in the names of the members."""
    return "eve_9_8_work.zip", packed(
        ("vectors.ipynb", honest), (f"../{NEIGHBOUR[:-6]}-2.ipynb", b"x")
    )


@upload
def leads_out_by_its_own_name(honest: bytes) -> Upload:
    """The folder for an archive has its name without `.zip`: here that is the folder above."""
    return "eve/...zip", packed(("lovelaceada_12345.ipynb", b"x"))


@upload
def is_named_like_a_neighbours(honest: bytes) -> Upload:
    """A file inside has the name that the platform gives to somebody else's, and is newer."""
    return "eve_9_8_work.zip", packed((f"{NEIGHBOUR[:-6]}-2.ipynb", b"x"))


@upload
def has_a_folder_named_like_a_neighbours(honest: bytes) -> Upload:
    """The same, with the name that Moodle gives to a folder."""
    return "eve_9_8_work.zip", packed(("lovelaceada_12345_assignsubmission_file_/v.ipynb", b"x"))


@upload
def has_a_member_without_a_name(honest: bytes) -> Upload:
    """Its name is a dot."""
    return "eve_9_8_work.zip", packed((".", b"x"), ("vectors.ipynb", honest))


@upload
def has_a_member_with_a_long_name(honest: bytes) -> Upload:
    """Longer than any file system takes."""
    return "eve_9_8_work.zip", packed(("a" * 300, b"x"), ("vectors.ipynb", honest))


@upload
def has_members_with_strange_names(honest: bytes) -> Upload:
    """Line ends, the end of a string, another system's separators, half characters."""
    names = ("a\nb", "a\0b", "a\\..\\..\\b", "C:\\a", "//a", "a//../b", "\x1b[2J", "caf\xe9")
    return "eve_9_8_work.zip", packed(("vectors.ipynb", honest), *((name, b"x") for name in names))


@upload
def is_damaged_by_deflate(honest: bytes) -> Upload:
    """Its content is no stream of its method."""
    return "eve_9_8_work.zip", damaged(packed(("vectors.ipynb", honest)), "vectors.ipynb")


@upload
def is_damaged_by_lzma(honest: bytes) -> Upload:
    """Each method has its own error."""
    archive = packed(("vectors.ipynb", honest), method=zipfile.ZIP_LZMA)
    return "eve_9_8_work.zip", damaged(archive, "vectors.ipynb")


@upload
def unpacks_to_too_much(honest: bytes) -> Upload:
    """3 KB that become 3 MB; a real bomb goes on."""
    return "eve_9_8_work.zip", packed(("vectors.ipynb", honest), ("zeros", bytes(3_000_000)))


@upload
def unpacks_to_too_much_in_many_pieces(honest: bytes) -> Upload:
    """Each archive within is small enough."""
    piece = packed(("zeros", bytes(900_000)))
    return "eve_9_8_work.zip", packed(*((f"{number}.zip", piece) for number in range(9)))


@upload
def holds_itself(honest: bytes) -> Upload:
    """Archives in archives in archives."""
    archive = packed(("vectors.ipynb", honest))
    for _ in range(50):
        archive = packed(("more.zip", archive))
    return "eve_9_8_work.zip", archive


@upload
def holds_very_many_files(honest: bytes) -> Upload:
    """20,000 empty files in 2 MB."""
    return "eve_9_8_work.zip", packed(*((f"{number}", b"") for number in range(20_000)))
