"""What crosses the exam boundary by value, and how it is written down for msgpack.

msgpack writes None, bool, int of 64 bits, float, str and bytes by itself.
All else becomes a list that opens with its tag: `["complex", 1.0, 2.0]`, `["tuple", 1, "a"]`,
`["array", "<f8", [2, 3], bytes, writeable]`.
An object that is not plain data is lent: the other side gets a number for it, and a stand-in.

Only exact types are data: a subclass of float that equals everything arrives as a stand-in.
The reader trusts nothing that it is sent: it makes plain values of the types below, after it has
looked at sizes, shapes and nesting, and it never imports, unpickles or calls what the other side
names.
"""

import builtins
import re
from collections.abc import Callable, Sequence
from typing import Any

import msgpack
import numpy as np

from ..messages import LARGEST

Wire = Any  # what msgpack packs and unpacks

DEPTH = 40  # lists in lists
INT_BYTES = 1 << 17  # one million binary digits
# Numbers, booleans, text and bytes of a fixed width; no objects, records or subarrays.
DTYPE = re.compile(r"[<>|][biufcSU][1-9][0-9]{0,6}")
LAST_CHARACTER = 0x10FFFF
COLLECTIONS: dict[str, type] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}
INTERVALS: dict[str, Callable[..., object]] = {"slice": slice, "range": range}
# A function may change these in place; both sides know them by a number while a call lasts.
MUTABLE = (list, dict, set, np.ndarray, np.random.Generator)
# Their arrays are data, whatever they are called.
TENSOR_LIBRARIES = ("tensorflow", "keras", "jax", "jaxlib", "torch")
# Their states are four whole numbers, every one of them valid; other generators can be sent to
# a state that makes them read memory which is not theirs.
GENERATORS = {"PCG64": np.random.PCG64, "PCG64DXSM": np.random.PCG64DXSM}


class BadMessageError(Exception):
    """The other side sent something that is no message; the text says what, in a few words."""


# --- bytes ----------------------------------------------------------------------------------------


def pack(message: Wire) -> bytes:
    """Return the bytes of a message; raises ValueError when they are too many."""
    try:
        packed: bytes = msgpack.packb(message, unicode_errors="surrogatepass")
    except (ValueError, OverflowError, MemoryError):
        packed = b""
    if not 0 < len(packed) <= LARGEST:
        raise ValueError(f"the values take more than {LARGEST >> 20} MiB")
    return packed


def unpack(data: bytes) -> Wire:
    """Return the message in `data`; raises BadMessageError when there is none."""
    try:
        return msgpack.unpackb(data, unicode_errors="surrogatepass")
    except (ValueError, TypeError):
        raise BadMessageError("something that is no message") from None


# --- errors ---------------------------------------------------------------------------------------


def _is_simple(kind: object) -> bool:
    """Whether `kind` is a built-in error that one message makes and that only says what it is."""
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        return False
    if issubclass(kind, StopIteration | StopAsyncIteration):  # they end a loop of the check
        return False
    try:
        return bool(str(kind("text")))
    except TypeError:
        return False


ERRORS: dict[str, type[Exception]] = {
    name: kind for name, kind in vars(builtins).items() if _is_simple(kind)
}


def error_name(error: BaseException) -> str:
    """The nearest built-in type of an error, as `except` sees it; its own name if it has none."""
    for kind in type(error).__mro__:
        nearest = ERRORS.get(kind.__name__)
        if nearest is kind and (kind is not Exception or kind is type(error)):
            return kind.__name__
    return type(error).__name__


def error_message(error: BaseException) -> str:
    """The text with which an equal error is made."""
    if len(error.args) == 1 and type(error.args[0]) is str:  # str() of a KeyError adds quotes
        return error.args[0]
    return str(error)


# --- writing --------------------------------------------------------------------------------------


