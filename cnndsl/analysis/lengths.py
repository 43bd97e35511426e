"""Lists of compile time: their items, how long they are and how that is said, and Python's functions that make lists of
lists; and what sizes come to behind as many rounds. Computes no numbers.
"""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import Formula, formula, size_of
from ..graph import Known
from ..loops import MARK, Gathered, Local, Round
from ..problems import advise
from ..shapes import BadArgument
from ..typed import Any, Iterator, Mapping, Sequence
from .things import Counted, Named, Thing, Whole, describe, raw
from .wording import backwards, said

ZERO = Known(0)
COUNTER, COUNTDOWN = Counted(), Counted()  # what counts the rounds of a loop comes of, as a source; or counts down


def whole(thing: Thing) -> int:
    """A whole number; raises Misfit."""
    if isinstance(thing, Known) and isinstance(thing.value, int):
        return thing.value
    is_float = isinstance(thing, Known) and isinstance(thing.value, float)
    help = advise("whole-number") if is_float else None
    help = advise("runs-over-list") if isinstance(thing, (list, tuple)) else help
    raise BadArgument(f"a whole number is needed here, not {describe(thing)}", help=help)


def bound(thing: Thing) -> int:
    """A number that a range begins or ends with; raises Misfit."""
    if isinstance(thing, Known) and isinstance(thing.value, Dim):
        message = f"range makes its list when the file is compiled, and {thing.value} is a free size"
        raise BadArgument(message, help=advise("tensor-of-numbers", size=str(thing.value)))
    return whole(thing)


def items(thing: Thing) -> list[Thing]:
    """The items of a list, a tuple or a string."""
    if isinstance(thing, (list, tuple)):
        return thing if isinstance(thing, list) else list(thing)
    if isinstance(thing, Known) and isinstance(thing.value, str):
        return [Known(letter) for letter in thing.value]
    is_count = isinstance(thing, Known) and isinstance(thing.value, int) and not isinstance(thing.value, bool)
    help = advise("range-or-list", number=str(raw(thing))) if is_count else None
    raise BadArgument(f"a list is needed here, not {describe(thing)}", help=help)


def builtin_len(thing: Thing) -> Known:
    found = len(items(thing))
    if isinstance(thing, (Counted, Gathered)):
        return thing.length
    if isinstance(thing, (list, tuple)) and not isinstance(thing, (Named, Whole)):
        return Known(found)  # as it is written down
    return Known(found, said("len", found, thing))


def builtin_zip(*lists: Thing) -> list[Thing]:
    """Python's; as long as the shortest of them."""
    rows = Counted(zip(*map(items, lists), strict=False))
    lengths = [builtin_len(one) for one in sorted(lists, key=lambda one: isinstance(one, Gathered))]
    has_gathered = any(isinstance(one, Gathered) for one in lists)
    said_so = map(length_said, lists) if has_gathered else (known.spellings or known.value for known in lengths)
    alike = len(set(map(repr, said_so))) == 1
    rows.columns = tuple(source_of(one) if len(items(one)) == len(rows) else None for one in lists)
    rows.length = lengths[0] if alike else Known(len(rows), said("min", len(rows), *lengths))
    return rows


def length_said(thing: Any) -> Any:
    """How the length of a list is written; that of a part by the list's, as for one that has so many items."""
    name: Any = thing if isinstance(thing, Formula) else getattr(thing, "name", None)
    sign, parts = (name.sign, name.parts) if isinstance(name, Formula) else ("", ())
    if sign == "backwards":
        return length_said(parts[0])
    if sign in ("upto", "from") and isinstance(by := parts[1], int) and (by < 0) is (sign == "upto"):
        return length_said(parts[0]) - abs(by)
    if isinstance(thing, Formula):
        return size_of(formula("len", thing))
    length = builtin_len(thing)
    return length.spellings[0] if length.spellings else length.value


def builtin_reversed(thing: Thing) -> list[Thing]:
    """The items from the last one on, as a list; of a list that has a name, this says so."""
    if isinstance(thing, Gathered):
        return thing.like(thing[::-1], view=f"{thing.view}[::-1]", order=thing.order[::-1])
    found = items(thing)[::-1]
    if isinstance(thing, (Named, Whole)) and thing.name:
        named: list[Thing] = backwards(thing)
        return named
    if not isinstance(thing, Counted):
        return found
    counted = Counted(found)
    counted.length = thing.length
    if is_counter(thing.columns):
        counted.columns = counter(-1 if thing.columns is COUNTER else 1)
    return counted


