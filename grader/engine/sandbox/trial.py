"""Builds the inner wall once, around a process that does nothing, to learn if it can be built."""

import os
import sys

from ..messages import Limits
from . import namespaces


def main(spool: str) -> None:
    """Build the inner wall around a child, and exit with code 0 if that worked."""
    namespaces.uncover_proc()
    namespaces.isolate()
    child = os.fork()
    if child == 0:
        proc = os.open("/proc", os.O_PATH)
        namespaces.set_up(spool, f"{spool}/etc", Limits())
        namespaces.become_student(proc)
        namespaces.set_limits(Limits())
        namespaces.drop_capabilities()
        namespaces.system_call_filter().load()
        os._exit(0)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main(sys.argv[1])
