"""Loops in the body of a definition: what each round takes from the one before."""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import put
from ..graph import Apply, Branch, Call, Choice, Join, Known, Operate, Pick, Value
from ..loops import MARK, Gathered, Home, Listed, Local, Loop, Round, Take, Turned
from ..records import fields, replace
from ..shapes import TensorType
from ..spelled import Reckoned, Spelled, reworded
from ..syntax import tree as t
from ..typed import Any, Callable, Collection, Iterable, Mapping, Sequence
from . import gathered, read_behind
from .deciding import Watch, free_sizes, whole_of
from .lengths import keeps, stepwise
from .locality import last_named
from .resolve import bound_names, targets
from .things import NoFlow, Thing, known_of, size_name


class Turning:
    """A `for` of a body under way. What flows, and the tensors that it binds anew, are other values in each round."""

    brackets = False

    def __init__(self, visit: Any, node: t.For, behind: frozenset[str]) -> None:
        self.visit, self.node, self.behind = visit, node, behind
        self.begun = read_behind.begin(visit, node) if not visit.turning else []
        self.order = places = list(self.bound())
        lists = [place for place in places if place and gathered.is_list(self.held(place))]
        self.places = [*(place for place in places if is_tensor(self.held(place))), *lists]
        self.homes = {place: self.home_around(place) or Home(next(visit.session.numbers)) for place in lists}
        self.starts = tuple(map(self.held, self.places))
        self.parts = self.parted()
        self.numbers = {place: self.held(place) for place in places if is_number(self.held(place))}
        # those of them that a first round makes tensors of: `s = 0`
        self.sums: set[str | None] = set(getattr(visit.turning, "sums", ()))
        self.watch = Watch(visit, map(type_of, self.starts))
        self.turned = Turned()
        self.rounds = self.turned.rounds
        visit.session.gathers = visit.session.gathers or bool(lists)
        self.own = [home for place, home in self.homes.items() if home is not self.home_around(place)]
        for place, home in self.homes.items():
            if home in self.own:
                home.before, home.rounds = len(self.held(place)), self.rounds
            else:
                home.counts.add(0)

    def bound(self) -> Collection[str | None]:
        return handed_on(self.visit, self.node)

    def parted(self) -> dict[str | None, int]:
        """Names that hold one thing at the start may part in a round; the flow goes on as what a round names last, and
        parts from what it cannot go on as."""
        named = [(place, id(start)) for place, start in zip(self.places, self.starts, strict=True) if place]
        held = [start for _, start in named]
        parts: dict[str | None, int] = {place: n for n, (place, start) in enumerate(named) if held.count(start) > 1}
        last = self.node.body[-1] if self.node.body else None
        name = next(targets(last.targets)) if isinstance(last, t.Assign) else None
        if name in parts:
            return parts | {None: parts[name]}
        twins = {place for place, start in named if start == id(self.held(None))}
        parts_too = len(twins) == 1 and twins.isdisjoint(last_named(self.node.body))
        return parts | {None: len(named)} if parts_too else parts

    def title(self, place: str) -> str | None:
        """What a list is called."""
        return place

    def home_around(self, place: str | None) -> Home | None:
        """Where a loop around gathers the list, if one does."""
        home = getattr(self.held(place), "home", None)
        return home if home is not None and home.kept and home.last < 0 else None

    def held(self, place: str | None) -> Thing:
        """What a name of the author's stands for; None is the flow."""
        return self.visit.flow if place is None else self.visit.names.get(place)

    def hold(self, place: str | None, thing: Thing) -> None:
        if place is None:
            self.visit.flow = thing
        else:
            self.visit.names[place] = thing

    def round(self, names: tuple[Local, ...], takes: tuple[Take, ...], run: Callable[[], None]) -> None:
        values, groups = self.enter()
        outer, self.visit.steps = self.visit.steps, []
        try:
            run()
        finally:
            body, self.visit.steps = self.visit.steps, outer
        if not self.rounds:
            body, values = self.summed(body, values)
        ends = tuple(map(self.held, self.places))
        self.visit.session.hand_on(map(type_of, ends))
        self.end_lists(values, ends)
        after, heirs = self.sized(ends)
        sizes = tuple(local for group in groups for local in group)
        made = Round(names, sizes, tuple(body), after, values, ends, self.sized(values)[1], heirs, takes)
        self.rounds.append(made)
        for home in self.homes.values():
            home.sizes.update((local.key, (self.turned, place)) for place, local in enumerate(sizes))
        if len(self.rounds) == 1:
            self.watch.turn(map(type_of, ends))

    def end_lists(self, values: tuple[Thing, ...], ends: tuple[Thing, ...]) -> None:
        """A list is gathered if all that rounds do is to add items to it."""
        for place, value, end in zip(self.places, values, ends, strict=True):
            if place not in self.homes:
                continue
            if not gathered.follows(end, value):
                self.homes.pop(place).kept = False
            else:
                self.homes[place].counts.add(len(end) - len(value))

    def summed(self, body: list[Any], values: tuple[Any, ...]) -> tuple[list[Any], tuple[Any, ...]]:
        """What the first round makes of numbers goes round, too: there, too, it takes a value, that begins as one."""
        for place, number in self.numbers.items():
            held = self.held(place)
            if is_tensor(held):
                taken = self.visit.new(held.type, place)
                at = sum(self.order.index(p) < self.order.index(place) for p in self.places if p not in self.homes)
                self.places.insert(at, place)  # where a run of the loop has it that finds a tensor there
                self.sums.add(place)
                self.starts = (*self.starts[:at], number, *self.starts[at:])
                values = (*values[:at], taken, *values[at:])
                self.watch.free.insert(at, free_sizes(held.type))
                body = exchanged(body, number, taken)
        return body, values

    def enter(self, turns: Iterable[str] = (), count: Known | None = None) -> tuple[tuple[Any, ...], list[list[Local]]]:
        """New values for what flows, their sizes spelled by names that hold from here on.

        One value stands for places that hold the same now and did so at the start.
        """
        made: dict[tuple[int, int, int], Value] = {}
        groups: list[list[Local]] = []
        sums = {id(self.held(place)) for place in self.sums}
        names = {key: place for place, key in reversed([*zip(self.places, self.keys(), strict=True)]) if place}
        for place, key in zip(self.places, self.keys(), strict=True):
            source = self.held(place)
            alone, steps = bool(self.behind), stepwise(self.rounds, sum(map(len, groups)), count)
            if place in self.homes and not gathered.is_list(source):  # something else has its name
                self.homes.pop(place).kept = False
            if place in self.homes:
                home, name = self.homes[place], self.title(str(place))
                made_list = gathered.anew(self.visit, source, home, str(place), name, alone, steps)
                groups.append(made_list.locals)
                self.hold(place, made_list)
            if not is_tensor(source):
                continue
            if key not in made:
                found, kind = list[Local](), source.type
                if id(source) in sums:
                    kind = kind.with_shape(*map(self.as_before, kind.shape))
                else:
                    kind, found = spelled_anew(kind, self.visit.session, alone, steps)
                made[key] = value = self.visit.new(kind, names.get(key, source.name))
                for known_of_it in (self.visit.made, self.visit.by_mode, self.visit.unsure):
                    if source.number in known_of_it:
                        known_of_it[value.number] = known_of_it[source.number]
                groups.append(found)
            self.hold(place, made[key])
        sizes = [local for group in groups for local in group]
        note_sizes(self.visit.session, sizes, self.rounds if turns else (), turns)
        return tuple(map(self.held, self.places)), groups

    def as_before(self, size: Any) -> Any:
        """A size of a sum, as it was before the loop where no round changes it: which round it is from is gone."""
        sizes = enumerate(self.rounds[0].sizes if self.rounds else ())
        known = {local.key: local.value for place, local in sizes if self.turned.keeps(place, keeps)}
        plain = {key: gathered.said(start) for key, start in known.items()}
        return reworded(size, lambda way: way.subs(plain)) if plain else size

    def sized(self, values: Sequence[Thing]) -> tuple[tuple[Known, ...], tuple[frozenset[Any], ...]]:
        """The sizes of these, which stand at the places of the loop, and for each of which places it is one; of a list
        also along which axis.
        """
        held: dict[Any, tuple[set[str | None], Any]] = {}
        for place, start, value in zip(self.places, self.starts, values, strict=True):
            if is_tensor(value) and place not in self.sums:
                key = getattr(start, "number", -2), value.number, self.parts.get(place, -1)
                held.setdefault(key, (set(), value.type))[0].add(place)
            elif isinstance(value, Gathered) and place in self.homes:
                held[place] = {place}, value
        sizes: list[Known] = []
        owners: list[frozenset[Any]] = []
        for places, thing in held.values():
            if isinstance(thing, Gathered):
                found = gathered.sizes_of(thing)
                sizes += [known for _, known in found]
                owners += [frozenset((place, axis) for place in places) for axis, _ in found]
            else:
                found = sizes_of(thing)
                sizes += [known for _, known in found]
                owners += [frozenset(places)] * len(found)
        return tuple(sizes), tuple(owners)

    def keys(self) -> list[tuple[int, int, int]]:
        """For each place: what it held at the start, what it holds, and which of those that part it is."""
        now = (getattr(self.held(place), "number", -1) for place in self.places)
        starts = (getattr(start, "number", -2 - n) for n, start in enumerate(self.starts))
        return list(zip(starts, now, (self.parts.get(place, -1) for place in self.places), strict=True))

    def close(self, count: Known) -> None:
        if self.rounds and all(not made.body and made.ends == made.values for made in self.rounds):
            self.forget()  # numbers alone: nothing for forward()
            return
        if self.begun:
            read_behind.end(self, count)
        self.watch.close(map(type_of, map(self.held, self.places)), count)
        for home in self.own:
            home.last, home.turns = next(self.visit.session.numbers), count
        exits, groups = self.enter(self.behind, count)
        self.leave_flow(exits)
        for thing in exits if not self.behind else ():
            if isinstance(thing, Gathered):
                gathered.add_up(thing)
        leaves = tuple(local for group in groups for local in group)
        whole = whole_of(self.visit, count)
        self.visit.session.once.update(read_behind.once(self.rounds, leaves, count, whole, self.visit.met))
        self.visit.met.update(read_behind.made_alike(self.rounds, leaves, count, whole))
        self.visit.met.update(read_behind.kept(self.rounds, leaves, self.visit.met))
        read_behind.note_last(self.visit, self.rounds, leaves, count, whole)
        site, rounds, places, steady = self.node.span.start, tuple(self.rounds), tuple(self.places), self.steady(leaves)
        owners = self.sized(exits)[1]
        self.note_free(exits)
        if self.sums or self.visit.unsure:
            from .turns_needed import note

            note(self, count, exits)
        made = Loop(site, count, rounds, leaves, self.starts, exits, self.behind, steady, places, owners, self.brackets)
        self.visit.emit(replace(made, turns=whole))

    def leave_flow(self, exits: Sequence[Thing]) -> None:
        """What flows, or would flow, behind the loop is what the last round made of a name, under what that is now."""
        flow = self.held(None)
        made = flow.value if isinstance(flow, NoFlow) else flow
        pairs = zip(exits, self.rounds[-1].ends if self.rounds else exits, strict=True)
        found = next((thing for thing, end in pairs if end is made and is_tensor(end)), None)
        if found is not None and found is not made:
            self.hold(None, replace(flow, value=found) if isinstance(flow, NoFlow) else found)

    def note_free(self, exits: Sequence[Thing]) -> None:
        """Free sizes that differ between the items of a list hang on how many there are."""
        for thing in exits:
            if isinstance(thing, Gathered) and gathered.has_free(thing):
                self.visit.note_shaped(self.visit.session.behind(self.behind))

    def forget(self) -> None:
        """Whatever holds a value that a round took, lists and sizes too, holds what the first one took."""
        pairs = (pair for made in self.rounds for pair in zip(made.values, self.starts, strict=False))
        known = self.visit.renamed
        first = {value.number: known.get(start.number, start) for value, start in pairs if is_tensor(value)}
        known |= {number: first.get(value.number, value) for number, value in known.items()} | first
        for place in (None, *self.visit.names):
            if is_tensor(held := self.held(place)) and held.number in first:
                self.hold(place, first[held.number])
        came_to, keys = self.visit.session.came_to, {name.key for made in self.rounds for name in made.names}
        numbers = {key: came_to[key] for key in keys if key in came_to}
        for name, thing in self.visit.names.items():
            self.visit.names[name] = outside(thing, numbers)

    def steady(self, leaves: tuple[Local, ...]) -> bool:
        """Whether the same sizes flow into each round and out of it."""
        return alike(leaves, self.rounds)


