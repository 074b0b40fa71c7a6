"""The exam boundary: checks run in the examiner's kernel and call functions of the student's.

`serve` runs in the student's kernel and answers; nothing that it says is believed.
`run` runs in the examiner's kernel and executes one check there, so that nothing which a student
redefines, patches or hooks can reach it.
Between the two go the names of functions, their arguments and their results, as plain data;
the source of a check never does.

What an author of checks has to know:

- Numbers, strings, arrays, lists, tuples, sets, dicts and random generators (`default_rng`) come
  and go by value, tensors and Keras variables as arrays; what a function changes in its arguments
  is changed in the check's objects too.
- Errors arrive as their nearest built-in type, with warnings and under the check's `np.errstate`.
- A function that the check passes is called in the check.
- Any other object stays with the student, and a `Proxy` stands for it: call it, index it, loop
  over it, read its public attributes, turn it into a number or an array.
  It has no type and equals nothing but itself: ask for what it does, not for what it is.
- NumPy finds an empty array equal to any number, here as everywhere: ask for the shape as well.
- A check reads the instructor's files of the assignment by their names, as the notebook does; of a
  student's own files it finds none.
- Global random state, views (`np.shares_memory`) and signatures do not cross.
- A check finds what it imports and defines itself, then what the instructor's set-up cells define,
  and asks for every other name; what it defines is forgotten at its end.
"""

import ast
import builtins
import linecache
import operator
import os
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, redirect_stderr, redirect_stdout, suppress
from types import FrameType, ModuleType
from typing import Any

import numpy as np
from IPython.core.inputtransformer2 import TransformerManager
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..messages import TRACE
from .rpc import Link, LostStudentError, StandIn, StudentError

__all__ = ["LostStudentError", "Proxy", "StudentError", "run", "serve"]

Namespace = dict[str, Any]

FRAMES = 10  # of the student's, in the way that an error took


# --- the student's kernel -------------------------------------------------------------------------


