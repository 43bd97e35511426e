"""What an expression of a `.cnn` file can stand for while it is elaborated.

A thing is a Known scalar, a graph Value, a Maker (template), a list or tuple of things, a Routine (a `def`), or a
function of the catalogue. Nothing here computes.
"""

from __future__ import annotations

from ..dims import Condition, Dim, Real, symbol
from ..functions.base import Function
from ..graph import Cut, Known, Maker, Module, Value
from ..layers.base import Layer
from ..limits import MAX_DEEP
from ..loops import MARK
from ..patterns import re
from ..problems import Help
from ..records import dataclass, field, replace
from ..shapes import TensorType, TooLarge
from ..source import Span
from ..spelled import Reckoned, Spelled
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Iterable, Iterator, Mapping

if TYPE_CHECKING:
    from .program import Scope

Thing = Any


class Counted(list):  # type: ignore[type-arg]
    """A list that knows how the author says how long it is."""

    length: Known = Known(0)
    columns: Any = None  # where the items come from; of rows of lists, by place: see `source_of`


class Named(list):  # type: ignore[type-arg]
    """A list that is, as a whole, what a parameter or loop variable holds; its items are spelled `name[0]`, …"""

    name: str = ""


class Whole(tuple):  # type: ignore[type-arg]
    """The same for a tuple."""

    name: str = ""


@dataclass(frozen=True)
class Routine:
    """A `def` of the file, and the items it can see."""

    item: t.Def
    scope: Scope = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"the function {self.item.name.id}"


@dataclass(frozen=True)
class Origin:
    """What a Maker makes, beside a Layer class: an item of a file."""

    item: t.Definition | t.Alias | t.Extern
    scope: Scope = field(repr=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.item.name.id)


@dataclass(frozen=True)
class Tapped:
    """A whole model cut at labels: `ResNet50(classes=1)["layer3", "layer4"]`."""

    whole: Maker
    taps: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One child of a whole model: `MobileNetV3Large.features`."""

    whole: Maker
    path: str


@dataclass
class Label:
    """A labelled (or automatically named) module of a definition: how it was made, and where it is."""

    path: str
    maker: Any  # (make: types -> module, type), or None for a label on a None template
    module: Module | None
    span: Span
    used: int = 0


@dataclass(frozen=True)
class NoFlow:
    """There is no flow here, and why: a problem code and the places that explain it."""

    reason: str
    spans: tuple[Span, ...] = ()
    value: Any = None  # what the flow would be, where that is clear at the end of a body
    note: str = ""  # what else explains it
    help: Help | None = None

    def __str__(self) -> str:
        return "no value"


def is_static(thing: Thing) -> bool:
    """Whether a thing is known at compile time and holds no tensor."""
    if thing.__class__ is Known:  # as most are
        return True
    if isinstance(thing, (list, tuple)):
        return all(is_static(item) for item in thing)
    return not isinstance(thing, Value)


def has_tensor(thing: Thing) -> bool:
    return not is_static(thing)


def number_of(known: Known) -> Any:
    """The value for arithmetic in shape rules: ints keep their spellings along."""
    value = known.value
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    spellings = [s for s in known.spellings if isinstance(s, Dim)]
    factors = getattr(value, "factors", ())
    return Spelled(value, spellings, factors) if spellings or factors else value


def known_of(number: Any) -> Known:
    """A number out of a shape rule, with its spellings beside it."""
    if isinstance(number, Spelled):
        return Known(number, number.spellings)
    return Known(number)


def raw(thing: Thing) -> Any:
    """A thing as a shape rule takes it: plain numbers, tuples, lists, TensorTypes; Makers stay."""
    if isinstance(thing, Known):
        return raw(thing.value) if isinstance(thing.value, (list, tuple)) else number_of(thing)
    if isinstance(thing, Value):
        return thing.type
    if isinstance(thing, list):
        return [raw(item) for item in thing]
    if isinstance(thing, tuple):
        return tuple(raw(item) for item in thing)
    return thing


def plain(thing: Thing) -> Any:
    """A hashable form without spellings: what decides whether two elaborations are the same."""
    if thing.__class__ is Known:
        value, kind = thing.value, thing.value.__class__
        return ("int" if kind is Spelled else "float" if kind is Reckoned else kind.__name__, value)
    if isinstance(thing, (list, tuple)):
        return ("list" if isinstance(thing, list) else "tuple", *map(plain, thing))
    if isinstance(thing, Maker):
        target = thing.target
        shown = id(target.item) if isinstance(target, Origin) else plain(target)
        keywords = tuple(sorted((name, plain(value)) for name, value in thing.keywords.items()))
        return ("maker", shown, plain(thing.positional), keywords)
    if isinstance(thing, (Tapped, Part)):
        return (type(thing).__name__, plain(thing.whole), getattr(thing, "taps", None), getattr(thing, "path", None))
    if isinstance(thing, TensorType):
        return (tuple(thing.shape), thing.dtype)
    return thing


def to_known(thing: Thing) -> Known:
    """A static thing as one Known, for a constructor argument."""
    if isinstance(thing, Known):
        return thing
    if isinstance(thing, list):
        name = getattr(thing, "name", "")
        return Known([to_known(item) for item in thing], (name,) if name else ())
    if isinstance(thing, tuple):
        name = getattr(thing, "name", "")
        return Known(tuple(to_known(item) for item in thing), (name,) if name else ())
    return Known(thing)


def in_tuple(thing: Thing) -> Thing:
    """A list that is written where it stands, as the annotations of torch's layers have it."""
    return tuple(thing) if isinstance(thing, list) and not getattr(thing, "name", "") else thing