def outside(thing: Thing, numbers: Mapping[str, Any]) -> Thing:
    """A free size, or a list of them, without the names of rounds that are gone."""
    if isinstance(thing, (list, tuple)) and any(outside(item, numbers) is not item for item in thing):
        return type(thing)(outside(item, numbers) for item in thing)
    if not isinstance(thing, Known) or not isinstance(thing.value, Dim):
        return thing
    found = tuple(put(spelling, numbers) for spelling in thing.spellings)
    return thing if found == thing.spellings else Known(thing.value, found)


def alike(leaves: Sequence[Local], rounds: Iterable[Round]) -> bool:
    """Whether rounds take and hand on the same sizes, by their names."""
    names = [local.name for local in leaves]
    return all([x.name for x in made.sizes] == names and len(made.after) == len(names) for made in rounds)


def handed_on(visit: Any, node: t.For) -> Collection[str | None]:
    """What rounds may hand on: the flow, and the names that they bind."""
    anew = {*targets(node.targets), *visit.own_names(node)}  # what each takes from no other one
    return dict.fromkeys((None, *(name for name in bound_names(node) if name not in anew)))


def type_of(thing: Thing) -> Any:
    return thing.type if isinstance(thing, Value) else None


def is_tensor(thing: Thing) -> bool:
    return isinstance(thing, Value) and isinstance(thing.type, TensorType)


