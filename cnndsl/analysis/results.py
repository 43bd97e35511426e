"""What a definition gives on each way that forward() may take: of one type, or, in a mode of its own, of another.

Of an `if` that a way returns from, where the class decides it again, what follows belongs to the ways that go on: each
ends in a result, and what the block gives is what both results have in common.
"""

from __future__ import annotations

from _operator import is_

from ..graph import Branch, Choice, Instance, Result, Value
from ..problems import CnnError, Related, fail
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Iterable, Mapping
from .deciding import Watch, deciders
from .in_common import either
from .sites import within
from .state import ByMode, type_of
from .things import Thing, is_static, plain

if TYPE_CHECKING:
    from .statements import Statements


def by_mode(steps: Any, last: Result, span: Span, trained: Mapping[int, ByMode]) -> tuple[Result, ...]:
    """What a definition gives in training and in evaluation, if not of one type; raises CnnError if one has several."""
    ends = []
    for mode in ("training", "evaluation"):
        found = results(steps, last, mode)
        if mode == "training" and trained:
            for result in found:
                refuse_several(result.items, trained)
            found = [replace(result, items=in_training(result.items, trained)) for result in found]
        for result in found[:-1]:
            agree(result, found[-1], span)
        ends.append(found[-1])
    return () if alike(*ends) else tuple(ends)


def in_training(thing: Any, trained: Mapping[int, ByMode]) -> Any:
    """A thing with the types that it has in training, where these are known; the same one if nothing differs."""
    if isinstance(thing, (list, tuple)):
        parts = [in_training(part, trained) for part in thing]
        return thing if all(map(is_, parts, thing)) else type(thing)(parts)
    known = trained.get(thing.number) if isinstance(thing, Value) else None
    return replace(thing, type=known.kind) if known and known.kind is not None else thing


def refuse_several(thing: Any, trained: Mapping[int, ByMode]) -> None:
    """Raises CnnError for a result that is no single tensor in training, but one in evaluation."""
    for part in thing if isinstance(thing, (list, tuple)) else ():
        refuse_several(part, trained)
    if isinstance(thing, Value) and thing.number in trained:
        known = trained[thing.number]
        if not isinstance(known.kind, TensorType) or not isinstance(thing.type, TensorType):
            raise known.error


def agree(first: Result, second: Result, span: Span) -> None:
    """Which of the two is returned is known in forward() only: both must be of one type; raises CnnError."""
    if not alike(first, second):
        related = () if second.span is None else (Related("other-return", second.span),)
        raise fail("returns-differ", first.span or span, *related, here=told(first), there=told(second))


def alike(first: Result, second: Result) -> bool:
    """Whether two results have one structure, with the same names, shapes and dtypes."""
    return first is second or (first.kind, outline(first.items)) == (second.kind, outline(second.items))


def outline(thing: Any) -> Any:
    """What of a result its caller can see before any tensor is there."""
    if isinstance(thing, (list, tuple)):
        return tuple(outline(part) for part in thing)
    if isinstance(thing, Value):
        return thing.type
    return plain(thing) if is_static(thing) else thing


def by_mode_refused(instance: Instance, span: Span) -> CnnError:
    """The problem for who goes on from what is of one type in training, and of another in evaluation."""
    captions = ("given-in-training", "given-in-evaluation")
    related = (Related(caption, way.span) for caption, way in zip(captions, instance.modes, strict=True) if way.span)
    here, there = map(told, instance.modes)
    return fail("differs-in-training", span, *related, name=instance.definition, here=here, there=there)


def takable(modes: tuple[Result, ...], mode: str) -> bool:
    """Whether what is given has the entries that its type says: in each mode, named results have all names of both."""
    names = [[name for name, _ in result.items] for result in modes if result.kind == "named"]
    return (len(names) < 2 or names[0] == names[1]) and (modes[0].kind != "dict" or mode == "evaluation")


def told(result: Result) -> str:
    """A result as its caller sees it: `[N, 3]`, `(low=[N, 3], high=[N, 4])`."""
    texts = [f"{name}={shown(thing)}" if name else shown(thing) for name, thing in result.items]
    return texts[0] if result.kind == "one" else f"({', '.join(texts)})"


def shown(thing: Any) -> str:
    if isinstance(thing, (list, tuple)):
        return f"({', '.join(map(shown, thing))})"
    return str(type_of(thing))


def results(steps: Iterable[Any], last: Result, mode: str) -> list[Result]:
    """What may be returned in a mode (`training`, `evaluation`), in order; `last` is the result behind the steps."""
    return ways_out(steps, last, mode)[0]


def ways_out(steps: Iterable[Any], last: Result | None, mode: str) -> tuple[list[Result], bool]:
    """The results that steps, and `last` behind them, return in a mode, and whether they always return one."""
    found: list[Result] = []
    for step in steps:
        if isinstance(step, (Choice, Branch)):
            ways = [ways_out(body, result, mode) for body, result in arms(step, mode)]
            found += [result for inner, _ in ways for result in inner]
            if all(out for _, out in ways):
                return found, True
    return ([*found, last], True) if last else (found, False)


def arms(step: Choice | Branch, mode: str) -> list[tuple[tuple[Any, ...], Result | None]]:
    """The ways that a step may take in a mode, and what each of them returns at its end."""
    if isinstance(step, Choice):
        return [(step.body, None)]
    ways = [(step.then, step.then_result), (step.otherwise, step.otherwise_result)]
    if step.condition.value != "training":
        return ways
    return ways[:1] if mode == "training" else ways[1:]


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
    """What a way gives: kind, names, things, and whether it is another thing on some ways through forward(). None if
    that is not clear."""
    if visit.result is not None:
        return visit.result.kind, *zip(*visit.result.items, strict=True), visit.parts
    visit.settle_flow(visit.flow)
    return ("one", (None,), (visit.flow,), visit.parts) if isinstance(visit.flow, Value) else None


def meet_at_end(visit: Any, condition: Thing, other: Any, watch: Watch, node: t.If) -> None:
    """Behind the last `if`: the result is known as far as both ways give the same. `other` is what the other gives."""
    watch.note(condition)
    here, pinned = ended(visit), frozenset(visit.pinned)
    visit.returned = visit.returned or node.span
    if here is None or other is None:
        visit.pin(*deciders(visit, condition), told=True)
        return
    if other[:2] == here[:2]:
        met: dict[Any, Thing] = {}
        things = (either(visit, condition, a, b, met) for a, b in zip(here[2], other[2], strict=True))
        visit.result = Result(here[0], tuple(zip(here[1], things, strict=True)), getattr(visit.result, "span", None))
    if other[:2] != here[:2] or here[3] is not other[3] or (here[3] and visit.told):
        visit.pin(*deciders(visit, condition), told=True)
    if visit.told:  # nobody goes on from what a model gives: its class gives the one and the other
        visit.kinds |= visit.pinned - pinned - visit.unsaid
        visit.pinned &= pinned | visit.unsaid
