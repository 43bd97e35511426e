"""The names that the steps of a merged class are written over. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Known, Make, Own, Value
from ..loops import Entry
from ..records import fields, is_dataclass
from ..typed import Any
from .expressions import Written
from .plans import Decision, Repeat
from .varying import symbols_of


def written_in(thing: Any) -> frozenset[str]:
    """The names that a step of the merged class is written over."""
    if isinstance(thing, Known):
        return written_in(thing.value)
    if isinstance(thing, Written):
        return symbols_of(thing.spelling)
    if isinstance(thing, (tuple, list)):
        return frozenset().union(*map(written_in, thing))
    if is_dataclass(thing) and not isinstance(thing, Value):
        return frozenset().union(*(written_in(getattr(thing, f.name)) for f in fields(thing)))
    return frozenset()


def forward_names(body: Sequence[Any]) -> frozenset[str]:
    """The names over which the lines of forward() are written; what only makes modules has none there."""
    found: frozenset[str] = frozenset()
    for step in body:
        if isinstance(step, (Decision, Repeat)):
            inside = (step.then, step.otherwise) if isinstance(step, Decision) else (step.body,)
            if any(runs(way) for way in inside):
                head = step.condition if isinstance(step, Decision) else (step.count, step.sources)
                found = found.union(written_in(head), *map(forward_names, inside))
        elif not isinstance(step, (Make, Entry, Own)):
            found |= written_in(step)
    return found


def runs(body: Sequence[Any]) -> bool:
    """Whether forward() has a line of it."""
    return any(not isinstance(step, (Make, Entry, Own)) for step in body)
