"""The process from which all kernels are forked: it imports NumPy and Keras once for a class.

`zygote_manager` on the trusted side starts it and says what crosses between the two.
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
    """Import the modules, say "ready", and fork a guardian for each connection."""
    if sandbox:
        namespaces.uncover_proc()
    _tidy_path()
    _preload(modules)
    from . import keeper  # imports ipykernel

    kernel = keeper.rehearse()
    calls = namespaces.forbidden_calls() if sandbox else None
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        _give_up(f"importing {', '.join(modules)} started {threads - 1} threads")
    # What is imported stays: the collector, in going over it, would copy it into every kernel.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guardians need no burial
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{spool}/zygote")
        listener.listen(128)
        with suppress(BrokenPipeError):  # it was killed meanwhile, and stdin has ended
            print("ready", flush=True)
        while True:
            readable, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in readable:
                break
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                keeper.guard(connection, calls, kernel)
            connection.close()
    # Whoever started this process has ended; perhaps there was no time to tidy up.
    shutil.rmtree(spool, ignore_errors=True)
    sys.exit()


def _tidy_path() -> None:
    """Let kernels search for modules as ever: the engine comes last, this process's folder not."""
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
