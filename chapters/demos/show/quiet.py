"""Start TensorFlow without the lines that its C++ libraries write while they load."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quietly() -> Iterator[None]:
    """Silence file descriptor 2 inside the block, and TensorFlow's own log from then on.

    The first lines are written before TensorFlow reads any setting of its log, so that only the
    descriptor can stop them. A Python error still reaches the reader: it is raised, not written.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
