"""A body as it is written: which of its loops can stay loops, and what these hand on from round to round.

A loop is written out, round for round, where something that it made last is used behind it, or where its modules would
be built in another order. A name that no round reads before it binds it anew is not handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ..dims import Condition, Dim, symbol
from ..dims.calls import Formula, put
from ..graph import Apply, Branch, Call, Choice, Join, Known, Make, Operate, Own, Pick, Result, Step, Unpack, Value
from ..loops import Layout, Local, Loop, Round, every
from ..records import fields, is_dataclass, replace
from ..typed import Any
from .containers import in_loops, makes
from .turning import alike, is_tensor

EMPTY: Mapping[int, Value] = {}
FLAT = frozenset({Apply, Call, Operate, Own, Pick, Unpack})  # steps in which there are no others
KEPT = ("span", "module", "then", "otherwise", "target")  # what no value that a round takes is in


class Unrolling:
    """Writes out the loops that `opens` says; `names` are what stands for the values that their rounds take."""

    def __init__(self, opens: Callable[[Loop], bool] = lambda loop: True, names: Mapping[int, Value] = EMPTY) -> None:
        self.opens = opens
        self.names = dict(names)

    def steps(self, steps: Iterable[Any]) -> list[Any]:
        found: list[Any] = []
        for step in steps:
            if step.__class__ is Make or (not self.names and step.__class__ in FLAT):
                found.append(step)
            elif not isinstance(step, Loop):
                found.append(self.put(step))
            elif self.opens(step):
                found += self.rounds(step)
            else:
                found.append(self.kept(step))
        return found

    def rounds(self, loop: Loop) -> list[Any]:
        found: list[Any] = []
        now = loop.starts
        for made in loop.rounds:
            self.take(made.values, now)
            found += self.steps(made.body)
            now = made.ends
        self.take(loop.exits, now)
        return found

    def kept(self, loop: Loop) -> Loop:
        rounds = (replace(m, body=tuple(self.steps(m.body)), ends=self.put(m.ends)) for m in loop.rounds)
        return replace(loop, rounds=tuple(rounds), starts=self.put(loop.starts))

    def take(self, values: tuple[Any, ...], sources: tuple[Any, ...]) -> None:
        """Notes what stands for the values that a round takes."""
        for value, source in zip(values, sources, strict=True):
            if is_tensor(value):
                self.names[value.number] = self.put(source)

    def put(self, thing: Any) -> Any:
        """A step, operand or result with other values in their places."""
        if isinstance(thing, Value):
            return self.names.get(thing.number, thing)
        if isinstance(thing, (tuple, list)):
            return type(thing)(self.put(item) for item in thing)
        if isinstance(thing, Choice):
            return replace(thing, body=tuple(self.steps(thing.body)))
        if isinstance(thing, Branch):
            then, otherwise = (tuple(self.steps(way)) for way in (thing.then, thing.otherwise))
            thing = replace(thing, then=then, otherwise=otherwise)
        if isinstance(thing, Join):
            return replace(thing, then=self.put(thing.then), otherwise=self.put(thing.otherwise))
        if isinstance(thing, Known):
            return respelled(thing, self.names)
        if isinstance(thing, Make) or not self.names or not is_dataclass(thing):
            return thing
        step: Any = thing
        return replace(step, **{f.name: self.put(getattr(step, f.name)) for f in fields(step) if f.name not in KEPT})


def respelled(known: Known, names: Mapping[int, Value]) -> Known:
    """A size that forward() reads off a value (`%7.2`), read off what stands for it."""
    return Known(known.value, tuple(reread(s, names) for s in known.spellings)) if known.spellings else known


def reread(spelling: Any, names: Mapping[int, Value]) -> Any:
    symbols = spelling.symbols if isinstance(spelling, (Dim, Condition, Formula)) else ()
    found = {name: read_off(name, names) for name in symbols if name[0] == "%"}
    if not found:
        return spelling
    return put(spelling, found) if isinstance(spelling, Formula) else spelling.subs(found)


def read_off(name: str, names: Mapping[int, Value]) -> Dim:
    number, axis = name[1:].split(".")
    value = names.get(int(number))
    return symbol(f"%{value.number}.{axis}" if value else name)


def layout_of(visit: Any, result: Result, flat: list[Step]) -> tuple[Layout | None, dict[str, Any]]:
    """The body of a definition with its loops, if there are any, and what the names of the others' rounds come to.

    What decides those that are written out is pinned. `flat` are the steps without loops, as they are built.
    """
    loops = [step for step in every(visit.steps) if isinstance(step, Loop)]
    may = loops and not visit.orders
    layout, opened = layout_with(visit.steps, result, flat) if may else (None, set[int]())
    gone = [loop for loop in loops if layout is None or loop.site in opened]
    turns = visit.session.behind(name for loop in gone for name in loop.behind)
    known = dict(came_to(visit.session, gone))
    turns |= visit.session.turns(known)  # of other loops, that these go on from
    visit.settled |= turns
    visit.pinned |= turns | visit.session.behind(local.key for local in locals_of(gone) if local.key not in known)
    return layout, known


def came_to(session: Any, loops: Iterable[Loop]) -> Iterator[tuple[str, Any]]:
    """What the names of rounds that are written out come to, where that can be said over names of the class."""
    for local in locals_of(loops):
        found = session.came_to.get(local.key)
        if isinstance(found, Dim) or (found is not None and not session.sources.get(local.key)):
            yield local.key, found


def layout_with(steps: list[Any], result: Result, flat: list[Step]) -> tuple[Layout | None, set[int]]:
    """The layout, if loops can stay, and the sites of those that do not."""
    lasting = Lasting()
    body, known = lasting.pruned(steps, numbers_in(result)), -1
    while lasting.known() > known:  # what one run of a loop hands on, all do
        known = lasting.known()
        body = lasting.pruned(steps, numbers_in(result))
    mixed = {step.site for step in body if isinstance(step, Loop) and len({"." in m.path for m in makes([step])}) > 1}
    for sites in (lasting.sites, lasting.sites | mixed):
        opened = Unrolling(lambda loop, sites=sites: loop.site in sites)  # type: ignore[misc]
        if layout := in_loops(Layout(tuple(opened.steps(body)), opened.put(result)), flat):
            return layout, sites
    return None, set()


def locals_of(loops: Iterable[Loop]) -> Iterator[Local]:
    """The names that hold in the rounds of loops and after them."""
    for loop in loops:
        yield from loop.leaves
        for made in loop.rounds:
            yield from (*made.sizes, *made.names)


class Lasting:
    """Goes through a body from its end. `sites` are the loops whose last round made something that is used later."""

    def __init__(self) -> None:
        self.sites: set[int] = set()
        self.read: dict[int, set[int]] = {}  # by the identity of a round, or of a step in which there are no others
        self.kept: dict[int, set[str | None]] = {}  # what the loops of a site hand on

    def known(self) -> int:
        return sum(map(len, self.kept.values()))

    def pruned(self, steps: Iterable[Any], needed: set[int]) -> tuple[Any, ...]:
        """The steps, their loops without what nobody reads; adds to `needed` what they read."""
        found: list[Any] = []
        for step in reversed(list(steps)):
            if isinstance(step, Loop):
                step = self.loop(step, needed)
            elif isinstance(step, Choice):
                step = replace(step, body=self.pruned(step.body, needed))
            else:
                if isinstance(step, Branch):
                    needed |= numbers_in((step.joins, step.then_result, step.otherwise_result))
                    then, otherwise = (self.pruned(way, needed) for way in (step.then, step.otherwise))
                    step = replace(step, then=then, otherwise=otherwise)
                needed |= self.numbers_in(step)
            found.append(step)
        return tuple(reversed(found))

    def loop(self, loop: Loop, needed: set[int]) -> Loop:
        if needed & set(made_in(loop)):
            self.sites.add(loop.site)
        kept = self.places(loop, needed)
        starts, exits = (tuple(column[place] for place in kept) for column in (loop.starts, loop.exits))
        places = tuple(loop.places[place] for place in kept)
        rounds = tuple(self.round(made, kept, places, needed) for made in loop.rounds)
        leaves = owned(loop.leaves, loop.owners, places)
        steady = alike(leaves, rounds) if loop.owners else loop.steady
        loop = replace(loop, leaves=leaves, owners=(), steady=steady)
        needed |= numbers_in(starts).union(*(self.reads(made) for made in loop.rounds))
        return replace(loop, rounds=rounds, starts=starts, exits=exits, places=places)

    def round(self, made: Round, kept: list[int], places: tuple[str | None, ...], needed: set[int]) -> Round:
        values, ends = (tuple(column[place] for place in kept) for column in (made.values, made.ends))
        body = self.pruned(made.body, needed | numbers_in(ends))
        sizes, after = owned(made.sizes, made.owners, places), owned(made.after, made.heirs, places)
        return replace(made, body=body, values=values, ends=ends, sizes=sizes, after=after, owners=(), heirs=())

    def places(self, loop: Loop, needed: set[int]) -> list[int]:
        """Where what goes round is read: behind the loop, in a round, or by what goes on as something read."""
        read = needed.union(*(self.reads(made) for made in loop.rounds))
        kept: set[int] = set()
        lost = {n for made in loop.rounds for n, end in enumerate(made.ends) if not isinstance(end, Value)}
        while True:
            columns = [made.values for made in loop.rounds]
            sure = {n for n, name in enumerate(loop.places) if name in self.kept.get(loop.site, ())}
            if loop.behind:  # with other rounds there may be several behind it
                sure |= {n for n, thing in enumerate(loop.exits) if is_in(thing, read)}
            here = taken(sure, [*columns, loop.exits], read) - lost  # what a round leaves undefined no other one reads
            if here == kept:
                self.kept.setdefault(loop.site, set()).update(loop.places[n] for n in kept)
                return sorted(kept)
            kept = here
            read = read.union(*(numbers_in([made.ends[n] for n in kept]) for made in loop.rounds))

    def reads(self, made: Round) -> set[int]:
        """All that the steps of a round read."""
        if id(made) not in self.read:
            self.read[id(made)] = self.reads_all(made.body, set())
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


def owned(
    sizes: tuple[Any, ...], owners: tuple[frozenset[str | None], ...], places: tuple[str | None, ...]
) -> tuple[Any, ...]:
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
                places.setdefault(thing.number, []).append(n)
        found.update(some[0] for some in places.values() if len(some) == 1)
        shared += [some for some in places.values() if len(some) > 1]
    for some in shared:
        found.update(some if found.isdisjoint(some) else ())
    return found


def is_in(thing: Any, numbers: set[int]) -> bool:
    return isinstance(thing, Value) and thing.number in numbers


def made_in(loop: Loop) -> Iterator[int]:
    """The values that only a round knows: what it makes, and what it takes from the one before."""
    for step in every([loop]):
        yield from numbers_in([made.values for made in step.rounds] if isinstance(step, Loop) else ())
        yield from numbers_in(getattr(step, "target", ()))
        yield from numbers_in([join.target for join in getattr(step, "joins", ())])


def numbers_in(thing: Any) -> set[int]:
    """The values that a step, operand or result reads, those included whose sizes it reads (`%7.2`)."""
    found: set[int] = set()
    left = [thing]
    while left:
        item = left.pop()
        if isinstance(item, Value):
            found.add(item.number)
        elif isinstance(item, (tuple, list)):
            left += item
        elif isinstance(item, Known):
            left += item.value if isinstance(item.value, (tuple, list)) else ()
            names = (name for s in item.spellings for name in getattr(s, "symbols", ()) if name[0] == "%")
            found |= {int(name[1:].split(".")[0]) for name in names}
        elif is_dataclass(item) and not isinstance(item, (Make, Loop, Choice)):
            record: Any = item
            left += [getattr(record, f.name) for f in fields(record) if f.name not in ("target", "module", "span")]
    return found
