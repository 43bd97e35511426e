"""What of a loop's rounds is read behind them: which of its loops a body can keep, and what these hand on.

Goes through steps from the end. Writes nothing out.
"""

from __future__ import annotations

from ..graph import Apply, Branch, Call, Choice, Known, Make, Operate, Own, Pick, Unpack, Value
from ..lean import NoneType
from ..loops import Gathered, Home, Listed, Loop, Round, every
from ..records import fields, is_dataclass, replace
from ..typed import Any, Iterable, Iterator
from .things import is_same
from .turning import alike

FLAT = frozenset({Apply, Call, Operate, Own, Pick, Unpack})  # steps in which there are no others
PLAIN = frozenset({bool, int, float, str, NoneType})  # in which there are no values
ADDING = frozenset({"append", "precede"})  # what makes a longer list of one


class Lasting:
    """Goes through a body from its end. `sites` are the loops whose last round made something that is used later."""

    def __init__(self, demanded: Iterable[Any], sites: Iterable[int], would_read: Iterable[int]) -> None:
        self.would_read = frozenset(would_read)  # by ways that are not gone here, and are in other uses
        self.demanded = frozenset(demanded)  # the sizes of lists that something is spelled by
        self.sites = set(sites)
        self.read: dict[int, set[int]] = {}  # by the identity of a round, or of a step in which there are no others
        self.kept: dict[int, set[str | None]] = {}  # what the loops of a site hand on

    def known(self) -> int:
        return sum(map(len, self.kept.values())) + len(self.sites)

    def pruned(self, steps: Iterable[Any], needed: set[int]) -> tuple[Any, ...]:
        """The steps, their loops without what nobody reads; adds to `needed` what they read."""
        found: list[Any] = []
        for step in reversed(list(steps)):
            if isinstance(step, Loop):
                step = self.loop(step, needed)
            elif isinstance(step, Choice):
                step = replace(step, body=self.pruned(step.body, needed))
            elif is_idle(step, needed):
                continue
            else:
                if isinstance(step, Branch):
                    needed |= numbers_in((step.joins, step.then_result, step.otherwise_result))
                    then, otherwise = (self.pruned(way, needed) for way in (step.then, step.otherwise))
                    step = replace(step, then=then, otherwise=otherwise)
                needed |= self.numbers_in(step)
            found.append(step)
        return tuple(reversed(found))

    def loop(self, loop: Loop, needed: set[int]) -> Loop:
        if needed & set(made_in(loop)) or any(not t.source.home.kept for made in loop.rounds for t in made.takes):
            self.sites.add(loop.site)
        for home in homes_of(loop) if loop.site in self.sites else ():
            home.kept = False
        kept = self.places(loop, needed)
        starts, exits = (tuple(column[place] for place in kept) for column in (loop.starts, loop.exits))
        places = tuple(loop.places[place] for place in kept)
        sizes = (*places, *(size for size in self.demanded if size[0] in places))
        rounds = tuple(self.round(made, kept, sizes, needed) for made in loop.rounds)
        leaves = owned(loop.leaves, loop.owners, sizes)
        steady = alike(leaves, rounds) if loop.owners else loop.steady
        loop = replace(loop, leaves=leaves, owners=(), steady=steady)
        needed |= numbers_in(starts).union(*(self.reads(made) for made in loop.rounds))
        return replace(loop, rounds=rounds, starts=starts, exits=exits, places=places)

    def round(self, made: Round, kept: list[int], places: tuple[Any, ...], needed: set[int]) -> Round:
        values, ends = (tuple(column[place] for place in kept) for column in (made.values, made.ends))
        body = self.pruned(made.body, needed | numbers_in(ends))
        sizes, after = owned(made.sizes, made.owners, places), owned(made.after, made.heirs, places)
        return replace(made, body=body, values=values, ends=ends, sizes=sizes, after=after, owners=(), heirs=())

    def places(self, loop: Loop, needed: set[int]) -> list[int]:
        """Where what goes round is read: behind the loop, in a round, or by what goes on as something read."""
        read = needed.union(self.would_read, *(self.reads(made) for made in loop.rounds))
        kept: set[int] = set()
        lost = {n for made in loop.rounds for n, end in enumerate(made.ends) if not goes_on(end)}
        lost |= {n for n, thing in enumerate(loop.exits) if not goes_on(thing)}
        while True:
            columns = [made.values for made in loop.rounds]
            sure = {n for n, name in enumerate(loop.places) if name in self.kept.get(loop.site, ())}
            if loop.behind:  # with other rounds there may be several behind it
                sure |= {n for n, thing in enumerate(loop.exits) if is_in(thing, read)}
            here = taken(sure, [*columns, loop.exits], read) - lost  # what a round leaves undefined no other one reads
            here -= self.twins(loop, here)
            if here == kept:
                self.kept.setdefault(loop.site, set()).update(loop.places[n] for n in kept)
                return sorted(kept)
            kept = here
            read = read.union(*(numbers_in([made.ends[n] for n in kept]) for made in loop.rounds))

    def twins(self, loop: Loop, places: set[int]) -> set[int]:
        """The flow, where it is all along what the author has a name for, too; unless another run hands it on."""
        if None not in loop.places or None in self.kept.get(loop.site, ()):
            return set()
        columns = (loop.starts, loop.exits, *(column for made in loop.rounds for column in (made.values, made.ends)))
        flow = loop.places.index(None)
        others = places - {flow}
        return {flow} if any(all(is_same(column[n], column[flow]) for column in columns) for n in others) else set()

    def reads(self, made: Round) -> set[int]:
        """All that the steps of a round read."""
        if id(made) not in self.read:
            takes = numbers_in([take.source for take in made.takes])
            self.read[id(made)] = self.reads_all(made.body, set()) | takes
        return self.read[id(made)]

    def reads_all(self, steps: Iterable[Any], behind: set[int]) -> set[int]:
        """What steps read, where what follows them reads this."""
        found = set[int]()
        for step in reversed(list(steps)):
            found |= self.reads_of(step, behind | found)
        return found

    def reads_of(self, step: Any, behind: set[int]) -> set[int]:
        if isinstance(step, Loop):
            return self.reads_in(step, behind)
        if isinstance(step, Choice):
            return self.reads_all(step.body, behind)
        if is_idle(step, behind):
            return set()
        inner = (step.then, step.otherwise) if isinstance(step, Branch) else ()
        return self.numbers_in(step).union(*(self.reads_all(way, behind) for way in inner))

    def numbers_in(self, step: Any) -> set[int]:
        if step.__class__ not in FLAT:
            return numbers_in(step)
        if id(step) not in self.read:
            self.read[id(step)] = numbers_in(step)
        return self.read[id(step)]

    def reads_in(self, loop: Loop, behind: set[int]) -> set[int]:
        """What a loop reads: what its rounds do, and what goes round, unless it only passes through."""
        passing = {n for n in range(len(loop.starts)) if all(made.ends[n] is made.values[n] for made in loop.rounds)}
        ends = ([end for n, end in enumerate(made.ends) if n not in passing] for made in loop.rounds)
        found = set[int]().union(*(self.reads(m) | numbers_in(e) for m, e in zip(loop.rounds, ends, strict=True)))
        read = behind | found
        columns = (loop.exits, *(made.values for made in loop.rounds))
        passing = {n for n in passing if not any(is_in(column[n], read) for column in columns)}
        return found | numbers_in([start for n, start in enumerate(loop.starts) if n not in passing])


