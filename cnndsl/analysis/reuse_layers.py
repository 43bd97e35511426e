"""What layers made before: the same layer, written in the same way, on the same types gives the same once more.

Values are told apart by what they are, how they are spelled and what they are products of, so that what is remembered
can stand for what would be made in all respects. Remembers what succeeds; knows no place in a file. What a shape rule
answers to other numbers is remembered, too; of such an answer nobody asks how it is spelled.
"""

from __future__ import annotations

from ..dims import Condition, Dim, symbol
from ..graph import Known, LayerModule, Type
from ..layers.base import Layer
from ..layers.checks import NotOneOf
from ..loops import MARK
from ..records import dataclass
from ..shapes import Misfit, Need, TensorType
from ..spelled import Reckoned, Spelled
from ..typed import Any, Callable, Hashable, Iterable, Mapping
from .things import Thing

KEPT = 4096  # layers, or answers, until those before them are forgotten
REFUSED: Any = "refused"  # what a rule answers that refuses


class Memory(dict[Hashable, Any]):
    """What was found, by its key; None for what was not. What nobody asked for while KEPT others came is forgotten,
    and nothing else: a network of fewer layers finds all of its own again, whatever came before it."""

    def __init__(self) -> None:
        self.before: dict[Hashable, Any] = {}

    def __missing__(self, key: Hashable) -> Any:
        found = self.before.get(key)
        if found is not None:
            self.keep(key, found)
        return found

    def keep(self, key: Hashable, found: Any) -> None:
        if len(self) >= KEPT:
            self.before = dict(self)
            self.clear()
        self[key] = found


remembered = Memory()
answers = Memory()


@dataclass(frozen=True)
class Remembered:
    """A layer that was made: the module and what it gives, what it needs, and which parameters it pins, or shapes
    free sizes by; and how many weights it has.

    Whether it pins those in `unasked` was not asked: they were pinned already.
    """

    module: LayerModule
    output: Type
    need: Need
    pinned: frozenset[str]
    unasked: frozenset[str]
    shaped: frozenset[str]
    weights: int


def asked_once(rule: Callable[[Any, Need], Type], cls: type[Layer] | None) -> Callable[[Any, Need], Type]:
    """The rule of such a layer, for who reads nothing but numbers and conditions; a refusal says no more than that.

    A rule of no such class may hang on more than what it is asked with.
    """

    def known(values: Any, need: Need) -> Type:
        try:
            key = cls, need.mode, tuple(values[0]), *map(bare, values[0].values()), *map(bare, values[1])
        except NotImplementedError:
            return rule(values, need)
        if (found := answers[key]) is None:
            answers.keep(key, found := answered(rule, values, need.mode))
        if found is REFUSED:
            raise Misfit("refused before")
        need.adopt(found[1])
        return found[0]

    return rule if cls is None else known


def answered(rule: Callable[[Any, Need], Type], values: Any, mode: str) -> Any:
    """What a rule gives, and what it needs for that."""
    need = Need(mode=mode)
    try:
        return rule(values, need), need
    except NotOneOf:  # it tells what the argument may be
        raise
    except Misfit:
        return REFUSED


def key_of(
    cls: type[Layer], given: Mapping[str, Thing], keywords: Mapping[str, Thing], types: Any, terms: Hashable
) -> Any:
    """What decides all about a layer; None for one that is not remembered."""
    try:
        arguments = tuple([(name, seen(thing)) for name, thing in given.items()])
        return cls, arguments, tuple(keywords), tuple([seen(kind) for kind in types]), terms
    except NotImplementedError:
        return None


def seen(thing: Any) -> Any:
    """All that there is to a value or type, as one that can be compared."""
    kind = thing.__class__
    if kind is int or kind is str:
        return thing
    if kind is Known:
        return (seen(thing.value), thing.spellings) if thing.spellings else seen(thing.value)
    if kind is TensorType:
        return thing.dtype, tuple(map(seen, thing.shape))
    if kind is Spelled:
        return int(thing), thing.spellings, tuple(map(seen, thing.factors)), seen(thing.parted)
    if kind is tuple or kind is list:
        return kind, tuple(map(seen, thing))
    if kind is bool or kind is float or kind is Reckoned or thing is None:
        return kind, repr(thing)
    if kind is Dim:
        return thing
    raise NotImplementedError


def written_alike(
    what: Any, values: Any, output: Type, asked: Iterable[Condition], terms: Hashable, behind: Callable[[str], Hashable]
) -> Any:
    """What is the same of all layers, or calls, that are written alike, over the same names and on inputs that are free
    alike, whatever numbers the names stand for and whatever the free sizes are. None for one that is not told by that.

    `what` is the class or the function; None for one that hangs on more than its values. Names of a round are told by
    what is `behind` them.
    """
    form = Form(behind)
    try:
        forms = form.of(values), form.of(output)
    except NotImplementedError:
        return None
    return None if what is None else (what, forms, *[condition.kind for condition in asked], terms)


class Form:
    """How arguments and types are written: free sizes and names of rounds are told apart, but not told."""

    def __init__(self, behind: Callable[[str], Hashable]) -> None:
        self.free: dict[Dim, int] = {}
        self.rounds: dict[str, Dim] = {}
        self.behind = behind

    def of(self, thing: Any) -> Any:
        kind = thing.__class__
        if kind is Spelled:
            return tuple(map(self.spelling, thing.spellings)) or int(thing)
        if kind is Dim:
            return Dim, self.free.setdefault(thing, len(self.free))
        if kind is TensorType:
            return thing.dtype, *map(self.of, thing.shape)
        if kind is tuple or kind is list:
            return kind, *map(self.of, thing)
        if kind is dict:
            return dict, *[(name, self.of(item)) for name, item in thing.items()]
        return seen(thing)

    def spelling(self, size: Dim) -> Any:
        names = sorted(name for name in size.symbols if MARK in name)
        if not names:
            return size
        for name in names:
            self.rounds.setdefault(name, symbol(f"{MARK}{len(self.rounds)}"))
        return size.subs(self.rounds), *map(self.behind, names)


def bare(thing: Any) -> Any:
    """The same without spellings: sizes are equal where their numbers are."""
    kind = thing.__class__
    if kind is int or kind is Spelled or kind is TensorType:
        return thing
    return (kind, tuple(map(bare, thing))) if kind is tuple or kind is list else seen(thing)
