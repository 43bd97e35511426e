"""The ways that led to tensors, layer by layer: through groups and blocks, and out of a block to what it was given.

Knows how they came about, not what is wrong with them. Loaded only for errors.
"""

from __future__ import annotations

from itertools import count

from ..graph import Apply, BlockModule, Call, Operate, Pick, SequentialModule, Value
from ..loops import every, numbered
from ..records import dataclass, replace
from ..source import Span
from ..typed import Any, Iterable, Iterator
from .provenance import LONGEST, Made, source_of

MOST = 2000  # layers that are looked at


@dataclass
class At:
    """A value of a visit; `level` counts how many blocks further out that is."""

    visit: Any
    level: int
    value: Value


class Led(dict[int, Any]):
    """By the number of a value, the layer or function that made it, and the calls of blocks in which that stands, the
    innermost first."""

    calls: dict[int, tuple[Span, ...]]


class Ways:
    """Values of other visits have numbers of their own here: each visit counts its values from 0."""

    def __init__(self, visit: Any) -> None:
        self.visit = visit
        self.fresh = count(-1, -1)
        self.known: dict[tuple[int, int], Value] = {}
        self.calls: dict[int, tuple[Span, ...]] = {}
        self.left = MOST

    def to(self, values: Iterable[Value]) -> Made:
        """What made the values on the way to these."""
        found = Led()
        found.calls = self.calls
        for value in values:
            at: At | None = At(self.visit, 0, value)
            for _ in range(LONGEST):
                if at is None or self.left <= 0 or self.named(at).number in found:
                    break
                links, at = self.before(at)
                for link in links:
                    found[link.target.number] = link
        return found

    def before(self, at: At) -> tuple[list[Any], At | None]:
        """The steps that made a value of another one, and that one."""
        step = at.visit.made.get(at.value.number)
        if (outside := self.outside(at)) is not None:
            return [Apply(self.named(at), "", (self.named(outside),))], outside
        source = source_in(step)
        if source is None or getattr(step, "target", None) != at.value:
            return [step] if at.level == 0 and getattr(step, "target", None) == at.value else [], None
        before = At(at.visit, at.level, source)
        return list(self.links(step, self.named(before), self.named(at), calls_of(at.visit))), before

    def outside(self, at: At) -> At | None:
        """What a block was given for an input."""
        numbers = [value.number for value in getattr(at.visit, "input_values", ())]
        outer = getattr(at.visit, "outer", None)
        if outer is None or at.value.number not in numbers:
            return None
        place, given = numbers.index(at.value.number), outer.feeding
        thing = given[place] if place < len(given) else None
        is_it = isinstance(thing, Value) and thing.type == at.value.type
        return At(outer, at.level + 1, thing) if isinstance(thing, Value) and is_it else None

    def named(self, at: At) -> Value:
        return at.value if at.level == 0 else self.known.setdefault((at.level, at.value.number), self.new(at.value))

    def new(self, like: Any) -> Value:
        return Value(next(self.fresh), like.type, like.name)

    def links(self, step: Any, before: Value, given: Value, calls: tuple[Span, ...]) -> Iterator[Any]:
        """The steps of which a step consists, from a value to what it gives."""
        self.left -= 1
        if isinstance(step, Apply) and step.module is not None and step.span is not None:
            yield from self.parts(step.module, before, given, (step.span, *calls))
        elif isinstance(step, (Apply, Call, Operate, Pick)):
            yield moved(step, before, given)

    def parts(self, module: Any, before: Value, given: Value, spans: tuple[Span, ...]) -> Iterator[Any]:
        """The steps of a module; of the places the first is its own, the others those of calls around it."""
        inner = within(module) if self.left > 0 else []
        if not inner:
            self.calls[given.number] = spans[1:]
            yield Apply(given, "", (before,), module=module, span=spans[0])
        for place, (step, kind, where) in enumerate(inner):
            self.left -= 1
            after = given if place == len(inner) - 1 else Value(next(self.fresh), kind)
            if isinstance(step, (Call, Operate, Pick)):
                yield moved(step, before, after)
            else:
                yield from self.parts(step, before, after, inside_of(spans, where))
            before = after


def calls_of(visit: Any) -> tuple[Span, ...]:
    """The calls that led into the block that is visited."""
    found: list[Span] = []
    while getattr(visit, "outer", None) is not None:
        found.append(visit.call_span)
        visit = visit.outer
    return tuple(found)


def inside_of(spans: tuple[Span, ...], where: Span | None) -> tuple[Span, ...]:
    """The place of a part, before the calls around it: what it is a part of is one if it stands elsewhere."""
    if where is None:
        return spans
    return (where, *(spans[1:] if where.is_within(spans[0]) else spans))


def within(module: Any) -> list[tuple[Any, Any, Span | None]]:
    """The modules and functions of which one consists, each with what it gives, and where it stands."""
    if isinstance(module, SequentialModule):
        return [(child.module, child.output, child.span) for child in module.children]
    if not isinstance(module, BlockModule):
        return []
    chain, _ = inside(module)
    return [(step.module if isinstance(step, Apply) else step, value.type, step.span) for step, value in chain]


def inside(module: BlockModule) -> tuple[list[tuple[Any, Value]], int]:
    """The steps of a block from an input to its one result, and which input that is; none where they do not go back
    to one."""
    made = {number: step for one in every(module.instance.body) for number, step in numbered(one)}
    items = [item for _, item in module.instance.result.items]
    value, chain = items[0] if len(items) == 1 else None, list[tuple[Any, Value]]()
    while isinstance(value, Value) and (source := source_in(step := made.get(value.number))) is not None:
        if step is None or step.target != value or (isinstance(step, Apply) and step.module is None):
            return [], 0
        chain.append((step, value))
        value = source
    numbers = [one.number for one in module.instance.inputs]
    if not isinstance(value, Value) or value.number not in numbers:
        return [], 0
    return chain[::-1], numbers.index(value.number)


def source_in(step: Any) -> Value | None:
    """The tensor that a step goes on from: of what a block takes, the one that its result comes from."""
    if isinstance(step, Apply) and isinstance(step.module, BlockModule) and len(step.inputs) > 1:
        thing = step.inputs[inside(step.module)[1]]
        return thing if isinstance(thing, Value) else None
    return source_of(step)


def moved(step: Any, before: Value, given: Value) -> Any:
    """The same step on other values."""
    field = {Apply: "inputs", Call: "arguments", Operate: "operands", Pick: "source"}[type(step)]
    taken = before if field == "source" else (before, *getattr(step, field)[1:])
    return replace(step, target=given, **{field: taken})
