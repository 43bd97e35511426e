"""Which names of a loop are each round's own: given anew before they are read, and read by nothing behind the loop; and
as which names the flow may go on behind a round."""

from __future__ import annotations

from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .resolve import targets
from .sites import children, within


class Loops:
    """The loops of a definition's body, and where it reads names.

    A reading belongs to the innermost loop around it whose rounds give the name anew; others are nobody's.
    """

    def __init__(self, body: Iterable[Any]) -> None:
        self.given: dict[int, set[str]] = {}  # by loop, what its rounds give anew
        self.around: dict[int, tuple[t.For | t.InitFor, ...]] = {}  # by loop, those that it stands in
        self.read: dict[str, dict[int | None, list[Span]]] = {}  # by name, and by the loop that a reading belongs to
        left: list[Any] = [(node, (), ()) for node in body]
        while left:
            node, around, rounds = left.pop()
            if isinstance(node, t.Name):
                giving = (id(loop) for loop in reversed(rounds) if node.id in self.given[id(loop)])
                self.read.setdefault(node.id, {}).setdefault(next(giving, None), []).append(node.span)
            elif isinstance(node, (t.For, t.InitFor)):
                self.given[id(node)], self.around[id(node)] = given_by(node), around
                left.append((node.iterable, (*around, node), rounds))
                left += ((part, (*around, node), (*rounds, node)) for part in (*node.targets, *node.body))
            else:
                left += ((part, around, rounds) for part in (node if isinstance(node, tuple) else children(node)))

    def own_names(self, loop: t.For) -> frozenset[str]:
        """Those that a loop, and the loops in it, give to numbers. What other loops give anew is not read there."""
        loops = (node for node in within(loop) if isinstance(node, t.For))
        return frozenset(name for one in loops for name in self.given[id(one)] if not self.is_read(name, one))

    def is_read(self, name: str, loop: t.For) -> bool:
        """Whether it is read outside of a loop, other than in the rounds of another one that give it anew."""
        found, span = self.read.get(name, {}), loop.span
        places = (place for key in (None, *map(id, self.around[id(loop)])) for place in found.get(key, ()))
        return any(not span.start <= place.start < span.end for place in places)


def given_by(loop: t.For | t.InitFor) -> set[str]:
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
    return (part for node in nodes for part in within(node) if isinstance(part, t.Name))


def last_named(body: Iterable[Any]) -> Iterator[str]:
    """The author's names for what may flow behind these statements."""
    for node in reversed(tuple(body)):
        if isinstance(node, (t.If, t.For)):
            yield from last_named((*node.body, *(getattr(node, "otherwise", None) or ())))
        is_named = isinstance(node, t.Assign) and len(node.targets) == 1
        if is_named:
            yield from targets(node.targets)
        if isinstance(node, t.Do) or (is_named and isinstance(node.value, (t.Pipeline, t.Label))):  # no number
            return
