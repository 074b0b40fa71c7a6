"""Whose file is it: the names of learning platforms, the ids of students, zips, and the dry run."""

import io
import os
import re
import struct
import tempfile
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from grader.__main__ import main
from grader.course import RELEASE
from grader.notebook import read as read_notebook
from grader.upload import archives, plan, whose_file
from grader.upload.dry_run import dry_run
from grader.upload.plan import collect
from grader.upload.platforms import brightspace_time
from grader.upload.student_ids import MOST_BYTES, distinct_ids, student_id
from grader.upload.whose_file import find, stage

NOTEBOOK = "loss_functions.ipynb"
RELEASED = (RELEASE / "01_loss_functions" / NOTEBOOK).read_bytes()
OTHER_RELEASED = (RELEASE / "03_optimizers" / "optimizers.ipynb").read_bytes()
BLACKBOARD = "attempt_2024-10-03-10-11-12"

# The student of each path in a download; "" for a path that names nobody.
DOWNLOADS: dict[str, dict[str, str]] = {
    "Moodle, in folders": {
        f"Ada Lovelace_12345_assignsubmission_file_/{NOTEBOOK}": "Ada_Lovelace_12345",
        f"Bob Ross_12346_assignsubmission_file/{NOTEBOOK}": "Bob_Ross_12346",
    },
    "Moodle, without folders": {
        f"Ada Lovelace_12345_assignsubmission_file_{NOTEBOOK}": "Ada_Lovelace_12345",
        f"Bob Ross_12346_assignsubmission_file_{NOTEBOOK}": "Bob_Ross_12346",
    },
    "Moodle, anonymous": {
        "Participant_12345_assignsubmission_file_/a.ipynb": "Participant_12345",
        "Participant 12346_12346_assignsubmission_file_/a.ipynb": "Participant_12346_12346",
    },
    "Moodle, online text beside a file": {
        "Ada Lovelace_12345_assignsubmission_file_/a.ipynb": "Ada_Lovelace_12345",
        "Ada Lovelace_12345_assignsubmission_onlinetext_/onlinetext.html": "Ada_Lovelace_12345",
        "Bob Ross_12346_assignsubmission_file_/a.ipynb": "Bob_Ross_12346",
    },
    "Moodle, groups": {
        "Group A_55_assignsubmission_file_/a.ipynb": "Group_A_55",
        "Default group_assignsubmission_file_/a.ipynb": "Default_group",
    },
    "Canvas": {
        f"doejane_LATE_12345_67890_{NOTEBOOK[:-6]}-1.ipynb": "doejane_12345",
        f"rossbob_12346_67891_{NOTEBOOK}": "rossbob_12346",
        "rossbob_12346_text.html": "rossbob_12346",
    },
    "Canvas, anonymous": {
        f"anon_aB3dE_67890_{NOTEBOOK}": "anon_aB3dE",
        f"LATE_anon_Zz9yX_67891_{NOTEBOOK}": "anon_Zz9yX",
    },
    "Canvas, names with underscores": {
        f"van_der_berganna_12345_67890_{NOTEBOOK}": "van_der_berganna_12345",
        f"rossbob_12346_67891_{NOTEBOOK}": "rossbob_12346",
    },
    "Blackboard": {
        f"Loss functions_jdoe_{BLACKBOARD}_mine.ipynb": "jdoe",
        f"Loss functions_bross_{BLACKBOARD}_{NOTEBOOK}": "bross",
        f"Loss functions_jdoe_{BLACKBOARD}.txt": "jdoe",
    },
    "Blackboard, underscores in users and assignment": {
        f"HW_1_j_doe_{BLACKBOARD}_a.ipynb": "j_doe",
        f"HW_1_k_doe_{BLACKBOARD}_a.ipynb": "k_doe",
        f"HW_1_bross_{BLACKBOARD}_a.ipynb": "bross",
    },
    "Brightspace, in folders": {
        f"12345-678 - Jane Doe - Oct 3, 2024 1011 AM/{NOTEBOOK}": "Jane_Doe_12345",
        f"12346-678 - Bob Ross - Oct 4, 2024 211 PM/{NOTEBOOK}": "Bob_Ross_12346",
        "index.html": "",
    },
    "Brightspace, without folders": {
        f"12345-678 - Anne-Marie Doe - Oct 3, 2024 1011 AM - {NOTEBOOK}": "Anne-Marie_Doe_12345",
        f"12346-678 - Bob Ross - 4 October, 2024 1411 - {NOTEBOOK}": "Bob_Ross_12346",
    },
    "Sakai": {
        f"Week 1/Doe, Jane(jdoe)/Submission attachment(s)/{NOTEBOOK}": "Doe_Jane_jdoe",
        f"Week 1/Ross, Bob(bross)/Submission attachment(s)/{NOTEBOOK}": "Ross_Bob_bross",
        f"Week 1/Ross, Bob(bross)/Feedback Attachment(s)/{NOTEBOOK}": "",
        "Week 1/Ross, Bob(bross)/timestamp.txt": "Ross_Bob_bross",
        "Week 1/grades.csv": "",
    },
    "Sakai, without folders": {
        f"Week 1/Doe, Jane(jdoe)_Submission attachment(s)_{NOTEBOOK}": "Doe_Jane_jdoe",
        f"Week 1/Ross, Bob(bross)_Submission attachment(s)_{NOTEBOOK}": "Ross_Bob_bross",
    },
    "ILIAS": {
        f"Übung 1/Abgaben/Doe_Jane_jdoe_345/{NOTEBOOK}": "Doe_Jane_jdoe_345",
        f"Übung 1/Abgaben/Ross_Bob_bross_346/{NOTEBOOK}": "Ross_Bob_bross_346",
    },
    "ILIAS, teams": {
        f"Sheet/Submissions/Team 5/Doe_Jane_jdoe_345/{NOTEBOOK}": "Doe_Jane_jdoe_345",
        f"Sheet/Submissions/Team 6/Ross_Bob_bross_346/{NOTEBOOK}": "Ross_Bob_bross_346",
    },
    "Gradescope": {
        f"assignment_123_export/submission_2345/{NOTEBOOK}": "submission_2345",
        f"assignment_123_export/submission_2346/{NOTEBOOK}": "submission_2346",
        "assignment_123_export/submission_metadata.yml": "",
    },
    "Teams": {
        f"Student Work/Jane Doe/HW1/Version 1/{NOTEBOOK}": "Jane_Doe",
        f"Student Work/Jane Doe/HW1/Version 2/{NOTEBOOK}": "Jane_Doe",
        f"Student Work/Bob Ross/HW1/Version 1/{NOTEBOOK}": "Bob_Ross",
    },
    "Teams, with drafts": {
        f"Student Work/Submitted files/Jane Doe/HW1/Version 1/{NOTEBOOK}": "Jane_Doe",
        f"Student Work/Submitted files/Bob Ross/HW1/Version 1/{NOTEBOOK}": "Bob_Ross",
        f"Student Work/Working files/Jane Doe/HW1/{NOTEBOOK}": "",
    },
    "GitHub Classroom": {
        f"hw1-10-03-2024-10-11-12/hw1-janedoe/{NOTEBOOK}": "hw1-janedoe",
        f"hw1-10-03-2024-10-11-12/hw1-bobross/src/{NOTEBOOK}": "hw1-bobross",
    },
    "GitHub's command line": {
        f"hw1-submissions/hw1-janedoe/{NOTEBOOK}": "hw1-janedoe",
        f"hw1-submissions/hw1-bobross/{NOTEBOOK}": "hw1-bobross",
    },
    "Google Classroom": {
        f"Loss functions/Jane Doe - {NOTEBOOK}": "Jane_Doe",
        f"Loss functions/Bob Ross - {NOTEBOOK}": "Bob_Ross",
        f"Loss functions/Carl Roe - {NOTEBOOK}": "Carl_Roe",
        f"Loss functions/Copy of {NOTEBOOK}": "",
    },
    "nbgrader's submitted": {
        f"course/submitted/ada/01_loss_functions/{NOTEBOOK}": "ada",
        f"course/submitted/bob/01_loss_functions/{NOTEBOOK}": "bob",
    },
    "nbgrader's whole course": {
        f"course/release/01_loss_functions/{NOTEBOOK}": "",
        f"course/submitted/ada/01_loss_functions/{NOTEBOOK}": "ada",
        f"course/submitted/bob/01_loss_functions/{NOTEBOOK}": "bob",
        f"course/autograded/bob/01_loss_functions/{NOTEBOOK}": "",
    },
    "nbgrader's inbound": {
        f"inbound/ada+01_loss_functions+2024-10-03 10:11:12.345678 UTC+ab1/{NOTEBOOK}": "ada",
        f"inbound/ada+01_loss_functions+2024-10-04 10:11:12 UTC/{NOTEBOOK}": "ada",
        f"inbound/b_ob+01_loss_functions+2024-10-04 10:11:12 CEST+cd2/{NOTEBOOK}": "b_ob",
    },
    "numbers of students": {
        f"123456_{NOTEBOOK}": "123456",
        f"{NOTEBOOK[:-6]}_123457.ipynb": "123457",
        f"{NOTEBOOK[:-6]} (2).ipynb": "",
    },
    "a folder for each student": {
        f"José Muñoz/{NOTEBOOK}": "José_Muñoz",
        f"O'Brien/homework/{NOTEBOOK}": "O_Brien",
    },
    "endings that browsers add": {
        f"jane/{NOTEBOOK}.txt": "jane",
        f"joe/{NOTEBOOK}.json": "joe",
        f"bob/{NOTEBOOK[:-6]}.IPYNB": "bob",
    },
    "sections": {
        f"section A/ada/{NOTEBOOK}": "ada",
        f"section A/bob/{NOTEBOOK}": "bob",
        f"section B/cyd/{NOTEBOOK}": "cyd",
    },
    "groups with a folder for each student": {
        f"Group 1/ada/{NOTEBOOK}": "ada",
        f"Group 1/bob/{NOTEBOOK}": "bob",
        f"Group 2/cyd/{NOTEBOOK}": "cyd",
    },
    "groups that hand in together": {
        f"Group 1/work/{NOTEBOOK}": "Group_1",
        f"Group 2/{NOTEBOOK}": "Group_2",
    },
    "sections of Moodle": {
        "Monday/Ada Lovelace_1_assignsubmission_file_/a.ipynb": "Ada_Lovelace_1",
        "Tuesday/Bob Ross_2_assignsubmission_file_/a.ipynb": "Bob_Ross_2",
    },
    "sections of Blackboard": {
        f"class 1/HW_jdoe_{BLACKBOARD}_a.ipynb": "jdoe",
        f"class 2/HW_bross_{BLACKBOARD}_a.ipynb": "bross",
    },
    "sections that only their content shows": {
        f"early/ada/{NOTEBOOK}": "ada",
        f"early/bob/{NOTEBOOK}": "bob",
        f"late/cyd/{NOTEBOOK}": "cyd",
        f"late/dan/{NOTEBOOK}": "dan",
    },
    "a notebook of the instructor beside the class": {
        f"autumn/ada/{NOTEBOOK}": "ada",
        f"autumn/bob/{NOTEBOOK}": "bob",
        f"autumn/cyd/{NOTEBOOK}": "cyd",
        f"autumn/{NOTEBOOK}": "",
    },
    "several platforms in one folder": {
        "Ada Lovelace_12345_assignsubmission_file_/a.ipynb": "Ada_Lovelace_12345",
        "doejane_12_34_a.ipynb": "doejane_12",
        f"HW_jdoe_{BLACKBOARD}_a.ipynb": "jdoe",
        "12345-678 - Jane Doe - Oct 3, 2024 1011 AM/a.ipynb": "Jane_Doe_12345",
        "Doe, Jan(jd)/Submission attachment(s)/a.ipynb": "Doe_Jan_jd",
        f"zoe/{NOTEBOOK}": "zoe",
        f"yan_{NOTEBOOK}": "yan",
    },
    "downloads of several platforms side by side": {
        "one/Ada Lovelace_12345_assignsubmission_file_/a.ipynb": "Ada_Lovelace_12345",
        "two/doejane_12_34_a.ipynb": "doejane_12",
        "three/Student Work/Bob Ross/HW1/Version 1/a.ipynb": "Bob_Ross",
    },
    "names with numbers, without a platform": {
        f"2024_10_03_ada_{NOTEBOOK}": "2024_10_03_ada",
        f"2024_10_03_bob_{NOTEBOOK}": "2024_10_03_bob",
    },
    "many scripts": {
        "Ольга Иванова_1_assignsubmission_file_/a.ipynb": "Ольга_Иванова_1",
        "สมชาย ใจดี_2_assignsubmission_file_/a.ipynb": "สมชาย_ใจดี_2",
        "محمد علي_3_assignsubmission_file_/a.ipynb": "محمد_علي_3",
        "முருகன்_4_assignsubmission_file_/a.ipynb": "முருகன்_4",
        "प्रिया शर्मा_5_assignsubmission_file_/a.ipynb": "प्रिया_शर्मा_5",
        "田中 太郎_6_assignsubmission_file_/a.ipynb": "田中_太郎_6",
        "علی‌رضا_7_assignsubmission_file_/a.ipynb": "علی‌رضا_7",
        "김민수_8_assignsubmission_file_/a.ipynb": "김민수_8",
    },
}
AROUND = ["", "x/", "a/b/c/", "class/", "downloads/section A/"]


