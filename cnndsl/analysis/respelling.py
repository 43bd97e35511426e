"""Carries types out of a class: their sizes get spelled over the names of the class around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..dims import Dim
from ..graph import Known, Type
from ..loops import MARK
from ..shapes import TensorType
from ..spelled import Spelled

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


def respelled(size: Any, names: Names, visit: State) -> Any:
    """A size that a loop left behind is what it came to there, so how often the loop turned must stay as it is."""
    if not isinstance(size, Spelled):
        return size
    outer: dict[str, Any] = {}
    for name, known in names.items():
        value = known.value
        if isinstance(value, int) and not isinstance(value, bool):
            outer[name] = next((s for s in known.spellings if isinstance(s, Dim)), int(value))
    keys = {name for spelling in size.spellings for name in spelling.symbols if MARK in name}
    for key in keys:
        inner = visit.session.came_to.get(key)
        if isinstance(inner, int):
            outer[key] = inner
        elif inner is not None and inner.symbols <= outer.keys():
            outer[key] = inner.subs(outer)
    found = (spelling.subs(outer) for spelling in size.spellings if spelling.symbols <= outer.keys())
    spellings = [spelling for spelling in found if isinstance(spelling, Dim)]
    for name in visit.session.turns(keys) & names.keys():
        visit.pin(names[name])
    return Spelled(int(size), spellings) if spellings else int(size)