def strip(thing: Thing) -> Thing:
    """A thing without spellings: it leaves the scope that they belong to."""
    if thing.__class__ is Known:
        if not thing.spellings and thing.form is None and thing.value.__class__ is not Spelled:
            return thing
        return Known(int(thing.value) if isinstance(thing.value, Spelled) else thing.value)
    if isinstance(thing, (list, tuple)):
        stripped = [strip(item) for item in thing]
        return stripped if isinstance(thing, list) else tuple(stripped)
    if isinstance(thing, Maker):
        keywords = {name: strip(value) for name, value in thing.keywords.items()}
        return Maker(thing.name, strip(thing.target), strip(thing.positional), keywords, thing.spans)
    if isinstance(thing, (Tapped, Part)):
        return replace(thing, whole=strip(thing.whole))
    return thing


def named(key: str, items: Iterable[Thing], kind: type[Named | Whole] = Named) -> Named | Whole:
    found = kind(items)
    found.name = key
    return found


def respelled_by(key: str, thing: Thing) -> Thing:
    """A thing that has got a name, which is now the first way to write it; the items of a list by their places."""
    if isinstance(thing, (list, tuple)):
        items = (respelled_by(f"{key}[{n}]", item) for n, item in enumerate(thing))
        return named(key, items, Named if isinstance(thing, list) else Whole)
    if not isinstance(thing, Known) or thing.value is None or isinstance(thing.value, Dim):
        return thing
    whole = isinstance(thing.value, int) and not isinstance(thing.value, bool)
    return Known(thing.value, (symbol(key) if whole else key, *thing.spellings))


def own_spelling(name: str, thing: Thing, for_code: bool) -> Thing:
    """A parameter inside its class: scalars are spelled by their name, if code will be made of the class."""
    bare = strip(thing)
    if not for_code:
        return bare
    if isinstance(bare, Known) and not isinstance(bare.value, Dim):
        spelling: Any = symbol(name) if isinstance(bare.value, int) and not isinstance(bare.value, bool) else name
        return Known(bare.value, (spelling,))
    if isinstance(bare, (list, tuple)):
        return respelled_by(name, bare)
    return Maker(bare.name, bare.target, bare.positional, bare.keywords, {}, name) if isinstance(bare, Maker) else bare


def each(things: Iterable[Thing]) -> Iterator[Thing]:
    """These things, of lists their items."""
    for thing in things:
        yield from thing if isinstance(thing, (list, tuple)) else (thing,)


def names_said(symbol: str) -> list[str]:
    """The names that a symbol says: itself, or the list of `widths[2]`."""
    return [symbol] if symbol.isidentifier() else re.findall(r"[A-Za-z_]\w*", symbol)


def symbols_in(thing: Thing) -> Iterator[str]:
    """The constructor's names that a thing's first spelling uses."""
    if thing.__class__ is Known:
        for spelling in thing.spellings[:1]:
            texts: Iterable[str] = getattr(spelling, "symbols", None) or (str(spelling),)
            for text in texts:
                yield from names_said(text)
    elif isinstance(thing, (list, tuple)):
        for item in thing:
            yield from symbols_in(item)
        if isinstance(thing, Counted):
            yield from symbols_in(thing.length)
        elif isinstance(thing, Named):
            for text in getattr(thing.name, "symbols", (thing.name,)):
                yield from names_said(text)
    elif isinstance(thing, Maker):
        yield from symbols_in(thing.positional)
        yield from symbols_in(list(thing.keywords.values()))
        yield from symbols_in(getattr(thing.target, "whole", None))


def makers_in(things: Iterable[Thing]) -> Iterator[Maker]:
    """The templates among arguments: what hangs on names in them, no argument of a class or function could say."""
    for thing in things:
        if isinstance(thing, Maker):
            yield thing
        elif isinstance(thing, (list, tuple)):
            yield from makers_in(thing)


def turns_in(count: Thing) -> frozenset[str]:
    """The names that decide how often a loop turns; `len(x)` where that is how long a list is, whatever its items."""
    return lengths_alone(count)