def write(path: Path, content: bytes, changed: datetime | None = None) -> None:
    """Write a file with its folders, and its time of change if given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if changed:
        os.utime(path, (changed.timestamp(), changed.timestamp()))


def students(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the student of each path, by the path, after writing an empty file for each."""
    for path in paths:
        write(folder / path, b"")
    return {file.name: file.student for file in find(folder, ["loss_functions"])}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("platform", DOWNLOADS)
def test_the_student_is_found_in_the_names_of_every_platform(
    platform: str, around: str, tmp_path: Path
) -> None:
    if platform.startswith(("sections", "a notebook of the instructor")) and "section" in around:
        around = ""  # There is no section in a section.
    expected = {f"{around}{path}": student for path, student in DOWNLOADS[platform].items()}
    assert students(tmp_path, expected) == expected


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(
    "platform",
    [
        "Moodle, in folders",
        "Moodle, without folders",
        "Canvas",
        "Canvas, anonymous",
        "Blackboard",
        "Brightspace, in folders",
        "Sakai",
        "ILIAS",
        "ILIAS, teams",
        "Gradescope",
        "Teams",
        "GitHub Classroom",
        "nbgrader's submitted",
        "sections",
    ],
)
def test_a_class_of_one_student_is_a_class(platform: str, around: str, tmp_path: Path) -> None:
    path, student = next(iter(DOWNLOADS[platform].items()))
    assert students(tmp_path, [f"{around}{path}"]) == {f"{around}{path}": student}


