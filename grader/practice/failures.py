"""Shows a failure in a notebook in eight lines at most, and the sentence that matters last.

Only the lines of the notebook's own cells are shown, and not those of NumPy, unittest or Keras.
"""

import linecache
import re
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

LAST_LINE = re.compile(r"^check\((\w+)\)\s*\Z", re.MULTILINE)
LONGEST = 8  # lines of a failure
# numpy.testing writes a title before the sentence of a check, and numbers below it.
TITLE = re.compile(
    r"(Not equal to tolerance rtol=\S+ atol=\S+|Items are not equal:|Arrays are not equal"
    r"|Arrays are not strictly ordered `.*?`|item=\S+|key=\S+|\w+ not raised :)\s*"
)
NUMBERS = re.compile(
    r" (ACTUAL|DESIRED|x|y): |Mismatch|Max (absolute|relative)|\((shapes|dtypes) |.+ mismatch:"
)


def shorten_failures(check: Callable[[Any], None]) -> None:
    """Let a notebook's kernel show every failure of a cell in the short form.

    `%tb` still shows the whole of it. Outside of a notebook this does nothing.

    Args:
        check: answers in place of the cell's last line, `check(f)`, which a failure skips.
    """
    ipython = sys.modules.get("IPython")
    running = ipython and ipython.get_ipython()
    if not running:
        return

    def show(
        shell: Any, kind: type, error: BaseException, trace: TracebackType, tb_offset: Any = None
    ) -> list[str]:
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
        lines = short_failure(error, shell.user_ns)
        shell._showtraceback(kind, error, lines)
        skipped = LAST_LINE.search(shell.user_ns["In"][-1])
        if skipped and skipped[1] in shell.user_ns:
            check(shell.user_ns[skipped[1]])
        return lines

    running.set_custom_exc((Exception,), show)


def short_failure(error: BaseException, names: dict[str, Any]) -> list[str]:
    """Return an error as lines: which line of the notebook failed where, and what it says.

    Args:
        error: what a cell raised.
        names: the global names of the notebook; only its own lines are shown.
    """
    frames = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is names
    ]
    lines = []
    for code, line in [*frames[:1], *frames[1:][-1:]]:  # the cell that ran, the innermost function
        place = "this cell" if code.co_name == "<module>" else code.co_name
        source = linecache.getline(code.co_filename, line).strip()
        lines += [f"Line {line} of {place}:", f"    {source}"]
    said = sentence(error)
    return [*lines, *said[: LONGEST - len(lines)]]


def sentence(error: BaseException) -> list[str]:
    """Return what an error says, without what `numpy.testing` adds to the sentence of a check."""
    said = [line for line in str(error).splitlines() if line.strip()]
    if not isinstance(error, AssertionError) or not said:
        kind = type(error).__name__
        return [f"{kind}: {said[0]}", *said[1:]] if said else [kind]
    own = list(said)
    while own and (title := TITLE.match(own[0])):
        own[0] = own[0][title.end() :]
        own = own if own[0] else own[1:]
    end = next((number for number, line in enumerate(own) if NUMBERS.match(line)), len(own))
    return own[:end] or said
