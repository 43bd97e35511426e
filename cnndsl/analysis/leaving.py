"""An `if` that a way returns from, where the class decides it again: what follows belongs to the ways that go on.

So each way ends in a result, and what the block gives is what both results have in common.
"""

from __future__ import annotations

from ..graph import Result, Value
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any
from .deciding import Watch, deciders, either
from .sites import within
from .things import Thing

if TYPE_CHECKING:
    from .statements import Statements

STAYING = (t.Input, t.ParamOf)  # what stands in no way of an `if`


def ways_to_end(visit: Any, node: t.If) -> tuple[Any, Any] | None:
    """Both ways from an `if` to the end of the definition; None where none returns, or something else comes behind."""
    ways, rest = (node.body, node.otherwise or ()), visit.rest
    if rest is None or not returns_in(ways):
        return None
    if any(isinstance(statement, STAYING) for statement in rest):
        return None
    rest = [statement for statement in rest if not isinstance(statement, (t.Order, t.Init, t.Version))]
    then, otherwise = (way if returns(way) else (*way, *rest) for way in ways)
    return then, otherwise


def returns(way: Any) -> bool:
    return any(isinstance(statement, t.Return) for statement in way)


def returns_in(ways: Any) -> list[t.Return]:
    """The returns anywhere in the ways of an `if`."""
    return [part for way in ways for statement in way for part in within(statement) if isinstance(part, t.Return)]


def ended(visit: Statements) -> Any:
    """What a way gives: kind, names, things. None if that is not clear."""
    if visit.result is not None:
        return visit.result.kind, *zip(*visit.result.items, strict=True)
    return ("one", (None,), (visit.flow,)) if isinstance(visit.flow, Value) else None


def meet_at_end(visit: Any, condition: Thing, other: Any, watch: Watch, node: t.If) -> None:
    """Behind the last `if`: the result is known as far as both ways give the same. `other` is what the other gives."""
    watch.note(condition)
    here, met = ended(visit), {}  # type: ignore[var-annotated]
    visit.returned = visit.returned or node.span
    if here is None or other is None or other[:2] != here[:2]:
        visit.pin(*deciders(visit, condition), told=True)
        return
    things = (either(visit, condition, a, b, met) for a, b in zip(here[2], other[2], strict=True))
    visit.result = Result(here[0], tuple(zip(here[1], things, strict=True)), getattr(visit.result, "span", None))