@pytest.mark.parametrize("sections", [("Monday", "Tuesday"), ("alpha", "beta"), ("S01", "S02")])
@pytest.mark.parametrize(
    "platform",
    [
        "Moodle, in folders",
        "Moodle, without folders",
        "Moodle, groups",
        "Canvas, names with underscores",
        "Canvas, anonymous",
        "Brightspace, in folders",
        "Brightspace, without folders",
        "Sakai, without folders",
        "ILIAS",
        "Gradescope",
        "GitHub Classroom",
        "GitHub's command line",
        "nbgrader's submitted",
    ],
)
def test_every_platform_may_be_in_sections(
    platform: str, sections: tuple[str, str], tmp_path: Path
) -> None:
    expected = {
        f"{sections[index % 2]}/{path}": student
        for index, (path, student) in enumerate(DOWNLOADS[platform].items())
    }
    assert students(tmp_path, expected) == expected


def test_a_folder_without_notebooks_beside_the_class_changes_nothing(tmp_path: Path) -> None:
    paths = {
        f"autumn/ada/{NOTEBOOK}": "ada",
        f"autumn/bob/{NOTEBOOK}": "bob",
        "documents of mine/syllabus.pdf": "documents_of_mine",
    }
    assert students(tmp_path, paths) == paths


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("ada.ipynb", "ada"),
        (f"ada_{NOTEBOOK}", "ada"),
        (f"01_{NOTEBOOK[:-6]}_ada.ipynb", "ada"),
        (f"{NOTEBOOK[:-6]} - Ada Lee (2).ipynb", "Ada_Lee_2"),
        (f"Ada Lee - Copy of {NOTEBOOK}", "Ada_Lee"),
        (f"{NOTEBOOK[:-6]}-Copy1.ipynb", ""),
        (f"{NOTEBOOK[:-6]}_final.ipynb", ""),
        ("homework 2.ipynb", ""),
        (f"ada/{NOTEBOOK}", "ada"),
        (f"ada/01_loss_functions/{NOTEBOOK}", "ada"),
        (f"x/ada/01_loss_functions/{NOTEBOOK}", "ada"),
        (f"ada/homework 2/{NOTEBOOK}", "ada"),
        (f"Classen/work/{NOTEBOOK}", "Classen"),
        (f"section/{NOTEBOOK}", "section"),
    ],
)
def test_a_single_file_names_its_student(path: str, student: str, tmp_path: Path) -> None:
    assert students(tmp_path, [path]) == {path: student}


