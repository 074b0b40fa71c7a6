"""A class on one machine, as docs/school.md describes it: with accounts, and with JupyterHub."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from checkout import ROOT
from exercise import ASSIGNMENT, COURSE, NAME, NOTEBOOK, WRITTEN, copy_course, points, solved
from hub import Hub, Person, Ports, install_proxy
from machine import Machine, why_not
from playwright.sync_api import Browser, Locator, Page, expect
from school_page import PAGE, Block, blocks

from grader.course import configuration
from grader.upload import whose_file

EXCHANGE = f"/srv/exchange/{COURSE}"
SOLUTIONS = f"/home/teacher/course/solutions/{NOTEBOOK}"
PASSWORD = "a password of the class"
SLOW = 120_000  # milliseconds within which a server starts or grades on a busy machine


# The machine


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository with one exercise."""
    return copy_course(tmp_path_factory.mktemp("school") / "course")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine that the administrator has set up as the page says."""
    if reason := why_not():
        pytest.skip(f"this test needs accounts of its own: {reason}")
    made = Machine(tmp_path)
    try:
        for title in ("The accounts", "The exchange", "The configuration of all accounts"):
            follow(made, blocks(title))
        accounts = ("teacher", "ada", "bob")
        made.run("chpasswd", text="".join(f"{name}:{PASSWORD}\n" for name in accounts))
        yield made
    finally:
        made.close()


def follow(machine: Machine, page: list[Block], replacing: Mapping[str, str] | None = None) -> None:
    """Do what blocks of the page say: run their commands, write their files."""
    for block in page:
        text = block.replaced(replacing or {})
        if block.language != "sh":
            machine.write(block.path, text, block.owner, block.is_addition)
        elif "copy of this repository" in block.lead:
            machine.run(f"cd {shlex.quote(str(ROOT))}\n{text}", block.account)
        else:
            machine.run(text, block.account)


def release(machine: Machine, course: Path) -> None:
    """Let the instructor get the course and release the assignment."""
    machine.copy(course, "/home/teacher/course", "teacher")
    follow(machine, blocks("The instructor")[:-1])


# Commands


@pytest.mark.slow
def test_a_class_works_with_commands_and_sees_only_what_it_may(
    machine: Machine, course: Path
) -> None:
    release(machine, course)
    fetch, validate, submit = commands("Before the deadline")
    for student in ("ada", "bob"):
        machine.run(fetch, student)
    released = json.loads(machine.run(f"cat {NOTEBOOK}", "ada"))
    machine.write(f"/home/ada/{NOTEBOOK}", json.dumps(solved(released)), "ada")
    assert "VALIDATION FAILED" in machine.run(validate, "bob")
    valid = machine.run(validate, "ada")
    assert "Success! Your notebook passes all the tests." in valid
    assert "without encryption" not in valid
    for student in ("ada", "bob"):
        machine.run(submit, student)
    for command in (
        f"cat {SOLUTIONS}",
        f"cat /home/ada/{NOTEBOOK}",
        f"ls {EXCHANGE}/inbound",
        f"mv {EXCHANGE} /srv/exchange/elsewhere",
        f"rm -r {EXCHANGE}/outbound/{ASSIGNMENT}",
    ):
        assert_forbidden(machine, command)

    follow(machine, blocks("The instructor")[-1:])
    [fetch_feedback] = commands("When the instructor has released the feedback")
    for student in ("ada", "bob"):
        machine.run(fetch_feedback, student)
    assert_forbidden(machine, f"ls {EXCHANGE}/feedback")
    show = f"cat {ASSIGNMENT}/feedback/*/{NAME}.html"
    full, none = (points(machine.run(show, student)) for student in ("ada", "bob"))
    assert full > none == 0

    table, export = blocks("Names of students")
    machine.write("/home/teacher/course/grader/students.csv", table.text, "teacher")
    follow(machine, [export])
    rows = csv.DictReader(machine.run("cat course/grader/marks.csv", "teacher").splitlines())
    [ada] = [row for row in rows if row["student_id"] == "ada"]
    assert (ada["email"], float(ada["score"])) == ("ada@school.example", full)


def commands(title: str) -> list[str]:
    """Return each command of the students below a heading, after the one that prepares them."""
    [block] = blocks(title)
    prepare, *others = block.text.splitlines()
    return [f"{prepare}\n{command}" for command in others]


def assert_forbidden(machine: Machine, command: str) -> None:
    """Let bob try a command that his account must not run."""
    code, output = machine.attempt(command, "bob")
    assert code != 0, command
    assert re.search("Permission denied|Operation not permitted", output), f"{command}: {output}"


# JupyterHub


@pytest.mark.slow
def test_a_class_works_in_jupyterhub(
    machine: Machine, course: Path, tmp_path: Path, browser: Browser
) -> None:
    release(machine, course)
    with start(machine, tmp_path, blocks("The configuration of the hub")) as hub:
        bob = Person(hub, "bob", PASSWORD)
        hand_in(bob)
        page = log_in(browser, hub, "ada")
        hand_in_with_the_browser(page, Person(hub, "ada", PASSWORD), machine)
        grade(log_in(browser, hub, "teacher"), Person(hub, "teacher", PASSWORD))
        graded = machine.run(f"cat course/grader/autograded/bob/{NOTEBOOK}", "teacher")
        assert re.search("FileNotFoundError|PermissionError", graded)

        page.get_by_role("button", name="Fetch Feedback").click()
        page.get_by_text("(view feedback)").click()
        page.locator(".jp-DirListing-item", has_text=f"{NAME}.html").dblclick()
        full = points(page.frame_locator(".jp-HTMLViewer iframe").locator("body").inner_text())
        _, submitted = bob.act("fetch_feedback", COURSE, ASSIGNMENT)
        folder = submitted["submissions"][0]["local_feedback_path"]
        assert full > points(bob.read(f"{folder}/{NAME}.html")) > 0


def hand_in(student: Person) -> None:
    """Fetch, validate and submit; all answers are right, but one looks for the solutions."""
    student.start()
    assert [row["status"] for row in student.assignments(COURSE)] == ["released"]
    student.act("fetch", COURSE, ASSIGNMENT)
    settings = student.call("GET", "lab/api/settings/@jupyterlab/apputils-extension:notification")
    assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"
    spying = f"print(open({SOLUTIONS!r}).read())"
    student.save(NOTEBOOK, solved(student.read(NOTEBOOK), accuracy=spying))
    failed = student.validate(NOTEBOOK)["failed"]
    assert failed
    assert all("accuracy" in failure["error"] for failure in failed)
    student.act("submit", COURSE, ASSIGNMENT)


def hand_in_with_the_browser(page: Page, student: Person, machine: Machine) -> None:
    """Fetch, run a cell, validate and submit; all answers are right."""
    assignment_list(page, "released").get_by_role("button", name="Fetch").click()
    row(page, "fetched").wait_for()
    student.save(NOTEBOOK, solved(student.read(NOTEBOOK)))
    page.goto(f"{student.hub}{link()}/{NOTEBOOK}")
    run_first_cell(page)
    kernel = machine.run("cat .local/share/jupyter/runtime/kernel-*.json", student.name)
    assert "curve_publickey" in kernel  # It encrypts what it prints.
    assert "Success! Your notebook passes all the tests." in validate(page)
    assignment_list(page, "fetched").get_by_role("button", name="Submit").click()
    row(page, "submitted").wait_for()


def grade(formgrader: Page, teacher: Person) -> None:
    """Collect, grade, review and release the feedback, for a part in the browser."""
    formgrader.goto(f"{teacher.hub}/user/teacher/formgrader")
    press(formgrader, ".collect", "Successfully collected")
    policy = teacher.request("GET", "user/teacher/formgrader").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy  # So JupyterLab cannot show it.
    formgrader.goto(f"{teacher.hub}/user/teacher/formgrader/manage_submissions/{ASSIGNMENT}")
    press(formgrader, ".autograde", "Successfully autograded")
    for student in ("ada", "bob"):  # one of them for the second time
        teacher.formgrader("POST", f"submission/{ASSIGNMENT}/{student}/autograde")
    give_full_credit(formgrader, teacher, "ada")
    for step in ("generate_feedback", "release_feedback"):
        teacher.formgrader("POST", f"assignment/{ASSIGNMENT}/{step}")


def start(machine: Machine, folder: Path, page: list[Block]) -> Hub:
    """Return a hub that is configured and started as the page says, but on ports that are free."""
    ports = Ports()
    follow(machine, page, ports.replacing)
    machine.write("/srv/jupyterhub/jupyterhub_config.py", ports.settings, is_addition=True)
    [npm], [command] = blocks("The proxy"), blocks("The start")
    programs = install_proxy(npm.text.split()[-1])
    script = f"export PATH={shlex.quote(programs)}:$PATH\n{command.text}"
    return Hub(machine.command(script, command.account), ports.public, folder / "hub.log")


def link() -> str:
    """Return the example of the setting `jupyterhub_url`, without its host."""
    found = re.search(r"`https://hub\.school\.example(/\S+)`", PAGE)
    assert found
    return found[1]


def log_in(browser: Browser, hub: Hub, name: str) -> Page:
    """Log in with name and password in a new window, and wait for this person's JupyterLab."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(SLOW)
    page = context.new_page()
    page.goto(hub.address)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{hub.address}/user/{name}/lab**")
    return page


