"""How a group is written: what its loops did in each round. The graph's modules carry it beside their children.

Inside a round, loop variables and the sizes of what flows into it are names, as parameters are inside a class: emit/
merges the rounds of a loop as it merges the instances of a definition.
"""

from __future__ import annotations

from itertools import islice

from .graph import BlockModule, Branch, Choice, Known, Module, Value
from .records import dataclass, field
from .typed import Any, Callable, Iterable, Iterator, Mapping

MARK = "\u01c0"  # in the symbol of a name that holds in one round: no name of an author's has it


@dataclass(frozen=True)
class Entry:
    """One child in a layout. The label is in parts, of text and of numbers that the author put in braces; none: ()."""

    label: tuple[Known, ...]
    module: Module


def of_rounds(spelling: Any) -> bool:
    """Whether names of rounds are in a way to write a size."""
    return any(MARK in name for name in getattr(spelling, "symbols", ()))


@dataclass(frozen=True)
class Local:
    """A name that holds in one round of a loop: a loop variable, or a size of what flows into the round.

    `key` is the symbol that spellings inside the round use; `value` is spelled as it is outside of the round.
    """

    name: str
    key: str
    value: Known
    turned: bool | None = None  # of an item of a list with a name: whether the loop goes through that backwards
    counts: bool = False  # whether it counts the rounds, however many there are


class Turned:
    """The rounds of a loop, as far as it has turned."""

    def __init__(self) -> None:
        self.rounds: list[Round] = []
        self.kept_sizes: dict[int, tuple[int, bool]] = {}  # how many rounds were asked, and whether all keep it

    def keeps(self, place: int, keeps: Callable[[Round, int], bool]) -> bool:
        """Whether no round changes a size; each round is asked once."""
        count, kept = self.kept_sizes.get(place, (0, True))
        kept = kept and all(keeps(made, place) for made in islice(self.rounds, count, None))
        self.kept_sizes[place] = len(self.rounds), kept
        return kept


class Home:
    """Where a list is gathered: whether it is one in forward(), or only its items are known there, one by one."""

    def __init__(self, first: int) -> None:
        self.kept = True
        self.first, self.last = first, -1  # names of its rounds have numbers from the first to before the last
        self.rounds: list[Round] = []
        self.before = 0  # how many items there were before the first round
        self.turns: Any = None  # how often its loop turns
        self.counts = set[int]()  # how many its rounds add; 0, too, if loops in them do
        self.sizes: dict[str, tuple[Turned, int]] = {}  # of the rounds of its loops, by their names

    def is_inside(self, spelling: Any) -> bool:
        """Whether names of its rounds are in a way to write a size."""
        found = (name.partition(MARK)[2] for name in getattr(spelling, "symbols", ()) if MARK in name)
        return any(self.first <= int(number.partition("[")[0]) < self.last for number in found)


class Kinds(tuple[Any, ...]):
    """The type of a list of tensors: those of its items."""


class Gathered(list[Any]):
    """A list of tensors that the rounds of a loop gather: its items, and the value that it is as a whole.

    `view` is which part of the value is meant, `order` which items of the value these are. Sizes are spelled: how long
    it is, and what the sizes of its items along an axis are together.
    """

    value: Value
    home: Home
    view: str = ""
    order: tuple[int, ...] = ()
    length: Known = Known(0)
    totals: Mapping[int, Any] = {}  # noqa: RUF012  (nobody writes to it)
    places: frozenset[str] = frozenset()  # the author's names for it in loops
    more: bool = False  # whether there are items beside those that rounds add
    locals: list[Local]  # the names of its sizes in a round
    around: Gathered | None = None  # of an empty list: what it is in the loop around, which gathers it, too
    known: dict[Any, Any]  # what was found of its items

    def like(self, items: Iterable[Any], **changes: Any) -> Gathered:
        """Other items, or another part or value, and else the same."""
        made = Gathered(items)
        made.__dict__ |= {**self.__dict__, "known": {}, **changes}
        return made


@dataclass(frozen=True)
class Listed:
    """A step on a gathered list: the first of the operands. `operator` is one of an Operate: list, append,
    precede, sum, item or view. Where the list is written out, `plain` is done instead, or the target is that `item`."""

    target: Value
    operator: str
    operands: tuple[Any, ...]
    plain: tuple[Any, ...] = ()
    item: Value | None = None
    span: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Take:
    """The item of a list that a round goes through: what stands for it in there, and which one it is."""

    target: Value
    source: Any  # a Gathered; in a layout the Value that it is
    item: Value
    view: str = ""


