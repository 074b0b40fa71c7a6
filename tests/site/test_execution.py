"""Running the chapters' code for the site: it is quiet, tells how far it is, and runs once."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from course_site import execution
from sphinx.config import Config

ROOT = Path(__file__).resolve().parents[2]
HEAD = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
"""
CONTENTS = "\n```{toctree}\ntwo\ntext\n```\n"


def page(*cells: str) -> str:
    """A page with these code cells."""
    return "\n".join([HEAD, "# Page", *(f"```{{code-cell}}\n{cell}\n```" for cell in cells)])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small book with two pages of code, one without, and no outputs yet."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text(
        "extensions = ['course_site.status_line', 'course_site.execution', 'myst_nb']\n"
        "root_doc, nb_execution_mode = 'one', 'cache'\n"
        "exclude_patterns = ['_build']\n"
    )
    (source / "one.md").write_text(page("print(6 * 7)", "1 + 1") + CONTENTS)
    (source / "two.md").write_text(page("open('runs', 'a').write('x')"))
    (source / "text.md").write_text(page())
    return source


def command(source: Path) -> tuple[list[str | Path], dict[str, str]]:
    """The command that builds the book without Sphinx's own messages, and its environment."""
    words = ["-m", "sphinx", "-W", "-q", "-b", "html", source, source / "_build" / "html"]
    path = str(ROOT / "chapters" / "_extensions")
    return [sys.executable, *words], {**os.environ, "PYTHONPATH": path, "TERM": "xterm"}


def build(source: Path) -> subprocess.CompletedProcess[str]:
    """Build the book; what it prints goes to a pipe, as into a log."""
    words, environment = command(source)
    return subprocess.run(words, env=environment, capture_output=True, text=True)


def build_on_a_terminal(source: Path) -> str:
    """Build the book on a terminal, and return everything that the terminal got."""
    words, environment = command(source)
    ours, its = pty.openpty()
    with subprocess.Popen(words, env=environment, stdin=its, stdout=its, stderr=its):
        os.close(its)
        got = b""
        while True:
            try:
                more = os.read(ours, 4096)
            except OSError:  # Linux says in this way that nobody writes any more.
                more = b""
            if not more:
                break
            got += more
    os.close(ours)
    return got.decode()


def test_a_log_says_which_pages_ran_and_nothing_else(source: Path) -> None:
    run = build(source)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    lines = sorted(re.sub(r"\d+ s", "N s", line) for line in run.stderr.splitlines())
    assert lines == ["Ran one in N seconds.", "Ran two in N seconds."]
    assert "42" in (source / "_build" / "html" / "one.html").read_text(encoding="utf-8")


def test_a_terminal_shows_in_one_line_what_runs_and_how_far_it_is(source: Path) -> None:
    got = build_on_a_terminal(source)
    assert "one (0 of 2 cells)" in got
    assert "of 3 pages have run; now" in got
    assert "Writing two" in got
    assert "WARNING" not in got
    # Nothing stays: each line that was shown is erased, and the cursor is visible again.
    assert got.count("\n") == got.count("\x1b[1A")
    assert got.rindex("\x1b[?25h") > got.rindex("\x1b[?25l")


def test_only_what_changed_runs_again(source: Path) -> None:
    assert build(source).returncode == 0
    (source / "one.md").write_text(page("print(7 * 7)") + CONTENTS)
    run = build(source)
    assert [line.split()[:2] for line in run.stderr.splitlines()] == [["Ran", "one"]]
    assert (source / "runs").read_text() == "x"


def test_a_cell_that_raises_ends_the_build_and_is_named_with_its_page(source: Path) -> None:
    (source / "two.md").write_text(page("open('runs', 'a').write('x')", "1 / 0"))
    for is_first in (True, False):  # The second build must not take the page for a finished one.
        run = build(source)
        assert run.returncode != 0
        assert f"{source / 'two.md'}: " in run.stderr
        assert "ZeroDivisionError: division by zero" in run.stderr
        assert ("Ran one" in run.stderr) == is_first, "what did not fail is in the cache"
    assert (source / "runs").read_text() == "xx", "a build runs a page once"


@pytest.mark.slow  # the test above ends a build, too
def test_a_kernel_that_dies_ends_the_build(source: Path) -> None:
    (source / "two.md").write_text(page("import os\nos._exit(1)"))
    run = build(source)
    assert run.returncode != 0
    assert f"{source / 'two.md'}: Kernel died" in run.stderr


def test_only_folders_of_older_caches_are_deleted(tmp_path: Path) -> None:
    caches = tmp_path / ".jupyter_cache"
    (caches / "older" / "executed").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (caches / "link").symlink_to(elsewhere)
    (caches / ".DS_Store").write_bytes(b"")
    config = Config()
    for _ in range(2):
        execution.choose_cache(SimpleNamespace(outdir=str(tmp_path / "html")), config)
        Path(config.nb_execution_cache_path).mkdir(exist_ok=True)
        kept = {Path(config.nb_execution_cache_path).name, "link", ".DS_Store"}
        assert {path.name for path in caches.iterdir()} == kept
    assert elsewhere.exists()