# Nobody takes the place of another


@pytest.mark.parametrize(
    "paths",
    [
        {
            f"eve_99999/smith_12345_assignsubmission_file_/{NOTEBOOK}": "eve_99999",
            f"smith_12345/{NOTEBOOK}": "smith_12345",
        },
        {
            f"eve_99999/smith_12345_678_{NOTEBOOK}": "eve_99999",
            f"eve_99999/jones_12346_679_{NOTEBOOK}": "eve_99999",
            f"smith_12345/{NOTEBOOK}": "smith_12345",
        },
        {
            f"eve_9_assignsubmission_file_/smith_1_assignsubmission_file_/{NOTEBOOK}": "eve_9",
            f"smith_1_assignsubmission_file_/{NOTEBOOK}": "smith_1",
        },
        {
            "eve_9_assignsubmission_file_smith_1_assignsubmission_file_a.ipynb": "eve_9",
            "smith_1_assignsubmission_file_a.ipynb": "smith_1",
        },
        {
            f"eve_9_8_HW_smith_{BLACKBOARD}_a.ipynb": "eve_9",
            "smith_1_2_a.ipynb": "smith_1",
        },
        {
            f"submitted/eve/ada/{NOTEBOOK}": "eve",
            f"submitted/eve/submitted/bob/{NOTEBOOK}": "eve",
            f"submitted/ada/01_loss_functions/{NOTEBOOK}": "ada",
            f"submitted/bob/01_loss_functions/{NOTEBOOK}": "bob",
        },
        {
            f"eve/ada/{NOTEBOOK}": "eve",
            f"eve/bob/{NOTEBOOK}": "eve",
            f"ada/work of mine/{NOTEBOOK}": "ada",
            f"bob/another folder/{NOTEBOOK}": "bob",
        },
        {
            f"eve/section A/ada/{NOTEBOOK}": "eve",
            f"eve/section A/bob/{NOTEBOOK}": "eve",
            f"ada/{NOTEBOOK}": "ada",
        },
        {
            f"eve/{NOTEBOOK}": "eve",
            f"eve/ada/{NOTEBOOK}": "eve",
            "ada/essay.txt": "ada",
        },
    ],
)
def test_names_inside_a_students_folder_name_nobody(
    paths: Mapping[str, str], tmp_path: Path
) -> None:
    assert students(tmp_path, paths) == paths


@pytest.mark.parametrize(
    "name",
    [
        "loss_functions" + "1" * 230 + "x.ipynb",
        "loss_functions" + " copy" * 45 + "x.ipynb",
        "_" * 220 + "loss_functions_x.ipynb",
        "1-1 - " + "a - 1234 " * 26 + ".ipynb",
        "_1" * 120 + ".ipynb",
        "a," * 60 + "(b)" * 40 + ".ipynb",
        "_attempt_2024-10" * 15 + ".ipynb",
        "HW1" + " ._-" * 60 + ".ipynb",
    ],
)
def test_no_name_takes_long_to_read(name: str, tmp_path: Path) -> None:
    start = time.process_time()
    students(tmp_path, [name, f"eve/{name}", f"{name[:-6]}/{name}", f"ada/{NOTEBOOK}"])
    assert time.process_time() - start < 1


def test_a_zip_never_adds_to_the_folder_of_another_student(tmp_path: Path) -> None:
    source = tmp_path / "class"
    (source / "ada").mkdir(parents=True)
    (source / "ada" / NOTEBOOK).write_text("hers")
    write_zip(source / "ada.zip", {"newer.ipynb": b"not hers"})
    stage(source, tmp_path / "files")
    found = {file.name: file.student for file in find(tmp_path / "files", ["loss_functions"])}
    assert found == {f"ada/{NOTEBOOK}": "ada", "ada (zip)/newer.ipynb": "ada_zip"}


def test_one_student_with_many_notebooks_does_not_choose_the_assignment(tmp_path: Path) -> None:
    for student in ("ada", "bob"):
        write(tmp_path / f"class/{student}/{NOTEBOOK}", RELEASED)
    for number in range(9):
        write(tmp_path / f"class/eve/{number}.ipynb", OTHER_RELEASED)
    exercise, _ = collect(tmp_path / "class", tmp_path / "files")
    assert exercise is not None and exercise.name == "loss_functions"


# Ids


@pytest.mark.parametrize(
    "names",
    [
        ["Ann Lee", "Ann_Lee", "Ann+Lee"],
        ["रवि", "रवा"],
        ["José", "Jose"],
        ["Ada", "ada"],
        ["🎉", "😀"],
        ["x" * 200 + "1", "x" * 200 + "2"],
        ["ab", "a\u200bb", "a\u202eb", "ab\u3164"],
        ["Ann Lee", "Ann_Lee", student_id("Ann_Lee") + "_8db07e"],
    ],
)
def test_two_different_names_are_two_students(names: list[str], tmp_path: Path) -> None:
    found = students(tmp_path, [f"{name}/{NOTEBOOK}" for name in names])
    assert len(set(found.values())) == len(names)
    for student in found.values():
        assert student and len(student.encode()) <= MOST_BYTES + 20
        assert all(unicodedata.category(c)[0] in "LMN" or c in ".@-_" for c in student)


