"""Keeps constructor arguments honest where tensors are indexed: see steady.py.

Bounds of slices count from the front or, below 0, from the end: a class that takes numbers behind them asks that they
stay on the side on which they were. So it does of how often something is repeated: Python would take -1 for 0.
"""

from __future__ import annotations

from ..dims import Dim
from ..dims.bounds import lower_bound, upper_bound
from ..functions.indexing import index as index_type
from ..graph import Choice, Cut, Known, Type
from ..loops import MARK
from ..shapes import Need, TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator
from .state import State
from .steady import pin_unsteady, pin_unsteady_sizes
from .things import Thing, raw
from .wording import said


def pin_unsteady_index(
    visit: State, source: TensorType, items: tuple[Thing, ...], nodes: tuple[Any, ...], output: Type
) -> None:
    """Pins what items of an index, slices included, and sizes of what is indexed are used for in no spelling."""
    keep_sides(visit, source, items, nodes)
    given = {n: (i.start, i.stop, i.step) if isinstance(i, Cut) else i for n, i in enumerate(items)}

    def index(shape: TensorType, values: Any, need: Need) -> Type:
        picked = (slice(*values[n]) if isinstance(i, Cut) else values[n] for n, i in enumerate(items))
        return index_type(need, shape, tuple(picked))

    pin_unsteady(visit, given, lambda values, need: index(source, values, need), output)
    values = (source, {n: raw(item) for n, item in given.items()})
    pin_unsteady_sizes(visit, values, lambda new, need: need.filled(index(new[0], new[1], need)))


def keep_sides(visit: State, source: TensorType, items: tuple[Thing, ...], nodes: tuple[Any, ...]) -> None:
    """Has the class refuse numbers for which a bound is on the other side."""
    if not visit.session.for_code or not any(isinstance(item, Cut) for item in items):
        return
    sizes = {name for size in source.shape for name in names_in_product(size)}
    for item, node in zip(items, nodes, strict=True):
        if isinstance(item, Cut) and isinstance(node, t.Slice):
            for bound, at in ((item.start, node.start), (item.stop, node.stop)):
                where = at.span.start if at else 0
                visit.steps += [Choice(where, found, True, (), needed=True) for found in side_of(bound, sizes)]


def keep_count(visit: State, count: Known, span: Span) -> None:
    """Has the class refuse numbers for which something would be repeated less than 0 times: of `n` itself nobody gives
    any, of `n - 2` they do."""
    if not visit.loops:
        plain = set(names_in_product(count))
        visit.steps += [Choice(span.start, found, True, (), needed=True) for found in side_of(count, plain)]


def names_in_product(size: Any) -> Iterator[str]:
    """The names in sizes that are products: they stand for sizes themselves, at least 1."""
    for spelling in getattr(size, "spellings", ()):
        if len(spelling.terms) == 1:
            yield from spelling.symbols


def side_of(bound: Thing, sizes: set[str]) -> Iterator[Known]:
    """The condition that a bound keeps its side, if names are behind it that may take it to the other one."""
    spelling = bound.spellings[0] if isinstance(bound, Known) and bound.spellings else None
    if not isinstance(spelling, Dim) or any(MARK in name or name[0] == "%" for name in spelling.symbols):
        return
    front = bound.value >= 0
    end = lower_bound(spelling) if front else upper_bound(spelling)
    if spelling.symbols <= sizes and end is not None and (end >= 0) is front:
        return
    lead = spelling.terms[0][1]
    turned = -spelling if lead < 0 else spelling
    sign = (">=" if front else "<") if lead > 0 else ("<=" if front else ">")
    rest = turned - turned.constant  # `n >= 2`, for `n - 2`
    if isinstance(rest, Dim) and (ways := said(sign, True, Known(0, (rest,)), Known(-turned.constant))):
        yield Known(True, ways)
