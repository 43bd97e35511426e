"""Which parameters and input sizes of each instance follow from what a model's caller may still choose.

A number that follows from them must keep its spelling; elsewhere what never differs is a plain number. Merges nothing.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping

from ..dims import Condition, Dim
from ..dims.calls import Formula
from ..graph import BlockModule, Choice, Graph, Instance, Known, Make, Module, PartModule, TapsModule, walk
from ..loops import MARK, Entry, Loop, called, every
from ..typed import Any
from .expressions import Ways
from .kinds import Is
from .names import names_in

Names = frozenset[str]


def symbols_of(spelling: Dim | Condition | str) -> Names:
    """The names in a spelling; an item of a list (`widths[2]`) is spelled over the list's."""
    if isinstance(spelling, str) and not isinstance(spelling, Formula):
        return frozenset(names_in(spelling))
    found = spelling.symbols
    return found if all("[" not in name for name in found) else frozenset().union(*map(names_in, found))


def spellings_of(known: Known) -> tuple[Any, ...]:
    """A size or condition of forward() may be its own spelling, if it is of a loop or of what flows.

    The names of free sizes are the model's: inside of a class a parameter may be called like one.
    """
    value = known.value
    is_own = isinstance(value, (Dim, Condition)) and all("%" in name or MARK in name for name in value.symbols)
    return (*known.spellings, value) if is_own else known.spellings


def as_word(spelling: Any) -> Any:
    """A name alone is a name, whether it stands for a whole number or for something else."""
    if isinstance(spelling, Dim) and len(spelling.symbols) == 1 and str(spelling) in spelling.symbols:
        return str(spelling)
    return spelling


def names_of(value: Any) -> Names:
    """All names in the spellings of a compile-time value, nested ones too."""
    own: Names = frozenset().union(*map(symbols_of, value.spellings)) if isinstance(value, Known) else frozenset()
    inner = value.value if isinstance(value, Known) else value
    if isinstance(inner, Is):
        return names_of(inner.subject)
    if isinstance(inner, Ways):
        return names_of([inner.then, inner.condition, inner.otherwise])
    return own.union(*map(names_of, inner)) if isinstance(inner, (list, tuple)) else own


def blocks_in(module: Module) -> Iterator[BlockModule]:
    """The blocks that a module is or holds, each with what it is given."""
    if block := called(module) or (module if isinstance(module, BlockModule) else None):
        yield block
        return
    if isinstance(module, (TapsModule, PartModule)):
        yield module.whole
    for child in getattr(module, "children", ()):
        yield from blocks_in(child.module)


def loops_in(module: Any) -> Iterator[Loop]:
    """The loops in the groups that a module is or holds, outer ones first."""
    if isinstance(module, (TapsModule, PartModule)) or called(module):
        return
    yield from loops_among(getattr(module, "layout", ()))
    if not getattr(module, "layout", ()):
        for child in getattr(module, "children", ()):
            yield from loops_in(child.module)


def loops_among(layout: tuple[Any, ...]) -> Iterator[Loop]:
    for item in layout:
        if isinstance(item, Entry):
            yield from loops_in(item.module)
        elif isinstance(item, Choice):
            yield from loops_among(item.body)
        else:
            yield item
            for made in {id(made): made for made in item.rounds}.values():
                yield from loops_among(made.body)


def origins(instance: Instance) -> Mapping[str, Names]:
    """For each name that holds in one round of a loop of the instance's, the names of its class that are behind it."""
    direct: dict[str, Names] = {}
    for loop in loops_of(instance.layout.body if instance.layout else instance.body):
        direct |= directly_behind(loop)
    return ChainMap(closed(direct, instance.sources) if direct else {}, instance.sources)  # what no loop here says


def loops_of(steps: Iterable[Any]) -> Iterator[Loop]:
    """The loops of a body, and those in the groups that it makes."""
    for step in every(steps):
        if isinstance(step, (Make, Entry)):
            yield from loops_in(step.module)
        elif isinstance(step, Loop):
            yield step


def directly_behind(loop: Loop) -> dict[str, Names]:
    """The names that a value of each name of the loop's is computed from, and those that decide how often it turns."""
    rounds = list({id(made): made for made in loop.rounds}.values())
    found = {local.key: names_of(local.value) for made in rounds for local in made.names}
    turns = names_of(loop.count).union(*found.values())
    if not loop.steady:
        sizes = [local for locals_ in (loop.leaves, *(made.sizes for made in rounds)) for local in locals_]
        values = [*(local.value for local in sizes), *(size for made in rounds for size in made.after)]
        return found | dict.fromkeys((local.key for local in sizes), turns.union(*map(names_of, values)))
    for place, leaf in enumerate(loop.leaves):
        values = [leaf.value, *(m.sizes[place].value for m in rounds), *(m.after[place] for m in rounds)]
        names = frozenset().union(*map(names_of, values))
        if len({int(value.value) for value in values}) > 1:
            names |= turns
        found |= dict.fromkeys((leaf.key, *(made.sizes[place].key for made in rounds)), names)
    return found


def closed(direct: Mapping[str, Names], sources: Mapping[str, Names]) -> dict[str, Names]:
    """For each name the names of the class that are behind it, over any number of others; `sources` are known."""
    sets = {id(names): names for names in direct.values()}  # all rounds of a loop share one
    inner = {key: {id(direct[name]) for name in names if name in direct} for key, names in sets.items()}
    found = {
        key: frozenset().union(*(sources.get(name, (name,)) for name in names if name not in direct))
        for key, names in sets.items()
    }
    changed = True
    while changed:
        changed = False
        for key, others in inner.items():
            wider = found[key].union(*(found[other] for other in others))
            changed = changed or len(wider) > len(found[key])
            found[key] = wider
    return {key: found[id(names)] for key, names in direct.items()}


def varying(graph: Graph, free: Mapping[int, Names]) -> dict[int, Names]:
    """For each instance (by identity) the names that vary, given the free parameters of the models' instances."""
    found: dict[int, Names] = {}
    origin: dict[int, Mapping[str, Names]] = {}

    def spread(instance: Instance, names: Names) -> None:
        known = found.get(id(instance))
        if known is not None and names <= known:
            return
        found[id(instance)] = names | (known or frozenset())
        if id(instance) not in origin:
            origin[id(instance)] = origins(instance)
        behind = origin[id(instance)]
        for step in walk(instance.body):
            for block in blocks_in(step.module) if isinstance(step, Make) else ():
                given = (*block.arguments, *block.sizes)
                inner = frozenset(a.name for a in given if all_names(a.value, behind) & found[id(instance)])
                spread(block.instance, inner)

    for model in graph.models:
        spread(model.instance, free[id(model.instance)])
    return found


def all_names(value: Any, behind: Mapping[str, Names]) -> Names:
    names = names_of(value)
    return names.union(*(behind[name] for name in names if name in behind)) if behind else names
