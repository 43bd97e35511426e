"""An `Identity` that keeps the wrong value: one way of an `if` begins a name from `x`, and the other, of what flows by
then, makes nothing else of it. Loaded only where there is an Identity.
"""

from __future__ import annotations

from ..graph import Apply, Step
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
        if facts and isinstance(step, Apply) and getattr(step.inputs[0], "name", None) != facts[1][1]:
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
                yield value.span, (("name", name), ("start", head.id))


def named(way: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """The names that the statements of a way give, each to one value."""
    for node in way:
        if isinstance(node, t.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], t.Name):
            yield node.targets[0].id, node.value