def builtin_enumerate(thing: Thing, start: Thing = ZERO) -> list[Thing]:
    pairs = Counted((Known(number), item) for number, item in enumerate(items(thing), whole(start)))
    pairs.length, pairs.columns = builtin_len(thing), (COUNTER, source_of(thing))
    return pairs


def source_of(thing: Thing) -> Any:
    """Of what a loop runs over: the list that is gathered or has a name, `COUNTER` for what counts, or those that
    stand in its rows, by place.
    """
    return thing if isinstance(thing, (Gathered, Named, Whole)) else getattr(thing, "columns", None)


def counter(step: int) -> Counted:
    return COUNTER if step > 0 else COUNTDOWN


def is_counter(source: Any) -> bool:
    return source is COUNTER or source is COUNTDOWN


def is_told(ends: Sequence[Known]) -> bool:
    """Whether a range goes by ones from a number on, or down to one: it is told by how long it is."""
    step = ends[2] if len(ends) > 2 else Known(1)
    return len(ends) == 1 or (not step.spellings and abs(step.value) == 1 and not ends[step.value < 0].spellings)


def sources_in(source: Any, count: int) -> tuple[Any, ...]:
    """What so many names are bound to, that take the parts of an item."""
    is_split = isinstance(source, tuple) and not isinstance(source, Whole) and len(source) == count
    return tuple(source) if is_split else (source,) * count


def is_turned(source: Any) -> bool | None:
    """Whether a loop counts down, or goes backwards through a list that has a name; None where it does neither."""
    if source is COUNTDOWN:
        return True
    return goes_back(source.name) if isinstance(source, (Named, Whole)) and source.name else None


def goes_back(name: Any) -> bool:
    sign = getattr(name, "sign", "")
    return sign in ("backwards", "upto", "from") and goes_back(name.parts[0]) is (sign != "backwards")


def stepwise(rounds: Sequence[Round], first: int, count: Known | None) -> Iterator[tuple[Dim, ...]]:
    """What sizes are behind a loop each round of which adds the same: `in_channels + depth * growth`; or an item of the
    list that it goes through: `in_channels + sum(widths)`; or gives what it began with.

    Sizes are those of the rounds, from the `first` on.
    """
    ways = count.spellings if count is not None else ()
    sums = [way for way in ways if is_sum(way)]
    turns = next(iter((*sums, *ways)), None)
    while rounds and isinstance(turns, Dim):
        if any(first >= min(len(made.sizes), len(made.after)) for made in rounds):
            return
        steps = [step_of(made, first) for made in rounds]
        start = rounds[0].sizes[first].value
        starts = [s for s in start.spellings if isinstance(s, Dim)] if start.spellings else [start.value]
        shared = [step for step in steps[0] if sums and all(step in others for others in steps)]
        stays = all(keeps(made, first) for made in rounds)
        same = [s for s in starts if stays or is_among(rounds, first, s)]
        added = [turns * step for step in shared[:1]] or list(sum_of_list(rounds, first, turns))
        found = same[:1] or [s + more for s in starts[:1] for more in added]
        yield tuple(size for size in found if isinstance(size, Dim))
        first += 1


def is_sum(turns: Any) -> bool:
    """Whether a loop turns so often, however small what it is written over: `n - 2` turns none of 1 are not -1."""
    return all(factor > 0 for _, factor in getattr(turns, "terms", ()))


def is_among(rounds: Sequence[Round], place: int, start: Any) -> bool:
    """Whether a size is behind each round what it is before the first one: it is made anew, or that of another that
    goes round and is so, too (`a = b`, `b = f(a, b)`)."""
    sizes = range(min(len(each) for made in rounds for each in (made.sizes, made.after)))
    alike = [n for n in sizes if n == place or start in rounds[0].sizes[n].value.spellings]
    while place in alike:
        ways = [(made, {start, *(symbol(made.sizes[n].key) for n in alike)}) for made in rounds]
        left = [n for n in alike if not any(some.isdisjoint(made.after[n].spellings) for made, some in ways)]
        if left == alike:
            return True
        alike = left
    return False


