"""The exam boundary: checks run in the examiner's kernel and call the student's functions.

`serve_functions` runs in the student's kernel and answers. Nobody believes what it says.
`run_check` runs in the examiner's kernel and executes one check there, where nothing that a student
redefines, patches or hooks can reach it.
Between the two cross the names of functions, their arguments and their results, as plain data.
The source of a check never crosses.

What an author of checks has to know:

- Numbers, strings, arrays, lists, tuples, sets, dicts and random generators (`default_rng`) cross
  by value, tensors and Keras variables as arrays. If a function changes its arguments, the check
  does not see that, or the student could overwrite what the check compares with. A check that wants
  to see it has the line `### ARGUMENTS CHANGE`. A check that passes is run once more and sees the
  changes then, so `np.testing.assert_array_equal(x, before)` needs no such line. A random generator
  is always advanced.
- An error arrives as its nearest built-in type. Warnings cross, and the check's `np.errstate`
  applies to the student's code.
- A function that the check passes as an argument is called in the check.
- Any other object stays with the student, and the check gets a `StudentProxy` of it: call it, index
  it, loop over it, read its public attributes, turn it into a number or an array.
  It has no type and equals nothing but itself, so check what it does, not what it is.
- NumPy finds an empty array equal to any number, here as everywhere, so check the shape as well.
- A check opens the instructor's files of the assignment by their names, as the notebook does. The
  student's own files are not there.
- Global random state, views (`np.shares_memory`) and signatures do not cross.
- A check looks a name up in what it imports and defines itself, then in what the instructor's
  set-up cells define, and then asks the student's kernel. What it defines is gone at its end, and
  a function of the student's that it replaced is back.
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
from .rpc import Endpoint, LostStudentError, Proxy, StudentError

__all__ = ["LostStudentError", "StudentError", "StudentProxy", "run_check", "serve_functions"]

Namespace = dict[str, Any]

CHANGES = (
    "### ARGUMENTS CHANGE"  # in a check that wants to see how a function changes its arguments
)
MOST_FRAMES = 10  # of the student's code, shown with an error


# --- the student's kernel -------------------------------------------------------------------------


def serve_functions(connections: Sequence[socket.socket], namespace: Namespace) -> None:
    """Answer the examiner, and drop what the student's functions print.

    Args:
        connections: one for each check, in their order. The examiner is answered on each of them
            until it hangs up. All are closed at the end.
        namespace: the student's names.
    """
    with (
        ExitStack() as stack,
        open(os.devnull, "w") as null,
        redirect_stdout(null),
        redirect_stderr(null),
        suppress(LostStudentError),  # the examiner gave up in the middle of a call, so stop here
    ):
        for connection in connections:
            stack.enter_context(connection)
        for connection in connections:
            endpoint = _StudentEndpoint(connection, namespace)
            endpoint.serve()
            endpoint.restore()
            connection.close()


class _StudentEndpoint(Endpoint):
    answered_errors = BaseException

    def __init__(self, connection: socket.socket, namespace: Namespace) -> None:
        super().__init__(connection)
        self._namespace = namespace
        self._replaced: dict[str, object] = {}  # what the student's names stood for before
        self._operations: dict[str, Callable[..., object]] = {
            "name": self._look_up,
            "set name": self._set,
            "delete name": self._delete,
            "restore names": self.restore,
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

    def may_export(self, value: object) -> bool:
        return True

    def trace(self, error: BaseException) -> str:
        """Return the lines of the student's own code through which the error came."""
        frames = traceback.walk_tb(error.__traceback__)
        own = [(frame, line) for frame, line in frames if frame.f_globals is self._namespace]
        lines = [_describe(frame, line) for frame, line in own[-MOST_FRAMES:]]
        return "\n".join([TRACE, *lines]) if lines else ""

    def _look_up(self, name: str) -> object:
        # A check that used the student's np would also believe the student's np.testing.
        if name not in self._namespace or isinstance(self._namespace[name], ModuleType):
            raise NameError(name)
        return self._namespace[name]

    def _set(self, name: str, value: object) -> None:
        self._keep(name)
        self._namespace[name] = value

    def _delete(self, name: str) -> None:
        self._keep(name)
        del self._namespace[name]

    def _keep(self, name: str) -> None:
        if name in self._namespace:
            self._replaced.setdefault(name, self._namespace[name])

    def restore(self) -> None:
        """Give the student's names back what they stood for, as later checks need them."""
        self._namespace.update(self._replaced)
        self._replaced.clear()


def _next(iterator: Iterator[object]) -> tuple[object, ...]:
    """Return the next item in a tuple, or an empty tuple at the end."""
    try:
        return (next(iterator),)
    except StopIteration:
        return ()


def _describe(frame: FrameType, line: int) -> str:
    text = linecache.getline(frame.f_code.co_filename, line).strip()
    return f"  line {line}, in {frame.f_code.co_name}" + (f"\n    {text}" if text else "")


# --- the examiner's kernel ------------------------------------------------------------------------


def run_check(
    source: str, connection: socket.socket, namespace: Mapping[str, Any], timeout: float = 60
) -> None:
    """Execute a check, which fails by an exception, as in a notebook.

    A student's function may overwrite its arguments, from which the check computes what is right.
    So the check does not see these changes. Only if it passes, and something was changed, it runs
    once more and sees them, because it may ask whether the arguments stay as they are. A check that
    asks for a change says so with a line `### ARGUMENTS CHANGE`.

    Args:
        source: the code of the cell. If its last line is an expression, the value is displayed.
        connection: one end of a pair; `serve_functions` has the other. It is closed at the end.
        namespace: what the instructor's set-up cells define. It is not changed.
        timeout: seconds that all answers together may take.

    Raises:
        Exception: what the check raises, and what the student's functions raise if the check does
            not expect it. IPython shows the message and the student's lines, never the check's.
        LostStudentError: the student's kernel hung up, took too long or sent an invalid message.
    """
    takes_changes = CHANGES in source
    try:
        with closing(_ExaminerEndpoint(connection, timeout, takes_changes)) as endpoint:
            value = _run_once(source, namespace, endpoint)
            if endpoint.has_refused:
                endpoint.takes_changes = True
                value = _lower(value, _run_once(source, namespace, endpoint))
            sys.displayhook(value)
    except BaseException as error:  # the traceback of an interrupt would show the check's lines too
        _hide_source(error)
        raise


