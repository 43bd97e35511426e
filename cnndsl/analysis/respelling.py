"""How sizes are told in other names: those of a type that leaves a class, over the names of the class around it, and
free ones that forward() gets no name for, over the axes of tensors.

The latter are in calls that the compiler makes up itself (`rearrange`), and in the arguments of a block.
"""

from __future__ import annotations

from ..dims import Condition, Dim, Real, Size, symbol
from ..graph import Known, Result, Type, Value
from ..loops import MARK, of_rounds
from ..problems import fail
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..spelled import Spelled, reworded
from ..typed import TYPE_CHECKING, Any, Callable, Mapping, cast
from .resizing import leaves
from .things import Thing, known_of, lists_measured
from .wording import Unsaid, part_of

if TYPE_CHECKING:
    from .state import State

Names = Mapping[str, Known]
LARGEST = 4_097  # one more than the largest number that an axis is divided by or multiplied with


def translated(kind: Type, names: Names, visit: State) -> Type:
    """A type out of a class, its sizes spelled over the names of the class around it."""
    if isinstance(kind, tuple):
        return tuple(translated(item, names, visit) for item in kind)
    if not isinstance(kind, TensorType) or not any(isinstance(size, Spelled) for size in kind.shape):
        return kind
    return kind.with_shape(*(respelled(size, names, visit) for size in kind.shape))


def told_better(kind: Type, last: Type, at_last: Mapping[str, Any]) -> Type:
    """The type of a result, which is `last` that of the last round of a loop: what is said without names of rounds."""
    if isinstance(kind, tuple) and isinstance(last, tuple):
        return tuple(told_better(*pair, at_last) for pair in zip(kind, last, strict=True))
    if not isinstance(kind, TensorType) or not isinstance(last, TensorType) or (kind is last and not at_last):
        return last
    return last.with_shape(*(better(*pair, at_last) for pair in zip(kind.shape, last.shape, strict=True)))


def better(size: Any, last: Any, at_last: Mapping[str, Any]) -> Any:
    ways = getattr(size, "spellings", ())
    if any(not of_rounds(way) for way in ways):
        return size
    told = [way.subs(at_last) for way in ways if not at_last.keys().isdisjoint(way.symbols)]
    said = next((way for way in told if isinstance(way, Dim) and not of_rounds(way)), None)
    return last if said is None else Spelled(size, (said,))


def respelled(size: Any, names: Names, visit: State) -> Any:
    """A size that a loop left behind is what it came to there, so how often the loop turned must stay as it is.

    Where no spelling can be said outside, what the size hangs on is pinned.
    """
    if not isinstance(size, Spelled) or not size.spellings:
        return size
    size = without_nones(size, names)
    if not isinstance(size, Spelled):
        return size
    size = told_plainly(size, names)
    symbols = {name for part in (size, *size.factors) for way in getattr(part, "spellings", ()) for name in way.symbols}
    keys = {name for spelling in size.spellings for name in spelling.symbols if MARK in name}
    outer = {name: inside for name in symbols if (inside := outside(name, names)) is not None}
    for key in keys:
        inner = visit.session.came_to.get(key)
        if isinstance(inner, int):
            outer[key] = inner
        elif inner is not None:
            more = {name: inside for name in inner.symbols if (inside := outside(name, names)) is not None}
            if inner.symbols <= more.keys():
                outer[key] = inner.subs(more)
    turns = visit.session.turns(keys - visit.session.once.keys())  # a loop that turns at all comes to the same
    turns.update(*(visit.session.rounds.get(key, ()) for key in keys))  # of which round a name is
    behind = (turns | lists_measured(turns - names.keys())) & names.keys()  # of a list how long it is, if that is known
    if not any(spelling.symbols <= outer.keys() for spelling in size.spellings):
        behind = visit.session.behind(name.partition("[")[0] for s in size.spellings for name in s.symbols)
    visit.pin(*(names[name] for name in behind if name in names))
    return reworded(size, lambda way: way.subs(outer) if way.symbols <= outer.keys() else None)


