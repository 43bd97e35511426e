"""What all visits of one elaboration share: limits, the collected requirements, what was elaborated before."""

from __future__ import annotations

from itertools import count
from math import prod

from ..dims import Condition, Dim, effort
from ..graph import Instance, Known
from ..lean import contextmanager
from ..limits import FILE, Limits, Taken
from ..loops import MARK, of_rounds
from ..problems import CnnError, Fix, Problem, Related, fail
from ..records import dataclass, field
from ..shapes import Message, Need, TensorType
from ..source import Span
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .lint import Collector, is_allowed
from .things import lists_measured, symbols_in, weight

ASKED = 3  # steps that a requirement takes, which is simplified, decided, and held against the others
LOOP = 16  # that a loop takes beside its rounds: what they hand on, and what of that is read
ROUND = 8  # that a round takes beside what it does: names of its own, and what its sizes are spelled by
LOOKED = 64  # entries of a list that are looked through in a step
COMPARED = 16  # entries that are compared in a step: each is asked what it is and what its names are


@dataclass(eq=False)
class Use:
    """A visit to a definition: of a block with what flows in, and with what is free of that. See combining.py."""

    origin: Any
    given: Mapping[str, Any]
    row: tuple[Any, ...]  # the same, made plain
    types: Any  # None of a model, which declares them
    free: Any
    span: Span
    instance: Any


