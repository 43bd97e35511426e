"""Shapes as comments of forward(): where one expression in the names of the class is true for every use of it.

Sizes are spelled by the constructor's arguments, and by the names that the author gave to the axes of the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..dims import Dim, Size, symbol
from ..graph import Apply, BlockModule, Instance, Model, Value, walk
from ..loops import MARK
from ..shapes import TensorType
from ..spelled import Spelled
from ..typed import Any
from .expressions import spelled
from .plans import Plan
from .rendering import flattened
from .settled import settled_numbers
from .sizes import behind_loops
from .varying import symbols_of

Change = Callable[[Any], Any]
CHANGES: tuple[Change, ...] = (lambda n: n, lambda n: n * 2, lambda n: n // 2, lambda n: (n + 1) // 2, lambda n: n * 4)


def shapes(plan: Plan, models: Sequence[Model]) -> dict[int, str]:
    """For the values of a class of which that is true, their shape; of a model, under what it requires."""
    found: dict[int, list[tuple[int, Value]]] = {}
    for which, (member, numbers) in enumerate(zip(plan.members, plan.numbers, strict=False)):
        for value in values_of(member):
            if value.number in numbers and isinstance(value.type, TensorType):
                found.setdefault(numbers[value.number], []).append((which, value))
    writer = Writer(plan, models)
    sure = {n: uses for n, uses in found.items() if all(is_sure(plan, plan.members[m], value) for m, value in uses)}
    texts = {n: writer.shape([(which, value.type) for which, value in uses]) for n, uses in sure.items()}
    return {number: text for number, text in texts.items() if text}


def is_sure(plan: Plan, member: Instance, value: Value) -> bool:
    """Whether no free size of a value hangs on what the class takes; it would be another one for other arguments."""
    if member.decided.shaped_from is None or value.number < member.decided.shaped_from:
        return True
    if not any(isinstance(size, Dim) for size in value.type.shape[1:]):
        return True
    return not any(
        slot.key in member.decided.shaped or f"len({slot.key})" in member.decided.shaped for slot in plan.slots
    )


def values_of(member: Instance) -> Iterator[Value]:
    """The values of a member that are of one type in training and in evaluation."""
    yield from member.inputs
    for step in walk(member.body):
        if isinstance(step, Apply) and isinstance(step.module, BlockModule) and step.module.instance.modes:
            continue
        yield from (value for value in flattened(getattr(step, "target", ())) if isinstance(value, Value))


class Writer:
    def __init__(self, plan: Plan, models: Sequence[Model]) -> None:
        self.names = {**hidden_names(plan.members), **{s.key: s.name for s in plan.slots if s.kind != "slot"}}
        self.came_to = plan.came_to
        named = {name for member in plan.members for name, _ in member.sizes}  # sizes, which their author named
        numbers = settled_numbers(plan.members, {slot.key for slot in plan.slots} | named)
        self.settled = {name: value for name, value in numbers.items() if not isinstance(value, float)}
        self.axes = [axes_of(member) for member in plan.members]
        self.made: dict[tuple[Change, Size], Size] = {}  # what changes make of sizes
        self.is_model = bool(models)
        self.requirements = models[0].requirements if len(models) == 1 else None

    def shape(self, uses: Sequence[tuple[int, TensorType]]) -> str | None:
        """One text for all uses, each of the member with that number."""
        who, kinds = [which for which, _ in uses], [kind for _, kind in uses]
        if len({kind.rank for kind in kinds}) > 1:
            return None
        columns = list(zip(*(kind.shape for kind in kinds), strict=True))
        sizes = [self.size(who, axis, column) for axis, column in enumerate(columns)]
        return f"[{', '.join(map(str, sizes))}]" if sizes and None not in sizes else None

    def size(self, who: Sequence[int], axis: int, column: Sequence[Size]) -> str | None:
        if all(isinstance(size, Spelled) for size in column) and (text := self.spelled(who, column)):
            return text
        if any(MARK in name for size in column for s in getattr(size, "spellings", ()) for name in s.symbols):
            return None  # what a loop came to in this use
        if not self.is_model and not self.is_literal(column) and (text := self.by_axis(who, axis, column)):
            return text
        if any(symbols_of(s) & self.names.keys() for size in column for s in getattr(size, "spellings", ())):
            return None  # it hangs on an argument, in a way that its names do not say
        if not self.is_model and not all(isinstance(size, Dim) or self.is_settled(size) for size in column):
            return None  # or on a size of an input
        first = column[0]
        if any(size != first for size in column) or not (isinstance(first, int) or self.is_model):
            return None
        met = self.requirements.met(first) if self.requirements else first
        return str(int(met) if isinstance(met, int) else met)

    def spelled(self, who: Sequence[int], column: Sequence[Any]) -> str | None:
        pairs = zip(who, column, strict=True)
        sets = [[self.put(s, which) for s in size.spellings] for which, size in pairs]
        shared = [s for s in sets[0] if isinstance(s, Dim) and all(s in others for others in sets[1:])]
        usable = [s for s in shared if symbols_of(s) <= self.names.keys()]
        return spelled(usable[0], self.names) if usable else None

    def put(self, spelling: Dim, which: int) -> Size:
        """A spelling in the names of the class, what it settled as a number."""
        found: Size = behind_loops(spelling, self.came_to[which])
        return found.subs(self.settled) if isinstance(found, Dim) and found.symbols & self.settled.keys() else found

    def is_literal(self, column: Sequence[Size]) -> bool:
        """Whether a size is one number in every use, and nothing else: if an axis is as long, that is chance."""
        return all(size == column[0] and not isinstance(size, Dim) and self.is_settled(size) for size in column)

    def is_settled(self, size: int) -> bool:
        spellings = getattr(size, "spellings", ())
        return not spellings or any(s.symbols <= self.settled.keys() for s in spellings)

    def by_axis(self, who: Sequence[int], axis: int, column: Sequence[Size]) -> str | None:
        """What a size is of an axis of the input, the same in every use; a plain number may agree with it by chance."""
        for name in self.axes[who[0]]:
            wanted = [self.axes[which].get(name) for which in who]
            if any(one is None or not (isinstance(one[1], Dim) or one[0] == axis) for one in wanted):
                continue
            for change in CHANGES:
                if all(one and size == self.changed(change, one[1]) for one, size in zip(wanted, column, strict=True)):
                    return str(change(symbol(name)))
        return None

    def changed(self, change: Change, size: Size) -> Size:
        if (change, size) not in self.made:
            self.made[change, size] = change(size)
        return self.made[change, size]


def hidden_names(members: Sequence[Instance]) -> dict[str, str]:
    """What the author calls the sizes of inputs that are no arguments."""
    places = [{place: name for name, place in member.axes} for member in members]
    found = {name: {here.get(place) for here in places} for name, place in members[0].sizes}
    return {name: texts.pop() or "" for name, texts in found.items() if len(texts) == 1 and None not in texts}


def axes_of(member: Instance) -> Mapping[str, tuple[int, Size]]:
    """The sizes of a member's inputs by their author's names, each with its axis."""
    types = [value.type for value in member.inputs]
    return {name: (axis, types[at].shape[axis]) for name, (at, axis) in member.axes if at < len(types)}
