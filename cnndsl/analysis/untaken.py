"""A name that is not given where it is read: by the way of an `if` that is not taken, by the very line that reads it.
Loaded only for errors.
"""

from __future__ import annotations

from ..dims import Dim
from ..graph import Known
from ..problems import CnnError, Edit, Fix, Problem, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .resolve import targets
from .sites import within

LONGEST = 40  # of a stage that is shown


def way_not_taken(body: Any, name: t.Name, names: Mapping[str, Any]) -> CnnError | None:
    """The problem of a name that only the way of an `if` gives which is not taken here, or which forward() decides.

    `body` is the definition's; `names` is what names stand for.
    """
    ways = ((node, way) for node in every(body) if isinstance(node, t.If) for way in (node.body, node.otherwise or ()))
    given = (
        (node, way, found)
        for node, way in ways
        for found in every(way)
        if isinstance(found, t.Assign) and name.id in targets(found.targets) and found.span.end <= name.span.start
    )
    node, way, found = next(given, (None, (), None))
    if node is None or found is None:
        return None
    condition = f"`{' '.join(node.condition.span.text.split())}` {'holds' if way is node.body else 'does not hold'}"
    head = found.value.stages[0] if isinstance(found.value, t.Pipeline) else found.value
    before = head.id if isinstance(head, t.Name) and head.id[:1].islower() and head.id != name.id else "..."
    help = advise("name-before-if", name=name.id, before=before)
    held = [names.get(one.id) for one in within(node.condition) if isinstance(one, t.Name)]
    if any(isinstance(one, Known) and isinstance(one.value, Dim) for one in held):  # a free size
        otherwise = "..." if node.otherwise else before
        help = advise("name-what-if-gives", name=name.id, otherwise=otherwise)
    related = Related("named-here", found.span, {"condition": condition})
    return fail("unknown-name", name.span, related, name=name.id, help=help)


def named_too_late(body: Any, name: t.Name, facts: dict[str, object]) -> CnnError | None:
    """The problem of a name that its own line gives, `x = x + y`: the stage that made what flows could name it."""
    nodes = list(every(body))
    lines = (node for node in nodes if isinstance(node, t.Assign) and name.id in targets(node.targets))
    line = next((node for node in lines if node.span.start < name.span.start < node.span.end), None)
    if line is None or facts.get("nearest"):
        return None
    stages = [node.span for node in nodes if isinstance(node, t.Do) and node.span.end <= line.span.start]
    inputs = [node.name.id for node in nodes if isinstance(node, t.Input)]
    if not stages and len(inputs) == 1:
        return fail("unknown-name", name.span, **{**facts, "help": advise("input-is-called", name=inputs[0])})
    if not stages or len(last := stages[-1].text) > LONGEST or "\n" in last:
        return fail("unknown-name", name.span, **{**facts, "help": advise("value-named", name=name.id)})
    help = advise("flow-named", made=f"{name.id} = {last}")
    edit = Edit(Span(name.span.source, stages[-1].start, stages[-1].start), f"{name.id} = ")
    return CnnError([Problem("unknown-name", name.span, {**facts, "help": help}, fix=Fix((edit,), False))])


def every(body: Any) -> Iterator[Any]:
    return (node for statement in body for node in within(statement))
