"""Builds walls once, around a process that does nothing, to learn if they can be built."""

import json
import os
import sys
from typing import Any

from ..messages import Limits
from . import rights
from .walls import walls_of


def main(arguments: dict[str, Any]) -> None:
    """Build the walls around a child, and exit with code 0 if that worked.

    Args:
        arguments: those of `walls_of`.
    """
    walls = walls_of(**arguments)
    walls.prepare()
    walls.isolate({"spool": arguments["spool"], "folder": os.path.dirname(__file__)})
    child = os.fork()
    if child == 0:
        walls.set_up(Limits())
        walls.become_student()
        rights.set_limits(Limits(), Limits().threads)
        walls.restrict()
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    walls.clean_up()
    sys.exit(code)


if __name__ == "__main__":
    main(json.loads(sys.argv[1])["walls"])