def without_nones(size: Spelled, names: Names) -> Any:
    """The size where what is None outside, by no name, has decided what asks for that."""
    known = ((name, names.get(name)) for way in size.spellings for name in way.symbols)
    nothing: Any = {name: None for name, thing in known if thing == Known(None) and not thing.spellings}
    return reworded(size, lambda way: way.subs(nothing)) if nothing else size


def told_plainly(size: Spelled, names: Names) -> Spelled:
    """The size without names of rounds and decisions, if it has another spelling that can be said outside."""

    def is_plain(name: str) -> bool:
        return MARK not in name and outside(name, names) is not None

    plain = [spelling for spelling in size.spellings if all(map(is_plain, spelling.symbols))]
    return Spelled(int(size), plain, size.factors) if plain else size


def outside(name: str, names: Names) -> Any:
    """A name of the class, or an item of a list of hers (`widths[2]`), as a part of a formula outside of it."""
    base, *places = name.replace("]", "").split("[")
    thing: Any = names.get(base)
    for place in places:
        inner = thing.value if isinstance(thing, Known) else thing
        thing = inner[int(place)] if isinstance(inner, (list, tuple)) and int(place) < len(inner) else None
    if thing is None:
        return None
    if thing == Known(None):  # which is a number where it is not
        return next((symbol(str(way)) for way in thing.spellings if str(way).isidentifier()), None)
    try:
        return part_of(thing)
    except Unsaid:
        return None


def as_it_came(result: Result, kind: Type, session: Any) -> Result:
    """What a model gives, its sizes as loops left them over the names of the class, for as many rounds as these had."""
    turns = {name: n for name in session.ended(kind) if isinstance(n := session.stands_for.get(name), int)}

    def told(way: Dim) -> Size:
        known = ((name, session.at_last.get(name, session.came_to.get(name))) for name in way.symbols)
        found = way.subs({n: size for n, size in known if isinstance(size, Dim) or n in session.counted})
        return found.subs(turns) if isinstance(found, Dim) else found

    kinds = kind if isinstance(kind, tuple) and result.kind != "one" else (kind,)
    items = zip(result.items, kinds, strict=True)
    return replace(result, items=tuple((name, came(thing, each, told)) for (name, thing), each in items))


def came(thing: Any, kind: Type, told: Callable[[Dim], Size]) -> Any:
    """The same for one thing of this type."""
    if isinstance(thing, (list, tuple)) and isinstance(kind, tuple):
        return type(thing)(came(item, each, told) for item, each in zip(thing, kind, strict=True))
    if not isinstance(thing, Value) or not isinstance(kind, TensorType):
        return thing
    return replace(thing, type=kind.with_shape(*(as_told(size, told) for size in kind.shape)))


def as_told(size: Any, told: Callable[[Dim], Size]) -> Any:
    """A size in the ways that hold for any number of rounds, if there are some; else as it is told."""
    lasting = [way for way in getattr(size, "spellings", ()) if not of_rounds(way)]
    return Spelled(int(size), lasting, size.factors) if lasting else reworded(size, told)


def operands_of(
    visit: Any, arguments: tuple[Any, ...], value: Thing, source: Thing, given: tuple[Thing, ...], span: Span
) -> tuple[Thing, ...]:
    """Plain arguments as operands; a free size is spelled over the sizes that are given, and the tensors' at hand."""
    values = (value, source, *given)
    known = {at for at, _ in axes_of(values)}
    if any(isinstance(size, Dim) and size not in known for size in leaves(arguments)):
        visit.settle_free(*given)  # it is worked out of what free sizes are now
    return tuple(operand(argument, values, span) for argument in arguments)


