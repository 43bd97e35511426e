"""Results named by colons, as in a dictionary: `return a: x, b: y`. Loaded only where the first of them has one."""

from __future__ import annotations

from ..problems import CnnError, Edit, Fix, Problem
from ..source import Span
from . import tree as t


def refuse_colons(results: tuple[t.ReturnItem, ...]) -> None:
    """Raises CnnError, unless one of the results may be a module that is made here, under a label."""
    labels = [result.value for result in results if isinstance(result.value, t.Label)]
    if len(labels) < len(results) or not all(isinstance(one.target, t.Name) and is_value(one.value) for one in labels):
        return
    edits = [Edit(Span(one.span.source, one.target.span.end, one.value.span.start), "=") for one in labels]
    shown = ", ".join(f"{label.target.span.text}={label.value.span.text}" for label in labels)
    colon = edits[0].span.start + edits[0].span.text.index(":")
    facts: dict[str, object] = {"found": ":", "help": f"results are named by `=`: `return {shown}`"}
    place = Span(edits[0].span.source, colon, colon + 1)
    raise CnnError([Problem("syntax", place, facts, fix=Fix(tuple(edits), True))])


def is_value(node: object) -> bool:
    """Whether this makes no module."""
    name = node.function if isinstance(node, t.Call) else node
    return isinstance(name, (t.Binary, t.Index)) or (isinstance(name, t.Name) and name.id[:1].islower())
