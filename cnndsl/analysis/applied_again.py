"""Keeps constructor arguments honest where a module that was made for one input is applied to another: see steady.py.

Of its weights, and of the sizes that it computes with, there is one: a class for whose arguments the inputs would need
two is refused, where these can be said outside of loops and conditions; else they are settled.
"""

from __future__ import annotations

from ..graph import (
    BlockModule,
    Child,
    Choice,
    Instance,
    Known,
    LayerModule,
    Make,
    Module,
    PartModule,
    TapsModule,
    Value,
)
from ..loops import called, every
from ..records import fields, is_dataclass
from ..source import Span
from ..typed import Any, Iterator
from .sided import held, is_early, said_size, told, unsettled
from .state import State
from .things import symbols_in

ELSEWHERE = frozenset({"span", "target", "output", "layer", "layout", "cut", "module"})  # fields that say no number,
# or one that another field says; what is applied was made


def keep_alike(visit: State, made: Module, again: Module, span: Span) -> None:
    """Has the class refuse numbers for which a module would be another one where it is applied again."""
    asked = {tuple(unsettled(visit, said_size(side)) for side in pair): pair for pair in apart(made, again)}
    for sizes, pair in asked.items():
        if sizes[0] == sizes[1]:
            continue
        is_said = all(isinstance(size, int) or is_early(size) for size in sizes)
        found = [*held("==", *map(told, sizes))] if is_said else []
        if not found:
            visit.pin(*pair)
        for holds in found:
            visit.emit(Choice(span.start, holds, True, ()))


def apart(made: Any, again: Any) -> Iterator[tuple[Known, Known]]:
    """The numbers that are the same in two modules, and that their class writes in two ways."""
    made, again = called(made) or made, called(again) or again
    if isinstance(made, (tuple, list)):
        for pair in zip(made, again, strict=False):
            yield from apart(*pair)
    elif isinstance(made, Known):
        if isinstance(made.value, (tuple, list, LayerModule)):
            yield from apart(made.value, again.value)
        elif set(made.spellings).isdisjoint(again.spellings) and made.spellings != again.spellings:
            yield made, again
    elif isinstance(made, LayerModule):
        yield from apart([a.value for a in made.arguments], [a.value for a in again.arguments])
    elif isinstance(made, BlockModule):
        needed = names_needed(made.instance)
        for one, other in zip(made.sizes, again.sizes, strict=False):
            yield from apart(one.value, other.value) if one.name in needed else ()
    elif isinstance(made, (TapsModule, PartModule)):
        yield from apart(made.whole, again.whole)
    else:
        yield from apart([c.module for c in made.children], [c.module for c in again.children])


def names_needed(instance: Instance) -> set[str]:
    """The names of its class that something hangs on which a block makes or computes with."""
    found = {name for step in every(instance.body) for name in said_in(step)}
    return found.union(*(instance.sources.get(name, ()) for name in found))


def said_in(thing: Any) -> Iterator[str]:
    """The names that numbers in a step, a module or what these hold are spelled by."""
    thing = called(thing) or thing
    if isinstance(thing, Known):
        yield from symbols_in(thing)
        yield from said_in(thing.value) if isinstance(thing.value, (tuple, list, LayerModule)) else ()
    elif isinstance(thing, BlockModule):
        needed = names_needed(thing.instance)
        yield from said_in(
            [a.value for a in (*thing.arguments, *(size for size in thing.sizes if size.name in needed))]
        )
    elif isinstance(thing, (tuple, list)):
        for item in thing:
            yield from said_in(item)
    elif isinstance(thing, (Make, Child)):
        yield from said_in(thing.module)
    elif is_dataclass(thing) and not isinstance(thing, Value):
        yield from said_in([getattr(thing, field.name) for field in fields(thing) if field.name not in ELSEWHERE])