def is_idle(step: Any, needed: set[int]) -> bool:
    """Whether a step adds to a list that nothing reads."""
    return isinstance(step, Listed) and step.operator in ADDING and step.target.number not in needed


def owned(sizes: tuple[Any, ...], owners: tuple[frozenset[Any], ...], places: tuple[Any, ...]) -> tuple[Any, ...]:
    """The sizes of what is handed on at some places."""
    if len(sizes) != len(owners):
        return sizes
    return tuple(size for size, some in zip(sizes, owners, strict=True) if not some.isdisjoint(places))


def taken(sure: set[int], columns: list[tuple[Any, ...]], read: set[int]) -> set[int]:
    """The places whose values are read. What stands in several at once is that of one which is read elsewhere."""
    found, shared = set(sure), []
    for column in columns:
        places: dict[int, list[int]] = {}
        for n, thing in enumerate(column):
            if is_in(thing, read):
                places.setdefault(value_of(thing).number, []).append(n)
        found.update(some[0] for some in places.values() if len(some) == 1)
        shared += [some for some in places.values() if len(some) > 1]
    for some in shared:
        found.update(some if found.isdisjoint(some) else ())
    return found


def is_in(thing: Any, numbers: set[int]) -> bool:
    value = value_of(thing)
    return isinstance(value, Value) and value.number in numbers