def row(page: Page, status: str) -> Locator:
    """Return the assignment's row in a part of the Assignment List, such as "submitted"."""
    return page.locator(f"#{status}_assignments_list .list_item", has_text=ASSIGNMENT).first


def assignment_list(page: Page, status: str) -> Locator:
    """Open the Assignment List from the menu, and return the assignment's row."""
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()
    return row(page, status)


def run_first_cell(page: Page) -> None:
    """Run the first code cell of the notebook in front."""
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle", timeout=SLOW)
    cell = page.locator(".jp-CodeCell").first
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=SLOW)


def validate(page: Page) -> str:
    """Press Validate above the notebook in front, and return its message."""
    page.get_by_role("button", name="Validate").click()
    result = page.locator("#validation-message")
    result.wait_for()
    text = result.inner_text()
    page.locator(".jp-Dialog").get_by_role("button").last.click()
    return text


def press(formgrader: Page, column: str, success: str) -> None:
    """Press formgrader's button in a column of the first row, and wait for its success."""
    formgrader.locator(f"tbody {column} a").first.click()
    result = formgrader.locator(".modal.in")
    expect(result.locator(".modal-body")).to_contain_text(success, timeout=SLOW)
    result.locator(".modal-footer button").click()
    expect(result).to_have_count(0)


