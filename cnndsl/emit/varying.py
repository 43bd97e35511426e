"""Which parameters and input sizes of each instance follow from what a model's caller may still choose.

A number that follows from them must keep its spelling; elsewhere what never differs is a plain number. Merges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..dims import Condition, Dim
from ..graph import BlockModule, Graph, Instance, Known, Make, Module, PartModule, TapsModule, walk
from .names import names_in

Names = frozenset[str]


def symbols_of(spelling: Dim | Condition | str) -> Names:
    return frozenset(names_in(spelling)) if isinstance(spelling, str) else spelling.symbols


def names_of(value: Any) -> Names:
    """All names in the spellings of a compile-time value, nested ones too."""
    own: Names = frozenset().union(*map(symbols_of, value.spellings)) if isinstance(value, Known) else frozenset()
    inner = value.value if isinstance(value, Known) else value
    return own.union(*map(names_of, inner)) if isinstance(inner, (list, tuple)) else own


def blocks_in(module: Module) -> Iterator[BlockModule]:
    """The blocks that a module is or holds, each with what it is given."""
    if isinstance(module, BlockModule):
        yield module
    elif isinstance(module, (TapsModule, PartModule)):
        yield module.whole
    for child in getattr(module, "children", ()):
        yield from blocks_in(child.module)


def varying(graph: Graph, free: Mapping[int, Names]) -> dict[int, Names]:
    """For each instance (by identity) the names that vary, given the free parameters of the models' instances."""
    found: dict[int, Names] = {}

    def spread(instance: Instance, names: Names) -> None:
        known = found.get(id(instance))
        if known is not None and names <= known:
            return
        found[id(instance)] = names | (known or frozenset())
        for step in walk(instance.body):
            for block in blocks_in(step.module) if isinstance(step, Make) else ():
                given = (*block.arguments, *block.sizes)
                inner = frozenset(a.name for a in given if names_of(a.value) & found[id(instance)])
                spread(block.instance, inner)

    for model in graph.models:
        spread(model.instance, free[id(model.instance)])
    return found
