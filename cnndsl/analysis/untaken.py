"""A name that only one way of an `if` gives, where the other one is taken. Loaded only for errors."""

from __future__ import annotations

from ..dims import Dim
from ..graph import Known
from ..problems import CnnError, Related, advise, fail
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .resolve import targets
from .sites import within


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


def every(body: Any) -> Iterator[Any]:
    return (node for statement in body for node in within(statement))
