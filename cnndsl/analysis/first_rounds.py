"""How a size is written that the first round of a loop leaves as it is, and all later rounds make anew (`if i > 0`)."""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import Formula, put
from ..graph import Known
from ..loops import MARK
from ..typed import TYPE_CHECKING, Any
from .things import Thing

if TYPE_CHECKING:
    from .state import State

FIRST_OR_LATER = {(">", 0), (">=", 1), ("!=", 0), ("==", 0), ("<", 1)}  # what is true of a place, or is not, but for 0


def later_ways(visit: State, condition: Thing, axis: int, ways: tuple[Any, Any]) -> tuple[Dim, ...]:
    """How a size is written in this round that all but the first round of a loop decide about one way (`i > 0`): as in
    these, if that comes to the same in the first one. `ways` are those of this way and of the other one.
    """
    numbers, name = visit.session.came_to, first_or_later(condition)
    if name not in visit.session.places:
        return ()
    sizes, key = [[way for way in some if isinstance(way, Dim)] for some in ways], (name.partition(MARK)[0], axis)
    if numbers[name]:
        return tuple(sizes[0]) if key in visit.firsts else ()
    here = {str(put(way, numbers)) for way in sizes[0]}  # `dims[0]`, as which an item was taken, or as `dims[i]`
    found = tuple(way for way in sizes[1] if str(put(way, numbers)) in here)
    (visit.firsts.add if found else visit.firsts.discard)(key)
    return found


def first_or_later(condition: Thing) -> str:
    """The name that a condition asks whether it is 0; '' if it asks something else."""
    part: Any = condition.spellings[0] if isinstance(condition, Known) and condition.spellings else None
    while isinstance(part, Formula) and (part.sign == "not" or (part.sign, part.parts[-1]) in FIRST_OR_LATER):
        part = part.parts[0]
    is_name = isinstance(part, Dim) and len(part.symbols) == 1 and part == symbol(*part.symbols)
    return str(*part.symbols) if is_name else ""