@dataclass(frozen=True)
class Round:
    """One round of a loop. `sizes` are those of the flow before it, `after` (spelled over its names) those after it."""

    names: tuple[Local, ...]
    sizes: tuple[Local, ...]
    body: tuple[Any, ...]
    after: tuple[Known, ...]
    values: tuple[Value, ...] = ()  # in forward(): what it takes from the round before
    ends: tuple[Value, ...] = ()  # and what it hands on
    owners: tuple[frozenset[str | None], ...] = ()  # of which places each of `sizes` is one
    heirs: tuple[frozenset[str | None], ...] = ()  # and each of those after it
    takes: tuple[Take, ...] = ()  # the items of gathered lists


@dataclass(frozen=True)
class Loop:
    """A `for` or a repetition: its rounds as they ran, which may be one and the same several times.

    `leaves` are the sizes of the flow behind it, by the symbols that they have from there on.
    """

    site: int  # the same in all instances of the definition
    count: Known
    rounds: tuple[Round, ...]
    leaves: tuple[Local, ...]
    starts: tuple[Value, ...] = ()  # in forward(): what the first round takes
    exits: tuple[Value, ...] = ()  # and what there is behind the last
    behind: frozenset[str] = frozenset()  # the names that decide how often it turns, and over what
    steady: bool = True  # whether the same sizes flow into each round and out of it: else none is handed on
    places: tuple[str | None, ...] = ()  # the author's names for what starts and exits; None is what flows
    owners: tuple[frozenset[str | None], ...] = ()  # of which places each of `leaves` is one
    brackets: bool = False  # whether it fills a list: its modules are made in a loop where it is written out, too
    turns: str = ""  # the name that says how often it turns, or that of the list of which an item does
    builds: bool = False  # whether it only makes modules: what they are applied to stands written out, for so many
    asked: tuple[Choice, ...] = ()  # of the count of a repetition, which may not come to less than 0


@dataclass(frozen=True)
class Layout:
    """The body of an instance as it is written: its steps, Loops among them, and its result."""

    body: tuple[Any, ...]
    result: Any
    otherwise: Any = None  # where loops gather lists: the Otherwise without
    picked: frozenset[str] = frozenset()  # the names that say which items are picked of these


@dataclass(frozen=True)
class Otherwise:
    """A body in which loops that gather lists are written out; which names that settles, and what sizes came to."""

    layout: Layout | None
    settled: frozenset[str]
    came_to: Mapping[str, Any]


@dataclass(frozen=True)
class Came:
    """What a size behind a loop is over the names of its class, as long as those that say how often it turns stay."""

    size: Any
    turns: frozenset[str]


@dataclass(frozen=True)
class Called:
    """A use of `block X(…) = { … }` as the call of a function. `uses` are all of its uses, by place, arguments
    and inputs; elaboration adds to them."""

    block: BlockModule
    uses: set[Any]
    leaves: Mapping[str, Came] = field(default_factory=dict)  # sizes behind the loops in it, by their symbols


def called(module: Any) -> BlockModule | None:
    """The call that stands for a group, where it is not the only one: then the group is a function."""
    call = getattr(module, "call", None)
    return call.block if call is not None and len(call.uses) > 1 else None


BODIES: dict[type, Callable[[Any], Iterable[Any]]] = {
    Choice: lambda step: (step.body,),
    Branch: lambda step: (step.then, step.otherwise),
    Loop: lambda step: [made.body for made in step.rounds],
}
"""The bodies of the steps that hold others; of those that emit/ makes of these, plans.py says them."""
HOLDING = BODIES.keys()


def bodies(step: Any) -> Iterable[Any]:
    """The bodies that a step holds."""
    found = BODIES.get(step.__class__)
    return found(step) if found else ()


def every(steps: Iterable[Any]) -> list[Any]:
    """All steps of a body, a layout or a merged body, at any depth, as they are written."""
    found: list[Any] = []
    steps = list(steps)
    if HOLDING.isdisjoint(map(type, steps)):
        return steps
    for step in steps:
        found.append(step)
        if step.__class__ is Choice:
            found += every(step.body)
        elif step.__class__ in BODIES:
            for body in BODIES[step.__class__](step):
                found += every(body)
    return found


def operands_of(step: Any) -> Iterator[Any]:
    """All that a step takes, lists taken apart."""
    left: list[Any] = [getattr(step, name, ()) for name in ("inputs", "arguments", "keywords", "operands", "items")]
    while left:
        thing = left.pop()
        if isinstance(thing, (list, tuple)):
            left += thing
        else:
            yield thing


def values_in(thing: Any) -> Iterator[Value]:
    if isinstance(thing, Value):
        yield thing
    for part in thing if isinstance(thing, (list, tuple)) else ():
        yield from values_in(part)


def numbered(step: Any) -> list[tuple[int, Any]]:
    """What a step makes, by number."""
    target = getattr(step, "target", None)
    if target.__class__ is Value:
        return [(target.number, step)]
    return [(value.number, step) for value in values_in(target)] if target is not None else []
