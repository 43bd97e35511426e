"""Carries types out of a class: their sizes get spelled over the names of the class around it."""

from __future__ import annotations

from collections.abc import Mapping

from ..dims import Dim
from ..graph import Known, Type
from ..loops import MARK
from ..shapes import TensorType
from ..spelled import Spelled
from ..typed import TYPE_CHECKING, Any
from .wording import Unsaid, part_of

if TYPE_CHECKING:
    from .state import State

Names = Mapping[str, Known]


def translated(kind: Type, names: Names, visit: State) -> Type:
    """A type out of a class, its sizes spelled over the names of the class around it."""
    if isinstance(kind, tuple):
        return tuple(translated(item, names, visit) for item in kind)
    if not isinstance(kind, TensorType) or not any(isinstance(size, Spelled) for size in kind.shape):
        return kind
    return TensorType(tuple(respelled(size, names, visit) for size in kind.shape), kind.dtype)


def told_better(kind: Type, last: Type) -> Type:
    """The type of a result, which is `last` that of the last round of a loop: what is said without names of rounds."""
    if isinstance(kind, tuple) and isinstance(last, tuple):
        return tuple(map(told_better, kind, last))
    if not isinstance(kind, TensorType) or not isinstance(last, TensorType) or kind is last:
        return last
    return TensorType(tuple(map(better, kind.shape, last.shape)), last.dtype)


def better(size: Any, last: Any) -> Any:
    plain = any(not any(MARK in name for name in s.symbols) for s in getattr(size, "spellings", ()))
    return size if plain else last


def respelled(size: Any, names: Names, visit: State) -> Any:
    """A size that a loop left behind is what it came to there, so how often the loop turned must stay as it is.

    Where no spelling can be said outside, what the size hangs on is pinned.
    """
    if not isinstance(size, Spelled) or not size.spellings:
        return size
    size = told_plainly(size, names)
    keys = {name for spelling in size.spellings for name in spelling.symbols if MARK in name}
    outer = {name: inside for spelling in size.spellings for name in spelling.symbols
             if (inside := outside(name, names)) is not None}  # fmt: skip
    for key in keys:
        inner = visit.session.came_to.get(key)
        if isinstance(inner, int):
            outer[key] = inner
        elif inner is not None:
            more = {name: inside for name in inner.symbols if (inside := outside(name, names)) is not None}
            if inner.symbols <= more.keys():
                outer[key] = inner.subs(more)
    found = (spelling.subs(outer) for spelling in size.spellings if spelling.symbols <= outer.keys())
    sayable = [spelling for spelling in found if isinstance(spelling, (int, Dim))]
    behind = visit.session.turns(keys) & names.keys()
    if not sayable:
        behind = visit.session.behind(name.partition("[")[0] for s in size.spellings for name in s.symbols)
    visit.pin(*(names[name] for name in behind if name in names))
    spellings = [spelling for spelling in sayable if isinstance(spelling, Dim)]
    return Spelled(int(size), spellings) if spellings else int(size)


def told_plainly(size: Spelled, names: Names) -> Spelled:
    """The size without names of rounds and decisions, if it has another spelling that can be said outside."""

    def is_plain(name: str) -> bool:
        return MARK not in name and outside(name, names) is not None

    plain = [spelling for spelling in size.spellings if all(map(is_plain, spelling.symbols))]
    return Spelled(int(size), plain, size.factors) if plain else size


def outside(name: str, names: Names) -> Any:
    """A name of the class, or an item of a list of hers (`widths[2]`), as a part of a formula outside of it."""
    base, *places = name.replace("]", "").split("[")
    thing: Any = names.get(base)
    for place in places:
        inner = thing.value if isinstance(thing, Known) else thing
        thing = inner[int(place)] if isinstance(inner, (list, tuple)) and int(place) < len(inner) else None
    if thing is None:
        return None
    try:
        return part_of(thing)
    except Unsaid:
        return None
