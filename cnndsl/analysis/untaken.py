"""A name that is not given where it is read: by the way of an `if` that is not taken, by the very line that reads it.
Loaded only for errors.
"""

from __future__ import annotations

from ..dims import Dim
from ..graph import Known
from ..problems import CnnError, Edit, Fix, Problem, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator, Mapping
from .gathering import POISONED
from .resolve import targets
from .sites import within
from .undeclared import OFTEN

BELOW = advise("given-below")
LONGEST = 40  # of a stage that is shown


class Given:
    """Where the body of a definition gives names: looked through once, for all that are asked for."""

    def __init__(self, body: Any) -> None:
        nodes = list(every(body))
        self.stages = [node.span for node in nodes if isinstance(node, t.Do)]
        self.inputs = [node.name.id for node in nodes if isinstance(node, t.Input)]
        self.lines = by_name((node, node) for node in nodes)
        self.statements = by_name((node, node) for node in body)
        for node in body:
            if isinstance(node, t.ParamOf):
                self.statements.setdefault(node.name.id, []).append(node)
        ifs = (node for node in nodes if isinstance(node, t.If))
        ways = ((one, way) for one in ifs for way in (one.body, one.otherwise or ()))
        self.ways = by_name(((one, way, found), found) for one, way in ways for found in every(way))


def by_name(found: Iterable[tuple[Any, Any]]) -> dict[str, list[Any]]:
    """Facts about assignments, by the names that these give."""
    named: dict[str, list[Any]] = {}
    for fact, node in found:
        for one in targets(node.targets) if isinstance(node, t.Assign) else ():
            named.setdefault(one, []).append(fact)
    return named


def not_given(visit: Any, name: t.Name, facts: dict[str, object]) -> CnnError | None:
    """The problem of a name that the body of a visit gives, but not here."""
    known = visit.scope.given
    given = known[id(visit.body)] = known.get(id(visit.body)) or Given(visit.body)
    if visit.is_model and not given.inputs and name.id in OFTEN:
        return fail(POISONED, name.span)  # it is told that the model has no input
    return named_too_late(given, name, facts) or way_not_taken(given, name, visit.names) or below(given, name)


def below(given: Given, name: t.Name) -> CnnError | None:
    """The problem of a name that a later statement of a body gives."""
    later = (node for node in given.statements.get(name.id, ()) if node.span.start > name.span.start)
    for node in later:
        return fail("unknown-name", name.span, Related("declared-here", node.span), name=name.id, help=BELOW)
    return None


def way_not_taken(given: Given, name: t.Name, names: Mapping[str, Any]) -> CnnError | None:
    """The problem of a name that only the way of an `if` gives which is not taken here, or which forward() decides.

    `given` is the definition's; `names` is what names stand for.
    """
    earlier = (one for one in given.ways.get(name.id, ()) if one[2].span.end <= name.span.start)
    node, way, found = next(earlier, (None, (), None))
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


def named_too_late(given: Given, name: t.Name, facts: dict[str, object]) -> CnnError | None:
    """The problem of a name that its own line gives, `x = x + y`: the stage that made what flows could name it."""
    lines = given.lines.get(name.id, ())
    line = next((node for node in lines if node.span.start < name.span.start < node.span.end), None)
    if line is None or facts.get("nearest"):
        return None
    stage = next((span for span in reversed(given.stages) if span.end <= line.span.start), None)
    if stage is None and (before := made_before(given, name, line)):
        help = advise("made-by-this-line", name=name.id, before=before)
        return fail("unknown-name", name.span, **{**facts, "help": help})
    if stage is None and len(given.inputs) == 1:
        return fail("unknown-name", name.span, **{**facts, "help": advise("input-is-called", name=given.inputs[0])})
    if stage is None or len(last := stage.text) > LONGEST or "\n" in last:
        return fail("unknown-name", name.span, **{**facts, "help": advise("value-named", name=name.id)})
    help = advise("flow-named", made=f"{name.id} = {last}")
    edit = Edit(Span(name.span.source, stage.start, stage.start), f"{name.id} = ")
    return CnnError([Problem("unknown-name", name.span, {**facts, "help": help}, fix=Fix((edit,), False))])


def made_before(given: Given, name: t.Name, line: t.Assign) -> str | None:
    """The last value that is named before a line, one that is counted as this one is if there is such a one."""
    stem = name.id.rstrip("0123456789")
    found = [
        (other.rstrip("0123456789") == stem, node.span.start, other)
        for other, nodes in given.lines.items()
        for node in nodes
        if node.span.end <= line.span.start
    ]
    return max(found)[-1] if found else None


def every(body: Any) -> Iterator[Any]:
    return (node for statement in body for node in within(statement))
