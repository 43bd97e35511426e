"""Lists of tensors that the rounds of a loop gather: what is added, what is taken, and how sizes of it are spelled.

A size that all items have is spelled as they all spell it. One that differs is spelled by which item it is, where the
loop counts: what was `width * 2**i` in its round is `width * 2 ** (depth - 1 - i)` for who goes backwards. What they
are together along an axis goes from round to round, as other sizes do.
"""

from __future__ import annotations

from ..dims import Dim, symbol
from ..graph import Known, Value
from ..loops import MARK, Gathered, Home, Kinds, Listed, Local, Take, of_rounds
from ..shapes import TensorType
from ..spelled import Spelled
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .deciding import free_sizes
from .lengths import keeps
from .things import Thing, has_tensor, known_of, size_name

Names = frozenset[str]

COUNT = "count"  # how long a list is, among its sizes
WAYS = 8  # to write a size that a round begins with; each loop around adds one

FEWEST = 2  # items from which on something is known of all


def is_tensor(thing: Thing) -> bool:
    return isinstance(thing, Value) and isinstance(thing.type, TensorType)


def is_list(thing: Thing) -> bool:
    """Whether tensors may be gathered in a list, or have been."""
    if isinstance(thing, Gathered):
        return not thing.view
    return type(thing) is list and all(map(is_tensor, thing)) and alike(thing)


def alike(items: Sequence[Value]) -> bool:
    """Whether tensors have the same axes, of which the same are free."""
    return len({axes_of(item) for item in items}) <= 1


def axes_of(item: Value) -> tuple[Any, ...]:
    return item.type.rank, *fixed_axes(item.type)


def fixed_axes(kind: TensorType) -> list[int]:
    return [axis for axis, size in enumerate(kind.shape) if axis and isinstance(size, int)]


# From round to round


def anew(
    visit: Any, thing: Any, home: Home, place: str, name: str | None, alone: bool, steps: Iterator[tuple[Dim, ...]]
) -> Gathered:
    """A list at the start of a round, or behind the loop: a value of its own, its sizes spelled by fresh names."""
    items = list(thing)
    made = Gathered(items)
    made.home, made.order, made.known = home, tuple(range(len(items))), {}
    made.value = visit.new(Kinds(item.type for item in items), name)
    made.places, made.locals = frozenset((place,)), []
    made.around = thing if isinstance(thing, Gathered) and not items and thing.home is home else None
    for axis, known in sizes_of(thing):
        name = COUNT if axis == COUNT else size_name(items[0].type.rank, axis)
        made.locals.append(Local(name, f"{name}{MARK}{next(visit.session.numbers)}", known))
        others = (next(steps, ()) if alone else known.spellings)[:WAYS]
        key = (symbol(made.locals[-1].key),)
        spelled = (*others, *key) if axis == COUNT else (*key, *others)  # how often loops turn is asked by first words
        set_size(made, axis, Known(known.value, spelled))
    return made


def sizes_of(thing: Any) -> list[tuple[Any, Known]]:
    """How long a list is, and what the sizes of its items are together along each axis."""
    if isinstance(thing, Gathered):
        return [(COUNT, thing.length), *((axis, known_of(size)) for axis, size in sorted(thing.totals.items()))]
    axes = fixed_axes(thing[0].type) if thing else []
    return [(COUNT, Known(len(thing))), *((axis, known_of(total(thing, axis))) for axis in axes)]


def total(items: Sequence[Value], axis: int) -> Any:
    first, *others = (item.type.shape[axis] for item in items)
    for size in others:
        first = first + size
    return first


def add_up(thing: Gathered) -> None:
    """What items are together over names outside of loops, where it is known how many there are."""
    for axis, size in thing.totals.items():
        ways = [s for s in getattr(total(thing, axis), "spellings", ()) if not of_rounds(s)] if thing else ()
        first, *others = size.spellings
        set_size(thing, axis, Known(int(size), (first, *ways, *others)))


