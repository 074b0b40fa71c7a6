"""The student kit's start.py: its sentences, what it installs, and once the real thing."""

from __future__ import annotations

import ast
import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import start
from checkout import ROOT
from course_site import student_kit

SOURCE = (ROOT / "lab" / "start.py").read_text(encoding="utf-8")
AS_ROOT = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
MOST = 2000  # MB that the packages may take on Linux
INSTALL = ["-m venv", "-m pip --disable-pip-version-check", "-c import matplotlib.font_manager"]


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a list of packages, in which `start` believes to be."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    names = {"KIT": "", "LOCK": "requirements.txt", "VENV": ".venv"}
    names |= {"PYTHON": ".venv/python", "MARK": ".venv/installed.txt"}
    for name, place in names.items():
        monkeypatch.setattr(start, name, folder / place)
    (folder / "requirements.txt").write_text("numpy==2.4.6\n")
    monkeypatch.setattr(start.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 0, 9e9))
    return folder


@pytest.fixture
def commands(kit: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that `start` runs to install, without paths; none is really run."""
    record: list[str] = []

    def run(command: list[str]) -> None:
        record.append(" ".join(word for word in command[1:4] if str(kit) not in word))
        start.VENV.mkdir(exist_ok=True)
        start.PYTHON.touch()
        (start.VENV / "pyvenv.cfg").write_text("version = {}.{}.{}".format(*sys.version_info))

    monkeypatch.setattr(start, "run", run)
    monkeypatch.setattr(start, "problem_of_python", str)
    monkeypatch.setattr(start.signal, "signal", lambda *_: None)
    monkeypatch.setattr(start.subprocess, "Popen", Server)
    Server.command = []
    return record


class Server:
    """Stands for JupyterLab, and ends at once."""

    command: list[str] = []

    def __init__(self, command: list[str], **_: object) -> None:
        Server.command = command

    def wait(self) -> int:
        return 0


def run_main(*options: str) -> str | int | None:
    """Run `start.py`, and return the sentence or the number with which it ends."""
    with pytest.raises(SystemExit) as ended:
        start.main(list(options))
    code: str | int | None = ended.value.code
    return code


def test_every_python_from_3_8_on_understands_it_and_every_terminal_its_sentences() -> None:
    assert SOURCE.isascii()
    tree = ast.parse(SOURCE, feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or node.names[0].name
            assert module.split(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize(
    ("version", "system", "sentence", "command"),
    [
        ((3, 8, 18), "Linux", "This is Python 3.8, which is too old", "python3.13 start.py"),
        ((3, 10, 1), "Windows", "This is Python 3.10, which is too old", "py -3.13 start.py"),
        ((3, 14, 0), "Windows", "do not exist for Python 3.14 yet", "py -3.13 start.py"),
        ((3, 15, 0), "Darwin", "do not exist for Python 3.15 yet", "python3.13 start.py"),
    ],
)
def test_a_python_that_does_not_fit_gets_a_sentence_that_says_what_to_do(
    version: tuple[int, ...],
    system: str,
    sentence: str,
    command: str,
    kit: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(platform, "system", lambda: system)
    told = run_main()
    assert sentence in str(told)
    assert "Install Python 3.13 " in str(told)
    assert str(told).endswith(f"run `{command}`.")
    assert not (kit / ".venv").exists()


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9), (3, 13, 1)])
def test_pythons_that_fit_get_none(
    version: tuple[int, ...], kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert start.problem_of_python() == ""


def test_a_python_of_32_bits_or_without_venv_gets_a_sentence(
    kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "maxsize", 2**31 - 1)
        assert start.problem_of_python().startswith("This Python has 32 bits")
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name)
    )
    version = "{}.{}".format(*sys.version_info)
    assert f"`sudo apt-get install python{version}-venv`" in start.problem_of_python()


@pytest.mark.parametrize(
    ("system", "machine", "sentence"),
    [
        ("Darwin", "x86_64", "TensorFlow no longer exists for Macs with an Intel processor."),
        ("Windows", "ARM64", "TensorFlow does not exist for Windows on an ARM processor."),
        ("Darwin", "arm64", ""),
        ("Windows", "AMD64", ""),
        ("Linux", "aarch64", ""),
    ],
)
def test_a_computer_without_tensorflow_gets_a_sentence_that_says_what_works(
    system: str, machine: str, sentence: str, kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    told = start.problem_of_computer()
    assert told.startswith(sentence)
    assert ("https://colab.research.google.com" in told) == bool(sentence)


def test_a_file_without_its_folder_and_a_full_disk_get_a_sentence(
    kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 0, 1e9))
    assert "this disk has only 1.0 GB left" in start.problem_of_computer()
    (kit / "requirements.txt").unlink()
    assert start.problem_of_computer().endswith("Unpack the whole zip file first.")


def test_it_installs_once_and_again_when_the_list_of_packages_changes(
    kit: Path, commands: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main("--port=1") == 0
    assert commands == ["-m venv --clear", *INSTALL[1:]]
    assert "0.5 GB to download and 2 GB on the disk" in capsys.readouterr().out
    assert "--LabApp.default_url=/lab/tree/start.md" in Server.command
    assert Server.command[-1] == "--port=1"
    assert run_main() == 0
    assert len(commands) == len(INSTALL)
    (kit / "requirements.txt").write_text("numpy==2.4.7\n")
    assert run_main() == 0
    assert commands[len(INSTALL) :] == INSTALL


def test_what_was_interrupted_is_continued(
    kit: Path, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start.run

    def run_until_pip(command: list[str]) -> None:
        run(command)
        if "pip" in command:
            raise KeyboardInterrupt

    monkeypatch.setattr(start, "run", run_until_pip)
    with pytest.raises(KeyboardInterrupt):
        start.main([])
    assert Server.command == []
    monkeypatch.setattr(start, "run", run)
    assert run_main() == 0
    assert commands[2:] == INSTALL


@pytest.mark.parametrize("broken", ["version", "link"])
def test_packages_of_another_python_or_of_one_that_is_gone_are_installed_anew(
    broken: str, kit: Path, commands: list[str]
) -> None:
    run_main()
    if broken == "version":
        start.MARK.unlink()
        (start.VENV / "pyvenv.cfg").write_text("version = 3.9.1")
    else:
        start.PYTHON.unlink()
    run_main()
    assert commands[len(INSTALL)] == "-m venv --clear"


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full."),
        ("HINT: no Windows Long Path support", "Windows does not accept paths as long"),
        ("WARNING: after connection broken by 'NewConnectionError'", "does not reach it."),
        ("Something else: caf\u00e9", "Something else: caf"),
    ],
)
def test_an_installation_that_fails_ends_with_a_sentence(errors: str, sentence: str) -> None:
    program = f"import sys; sys.stderr.buffer.write({errors!r}.encode()); sys.exit(1)"
    with pytest.raises(SystemExit) as ended:
        start.run([sys.executable, "-c", program])
    assert sentence in str(ended.value.code)
    assert str(ended.value.code).isascii()
    start.run([sys.executable, "-c", "pass"])


@contextmanager
def started(folder: Path, log: Path) -> Iterator[str]:
    """Run start.py in a folder, in a Korean terminal, and yield the address of JupyterLab."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--no-browser", f"--port={port}", "--IdentityProvider.token=", *AS_ROOT]
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    own = {name: str(log.parent / name.lower()) for name in names}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "start.py", *options],
            cwd=folder,
            env={**os.environ, **own, "PYTHONIOENCODING": "cp949", "LC_ALL": "C"},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_until(lambda: "is running at" in log.read_text("cp949") or process.poll() is not None)
        assert process.poll() is None, log.read_text("cp949")
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):  # It has ended by itself.
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_until(condition: Callable[[], bool], seconds: float = 900) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.slow  # it installs every package; the tests above try each part
def test_the_real_thing_in_a_folder_with_a_space_and_in_a_korean_terminal(tmp_path: Path) -> None:
    student_kit.write(tmp_path / "kit.zip")
    folder = tmp_path / "a folder"
    zipfile.ZipFile(tmp_path / "kit.zip").extractall(folder)
    [kit] = folder.iterdir()
    for log in (tmp_path / "first.log", tmp_path / "second.log"):
        with started(kit, log) as address, urllib.request.urlopen(f"{address}/lab") as answer:
            assert answer.status == 200
            assert "/lab/tree/start.md" in log.read_text("cp949")
        assert ("Installing" in log.read_text("cp949")) == (log.stem == "first")
    if sys.platform == "linux":
        size = subprocess.run(["du", "-sm", kit / ".venv"], capture_output=True, text=True).stdout
        assert int(size.split()[0]) <= MOST
