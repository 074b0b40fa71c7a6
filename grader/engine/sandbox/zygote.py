"""The process that forks all kernels. It imports NumPy and Keras once for a class.

`zygote_manager` on the trusted side starts it, and says which messages cross between the two.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from . import namespaces


def _serve(modules: Sequence[str], spool: str, sandbox: bool) -> NoReturn:
    """Import the modules, print "ready", and fork a guardian for each connection."""
    if sandbox:
        namespaces.uncover_proc()
    _tidy_path()
    _preload(modules)
    from . import keeper  # imports ipykernel

    kernel = keeper.warm_up()
    call_filter = namespaces.system_call_filter() if sandbox else None
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        _give_up(f"importing {', '.join(modules)} started {threads - 1} threads")
    # Hide the imported objects from the garbage collector. It would write to them, and the system
    # would have to copy their memory into every kernel.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps the guardians
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{spool}/zygote")
        listener.listen(128)
        with suppress(BrokenPipeError):  # the manager was killed, which closed stdin too
            print("ready", flush=True)
        while True:
            readable, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in readable:
                break
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                keeper.guard(connection, call_filter, kernel)
            connection.close()
    # The manager has ended, perhaps before it could remove the spool.
    shutil.rmtree(spool, ignore_errors=True)
    sys.exit()


def _tidy_path() -> None:
    """Put the engine's folder last on the module path, and take the working folder off it."""
    engine = os.environ.pop("PYTHONPATH")
    sys.path[:] = [path for path in sys.path[1:] if path != engine] + [engine]


def _preload(modules: Sequence[str]) -> None:
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            _give_up(f"{module} cannot be imported ({error})")


def _give_up(problem: str) -> NoReturn:
    print(problem, flush=True)
    sys.exit(1)


if __name__ == "__main__":
    _serve(**json.loads(sys.argv[1]))