def give_full_credit(formgrader: Page, teacher: Person, student: str) -> None:
    """Open a student's submission in formgrader, and give all points for the written answer."""
    notebooks = teacher.formgrader("GET", f"submitted_notebooks/{ASSIGNMENT}/{NAME}")
    [number] = [notebook["id"] for notebook in notebooks if notebook["student"] == student]
    formgrader.goto(f"{teacher.hub}/user/teacher/formgrader/submissions/{number}/")
    cell = formgrader.locator(".nbgrader_cell", has=formgrader.locator(f"#{WRITTEN}"))
    with formgrader.expect_response("**/formgrader/api/grade/*") as answer:
        cell.get_by_role("button", name="Full credit").click()
    assert answer.value.ok
    assert answer.value.json()["manual_score"] == answer.value.json()["max_score"]


@pytest.mark.slow
def test_several_instructors_share_a_formgrader_and_each_course_has_its_students(
    machine: Machine, course: Path, tmp_path: Path, browser: Browser
) -> None:
    account, own_configuration, formgrader = blocks("Several instructors")
    groups = blocks("Students in a group")
    follow(machine, [account])
    machine.copy(course, "/home/course/course", "course")
    configuration, _ = blocks("The configuration of the hub")
    with start(machine, tmp_path, [own_configuration, configuration, formgrader, *groups]) as hub:
        teacher, ada, bob = (Person(hub, name, PASSWORD) for name in ("teacher", "ada", "bob"))
        teacher.server = f"services/{COURSE}"
        for student in (ada, bob):
            answer = student.request("GET", f"{teacher.server}/formgrader/api/assignments")
            assert answer.status_code == 403
            student.start()

        for step in ("assign", "release"):
            teacher.formgrader("POST", f"assignment/{ASSIGNMENT}/{step}")
        assert [row["status"] for row in ada.assignments(COURSE)] == ["released"]
        assert bob.assignments(COURSE) == bob.act("fetch", COURSE, ASSIGNMENT) == []
        code, output = machine.attempt(commands("Before the deadline")[0], "ada")
        assert code != 0
        assert "JUPYTERHUB_USER" in output  # The hub has not started this shell.
        for action in ("fetch", "submit"):
            ada.act(action, COURSE, ASSIGNMENT)
        teacher.formgrader("POST", f"assignment/{ASSIGNMENT}/collect")
        teacher.formgrader("POST", f"submission/{ASSIGNMENT}/ada/autograde")
        [submission] = teacher.formgrader("GET", f"submissions/{ASSIGNMENT}")
        assert (submission["student"], submission["autograded"]) == ("ada", True)
        assert teacher.call("POST", "api/terminals")["name"]

        page = log_in(browser, hub, "teacher")
        page.goto(f"{hub.address}/hub/home")
        page.get_by_role("button", name="Services").click()
        page.get_by_role("link", name=COURSE).click()
        expect(page.locator("tbody")).to_contain_text(ASSIGNMENT, timeout=SLOW)
        assert not teacher.request("GET", "user/teacher/formgraders").json()["success"]


# The page, and what the tests need


def test_without_node_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(pytest.fail.Exception, match=r"Node\.js 22 or newer and npm: install them"):
        install_proxy("configurable-http-proxy")


def test_the_course_has_the_same_name_everywhere() -> None:
    names = set(re.findall(r'(?:course_id|^course) = "(.*)"', PAGE, re.MULTILINE))
    assert names == {configuration().CourseDirectory.course_id}
    assert f"/services/{COURSE}/lab" in PAGE


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", PAGE):
        assert target.startswith("https://") or (ROOT / "docs" / target).exists(), target


def test_the_example_of_a_name_in_a_zip_is_right(tmp_path: Path) -> None:
    [(folder, student)] = re.findall(r"Moodle's folder `(.*?)` gives the id `(.*?)`", PAGE)
    (tmp_path / folder).mkdir()
    (tmp_path / folder / f"{NAME}.ipynb").write_text("{}")
    assert [file.student for file in whose_file.find(tmp_path, [NAME])] == [student]
