"""What an `if` of a model leaves of one rank in one way, and of another in the other: its class may make both, where
all that follows is done in either way alike.

Each way is that of some model of the file, whose visit knows what follows. Where something is decided once more behind
it, be it inside of a block, there may be ways that no visit has gone: then the decision is made once for all.
"""

from __future__ import annotations

from ..graph import BlockModule, Child, Choice, Make
from ..loops import Entry, called, every
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator, Sequence
from .things import Thing, symbols_in


def note_apart(visit: Any, things: Sequence[Thing], site: int | None, number: int) -> None:
    """A value is apart behind a decision: what this hangs on is pinned, or looked at when all is known."""
    if visit.told and site is not None:
        visit.shaped_from = number if visit.shaped_from is None else min(number, visit.shaped_from)
        visit.apart = (*visit.apart, (things, site, asked(visit)))
    else:
        visit.pin(*things, told=True)


def settle_apart(visit: Any) -> None:
    """At the end of a model: may its class make again the decisions behind which tensors are apart?"""
    places = {step.site: n for n, step in enumerate(visit.steps) if isinstance(step, Choice)}
    for things, site, before in visit.apart:
        place = next((places.get(first) for first, chain in chains(visit.body) if site in chain), None)
        if place is None or decides(visit.steps[place + 1 :]):
            visit.pin(*things, told=True)
            continue
        visit.kinds |= visit.session.behind(frozenset(symbols_in(things)))
        if asked(visit) != before or visit.session.reads:
            visit.shape(*things)


def chains(body: Iterable[Any]) -> Iterator[tuple[int, list[int]]]:
    """Where each `if` of a body begins, and each `else if` behind which nothing stands in it."""
    for node in (getattr(statement, "value", statement) for statement in body):
        if isinstance(node, t.If):
            found = [node.span.start]
            while node.otherwise and isinstance(node := getattr(node.otherwise[-1], "value", None), t.If):
                found.append(node.span.start)
            yield found[0], found


def asked(visit: Any) -> int:
    """How much was required so far."""
    need = visit.session.need
    return sum(map(len, (need.conditions, need.training, need.evaluation)))


def decides(steps: Iterable[Any]) -> bool:
    """Whether something is decided in these steps, or in what they make, and not only asked for."""
    left, seen = list(every(steps)), set[int]()
    while left:
        one = left.pop()
        if isinstance(one, Choice) and not one.needed and not one.expected:
            return True
        if not isinstance(one, (Make, Entry, Child)):
            continue
        module = one.module
        if block := called(module) or (module if isinstance(module, BlockModule) else None):
            left += every(block.instance.body) if id(block.instance) not in seen else ()
            seen.add(id(block.instance))
        else:
            left += (*every(module.layout), *module.children)
    return False
