"""What a buffer is computed from: beside its own steps those behind tensors that have a name, made anew for it.

A buffer is computed once, when the network is built. What is known only when it runs (an input, what a module gives,
another parameter or buffer) is refused. Loops and decisions are written out: what decided them is settled.
"""

from __future__ import annotations

from ..graph import Built, Call, Choice, Known, Operate, Pick, Step, Unpack, Value
from ..loops import Loop, every, operands_of, values_in
from ..problems import fail
from ..records import fields, is_dataclass, replace
from ..source import Span
from ..typed import Any, Iterable, Iterator
from .layouts import Unrolling
from .things import strip

COMPUTING = (Call, Operate, Pick, Unpack)  # steps that only compute


def built(visit: Any, steps: list[Step], result: Value, span: Span) -> Built:
    """The result with all the steps that it needs; raises CnnError."""
    unrolling = Unrolling(lists="items" if visit.session.gathers else "")
    earlier = named_before(visit, steps, result, span)
    before, own = ([*unchosen(unrolling.steps(some))] for some in (earlier, steps))
    result = unrolling.put(result)
    needed = needed_for(result, {n: step for step in (*before, *own) for n in targets(step)}, span)
    visit.excused.update(needed)  # from being told as unused
    known = Unrolling()
    made = [anew(visit, step, known) for step in before if not needed.isdisjoint(targets(step))]
    made += [known.put(step) for step in own if not needed.isdisjoint(targets(step))]
    whole = [step for step in (*earlier, *steps) if isinstance(step, (Loop, Choice))]
    if gone := [step for step in whole if any(not needed.isdisjoint(targets(inner)) for inner in every([step]))]:
        settle(visit, every(gone))
        made = [plain(visit, step) for step in made]
    return Built(tuple(made), known.put(result))


def named_before(visit: Any, steps: list[Step], result: Value, span: Span) -> list[Step]:
    """The steps of the visit, which are as much work as they are many; none where a result is of its own alone."""
    own = [*every(steps)]
    made = {number for step in own for number in targets(step)}
    needed = (value for step in own for value in read(step))
    if not any(isinstance(step, Loop) for step in own) and all(one.number in made for one in (result, *needed)):
        return []
    visit.session.tick(span, len(visit.steps) // 16)
    return visit.steps  # type: ignore[no-any-return]


def needed_for(result: Value, makers: dict[int, Any], span: Span) -> set[int]:
    """The values that a result is made of, by number."""
    needed = set[int]()
    left = [result]
    while left:
        value = left.pop()
        if value.number in needed:
            continue
        step = makers.get(value.number)
        if not isinstance(step, COMPUTING):
            what = f"made of `{value.name}`" if value.name else "made of a tensor"
            raise fail("bad-initial", span, what=f"{what}, which is known only when the network runs")
        needed.update(targets(step))
        left += read(step)
    return needed


def unchosen(steps: Iterable[Any]) -> Iterator[Any]:
    """Steps with what decisions left of them in its place."""
    for step in steps:
        if isinstance(step, Choice):
            yield from unchosen(step.body)
        else:
            yield step


def settle(visit: Any, steps: Iterable[Any]) -> None:
    """What decided these is written out from here on."""
    for step in steps:
        if isinstance(step, Choice):
            visit.pin(step.condition)
        elif isinstance(step, Loop):
            names = visit.session.behind(step.behind)
            visit.pinned |= names
            visit.settled |= names


def plain(visit: Any, thing: Any) -> Any:
    """A step with numbers that have no spelling: what a name was in one round is none of the others'."""
    if isinstance(thing, Known):
        visit.pin(thing)
        return strip(thing)
    if isinstance(thing, (list, tuple)):
        return type(thing)(plain(visit, part) for part in thing)
    if isinstance(thing, Value) or not is_dataclass(thing):
        return thing
    step: Any = thing
    return replace(step, **{f.name: plain(visit, getattr(step, f.name)) for f in fields(step) if f.name != "span"})


def anew(visit: Any, step: Any, known: Unrolling) -> Any:
    """The same step with targets of its own."""

    made = known.put(step)
    known.names |= {value.number: visit.new(value.type, value.name) for value in values_in(step.target)}
    return replace(made, target=known.put(step.target))


def targets(step: Any) -> list[int]:
    return [value.number for value in values_in(getattr(step, "target", None))]


def read(step: Any) -> list[Value]:
    things = (getattr(step, "source", None), *operands_of(step))
    return [value for thing in things for value in values_in(thing)]
