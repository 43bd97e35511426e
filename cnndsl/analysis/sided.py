"""Keeps constructor arguments honest where tensors, and lists of them, are indexed, and tensors split: see steady.py.

Bounds of slices count from the front or, below 0, from the end: a class that takes numbers behind them asks that they
stay on the side on which they were, and along axes of known sizes that something is left between them. So it asks of
indexes of lists whose items differ, and of each that there is such an item; and of sizes that they split into as many
parts as before.
"""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.bounds import lower_bound
from ..functions.indexing import index as index_type
from ..graph import Choice, Cut, Known, Type, Value
from ..loops import MARK, Gathered
from ..shapes import Need, TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .state import State
from .steady import pin_unsteady, pin_unsteady_sizes
from .things import Thing, names_said, raw
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


def keep_place(visit: State, source: Gathered, index: Known, span: Span, differ: bool) -> None:
    """Has the class refuse an index beyond a list; one from the other end, too, if items `differ` by their place."""
    if not visit.session.for_code:
        return
    if differ and index.spellings:
        pin_beside_rounds(visit, index)
    length = next(filter(is_told, source.length.spellings), None if source.length.spellings else len(source))
    place = next(filter(is_told, index.spellings), None)
    if not isinstance(place, Dim) or not isinstance(length, (int, Dim)):
        return
    asked = [*side_of(Known(index.value, (place,)), set())] if differ else []
    turned = place.terms[0][1] < 0  # `k <= n`, for `-k >= -n`
    if index.value >= 0 or not differ:
        asked += held(">", told(-place), told(-length)) if turned else held("<", told(place), told(length))
    if index.value < 0 or not differ:
        asked += held("<=", told(-place), told(length)) if turned else held(">=", told(place), told(-length))
    visit.steps += [Choice(span.start, found, True, (), needed=True) for found in asked]


def pin_beside_rounds(visit: State, index: Known) -> None:
    """Pins what stands beside a place in a loop in an index, and may take that to the other side of 0: `i + k`. How
    often the loop turns does not: `n - 1 - i`."""
    symbols = getattr(index.spellings[0], "symbols", ())
    rounds = [name for name in symbols if MARK in name]
    turning = {name for key in rounds for said in visit.session.rounds.get(key, ()) for name in names_said(said)}
    beside = [name for name in symbols if rounds and MARK not in name and not turning.issuperset(names_said(name))]
    visit.pin(*(Known(0, (symbol(name),)) for name in beside))


def keep_parts(visit: State, name: str, given: Mapping[Any, Thing], output: Any, span: Span) -> None:
    """Has the class refuse sizes that `chunk` or `split` make other numbers of parts of.

    Of halves, which 1 alone has not, neither a block's class asks that nor one of rounds: `forward` refuses by itself.
    """
    source, dim, asked = given.get(0), given.get("dim", given.get(2, Known(0))), given.get(1, Known(None))
    count = len(output) if isinstance(output, tuple) else 0
    if not visit.session.for_code or not count or not isinstance(source, Value) or not isinstance(dim, Known):
        return
    size = source.type.shape[dim.value]
    each = getattr(asked, "value", None) if name == "split" else output[0].shape[dim.value]  # of listed sizes, none
    if not isinstance(size, int) or not isinstance(each, int):
        return
    whole, part = (unsettled(visit, said_size(one)) for one in (size, asked if name == "split" else each))
    low, high, halves = part * (count - 1), part * count, name == "chunk" and count == 2
    if whole == high or (halves and not (getattr(visit, "is_model", False) and is_told(whole))):
        return
    for sign, bound, room in ((">", 1 if halves else low, whole - low), ("<=", high, high - whole + 1)):
        always = isinstance(room, Dim) and room.symbols <= set(names_in_product(size)) and (lower_bound(room) or 0) >= 1
        if is_early(room) and not always:
            found = held(sign, told(whole), told(bound))
            visit.steps += [Choice(span.start, holds, True, (), needed=True) for holds in found]


def unsettled(visit: State, size: Any) -> Any:
    """A size with what is settled in it as the number that it is."""
    known = visit.session.stands_for
    names = [name for name in getattr(size, "symbols", ()) if visit.session.behind(names_said(name)) <= visit.pinned]
    return size.subs({name: known[name] for name in names if type(known.get(name)) is int}) if names else size


def held(sign: str, left: Known, right: Known) -> Iterator[Known]:
    if ways := said(sign, True, left, right):
        yield Known(True, ways)


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
        yield from held(">", told(end), told(begin)) if begin == 0 else held("<", told(begin), told(end))


def expected(sizes: tuple[Any, ...], span: Span) -> Iterator[Choice]:
    """Has the class refuse numbers for which two known sizes are not the same."""
    sides = [said_size(size) for size in sizes]
    if all(isinstance(size, int) for size in sizes) and sides[0] != sides[1]:
        yield from (Choice(span.start, holds, True, (), needed=True) for holds in held("==", *map(told, sides)))


def is_front(bound: Thing) -> bool:
    return isinstance(bound, Known) and isinstance(bound.value, int) and bound.value >= 0


def is_absent(bound: Thing) -> bool:
    return bound is None or (isinstance(bound, Known) and bound.value is None)


def said_size(size: Any) -> Any:
    """A size over the names that it is spelled by."""
    number = size.value if isinstance(size, Known) else size
    return next((way for way in getattr(size, "spellings", ()) if isinstance(way, Dim)), number)


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


def is_early(way: Any) -> bool:
    """Whether a size hangs on names, and none of them is read off tensors."""
    return isinstance(way, Dim) and not any(name[0] == "%" for name in way.symbols)


def is_told(way: Any) -> bool:
    return isinstance(way, Dim) and are_told(way)


def told(size: Any) -> Known:
    return Known(0, (size,)) if isinstance(size, Dim) else Known(int(size))