def test_names_that_an_id_cannot_tell_apart_get_a_stable_ending_and_a_remark(
    tmp_path: Path,
) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    students(first, [f"Ann Lee/{NOTEBOOK}", f"Ann_Lee/{NOTEBOOK}", f"bob/{NOTEBOOK}"])
    students(again, [f"class/Ann_Lee/{NOTEBOOK}", f"class/Ann Lee/{NOTEBOOK}"])
    both = [
        {file.name.split("/")[-2]: file for file in find(folder, ["loss_functions"])}
        for folder in (first, again)
    ]
    for name in ("Ann Lee", "Ann_Lee"):
        file = both[0][name]
        assert re.fullmatch(r"Ann_Lee_[0-9a-f]{6}", file.student)
        assert file.student == both[1][name].student
        assert file.remark.startswith(f"is of “{name}”, whose id has an ending, because another")
    assert (both[0]["bob"].student, both[0]["bob"].remark) == ("bob", "")


def test_students_of_the_same_name_in_two_sections_are_two_students(tmp_path: Path) -> None:
    found = students(tmp_path, [f"section {letter}/ann/{NOTEBOOK}" for letter in "AB"])
    assert len(set(found.values())) == 2


def test_a_student_in_the_folders_of_two_assignments_is_one(tmp_path: Path) -> None:
    paths = [f"{folder}/{name}/a.ipynb" for folder in ("HW1", "HW2") for name in ("ann", "bob")]
    assert set(students(tmp_path, paths).values()) == {"ann", "bob"}


def test_names_from_mac_and_windows_are_equal(tmp_path: Path) -> None:
    folders = [unicodedata.normalize(form, "José 김") for form in ("NFC", "NFD")]
    found = students(tmp_path, [f"{folder}/{NOTEBOOK}" for folder in folders])
    assert len(found) == 2 and set(found.values()) == {"José_김"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("../a", "a"),
        ("..", ""),
        ("._-@ ", ""),
        ("a\nb\x1b[2Jc", "a_b_2Jc"),
        ("=cmd|' /C calc'!A0", "cmd_C_calc_A0"),
        ("-rf", "rf"),
        ("a" + "\u0301" * 3, "á\u0301\u0301"),
        ("🎓\ufe0f\u0301", "unnamed_"),
        ("CON", "CON"),
        ("\ud800", "unnamed_"),
    ],
)
def test_an_id_is_safe_as_a_file_name(name: str, found: str) -> None:
    assert student_id(name).startswith(found) and bool(student_id(name)) == bool(found)


def test_a_long_name_is_cut_between_two_letters() -> None:
    name = "प्रि" * 100
    first, _, ending = student_id(name).rpartition("_")
    assert len(student_id(name).encode()) < 200
    assert name.startswith(first) and not unicodedata.category(name[len(first)]).startswith("M")
    assert ending != student_id(name + "प्रि").rpartition("_")[2]


def test_many_students_of_one_name_get_ids_that_differ() -> None:
    ids, _ = distinct_ids(dict.fromkeys(range(50), "Ann"))
    assert len(set(ids.values())) == 50


# Attempts


def rows(download: Path, folder: Path) -> dict[str, tuple[str, str]]:
    """Return the graded file and the remarks of each student, without running anything."""
    _, uploads = collect(download, folder)
    return {
        upload.row.student: (upload.row.file, " ".join(upload.row.remarks)) for upload in uploads
    }


@pytest.mark.parametrize(
    ("older", "newer", "student"),
    [
        (
            "HW_jdoe_attempt_2024-10-03-10-11-12_a.ipynb",
            "HW_jdoe_attempt_2024-10-04-09-00-00_a.ipynb",
            "jdoe",
        ),
        (
            f"1-2 - Jane Doe - Oct 3, 2024 1011 AM/{NOTEBOOK}",
            f"1-2 - Jane Doe - Oct 3, 2024 115 PM/{NOTEBOOK}",
            "Jane_Doe_1",
        ),
        (
            f"inbound/ada+01_loss_functions+2024-10-03 10:11:12 UTC+zz/{NOTEBOOK}",
            f"inbound/ada+01_loss_functions+2024-10-04 10:11:12 UTC+aa/{NOTEBOOK}",
            "ada",
        ),
        (
            f"Student Work/Jane Doe/HW1/Version 2/{NOTEBOOK}",
            f"Student Work/Jane Doe/HW1/Version 10/{NOTEBOOK}",
            "Jane_Doe",
        ),
    ],
)
def test_the_newest_attempt_is_graded_whatever_the_time_of_its_file(
    older: str, newer: str, student: str, tmp_path: Path
) -> None:
    write(tmp_path / "class" / older, RELEASED, datetime(2025, 1, 1))
    write(tmp_path / "class" / newer, RELEASED, datetime(2024, 1, 1))
    file, remarks = rows(tmp_path / "class", tmp_path / "files")[student]
    assert file == newer
    assert "was graded because it is the newest of 2 notebooks" in remarks
    assert remarks.endswith(f"; left out: {older}.")