def is_number(thing: Thing) -> bool:
    return isinstance(thing, Known) and type(thing.value) in (int, float, Reckoned)


def exchanged(thing: Any, old: Any, new: Any) -> Any:
    """Steps with something else in the place of a thing, of this very one and no equal one."""
    if thing is old:
        return new
    if isinstance(thing, Gathered):
        return thing.like([exchanged(item, old, new) for item in thing])
    if isinstance(thing, (list, tuple)):
        return type(thing)(exchanged(item, old, new) for item in thing)
    if isinstance(thing, (Operate, Call, Apply, Pick, Choice, Branch, Join, Loop, Round, Listed, Take)):
        step: Any = thing
        kept = ("span", "target", "module", "names", "sizes", "count", "condition")
        return replace(
            step, **{f.name: exchanged(getattr(step, f.name), old, new) for f in fields(step) if f.name not in kept}
        )
    return thing


def sizes_of(kind: TensorType) -> list[tuple[str, Known]]:
    """The fixed sizes of a tensor, by the names that a class would give them."""
    fixed = ((axis, size) for axis, size in enumerate(kind.shape) if axis and isinstance(size, int))
    return [(size_name(kind.rank, axis), known_of(size)) for axis, size in fixed]


def spelled_anew(
    kind: TensorType, session: Any, alone: bool, steps: Iterable[tuple[Dim, ...]] = ()
) -> tuple[TensorType, list[Local]]:
    """A type whose fixed sizes are spelled by fresh names first, or by these alone.

    How often a loop turns that a caller may choose is not known here: what a size is in the rounds at hand, or was
    in the last of them, it need not be in another one's place. `steps` are other ways to write them.
    """
    found = [Local(name, f"{name}{MARK}{next(session.numbers)}", known) for name, known in sizes_of(kind)]
    keys, others = iter(found), iter(steps)
    shape = [
        spelled_by(size, next(keys).key, alone, next(others, ())) if axis and isinstance(size, int) else size
        for axis, size in enumerate(kind.shape)
    ]
    return kind.with_shape(*shape), found


def note_sizes(session: Any, sizes: Sequence[Local], rounds: Sequence[Round], turns: Iterable[str]) -> None:
    """Notes sizes that flow on. What no round changes does not hang on how often a loop turned."""
    for place, local in enumerate(sizes):
        session.note(local.key, local.value, () if rounds and all(keeps(m, place) for m in rounds) else turns)


def spelled_by(size: int, key: str, alone: bool, steps: tuple[Dim, ...] = ()) -> Spelled:
    others = steps if alone else getattr(size, "spellings", ())
    return Spelled(size, (symbol(key), *others), getattr(size, "factors", ()))
