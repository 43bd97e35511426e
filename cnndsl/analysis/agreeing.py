"""Keeps constructor arguments honest where two numbers must be one: see steady.py. A module that was made for one input
is applied to another; a block is given an input whose size it states (`input h: [N, hidden]`).

A class for whose arguments they would not be one is refused, where that can be said outside of loops and conditions;
else the arguments are settled.
"""

from __future__ import annotations

from ..dims import Dim, symbol
from ..graph import (
    BlockModule,
    Child,
    Choice,
    DictModule,
    Instance,
    Known,
    LayerModule,
    ListModule,
    Make,
    Module,
    PartModule,
    SequentialModule,
    TapsModule,
    Value,
)
from ..loops import called, every
from ..records import fields, is_dataclass, replace
from ..source import Span
from ..typed import Any, Iterable, Iterator, Mapping
from .respelling import outside
from .sided import are_told, held, is_early, said_size, told, unsettled
from .state import State
from .things import symbols_in

ELSEWHERE = frozenset({"span", "target", "output", "layer", "layout", "cut", "module"})  # fields that say no number,
# or one that another field says; what is applied was made


def keep_alike(visit: State, made: Module, again: Module, span: Span) -> None:
    """Has the class refuse numbers for which a module would be another one where it is applied again."""
    keep_equal(visit, apart(made, again), span, pins=True)


def keep_stated(visit: State, block: BlockModule, span: Span) -> None:
    """Has the class refuse numbers for which a block is not given what its inputs say over its parameters, or over the
    sizes of earlier inputs; what a round of a loop gives it is left to torch."""
    names = {argument.name: argument.value for argument in (*block.arguments, *block.sizes)}
    keep_equal(visit, stated(block, names), span, pins=False)


def stated(block: BlockModule, names: Mapping[str, Known]) -> Iterator[tuple[Known, Known]]:
    """What a block is given, and what it says of that, both over the names of who calls it."""
    for name, place in block.instance.sizes:
        if isinstance(place, Known):
            continue
        size = block.instance.inputs[place[0]].type.shape[place[1]]
        for way in size.spellings:
            parts = {inner: outside(inner, names) for inner in way.symbols}
            if way != symbol(name) and None not in parts.values():
                told_as = way.subs(parts)
                yield names[name], Known(size, (told_as,) if isinstance(told_as, Dim) else ())


def keep_equal(visit: State, pairs: Iterable[tuple[Known, Known]], span: Span, pins: bool) -> None:
    asked = {tuple(unsettled(visit, said_size(side)) for side in pair): pair for pair in pairs if differ(*pair)}
    for sizes, pair in asked.items():
        if sizes[0] == sizes[1] or (pins and same_in_rounds(visit, *sizes)):
            continue
        can_say = is_early if pins else are_told
        is_said = all(isinstance(size, int) or can_say(size) for size in sizes)
        are_one = pair[0].value == pair[1].value  # or what hangs on them is: 2 * 6 features for 4 * 3
        found = [*held("==", *map(told, sizes))] if is_said and are_one else []
        if pins and not found:
            visit.pin(*pair)
        visit.asking += [Choice(span.start, holds, True, (), needed=not pins) for holds in found]


def same_in_rounds(visit: State, left: Any, right: Any) -> bool:
    """Whether two sizes, of two rounds of a loop, came to one expression over the names of the class."""
    known: Mapping[str, Any] = visit.session.came_to
    for _ in range(visit.loops):
        left, right = (
            side.subs({name: known[name] for name in side.symbols if isinstance(known.get(name), Dim)})
            if isinstance(side, Dim)
            else side
            for side in (left, right)
        )
    return bool(visit.loops and left == right)


def differ(left: Known, right: Known) -> bool:
    """Whether a class writes two numbers in two ways."""
    return left.spellings != right.spellings and set(left.spellings).isdisjoint(right.spellings)


def apart(made: Any, again: Any) -> Iterator[tuple[Known, Known]]:
    """The numbers that are the same in two modules, and that their class writes in two ways."""
    if called(made) and called(again):
        made, again = called(made), called(again)
    if isinstance(made, (tuple, list)):
        for pair in zip(made, again, strict=False):
            yield from apart(*pair)
    elif isinstance(made, Known):
        if isinstance(made.value, (tuple, list, LayerModule)):
            yield from apart(made.value, again.value)
        else:
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


def same_but_asked(made: Any, again: Any) -> bool:
    """Whether two modules are one but for what their classes ask for, which hangs on how their users write sizes."""
    return bool(unasked(made) == unasked(again))


def unasked(thing: Any) -> Any:
    """A module, or a step, without what its class only asks for."""
    if isinstance(thing, (tuple, list)):
        return type(thing)(unasked(item) for item in thing if not isinstance(item, Choice) or item.body)
    if isinstance(thing, BlockModule):
        return replace(thing, instance=replace(thing.instance, body=unasked(thing.instance.body)))
    if isinstance(thing, (Make, Child)):
        return replace(thing, module=unasked(thing.module))
    if isinstance(thing, (SequentialModule, ListModule, DictModule)):
        return replace(thing, children=unasked(thing.children))
    if isinstance(thing, Choice):
        return replace(thing, body=unasked(thing.body))
    return thing
