"""A class of hostile hand-ins takes about as long as an honest one and costs nobody else points."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from cohort import ASSIGNMENT, NOTEBOOK, Cohort, journal, marks
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader import harmless_html, notebook_size, timed_cleaning
from grader.engine import outputs, workers
from grader.engine.accepted_files import accepted_files, left_out
from grader.engine.execute import execute
from grader.engine.job import Job, Outcome, Settings
from grader.engine.messages import LEFT_OUT, MOST_NEW_FILES, Limits
from grader.engine.sandbox.new_files import show
from grader.engine.sandbox.turns import MOST_RUNNING
from grader.engine.zygote_manager import ZygoteManager
from grader.notebook_size import TooLargeError, limit, load, no_garbage_collection

# The kinds of hostile hand-ins

Content = dict[str, Any]
KINDS: dict[str, Callable[[Content], None]] = {}
GRADED = 10.0  # points of an answer that is right


def kind(change: Callable[[Content], None]) -> Callable[[Content], None]:
    """Enter a function that makes an honest notebook hostile."""
    KINDS[change.__name__] = change
    return change


def run(source: str) -> Callable[[Content], None]:
    return lambda notebook: notebook["cells"].insert(1, dict(new_code_cell(source)))


def answer(notebook: Content, text: str) -> None:
    next(cell for cell in notebook["cells"] if cell["id"] == "why")["source"] = text


def prints(notebook: Content, *outputs: NotebookNode) -> None:
    notebook["cells"].append({**new_code_cell("1"), "outputs": [*outputs]})


def shows(html: str) -> str:
    return f"from IPython.display import HTML, display\ndisplay(HTML({html}))"


for name, source in {
    "leaves_many_files": "for n in range(15_000):\n    open(f'f{n}', 'w').close()",
    "leaves_many_folders": "import os\nfor n in range(7_000): os.makedirs(f'{n}/{n}')",
    "leaves_files_with_long_names": (
        "for n in range(3_000):\n    open(f'{n:0250}', 'w').close()\nopen('a\\nb\\x1b[2J', 'w')"
    ),
    "shows_nested_html": shows("'<div>' * 150_000"),
    "shows_nested_lists": shows("'<ul><li><b>' * 60_000"),
    "starts_many_busy_loops": (
        "import subprocess, sys\nfor _ in range(120):\n    subprocess.Popen("
        "[sys.executable, '-c', 'while True: pass'], start_new_session=True)"
    ),
    "starts_busy_sessions": (
        "import os\nfor _ in range(50):\n    if os.fork() == 0:\n"
        "        os.setsid()\n        while True: pass"
    ),
    "starts_busy_threads": (
        "import hashlib, threading\ndef burn():\n    while True: "
        "hashlib.pbkdf2_hmac('sha256', b'', b'', 10**6)\n"
        "for _ in range(100): threading.Thread(target=burn, daemon=True).start()"
    ),
    "starts_children_that_nobody_counts": (
        "import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "for _ in range(20):\n    if os.fork() == 0:\n        while True:\n"
        "            if os.fork() == 0:\n                sum(range(10**6)); os._exit(0)\n"
        "            sum(range(10**6))"
    ),
    "fills_sockets": (
        "import socket\npairs = []\nwhile True:\n    pairs.append(socket.socketpair())\n"
        "    pairs[-1][0].setblocking(False)\n    try:\n        pairs[-1][0].send(bytes(10**6))\n"
        "    except OSError: pass"
    ),
    "fills_loopback": (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\nkept = []\nwhile True:\n"
        "    kept.append(socket.create_connection(server.getsockname()))"
    ),
    "eats_memory": "hoard = []\nwhile True: hoard.append(bytearray(10**7))",
}.items():
    KINDS[name] = run(source)

for name, text in {
    "answers_with_spaces": "a" + " " * 32_000 + "b",
    "answers_with_parentheses": r"\(" * 12_000,
    "answers_with_brackets": "[" * 90_000,
    "answers_with_stars": "*a **b " * 14_000,
    "answers_with_a_list": "* a\n" * 24_000,
    "answers_endlessly": "word " * 400_000,
    "answers_with_html": "<div>" * 19_000,
}.items():
    KINDS[name] = lambda notebook, text=text: answer(notebook, text)


@kind
def has_many_empty_cells(notebook: Content) -> None:
    notebook["cells"] += [dict(new_code_cell(""))] * 100_000


@kind
def has_many_paragraphs(notebook: Content) -> None:
    notebook["cells"] += [dict(new_markdown_cell("a" + " " * 900))] * 900


@kind
def has_many_cells(notebook: Content) -> None:
    notebook["cells"] += [dict(new_code_cell("1"))] * 20_000


@kind
def brings_many_outputs(notebook: Content) -> None:
    prints(notebook, *[new_output("stream", text="1")] * 100_000)


@kind
def brings_nested_html(notebook: Content) -> None:
    prints(notebook, new_output("display_data", {"text/html": "<div>" * 150_000}))


@kind
def brings_nested_metadata(notebook: Content) -> None:
    notebook["metadata"]["deep"] = json.loads("[" * 800 + "]" * 800)


@kind
def brings_much_metadata(notebook: Content) -> None:
    notebook["cells"][1]["metadata"]["much"] = {str(n): [n] for n in range(200_000)}


@kind
def brings_a_long_cell(notebook: Content) -> None:
    notebook["cells"].append(dict(new_code_cell("x = 1\n" * 400_000)))


REFUSED = {"has_many_cells", "brings_nested_metadata", "brings_a_long_cell"}
DAILY = [
    *("leaves_many_files", "starts_many_busy_loops", "fills_sockets", "shows_nested_html"),
    *("answers_with_spaces", "has_many_empty_cells", "brings_nested_metadata"),
]


# A class of them


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """A class with one student, whose answers are right."""
    return Cohort.build(tmp_path_factory.mktemp("hostile") / "honest", 1)


def with_hostile(honest: Cohort, folder: Path, kinds: list[str], work: str = "") -> Cohort:
    """Return the class with a hand-in of each of the kinds; "" is an honest one.

    `work` is the source of one more cell in each of these hand-ins.
    """
    cohort = honest.copy(folder / "class")
    submitted = cohort.course / "submitted"
    text = (submitted / "student-001" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text()
    for number, name in enumerate(kinds):
        notebook = json.loads(text)
        if work:
            notebook["cells"].append(new_code_cell(work))
        if name:
            KINDS[name](notebook)
        path = submitted / f"eve-{number:02}-{name or 'honest'}" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
    return cohort


def points(cohort: Cohort) -> dict[str, float]:
    """Return the points of each student."""
    found: dict[str, float] = {}
    for student, _, _, _, score, *_ in marks(cohort)["grades"]:
        found[student] = found.get(student, 0) + (score or 0)
    return found


def seconds(cohort: Cohort) -> dict[str, float]:
    """Return how long each hand-in kept the one process that sanitizes and saves."""
    lines = (cohort.course / "grading.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    phases = ("sanitize", "save")
    return {e["student"]: max(e["seconds"].get(phase, 0) for phase in phases) for e in entries}


def check(cohort: Cohort, log: str) -> None:
    """Check that the honest student has all points and that each other hand-in is dealt with."""
    assert points(cohort)["student-001"] == GRADED, log
    for name, (remarks, flags, stopped, failed, _) in journal(cohort).items():
        student = name.split()[0]
        kind = student.split("-")[-1]
        assert bool(failed) == (kind in REFUSED), (student, failed)
        if kind not in {"001", "honest"} and not failed:
            assert len(str((remarks, flags, stopped))) < 5000
    assert "Traceback" not in log


def test_hostile_hand_ins_cost_nobody_else_points_or_time(honest: Cohort, tmp_path: Path) -> None:
    cohort = with_hostile(honest, tmp_path, DAILY)
    log = cohort.grade().log
    check(cohort, log)
    slow = {student: took for student, took in seconds(cohort).items() if took > 5}
    assert slow == {}  # less than a second of processor time, while others are busy
    entries = {name.split()[0].split("-")[-1]: entry for name, entry in journal(cohort).items()}
    assert "it keeps at most 100 with ordinary names" in str(entries["leaves_many_files"][0])
    assert "100,000 empty ones were left out" in str(entries["has_many_empty_cells"][0])
    assert "shown as plain text" in str(entries["answers_with_spaces"][0])
    assert "shown as plain text" in str(entries["shows_nested_html"][0])
    # Which of the two comes first depends on how fast the processes start.
    exceeded = ("it had more than 64 processes", f"it kept more than {MOST_RUNNING} threads busy")
    assert any(reason in str(entries["starts_many_busy_loops"]) for reason in exceeded)
    assert "it had more than 128 sockets" in str(entries["fills_sockets"])


# The cells of a chapter's notebook compute for about as long. Without them, the honest class would
# consist of nothing but the start of the grader.
WORK = """
import time
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
"""


@pytest.mark.slow
def test_a_hostile_class_takes_at_most_twice_the_time_of_an_honest_one(
    honest: Cohort, tmp_path: Path
) -> None:
    ratios: list[float] = []
    while not ratios or (ratios[-1] >= 2 and len(ratios) < 3):  # Others may disturb a run.
        took = []
        for name, kinds in (("honest", [""] * 30), ("hostile", [*KINDS, *KINDS][:30])):
            cohort = with_hostile(honest, tmp_path / f"{name}-{len(ratios)}", kinds, WORK)
            began = time.monotonic()
            log = cohort.start("autograde", ASSIGNMENT).end(1800).log
            took.append(time.monotonic() - began)
            check(cohort, log)
            print(name, took[-1], sorted(seconds(cohort).items(), key=lambda item: -item[1])[:8])
        ratios.append(took[1] / took[0])
    assert ratios[-1] < 2, ratios


# The size of a notebook


def notebook_of(*cells: NotebookNode) -> Content:
    content: Content = json.loads(json.dumps({**new_notebook(), "cells": cells}))
    return content


def test_a_notebook_within_the_limits_stays_as_it_is() -> None:
    stream = new_output("stream", text="1")
    content = notebook_of(new_code_cell("", outputs=[stream]), new_markdown_cell("a" * 1000))
    before = json.dumps(content)
    assert limit(content) == []
    assert json.dumps(content) == before


@pytest.mark.parametrize("content", [None, 1, [], {}, {"cells": 1}, {"cells": [1, None, []]}])
def test_what_is_no_notebook_is_not_touched(content: Any) -> None:
    assert limit(content) == []


def test_empty_cells_over_the_limit_are_left_out_and_marked_ones_stay() -> None:
    marked = new_code_cell("", metadata={"nbgrader": {"grade_id": "x"}})
    content = notebook_of(marked, *(new_code_cell(" \n") for _ in range(2000)), new_code_cell("1"))
    assert limit(content) == ["had 2,002 cells; 2,000 empty ones were left out"]
    assert [cell["source"] for cell in content["cells"]] == ["", "1"]


def test_a_long_text_is_cut_and_its_pictures_do_not_count() -> None:
    picture = "![x](data:image/png;base64," + "A" * 300_000 + ")"
    content = notebook_of(new_markdown_cell(picture), new_markdown_cell("b" * 200_000))
    (remark,) = limit(content)
    assert "only the first 100,000 are kept" in remark
    assert [len(cell["source"]) for cell in content["cells"]] == [len(picture), 100_000]


def test_outputs_over_the_limit_are_left_out() -> None:
    content = notebook_of(new_code_cell("", outputs=[new_output("stream", text="1")] * 1500))
    assert "500 of 1,500 were left out" in limit(content)[0]
    assert len(content["cells"][0]["outputs"]) == 1000


def test_long_metadata_keep_what_the_grader_reads() -> None:
    metadata = {"widgets": "x" * 200_000, "nbgrader": {"grade_id": "x"}}
    content = notebook_of(new_code_cell("", metadata=metadata))
    assert limit(content) == []
    assert content["cells"][0]["metadata"] == {"nbgrader": {"grade_id": "x"}}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([new_code_cell("1")] * 1001, "1,001 cells with content, more than the limit of 1,000; "),
        ([new_code_cell("1" * 1_000_001)], "1,000,001 characters, more than the limit of 1,000,0"),
        ([new_code_cell("1" * 900_000)] * 25, "characters in its cells, more than the limit of 20"),
        ([new_code_cell("", metadata={"x": json.loads("[" * 99 + "]" * 99)})], "more than 100 "),
    ],
    ids=["cells", "code", "source", "levels"],
)
def test_a_notebook_over_another_limit_is_refused(cells: list[NotebookNode], reason: str) -> None:
    with pytest.raises(TooLargeError, match=f"{reason}.*ask for it with"):
        limit(notebook_of(*cells))


def test_a_file_with_too_many_parts_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notebook_size, "MOST_PARTS", 1000)
    assert len(load(json.dumps(["a" * 2000]))) == 1  # a long text is one part
    for parts in ([[]] * 600, [{}] * 600, [1] * 1100, ["a"] * 600):
        with pytest.raises(TooLargeError, match="holds more than 1,000 texts, numbers, lists"):
            load(json.dumps(parts))


def test_metadata_that_nest_deeply_end_nothing() -> None:
    deep = json.loads("[" * 900 + "]" * 900)
    for metadata in ({"x": deep}, {"x": deep, "y": "z" * 200_000}):
        content = {"cells": [{"cell_type": "code", "metadata": metadata, "source": "1"}]}
        with suppress(TooLargeError):
            limit(content)


def test_looking_for_garbage_goes_on_after_a_notebook_was_read() -> None:
    with suppress(json.JSONDecodeError):
        load("no JSON")
    assert gc.isenabled()
    with no_garbage_collection():
        load("[]")
        assert not gc.isenabled()
    assert gc.isenabled()


# Files that are left behind


def test_files_over_the_limit_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(MOST_NEW_FILES + 20):
        Path(f"{number:03}").write_text("x")
    show([], most=100_000)
    message = capsys.readouterr().out
    accepted = accepted_files(message, {})
    assert list(accepted) == [f"{number:03}" for number in range(MOST_NEW_FILES)]
    assert left_out(message, accepted).startswith("left 20 files behind that the grader does not")


def test_a_kernel_cannot_hand_over_more_files_or_names_with_control_characters() -> None:
    many = json.dumps({f"{number}": "" for number in range(5000)})
    assert len(accepted_files(many, {})) == MOST_NEW_FILES
    odd = json.dumps({"a\nb": "", "\x1b[2J": "", "x" * 201: "", LEFT_OUT: 10**30})
    assert accepted_files(odd, {}) == {}
    assert left_out(json.dumps({"a": ""}), {"a": b""}) == ""
    assert left_out("gibberish", {}) == left_out("[1]", {}) == ""


def test_what_is_printed_beyond_the_limit_is_read_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(outputs, "time", SimpleNamespace(sleep=waited.append))
    taken = outputs.Outputs(1000)
    cell = new_code_cell()
    taken.begin(cell)
    for _ in range(10):
        taken.take("stream", {"name": "stdout", "text": "x" * 400})
    assert [output.text for output in cell.outputs] == ["x" * 800 + outputs.CAPPED]
    assert len(waited) == 7 and 7 * 400 < sum(waited) * outputs.FASTEST < 7 * 500
    taken.begin(cell)
    taken.take("stream", {"name": "stdout", "text": "x"})
    assert len(waited) == 7


# Cleaning


def test_honest_texts_are_cleaned_however_many_they_are() -> None:
    texts = [f"**{number}** <b>bold</b><script>x</script>" for number in range(300)]
    notebook = new_notebook(cells=[new_markdown_cell(text) for text in texts])
    assert harmless_html.clean(notebook) == []
    shown = [harmless_html.clean_markdown(text) for text in texts]
    assert [cell.source for cell in notebook.cells] == shown


@pytest.mark.parametrize(
    ("text", "number"), [("[" * 19_000, 5), ("[" * 100_000, 1), ("<div>" * 100_000, 1)]
)
def test_slow_texts_are_shown_as_their_characters_and_the_others_as_usual(
    text: str, number: int
) -> None:
    cells = [new_markdown_cell(source) for source in (*[text] * number, "*short*")]
    notebook = new_notebook(cells=cells)
    began = time.monotonic()
    (remark,) = harmless_html.clean(notebook)
    assert time.monotonic() - began < 15
    shown = [cell.source for cell in notebook.cells]
    slow = [source for source in shown if source.startswith("<pre>This text would take too long")]
    assert slow and shown[-1] == "*short*"
    assert remark.startswith(f"has {len(slow)} texts that would take too long to show")
    assert len(slow[0]) < 10 * timed_cleaning.LONGEST_PLAIN
    assert harmless_html.html_of(slow[0]).count("<div>") == 1


@pytest.mark.parametrize("blanks", [" " * 19_000, "\t" * 19_000, " \t" * 9000])
def test_long_blanks_are_shown_as_shorter_ones_which_look_the_same(blanks: str) -> None:
    notebook = new_notebook(cells=[new_markdown_cell(f"*a*{blanks}b\n\n    x = 1")])
    assert harmless_html.clean(notebook) == []
    assert notebook.cells[0].source == f"*a*{blanks[:100]}b\n\n    x = 1"


@pytest.mark.parametrize(
    "text",
    ['Because (I think) it\'s "flat": 0.5, or less!', "Weiß 김민수\n\n1. a\n2. b", "a_b_c - d"],
)
def test_a_text_of_words_alone_is_harmless_as_it_is(text: str) -> None:
    assert timed_cleaning.WORDS.fullmatch(text)
    assert harmless_html.clean_markdown(text) == text
    assert timed_cleaning.clean_texts([timed_cleaning.Text("markdown", text)]) == ([text], 0)


@pytest.mark.parametrize("sign", "<>[]&`*$\\|~#@/{}")
def test_signs_that_can_act_are_looked_at(sign: str) -> None:
    assert not timed_cleaning.WORDS.fullmatch(f"a {sign} b")


def test_cleaning_goes_on_when_its_process_was_killed() -> None:
    text = timed_cleaning.Text("markdown", "*word* " * 1000)
    assert timed_cleaning.clean_texts([text]) == ([text.source], 0)
    process = timed_cleaning._server._process
    assert process is not None
    process.kill()
    process.wait()
    (shown,), slow = timed_cleaning.clean_texts([text])
    assert (slow, "too long to show" in shown) == (1, True)
    assert timed_cleaning.clean_texts([text]) == ([text.source], 0)


# Time


@pytest.fixture(scope="module")
def zygote() -> Iterator[ZygoteManager]:
    with ZygoteManager([]) as running:
        yield running


def outcome_of(source: str, zygote: ZygoteManager) -> Outcome:
    notebook = nbformat.writes(new_notebook(cells=[new_code_cell(source)]))
    settings = Settings(cell_seconds=2, exam=False, limits=Limits())
    return execute(Job("ada", "one", "x", notebook, settings=settings), zygote)


BURN = "import time\nwhile time.process_time() < 100: pass"


def test_who_waits_for_a_processor_is_told_from_who_sleeps(zygote: ZygoteManager) -> None:
    assert not outcome_of("import time; time.sleep(60)", zygote).starved
    command = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(command, start_new_session=True) for _ in range(20)]
    try:
        assert outcome_of(BURN, zygote).starved
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def job(name: str) -> Job:
    return Job(name, "one", "x", "{}")


def test_who_waited_for_a_processor_runs_again_after_the_others() -> None:
    firsts = iter([(job("ada"), Outcome("", {}, starved=True)), (job("bob"), Outcome("", {}))])
    again = Outcome("again", {}, starved=True)
    results = list(workers.again_alone((pair for pair in firsts), lambda job: again))
    assert [done.student for done, _ in results] == ["bob", "ada"]
    assert results[1][1].notebook == "again"
    assert results[1][1].remarks == (workers.AGAIN,)


def test_running_again_has_a_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LEAST_SECONDS", 0.1)

    def slow(job: Job) -> Outcome:
        time.sleep(0.2)
        return Outcome("again", {})

    starved = ((job(name), Outcome("first", {}, starved=True)) for name in ("ada", "bob"))
    ada, bob = workers.again_alone(starved, slow)
    assert (ada[1].notebook, ada[1].flags) == ("again", ())
    assert (bob[1].notebook, bob[1].flags) == ("first", (workers.NOT_AGAIN,))
