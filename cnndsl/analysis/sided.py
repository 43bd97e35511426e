"""Keeps constructor arguments honest where tensors are indexed: see steady.py.

Bounds of slices count from the front or, below 0, from the end: a class that takes numbers behind them asks that they
stay on the side on which they were, and along axes of known sizes that something is left between them.
"""

from __future__ import annotations

from ..dims import Dim
from ..dims.bounds import lower_bound
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
from .wording import names_in_product, said, side_of


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
    """Has the class refuse numbers for which a bound is on the other side, or nothing is left."""
    if not visit.session.for_code or not any(isinstance(item, Cut) for item in items):
        return
    sizes = {name for size in source.shape for name in names_in_product(size)}
    leading = True  # whether as many axes as items stand before an item
    for axis, (item, node) in enumerate(zip(items, nodes, strict=True)):
        leading = leading and isinstance(item, Cut)
        if not isinstance(item, Cut) or not isinstance(node, t.Slice):
            continue
        asked = [(node.start or node, found) for found in side_of(item.start, sizes)]
        asked += [(node.stop or node, found) for found in side_of(item.stop, sizes)]
        size = source.shape[axis] if leading else None
        if isinstance(size, int) and node.step is None:
            left = [*some_left(item, size, sizes)]
            if left and node.start is None and is_front(item.stop):
                asked = []  # `k > 0` is all that `:k` needs
            asked += [(node, found) for found in left]
        visit.steps += [Choice(at.span.start, found, True, (), needed=True) for at, found in asked]


def some_left(cut: Cut, size: int, sizes: set[str]) -> Iterator[Known]:
    """The conditions that something is left between the bounds of a slice along an axis of known size."""
    begin = 0 if is_absent(cut.start) else place_of(cut.start, size)
    before_whole = begin != 0 and (is_absent(cut.stop) or is_front(cut.stop))  # else the other bound says it
    for end in (said_size(size) if before_whole else None, place_of(cut.stop, size)):
        if begin is None or end is None or not isinstance(left := end - begin, Dim) or not are_told(left):
            continue
        least = lower_bound(left)
        if left.symbols <= sizes and least is not None and least >= 1:
            continue
        if ways := said(">", True, told(end), told(begin)) if begin == 0 else said("<", True, told(begin), told(end)):
            yield Known(True, ways)


def expected(sizes: tuple[Any, ...], span: Span) -> Iterator[Choice]:
    """Has the class refuse numbers for which two known sizes are not the same."""
    sides = [said_size(size) for size in sizes]
    if all(isinstance(size, int) for size in sizes) and sides[0] != sides[1]:
        for ways in filter(None, [said("==", True, *map(told, sides))]):
            yield Choice(span.start, Known(True, ways), True, (), needed=True)


def is_front(bound: Thing) -> bool:
    return isinstance(bound, Known) and isinstance(bound.value, int) and bound.value >= 0


def is_absent(bound: Thing) -> bool:
    return bound is None or (isinstance(bound, Known) and bound.value is None)


def said_size(size: int) -> Any:
    """A size over the names that it is spelled by."""
    return next((way for way in getattr(size, "spellings", ()) if isinstance(way, Dim)), size)


def place_of(bound: Thing, size: int) -> Any:
    """Where a bound stands, from the front; None if there is none, or no sum that says it."""
    if not isinstance(bound, Known) or not isinstance(bound.value, int):
        return None
    spelling = bound.spellings[0] if bound.spellings else int(bound.value)
    if not isinstance(spelling, (int, Dim)):
        return None
    return spelling if bound.value >= 0 else said_size(size) + spelling


def are_told(size: Dim) -> bool:
    """Whether a constructor can say it: no names of rounds, no sizes read off tensors."""
    return not any(MARK in name or name[0] == "%" for name in size.symbols)


def told(size: Any) -> Known:
    return Known(0, (size,)) if isinstance(size, Dim) else Known(int(size))
