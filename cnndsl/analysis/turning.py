"""Loops in the body of a definition: what each round takes from the one before, and the same steps without loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..dims import Dim, symbol
from ..graph import Branch, Choice, Known, Make, Result, Value
from ..loops import MARK, Layout, Local, Loop, Round
from ..records import fields, is_dataclass, replace
from ..shapes import TensorType
from ..spelled import Spelled
from ..syntax import tree as t
from .resolve import bound_names
from .things import Thing, known_of, size_name


class Turning:
    """A `for` of a body under way. What flows, and the tensors that it binds anew, are other values in each round."""

    def __init__(self, visit: Any, node: t.For, behind: frozenset[str]) -> None:
        self.visit, self.node, self.behind = visit, node, behind
        self.places = [place for place in dict.fromkeys((None, *bound_names(node))) if is_tensor(self.held(place))]
        self.starts = tuple(map(self.held, self.places))
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
        several = {value.number: value for value in ends if is_tensor(value)}
        after = tuple(known for value in several.values() for _, known in sizes_of(value.type))
        self.rounds.append(Round(names, sizes, tuple(body), after, values, ends))

    def enter(self, turns: Iterable[str] = ()) -> tuple[tuple[Any, ...], tuple[Local, ...]]:
        """New values for what flows, their sizes spelled by names that hold from here on."""
        made: dict[int, Value] = {}
        sizes: list[Local] = []
        for place in self.places:
            source = self.held(place)
            if not is_tensor(source):
                continue
            if source.number not in made:
                kind, found = spelled_anew(source.type, self.visit.session, bool(self.behind))
                made[source.number] = value = self.visit.new(kind, source.name)
                if (origin := self.visit.made.get(source.number)) is not None:
                    self.visit.made[value.number] = origin
                sizes += found
            self.hold(place, made[source.number])
        for local in sizes:
            self.visit.session.note(local.key, local.value, turns)
        return tuple(map(self.held, self.places)), tuple(sizes)

    def close(self, count: Known) -> None:
        if self.rounds and all(not made.body and made.ends == made.values for made in self.rounds):
            for place, start in zip(self.places, self.starts, strict=True):  # numbers alone: nothing for forward()
                self.hold(place, start)
            return
        exits, leaves = self.enter(self.behind)
        rounds = tuple(self.rounds)
        if not self.steady(leaves):
            rounds, leaves = tuple(replace(made, sizes=(), after=()) for made in rounds), ()
        self.visit.emit(Loop(self.node.span.start, count, rounds, leaves, self.starts, exits, self.behind))

    def steady(self, leaves: tuple[Local, ...]) -> bool:
        """Whether the same sizes flow into each round and out of it."""
        names = [local.name for local in leaves]
        kept = all([x.name for x in made.sizes] == names and len(made.after) == len(names) for made in self.rounds)
        return kept


def is_tensor(thing: Thing) -> bool:
    return isinstance(thing, Value) and isinstance(thing.type, TensorType)


def loops_in(steps: Iterable[Any]) -> Iterator[Loop]:
    """The loops of a body, at any depth."""
    for step in steps:
        if isinstance(step, Loop):
            yield step
            for made in step.rounds:
                yield from loops_in(made.body)
        elif isinstance(step, Choice):
            yield from loops_in(step.body)
        elif isinstance(step, Branch):
            yield from loops_in((*step.then, *step.otherwise))


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


def spelled_by(size: int, key: str, alone: bool) -> Spelled:
    others = () if alone else getattr(size, "spellings", ())
    return Spelled(size, (symbol(key), *others), getattr(size, "factors", ()))


# Without loops


def unrolled(steps: Iterable[Any], names: dict[int, Value]) -> list[Any]:
    """The steps with each round written out; `names` are what stands for the values that rounds take."""
    found: list[Any] = []
    for step in steps:
        if not isinstance(step, Loop):
            found.append(substituted(step, names) if names else step)
            continue
        now = step.starts
        for made in step.rounds:
            taken(made.values, now, names)
            found += unrolled(made.body, names)
            now = made.ends
        taken(step.exits, now, names)
    return found


def taken(values: tuple[Any, ...], sources: tuple[Any, ...], names: dict[int, Value]) -> None:
    """Notes what stands for the values that a round takes."""
    for value, source in zip(values, sources, strict=True):
        if is_tensor(value):
            names[value.number] = names.get(source.number, source)


def substituted(thing: Any, names: dict[int, Value]) -> Any:
    """A step, operand or result with other values in their places."""
    if isinstance(thing, Value):
        return names.get(thing.number, thing)
    if isinstance(thing, (tuple, list)):
        return type(thing)(substituted(item, names) for item in thing)
    if isinstance(thing, Choice):
        return replace(thing, body=tuple(unrolled(thing.body, names)))
    if isinstance(thing, Branch):
        then, otherwise = (tuple(unrolled(way, names)) for way in (thing.then, thing.otherwise))
        thing = replace(thing, then=then, otherwise=otherwise)
    if isinstance(thing, Known):
        return respelled(thing, names)
    if isinstance(thing, Make) or not is_dataclass(thing):
        return thing
    step: Any = thing
    kept = ("span", "module", "then", "otherwise", "target")
    changed = {f.name: substituted(getattr(step, f.name), names) for f in fields(step) if f.name not in kept}
    return replace(step, **changed)


def respelled(known: Known, names: Mapping[int, Value]) -> Known:
    """A size that forward() reads off a value (`%7.2`), read off what stands for it."""
    spellings: list[Any] = []
    for spelling in known.spellings:
        if isinstance(spelling, Dim):
            found = {name: read_off(name, names) for name in spelling.symbols if name[0] == "%"}
            spellings.append(spelling.subs(found) if found else spelling)
        else:
            spellings.append(spelling)
    return Known(known.value, tuple(spellings)) if known.spellings else known


def read_off(name: str, names: Mapping[int, Value]) -> Dim:
    number, axis = name[1:].split(".")
    value = names.get(int(number))
    return symbol(f"%{value.number}.{axis}" if value else name)


def laid_out(steps: list[Any], result: Result) -> tuple[list[Any], Result, Layout | None]:
    """The steps and the result without loops, and, where there are some, as they are written."""
    if next(loops_in(steps), None) is None:
        return steps, result, None
    names: dict[int, Value] = {}
    flat = unrolled(steps, names)
    return flat, substituted(result, names), Layout(tuple(steps), result)