class StudentProxy(Proxy, NDArrayOperatorsMixin):
    """What a check has of a student's object that does not cross by value.

    Arithmetic and order (`<`) are computed in the check, on the object's array. So the student's
    object never learns what it is compared with.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        # Libraries call names with underscores to let an object do their work. With an
        # `__array_interface__`, a student could make NumPy read any memory of this process.
        if name.startswith("_") and name != "__name__":
            raise AttributeError(f"a check cannot read {name} of a student's {self._type_name}")
        return self._endpoint.ask("attribute", self, name)

    def __getitem__(self, item: object) -> Any:
        return self._endpoint.ask("item", self, item)

    def __len__(self) -> int:
        return int(self._ask_for(int, "len"))

    def __float__(self) -> float:
        return float(self._ask_for(float, "float"))

    def __int__(self) -> int:
        return int(self._ask_for(int, "int"))

    def __bool__(self) -> bool:
        return bool(self._ask_for(bool, "bool"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self._ask_for(np.ndarray, "array"), dtype=dtype)

    def __iter__(self) -> Iterator[Any]:
        iterator = self._endpoint.ask("iter", self)
        while item := self._endpoint.ask("next", iterator):
            yield item[0]

    def __next__(self) -> Any:
        item = self._ask_for(tuple, "next")
        if not item:
            raise StopIteration
        return item[0]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<the student's {self._type_name}>"

    def _ask_for(self, kind: type, operation: str) -> Any:
        """Return the result of an operation if it is exactly of this type."""
        value = self._endpoint.ask(operation, self)
        if type(value) is not kind:
            raise TypeError(f"a student's {self._type_name} gives no {kind.__name__}")
        return value


class _ExaminerEndpoint(Endpoint):
    proxy_type = StudentProxy

    def __init__(self, connection: socket.socket, seconds: float, takes_changes: bool) -> None:
        super().__init__(connection, seconds)
        self.takes_changes = takes_changes
        self.has_refused = False  # a change of an argument

    def perform(self, operation: str, /, *args: Any, **options: Any) -> object:
        if operation != "call":
            raise TypeError("a function of a check can only be called")
        function, *rest = args
        return function(*rest, **options)

    def may_export(self, value: object) -> bool:
        return callable(value)

    def takes_changes_of(self, argument: object) -> bool:
        # A generator changes with each draw, and the check goes on drawing from it.
        if self.takes_changes or isinstance(argument, np.random.Generator):
            return True
        self.has_refused = True
        return False


class _CheckNamespace(dict[str, Any]):
    """The global names of a check. It asks the student's kernel for a name that it does not hold.

    If the check sets or deletes a name of the student's, that happens in the student's kernel too,
    as it would in one process. A check can delete `square` to find out whether `total` uses it.
    """

    def __init__(self, namespace: Mapping[str, Any], endpoint: Endpoint) -> None:
        super().__init__(namespace, __name__="__main__")
        self._endpoint = endpoint
        self._students_names: set[str] = set()
        self._are_replaced = False

    def restore(self) -> None:
        """Give names of the student's that the check has set or deleted their values back."""
        if self._are_replaced:
            self._endpoint.ask("restore names")

    def __missing__(self, name: str) -> Any:
        if name.startswith("__") or name in vars(builtins):
            raise KeyError(name)
        try:
            value = self._endpoint.ask("name", name)
        except NameError:
            raise KeyError(name) from None
        self._students_names.add(name)
        if type(value) is StudentProxy:  # data may change, so it is asked for each time
            super().__setitem__(name, value)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if name in self._students_names:
            self._are_replaced = True
            self._endpoint.ask("set name", name, value)

    def __delitem__(self, name: str) -> None:
        if name in self._students_names:
            self.pop(name, None)
            self._are_replaced = True
            self._endpoint.ask("delete name", name)
        else:
            super().__delitem__(name)


def _run_once(source: str, namespace: Mapping[str, Any], endpoint: _ExaminerEndpoint) -> object:
    names = _CheckNamespace(namespace, endpoint)
    value = _execute(source, names)
    names.restore()
    return value


def _lower(one: object, other: object) -> object:
    """Of two scores the lower one; of other values the second."""
    numbers = int | float
    return min(one, other) if isinstance(one, numbers) and isinstance(other, numbers) else other


def _execute(source: str, namespace: _CheckNamespace) -> object:
    """Run a cell and return the value of a last expression, or None; magics work."""
    try:
        tree = ast.parse(source, "<check>")
    except SyntaxError:  # perhaps the cell has magics; to look for them takes time
        tree = ast.parse(TransformerManager().transform_cell(source), "<check>")
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "<check>", "exec"), namespace)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), "<check>", "exec"), namespace)
    return eval(compile(ast.Expression(last.value), "<check>", "eval"), namespace)


def _hide_source(error: BaseException) -> None:
    """Let IPython show the message and the lines of the student's code, and no other lines."""
    notes = getattr(error, "__notes__", [])
    lines = [*notes, f"{type(error).__name__}: {error}"]
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
