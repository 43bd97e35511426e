"""A pickle machine that imports nothing and calls nothing: it knows what torch.save writes of tensors and dicts, and
takes everything else for opaque objects.

Python's own machine, even with `find_class` forbidden, can be made to loop and to overflow by what is hashed; here
keys are plain, and what is nested is never walked.
"""

from __future__ import annotations

import pickletools

from ..records import dataclass
from ..typed import Any, BinaryIO, Callable
from .stored import Entry, Unreadable

MAX_STEPS = 1_000_000  # torch takes about 30 for a tensor
STORAGES = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64",
    "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool",
    "ComplexDouble": "complex128", "ComplexFloat": "complex64", "Untyped": "uint8",
}  # fmt: skip
WIDTHS = {dtype: int("".join(filter(str.isdigit, dtype)) or 8) // 8 for dtype in STORAGES.values()}  # in bytes
KEYS = (str, int, float, bool, bytes, type(None))
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_TUPLE": tuple}


class Dict(dict[Any, Any]):
    """A dict, and whether it tells the versions of modules."""

    versioned = False


@dataclass(frozen=True)
class Name:
    """What a pickle would import."""

    text: str


@dataclass(frozen=True)
class Opaque:
    """What a pickle would make by calling something."""

    made_by: str


@dataclass(frozen=True)
class Storage:
    dtype: str


MARK = object()


class Machine:
    """One pickle, worked off. `load` gives what it stands for."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.storages: dict[Any, int] = {}  # their numbers of bytes

    def load(self, data: bytes | BinaryIO) -> Any:
        """The value of a pickle, of a stream the next one; raises Unreadable."""
        try:
            for steps, (code, argument, _) in enumerate(pickletools.genops(data)):
                if steps > MAX_STEPS:
                    raise Unreadable(f"it has more than {MAX_STEPS:,} steps")
                if code.name == "STOP":
                    return self.stack[-1]
                self.step(code.name, argument)
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, UnicodeError) as error:
            raise Unreadable(f"its pickle is broken ({error})") from None
        raise Unreadable("its pickle is broken (it does not end)")

    def step(self, name: str, argument: Any) -> None:
        if method := METHODS.get(name):
            method(self, argument)
        elif name in CONSTANTS:
            self.stack.append(CONSTANTS[name])
        elif name in EMPTY:
            self.stack.append(EMPTY[name]())
        elif name in PLAIN:
            self.stack.append(argument)
        elif name not in ("PROTO", "FRAME"):
            raise Unreadable(f"its pickle uses {name}, which torch does not write")

    def marked(self) -> list[Any]:
        """What was pushed since the last mark."""
        place = max(place for place, item in enumerate(self.stack) if item is MARK)
        found = self.stack[place + 1 :]
        del self.stack[place:]
        return found

    def pop(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise ValueError("too little on the stack")
        found = self.stack[-count:]
        del self.stack[-count:]
        return found

    # Containers

    def put_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        for key, value in zip(items[::2], items[1::2], strict=True):
            if isinstance(target, Dict) and isinstance(key, KEYS):
                target[key] = value

    def put_more(self, items: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(items)

    def tuple_of(self, count: int) -> None:
        self.stack.append(tuple(self.pop(count)))

    def dict_of(self, items: list[Any]) -> None:
        self.stack.append(Dict())
        self.put_items(items)

    # Objects

    def opaque(self, made_by: str) -> None:
        """An object that is made of what was pushed since the last mark."""
        self.marked()
        self.stack.append(Opaque(made_by))

    def stack_global(self, _: Any) -> None:
        module, name = self.pop(2)
        self.stack.append(Name(f"{module}.{name}"[:200]))

    def reduce(self, _: Any) -> None:
        function, arguments = self.pop(2)
        self.stack.append(made(function, arguments))

    def build(self, _: Any) -> None:
        """State for an object; that of a dict is what torch keeps beside it: the versions of the modules."""
        (state,) = self.pop(1)
        if isinstance(self.stack[-1], Dict) and isinstance(state, dict) and "_metadata" in state:
            self.stack[-1].versioned = True

    def persistent(self, _: Any) -> None:
        """`("storage", torch.FloatStorage, key, place, count)`."""
        (found,) = self.pop(1)
        kind = found[1].text if isinstance(found, tuple) and len(found) > 1 and isinstance(found[1], Name) else ""
        word = kind.rpartition(".")[2].removesuffix("Storage")
        if word in STORAGES and len(found) > 4 and isinstance(found[2], KEYS) and isinstance(found[4], int):
            self.storages[found[2]] = found[4] * WIDTHS[STORAGES[word]]
        self.stack.append(Storage(STORAGES[word]) if word in STORAGES else Opaque("persistent_load"))


def made(function: Any, arguments: Any) -> Any:
    """What a call would make, as far as it is a tensor or a dict."""
    name = function.text if isinstance(function, Name) else "a call"
    if not isinstance(arguments, tuple):
        raise ValueError("arguments are no tuple")
    if name == "collections.OrderedDict" and not arguments:
        return Dict()
    if name in ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v3"):
        return tensor(arguments, name) or Opaque(name)
    if name.startswith("torch._utils._rebuild_parameter"):
        return arguments[0] if isinstance(arguments[0], Entry) else Opaque(name)
    if name == "torch._tensor._rebuild_from_type_v2" and len(arguments) > 2:
        return made(arguments[0], arguments[2])
    return Opaque(name)


def tensor(arguments: tuple[Any, ...], name: str) -> Entry | None:
    """`(storage, offset, size, stride, …)`; version 3 tells the dtype apart from the storage."""
    storage, shape = arguments[0], arguments[2]
    if not isinstance(storage, Storage) or not isinstance(shape, tuple):
        return None
    if len(shape) > 64 or not all(type(size) is int and 0 <= size < 2**63 for size in shape):
        return None
    told = next((item.text for item in arguments[4:] if isinstance(item, Name)), "") if name.endswith("3") else ""
    return Entry(shape, told.removeprefix("torch.") if told.startswith("torch.") else storage.dtype)


PLAIN = frozenset(
    """INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8
    STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8""".split()  # noqa: SIM905
)
METHODS: dict[str, Callable[[Machine, Any], object]] = {
    "MARK": lambda m, _: m.stack.append(MARK),
    "POP": lambda m, _: m.pop(1),
    "POP_MARK": lambda m, _: m.marked(),
    "DUP": lambda m, _: m.stack.append(m.stack[-1]),
    "EMPTY_DICT": lambda m, _: m.stack.append(Dict()),
    "EMPTY_SET": lambda m, _: m.stack.append(Opaque("set")),
    "FROZENSET": lambda m, _: m.opaque("frozenset"),
    "ADDITEMS": lambda m, _: m.marked(),
    "LIST": lambda m, _: m.stack.append(m.marked()),
    "TUPLE": lambda m, _: m.stack.append(tuple(m.marked())),
    "TUPLE1": lambda m, _: m.tuple_of(1),
    "TUPLE2": lambda m, _: m.tuple_of(2),
    "TUPLE3": lambda m, _: m.tuple_of(3),
    "DICT": lambda m, _: m.dict_of(m.marked()),
    "SETITEM": lambda m, _: m.put_items(m.pop(2)),
    "SETITEMS": lambda m, _: m.put_items(m.marked()),
    "APPEND": lambda m, _: m.put_more(m.pop(1)),
    "APPENDS": lambda m, _: m.put_more(m.marked()),
    "GLOBAL": lambda m, text: m.stack.append(Name(text.replace(" ", ".")[:200])),
    "STACK_GLOBAL": Machine.stack_global,
    "REDUCE": Machine.reduce,
    "NEWOBJ": Machine.reduce,
    "NEWOBJ_EX": lambda m, _: m.stack.append(made(m.pop(3)[0], (None,))),
    "INST": lambda m, text: m.opaque(text.replace(" ", ".")[:200]),
    "OBJ": lambda m, _: m.opaque("an object"),
    "BUILD": Machine.build,
    "BINPERSID": Machine.persistent,
    "PUT": lambda m, place: m.memo.__setitem__(place, m.stack[-1]),
    "BINPUT": lambda m, place: m.memo.__setitem__(place, m.stack[-1]),
    "LONG_BINPUT": lambda m, place: m.memo.__setitem__(place, m.stack[-1]),
    "MEMOIZE": lambda m, _: m.memo.__setitem__(len(m.memo), m.stack[-1]),
    "GET": lambda m, place: m.stack.append(m.memo[place]),
    "BINGET": lambda m, place: m.stack.append(m.memo[place]),
    "LONG_BINGET": lambda m, place: m.stack.append(m.memo[place]),
}
