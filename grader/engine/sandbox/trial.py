"""Build the inner wall once, around a process that does nothing, to see whether it stands here."""

import os
import sys

from ..messages import Limits
from . import namespaces


def main(spool: str) -> None:
    """Build all walls around a child; the exit code is 0 if they stand."""
    namespaces.uncover_proc()
    namespaces.isolate()
    child = os.fork()
    if child == 0:
        proc = os.open("/proc", os.O_PATH)
        namespaces.build(spool, f"{spool}/etc", Limits())
        namespaces.become_student(proc)
        namespaces.limit(Limits())
        namespaces.drop_capabilities()
        namespaces.forbidden_calls().load()
        os._exit(0)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main(sys.argv[1])
