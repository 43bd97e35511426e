"""Labels that stand where a value is meant: `x + conv` applies `conv` once more. Looks at what is written alone."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Problem
from ..syntax import tree as t
from ..typed import Any
from .lint import is_allowed
from .twice import targets


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
