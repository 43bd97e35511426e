"""An `if` that keeps the wrong value: one way begins a name from `x`, and the other gives what flows by then, by an
`Identity` or because there is no `else`. Loaded only where there is one of these.
"""

from __future__ import annotations

from ..graph import Apply, Step, Value
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator
from .lint import Told
from .sites import within


def of_the_flow(steps: list[Step], item: t.Definition) -> Iterator[tuple[str, Span, Told]]:
    """Code, place and facts for each of these in a definition."""
    ways = {span: facts for node in within(item) if isinstance(node, t.If) for span, facts in kept(node)}
    for step in steps if ways else ():
        facts = ways.get(step.span) if isinstance(step, Apply) and step.span else None
        if facts and isinstance(step, Apply) and getattr(step.inputs[0], "name", None) != dict(facts)["start"]:
            assert step.span
            yield "identity-of-the-flow", step.span, facts


def kept(node: t.If) -> Iterator[tuple[Span, Any]]:
    """Each Identity with which one way of an `if` names what the other makes of another value, and what is said."""
    ways = [dict(named(way or ())) for way in (node.body, node.otherwise)]
    for these, others in (ways, ways[::-1]):
        for name, value in these.items():
            alone = value.value if isinstance(value, t.Label) else value
            other = others.get(name)
            head = other.stages[0] if isinstance(other, t.Pipeline) and not other.from_flow else None
            if isinstance(alone, t.Name) and alone.id == "Identity" and isinstance(head, t.Name):
                yield value.span, (*([("name", name)] if name else []), ("start", head.id))


def flows_instead(visit: Any, node: t.If, flow: Any) -> None:
    """Warns of an `if` that is a value, has no `else`, and begins from another tensor than the one that flows here."""
    last = node.body[-1] if node.body else None
    made = last.value if isinstance(last, t.Do) else None
    head = made.stages[0] if isinstance(made, t.Pipeline) and not made.from_flow else None
    if not isinstance(head, t.Name):
        return
    value = visit.names.get(head.id)
    if isinstance(value, Value) and isinstance(flow, Value) and value != flow:
        visit.session.collector.visits[node.span] += 1
        facts = ("start", head.id), ("condition", node.condition.span.text)
        visit.session.collector.fired["if-without-else", node.span, facts] += 1


def named(way: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """The names that the statements of a way give, each to one value; that of the `if` itself is ""."""
    for node in way:
        if isinstance(node, t.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], t.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, t.Do) and len(way) == 1:
            yield "", node.value
