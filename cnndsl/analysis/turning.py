"""Loops in the body of a definition: what each round takes from the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..dims import symbol
from ..graph import Known, Value
from ..loops import MARK, Local, Loop, Round
from ..shapes import TensorType
from ..spelled import Spelled
from ..syntax import tree as t
from ..typed import Any
from .deciding import Watch
from .resolve import bound_names, targets
from .things import Thing, known_of, size_name


class Turning:
    """A `for` of a body under way. What flows, and the tensors that it binds anew, are other values in each round."""

    def __init__(self, visit: Any, node: t.For, behind: frozenset[str]) -> None:
        self.visit, self.node, self.behind = visit, node, behind
        anew = set(targets(node.targets))  # what each round takes from no other one
        places = dict.fromkeys((None, *(name for name in bound_names(node) if name not in anew)))
        self.places = [place for place in places if is_tensor(self.held(place))]
        self.starts = tuple(map(self.held, self.places))
        self.watch = Watch(visit, map(type_of, self.starts))
        self.rounds: list[Round] = []

    def held(self, place: str | None) -> Thing:
        """What a name of the author's stands for; None is the flow."""
        return self.visit.flow if place is None else self.visit.names.get(place)

    def hold(self, place: str | None, thing: Thing) -> None:
        if place is None:
            self.visit.flow = thing
        else:
            self.visit.names[place] = thing

    def round(self, names: tuple[Local, ...], run: Callable[[], None]) -> None:
        values, sizes = self.enter()
        outer, self.visit.steps = self.visit.steps, []
        try:
            run()
        finally:
            body, self.visit.steps = self.visit.steps, outer
        ends = tuple(map(self.held, self.places))
        several = {key: value for key, value in zip(self.keys(), ends, strict=True) if is_tensor(value)}
        after = tuple(known for value in several.values() for _, known in sizes_of(value.type))
        self.rounds.append(Round(names, sizes, tuple(body), after, values, ends))
        if len(self.rounds) == 1:
            self.watch.turn(map(type_of, ends))

    def enter(self, turns: Iterable[str] = ()) -> tuple[tuple[Any, ...], tuple[Local, ...]]:
        """New values for what flows, their sizes spelled by names that hold from here on.

        One value stands for places that hold the same now and did so at the start.
        """
        made: dict[tuple[int, int], Value] = {}
        sizes: list[Local] = []
        for place, key in zip(self.places, self.keys(), strict=True):
            source = self.held(place)
            if not is_tensor(source):
                continue
            if key not in made:
                kind, found = spelled_anew(source.type, self.visit.session, bool(self.behind))
                made[key] = value = self.visit.new(kind, source.name)
                if (origin := self.visit.made.get(source.number)) is not None:
                    self.visit.made[value.number] = origin
                sizes += found
            self.hold(place, made[key])
        note_sizes(self.visit.session, sizes, self.rounds if turns else (), turns)
        return tuple(map(self.held, self.places)), tuple(sizes)

    def keys(self) -> list[tuple[int, int]]:
        """For each place: what it held at the start, and what it holds."""
        now = (getattr(self.held(place), "number", -1) for place in self.places)
        return [(start.number, number) for start, number in zip(self.starts, now, strict=True)]

    def close(self, count: Known) -> None:
        if self.rounds and all(not made.body and made.ends == made.values for made in self.rounds):
            self.forget()  # numbers alone: nothing for forward()
            return
        self.watch.close(map(type_of, map(self.held, self.places)), count)
        exits, leaves = self.enter(self.behind)
        site, rounds, places, steady = self.node.span.start, tuple(self.rounds), tuple(self.places), self.steady(leaves)
        self.visit.emit(Loop(site, count, rounds, leaves, self.starts, exits, self.behind, steady, places))

    def forget(self) -> None:
        """Whatever holds a value that a round took, lists and sizes too, holds what the first one took."""
        pairs = (pair for made in self.rounds for pair in zip(made.values, self.starts, strict=True))
        known = self.visit.renamed
        first = {value.number: known.get(start.number, start) for value, start in pairs if is_tensor(value)}
        known |= {number: first.get(value.number, value) for number, value in known.items()} | first
        for place in (None, *self.visit.names):
            if is_tensor(held := self.held(place)) and held.number in first:
                self.hold(place, first[held.number])

    def steady(self, leaves: tuple[Local, ...]) -> bool:
        """Whether the same sizes flow into each round and out of it."""
        names = [local.name for local in leaves]
        kept = all([x.name for x in made.sizes] == names and len(made.after) == len(names) for made in self.rounds)
        return kept


def type_of(thing: Thing) -> Any:
    return thing.type if isinstance(thing, Value) else None


def is_tensor(thing: Thing) -> bool:
    return isinstance(thing, Value) and isinstance(thing.type, TensorType)


def sizes_of(kind: TensorType) -> list[tuple[str, Known]]:
    """The fixed sizes of a tensor, by the names that a class would give them."""
    fixed = ((axis, size) for axis, size in enumerate(kind.shape) if axis and isinstance(size, int))
    return [(size_name(kind.rank, axis), known_of(size)) for axis, size in fixed]


def spelled_anew(kind: TensorType, session: Any, alone: bool) -> tuple[TensorType, list[Local]]:
    """A type whose fixed sizes are spelled by fresh names first, or by these alone.

    How often a loop turns that a caller may choose is not known here: what a size is in the rounds at hand, or was
    in the last of them, it need not be in another one's place.
    """
    found = [Local(name, f"{name}{MARK}{next(session.numbers)}", known) for name, known in sizes_of(kind)]
    keys = iter(found)
    shape = [
        spelled_by(size, next(keys).key, alone) if axis and isinstance(size, int) else size
        for axis, size in enumerate(kind.shape)
    ]
    return TensorType(tuple(shape), kind.dtype), found


def note_sizes(session: Any, sizes: Sequence[Local], rounds: Sequence[Round], turns: Iterable[str]) -> None:
    """Notes sizes that flow on. What no round changes does not hang on how often a loop turned."""
    for place, local in enumerate(sizes):
        session.note(local.key, local.value, () if rounds and all(keeps(m, place) for m in rounds) else turns)


def keeps(made: Round, place: int) -> bool:
    """Whether a round leaves a size as it was."""
    if place >= min(len(made.sizes), len(made.after)):
        return False
    return symbol(made.sizes[place].key) in made.after[place].spellings


def spelled_by(size: int, key: str, alone: bool) -> Spelled:
    others = () if alone else getattr(size, "spellings", ())
    return Spelled(size, (symbol(key), *others), getattr(size, "factors", ()))
