"""What was made, has the shape that is wanted where tensors do not fit, and is used nowhere. Asked only then."""

from __future__ import annotations

from ..dims import Dim
from ..graph import Apply, Call, Value
from ..loops import values_in
from ..problems import Help, advise
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .meeting import is_enlarged, name_of, passed
from .paddings import written
from .provenance import Made, maps_of, rank_of, shown, size_at, source_of
from .sites import within
from .things import Thing

EVEN = 5040 * 64  # a size that halves again and again
TAKEN = ("inputs", "arguments", "operands", "source")  # what steps take


def not_used(made: Made, values: list[Value], names: Mapping[str, Thing], body: Any) -> Help | None:
    """What modules give that is like one of these values, which another one does not fit, and is used nowhere."""
    used = {value.number for step in made.values() for value in values_in([getattr(step, at, ()) for at in TAKEN])}
    used |= {value.number for value in values}
    steps = [step for number, step in made.items() if isinstance(step, Apply) and step.span and number not in used]
    left: list[Any] = [step for step in steps if isinstance(step.target, Value)]
    for is_like in (are_equal, are_maps_of_one_size):
        for step in (one for one in left if any(is_like(value.type, one.target.type) for value in values)):
            kind = shown(step.target.type)
            if name := name_of(step.target, names):
                if is_written_behind(name, step.span, body):
                    continue
                return advise("unused-would-fit", name=name, shape=kind)
            if is_like is are_equal:
                return advise("unnamed-would-fit", shape=kind, **written(step.span))
    return still_the_input(made, values, used)


def are_equal(one: Any, other: Any) -> bool:
    return bool(one == other)


def are_maps_of_one_size(one: Any, other: Any) -> bool:
    """Whether maps differ in their channels alone, for inputs that halve evenly."""
    return rank_of(one) == rank_of(other) > 3 and list(map(evenly, one.shape[2:])) == list(map(evenly, other.shape[2:]))


def evenly(size: Any) -> Any:
    return size.subs(dict.fromkeys(size.symbols, EVEN)) if isinstance(size, Dim) else size


def still_the_input(made: Made, values: list[Value], used: set[int]) -> Help | None:
    """What flows last and is used nowhere, where the input is joined with a tensor of as many axes as that."""
    inputs = [value for value in values if isinstance(made.get(value.number), t.Input)]
    ranks = {rank_of(value.type) for value in values if value not in inputs}
    if not inputs or ranks & {rank_of(value.type) for value in inputs}:
        return None
    for number, step in reversed([*made.items()]):
        target = getattr(step, "target", None)
        if isinstance(step, (Apply, Call)) and isinstance(target, Value) and step.span and number not in used:
            is_like = rank_of(target.type) in ranks or not ranks
            return advise("unnamed-would-fit", shape=shown(target.type), **written(step.span)) if is_like else None
    return None


def is_written_behind(name: str, place: Span, body: Any) -> bool:
    """Whether a name is used behind a place, by what is not looked at yet or is faulty, too."""
    nodes = (node for statement in body for node in within(statement))
    return any(isinstance(node, t.Name) and node.id == name and node.span.start > place.end for node in nodes)


def skipped(made: Made, values: list[Value], axis: int, names: Mapping[str, Thing]) -> Help | None:
    """The one value with a name that would fit what has just been made larger: `cat([u1, d2], 1)` for `d1`."""
    larger = [value for value in values if is_enlarged(made, value, axis)]
    if len(larger) != 1:
        return None
    near = {value.number for value in (*values, *unchanged(made, larger[0], axis))}
    kind = maps_of(larger[0].type)
    fitting = [
        advise("would-fit", name=name, shape=shown(thing.type))
        for name, thing in names.items()
        if isinstance(thing, Value) and thing.number not in near and kind and alike(maps_of(thing.type), kind)
        if source_of(made.get(thing.number)) is not None  # an input is what goes in
    ]
    return fitting[0] if len(fitting) == 1 else None


EVEN = 4096  # of which a few halves are whole


def alike(sizes: Any, others: Any) -> bool:
    """Whether sizes are the same; free ones where they can be halved a few times: `2 * (H // 8)` is `H // 4` then."""
    return tuple(map(at_even, sizes)) == tuple(map(at_even, others))


def at_even(size: Any) -> Any:
    return size.subs(dict.fromkeys(size.symbols, EVEN)) if isinstance(size, Dim) else size


def unchanged(made: Made, value: Value, axis: int) -> Iterator[Value]:
    """What led to a value and has its size along an axis already, and the value."""
    for _, before, given in passed(made, value):
        yield given
        if size_at(before.type, axis) != size_at(value.type, axis):
            return
        yield before
