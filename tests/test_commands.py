"""A command that is forked from the prepared process behaves like one that Python starts."""

import sys
from pathlib import Path

import pytest
from commands import Command, PythonCommand

REPORT = """
import atexit, json, os, sys
atexit.register(print, "the end")
print(json.dumps({
    "path": sys.path,
    "arguments": sys.argv,
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "leads its session": os.getsid(0) == os.getpid(),
    "name": __name__,
    "reads": sys.stdin.read(),
}, sort_keys=True))
print("a warning", file=sys.stderr)
sys.exit(3)
"""


@pytest.mark.parametrize("kind", ["module", "folder"])
def test_a_forked_command_starts_and_ends_like_python(kind: str, tmp_path: Path) -> None:
    (tmp_path / "program").mkdir()
    for name in ("report.py", "program/__main__.py"):
        (tmp_path / name).write_text(REPORT)
    words = ["-m", "report", "-x"] if kind == "module" else [tmp_path / "program", "-x"]
    program = Command([sys.executable, *words], tmp_path, PYTHONPATH="/first:/second").end()
    fork = PythonCommand(words, tmp_path, PYTHONPATH="/first:/second").end()
    assert fork == program
    assert (fork.code, fork.errors) == (3, "a warning\n")
    assert fork.output.endswith("the end\n")


def test_a_killed_command_has_the_exit_code_of_its_signal(tmp_path: Path) -> None:
    (tmp_path / "forever.py").write_text("import time\nprint('starts', flush=True)\ntime.sleep(60)")
    command = PythonCommand(["-m", "forever"], tmp_path)
    command.until(lambda: "starts" in command.log)
    assert command.runs()
    command.kill()
    assert command.end().code == -9