def set_size(made: Gathered, axis: Any, known: Known) -> None:
    if axis == COUNT:
        made.length = known
    else:
        spellings = [s for s in known.spellings if isinstance(s, Dim)]
        made.totals = {**made.totals, axis: Spelled(int(known.value), spellings)}


def added(visit: Any, source: Gathered, items: list[Value], span: Any) -> Gathered | None:
    """`[*source, item]`, if that is a list of tensors that are alike."""
    if not may_join(visit, source, items):
        return None
    found = [*source, *items]
    value = visit.new(Kinds((*source.value.type, *(item.type for item in items))))
    count = len(items)
    length = longer(source.length, count)
    totals = {axis: size + total(items, axis) for axis, size in source.totals.items()}
    order, more = tuple(range(len(found))), source.home.last >= 0
    made = source.like(found, value=value, order=order, length=length, totals=totals, more=more)
    visit.emit(Listed(value, "append", (source, *items), span=span))
    return made


def preceded(visit: Any, items: list[Value], source: Gathered, span: Any) -> Gathered | None:
    """`[item, *source]`, if that is a list of tensors that are alike. Which round made which item is lost."""
    if not may_join(visit, source, items):
        return None
    found = [*items, *source]
    value = visit.new(Kinds(item.type for item in found))
    totals = {axis: total(items, axis) + size for axis, size in source.totals.items()}
    visit.emit(Listed(value, "precede", (source, *items), span=span))
    order, length = (-1,) * len(found), longer(source.length, len(items))
    return source.like(found, value=value, order=order, length=length, totals=totals, more=source.home.last >= 0)


def may_join(visit: Any, source: Gathered, items: list[Value]) -> bool:
    """Whether these may be in one list with what is there; one that is empty is of their kind from here on."""
    if source.view or not items or not all(map(is_tensor, items)) or not alike([*source[:1], *items]):
        return False
    if source.totals and sorted(source.totals) != fixed_axes(items[0].type):
        return False
    if not source and not source.totals:
        begin(visit, source, items[0].type)
    return True


def begin(visit: Any, source: Gathered, kind: TensorType) -> None:
    """Names for the sizes of a list that is empty, and gets its first item: of the loops around, too."""
    if source.around is not None:
        begin(visit, source.around, kind)
    for axis in fixed_axes(kind):
        name = size_name(kind.rank, axis)
        start = known_of(source.around.totals[axis]) if source.around is not None else Known(0)
        source.locals.append(Local(name, f"{name}{MARK}{next(visit.session.numbers)}", start))
        visit.session.note(source.locals[-1].key, start)
        set_size(source, axis, Known(0, (symbol(source.locals[-1].key),)))


def longer(length: Known, count: int) -> Known:
    """How long a list is that has so many more items."""
    spellings: list[Any] = [s + count for s in length.spellings if isinstance(s, Dim)]
    return Known(length.value + count, tuple(spellings))


def follows(end: Any, start: Any) -> bool:
    """Whether a list is another one that items were added to, or is that one."""
    if not isinstance(start, Gathered) or not isinstance(end, Gathered) or end.home is not start.home or end.view:
        return False
    return len(end) >= len(start) and all(a is b for a, b in zip(end, start, strict=False))


# What is known of its items


def shared(thing: Gathered, axis: int) -> tuple[Any, ...] | None:
    """The ways to write a size that all items have; None if they have no one size, or it is not known why."""
    key = axis, len(thing.home.rounds), thing.home.last
    if key not in thing.known:
        thing.known[key] = shared_ways(thing, axis)
    found: tuple[Any, ...] | None = thing.known[key]
    return found


def shared_ways(thing: Gathered, axis: int) -> tuple[Any, ...] | None:
    sizes = [item.type.shape[axis] for item in thing]
    if len({int(size) for size in sizes}) > 1 or len(sizes) < FEWEST:
        return None
    ways = [outside_ways(thing, number, axis) for number in range(len(thing))]
    found = tuple(s for s in ways[0] if all(s in others for others in ways[1:]))
    if any(not isinstance(s, Dim) for s in found):
        return ()
    return found or None


