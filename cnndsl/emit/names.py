"""Names of the generated file: which are taken, which must change, and how text that uses names is rewritten."""

from __future__ import annotations

import builtins
import keyword

from ..dims import Dim, Size, symbol
from ..patterns import re
from ..typed import Container, Iterable, Mapping, Sequence

MODULE_NAMES = frozenset({"torch", "nn", "math", "OrderedDict", "NamedTuple", "Any", "fnmatchcase", "require"})
MODULE_NAMES |= {"Callable", "Literal", "Sequence", "pairwise", "sym_max", "sym_min"}
AMBIGUOUS = frozenset(("I", "O", "l", "self"))  # what no class or function is called
USED_BUILTINS = frozenset({"range", "getattr", "isinstance", "int", "float", "bool", "str", "tuple", "list", "dict"})
USED_BUILTINS |= {"min", "max", "super", "len", "abs", "sum", "round", "any", "all"}
USED_BUILTINS |= {"zip", "enumerate", "iter", "next"}
TAKEN = MODULE_NAMES | USED_BUILTINS | {"self", "_", "module", "name", "parameter"}
NAME = r"""(?<![\w.%])([A-Za-z_]\w*)\b(?!\s*\(|\.\w+\()|(%\d+\.\d+)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""  # or a text
WORDS = {"in_channels": ("channels",), "out_channels": ("channels", "hidden_channels")}
WORDS |= {
    "channels": ("hidden_channels",),
    "in_features": ("features",),
    "out_features": ("features",),
    "depth": ("repeats",),
}
WRITTEN = frozenset({"None", "True", "False", "and", "or", "not", "in", "is", "if", "elif", "else", "for"})
WRITTEN |= {"def", "return", "raise"}  # Python's words that a generated file has; others a parameter may be called
KINDS = {"str": ("word",), "float": ("value",), "bool": ("flag",), "int": ("n",)}  # second names of loop variables
MODULE_ATTRIBUTES = frozenset(("forward", "training", "parameters", "type", "half", "to", "apply", "train", "eval"))
MODULE_ATTRIBUTES |= {"buffers", "children", "modules", "float", "double", "cuda", "cpu", "xpu", "ipu", "mtia"}
MODULE_ATTRIBUTES |= {"state_dict", "compile", "register_buffer", "register_parameter", "add_module", "share_memory"}
MODULE_ATTRIBUTES |= {"requires_grad_", "zero_grad", "extra_repr", "call_super_init", "dump_patches", "bfloat16"}
MODULE_ATTRIBUTES |= {"named_children", "named_modules", "named_parameters", "named_buffers", "load_state_dict"}
MODULE_ATTRIBUTES |= {"get_buffer", "get_parameter", "get_submodule", "register_module", "get_extra_state"}


def is_plain(name: str) -> bool:
    """Whether `self.<name>` can be written."""
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name)


def safe(name: str, taken: Container[str] = TAKEN) -> str:
    """A variable's name: lower case, not a word of Python's, none that the file itself uses, no `l` (E741)."""
    name = name.lower()
    while keyword.iskeyword(name) or name in taken or name in AMBIGUOUS:
        name += "_"
    return name


def is_taken(name: str, taken: Container[str]) -> bool:
    return name in taken or keyword.iskeyword(name) or hasattr(builtins, name)


def fresh(name: str, taken: Container[str], since: dict[str, int] | None = None) -> str:
    """The name, numbered from 2 if it is taken. Where what is taken stays so, `since` keeps the number that was found:
    the next one is looked for from there on."""
    number = since.get(name, 1) if since is not None else 1
    while is_taken(found := f"{name}{number}" if number > 1 else name, taken):
        number += 1
    if since is not None:
        since[name] = number
    return found


def claimed(names: Iterable[str], taken: set[str]) -> dict[str, str]:
    """What the arguments of a function are called, which are then `taken`: an author's `k` stays `k` beside a `K`."""
    called: dict[str, str] = {}
    busy = Taken(taken, ("torch", "nn"))
    for name in sorted(names, key=lambda name: safe(name) != name):
        called[name] = fresh(safe(name), busy)
        taken.add(called[name])
    return called


class Taken:
    """All names of several groups; what a whole file takes is so shared by its classes, not copied for each."""

    def __init__(self, *groups: Container[str]) -> None:
        self.groups = groups

    def __contains__(self, name: object) -> bool:
        for group in self.groups:  # noqa: SIM110  (asked so often that a generator costs)
            if name in group:
                return True
        return False


class Busy:
    """The names that are taken at a place: some everywhere, others in the loops that it is in, or that are in it, and
    those of loops elsewhere, where these hold another `kind` of thing: a type checker wants one for each name."""

    def __init__(self, taken: Container[str]) -> None:
        self.taken = taken
        self.kind = ""
        self.kinds: dict[str, str] = {}  # of a name
        self.place: tuple[int, ...] = ()
        self.places: dict[str, set[tuple[int, ...]]] = {}  # of a name
        self.around: dict[str, set[tuple[int, ...]]] = {}  # those, and all loops around them
        self.found: dict[tuple[tuple[int, ...], str], dict[str, int]] = {}  # numbers, by place and kind

    def __contains__(self, name: object) -> bool:
        place, own = self.place, self.places.get(str(name), set())
        inside = any(place[:length] in own for length in range(len(place) + 1))
        return name in self.taken or inside or self.differs(str(name)) or place in self.around.get(str(name), ())

    def since(self) -> dict[str, int]:
        """The numbers that names have got at this place: those before are taken there for good."""
        return self.found.setdefault((self.place, self.kind), {})

    def differs(self, name: str) -> bool:
        """Whether a name holds another kind of thing elsewhere."""
        return self.kinds.get(name, self.kind) != self.kind

    def add(self, name: str) -> None:
        self.kinds[name] = self.kind
        self.places.setdefault(name, set()).add(self.place)
        self.around.setdefault(name, set()).update(self.place[:n] for n in range(len(self.place) + 1))


def plain_word(name: str, taken: Container[str], last: Sequence[str] = ()) -> str:
    """The name, another word for the same or one of the `last`, or else a number behind it."""
    words = (word for word in (name, *WORDS.get(name, ()), *last) if not is_taken(word, taken))
    return next(words, "") or fresh(name, taken, taken.since() if isinstance(taken, Busy) else None)


def names_in(text: str) -> set[str]:
    """What an expression reads: names (no attributes, no called functions or their modules) and run-time sizes."""
    if text.isidentifier():
        return {text} - WRITTEN
    found = {match[1] or match[2] for match in re.finditer(NAME, text)}
    return {name for name in found if name} - WRITTEN


def rename(text: str, names: Mapping[str, str]) -> str:
    """The expression with names put in for names."""

    def put(found: re.Match[str]) -> str:
        word = found[1] or found[2]
        return names.get(word, word) if word else found[0]

    return re.sub(NAME, put, text)


def snake_case(name: str) -> str:
    """`ConvBNReLU` → `conv_bn_relu`, `Block2D` → `block2d`."""
    if name == name.lower():
        return name
    name = re.sub(r"(?<=[a-z])LU", "lu", name) if "LU" in name else name
    name = re.sub(r"(?<=\d)D(?![a-z])", "d", name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", "_", name).lower()


def joined(size: Dim, names: Mapping[str, str]) -> Size:
    """A size in which symbols that are called alike are one."""
    one = {names.get(key, key): symbol(key) for key in size.symbols}
    return size.subs({k: one[names.get(k, k)] for k in size.symbols}) if len(one) < len(size.symbols) else size
