"""What layers made before: the same layer, written in the same way, on the same types gives the same once more.

Values are told apart by what they are, how they are spelled and what they are products of, so that what is remembered
can stand for what would be made in all respects. Remembers what succeeds; knows no place in a file.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from ..dims import Dim
from ..graph import Known, LayerModule, Type
from ..layers.base import Layer
from ..records import dataclass
from ..shapes import Need, TensorType
from ..spelled import Spelled
from .things import Thing

KEPT = 8192  # layers
remembered: dict[Hashable, Remembered] = {}


@dataclass(frozen=True)
class Remembered:
    """A layer that was made: the module and what it gives, what it needs, and which parameters it pins, or shapes
    free sizes by.

    Whether it pins those in `unasked` was not asked: they were pinned already.
    """

    module: LayerModule
    output: Type
    need: Need
    pinned: frozenset[str]
    unasked: frozenset[str]
    shaped: frozenset[str]


def remember(key: Hashable, made: Remembered) -> None:
    if len(remembered) >= KEPT:
        remembered.clear()
    remembered[key] = made


def key_of(
    cls: type[Layer], given: Mapping[str, Thing], keywords: Mapping[str, Thing], types: Any, terms: Hashable
) -> Any:
    """What decides all about a layer; None for one that is not remembered."""
    try:
        arguments = tuple([(name, seen(thing)) for name, thing in given.items()])
        return cls, arguments, tuple(keywords), tuple([seen(kind) for kind in types]), terms
    except NotImplementedError:
        return None


def seen(thing: Any) -> Any:
    """All that there is to a value or type, as one that can be compared."""
    kind = thing.__class__
    if kind is int or kind is str:
        return thing
    if kind is Known:
        return (seen(thing.value), thing.spellings) if thing.spellings else seen(thing.value)
    if kind is TensorType:
        return thing.dtype, tuple(map(seen, thing.shape))
    if kind is Spelled:
        return int(thing), thing.spellings, tuple(map(seen, thing.factors))
    if kind is tuple or kind is list:
        return kind, tuple(map(seen, thing))
    if kind is bool or kind is float or thing is None:
        return kind, repr(thing)
    if kind is Dim:
        return thing
    raise NotImplementedError