def outside_ways(thing: Gathered, number: int, axis: int) -> list[Any]:
    """The ways to write a size of an item outside of the loop; the plain number if it is no more than that."""
    size = thing[number].type.shape[axis]
    ways = [kept(thing.home, s) for s in getattr(size, "spellings", ())]
    found = [s for s in ways if not thing.home.is_inside(s)]
    return found if ways else [int(size)]


def kept(home: Home, spelling: Dim) -> Any:
    """A way to write a size of an item, with sizes that no round changes as they were before the loop."""
    found: Any = spelling
    while isinstance(found, Dim):
        known: dict[str, Any] = {}
        for name in found.symbols & home.sizes.keys():
            turned, place = home.sizes[name]
            if turned.keeps(place, keeps):
                known[name] = said(turned.rounds[0].sizes[place].value)
        if not known:
            break
        found = found.subs(known)
    return found


def said(known: Known) -> Any:
    """The first way to write a size; the number if there is none."""
    return next((s for s in known.spellings if isinstance(s, Dim)), int(known.value))


def by_place(thing: Gathered, index: int, at: Iterable[Any], axis: int, here: Mapping[Any, Dim]) -> Iterator[Dim]:
    """The ways to write a size of an item by what says which one of the value it is (`at`), and by names `here` of what
    the loop ran over.
    """
    home, at = thing.home, list(at)
    number = thing.order[index] - home.before
    if not 0 <= number < len(home.rounds) or len(home.rounds) < FEWEST or home.counts != {1}:
        return
    if not thing.view and len(thing) != len(home.rounds) + home.before:  # each round added one
        return
    names = home.rounds[number].names
    for spelling in getattr(thing[index].type.shape[axis], "spellings", ()):
        spelling = kept(home, spelling)
        inside = [name for name in getattr(spelling, "symbols", ()) if MARK in name and home.is_inside(symbol(name))]
        ways = [ways_of(home, names, name, number, at, here) for name in inside]
        if all(ways) and inside:
            for row in zip(*ways, strict=False):
                found = spelling.subs(dict(zip(inside, row, strict=True)))
                if isinstance(found, Dim):
                    yield found


def ways_of(home: Home, names: Any, name: str, number: int, at: list[Any], here: Mapping[Any, Dim]) -> list[Any]:
    """What a name of a round is for who takes what it made."""
    column = next((n for n, local in enumerate(names) if local.key == name), None)
    if column is None:
        return []
    values = [made.names[column].value for made in home.rounds]
    start = values[0].value
    if not any(v.spellings for v in values) and isinstance(start, int) and not isinstance(start, bool):
        counts = [v.value for v in values] == list(range(start, start + len(values)))
        return [place - home.before + start for place in at] if counts else []
    said = [here[s] for s in values[number].spellings if s in here]
    is_there = any(isinstance(place, int) for place in at)  # whatever the loop turns by
    return said or (lasting(values[number], number) if is_there else [])


def lasting(known: Known, number: int) -> list[Any]:
    """The ways to write what a loop ran over in one round that hold for any number of rounds."""
    sizes = [s for s in known.spellings if isinstance(s, Dim) and not of_rounds(s)]
    return [s for s in sizes if all(name.endswith(f"[{number}]") for name in s.symbols if "[" in name)]


def kind_at(
    visit: Any, thing: Gathered, index: int, at: Iterable[Any], here: Mapping[Any, Dim], which: Names = frozenset()
) -> tuple[TensorType, list[Local]]:
    """The type of the item at an index as it is outside of the loop; names for sizes that cannot be said, behind which
    stands `which`: what the index is spelled over."""
    kind, made, shape, at = thing[index].type, list[Local](), list[Any](), list(at)
    for axis, size in enumerate(kind.shape):
        if not axis or isinstance(size, Dim):
            shape.append(size)
            continue
        ways = shared(thing, axis)
        if ways is None and not (ways := tuple(by_place(thing, index, at, axis, here))):
            made.append(unsaid(visit, thing, kind.rank, axis, size, which))
            ways = (symbol(made[-1].key),)
        shape.append(Spelled(int(size), ways) if ways else int(size))
    return kind.with_shape(*shape), made


