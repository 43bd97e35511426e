"""What is taken of lists that loops gather, by indexes and slices, and what `cat`, `stack` and `sum` make of them.

What has no one way to be written for lists of any length is pinned; what needs the items one by one gets a plain list.
"""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import formula, size_of
from ..graph import Cut, Known, Operate, Value
from ..lean import partial
from ..loops import MARK, Gathered, Kinds, Listed, of_rounds
from ..records import replace
from ..shapes import TensorType
from ..spelled import Spelled
from ..typed import Any, Iterator
from .deciding import Watch
from .gathered import COUNT, FEWEST, fixed_axes, kind_at, listed_out, longer, shared, ways_of
from .lengths import are_items, gone_through
from .sided import keep_place
from .things import Thing, known_of, lengths_alone
from .turns_needed import expect_items

JOINING = frozenset({"cat", "concat", "concatenate", "stack"})


def part(visit: Any, source: Gathered, cut: Cut) -> Gathered | None:
    """`skips[::-1]`, `skips[1:]`, `skips[:-1]`, as a part of the list; None for what is not written in numbers."""
    ends: list[Any] = [getattr(end, "value", "") for end in (cut.start, cut.stop, cut.step)]
    if any(getattr(end, "spellings", ()) for end in (cut.start, cut.stop, cut.step)) or "" in ends:
        return None
    start, stop, step = ends
    place = slice(start, stop, step)
    if step not in (None, -1) or (step == -1 and (start, stop) != (None, None)):
        return None
    less = 0 if step == -1 else len(source) - len(source[place])
    positive = (start or 0) >= 0 and (stop is None or stop < 0)  # so many less, however long the list is
    if step is None and (not positive or len(source) < less + FEWEST):
        return None
    text = ":".join("" if end is None else str(end) for end in ((start, stop) if step is None else ("", "", step)))
    length = part_length(source, start, stop, less)
    totals = source.totals if step == -1 else {}
    order = source.order[place]
    return source.like(source[place], view=f"{source.view}[{text}]", order=order, length=length, totals=totals)


def part_length(source: Gathered, start: int | None, stop: int | None, less: int) -> Known:
    """So many less than the list is long; that of a part of the list that the loop went through, too."""
    length = longer(source.length, -less)
    turns = next(iter(source.length.spellings), None)
    listed = gone_through(turns) if less and isinstance(turns, Dim) else None
    if listed is None:
        return length
    for sign, end in (("upto", stop), ("from", start)):
        listed = formula(sign, listed, end) if end else listed
    return Known(length.value, (*length.spellings[:1], size_of(formula("len", listed)), *length.spellings[1:]))


def listed_at(visit: Any, source: Gathered, index: Thing, span: Any) -> Thing:
    """What an index or a slice gives of a list as it is; None if the items are needed one by one."""
    if isinstance(index, Cut):
        return part(visit, source, index)
    is_there = isinstance(index, Known) and isinstance(index.value, int) and -len(source) <= index.value < len(source)
    return item(visit, source, index, span) if is_there else None


def item(visit: Any, source: Gathered, index: Known, span: Any) -> Value | None:
    """`skips[-1]`, `skips[i]`."""
    number = index.value
    if source.view or not isinstance(number, int) or isinstance(number, bool):
        return None
    spellings: list[Any] = [s for s in index.spellings if isinstance(s, Dim)]
    if index.spellings and not spellings:
        return None
    numbers = spellings or [number]
    if number < 0:
        last: list[Any] = [s for s in source.length.spellings[:1] if isinstance(s, Dim)]
        numbers = [length + by for length in last for by in (spellings or [number])]
    here = from_end(source, number) if number < 0 and not spellings else {}
    kind, made = kind_at(visit, source, number % len(source), numbers, here, lengths_alone(index))
    visit.single += tuple((source.home, local) for local in made)
    if spellings:
        keep_place(visit, source, index, span, any(shared(source, axis) is None for axis in fixed_axes(kind)))
    target: Value = visit.new(kind)
    visit.emit(Listed(target, "item", (source, index), item=source[number], span=span))
    return target


def from_end(source: Gathered, number: int) -> dict[Any, Dim]:
    """What a loop through a list ran over, so many rounds from its end: `widths[-1]`, by how the round says it."""
    home, place = source.home, len(source.home.rounds) + number
    turns = next(iter(getattr(home.turns, "spellings", ())), None)
    listed = gone_through(turns) if isinstance(turns, Dim) and place >= 0 else None
    columns = list(zip(*(made.names for made in home.rounds), strict=False)) if listed else []
    if listed is None or not any(are_items(listed, names) for names in columns):
        return {}
    return {symbol(f"{listed.parts[0]}[{place}]"): size_of(formula("item", listed, number))}


def whole(visit: Any, thing: Gathered, span: Any) -> Gathered:
    """A part of a list as a value of its own."""
    if not thing.view:
        return thing
    value = visit.new(Kinds(each.type for each in thing))
    visit.emit(Listed(value, "view", (thing.like(thing, view=""), Known(thing.view)), span=span))
    return thing.like(thing, value=value, view="")


def outside(visit: Any, thing: Gathered, axis: int, size: Any) -> Any:
    """A size that all items have, in whichever number: that of the first one."""
    if not isinstance(size, int):
        return size
    ways_of_all = shared(thing, axis)
    ways = [*(ways_of_all or ()), *first_ways(thing, axis)]
    if not ways and ways_of_all is None:
        visit.pin_unsaid(*(known_of(each.type.shape[axis]) for each in thing), thing.length)
    spellings = [s for s in ways if isinstance(s, Dim)]
    return Spelled(int(size), spellings) if spellings else int(size)


