"""The codec of the exam boundary: which values are data, and how msgpack carries them.

msgpack itself writes None, bool, int of 64 bits, float, str and bytes.
Every other value becomes a list that starts with a tag: `["complex", 1.0, 2.0]`,
`["tuple", 1, "a"]`, `["array", "<f8", [2, 3], bytes, writeable]`.
A `Writer` hands an object that is not data to its `write_object`, a `Reader` an unknown tag to its
`read_object`. At the exam boundary these two write and read references, see `rpc`.

Only exact types are data. A student's subclass of float that equals everything is an object.
The reader trusts nothing that it receives. It checks sizes, shapes and nesting before it makes a
value, it makes only the types below, and it never imports, unpickles or calls what the other side
names.
"""

import builtins
import re
from collections.abc import Callable, Sequence
from typing import Any

import msgpack
import numpy as np

from ..messages import LARGEST

Wire = Any  # a value as msgpack packs and unpacks it

DEPTH = 40  # levels of nesting
INT_BYTES = 1 << 17  # one million binary digits
# Numbers, booleans, text and bytes of a fixed width, but no objects, records or subarrays.
DTYPE = re.compile(r"[<>|][biufcSU][1-9][0-9]{0,6}")
LAST_CHARACTER = 0x10FFFF
COLLECTIONS: dict[str, type] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}
INTERVALS: dict[str, Callable[..., object]] = {"slice": slice, "range": range}
# A function may change these in place. Both sides know each of them by a number during a call.
MUTABLE = (list, dict, set, np.ndarray, np.random.Generator)
# Tensors and variables of these libraries cross as arrays, whatever their type is called.
TENSOR_LIBRARIES = ("tensorflow", "keras", "jax", "jaxlib", "torch")
# The state of these generators is four whole numbers, and every combination of them is valid.
# Some states of other generators make NumPy read memory outside the generator.
GENERATORS = {"PCG64": np.random.PCG64, "PCG64DXSM": np.random.PCG64DXSM}


class BadMessageError(Exception):
    """The other side sent an invalid message; the text says in a few words what was invalid."""


# --- bytes ----------------------------------------------------------------------------------------


def pack(message: Wire) -> bytes:
    """Return the bytes of a message; raises ValueError if it is too large."""
    try:
        packed: bytes = msgpack.packb(message, unicode_errors="surrogatepass")
    except (ValueError, OverflowError, MemoryError):
        packed = b""
    if not 0 < len(packed) <= LARGEST:
        raise ValueError(f"the values take more than {LARGEST >> 20} MiB")
    return packed


def unpack(data: bytes) -> Wire:
    """Return the message in `data`; raises BadMessageError if `data` holds none."""
    try:
        return msgpack.unpackb(data, unicode_errors="surrogatepass")
    except (ValueError, TypeError):
        raise BadMessageError("an invalid message") from None


# --- errors ---------------------------------------------------------------------------------------


def _is_simple(kind: object) -> bool:
    """Whether `kind` is a built-in error that can be made from one text, and only carries it."""
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        return False
    if issubclass(kind, StopIteration | StopAsyncIteration):  # would end a loop of the check
        return False
    try:
        return bool(str(kind("text")))
    except TypeError:
        return False


ERRORS: dict[str, type[Exception]] = {
    name: kind for name, kind in vars(builtins).items() if _is_simple(kind)
}


def error_name(error: BaseException) -> str:
    """Return the name of an error's nearest type in `ERRORS`, or of its own type if it has none.

    `Exception` counts only for an error of exactly this type, because it says too little.
    """
    for kind in type(error).__mro__:
        nearest = ERRORS.get(kind.__name__)
        if nearest is kind and (kind is not Exception or kind is type(error)):
            return kind.__name__
    return type(error).__name__


def error_message(error: BaseException) -> str:
    """Return the text from which `ERRORS[name](text)` makes an equal error."""
    if len(error.args) == 1 and type(error.args[0]) is str:  # because str(KeyError("x")) has quotes
        return error.args[0]
    return str(error)


# --- writing --------------------------------------------------------------------------------------


