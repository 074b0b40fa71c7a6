"""Import TensorFlow without the messages that its C++ libraries write while they load."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quietly() -> Iterator[None]:
    """Silence file descriptor 2 inside the block, and TensorFlow's own log from then on.

    TensorFlow writes its first lines before it reads the settings of its log, so only the file
    descriptor can stop them. Python errors are not silenced, because they are raised.
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