def unsaid(visit: Any, thing: Gathered, rank: int, axis: int, size: Any, which: Names) -> Local:
    """A name for a size of one item, behind which stands what decides which item it is."""
    name, session = size_name(rank, axis), visit.session
    key, behind = f"{name}{MARK}{next(session.numbers)}", lengths(thing) | which
    spellings = getattr(size, "spellings", ())
    inside = {name: session.came_to.get(name) for s in spellings for name in s.symbols if MARK in name}
    ways = (s.subs({n: came for n, came in inside.items() if came is not None}) for s in spellings)
    known = Known(size, (*dict.fromkeys(way for way in ways if isinstance(way, Dim)), *spellings))
    session.note(key, known, behind, also=behind)
    return Local(name, key, known)


def lengths(thing: Gathered) -> frozenset[str]:
    from .things import turns_in

    return turns_in(thing.length)


# In loops


def taken(
    visit: Any, targets: Any, item: Thing, source: Any, number: int, names: list[Local], takes: list[Take]
) -> Thing:
    """An item of a loop with its tensors as values of the round's own."""
    if type(source) is tuple and isinstance(item, tuple) and isinstance(targets, tuple) and len(targets) > 1:
        if not len(source) == len(item) == len(targets):
            return item
        parts = zip(targets, item, source, strict=True)
        return tuple(taken(visit, t if isinstance(t, tuple) else (t,), i, s, number, names, takes) for t, i, s in parts)
    if not isinstance(source, Gathered) or not isinstance(item, Value) or len(targets) != 1:
        return item
    count(visit, source, number, names)
    here = {s: symbol(local.key) for local in names for s in local.value.spellings if MARK not in str(s)}
    kind, made = kind_at(visit, source, number, counted(source, number, names), here)
    target = visit.new(kind, getattr(targets[0], "id", None))
    names += made
    takes.append(Take(target, source, item, source.view))
    return target


def is_counter(local: Local) -> bool:
    """Whether a name holds a plain number, as what counts rounds does."""
    return not local.value.spellings and type(local.value.value) is int


def count(visit: Any, source: Gathered, number: int, names: list[Local]) -> None:
    """Gives what counts the rounds a name, if which item it is tells a size."""
    differing = (axis for axis in fixed_axes(source[number].type) if shared(source, axis) is None)
    if any(map(is_counter, names)) or next(differing, None) is None:
        return
    names.append(Local("i", f"i{MARK}{next(visit.session.numbers)}", Known(number), counts=True))
    visit.session.note(names[-1].key, Known(number), also=lengths(source))


def counted(source: Gathered, number: int, names: Sequence[Local]) -> Iterator[Any]:
    """Which item of the value a round takes, by what counts the rounds."""
    turned = source.view.count("[::-1]")
    if turned > 1 or (turned and not source.view.endswith("[::-1]")) or len(source) < FEWEST:
        return
    first = min(source.order)
    for local in filter(is_counter, names):
        at = symbol(local.key) - (local.value.value - number)
        if not turned:
            yield at + first
        else:
            yield from (s - 1 - at + first for s in source.length.spellings[:1] if isinstance(s, Dim))


def listed_out(thing: Thing) -> Thing:
    """Things in which each gathered list is one of its items."""
    if isinstance(thing, (list, tuple)) and has_tensor(thing):
        kind = list if isinstance(thing, Gathered) else type(thing)
        return kind(map(listed_out, thing)) if kind in (list, tuple) else thing
    return thing


def lengths_in(thing: Thing) -> Iterator[Known]:
    """How long the lists are that stand in a thing."""
    if isinstance(thing, Gathered):
        yield thing.length
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            yield from lengths_in(part)


def has_free(items: Sequence[Value]) -> bool:
    """Whether free sizes differ between items."""
    return len({free_sizes(each.type) for each in items}) > 1
