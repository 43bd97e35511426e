"""What both ways of an `if` that a class decides again have in common: names, flow, types and sizes behind it."""

from __future__ import annotations

from ..decided import Behind, Decided, Met
from ..dims import Dim, symbol
from ..dims.calls import Formula, put
from ..graph import Known, Value
from ..loops import MARK, of_rounds
from ..records import replace
from ..shapes import TensorType
from ..spelled import Spelled
from ..typed import TYPE_CHECKING, Any
from .arithmetic import truth
from .deciding import Watch, deciders, question
from .things import NoFlow, Thing, is_static, known_of, plain, size_name, symbols_in
from .wording import chosen, said

if TYPE_CHECKING:
    from .state import State

FIRST_OR_LATER = {(">", 0), (">=", 1), ("!=", 0), ("==", 0), ("<", 1)}  # what is true of a place, or is not, but for 0


def meet(visit: Any, condition: Thing, other: Any, watch: Watch, site: int) -> frozenset[str]:
    """Behind a decision: names and flow hold what both ways have in common. `other` are those of the way not gone.

    Gives the names of numbers that are spelled as what either way gave.
    """
    watch.note(condition)
    if other is None or other[2] != visit.returned or visit.returned is not None:
        visit.pin(*deciders(visit, condition), told=True)
        return frozenset()
    names, flow, _ = other
    before = dict(visit.names)
    met: dict[Any, Thing] = {}
    for name in visit.names.keys() & names.keys():
        visit.names[name] = either(visit, condition, visit.names[name], names[name], met, site)
    if any(is_static(thing) for name, thing in names.items() if name not in visit.names):
        visit.pin_unsaid(*deciders(visit, condition))
    visit.flow = flow_of_either(visit, condition, visit.flow, flow, met, site)
    visit.elsewhere.setdefault(question(condition, not truth(condition)), {}).update(names)
    changed = (name for name, thing in before.items() if visit.names[name] is not thing)
    return frozenset(name for name in changed if isinstance(visit.names[name], Known))


def flow_of_either(visit: Any, condition: Thing, here: Thing, there: Thing, met: dict[Any, Thing], site: int) -> Thing:
    """The same of what flows. Where it is open which tensor that is, nobody can take it before the end of the body; and
    of which kind it is matters to who takes it alone (`State.settle_flow`)."""
    there = there.value if isinstance(there, NoFlow) and there.value is not None else there
    if isinstance(here, NoFlow) and here.value is None:
        return here
    kept, before = (visit.pinned, visit.settled, visit.unsaid), visit.apart
    visit.pinned, visit.settled, visit.unsaid = set(), set(), set()
    found = either(visit, condition, here.value if isinstance(here, NoFlow) else here, there, met, site)
    decided = Decided(frozenset(visit.pinned), frozenset(visit.settled), frozenset(visit.unsaid))
    visit.pinned, visit.settled, visit.unsaid = kept
    if isinstance(found, Value) and (decided.pinned or visit.apart != before) and not visit.loops:
        visit.doubtful[mark := Behind("")] = decided, visit.apart[len(before) :]
        visit.apart = before
        found = replace(found, behind=(mark, *found.behind))
    else:
        visit.pin_as(decided)
    return replace(here, value=found) if isinstance(here, NoFlow) else found


def either(
    visit: Any, condition: Thing, here: Thing, there: Thing, met: dict[Any, Thing], site: int | None = None
) -> Thing:
    """What one way gave, known as far as the other one gives the same; of a value, what the other way gives instead."""
    if here is there or (is_static(here) and is_static(there) and plain(here) == plain(there)):
        return here
    found = chosen(condition, truth(condition), here, there) if isinstance(here, Known) else None
    if found and not any(MARK in name for name in symbols_in([found])):  # of a round, who comes behind knows nothing
        return found
    if not isinstance(here, Value) or not isinstance(there, Value):
        visit.pin_unsaid(*deciders(visit, condition))
        return here
    key = here.number, there.number
    if key not in met:
        kind = met_type(visit, condition, here.type, there.type, (site, here.number))
        parted = ((site, there),) if site is not None and here.number != there.number else ()
        same = kind is None and not parted
        met[key] = here if same else replace(here, type=kind or here.type, instead=(*parted, *here.instead))
    return met[key]


def met_type(visit: State, condition: Thing, here: Any, there: Any, at: Any = (None, 0)) -> TensorType | None:
    """The type that both ways have; where they have none, the decision is pinned, unless a class may make it again.

    `at` is the site of that, and the number of the value.
    """
    if here is there:
        return None
    if not isinstance(here, TensorType) or not isinstance(there, TensorType):
        visit.pin(*deciders(visit, condition), told=True)
        return None
    if is_apart(here, there):
        from .apart_behind import note_apart

        note_apart(visit, deciders(visit, condition), *at)
        return None
    sizes = (met_size(visit, condition, here, axis, there.shape[axis]) for axis in range(here.rank))
    return TensorType(tuple(sizes), here.dtype)


def is_apart(here: TensorType, there: TensorType) -> bool:
    """Whether two types have more than sizes of their own in which they differ."""
    if here.rank != there.rank or here.dtype != there.dtype:
        return True
    return any(isinstance(a, Dim) is not isinstance(b, Dim) for a, b in zip(here.shape, there.shape, strict=True))


def met_size(visit: State, condition: Thing, kind: TensorType, axis: int, other: Any) -> Any:
    size = kind.shape[axis]
    if isinstance(size, Dim):
        if size != other:
            visit.shape(*deciders(visit, condition))
        return size
    ways = getattr(size, "spellings", ()), getattr(other, "spellings", ())
    later = later_ways(visit, condition, axis, ways)
    if shared := [spelling for spelling in ways[0] if spelling in ways[1]]:
        return Spelled(size, shared, getattr(size, "factors", ()))
    if size == other and ways == ((), ()):
        return size
    then, otherwise = (known_of(size), known_of(other))[:: 1 if truth(condition) else -1]
    if spellings := said("if", int(size), then, condition, otherwise):
        if then.spellings[1:] or otherwise.spellings[1:]:  # one of them may say no name of a round
            plainer = said("if", int(size), outside(then), condition, outside(otherwise))
            spellings = tuple(dict.fromkeys((*plainer, *spellings)))
        return Spelled(int(size), (*spellings, *later))
    key = f"{size_name(kind.rank, axis) or 'size'}{MARK}{next(visit.session.numbers)}"
    visit.session.note(key, known_of(size), tuple(symbols_in(deciders(visit, condition))))
    visit.met[key] = Met(ways[0])
    return Spelled(int(size), (symbol(key), *later))


def outside(known: Known) -> Known:
    """A number as it is said without names of rounds, if it is."""
    ways = tuple(way for way in known.spellings if not of_rounds(way))
    return Known(known.value, ways) if ways else known


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