def sum_of_list(rounds: Sequence[Round], place: int, turns: Dim) -> Iterator[Dim]:
    """What rounds have added to a size, where that is the item of the list that they go through."""
    if (whole := gone_through(turns)) is None:
        return
    for names in zip(*(made.names for made in rounds), strict=False):
        ends = ((made.after[place], made.sizes[place]) for made in rounds)
        added = ((after.spellings, symbol(size.key)) for after, size in ends)
        is_added = (one + symbol(n.key) in ways for (ways, one), n in zip(added, names, strict=True))
        if are_items(whole, names) and all(is_added):
            yield size_of(formula("sum", whole))
            return


def gone_through(turns: Dim) -> Formula | None:
    """The list that has a name, if a loop turns as often as it is long."""
    (text,) = turns.symbols if len(turns.symbols) == 1 else ("",)
    whole = Formula("name", (text, "list"))
    return whole if size_of(formula("len", whole)) == turns else None


def are_items(whole: Formula, names: Sequence[Local]) -> bool:
    """Whether what a name is in the rounds of a loop are the items of a list, one after another."""
    return all(symbol(f"{whole.parts[0]}[{at}]") in local.value.spellings for at, local in enumerate(names))


def step_of(made: Round, place: int) -> list[Any]:
    """What a round adds to a size, over names that are not its own."""
    added = [s - symbol(made.sizes[place].key) for s in made.after[place].spellings if isinstance(s, Dim)]
    return [step for step in added if not any(MARK in name for name in getattr(step, "symbols", ()))]


def keeps(made: Any, place: int) -> bool:
    """Whether a round leaves a size as it was."""
    if place >= min(len(made.sizes), len(made.after)):
        return False
    return symbol(made.sizes[place].key) in made.after[place].spellings


def at_last(rounds: Sequence[Round], count: Known, met: Mapping[str, Any]) -> Iterator[tuple[int, Dim, set[str]]]:
    """The sizes, by their places, that each round makes of its own names, all in one way: as the last round makes them,
    said outside of the loop, however often that turns (`widths[-1]`, `width * 2**(n - 1)`). `met` is what inner loops
    leave; with what says how often these turn, which they must."""
    turns = next((way for way in count.spellings if isinstance(way, Dim)), None)
    last = [*last_names(rounds, turns)] if turns is not None else []
    for place in range(min((len(made.after) for made in rounds), default=0)) if last else ():
        ways = [dict(said_at_last(made, place, last, met)) for made in rounds]
        shared = (way for way in ways[0] if all(way in others for others in ways[1:]))
        yield from ((place, way, set[str]().union(*(each[way] for each in ways))) for way in [*shared][:1])


def last_names(rounds: Sequence[Round], turns: Dim) -> Iterator[Any]:
    """What each name of a loop holds in the last round: an item of a list that it goes through, or how many went
    before."""
    listed = gone_through(turns)
    if listed is None and turns.symbols != {str(turns)}:
        return
    for names in zip(*(made.names for made in rounds), strict=False):
        start = names[0].value.value
        if listed is not None and are_items(listed, names):
            yield size_of(formula("item", listed, -1))
        elif not all(local.counts for local in names):
            yield None
        elif not names[0].turned:
            yield turns + (int(start) - 1)
        else:
            yield int(names[-1].value.value)  # where it counts down to


def said_at_last(
    made: Round, place: int, last: Sequence[Any], met: Mapping[str, Any]
) -> Iterator[tuple[Dim, set[str]]]:
    """What a round makes of a size, with what its names hold in the last one, and what loops in it turn by."""
    names = {local.key: way for local, way in zip(made.names, last, strict=False) if way is not None}
    for way in made.after[place].spellings:
        found, turns = behind_inner(way, met)
        if isinstance(found, Dim) and not names.keys().isdisjoint(found.symbols):
            found = found.subs(names)
            if isinstance(found, Dim) and not any(MARK in name for name in found.symbols):
                yield found, turns


def behind_inner(way: Any, met: Mapping[str, Any]) -> tuple[Any, set[str]]:
    """A way to write a size over what loops left, as these make it, and what says how often they turn, which they must;
    None where nothing does."""
    turns = set[str]()
    while inner := {key: met[key] for key in getattr(way, "symbols", ()) if key in met}:
        if not isinstance(way, Dim) or not all(left.turns or not left.behind for left in inner.values()):
            return None, turns
        turns |= {left.turns for left in inner.values() if left.turns}
        way = way.subs({key: left.spellings[0] for key, left in inner.items()})
    return way, turns