def operand(argument: Any, values: tuple[Thing, ...], span: Span) -> Thing:
    if isinstance(argument, (list, tuple)):
        return type(argument)(operand(item, values, span) for item in argument)
    if isinstance(argument, Dim):
        return Known(argument, (spelling(argument, values, span),))
    return known_of(argument)


def read_off(thing: Thing, values: tuple[Value, ...], span: Span) -> Thing:
    """An argument of a block, what is free in it spelled over the block's inputs; raises CnnError where none tells."""
    if isinstance(thing, (list, tuple)):
        items = [read_off(item, values, span) for item in thing]
        if all(now is before for now, before in zip(items, thing, strict=True)):
            return thing
        return items if isinstance(thing, list) else tuple(items)
    if not isinstance(thing, Known) or not isinstance(thing.value, (Dim, Condition, Real)):
        return thing
    if isinstance(thing.value, Dim):
        return Known(thing.value, (spelling(thing.value, values, span),))
    found: Any = by_symbols(thing.value, list(axes_of(values)))
    if found is None:
        raise fail("size-not-spellable", span, size=str(thing.value))
    return Known(thing.value, (found,))


def by_symbols(thing: Dim | Condition | Real, axes: list[tuple[Dim, Dim]]) -> Any:
    """A size or condition over the axes that are linear in one symbol each; None if another symbol is in it."""
    parts: dict[str, Any] = {}
    for at, run_time in axes:
        factors, offset = at.linear() or ({}, 0)
        for name, slope in factors.items() if len(factors) == 1 else ():
            parts.setdefault(name, (run_time - offset) // slope)
    return thing.subs(parts) if thing.symbols <= parts.keys() else None


def spelling(size: Dim, values: tuple[Thing, ...], span: Span) -> Dim:
    """A size over the axes of tensors: an axis, a part of one, or a product of several."""
    axes = list(axes_of(values))
    for at, name in axes:
        if at == size:
            return cast("Dim", name)
    if (found := by_symbols(size, axes)) is not None:
        return cast("Dim", found)
    part = part_of_axis(size, axes)
    if part is not None:
        return part
    quotient = quotient_of(size, axes)
    if quotient is not None:
        return quotient
    for left, left_name in axes:
        for right, right_name in axes:
            if left * right == size:
                product = left_name * right_name
                assert isinstance(product, Dim)
                return product
    raise fail("size-not-spellable", span, size=str(size))


def part_of_axis(size: Dim, axes: list[tuple[Dim, Dim]]) -> Dim | None:
    """An axis over a number, or times one."""
    names = sorted(size.symbols.union(*(at.symbols for at, _ in axes)))
    sample = {name: 1_000_003 + 7_919 * n for n, name in enumerate(names)}  # equal sizes are equal there, too
    there, known = size.at(sample), [(at, name, at.at(sample)) for at, name in axes]
    for factor in range(2, LARGEST):
        for at, name, value in known:
            if value // factor == there and at // factor == size:
                return cast("Dim", name // factor)
            if value * factor == there and at * factor == size:
                return cast("Dim", name * factor)
    return None


def quotient_of(size: Dim, axes: list[tuple[Dim, Dim]]) -> Dim | None:
    """An axis over another, or over a product of two: the `n` of `(n h w)`."""
    parts = [*axes, *((a * b, c * d) for a, c in axes for b, d in axes)]
    for whole, whole_name in axes:
        for part, part_name in parts:
            if part != 1 and whole == size * part:
                return cast("Dim", whole_name // part_name)
    return None


def axes_of(values: tuple[Thing, ...]) -> Any:
    for value in values:
        if isinstance(value, Known) and isinstance(value.value, Dim):
            yield from ((value.value, text) for text in value.spellings[:1] if isinstance(text, Dim))
        if isinstance(value, Value) and isinstance(value.type, TensorType):
            for axis, size in enumerate(value.type.shape):
                if isinstance(size, Dim):
                    yield size, symbol(f"%{value.number}.{axis}")
