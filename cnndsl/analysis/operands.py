"""What is wrong with how a thing is written, whatever it means: a name that one list gives twice (parameters, inputs,
targets), and a label that stands where a value is meant, `x + conv`, which applies `conv` once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..problems import Problem, Related
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .lint import is_allowed

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


def labels_as_operands(item: Any, nodes: list[Any]) -> Iterator[Problem]:
    """A warning for each label of a definition that is an operand, an argument of a function, or a whole result."""
    labels = {node.target.id for node in nodes if isinstance(node, t.Label) and isinstance(node.target, t.Name)}
    labels -= {p.name.id for p in getattr(item, "parameters", ())} | {n for node in nodes for n in bound_by(node)}
    for node in nodes if labels else ():
        for name in operands(node):
            if (
                isinstance(name, t.Name)
                and name.id in labels
                and not is_allowed("label-as-operand", name.span, item.span)
            ):
                yield Problem("label-as-operand", name.span, {"name": name.id}, severity="warning")


def bound_by(node: Any) -> Iterator[str]:
    """A label may share the name of a number; its place decides which is meant."""
    if isinstance(node, (t.Assign, t.For)):
        yield from (name.id for name in targets(node.targets))


def operands(node: Any) -> Iterator[Any]:
    if isinstance(node, t.Binary):
        yield from (node.left, node.right)
    elif isinstance(node, t.Return):
        yield from (result.value for result in node.items)
    elif isinstance(node, t.Assign):
        yield node.value
    elif isinstance(node, t.Call) and isinstance(node.function, t.Name) and node.function.id.islower():
        for argument in node.arguments:
            yield from argument.items if isinstance(argument, (t.List, t.Tuple)) else (argument,)
