"""Carries types out of a class: their sizes get spelled over the names of the class around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..dims import Dim
from ..graph import Known, Type
from ..shapes import TensorType
from ..spelled import Spelled


def translated(kind: Type, names: Mapping[str, Known]) -> Type:
    """A type out of a class, its sizes spelled over the names of the class around it."""
    if isinstance(kind, tuple):
        return tuple(translated(item, names) for item in kind)
    if not isinstance(kind, TensorType) or not any(isinstance(size, Spelled) for size in kind.shape):
        return kind
    return TensorType(tuple(respelled(size, names) for size in kind.shape), kind.dtype)


def respelled(size: Any, names: Mapping[str, Known]) -> Any:
    if not isinstance(size, Spelled):
        return size
    outer = {}
    for name, known in names.items():
        value = known.value
        if isinstance(value, int) and not isinstance(value, bool):
            outer[name] = next((s for s in known.spellings if isinstance(s, Dim)), int(value))
    found = (spelling.subs(outer) for spelling in size.spellings if spelling.symbols <= outer.keys())
    spellings = [spelling for spelling in found if isinstance(spelling, Dim)]
    return Spelled(int(size), spellings) if spellings else int(size)