def test_without_times_in_the_names_the_time_of_change_decides(tmp_path: Path) -> None:
    for number in range(9):
        write(tmp_path / f"class/ada/{number}.ipynb", RELEASED, datetime(2024, 1, 9 - number))
    write(tmp_path / f"class/bob/{NOTEBOOK}", RELEASED)
    file, remarks = rows(tmp_path / "class", tmp_path / "files")["ada"]
    assert file == "ada/0.ipynb"
    assert (
        "left out: ada/1.ipynb, ada/2.ipynb, ada/3.ipynb, ada/4.ipynb, ada/5.ipynb and 3 more"
        in remarks
    )


def test_an_attempt_that_cannot_be_graded_gives_way_to_an_older_one(tmp_path: Path) -> None:
    names = [f"HW_jdoe_attempt_2024-10-0{day}-10-11-12_a.ipynb" for day in (1, 2)]
    write(tmp_path / "class" / names[0], RELEASED)
    write(tmp_path / "class" / names[1], b"no notebook")
    file, remarks = rows(tmp_path / "class", tmp_path / "files")["jdoe"]
    assert file == names[0]
    assert f"jdoe: {names[1]} is not a notebook, because it is not JSON" in remarks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Oct 3, 2024 1011 AM", datetime(2024, 10, 3, 10, 11)),
        ("Oct 3, 2024 115 PM", datetime(2024, 10, 3, 13, 15)),
        ("Dec 31, 2024 1205 AM", datetime(2024, 12, 31, 0, 5)),
        ("Jan 1, 2024 12:05 PM", datetime(2024, 1, 1, 12, 5)),
        ("3 October, 2024 2211", datetime(2024, 10, 3, 22, 11)),
        ("3 octobre 2024 2211", datetime(2024, 10, 3, 22, 11)),
        ("3 août 2024 2211", None),
        ("Feb 31, 2024 1011 AM", None),
        ("Oct, 2024 1011", None),
    ],
)
def test_times_of_brightspace(text: str, found: datetime | None) -> None:
    assert brightspace_time(text) == found


def test_what_the_platform_says_of_a_student_is_in_the_row(tmp_path: Path) -> None:
    write(tmp_path / "class/doejane_LATE_12_34_a.ipynb", RELEASED)
    write(tmp_path / "class/Ada Lee_7_assignsubmission_file_/a.ipynb", RELEASED)
    write(tmp_path / "class/zoe/a.ipynb", RELEASED)
    write(tmp_path / "class/Doe_Jane_jd_3/Verspätete Abgabe - a.ipynb", RELEASED)
    _, uploads = collect(tmp_path / "class", tmp_path / "files")
    found = {u.row.student: (u.row.is_late, u.row.origin) for u in uploads}
    assert found == {
        "doejane_12": (True, ("Canvas", "doejane_12")),
        "Ada_Lee_7": (False, ("Moodle", "Ada Lee_7")),
        "zoe": (False, ("", "")),
        "Doe_Jane_jd_3": (True, ("", "")),
    }


# Zips


class NamedInCodePage(zipfile.ZipInfo):
    """A member of a zip whose name is in a code page, without a word on which one it is."""

    def __init__(self, name: str, codec: str) -> None:
        super().__init__(name)
        self.codec = codec

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode(self.codec), self.flag_bits


