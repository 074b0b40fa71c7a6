"""Hostile uploads to a learning platform touch nobody else's files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from attacks import course
from attacks.zips import NEIGHBOR, ZIPS, Upload, packed
from grader.upload import whose_file

LARGEST = 2_500_000  # bytes that the uploads of these tests may have when they are unpacked


@pytest.mark.parametrize("upload", ZIPS, ids=lambda upload: upload.__name__)
@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_a_hostile_upload_touches_nobody_elses(
    upload: Callable[[bytes], Upload], zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whose_file, "LARGEST_ZIP", LARGEST)
    honest = nbformat.writes(course.instructors()).encode()
    name, content = upload(honest)
    if zipped:
        downloads = tmp_path / "class.zip"
        downloads.write_bytes(packed((NEIGHBOR, honest), (name, content)))
    else:
        downloads = tmp_path / "class"
        (downloads / name).parent.mkdir(parents=True)
        (downloads / name).write_bytes(content)
        (downloads / NEIGHBOR).write_bytes(honest)
    room = tmp_path / "room"
    room.mkdir()
    whose_file.stage(downloads, room / "files")
    found = whose_file.find(room / "files", [course.NOTEBOOK])
    hers = [hand_in for hand_in in found if hand_in.student == "lovelaceada_12345"]
    assert [hand_in.name for hand_in in hers] == [NEIGHBOR]
    assert hers[0].path.read_bytes() == honest
    assert [path.name for path in room.iterdir()] == ["files"]
    files = [path for path in (room / "files").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2 * LARGEST
    assert len(files) < 10_000
    assert all(path.resolve().is_relative_to(room.resolve()) for path in files)


@pytest.mark.parametrize("kind", ["pipe", "socket", "link", "folder", "unreadable"])
def test_what_is_no_file_is_left_out_with_the_reason(kind: str, tmp_path: Path) -> None:
    downloads = tmp_path / "class"
    for student in ("ada", "eve"):
        (downloads / student).mkdir(parents=True)
    (downloads / "ada" / "vectors.ipynb").write_text("{}")
    path = downloads / "eve" / "vectors.ipynb"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as line:
            line.bind(str(path))
    elif kind == "link":
        path.symlink_to("../ada/vectors.ipynb")
    elif kind == "folder":
        path.mkdir()
    else:
        path.with_suffix(".zip").symlink_to("/etc/passwd")
    problems = whose_file.stage(downloads, tmp_path / "files")
    if kind in ("pipe", "socket"):
        assert problems == [("eve/vectors.ipynb", "is not a regular file")]
    found = whose_file.find(tmp_path / "files", [course.NOTEBOOK])
    assert [(hand_in.student, hand_in.name) for hand_in in found] == [("ada", "ada/vectors.ipynb")]
