"""Install the course's packages beside this file, once, and open JupyterLab: `python start.py`.

Python 3.8 has to understand this file, because it also tells people what to do whose Python is too
old. It prints ASCII only, because some terminals, such as Korean ones, show nothing else.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parent
LOCK = KIT / "requirements.txt"
VENV = KIT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
MARK = VENV / "installed.txt"  # the checksum of the list of packages that are installed
# UTF-8 is how the course's files are written, whatever this computer uses otherwise.
ENVIRONMENT = {**os.environ, "PYTHONUTF8": "1", "JUPYTER_CONFIG_PATH": str(KIT / "settings")}
NEEDED = 3  # GB of free disk: the packages take 2, and pip needs the rest while it installs
AGAIN = "Then run start.py again; it continues where it stopped."
# What pip writes when it fails, and what to do.
FAILURES = {
    "Errno 28|WinError 112": f"The disk is full. Free {NEEDED} GB. {AGAIN}",
    "Long Path": "Windows does not accept paths as long as the ones in this folder. Move the "
    r"folder to a place with a short path, such as C:\course, and run start.py there.",
    "connection broken|ConnectionError|timed out": "The packages come from https://pypi.org, and "
    f"this computer does not reach it. Connect it to the internet. {AGAIN}",
}


def main(options: list[str]) -> None:
    """Install what is missing, and run JupyterLab until someone stops it.

    Args:
        options: more options for JupyterLab.
    """
    problem = problem_of_python() or problem_of_computer()
    if problem:
        sys.exit(problem)
    if not is_installed():
        install()
    print("JupyterLab opens in your browser. To stop it, press Ctrl+C here.", flush=True)
    lab = [str(PYTHON), "-m", "jupyterlab", "--LabApp.default_url=/lab/tree/start.md"]
    lab += ["--ServerApp.answer_yes=True", *options]
    server = subprocess.Popen(lab, cwd=str(KIT), env=ENVIRONMENT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # JupyterLab gets Ctrl+C too, and saves its state.
    sys.exit(server.wait())


def problem_of_python() -> str:
    """Return why this Python does not fit and what to do, or an empty text."""
    here, version = platform.system(), "{}.{}".format(*sys.version_info[:2])
    command = "py -3.13 start.py" if here == "Windows" else "python3.13 start.py"
    source = "with your system's package manager" if here == "Linux" else "from python.org"
    instead = f"Install Python 3.13 {source} beside it, and run `{command}`."
    if tuple(sys.version_info[:2]) > (3, 13):
        return f"The course's packages do not exist for Python {version} yet. {instead}"
    if version not in {"3.11", "3.12", "3.13"}:
        return f"This is Python {version}, which is too old for the course's packages. {instead}"
    if sys.maxsize < 2**32:
        return f"This Python has 32 bits, and TensorFlow needs 64. {instead}"
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        package = f"python{version}-venv"
        return (
            "This Python lacks the module that makes a place for packages. On Debian and Ubuntu, "
            f"run `sudo apt-get install {package}`, and then start.py again."
        )
    return ""


def problem_of_computer() -> str:
    """Return why the packages cannot be installed here and what to do, or an empty text."""
    instead = (
        "You can read the course's website, with all of its figures, and solve the exercises at "
        "https://colab.research.google.com: upload the files of an exercise there."
    )
    if (platform.system(), platform.machine()) == ("Darwin", "x86_64"):
        return (
            f"TensorFlow no longer exists for Macs with an Intel processor. {instead} If this "
            "Mac has an Apple processor, only its Python is made for Intel: install the one from "
            "python.org, and run start.py with it."
        )
    if (platform.system(), platform.machine()) == ("Windows", "ARM64"):
        return f"TensorFlow does not exist for Windows on an ARM processor. {instead}"
    if not LOCK.exists():
        return "The file requirements.txt is not beside start.py. Unpack the whole zip file first."
    free = shutil.disk_usage(str(KIT)).free / 1e9
    if not VENV.exists() and free < NEEDED:
        return f"Installing needs {NEEDED} GB, and this disk has only {free:.1f} GB left."
    return ""


def is_installed() -> bool:
    """Return whether every package of the list is installed."""
    return PYTHON.exists() and MARK.exists() and MARK.read_text(encoding="ascii") == checksum()


def checksum() -> str:
    """Return the checksum of the list of packages."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def install() -> None:
    """Install the packages into the folder .venv, or continue what was begun there."""
    print("Installing the course's packages into the folder .venv, once.")
    print("That is 0.5 GB to download and 2 GB on the disk; it takes some minutes.", flush=True)
    made_by, version = VENV / "pyvenv.cfg", "version = {}.{}.".format(*sys.version_info[:2])
    begun = PYTHON.exists() and version in made_by.read_text(encoding="utf-8", errors="replace")
    run([sys.executable, "-m", "venv", *([] if begun else ["--clear"]), str(VENV)])
    run([str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-r", str(LOCK)])
    # Matplotlib lists this computer's fonts once. Otherwise the first figure would say so.
    run([str(PYTHON), "-c", "import matplotlib.font_manager"])
    MARK.write_text(checksum(), encoding="ascii")


def run(command: list[str]) -> None:
    """Run a command; if it fails, end with a sentence that says why and what to do."""
    done = subprocess.run(command, env=ENVIRONMENT, stderr=subprocess.PIPE)
    if done.returncode == 0:
        return
    reason = done.stderr.decode("ascii", "replace").replace("\ufffd", "?").strip()
    for pattern, sentence in FAILURES.items():
        if re.search(pattern, reason):
            sys.exit(sentence)
    sys.exit(
        f"{reason[-1500:]}\n\nInstalling failed; the lines above say why. Correct that. {AGAIN}"
    )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Stopped. Run start.py again when you want to continue.")