class Writer:
    """Writes the values of one call.

    Args:
        lend: writes an object that is not data.
        shared: mutable objects that the other side knows too; they are written as their number.
        sharing: give a number to each mutable object that is met.
    """

    def __init__(
        self,
        lend: Callable[[object], Wire],
        shared: Sequence[object] = (),
        sharing: bool = False,
    ) -> None:
        self.lend = lend
        self.shared = list(shared)
        self.sharing = sharing
        self._numbers = {id(value): number for number, value in enumerate(self.shared)}

    def write(self, value: object, depth: int = 0) -> Wire:
        """Return `value` as msgpack can pack it.

        Raises:
            ValueError: it is nested too deeply, or an integer too long.
        """
        if depth > DEPTH:
            raise ValueError(f"a value is nested deeper than {DEPTH} levels")
        if id(value) in self._numbers:
            return ["shared", self._numbers[id(value)]]
        if self.sharing and type(value) in MUTABLE:
            self._numbers[id(value)] = len(self.shared)
            self.shared.append(value)
        return self.content(value, depth)

    def content(self, value: Any, depth: int = 0) -> Wire:
        """Return `value` written out, also when it is a shared object."""
        kind = type(value)
        if value is None or kind in (bool, float, str, bytes):
            return value
        if kind is int:
            return _write_int(value)
        if kind is complex:
            return ["complex", value.real, value.imag]
        if kind in (list, tuple, set, frozenset):
            return [kind.__name__, *(self.write(item, depth + 1) for item in value)]
        if kind is dict:
            pairs = (part for pair in value.items() for part in pair)
            return ["dict", *(self.write(part, depth + 1) for part in pairs)]
        if kind in (slice, range):
            ends = (value.start, value.stop, value.step)
            return [kind.__name__, *(self.write(end, depth + 1) for end in ends)]
        if kind is np.random.Generator and type(value.bit_generator) in GENERATORS.values():
            return _write_generator(value)
        if ERRORS.get(kind.__name__) is kind:
            return ["error", kind.__name__, error_message(value)]
        return self._write_array(value)

    def _write_array(self, value: object) -> Wire:
        array = _array_of(value)
        if array is None or not DTYPE.fullmatch(array.dtype.str):
            return self.lend(value)
        if isinstance(array, np.generic):
            return ["scalar", array.dtype.str, array.tobytes()]
        return [
            *("array", array.dtype.str, list(array.shape), array.tobytes()),
            array.flags.writeable,
        ]


def _write_generator(value: np.random.Generator) -> Wire:
    state: Any = value.bit_generator.state
    numbers = (*state["state"].values(), state["has_uint32"], state["uinteger"])
    return ["generator", state["bit_generator"], *map(_write_int, numbers)]


def _write_int(value: int) -> Wire:
    if -(2**63) <= value < 2**64:
        return value
    length = value.bit_length() // 8 + 1
    if length > INT_BYTES:
        raise ValueError("an integer has more than a million binary digits")
    return ["int", value.to_bytes(length, "little", signed=True)]


def _array_of(value: Any) -> np.ndarray | np.generic | None:
    """The array that `value` is or, as a tensor or variable, holds; None when it is no array."""
    kind = type(value)
    if kind is np.ndarray or (isinstance(value, np.generic) and kind.__module__ == "numpy"):
        return value
    if kind.__module__.split(".")[0] in TENSOR_LIBRARIES and hasattr(value, "__array__"):
        try:
            array = np.asarray(value)
        except Exception:  # a tensor without values, as in a model that is being built
            return None
        return array if type(array) is np.ndarray else None
    return None


# --- reading --------------------------------------------------------------------------------------