def lengths_alone(thing: Thing) -> frozenset[str]:
    """The names that a thing's first spelling uses; `len(x)` where it hangs on nothing of a list but its length."""
    names = frozenset(symbols_in(thing))
    if not names:
        return names
    text = str(thing.spellings[0]) if isinstance(thing, Known) and thing.spellings else ""
    if "len(" not in text:
        return names
    alone = {n for n in names if MARK not in n and is_measured(n, text)}
    return names - alone | {f"len({n})" for n in alone}


def lists_measured(names: Iterable[str]) -> frozenset[str]:
    """The names, `x` where `len(x)` is meant."""
    return frozenset(name[4:-1] if name.startswith("len(") else name for name in names)


def is_measured(name: str, text: str) -> bool:
    """Whether a list, or slices of it, stand in a text only to say how long they are."""
    return re.findall(r"len\((\w+)(?:\[[-:\d]*\])?\)", text).count(name) == re.findall(r"\w+", text).count(name)


COUNTING = frozenset({"arange", "argsort", "argmax", "argmin"})  # what gives indices: see index_ranges.py
LENGTHS = frozenset({"t", "l", "s", "len", "length", "seq", "seq_len", "steps", "time", "tokens"})


def size_name(rank: int, axis: int, axis_name: str = "") -> str:
    """What the constructor argument is called that carries a size of an input."""
    if rank == 3 and axis_name.lower() in LENGTHS:
        return "in_length"
    if rank >= 3 and axis == 1:
        return "in_channels"
    if axis == rank - 1 and rank <= 3:
        return "in_features"
    return {2: ("in_size",), 3: ("in_size", "", "in_features"), 4: ("in_size", "", "in_height", "in_width")}.get(
        rank, ("in_size", "", "in_depth", "in_height", "in_width", *[f"in_size{n}" for n in range(5, rank)])
    )[axis]


def size_names(rank: int, axes: Mapping[int, str]) -> list[str]:
    """Those of all axes of an input, of which the author named some: `[N, H, W, D]` has its channels last."""
    found = [size_name(rank, axis, axes.get(axis, "")) for axis in range(rank)]
    letters = {name.lower(): axis for axis, name in axes.items()}
    if rank < 4 or not letters.keys() >= {"h", "w"}:
        return found
    words = {"h": "in_height", "w": "in_width", "c": "in_channels"}
    said = {letters[name]: word for name, word in words.items() if name in letters}
    said.setdefault(rank - 1, "in_features")
    for axis, name in enumerate(found):
        if name in said.values():
            said.setdefault(axis, "in_length" if axes.get(axis, "").lower() in LENGTHS else f"in_size{axis}")
    return [said.get(axis, name) for axis, name in enumerate(found)]


def describe(thing: Thing) -> str:
    """A thing in the words of a message."""
    match thing:
        case Known(value=bool() | None):
            return f"`{thing.value}`"
        case Known(value=int() | float()):
            return f"the number {thing.value}"
        case Known(value=str()):
            return f"the string {thing.value!r}"
        case Known(value=Real()):
            return f"the number {thing.value}"
        case Known(value=Condition()):
            return f"the condition `{thing.value}`"
        case Known():
            return f"the size {thing.value}"
        case Value(type=TensorType()):
            return f"a tensor {thing.type}"
        case Value(type=None):
            return "`None`"
        case Value():
            return f"a tuple of {len(thing.type)} results"
        case Cut():
            return "a slice"
        case list() | tuple():
            return f"a {'list' if isinstance(thing, list) else 'tuple'} of {len(thing)}"
        case Function():
            return f"the function {thing.name}"
    return "a layer" if isinstance(thing, type) and issubclass(thing, Layer) else str(thing)


def split(arguments: Any) -> tuple[list[Any], dict[str, Any]]:
    """Arguments by place or name as positional ones and keywords."""
    positional = [value for key, value in arguments.items() if isinstance(key, int)]
    return positional, {key: value for key, value in arguments.items() if isinstance(key, str)}


def is_same(thing: Thing, other: Thing) -> bool:
    """Whether two things are one, whatever either is called behind decisions."""
    if thing is other or not isinstance(thing, Value) or not isinstance(other, Value):
        return thing is other
    return thing == other and thing.instead == other.instead


def two_ends(then: Thing, otherwise: Thing) -> str:
    """What the two ways of an `if` end in."""
    first, second = ("nothing" if thing is None else describe(thing) for thing in (then, otherwise))
    return f"one way ends in {first}, the other in {second}"


def weight(thing: Thing, seen: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many things a list holds, those in its lists included, and how deep; raises TooLarge if that is too much."""
    if not isinstance(thing, (list, tuple)):
        return 1, 0
    if id(thing) not in seen:
        lists = [weight(item, seen) for item in thing if isinstance(item, (list, tuple))]
        deep = 1 + max([one for _, one in lists], default=0)
        if deep > MAX_DEEP + 1:
            raise TooLarge(f"this becomes a list of lists in lists, more than {MAX_DEEP} deep")
        seen[id(thing)] = 1 + len(thing) - len(lists) + sum([held for held, _ in lists]), deep
    return seen[id(thing)]
