"""What is wrong whatever flows in: a body of which that is not known is run on several inputs, and what all say told.

An input with which something else goes wrong before was not meant, and says nothing of what stands behind. Each run is
a copy of the visit, on the side. Finds nothing that hangs on what a name holds: what a mistake hides stays hidden.
"""

from __future__ import annotations

from ..graph import Value
from ..problems import CnnError, Problem
from ..records import replace
from ..shapes import TensorType
from ..syntax import tree as t
from ..typed import Any, Callable, Iterable, Iterator, TypeAlias
from .deciding import copy_aside
from .gathering import FATAL, POISONED
from .inputs import Pattern

SIZES = ((4, 64, 32, 32, 32), (6, 5040, 2520, 1260, 840), (3, 15, 77, 77, 77))
OTHERS = ("int64", "bool")  # dtypes
ENOUGH = 3  # inputs that are taken up to a mistake: fewer might have it in common by chance
RUN = 7  # steps that a run takes beside those of what it looks at
MOST = 4000  # steps of all runs, where a round of a loop takes nine: what is found is not worth a long wait

World: TypeAlias = "tuple[tuple[Any, ...], dict[Any, Problem]]"  # the shapes of the inputs, and what is wrong with them
Run = Callable[[Any, tuple[TensorType, ...]], None]  # runs a copy of the visit on inputs; raises CnnError


def kinds(ranks: Iterable[int] = (4, 2, 3)) -> Iterator[TensorType]:
    """Tensors of which one or another takes what is written for any."""
    for number, rank in enumerate(ranks):
        yield from (TensorType(sizes[:rank], "float32") for sizes in SIZES)
        yield from (TensorType(SIZES[number][:rank], dtype) for dtype in OTHERS[: None if rank == 4 else 1])


UNKNOWN = (*kinds(), *(TensorType(SIZES[0][:rank], "float32") for rank in (5, 1)))


def wrong_behind(visit: Any, rest: tuple[Any, ...], before: Any) -> list[Problem]:
    """The mistakes of the statements behind a faulty one, whatever that gave or, as it was, left to flow."""

    def run(side: Any, types: tuple[TensorType, ...]) -> None:
        side.flow = side.new(types[0])
        side.run_all(rest, ())

    if not rest or any(isinstance(statement, t.Input) for statement in rest):
        return []
    known = [before.type] if isinstance(before, Value) and isinstance(before.type, TensorType) else []
    return wrong_on_all(visit, rest[0].span, run, ((kind,) for kind in (*known, *UNKNOWN)))


def wrong_within(visit: Any, origin: Any, given: Any) -> list[Problem]:
    """The mistakes of a block with these arguments, whatever flows into it."""
    item = origin.item

    def run(side: Any, types: tuple[TensorType, ...]) -> None:
        inner = side.definition_visit(origin, item, given)
        inner.receive(types, item, item.name.span)
        inner.run_whole(item.body)

    return wrong_on_all(visit, item.span, run, inputs(visit.definition_visit(origin, item, given), item))


def inputs(visit: Any, item: t.Definition) -> Iterator[tuple[TensorType, ...]]:
    """What may flow into a definition, by the shapes that it declares; nothing if they cannot be read."""
    statements = [statement for statement in item.body if isinstance(statement, t.Input)]
    try:
        declared = [Pattern(visit).declare(s.shape) if s.shape else None for s in statements] or [None]
    except CnnError:
        return
    if any(statement.starred for statement in statements):
        return
    for kind in UNKNOWN if None in declared else kinds((4,)):
        numbers: dict[str, Any] = {}
        for one in declared:
            named = zip(one.shape if one else (), kind.shape, strict=False)
            numbers = {**{str(name): size for name, size in named}, **numbers}
        yield tuple(one_kind(one, numbers, kind) for one in declared)


def one_kind(declared: TensorType | None, numbers: dict[str, Any], kind: TensorType) -> TensorType:
    """A declared input with numbers for its free sizes."""
    if declared is None:
        return kind
    sizes = [size if isinstance(size, int) else size.subs({n: numbers.get(n, 32) for n in size.symbols})
             for size in declared.shape]  # fmt: skip
    return TensorType(tuple(sizes), kind.dtype if declared.dtype == "float32" else declared.dtype)


def wrong_on_all(visit: Any, site: Any, run: Run, inputs: Iterable[tuple[TensorType, ...]]) -> list[Problem]:
    """The mistakes that every input meets, but for those with which an untold one was met before."""
    worlds: list[World] = []
    if visit.session.aside:
        return []
    for types in inputs:
        left = MOST - visit.session.spent
        side = copy_aside(visit, site) if left > 0 else None
        if side is None:
            return []
        limits = side.session.limits
        side.session.limits = replace(limits, steps=min(limits.steps, side.session.steps + left))
        try:
            run(side, types)
            return []
        except (CnnError, RecursionError) as error:
            found = getattr(error, "problems", ())
        finally:
            visit.session.spent += RUN + side.session.steps - visit.session.steps
        if not found or any(problem.code in FATAL for problem in found):
            return []
        world = {key_of(problem): problem for problem in found if problem.code != POISONED}
        if not world:  # which no mistake can be in
            return []
        worlds.append((shapes_of(types), world))
    told: dict[Any, Problem] = {}
    for key, problem in sorted(((k, p) for _, world in worlds for k, p in world.items()), key=lambda pair: pair[0][0]):
        if key not in told and holds(key, told, worlds):
            told[key] = problem
    return list(map(whatever_flows, told.values()))


def holds(key: Any, told: dict[Any, Problem], worlds: list[World]) -> bool:
    """Whether a mistake is met by every input that comes so far, and by several, of several sizes."""
    place = key[0]
    reached = [found for found in worlds if not any(k not in told and k[0] < place for k in found[1])]
    is_chance = len(reached) < ENOUGH or len({shapes for shapes, _ in reached}) == 1
    return not is_chance and all(key in world for _, world in reached)


def shapes_of(types: tuple[TensorType, ...]) -> tuple[Any, ...]:
    return tuple(tuple(kind.shape) for kind in types)


def key_of(problem: Problem) -> tuple[Any, ...]:
    """Where the body at hand meets a mistake, and all that makes it this one."""
    calls = [related.span for related in problem.related if related.code == "instantiated-here"]
    span = problem.span
    outer = calls[-1] if calls else span
    facts = sorted((name, str(fact)) for name, fact in problem.facts.items() if name != "trace")
    return (outer.start if outer else -1, span, problem.code, str(facts), str(problem.fix))


def whatever_flows(problem: Problem) -> Problem:
    """A mistake without what hangs on one input."""
    facts = {**problem.facts, **({"trace": ()} if "trace" in problem.facts else {})}
    links = (replace(one, facts={**one.facts, "on": ""}) if "on" in one.facts else one for one in problem.related)
    related = tuple(one for one in links if "on" in one.facts or not one.facts)
    return replace(problem, facts=facts, related=related)