def value_of(thing: Any) -> Any:
    """What goes round: a value; of a list that is gathered, the one that it is as a whole."""
    return thing.value if isinstance(thing, Gathered) and thing.home.kept else thing


def goes_on(thing: Any) -> bool:
    return isinstance(value_of(thing), Value)


def made_in(loop: Loop) -> Iterator[int]:
    """The values that only a round knows: what it makes, and what it takes from the one before."""
    for step in every([loop]):
        rounds = step.rounds if isinstance(step, Loop) else ()
        yield from numbers_in([(made.values, [take.target for take in made.takes]) for made in rounds])
        yield from numbers_in(getattr(step, "target", ()))
        yield from numbers_in([join.target for join in getattr(step, "joins", ())])


def numbers_in(thing: Any) -> set[int]:
    """The values that a step, operand or result reads, those included whose sizes it reads (`%7.2`)."""
    found: set[int] = set()
    left = [thing]
    while left:
        item = left.pop()
        kind = item.__class__
        if kind is Gathered and item.home.kept:
            found.add(item.value.number)
        elif kind is Value:
            found.add(item.number)
        elif kind is tuple or kind is list:
            left += item
        elif kind is Known:
            left += item.value if isinstance(item.value, (tuple, list)) else ()
            if item.spellings:
                names = (name for s in item.spellings for name in getattr(s, "symbols", ()) if name[0] == "%")
                found |= {int(name[1:].split(".")[0]) for name in names}
        elif isinstance(item, Listed):
            left += item.operands if item.operands[0].home.kept else [item.plain, item.item]
        elif isinstance(item, (tuple, list)):
            left += item
        elif kind not in PLAIN and is_dataclass(item) and not isinstance(item, (Make, Loop, Choice)):
            record: Any = item
            left += [getattr(record, f.name) for f in fields(record) if f.name not in ("target", "module", "span")]
    return found


def homes_of(loop: Loop) -> Iterator[Home]:
    """Of the lists that a loop gathers or goes through."""
    for thing in loop.exits:
        if isinstance(thing, Gathered):
            yield thing.home
    for made in loop.rounds[:1]:
        yield from (take.source.home for take in made.takes)


def one_by_one(steps: Iterable[Any], result: Any) -> Iterator[Home]:
    """Of the lists all of whose items are taken by their numbers, and that nothing takes otherwise."""
    picked: dict[Home, set[int]] = {}
    lengths: dict[Home, int] = {}
    otherwise = {thing.home for thing in lists_in(result)}
    for step in every(steps):
        if isinstance(step, Loop):
            otherwise |= {take.source.home for made in step.rounds for take in made.takes}
        elif not isinstance(step, Listed):
            otherwise |= {thing.home for thing in lists_in(step)}
        elif step.operator == "item" and not step.operands[1].spellings:
            home = step.operands[0].home
            lengths[home] = len(step.operands[0])
            picked.setdefault(home, set()).add(step.operands[1].value % lengths[home])
        elif step.operator not in ADDING:
            otherwise.add(step.operands[0].home)
    yield from (home for home, found in picked.items() if home not in otherwise and len(found) == lengths[home])


def lists_in(thing: Any) -> Iterator[Gathered]:
    """The gathered lists that a step or a result reads."""
    if isinstance(thing, Gathered):
        yield thing
    elif isinstance(thing, (tuple, list)):
        for part in thing:
            yield from lists_in(part)
    elif is_dataclass(thing) and not isinstance(thing, (Make, Choice, Value, Known)):
        record: Any = thing
        for f in fields(record):
            yield from lists_in(getattr(record, f.name))
