"""The values of forward() in instances that are merged: which of them are one, and what an `if` joins."""

from __future__ import annotations

from ..decided import Behind
from ..graph import Instance, Join, Known, Operate, Value
from ..lean import contextmanager
from ..loops import Kinds, Loop, Round
from ..records import dataclass, field
from ..typed import Any, Iterator, Mapping, Sequence
from .columns import Columns
from .forming import Unmergeable
from .plans import Take
from .varying import Names

Scope = tuple[tuple[int, bool], ...]


@dataclass
class Fork:
    """A Decision under way: who went its way, and where it stands."""

    taken: frozenset[int]
    others: frozenset[int]
    scope: Scope
    joins: list[Join]
    index: int
    site: int = -1
    ways: Scope = ()  # the ways of forward()'s own conditions in which it stands
    gives: Mapping[int, Mapping[Behind, Value]] = field(default_factory=dict)  # what things are behind it, by threads
    asks: tuple[str, bool] = ("", True)  # a test of the arguments, and how that goes where this goes the first way


class Flowing(Columns):
    """Values, by thread."""

    def __init__(self, members: Sequence[Instance], varying: Names, lost: Names, strict: Names) -> None:
        super().__init__(members, varying, lost, strict)
        self.values: dict[int, Value] = {}
        self.scopes: dict[int, Scope] = {}
        self.scope: Scope = ()
        self.forks: list[Fork] = []
        self.ways: Scope = ()
        self.instead: dict[tuple[int, int, int], int] = {}  # of what is used: by thread, number and a fork's site

    @contextmanager
    def way(self, fork: Fork, way: bool) -> Iterator[None]:
        """Inside, only those that went this way are walked."""
        kept, self.scope = self.scope, (*fork.scope, (fork.index, way))
        try:
            with self.among(sorted(fork.taken if way else fork.others)):
                yield
        finally:
            self.scope = kept

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Inside, values are those of one round."""
        kept = self.scope
        self.scope = (*self.scope, (-1 - len(self.values), True))
        try:
            yield
        finally:
            self.scope = kept

    @contextmanager
    def along(self, way: tuple[int, bool]) -> Iterator[None]:
        """Inside, decisions are those of one way of an `if` of forward(): nothing outside of it is joined by them."""
        kept, self.ways = self.ways, (*self.ways, way)
        try:
            yield
        finally:
            self.ways = kept

    def define(self, targets: Sequence[Any]) -> Any:
        """A new value for all of them (or none, or a tuple)."""
        if any(type(item) is not type(targets[0]) for item in targets):
            if {type(item) for item in targets} <= {Value, type(None)}:
                return self.define([item if item is not None else Value(-1, None) for item in targets])
            raise Unmergeable("results are taken apart in several ways")
        if isinstance(targets[0], tuple):
            if len({len(item) for item in targets}) > 1:
                raise Unmergeable("results of several lengths")
            return tuple(self.define(column) for column in zip(*targets, strict=True))
        return targets[0] if targets[0] is None else self.new_value(dict(zip(self.who, targets, strict=True)))

    def new_value(self, of: Mapping[int, Value], like: Sequence[Value] = ()) -> Value:
        """A value of the merged class that stands for these, or is like those."""
        like = like or list(of.values())
        named = {value.name for value in like}
        number = len(self.values)
        made = Value(number, like[0].type, named.pop() if len(named) == 1 else None)
        self.values[number], self.scopes[number] = made, self.scope
        for i, value in of.items():
            self.note_number(i, value.number, number)
        return made

    def number(self, row: Sequence[Loop], place: int, firsts: Sequence[Round]) -> Operate:
        """What sets the number that the first round takes: `s = 0`."""
        starts = [start for loop in row if isinstance(start := loop.starts[place], Known)]
        if len(starts) < len(row):
            raise Unmergeable("a number in some uses, a tensor in others")
        value = self.new_value({}, [made.values[place] for made in firsts])
        return Operate(value, "=", (self.known(starts, row[0].places[place] or "start"),))

    def beginning(self, row: Sequence[Loop], place: int, firsts: Sequence[Round]) -> Operate:
        """What sets the number or the list that the first round takes."""
        starts = [start for loop in row if isinstance(start := loop.starts[place], list)]
        if not starts:
            return self.number(row, place, firsts)
        if len(starts) < len(row) or len(set(map(len, starts))) > 1:
            raise Unmergeable("a list that begins in several ways")
        items = tuple(self.use(column) for column in zip(*starts, strict=True))
        return Operate(self.new_value({}, [made.values[place] for made in firsts]), "list", items)

    def items_taken(self, turning: Any) -> tuple[Take, ...]:
        """The items of lists that a loop goes through, as values of its rounds."""
        rounds = turning.rounds
        counts = {len(made.takes) for made in rounds.values()}
        if len(counts) > 1 or (any(counts) and not all(loop.rounds for loop in turning.row)):
            raise Unmergeable("a list that some rounds go through")
        found = []
        for place in range(counts.pop()):
            column = {thread: made.takes[place] for thread, made in rounds.items()}
            views = {take.view for take in column.values()}
            if len(views) > 1:
                raise Unmergeable("several parts of a list")
            source = self.use([take.source for take in column.values()])
            target = self.new_value({thread: take.target for thread, take in column.items()})
            found.append(Take(target, source, views.pop()))
        return tuple(found)

    def numbers_before(self, row: Sequence[Loop]) -> list[Any]:
        """The numbers that the first of some rounds takes which are written out."""
        places = [n for n, start in enumerate(row[0].starts) if isinstance(start, Known)]
        if places and not all(loop.rounds for loop in row):
            raise Unmergeable("a number goes on as a tensor")
        firsts = [loop.rounds[0] for loop in row if places]
        found = [self.number(row, place, firsts) for place in places]
        for place, step in zip(places, found, strict=True):
            for thread, made in zip(self.who, firsts, strict=True):
                self.note_number(thread, made.values[place].number, step.target.number)
        return list(found)

    def use(self, items: Sequence[Value], _: str = "") -> Value:
        if self.forks and (found := self.behind_fork(items)) is not None:
            return self.values[found]
        numbers = {thread: self.own_number(thread, item.number) for thread, item in zip(self.who, items, strict=True)}
        self.instead = {}
        for thread, item in zip(self.who, items, strict=True):
            if item.instead:
                self.note_instead(thread, item)
        return self.values[self.unify(numbers, self.scope, [f for f in self.forks if begins(self.ways, f.ways)])]

    def behind_fork(self, items: Sequence[Value]) -> int | None:
        """What is read behind an earlier decision: what all of its uses have there, be they here or not, for to the
        author it is one thing, whichever ways a caller chooses.
        """
        for mark in items[0].behind:
            for fork in self.forks:
                if mark not in self.given_to(fork, self.who[0]) or not self.is_past(fork):
                    continue
                name = mark.name
                if all(self.is_behind(item, fork, thread, name) for thread, item in zip(self.who, items, strict=True)):
                    return self.flowing(fork, name)
        return None

    def given_to(self, fork: Fork, thread: int) -> Mapping[Behind, Value]:
        return fork.gives.get(self.thread_at(fork, thread), {})

    def is_behind(self, item: Value, fork: Fork, thread: int, name: str) -> bool:
        given = self.given_to(fork, thread)
        return any(mark.name == name and mark in given for mark in item.behind)

    def is_past(self, fork: Fork) -> bool:
        """Whether a fork is behind those who are walked: who comes here may have gone either way."""
        return begins(self.scope, fork.scope) and all(index != fork.index for index, _ in self.scope)

    def thread_at(self, fork: Fork, thread: int) -> int:
        """The thread that came by a fork: this one, or the one that it is a round of."""
        while thread not in fork.gives and self.around_of[thread] != thread:
            thread = self.around_of[thread]
        return thread

    def flowing(self, fork: Fork, name: str) -> int | None:
        """A name behind a fork, whichever way it goes; None if it is something on one way alone."""
        given = {t: [v for mark, v in some.items() if mark.name == name] for t, some in fork.gives.items()}
        if not all(given.values()):
            return None
        found, kept = list[Value](), self.ways
        self.ways = fork.ways
        try:
            for way in (True, False):
                with self.way(fork, way):
                    found.append(self.use([given[thread][0] for thread in self.who]))
        finally:
            self.ways = kept
        return self.joined(fork, found)

    def note_instead(self, thread: int, item: Value) -> int:
        """Notes what stands in the place of a value where conditions go the other way; gives its number."""
        number = self.own_number(thread, item.number)
        for site, other in item.instead:
            if self.number_in(thread, other.number) is not None and (thread, number, site) not in self.instead:
                self.instead[thread, number, site] = self.note_instead(thread, other)
        return number

    def note_number(self, thread: int, number: int, own: int) -> None:
        self.numbers[self.member[thread]][number] = own
        self.homes[self.member[thread]][number] = thread

    def forget_values(self, count: int) -> None:
        """Forgets all values that there are beside the first ones."""
        for numbers, homes in zip(self.numbers, self.homes, strict=True):
            for number in [number for number, own in numbers.items() if own >= count]:
                del numbers[number], homes[number]

    def own_number(self, thread: int, number: int) -> int:
        if (own := self.number_in(thread, number)) is None:
            raise Unmergeable("a value of another round")
        return own

    def unify(self, numbers: Mapping[int, int], scope: Scope, forks: Sequence[Fork]) -> int:
        """The value that is each instance's own, seen from `scope`: one they share, or a join after a fork."""
        first = next(iter(numbers.values()))
        if all(number == first for number in numbers.values()):
            if begins(scope, self.scopes[first]) or self.is_seen(self.scopes[first], scope):
                return first
            raise Unmergeable("a value from inside an `if`")
        parted = [found for fork in reversed(forks) if begins(scope, fork.scope) and (found := parts(fork, numbers))]
        if not parted:
            raise Unmergeable("values that no `if` explains")
        homes = [self.scopes[number] for number in numbers.values()]
        made = (found for found in parted if any(is_inside(home, found[0]) for home in homes))
        return self.join(*next(made, parted[0]))  # rather an `if` that makes one of them than a later one

    def is_seen(self, home: Scope, scope: Scope) -> bool:
        """Whether what is made in one scope is there in another: where all that was decided there is decided alike."""
        return {self.said(*way) for way in home} <= {self.said(*way) for way in scope}

    def said(self, index: int, way: bool) -> tuple[Any, bool]:
        """What a way says of the arguments, or which one it is."""
        text, goes = self.forks[index].asks if index >= 0 else ("", True)
        return (text or index, way is goes)

    def join(self, fork: Fork, taken: Mapping[int, int], others: Mapping[int, int]) -> int:
        ways = []
        for way, here, there in ((True, taken, others), (False, others, taken)):
            instead = {thread: self.instead.get((thread, number, fork.site)) for thread, number in there.items()}
            numbers = {**here, **{thread: number for thread, number in instead.items() if number is not None}}
            inside: Scope = (*fork.scope, (fork.index, way))
            known = [f for f in self.forks if f.index < fork.index or begins(f.scope, inside)]
            known = [f for f in known if begins(self.ways, f.ways)]
            ways.append(self.values[self.unify(numbers, inside, known)])
        return self.joined(fork, ways)

    def joined(self, fork: Fork, ways: Sequence[Value]) -> int:
        """What is one value if a decision goes one way, and another one if it does not."""
        if ways[0] == ways[1]:
            return ways[0].number
        for join in fork.joins:
            if (join.then, join.otherwise) == tuple(ways):
                return join.target.number
        number = len(self.values)
        named = {way.name for way in ways}
        target = Value(number, ways[0].type, named.pop() if len(named) == 1 else None)
        self.values[number], self.scopes[number] = target, fork.scope
        fork.joins.append(Join(target, *ways))
        return number


