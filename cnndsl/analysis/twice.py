"""Names that one list gives twice: parameters, inputs, targets. Looks at what is written alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..problems import Problem, Related
from ..source import Span
from ..syntax import tree as t
from ..typed import Any

Given = Iterable[tuple[str, Span]]


def given_twice(item: Any, nodes: Iterable[Any]) -> Iterator[Problem]:
    """A problem for each name that is given a second time where only one can be meant. `nodes`: all of the item's."""
    parameters = item.parameters if isinstance(item, (t.Definition, t.Alias, t.Def)) else ()
    yield from repeated("parameter", ((p.name.id, p.name.span) for p in parameters))
    if isinstance(item, t.Definition):
        inputs = [node.name for node in item.body if isinstance(node, t.Input)]
        yield from repeated("input", ((name.id, name.span) for name in inputs))
    for node in nodes:
        if isinstance(node, (t.Assign, t.For)):
            yield from repeated("name", ((name.id, name.span) for name in targets(node.targets)))


def targets(node: Any) -> Iterator[t.Name]:
    """The names that an assignment or a loop binds, less `_`, which stands for what is not needed."""
    if isinstance(node, tuple):
        for part in node:
            yield from targets(part)
    elif isinstance(node, t.Name) and node.id != "_":
        yield node


def repeated(kind: str, given: Given) -> Iterator[Problem]:
    first: dict[str, Span] = {}
    for name, span in given:
        if first.setdefault(name, span) is not span:
            yield Problem("name-twice", span, {"kind": kind, "name": name}, (Related("first-here", first[name]),))