class Reader:
    """Reads what a `Writer` of the other side wrote.

    Args:
        borrow: makes the stand-in of what the other side lends, or finds what it gives back.
        shared: the objects that both sides know by their number.
        sharing: give a number to each mutable object that is read, as the writer did.
    """

    def __init__(
        self,
        borrow: Callable[[str, list[Wire]], object],
        shared: Sequence[object] = (),
        sharing: bool = False,
    ) -> None:
        self.borrow = borrow
        self.shared = list(shared)
        self.sharing = sharing

    def read(self, wire: Wire, depth: int = 0) -> Any:
        """Return the value that is written in `wire`.

        Raises:
            BadMessageError: nothing valid is.
        """
        if wire is None or type(wire) in (bool, int, float, str, bytes):
            return wire
        if type(wire) is not list or not wire or type(wire[0]) is not str:
            raise BadMessageError("a value without a type")
        if depth > DEPTH:
            raise BadMessageError(f"a value nested deeper than {DEPTH} levels")
        tag, *parts = wire
        try:
            return self._read(tag, parts, depth)
        except (TypeError, ValueError, OverflowError, LookupError) as error:
            raise BadMessageError(f"no valid {tag[:20]}") from error

    def _read(self, tag: str, parts: list[Wire], depth: int) -> Any:
        if tag in COLLECTIONS or tag == "dict":
            return self._read_items(tag, parts, depth)
        if tag == "array":
            return self._share(_read_array(*parts))
        if tag == "scalar":
            dtype, data = parts
            return _read_array(dtype, [], data, True)[()]
        if tag == "int":
            return _read_int(*parts)
        if tag == "complex":
            return complex(*(_exactly(float, part) for part in parts))
        if tag in INTERVALS:
            start, stop, step = (self.read(part, depth + 1) for part in parts)
            return INTERVALS[tag](*(_whole(end) for end in (start, stop, step)))
        if tag == "error":
            name, message = parts
            return ERRORS[name](_exactly(str, message))
        if tag == "generator":
            name, *numbers = parts
            return self._share(_new_generator(name, *map(self.read, numbers)))
        if tag == "shared":
            return self.shared[index(*parts)]
        return self.borrow(tag, parts)

    def _read_items(self, tag: str, parts: list[Wire], depth: int) -> Any:
        if tag in ("tuple", "frozenset"):
            return COLLECTIONS[tag](self.read(part, depth + 1) for part in parts)
        # The collection takes its number before what is in it, as it did in the writer.
        items: Any = self._share({} if tag == "dict" else COLLECTIONS[tag]())
        values = [self.read(part, depth + 1) for part in parts]
        if tag == "dict":
            items.update(zip(values[::2], values[1::2], strict=True))
        elif tag == "set":
            items.update(values)
        else:
            items.extend(values)
        return items

    def _share(self, value: Any) -> Any:
        if self.sharing:
            self.shared.append(value)
        return value

    def update(self, target: Any, wire: Wire) -> None:
        """Change a mutable object in place into what the other side's copy of it has become.

        Raises:
            BadMessageError: it cannot become that.
        """
        new = self.read(wire)
        if type(new) is not type(target):
            raise BadMessageError("another type for an argument")
        if type(target) is np.random.Generator:
            state, before = new.bit_generator.state, target.bit_generator.state
            # The increment names the stream; with another, all numbers to come could be alike.
            if _stream(state) != _stream(before):
                raise BadMessageError("another stream for a random generator")
            target.bit_generator.state = state
        elif type(target) is np.ndarray:
            if (new.shape, new.dtype) != (target.shape, target.dtype):
                raise BadMessageError("another shape or dtype for an argument")
            if not target.flags.writeable:
                raise BadMessageError("a change of an argument that is read-only")
            target[...] = new
        elif type(target) is list:
            target[:] = new
        else:
            target.clear()
            target.update(new)


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError
    return value


def index(value: Any) -> int:
    """Return `value`, which must be a whole number from 0; raises TypeError or ValueError."""
    if _exactly(int, value) < 0:
        raise ValueError
    return int(value)


def _read_int(data: Any) -> int:
    if len(_exactly(bytes, data)) > INT_BYTES:
        raise ValueError
    return int.from_bytes(data, "little", signed=True)


def _stream(state: Any) -> tuple[str, int]:
    return state["bit_generator"], state["state"]["inc"]


def _whole(value: Any) -> int | None:
    return None if value is None else int(_exactly(int, value))


def _read_array(dtype: Wire, shape: Wire, data: Wire, writeable: Wire) -> np.ndarray:
    """A new array; its bytes must fill its shape, and each must mean something in its dtype."""
    if not DTYPE.fullmatch(_exactly(str, dtype)):
        raise TypeError
    kind = np.dtype(dtype)
    sizes = [_exactly(int, size) for size in _exactly(list, shape)]
    count = 1
    for size in sizes:
        if not 0 <= size < 2**31:
            raise ValueError
        count *= size
    if count * kind.itemsize != len(_exactly(bytes, data)):
        raise ValueError
    array = np.ndarray(sizes, kind, buffer=data).copy()
    if kind.kind == "b" and array.view(np.uint8).max(initial=0) > 1:
        raise ValueError
    if kind.kind == "U":
        number = np.dtype(np.uint32).newbyteorder(kind.byteorder)
        if array.reshape(-1).view(number).max(initial=0) > LAST_CHARACTER:
            raise ValueError
    array.flags.writeable = _exactly(bool, writeable)
    return array


def _new_generator(
    name: Any, state: Any, inc: Any, has_uint32: Any, uinteger: Any
) -> np.random.Generator:
    for number, bits in ((state, 128), (inc, 128), (has_uint32, 1), (uinteger, 32)):
        if not 0 <= _exactly(int, number) < 2**bits:
            raise ValueError
    source = GENERATORS[name]()
    source.state = {
        "bit_generator": name,
        "state": {"state": state, "inc": inc},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    return np.random.Generator(source)
