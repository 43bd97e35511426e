"""What a buffer is computed from: beside its own steps those behind tensors that have a name, made anew for it.

A buffer is computed once, when the network is built. What is known only when it runs (an input, what a module gives,
another parameter or buffer) is refused.
"""

from __future__ import annotations

from ..graph import Built, Call, Operate, Step, Value
from ..problems import fail
from ..records import replace
from ..source import Span
from ..typed import Any, Iterable
from .layouts import Unrolling
from .provenance import operands_of, values_in


def built(visit: Any, steps: list[Step], result: Value, span: Span) -> Built:
    """The result with all the steps that it needs; raises CnnError."""
    makers = {number: step for step in visit.steps if isinstance(step, (Call, Operate)) for number in targets(step)}
    own = {number for step in steps for number in targets(step)}
    needed: dict[int, Step] = {}
    left = [*read(steps), result]
    while left:
        value = left.pop()
        if value.number in own or value.number in needed:
            continue
        if value.number not in makers:
            what = f"made of `{value.name}`" if value.name else "made of a tensor"
            raise fail("bad-initial", span, what=f"{what}, which is known only when the network runs")
        needed |= dict.fromkeys(targets(makers[value.number]), makers[value.number])
        left += read([makers[value.number]])
    visit.excused.update(needed)  # from being told as unused
    chosen = {id(step) for step in needed.values()}
    known = Unrolling()
    before = [anew(visit, step, known) for step in visit.steps if id(step) in chosen]
    return Built((*before, *(known.put(step) for step in steps)), known.put(result))


def anew(visit: Any, step: Any, known: Unrolling) -> Any:
    """The same step with targets of its own."""

    made = known.put(step)
    known.names |= {value.number: visit.new(value.type, value.name) for value in values_in(step.target)}
    return replace(made, target=known.put(step.target))


def targets(step: Any) -> list[int]:
    return [value.number for value in values_in(step.target)]


def read(steps: Iterable[Any]) -> list[Value]:
    return [value for step in steps for thing in operands_of(step) for value in values_in(thing)]