def serve(connections: Sequence[socket.socket], namespace: Namespace) -> None:
    """Answer the examiner; what the student's functions print meanwhile is dropped.

    Args:
        connections: one for each check, in their order; on each the examiner is answered until it
            hangs up. All are closed at the end.
        namespace: the student's names.
    """
    with (
        ExitStack() as open_,
        open(os.devnull, "w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
        suppress(LostStudentError),  # it did not wait for an answer: that was the last check
    ):
        for connection in connections:
            open_.enter_context(connection)
        for connection in connections:
            _StudentsEnd(connection, namespace).serve()
            connection.close()


class _StudentsEnd(Link):
    catches = BaseException

    def __init__(self, connection: socket.socket, namespace: Namespace) -> None:
        super().__init__(connection)
        self._namespace = namespace
        self._operations: dict[str, Callable[..., object]] = {
            "name": self._look_up,
            "set name": namespace.__setitem__,
            "delete name": namespace.__delitem__,
            "call": lambda function, /, *args, **options: function(*args, **options),
            "attribute": getattr,
            "item": operator.getitem,
            "len": len,
            "float": float,
            "int": int,
            "bool": bool,
            "array": np.asarray,
            "iter": iter,
            "next": _next,
        }

    def perform(self, operation: str, /, *args: Any, **options: Any) -> object:
        return self._operations[operation](*args, **options)

    def may_lend(self, value: object) -> bool:
        return True

    def trace(self, error: BaseException) -> str:
        """The lines of the student's own code through which the error came."""
        frames = traceback.walk_tb(error.__traceback__)
        own = [(frame, line) for frame, line in frames if frame.f_globals is self._namespace]
        lines = [_describe(frame, line) for frame, line in own[-FRAMES:]]
        return "\n".join([TRACE, *lines]) if lines else ""

    def _look_up(self, name: str) -> object:
        # A check that borrows the student's np would believe the student's np.testing.
        if name not in self._namespace or isinstance(self._namespace[name], ModuleType):
            raise NameError(name)
        return self._namespace[name]


def _next(iterator: Iterator[object]) -> tuple[object, ...]:
    """The next item in a tuple, or an empty one at the end."""
    try:
        return (next(iterator),)
    except StopIteration:
        return ()


def _describe(frame: FrameType, line: int) -> str:
    text = linecache.getline(frame.f_code.co_filename, line).strip()
    return f"  line {line}, in {frame.f_code.co_name}" + (f"\n    {text}" if text else "")


# --- the examiner's kernel ------------------------------------------------------------------------


def run(
    source: str, connection: socket.socket, namespace: Mapping[str, Any], timeout: float = 60
) -> None:
    """Execute a check; it fails by an exception, as in a notebook.

    Args:
        source: the code of the cell; the value of a last expression is displayed.
        connection: its other end is served in the student's kernel; closed when the check is done.
        namespace: what the instructor's set-up cells define; it stays as it is.
        timeout: seconds that all answers together may take.

    Raises:
        Exception: what the check raises, and what the student's functions raise if the check does
            not expect it. IPython shows the message and the student's lines, never the check's.
        LostStudentError: the student's kernel hung up, took too long or sent what is no answer.
    """
    try:
        with closing(_ExaminersEnd(connection, timeout)) as link:
            _execute(source, _Names(namespace, link))
    except BaseException as error:  # an interrupt too would show the lines that it met
        _hide_source(error)
        raise


class Proxy(StandIn, NDArrayOperatorsMixin):
    """Stands in a check for an object of the student's that does not cross by value.

    Arithmetic and order are those of its array, computed in the check: the student's object is
    asked for its value before, and does not hear with what it is compared.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        # Names with underscores are how libraries ask an object to do their work; NumPy would read
        # memory wherever an `__array_interface__` points.
        if name.startswith("_") and name != "__name__":
            raise AttributeError(f"a check cannot read {name} of a student's {self._kind}")
        return self._link.ask("attribute", self, name)

    def __getitem__(self, item: object) -> Any:
        return self._link.ask("item", self, item)

    def __len__(self) -> int:
        return int(self._asked_for(int, "len"))

    def __float__(self) -> float:
        return float(self._asked_for(float, "float"))

    def __int__(self) -> int:
        return int(self._asked_for(int, "int"))

    def __bool__(self) -> bool:
        return bool(self._asked_for(bool, "bool"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self._asked_for(np.ndarray, "array"), dtype=dtype)

    def __iter__(self) -> Iterator[Any]:
        iterator = self._link.ask("iter", self)
        while item := self._link.ask("next", iterator):
            yield item[0]

    def __next__(self) -> Any:
        item = self._asked_for(tuple, "next")
        if not item:
            raise StopIteration
        return item[0]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<the student's {self._kind}>"

    def _asked_for(self, kind: type, operation: str) -> Any:
        value = self._link.ask(operation, self)
        if type(value) is not kind:
            raise TypeError(f"a student's {self._kind} gives no {kind.__name__}")
        return value


class _ExaminersEnd(Link):
    stand_in = Proxy

    def perform(self, operation: str, /, *args: Any, **options: Any) -> object:
        if operation != "call":
            raise TypeError("a function of a check can only be called")
        function, *rest = args
        return function(*rest, **options)

    def may_lend(self, value: object) -> bool:
        return callable(value)


class _Names(dict[str, Any]):
    """The global names of a check; those that it does not know are asked of the student.

    A student's name that the check sets or deletes is set or deleted at the student's too, as in
    one process: "does `total` use `square`?" is asked by taking `square` away.
    """

    def __init__(self, namespace: Mapping[str, Any], link: Link) -> None:
        super().__init__(namespace, __name__="__main__")
        self._link = link
        self._asked: set[str] = set()

    def __missing__(self, name: str) -> Any:
        if name.startswith("__") or name in vars(builtins):
            raise KeyError(name)
        try:
            value = self._link.ask("name", name)
        except NameError:
            raise KeyError(name) from None
        self._asked.add(name)
        if type(value) is Proxy:  # data is asked for each time, for it may change
            super().__setitem__(name, value)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if name in self._asked:
            self._link.ask("set name", name, value)

    def __delitem__(self, name: str) -> None:
        if name in self._asked:
            self.pop(name, None)
            self._link.ask("delete name", name)
        else:
            super().__delitem__(name)


def _execute(source: str, names: _Names) -> None:
    """Run a cell as IPython does: magics work, and the value of a last expression is displayed."""
    try:
        tree = ast.parse(source, "<check>")
    except SyntaxError:  # magics, which take a while to find
        tree = ast.parse(TransformerManager().transform_cell(source), "<check>")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<check>", "exec"), names)
    if isinstance(last, ast.Expr):
        sys.displayhook(eval(compile(ast.Expression(last.value), "<check>", "eval"), names))


def _hide_source(error: BaseException) -> None:
    """Let IPython show the message and the way through the student's code, and no other lines."""
    notes = getattr(error, "__notes__", [])
    lines = [*notes, f"{type(error).__name__}: {error}"]
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