def has_lists(loop: Loop) -> bool:
    """Whether a loop gathers a list, or goes through one."""
    gathered = any(not isinstance(start, Known) and is_list(start) for start in loop.starts)
    return gathered or any(made.takes for made in loop.rounds)


def needs_items(loop: Loop) -> bool:
    """Whether a loop cannot be written out round for round as long as lists are values: it begins one, or takes its
    items."""
    return any(isinstance(start, list) for start in loop.starts) or any(made.takes for made in loop.rounds)


def is_list(thing: Any) -> bool:
    """Whether what goes round is a list of tensors."""
    return isinstance(thing, list) or isinstance(getattr(thing, "type", None), Kinds)


def parts(fork: Fork, numbers: Mapping[int, int]) -> tuple[Fork, dict[int, int], dict[int, int]] | None:
    """The values of those who went either way, if there are some of both and no others."""
    taken = {i: n for i, n in numbers.items() if i in fork.taken}
    others = {i: n for i, n in numbers.items() if i in fork.others}
    return (fork, taken, others) if taken and others and len(taken) + len(others) == len(numbers) else None


def is_inside(scope: Scope, fork: Fork) -> bool:
    return begins(scope, fork.scope) and any(index == fork.index for index, _ in scope[len(fork.scope) :][:1])


def begins(scope: Scope, start: Scope) -> bool:
    return scope[: len(start)] == start