def first_ways(thing: Gathered, axis: int) -> Iterator[Any]:
    """The ways to write a size of the first item, which there is whatever the loop turns by; or that it is plain."""
    if thing.order[:1] == (-1,):  # what stands before the items of rounds
        sizes = getattr(thing[0].type.shape[axis], "spellings", ())
        yield from (size for size in sizes if not of_rounds(size))
        yield from () if sizes else (int(thing[0].type.shape[axis]),)
        return
    if 0 not in thing.order or (0 in thing.home.counts and not thing.home.before):
        return
    index, home = thing.order.index(0), thing.home
    size = thing[index].type.shape[axis]
    known: dict[str, Any] = {}
    for first in home.rounds[:1] if not home.before else ():
        for local in first.sizes:
            ways = [s for s in local.value.spellings if isinstance(s, Dim)]
            known[local.key] = next(iter(ways), int(local.value.value))
        said = [(local.key, ways_of(home, first.names, local.key, 0, [0], {})) for local in first.names]
        known |= {key: ways[0] for key, ways in said if ways}
    spellings = getattr(size, "spellings", ())
    found = (spelling.subs({n: known[n] for n in spelling.symbols if n in known}) for spelling in spellings)
    yield from (way for way in found if not home.is_inside(way))
    if not spellings:
        yield int(size)


def joinable(visit: Any, name: str, things: Any, keywords: Any, span: Any) -> tuple[Any, Any, Any]:
    """The arguments of a function: a gathered list is one to `cat` and `stack`, and to others its items.

    Also, for a list, how the type of what is made of it is spelled for any number of items.
    """
    first, named = things[0] if things else None, tuple((key, listed_out(thing)) for key, thing in keywords)
    dim = dict(named).get("dim", things[1] if len(things) > 1 else Known(0))
    if not isinstance(first, Gathered) or not first or name not in JOINING:
        return tuple(map(listed_out, things)), named, None
    if not isinstance(dim, Known) or not isinstance(dim.value, int) or dim.spellings:
        return tuple(map(listed_out, things)), named, None
    expect_items(visit, first, span)
    first = whole(visit, first, span)
    respelled = partial(joined, visit, name, first, int(dim.value), Watch(visit, ()))
    return (first, *map(listed_out, things[1:])), named, respelled


def joined(visit: Any, name: str, thing: Gathered, dim: int, watch: Watch, output: TensorType) -> TensorType:
    """The type of what `cat` or `stack` makes of a list, spelled for any number of items."""
    if watch.saw(()):
        visit.shape(thing.length)
    place = dim % output.rank
    sizes = list(output.shape)
    along = sizes[place]
    visit.demanded |= {(where, axis) for where in thing.places for axis in (place, COUNT)}
    for axis, size in enumerate(sizes):
        of_item = axis - 1 if name == "stack" and axis > place else axis
        if axis != place and of_item:
            sizes[axis] = outside(visit, thing, of_item, size)
    if name == "stack":
        length = [s for s in thing.length.spellings if isinstance(s, Dim)]
        along = Spelled(int(thing.length.value), length) if length else int(thing.length.value)
    elif isinstance(along, Dim) or not place:
        visit.shape(thing.length)
    elif place not in thing.totals:
        visit.pin_unsaid(*(known_of(each.type.shape[place]) for each in thing), thing.length)
    else:
        along = thing.totals[place]
    if isinstance(along, int) and is_settled(visit, thing, along):
        along = int(along)
    sizes[place] = along
    return TensorType(tuple(sizes), output.dtype)


def is_settled(visit: Any, thing: Gathered, size: int) -> bool:
    """Whether nothing of the author's is behind a size that rounds have added up; as long as they do, others will."""
    names = {name for spelling in getattr(size, "spellings", ()) for name in spelling.symbols}
    behind = visit.session.sources, visit.session.turned, visit.session.rounds
    return thing.home.last >= 0 and all(MARK in n and not any(known.get(n) for known in behind) for n in names)


def ends_alike(thing: Gathered) -> bool:
    """Whether all items are of one shape."""
    return len({tuple(map(str, each.type.shape)) for each in thing}) == 1 and len({e.type.dtype for e in thing}) == 1


def summed(visit: Any, thing: Gathered, run: Any, span: Any) -> Value:
    """`sum(list)`: each added to what those before it are together. Items of several shapes are added one by one."""
    if not ends_alike(thing):
        found: Value = run([*thing])
        return found
    expect_items(visit, thing, span)
    thing, watch = whole(visit, thing, span), Watch(visit, ())
    outer, visit.steps = visit.steps, []
    try:
        found = run([*thing])
    finally:
        plain, visit.steps = visit.steps, outer
    if watch.saw(()):
        visit.shape(thing.length)
    shape = [outside(visit, thing, axis, size) if axis else size for axis, size in enumerate(found.type.shape)]
    target: Value = replace(
        found, number=visit.new(None).number, type=TensorType(tuple(shape), found.type.dtype), name=None
    )
    if plain and isinstance(plain[-1], Operate):
        plain[-1] = replace(plain[-1], target=target)
    visit.emit(Listed(target, "sum", (thing,), tuple(plain), None if plain else found, span))
    return target
