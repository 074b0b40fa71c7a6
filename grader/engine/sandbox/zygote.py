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
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from .walls import walls_of


def _serve(modules: Sequence[str], walls: dict[str, Any]) -> NoReturn:
    """Import the modules, print "ready", and fork a guardian for each connection.

    Args:
        modules: their names.
        walls: the arguments of `walls_of`.
    """
    spool = walls["spool"]
    around_kernels = walls_of(**walls)
    around_kernels.prepare()
    _tidy_path()
    gc.disable()  # Keras is imported in three quarters of the time if nothing looks for garbage.
    _preload(modules)
    from . import keeper  # imports ipykernel

    kernel = keeper.warm_up()
    if (threads := _count_threads()) > 1:
        _give_up(f"importing {', '.join(modules)} started {threads - 1} threads")
    # Hide the imported objects from the garbage collector. It would write to them, and the system
    # would have to copy their memory into every kernel. They contain hardly any garbage, and
    # collecting it would take a few tenths of a second.
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps the guardians
    lifeline, end_of_lifeline = os.pipe()
    with socket.socket(socket.AF_UNIX) as listener:
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
                os.close(end_of_lifeline)
                keeper.guard(connection, lifeline, around_kernels, kernel)
            connection.close()
    os.close(end_of_lifeline)
    around_kernels.end_kernels()
    # The manager has ended, perhaps before it could remove the spool.
    shutil.rmtree(spool, ignore_errors=True)
    sys.exit()


def _count_threads() -> int:
    """Return how many threads this process has, as far as the system says."""
    try:
        return len(os.listdir("/proc/self/task"))
    except FileNotFoundError:
        return threading.active_count()


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