class Writer:
    """Writes the values of one call.

    Args:
        write_object: writes an object that is not data.
        shared: mutable objects that the other side has too; each is written as its index here.
        sharing: append each mutable object that is written to `shared`.
    """

    def __init__(
        self,
        write_object: Callable[[object], Wire],
        shared: Sequence[object] = (),
        sharing: bool = False,
    ) -> None:
        self.write_object = write_object
        self.shared = list(shared)
        self.sharing = sharing
        self._numbers = {id(value): number for number, value in enumerate(self.shared)}

    def write(self, value: object, depth: int = 0) -> Wire:
        """Return `value` in a form that msgpack can pack.

        Raises:
            ValueError: the value is nested too deeply, or it holds an integer that is too long.
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
        """Return the content of `value`, even if it is a shared object."""
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
            return self.write_object(value)
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
    """Return the array that `value` is or, if it is a tensor or a variable, holds; else None."""
    kind = type(value)
    if kind is np.ndarray or (isinstance(value, np.generic) and kind.__module__ == "numpy"):
        return value
    if kind.__module__.split(".")[0] in TENSOR_LIBRARIES and hasattr(value, "__array__"):
        try:
            array = np.asarray(value)
        except Exception:  # a symbolic tensor has no values
            return None
        return array if type(array) is np.ndarray else None
    return None


# --- reading --------------------------------------------------------------------------------------


class Reader:
    """Reads what a `Writer` of the other side wrote.

    Args:
        read_object: returns the object for a tag and its parts that are not data.
        shared: the mutable objects that the other side has too, in the same order.
        sharing: append each mutable object that is read to `shared`, as the writer did.
    """

    def __init__(
        self,
        read_object: Callable[[str, list[Wire]], object],
        shared: Sequence[object] = (),
        sharing: bool = False,
    ) -> None:
        self.read_object = read_object
        self.shared = list(shared)
        self.sharing = sharing

    def read(self, wire: Wire, depth: int = 0) -> Any:
        """Return the value that `wire` describes.

        Raises:
            BadMessageError: it describes no valid value.
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
            raise BadMessageError(f"an invalid {tag[:20]}") from error

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
        return self.read_object(tag, parts)

    def _read_items(self, tag: str, parts: list[Wire], depth: int) -> Any:
        if tag in ("tuple", "frozenset"):
            return COLLECTIONS[tag](self.read(part, depth + 1) for part in parts)
        # As in the writer, a collection is shared before its items, which may refer to it.
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
        """Change a mutable object in place, as the other side changed its copy.

        Raises:
            BadMessageError: the object cannot change in this way.
        """
        new = self.read(wire)
        if type(new) is not type(target):
            raise BadMessageError("another type for an argument")
        if type(target) is np.random.Generator:
            state, before = new.bit_generator.state, target.bit_generator.state
            # The increment selects the stream. Another one could make all later numbers alike.
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
    """Return `value` if its type is `kind` and no subclass of it; else raise TypeError."""
    if type(value) is not kind:
        raise TypeError
    return value


def index(value: Any) -> int:
    """Return `value` if it is a whole number from 0; else raises TypeError or ValueError."""
    if _exactly(int, value) < 0:
        raise ValueError
    return int(value)


def _read_int(data: Any) -> int:
    if len(_exactly(bytes, data)) > INT_BYTES:
        raise ValueError
    return int.from_bytes(data, "little", signed=True)


def _stream(state: Any) -> tuple[str, int]:
    """Return what two states of a generator have in common if they are of one stream."""
    return state["bit_generator"], state["state"]["inc"]


def _whole(value: Any) -> int | None:
    return None if value is None else int(_exactly(int, value))


def _read_array(dtype_name: Wire, shape: Wire, data: Wire, writeable: Wire) -> np.ndarray:
    """Return a new array; its bytes must fill its shape and be valid for its dtype."""
    if not DTYPE.fullmatch(_exactly(str, dtype_name)):
        raise TypeError
    dtype = np.dtype(dtype_name)
    sizes = [_exactly(int, size) for size in _exactly(list, shape)]
    count = 1
    for size in sizes:
        if not 0 <= size < 2**31:
            raise ValueError
        count *= size
    if count * dtype.itemsize != len(_exactly(bytes, data)):
        raise ValueError
    array = np.ndarray(sizes, dtype, buffer=data).copy()
    if dtype.kind == "b" and array.view(np.uint8).max(initial=0) > 1:
        raise ValueError
    if dtype.kind == "U":
        code_point = np.dtype(np.uint32).newbyteorder(dtype.byteorder)
        if array.reshape(-1).view(code_point).max(initial=0) > LAST_CHARACTER:
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
