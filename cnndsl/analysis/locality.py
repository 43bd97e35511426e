"""Which names of a loop are each round's own: given anew before they are read, and read by nothing behind the loop."""

from __future__ import annotations

from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .resolve import targets
from .sites import within


def own_names(loop: t.For, whole: Iterable[Any]) -> frozenset[str]:
    """Those that a loop gives to numbers; `whole` is the body of the definition that it is in.

    What other loops give anew is not read there.
    """
    return own_among(loop, [node for part in whole for node in within(part)])


def own_among(loop: t.For, nodes: list[Any]) -> frozenset[str]:
    inside = within(loop)
    own = set(map(id, inside))
    for other in (node for node in nodes if isinstance(node, t.For) and are_apart(node, loop)):
        given = given_by(other)
        own.update(id(name) for name in names_in((*other.targets, *other.body)) if name.id in given)
    read = {node.id for node in nodes if isinstance(node, t.Name) and id(node) not in own}
    inner = (node for node in inside if isinstance(node, t.For) and node is not loop)
    return frozenset(given_by(loop) - read).union(*(own_among(node, nodes) for node in inner))


def are_apart(one: t.For, other: t.For) -> bool:
    return one.span.end <= other.span.start or other.span.end <= one.span.start


def given_by(loop: t.For) -> set[str]:
    """What each round of a loop names before it reads it."""
    given = set(targets(loop.targets))
    read: set[str] = set()
    for statement in loop.body:
        if isinstance(statement, t.Assign):
            read.update(name.id for name in names_in([statement.value]))
            given.update(name.id for name in statement.targets if isinstance(name, t.Name) and name.id not in read)
        read.update(name.id for name in names_in([statement]))
    return given


def names_in(nodes: Iterable[Any]) -> Iterator[t.Name]:
    for node in nodes:
        if isinstance(node, tuple):
            yield from names_in(node)
        else:
            yield from (part for part in within(node) if isinstance(part, t.Name))
