"""The names that learning platforms give to files and folders, and where each pattern comes from.

`names_in_folder` reads the names in one folder of a download. Only the part of a name that the
platform wrote says whose it is: the patterns match it from the beginning, and whatever follows it
was chosen by a student.

    Moodle          Ada Lovelace_123_assignsubmission_file_/any name.ipynb
                    Participant_123_assignsubmission_file_any name.ipynb
    Canvas          lovelaceada_12345_678_any name.ipynb, lovelaceada_LATE_12345_678_any name.ipynb
                    anon_aB3dE_678_any name.ipynb
    Blackboard      Essay_alovelace_attempt_2024-10-03-10-11-12_any name.ipynb
    Brightspace     12345-678 - Ada Lovelace - Oct 3, 2024 1011 AM/any name.ipynb
    Sakai           Lovelace, Ada(alovelace)/Submission attachment(s)/any name.ipynb
    Gradescope      assignment_123_export/submission_2345/any name.ipynb
    ILIAS           Essay/Abgaben/Lovelace_Ada_alovelace_345/any name.ipynb
    Teams           Student Work/Submitted files/Ada Lovelace/Essay/Version 2/any name.ipynb
    GitHub          essay-10-03-2024-10-11-12/essay-alovelace/any name.ipynb
    nbgrader        submitted/alovelace/01_essay/essay.ipynb
                    inbound/alovelace+01_essay+2024-10-03 10:11:12.345678 UTC+x1y2/essay.ipynb
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

# In mod/assign/classes/downloader.php of Moodle, a prefix is the full name, with spaces for its
# underscores, and a number; in a group assignment, it is the group and its number, or the default
# group without a number; in anonymous marking, it is the word "Participant" and a number.
MOODLE = re.compile(r"(?P<student>.+?)_assignsubmission_[a-z]+_?")
# In lib/content_zipper.rb of Canvas: the name in lower case without spaces, LATE, the user's
# number, the file's number, the student's name for the file. Old versions wrote "late". A text or
# a link that a student handed in has no number of its own.
CANVAS = re.compile(
    r"(?P<name>.+?)_(?:(?P<late>LATE|late)_)?(?P<user>\d+)_(?:\d+_(?=.)|(?:text|link)\.html$)"
)
CANVAS_ANONYMOUS = re.compile(
    r"(?:(?P<late>LATE|late)_)?(?P<student>anon_[A-Za-z0-9]+)_(?:\d+_(?=.)|(?:text|link)\.html$)"
)
# Blackboard documents no pattern. This one, assignment_username_attempt_time_file, is in README.md
# of kwurst/bb-file-cleanup and in nbgrader's help on zip_collect.
BLACKBOARD = re.compile(r"(?P<student>.+?)_attempt_(?P<time>\d{4}(?:-\d{2}){5})(?=[_.]|$)")
# Brightspace documents no pattern either. Files are called "user-folder - name - time - file", or a
# folder has the first three; examples are in the tests of cqc_cpcc (test_brightspace_zip_format).
# The language of the course decides how the time is written.
BRIGHTSPACE = re.compile(
    r"(?P<user>\d+)-\d+ - (?P<name>.+?) ?- (?P<time>[^-]*\b\d{4}\b[^-]*?)(?= - |$)"
)
# In AssignmentServiceImpl.java of Sakai, zipSubmissions: "last name, first name(user)", then a
# folder or, in a download without folders, an underscore.
SAKAI = re.compile(r"(?P<student>[^,]+,[^()]*\([^()]+\))(?=_|$)")
# A folder of a Gradescope export; `submission_metadata.yml` beside it names the people.
GRADESCOPE = re.compile(r"submission_\d{3,}$")
# In class.ilExSubmission.php of ILIAS, downloadAllAssignmentFiles: last name, first name, login
# and number. Other names look like this too, so it counts only where a class is expected.
ILIAS = re.compile(r"[^_]+_[^_]+_.+_\d+")
# The same method puts "Late Submission", in the language of the course, before a late file.
ILIAS_LATE = re.compile(r"(?:Late Submission|Verspätete Abgabe|Verspaetete Abgabe) - ")
# Teams keeps each attempt in a folder "Version 1"; see lwchkg/teams_assignment_explorer.
TEAMS_VERSION = re.compile(
    r"(?:Version|Versión|Versione|Versão|Versie|バージョン|版本) ?(\d{1,6}) ?"
)
# In nbgrader/exchange/default/submit.py: the user, the assignment, the time and random signs.
INBOUND = re.compile(
    r"(?P<student>[^+]+)\+[^+]+\+(?P<time>\d{4}(?:-\d{2}){2} \d{2}(?::\d{2}){2})(?:\.\d+)? [^+]+"
    r"(?:\+|$)"
)

PATTERNS = {
    "Moodle": MOODLE,
    "Canvas": CANVAS,
    "Canvas, anonymous": CANVAS_ANONYMOUS,
    "Blackboard": BLACKBOARD,
    "Brightspace": BRIGHTSPACE,
    "Sakai": SAKAI,
    "Gradescope": GRADESCOPE,
    "nbgrader": INBOUND,
}

# The number or the letter of a section, such as " 2" or "B"; a surname such as Classen has none.
NUMBER = r"([ ._-]?(\d{1,3}[a-z]?|[a-z])|[ ._-]\w{1,3})"
# Folders that platforms and people put directly around the students of a class or a section.
AROUND_STUDENTS = re.compile(
    rf"""
    submitted | submissions? | student[ _]work | students? | (submitted|working)[ ]files
    | hand[ _-]?ins? | abgaben | einreichungen | entregas | remises | rendus
    | Aufgaben[ ]der[ ](Schüler|Kursteilnehmer) | Eingereichte[ ]Dateien | 提出済みのファイル
    | assignment_\d+_export                                # Gradescope
    | .+-\d\d-\d\d-\d{{4}}-\d\d-\d\d-\d\d                  # GitHub Classroom
    | .+[ _-]submissions                                   # GitHub's command line, Canvas
    | gradebook_.+ | multi_feedback_.+                     # Blackboard, ILIAS
    | (section|sec|sección|seção|sektion|tutorial|tutorium|cohort){NUMBER}([ ._-].*)?
    | (mon|tues|wednes|thurs|fri|satur|sun)day([ ._-].*)?
    | (montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)([ ._-].*)?
    | 第?\d{{1,2}}[ ]?(분반|반|班|組|组) | (분반|반|班|クラス)[ ]?\d{{1,2}}
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Folders that people put around those.
AROUND_A_CLASS = re.compile(
    rf"""
    (class[ei]?|course|klasse|kurs|clase|curso|cours|campus|downloads?|export){NUMBER}?
    | (moodle|canvas|blackboard|brightspace|sakai|ilias|gradescope|teams|classroom)([ ._-].*)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Folders of one assignment, around students or in a student's.
ASSIGNMENT = re.compile(
    rf"(lab|hw|homework|exercise|übung|aufgabe|blatt|assignment|week){NUMBER}([ ._-].*)?",
    re.IGNORECASE,
)
# Folders that are around students or are those of students who work together.
GROUP = re.compile(
    rf"(group[eo]?|team|gruppe|übungsgruppe|grupo|equipo|équipe|группа|グループ){NUMBER}([ ._-].*)?"
    r"|(s|l|g|t|td|tp|gr|grp|sec|sect)[ ._-]?\d{1,2}|\d{1,2}조",
    re.IGNORECASE,
)
# Folders that students have in their own: they never name a student.
INSIDE_A_STUDENTS = re.compile(
    r"""
    (version | versión | versione | versão | versie | バージョン | 版本
    | v | attempt | submission | submission[ ]attachments? | work | my[ ]work | homework | hw
    | assignments? | exercises? | ex | tasks? | parts? | drafts? | final | solutions? | notebooks?
    | practice | src | code | data | files? | old | new | backup | copy | tests? | temp | tmp
    | labs? | projects? | weeks? | desktop | documents | downloads | (new|untitled)[ ]folder
    | abgabe | aufgabe | übung | blatt | lösung )
    [ ._-]? \d{0,2} [ ]?
    | submission[ ]attachment\(s\)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What lies beside a folder with this name is no hand-in: nbgrader's other folders, and drafts in
# Teams.
HANDED_IN = {
    "submitted": {"source", "release", "autograded", "feedback", "downloaded", "exchange"},
    "submitted files": {"working files"},
}
SAKAI_FEEDBACK = "Feedback Attachment(s)"  # Sakai puts the instructor's files beside a student's.
GRADESCOPE_METADATA = "submission_metadata.yml"


def is_around_class(name: str) -> bool:
    """Whether people or platforms give this name to a folder around a class or a section."""
    return bool(AROUND_STUDENTS.fullmatch(name) or AROUND_A_CLASS.fullmatch(name))


@dataclass(frozen=True)
class PlatformName:
    """What the name of a file or folder says if a platform has written it.

    Attributes:
        student: the student's name in it, with the number that the platform gives to nobody else.
        key: what is equal in two names exactly if they are of the same student.
        time: when it was handed in, or None.
        is_late: whether the platform marked it as late.
    """

    student: str
    key: tuple[str, str]
    time: datetime | None = None
    is_late: bool = False


def names_in_folder(names: Collection[str]) -> dict[str, PlatformName]:
    """Read the names in one folder; return what those say that a platform has written.

    A name that fits several patterns is read as most of its neighbors are, and otherwise by the
    pattern that takes the least of it, because a student chose its end and may imitate a pattern.
    """
    matches = {name: _matches(name) for name in names}
    _drop_equal_files(matches)
    votes = Counter(platform for found in matches.values() for platform in found)
    chosen = {
        name: min(found, key=lambda platform: (-votes[platform], found[platform].end()))
        for name, found in matches.items()
        if found
    }
    users = _blackboard_users(
        {matches[name][platform]["student"] for name, platform in chosen.items()
         if platform == "Blackboard"}
    )  # fmt: skip
    return {
        name: _read(platform, matches[name][platform], users) for name, platform in chosen.items()
    }


def _matches(name: str) -> dict[str, re.Match[str]]:
    found = ((platform, pattern.match(name)) for platform, pattern in PATTERNS.items())
    return {platform: match for platform, match in found if match}


def _drop_equal_files(matches: dict[str, dict[str, re.Match[str]]]) -> None:
    """Remove Canvas from names in which two files have one number, which Canvas never gives twice.

    Names such as `2024_10_03_ada` and `2024_10_03_bob` would be those of one student otherwise.
    """
    rests = defaultdict(set)
    for name, found in matches.items():
        if match := found.get("Canvas"):
            rests[match[0]].add(name[match.end() :].partition(".")[0])
    for found in matches.values():
        if (match := found.get("Canvas")) and len(rests[match[0]]) > 1:
            del found["Canvas"]


def _read(platform: str, match: re.Match[str], blackboard_users: dict[str, str]) -> PlatformName:
    groups = match.groupdict()
    time, student = None, groups.get("student", match[0])
    key = student
    if platform in ("Canvas", "Brightspace"):
        student = key = f"{groups['name']}_{groups['user']}"
    if platform == "Blackboard":
        student = blackboard_users[student]
        with suppress(ValueError):
            time = datetime.strptime(groups["time"], "%Y-%m-%d-%H-%M-%S")
    if platform == "Brightspace":
        time = brightspace_time(groups["time"])
    if platform == "nbgrader":
        with suppress(ValueError):
            time = datetime.strptime(groups["time"], "%Y-%m-%d %H:%M:%S")
    return PlatformName(student, (platform, key), time, is_late=bool(groups.get("late")))


def _blackboard_users(prefixes: set[str]) -> dict[str, str]:
    """Return the user name in each `assignment_user`; both may have underscores.

    The assignment is the same in a whole download, so it is what all prefixes begin with. Without
    such a beginning, the user is what follows the last underscore, if that tells all users apart.
    """
    last = {prefix: prefix.rpartition("_")[2] for prefix in prefixes}
    beginnings = [prefix.removesuffix(last[prefix]) for prefix in prefixes]
    first = min(beginnings, default="")
    shared = next(
        (first[:end] for end in range(len(first), 0, -1)
         if first[end - 1] == "_" and all(text.startswith(first[:end]) for text in beginnings)),
        "",
    )  # fmt: skip
    if shared:
        return {prefix: prefix[len(shared) :] for prefix in prefixes}
    return last if len(set(last.values())) == len(prefixes) else {name: name for name in prefixes}


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def brightspace_time(text: str) -> datetime | None:
    """Read "Oct 3, 2024 1011 AM" or "3 October, 2024 22:11"; return None for another language."""
    match = re.fullmatch(
        r"(?:(?P<first>\d{1,2}) )?(?P<month>[A-Za-z]{3})[a-z]*\.?(?: (?P<day>\d{1,2}))?,? "
        r"(?P<year>\d{4}),? (?P<hour>\d{1,2}?):?(?P<minute>\d{2})(?: ?(?P<half>[AP])M)?",
        text.strip(),
    )
    if not match or match["month"].lower() not in MONTHS:
        return None
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + 12 * (match["half"] == "P")
    month = MONTHS.index(match["month"].lower()) + 1
    with suppress(ValueError, TypeError):
        day = int(match["first"] or match["day"])
        return datetime(int(match["year"]), month, day, hour, int(match["minute"]))
    return None


def version_in(parts: Collection[str]) -> int:
    """Return the number of the attempt that a folder of Teams names in a path, or 0."""
    return next((int(match[1]) for part in parts if (match := TEAMS_VERSION.fullmatch(part))), 0)


def is_late_in_ilias(parts: Collection[str]) -> bool:
    """Whether ILIAS marked a file or folder in a path as late."""
    return any(ILIAS_LATE.match(part) for part in parts)