def write_zip(path: Path, members: Mapping[str, bytes], codec: str = "") -> Path:
    """Write a zip. With a codec, the names are in it, as programs of Windows write them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            member = NamedInCodePage(name, codec) if codec else zipfile.ZipInfo(name)
            member.date_time = (2024, 10, 3, 10, 11, 12)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return path


@pytest.mark.parametrize(
    ("codec", "title", "names"),
    [
        ("cp949", "cp949 (Korean)", ["김민수", "이지은", "박서준", "홍길동", "강은비", "과제"]),
        ("cp932", "cp932 (Japanese)", ["田中太郎", "佐藤 花子", "森", "さくら", "ソニー", "髙橋"]),
        ("gbk", "cp936 (Chinese)", ["张伟", "王芳", "李明", "高明", "林丹", "陈刚", "作业"]),
        ("cp950", "cp950 (Taiwan)", ["陳大文", "林志玲", "王小明", "作業"]),
        (
            "cp1252",
            "cp1252 (Western Europe)",
            ["José Muñoz", "Müller", "Großmann", "Suárez", "Åse"],
        ),
        ("cp850", "cp850 (Western Europe)", ["José Muñoz", "Müller", "Großmann", "Suárez", "Åse"]),
        ("cp866", "cp866 (Cyrillic)", ["Иван Петров", "Ольга"]),
        ("cp1251", "cp1251 (Cyrillic)", ["Иван Петров", "Ольга"]),
    ],
)
def test_names_in_a_code_page_are_decoded_with_a_remark(
    codec: str, title: str, names: list[str], tmp_path: Path
) -> None:
    # One name in an archive is hardest, all of them together are as in a class.
    for number, chosen in enumerate([*([name] for name in names), names]):
        paths = [f"{name}_{number}_assignsubmission_file_/{NOTEBOOK}" for name in chosen]
        source = write_zip(tmp_path / f"{number}.zip", dict.fromkeys(paths, RELEASED), codec)
        _, uploads = collect(source, tmp_path / f"files{number}")
        for name, upload in zip(
            sorted(chosen), sorted(uploads, key=lambda u: u.row.file), strict=True
        ):
            assert upload.row.student == student_id(f"{name}_{number}")
            remark = f"has a name in an unnamed encoding; it was read as {title}"
            assert upload.files[0].remarks == [remark]


def test_names_in_utf_8_and_in_the_extra_field_need_no_remark(tmp_path: Path) -> None:
    name = f"김민수/{NOTEBOOK}"
    write_zip(tmp_path / "mac.zip", {name: RELEASED}, "utf-8")
    write_zip(tmp_path / "marked.zip", {name: RELEASED})
    with zipfile.ZipFile(tmp_path / "extra.zip", "w") as archive:
        for raw, checked in (("b1/x.ipynb", b"b1/x.ipynb"), ("b2/x.ipynb", b"another")):
            member = zipfile.ZipInfo(raw)
            text = name.encode() + raw.encode()[1:2]
            field = struct.pack("<BI", 1, zlib.crc32(checked)) + text
            member.extra = struct.pack("<HH", 0x7075, len(field)) + field
            archive.writestr(member, RELEASED)
    for zipped in ("mac", "marked"):
        _, uploads = collect(tmp_path / f"{zipped}.zip", tmp_path / zipped)
        assert [(u.row.student, u.files[0].remarks) for u in uploads] == [("김민수", [])]
    # With a wrong checksum, the field is out of date and the name counts.
    assert stage(tmp_path / "extra.zip", tmp_path / "extra") == []
    found = {
        str(path.relative_to(tmp_path / "extra")) for path in (tmp_path / "extra").rglob("*.ipynb*")
    }
    assert found == {f"{name}1", "b2/x.ipynb"}


def test_only_notebooks_are_unpacked_and_litter_is_ignored(tmp_path: Path) -> None:
    members = {
        f"ada/{NOTEBOOK}": RELEASED,
        "ada/data.csv": b"1\n" * 1000,
        f"__MACOSX/ada/._{NOTEBOOK}": b"x",
        "ada/.ipynb_checkpoints/a-checkpoint.ipynb": RELEASED,
        "ada/venv/lib/site-packages/tests/a.ipynb": RELEASED,
        "desktop.ini": b"x",
        "ada/Thumbs.db": b"x",
    }
    assert stage(write_zip(tmp_path / "class.zip", members), tmp_path / "files") == []
    found = {file.name: file.path.stat().st_size for file in find(tmp_path / "files", [])}
    assert found == {f"ada/{NOTEBOOK}": len(RELEASED), "ada/data.csv": 0}


def test_zips_in_zips_are_unpacked_up_to_a_depth(tmp_path: Path) -> None:
    content = RELEASED
    for depth in range(6):
        name = NOTEBOOK if depth == 0 else "inner.zip"
        write_zip(tmp_path / f"{depth}.zip", {name: content})
        content = (tmp_path / f"{depth}.zip").read_bytes()
    for depth, graded in ((2, True), (5, False)):
        source = tmp_path / f"class{depth}"
        write(source / "ada.zip", (tmp_path / f"{depth}.zip").read_bytes())
        stage(source, tmp_path / f"files{depth}")
        notebooks = list((tmp_path / f"files{depth}").rglob("*.ipynb"))
        assert bool(notebooks) == graded


def bombs(source: Path) -> dict[str, str]:
    """Write uploads that are too large, too deep, too many or broken; return what is said of each.

    The student of each is called like the upload.
    """
    deep = "/".join(["d"] * 1200)
    write_zip(source / "deep.zip", {f"{deep}/{NOTEBOOK}": RELEASED})
    for letter in "ab":  # one of them fits, and both do not
        write_zip(source / f"bomb_{letter}.zip", {f"{n}.ipynb": b"0" * 3_500_000 for n in range(2)})
    write_zip(source / "many.zip", {f"{number}.ipynb": b"" for number in range(300)})
    write(source / "broken.zip", b"PK no zip")
    write(source / "cut.zip", (source / "many.zip").read_bytes()[:-30])
    write(source / "link/real.txt", b"")
    (source / "link" / NOTEBOOK).symlink_to("../../secret.ipynb")
    os.mkfifo(source / "link" / "pipe.ipynb")
    return {
        "deep": "is in more than 40 folders in each other; it was left out",
        "bomb_b": "unpacks to more than 9 MB, together with the other zips",
        "many": "holds more than 200 notebooks and zips",
        "broken": "is not a zip that can be opened; download it again",
        "cut": "is not a zip that can be opened; download it again",
        "link": "is a link, not a file; it was left out",
    }


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_no_upload_ends_the_work_on_the_others(
    zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whose_file, "LARGEST_ZIP", 10_000_000)
    monkeypatch.setattr(whose_file, "MOST_FILES", 200)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    source = tmp_path / "class"
    expected = bombs(source)
    write_zip(source / "honest.zip", {f"my work/{NOTEBOOK}": RELEASED})
    if zipped:
        del expected["link"]
        files = {path.name: path.read_bytes() for path in source.glob("*.zip")}
        source = write_zip(tmp_path / "class.zip", files)
    _, uploads = collect(source, tmp_path / "files")
    found = {upload.row.student: upload for upload in uploads}
    assert found["honest"].notebook is not None and found["honest"].row.remarks == []
    for student, reason in expected.items():
        assert found[student].notebook is None
        assert any(
            remark.startswith(f"{student}: {student}") for remark in found[student].row.remarks
        )
        assert reason in " ".join(found[student].row.remarks)
    total = sum(path.stat().st_size for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert total < 12_000_000
    dry_run(source, console=Console(file=io.StringIO()))
    assert list((tmp_path / "temporary").iterdir()) == []


def test_any_error_in_one_upload_is_told_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(content: bytes, *arguments: object) -> object:
        if content.endswith(b" raise"):
            raise {b"R": RecursionError, b"M": MemoryError, b"K": KeyError}[content[:1]]
        return read_notebook(content, *arguments)

    monkeypatch.setattr(plan, "read", read)
    write(tmp_path / f"class/ada/{NOTEBOOK}", RELEASED)
    for letter in "RMK":
        write(tmp_path / f"class/{letter}/{NOTEBOOK}", f"{letter} raise".encode())
    found = rows(tmp_path / "class", tmp_path / "files")
    assert found.pop("ada") == (f"ada/{NOTEBOOK}", "")
    assert found == {
        student: (
            f"{student}/{NOTEBOOK}",
            f"{student}: {student}/{NOTEBOOK} cannot be read ({error}).",
        )
        for student, error in (("R", "RecursionError"), ("M", "MemoryError"), ("K", "KeyError"))
    }


def test_an_error_of_the_system_is_told_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def scandir(path: Path) -> object:
        if str(path).endswith(("class/eve", "locked")):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(archives.os, "scandir", scandir)
    write(tmp_path / f"class/ada/{NOTEBOOK}", RELEASED)
    write(tmp_path / f"class/eve/{NOTEBOOK}", RELEASED)
    write(tmp_path / f"class/zoe/locked/{NOTEBOOK}", RELEASED)
    left_out = stage(tmp_path / "class", tmp_path / "files")
    files = find(tmp_path / "files", [], left_out)
    assert [(file.student, file.reason) for file in files] == [
        ("ada", ""),
        ("eve", "cannot be read (Permission denied)"),
        ("zoe", "cannot be read (Permission denied)"),
    ]


def test_a_deep_folder_is_left_out_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path / f"class/ada/{NOTEBOOK}", RELEASED)
    folder = tmp_path / "class" / "eve" / "/".join(["d"] * 100)
    write(folder / NOTEBOOK, RELEASED)
    found = rows(tmp_path / "class", tmp_path / "files")
    assert found["ada"] == (f"ada/{NOTEBOOK}", "")
    assert "is in more than 40 folders in each other" in found["eve"][1]


# The dry run


def strange_class(folder: Path) -> None:
    """Write hand-ins of every kind, two of them with names that forge lines and formulas."""
    write(folder / "doejane_LATE_12_34_a.ipynb", RELEASED)
    for day in (1, 2):
        write(folder / f"HW_jdoe_attempt_2024-10-0{day}-10-11-12_a.ipynb", RELEASED)
    write(folder / "ada" / "essay.txt", b"words")
    write(folder / NOTEBOOK, RELEASED)
    write(folder / "=1+1.csv", b"")
    write(folder / "eve" / "a\tb\nada\tgraded\x1b[2J\u202e.ipynb", b"{}")


def test_a_dry_run_prints_a_line_with_tabs_for_each_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strange_class(tmp_path / "class")
    before = sorted(tmp_path.rglob("*"))
    assert main(["grade", str(tmp_path / "class"), "--dry-run"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {tuple(line[:4]) for line in lines} == {
        ("ada", "ada/essay.txt", plan.OTHER, ""),
        ("doejane_12", "doejane_LATE_12_34_a.ipynb", plan.GRADED, "late"),
        ("eve", r"eve/a\tb\nada\tgraded\x1b[2J\u202e.ipynb", plan.BAD, ""),
        ("jdoe", "HW_jdoe_attempt_2024-10-01-10-11-12_a.ipynb", plan.OLDER, ""),
        ("jdoe", "HW_jdoe_attempt_2024-10-02-10-11-12_a.ipynb", plan.GRADED, ""),
        ("", NOTEBOOK, plan.NOBODYS, ""),
        ("", "'=1+1.csv", plan.OTHER, ""),
    }
    remarks = {line[1]: line[4] for line in lines}
    assert remarks["ada/essay.txt"] == f"is not a notebook; ask for {NOTEBOOK}"
    assert "left out: HW_jdoe" in remarks["HW_jdoe_attempt_2024-10-02-10-11-12_a.ipynb"]
    assert sorted(tmp_path.rglob("*")) == before


def test_on_a_terminal_a_dry_run_is_a_table(tmp_path: Path) -> None:
    strange_class(tmp_path / "class")
    console = Console(file=io.StringIO(), force_terminal=True, width=200, no_color=True)
    dry_run(tmp_path / "class", console=console)
    assert isinstance(console.file, io.StringIO)
    shown = re.sub(r"\x1b\[[\d;]*m", "", console.file.getvalue())
    assert re.search(r"Student +File +What will be done +Lateness +Remark", shown)
    assert re.search(r"doejane_12 +doejane_LATE_12_34_a.ipynb +will be graded +late", shown)
    assert "\x1b" not in shown and "\u202e" not in shown and r"\x1b[2J" in shown


def test_a_dry_run_needs_no_notebook_of_the_course(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "class/ada/a.ipynb", b"")
    assert main(["grade", str(tmp_path / "class"), "--dry-run"]) == 0
    assert capsys.readouterr().out == (
        "ada\tada/a.ipynb\tcannot be graded\t\thas no graded cell of this course\n"
    )
    assert main(["grade", str(tmp_path / "nowhere"), "--dry-run"]) == 1
    assert capsys.readouterr().err.endswith("nowhere does not exist.\n")


# The output


@pytest.mark.parametrize("output", ["file/graded", "/proc/graded", "n" * 300, "file"])
def test_an_output_folder_that_cannot_be_written_is_found_before_grading(
    output: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / f"class/ada/{NOTEBOOK}", RELEASED)
    write(tmp_path / "file", b"")
    before = sorted(tmp_path.rglob("*"))
    assert main(["grade", str(tmp_path / "class"), "--output", str(tmp_path / output)]) == 1
    message = capsys.readouterr().err
    assert "cannot be written" in message or "already exists" in message
    assert "so nothing was graded" in message
    assert sorted(tmp_path.rglob("*")) == before