@dataclass
class Session:
    """The state of one elaboration. `need` collects the requirements of the model at hand."""

    limits: Limits = field(default_factory=Limits)
    need: Need = field(default_factory=Need)
    instances: dict[Any, Any] = field(default_factory=dict)
    calls: dict[Any, Any] = field(default_factory=dict)  # instances of groups that are functions
    uses: dict[int, set[Any]] = field(default_factory=dict)  # of each `block X(…) = { … }`
    rated: dict[Any, Any] = field(default_factory=dict)  # instances by all but fractions, with what they were given
    ratios: dict[int, frozenset[str]] = field(default_factory=dict)  # by definition, the parameters that are ratios
    rates: dict[Any, Any] = field(default_factory=dict)  # where a definition gives such numbers to layers
    unread: dict[Any, Any] = field(default_factory=dict)  # instances by all but the fixed sizes of their inputs
    reads_none: dict[int, bool] = field(default_factory=dict)  # whether a definition reads no such size
    makers: dict[Any, Any] = field(default_factory=dict)  # the templates of one that does not, by where they stand
    failures: dict[Any, CnnError] = field(default_factory=dict)  # of instances: met once, they are told once
    looked: set[Any] = field(default_factory=set)  # definitions visited; and, with what is given, without inputs
    constants: dict[int, Any] = field(default_factory=dict)
    evaluating: set[int] = field(default_factory=set)
    modules: int = 0
    steps: int = 0
    here: Any = None  # where the last of them was taken
    lately: dict[int, Any] = field(default_factory=dict)  # the list made last, by its identity: itself, and its weight
    wide: bool = False  # whether there is a tensor of many axes
    together: Taken = field(default_factory=Taken)
    depth: int = 0
    written: dict[int, Any] = field(default_factory=dict)  # by definition: its labels, names for what has none
    loops: dict[int, Any] = field(default_factory=dict)  # by body: itself, and its loops
    own_names: dict[int, Any] = field(default_factory=dict)  # by loop: itself, and the names that are each round's own
    collector: Collector = field(default_factory=Collector)
    definitions: dict[tuple[str, int, int], Span] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    warned: dict[Any, list[int]] = field(default_factory=dict)  # where among them those of a place may be
    numbers: Any = field(default_factory=count)
    came_to: dict[str, Any] = field(default_factory=dict)  # a name of one round over the names of its class
    counted: set[str] = field(default_factory=set)  # those behind which is nothing but how often loops turn
    places: set[str] = field(default_factory=set)  # those that count the rounds of a loop from 0 on
    turned: dict[str, frozenset[str]] = field(default_factory=dict)  # what decides how often a loop behind it turned
    once: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the same, where each round makes the same of them
    at_last: dict[str, Any] = field(default_factory=dict)  # sizes behind loops, by what their last rounds make
    sources: dict[str, frozenset[str]] = field(default_factory=dict)  # the names of the class behind one of a round
    rounds: dict[str, frozenset[str]] = field(default_factory=dict)  # those that decide which rounds there are
    stands_for: dict[str, Any] = field(default_factory=dict)  # the names of the class at hand, and their values
    asked_at: dict[tuple[Condition, Message], Span] = field(default_factory=dict)
    helpers: dict[str, Any] = field(default_factory=dict)  # of the functions that classes call: item, kinds, Helper
    translated: list[Any] = field(default_factory=list)  # the functions that are being made of a `def`
    running: list[Any] = field(default_factory=list)  # the `def`s that are being run
    beside: int = 0  # how many ways that are not gone are being worked out, for what they say
    factories: frozenset[str] = frozenset()  # names of the generated file that no such function takes: models have them
    alike: dict[Any, frozenset[str]] = field(default_factory=dict)  # what layers shape free sizes by that pin nothing
    bound: dict[int, frozenset[str]] = field(default_factory=dict)  # the names that statements give something, by `if`s
    visited: dict[Any, Any] = field(default_factory=dict)  # visits to functions of numbers, and the steps of each
    reruns: dict[Any, Any] = field(default_factory=dict)  # what functions gave for other numbers
    at: Mapping[str, int] = field(default_factory=dict)  # sizes of the inputs that are numbers this time
    reads: bool = False  # whether something computes with free sizes: what they hang on is then no argument
    spent: int = 0  # steps on the side
    aside: tuple[Any, ...] = ()  # the decisions on whose side this is
    gathers: bool = False  # whether there are loops that may gather lists
    blocks: Any = None  # a reuse_blocks.Blocks: what the blocks of this file came to when it was last checked
    torch_order: bool = False  # the author wrote arguments in that order: each call that it fits is told
    combined: Any = None  # the uses of definitions (combining.py), where code is made of all of them
    told: dict[str, frozenset[str]] = field(default_factory=dict)  # what variants give, by models
    for_code: bool = True  # code will be made of the graph: what a number is called, and how loops go, is kept

    @property
    def terms(self) -> tuple[bool, int]:
        """What a layer hangs on beside what is written: what is kept of it, and how large it may be."""
        return self.for_code, self.limits.weights

    def as_taken(self, item: Any, scope: Any, given: dict[str, Any]) -> dict[str, Any]:
        """What a definition is given, as its class takes it: what can only be ratios as fractions."""
        text = item.span.source.text if self.for_code else ""
        if "int(" not in text and "round(" not in text and "floor(" not in text and "ceil(" not in text:
            return given
        from .ratios import as_fractions

        return as_fractions(self, item, scope, given)

    def tick(self, span: Span, steps: int = 1) -> None:
        """One step of elaboration, or several; raises CnnError past the limit."""
        self.here = span
        self.steps += steps
        self.together.steps += steps
        if self.steps > self.limits.steps or self.is_spent:
            raise fail("too-many-steps", span, limit=self.limits.steps, doing="elaborating the file")

    def weigh(self, span: Span, *things: Any, many: int = LOOKED) -> None:
        """What looks through lists takes steps by their lengths."""
        for thing in things:
            if isinstance(thing, (list, tuple)) and len(thing) >= many:
                self.tick(span, len(thing) // many)

    def held(self, made: Any) -> int:
        """How many things a list just made holds; the one made before it may be among them."""
        self.lately = {id(made): (made, weight(made, {one: known for one, (_, known) in self.lately.items()}))}
        held, _ = self.lately[id(made)][1]
        return int(held) - 1

    def copied(self, span: Span, names: Mapping[str, Any]) -> None:
        """Loops and ways of an `if` have names of their own: they take steps by how many there are before."""
        self.tick(span, len(names) // LOOKED)

    def hold(self, kind: Any, times: int = 1) -> None:
        """A tensor of many axes takes as many steps as its axes are worth, where the last step was taken."""
        if kind.__class__ is TensorType and len(kind.shape) > LOOKED:
            self.wide = True
            self.tick(self.here, times * len(kind.shape) // 16)

    def hand_on(self, kinds: Iterable[Any]) -> None:
        """What rounds hand on is worth as many steps again for each axis: what each size hangs on is asked."""
        for kind in kinds:
            self.hold(kind, len(getattr(kind, "shape", ())) // 8)

    @property
    def is_spent(self) -> bool:
        """Whether the networks of the file take more together than it may ask for."""
        return self.together.steps > FILE * self.limits.steps

    def mark(self, span: Span) -> bool:
        """What was asked since the last mark was asked here; gives whether anything was."""
        fresh, self.need.fresh = self.need.fresh, []
        for asked in fresh:
            if asked not in self.asked_at:
                self.asked_at[asked] = span
                others = len(self.asked_at) if asked[0].kind == "zero" and len(asked[0].symbols) > 1 else 0
                self.tick(span, ASKED + others // 16)  # a symbol that is put away is looked for in the others
            self.tick(span, effort(asked[0]) // LOOKED)
        return bool(fresh)

    def look(self, item: Any) -> None:
        """Notes that an item is looked at: what is wrong with it is told."""
        self.looked.add(id(item))
        if self.blocks is not None:
            self.blocks.trail.append(item.name.id)

    def count_module(self, span: Span, copies: int = 1) -> None:
        """`copies` more modules; raises CnnError past the limit, before any of them is made."""
        self.modules += copies
        if self.modules > self.limits.modules:
            raise fail("too-many-modules", span, limit=self.limits.modules)

    def limit_weight(self, shape: Iterable[Any], what: str, span: Span) -> None:
        """Refuses a parameter or buffer that no machine holds; raises CnnError."""
        sizes = [int(size) for size in shape]
        if prod(sizes) > self.limits.weights:
            raise fail("weight-too-large", span, what=what, shape=sizes, limit=f"{self.limits.weights:,}")

    def note(self, key: str, known: Known, turns: Iterable[str] = (), also: Iterable[str] = ()) -> None:
        """A name of one round of a loop: what it comes from, and what it comes to over the names of its class.

        `also` are names that decide which other rounds there may be.
        """
        names, lists = frozenset(symbols_in(known)), lists_measured(turns)
        self.sources[key] = frozenset().union(*(self.sources.get(name, (name,)) for name in names | lists))
        if not any(self.sources.get(name, (name,)) for name in names):
            self.counted.add(key)
        self.rounds[key] = frozenset(also).union(*(self.rounds.get(name, ()) for name in names))
        sizes = [s for s in known.spellings if isinstance(s, Dim)]
        sizes.sort(key=lambda size: any(MARK in name for name in size.symbols))
        inside = {name for size in sizes[:1] for name in size.symbols if MARK in name} if sizes else names
        self.turned[key] = frozenset(turns).union(*(self.turned[name] for name in inside if name in self.turned))
        if isinstance(known.value, int):
            self.stands_for[key] = int(known.value)
            spelling = sizes[0] if sizes else int(known.value)
            if isinstance(spelling, Dim):
                inner: dict[str, Any] = {n: self.came_to.get(n) for n in spelling.symbols if MARK in n}
                whole = None not in inner.values()
                spelling = spelling.subs(inner) if whole and inner else spelling if whole else int(known.value)
            self.came_to[key] = spelling

    def ended(self, kind: Any) -> frozenset[str]:
        """What decides how often loops turn that fixed sizes of a result come from; `all(n)` if all is whether."""
        sizes = [size for each in types_in(kind) for size in each.shape]
        spelled = [[s for s in getattr(size, "spellings", ()) if isinstance(s, Dim)] for size in sizes]
        inside = (ways for ways in spelled if ways and all(map(of_rounds, ways)))
        keys = {name for ways in inside for way in self.told_at_last(ways) or ways for name in way.symbols}
        return lists_measured(name for key in keys for name in self.once.get(key, self.turned.get(key, ())))

    def told_at_last(self, ways: Iterable[Dim]) -> list[Dim]:
        """The way to write a size over no names of rounds but those that last rounds make."""
        inside = ((way, {name for name in way.symbols if MARK in name}) for way in ways)
        return [way for way, names in inside if names <= self.at_last.keys()][:1]

    def turns(self, keys: Iterable[str]) -> set[str]:
        """The names that decide how often the loops turn that these names come from."""
        return self.behind(name for key in keys for name in self.turned.get(key, ()))

    def behind(self, names: Iterable[str], rounds: bool = True) -> set[str]:
        """The names, and those of the class that they come from where they hold in one round of a loop only.

        With `rounds`, those that decide which other rounds there may be.
        """
        found: set[str] = set()
        for name in names:
            found.add(name)
            found.update(self.sources.get(name, ()))
            found.update(self.rounds.get(name, ()) if rounds else ())
        return found

    def stand(self, things: Any) -> None:
        """Notes what the names stand for that these are spelled by; items of lists are `name[0]`, …"""
        for thing in things:
            if isinstance(thing, (list, tuple)):
                self.stand(thing)
                if name := str(getattr(thing, "name", "")):
                    if all(is_number(item) for item in thing):
                        self.stands_for[name] = [item.value for item in thing]
                    elif thing and all(map(is_row, thing)):
                        self.stands_for[name] = [[item.value for item in row] for row in thing]
            elif isinstance(thing, Known) and (is_number(thing) or thing.value is None or isinstance(thing.value, str)):
                for spelling in thing.spellings[:1]:
                    self.stands_for[str(spelling)] = thing.value

    def enter(self, span: Span, name: str) -> None:
        """One block or function deeper; raises CnnError past the limit."""
        self.depth += 1
        if self.depth > self.limits.depth:
            raise fail("too-deep", span, name=name, limit=self.limits.depth)

    def leave(self) -> None:
        self.depth -= 1

    @contextmanager
    def runs(self, item: Any) -> Iterator[None]:
        """Around the run of a `def`."""
        self.running.append(item)
        try:
            yield
        finally:
            self.running.pop()

    def collected(self) -> Iterator[Problem]:
        """The warnings that hold in every visit, less those that the author allows."""
        for code, span, told in self.collector.found():
            around = (s for s in self.definitions.values() if s.source == span.source and s.start <= span.start < s.end)
            if not is_allowed(code, span, next(around, None)):
                facts: dict[str, object] = {"name": told} if isinstance(told, str) else dict(told)
                yield Problem(code, span, facts, severity="warning")

    def warn(self, code: str, span: Span, fix: Fix | None = None, *related: Related, **facts: object) -> None:
        problem = Problem(code, span, facts, related, "warning", fix)
        places = self.warned.setdefault((code, span), [])
        if not any(problem == told for place in places for told in self.warnings[place : place + 1]):
            places.append(len(self.warnings))
            self.warnings.append(problem)


def is_row(thing: Any) -> bool:
    """Whether a thing is a row of a table: a list of numbers, flags and texts."""
    return isinstance(thing, (list, tuple)) and all(
        is_number(item) or (isinstance(item, Known) and isinstance(item.value, (bool, str))) for item in thing
    )


def is_number(thing: Any) -> bool:
    return isinstance(thing, Known) and isinstance(thing.value, (int, float))


def types_in(kind: Any) -> Iterator[Any]:
    """The types of tensors in what may be a tuple."""
    if isinstance(kind, tuple):
        for item in kind:
            yield from types_in(item)
    elif isinstance(kind, TensorType):
        yield kind


def told_apart(uses: Sequence[Use]) -> dict[str, tuple[Any, ...]]:
    """The parameters that are of several values, not all of them numbers: these are spelled, or refused."""
    found = {}
    for name, column in zip(uses[0].given, zip(*[use.row for use in uses], strict=True), strict=True):
        if len(values := set(column)) > 1 and not all(map(is_of_numbers, values)):
            found[name] = column
    return found


def is_of_numbers(value: Any) -> bool:
    """Whether an argument, made plain, is a number, a flag or a list of these."""
    kind = value[0] if isinstance(value, tuple) else ""
    return kind in ("int", "float", "bool") or (kind in ("list", "tuple") and all(map(is_of_numbers, value[1:])))


def are_apart(uses: Iterable[Use]) -> bool:
    """Whether some definition has a parameter like that."""
    groups: dict[int, list[Use]] = {}
    for use in uses:
        groups.setdefault(id(use.origin.item), []).append(use)
    return any([told_apart(some) for some in groups.values() if len(some) > 1])


def needs(model: Any) -> Any:
    """What a model requires of its inputs."""
    return model.requirements.marked, model.training_requirements and model.training_requirements.marked


def common(first: Session, is_wrong: bool, models: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
    """The models, with what they have in common: the functions that classes call, what all models took, and uses that
    none has, but classes may be asked for: of definitions, and whole models."""
    more: tuple[Instance, ...] = ()
    beside: tuple[Any, ...] = ()
    is_apart = bool(first.combined) and not is_wrong and are_apart(first.combined)
    if is_apart:
        from .combining import combined

        more = tuple(combined(first))
    if is_apart or (first.combined and not is_wrong and len({*map(needs, models)}) > 1):
        from .asked import asked

        beside = tuple(asked(first, models))
    if first.combined and not is_wrong and any(map(turning, models)):
        from .turnless import with_always

        models, beside = tuple(with_always(first, models)), tuple(with_always(first, beside))
    helpers = tuple(helper for _, _, helper in first.helpers.values() if helper)
    return tuple(models), (helpers, first.together, more, beside)


def turning(model: Any) -> list[str]:
    """The parameters on which something that is required hangs only by whether a loop turns."""
    shaped = model.instance.decided.shaped
    return [name[4:-1] for name in shaped if name[:4] == "all(" and name[4:-1] not in shaped]
