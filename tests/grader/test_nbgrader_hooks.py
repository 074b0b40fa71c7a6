"""What the course puts in the place of nbgrader's own parts agrees with nbgrader."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import get_alembic_version
from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grader.course import COURSE, RELEASE
from grader.nbgrader_hooks import DownloadCollector, alembic_version

ASSIGNMENT, NOTEBOOK = "01_loss_functions", "loss_functions.ipynb"
RELEASED = (RELEASE / ASSIGNMENT / NOTEBOOK).read_bytes()


def test_a_new_gradebook_gets_the_version_that_alembic_prints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = str(Path(sys.executable).parent)  # where nbgrader finds the program `alembic`
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))
    assert alembic_version() == get_alembic_version()


class Collection:
    """What `nbgrader zip_collect` takes from archives that it has unpacked.

    Attributes:
        files: the file of each student, as its path below the folder of the archives.
        times: when each student handed in, in UTC.
    """

    def __init__(self, folder: Path, contents: dict[str, bytes]) -> None:
        extracted = folder / "downloaded" / ASSIGNMENT / "extracted"
        for path, content in contents.items():
            (extracted / path).parent.mkdir(parents=True, exist_ok=True)
            (extracted / path).write_bytes(content)
        config = Config()
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.release_directory = str(COURSE / "release")
        coursedir = CourseDirectory(config=config, assignment_id=ASSIGNMENT)
        app = ZipCollectApp(coursedir=coursedir, config=config)
        app.collector_plugin_inst = DownloadCollector(parent=app)
        found: dict[str, Any] = app._collect_files(sorted(map(str, extracted.rglob("*.*"))))
        self.files = {
            student: str(Path(*data["src_files"]).relative_to(extracted))
            for student, data in found.items()
        }
        self.times = {student: data["timestamp"] for student, data in found.items()}


BLACKBOARD = "HW_{}_attempt_2024-10-{:02}-10-11-12_a.ipynb"


@pytest.mark.parametrize(
    ("contents", "files"),
    [
        pytest.param(
            {
                f"class/Student Work/Submitted files/Ann/HW1/Version 1/{NOTEBOOK}": RELEASED,
                f"class/Student Work/Submitted files/Bob/HW1/Version 1/{NOTEBOOK}": RELEASED,
                f"class/Student Work/Working files/Ann/HW1/{NOTEBOOK}": RELEASED,
                f"class/Student Work/Working files/Cyd/HW1/{NOTEBOOK}": RELEASED,
            },
            {
                "Ann": f"class/Student Work/Submitted files/Ann/HW1/Version 1/{NOTEBOOK}",
                "Bob": f"class/Student Work/Submitted files/Bob/HW1/Version 1/{NOTEBOOK}",
            },
            id="drafts are no hand-ins",
        ),
        pytest.param(
            {f"class/{BLACKBOARD.format('jdoe', day)}": RELEASED for day in (4, 12, 3)}
            | {f"class/{BLACKBOARD.format('bross', 1)}": RELEASED},
            {
                "jdoe": f"class/{BLACKBOARD.format('jdoe', 12)}",
                "bross": f"class/{BLACKBOARD.format('bross', 1)}",
            },
            id="the newest attempt counts",
        ),
        pytest.param(
            {f"class/Ann/HW1/Version {n}/{NOTEBOOK}": RELEASED for n in (2, 10, 9)}
            | {f"class/Bob/HW1/Version 1/{NOTEBOOK}": RELEASED},
            {
                "Ann": f"class/Ann/HW1/Version 10/{NOTEBOOK}",
                "Bob": f"class/Bob/HW1/Version 1/{NOTEBOOK}",
            },
            id="versions are numbers",
        ),
        pytest.param(
            {f"ann/{NOTEBOOK}": RELEASED, "ann/z_scratch.ipynb": b"{}", "bob/work.ipynb": b"{}"},
            {"ann": f"ann/{NOTEBOOK}", "bob": "bob/work.ipynb"},
            id="a notebook of the assignment counts before others",
        ),
        pytest.param(
            {
                "class/Ann_1_assignsubmission_file_/a.ipynb": RELEASED,
                f"class/{NOTEBOOK}": RELEASED,
                "class/__MACOSX/Ann_1_assignsubmission_file_/._a.ipynb": b"",
            },
            {"Ann_1": "class/Ann_1_assignsubmission_file_/a.ipynb"},
            id="what names nobody in a class is nobody's",
        ),
        pytest.param(
            {BLACKBOARD.format(name, 1): RELEASED for name in ("jdoe", "bross")},
            {name: BLACKBOARD.format(name, 1) for name in ("jdoe", "bross")},
            id="files beside archives are read together",
        ),
        pytest.param(
            {f"{name}/a.ipynb": RELEASED for name in ("Ann Lee", "Ann+Lee")},
            {"Ann_Lee_a36e14": "Ann Lee/a.ipynb", "Ann_Lee_dfc723": "Ann+Lee/a.ipynb"},
            id="two names are two students",
        ),
    ],
)
def test_zip_collect_takes_what_counts_of_each_student(
    contents: dict[str, bytes], files: dict[str, str], tmp_path: Path
) -> None:
    assert Collection(tmp_path, contents).files == files


def test_zip_collect_notes_the_time_in_the_name(tmp_path: Path) -> None:
    name = BLACKBOARD.format("jdoe", 3)
    (time,) = Collection(tmp_path, {f"class/{name}": RELEASED}).times.values()
    local = datetime(2024, 10, 3, 10, 11, 12).astimezone()
    assert time == (local - local.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]


def test_of_two_archives_the_newer_hand_in_counts_whatever_they_are_called(tmp_path: Path) -> None:
    older, newer = (BLACKBOARD.format("jdoe", day) for day in (3, 4))
    contents = {f"b/{older}": RELEASED, f"a/{newer}": RELEASED}
    assert [*Collection(tmp_path, contents).files.values()] == [f"a/{newer}"]
