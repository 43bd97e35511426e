"""Arguments and types as they are when the names that spell their numbers stand for others."""

from __future__ import annotations

from math import prod

from ..dims import Dim, symbol
from ..layers.base import Template
from ..lean import partial, suppress
from ..loops import of_rounds
from ..shapes import TensorType
from ..spelled import Spelled, spellings_of
from ..typed import Any, Callable, Iterable, Iterator, Mapping

CHANGES: tuple[Callable[[Any], Any], ...] = (
    lambda n: n + 1,
    lambda n: 2 * n,
    lambda n: n - 1,
    lambda n: n + 2,
    lambda n: 3 * n,
)
SOME = 24  # what may be where there is None now: a width, a count
APART: tuple[Callable[..., Any], ...] = (
    lambda n, at: n + 2 * at - 1,  # what was odd is even
    lambda n, at: n * (1 + at),
    lambda n, at: n + 7 * at,
)


class Free:
    """A free size that a call is given, `H // window`, which hangs on names of the class. `spellings` says these alone.

    Where they stand for other numbers it is another one; `moved` says that they do.
    """

    def __init__(self, size: Dim, way: Dim, names: Iterable[str], moved: bool = False) -> None:
        self.size, self.way, self.names, self.moved = size, way, frozenset(names), moved
        self.spellings = (prod((symbol(name) for name in sorted(self.names)), start=symbol(min(self.names))),)

    def at(self, numbers: Mapping[str, Any]) -> Free:
        size = self.way.subs({name: numbers[name] for name in self.names})
        if isinstance(size, int):
            raise ArithmeticError("no free size")
        return Free(size, self.way, self.names, True)


def leaves(values: Any) -> list[Any]:
    """The numbers in arguments and types, nested as they may be."""
    found: list[Any] = []
    left = [values]
    while left:
        one = left.pop()
        if one.__class__ is int or one.__class__ is Spelled:  # most are
            found.append(one)
        elif isinstance(one, TensorType):
            found += one.shape
        elif isinstance(one, dict):
            left += reversed(one.values())
        elif isinstance(one, (list, tuple)):
            left += reversed(one)
        elif isinstance(one, Template):
            left.append(one.arguments)
        else:
            found.append(one)
    return found


def sizes_in(values: Any) -> Iterator[Any]:
    return (value for value in leaves(values) if isinstance(value, (Spelled, Free)) and value.spellings)


def whole(values: Any, loose: bool = False) -> Any:
    """Arguments with free sizes as they are; `loose`: of those that have become others nothing is known."""
    if isinstance(values, Free):
        return symbol(f"?{values.way}") if loose and values.moved else values.size
    if isinstance(values, dict):
        return {key: whole(value, loose) for key, value in values.items()}
    return type(values)([whole(value, loose) for value in values]) if isinstance(values, (list, tuple)) else values


def names_of(size: Spelled) -> list[str]:
    return sorted(size.spellings[0].symbols)


def apart(numbers: Mapping[str, Any], names: set[str]) -> Iterator[dict[str, Any]]:
    """What names stand for when some have changed, each in its own way: what is equal by chance is so no more."""
    order = list(enumerate(sorted(names), 1))
    for change in APART:
        yield {**numbers, **{n: other_number(numbers[n], partial(change, at=place)) for place, n in order}}


def alike(numbers: Mapping[str, Any], names: set[str]) -> Iterator[dict[str, Any]]:
    """What names stand for when some have changed, all in the same way."""
    for change in CHANGES:
        yield {**numbers, **{n: other_number(now, change) for n, now in numbers.items() if n in names}}


def equal_to(name: str, numbers: Mapping[str, Any]) -> set[str]:
    """The names that stand for the same number; or for a list in which it is, and then for what else is in that."""
    found, left = {name}, [name]
    while left:
        now = numbers[left.pop()]
        more = {n for n, other in numbers.items() if n not in found and meet(now, other)}
        found |= more
        left += more
    return found


def meet(now: Any, other: Any) -> bool:
    """Whether two names stand for the same, or one of them for a list of what the other one does."""
    if isinstance(now, list) is isinstance(other, list):
        return bool(now == other)
    many, one = (now, other) if isinstance(now, list) else (other, now)
    return one in many or any(one in row for row in many if isinstance(row, list))


def derived(came_to: Mapping[str, Dim], values: Mapping[str, Any], choice: Mapping[str, Any]) -> dict[str, Any]:
    """What names of a round stand for that come from those that changed."""
    found = {}
    for key, spelling in came_to.items():
        if key not in choice and not spelling.symbols.isdisjoint(choice):
            try:
                found[key] = spelling.at(values)
            except (ArithmeticError, KeyError):
                continue
    return found


def said_outside(values: Any) -> Any:
    """The values, each number that is first written by what the rounds of a loop hand on in a way without such names,
    if it has one; None if there is no such number."""
    found = False

    def other(value: Any) -> Any:
        nonlocal found
        if isinstance(value, Spelled):
            way = next((way for way in value.spellings if not of_rounds(way)), None)
            if way is None or way is value.spellings[0]:
                return value
            found, again = True, Spelled(value, (way, *value.spellings), value.factors)
            again.parted = value.parted
            return again
        if isinstance(value, TensorType):
            return value.with_shape(*map(other, value.shape))
        if isinstance(value, dict):
            return {key: other(item) for key, item in value.items()}
        if isinstance(value, Template):
            return Template(value.layer, other(value.arguments))
        return type(value)(map(other, value)) if isinstance(value, (list, tuple)) else value

    again = other(values)
    return again if found else None


def along(
    links: Mapping[str, Dim], changes: Iterable[dict[str, Any]], names: set[str]
) -> tuple[set[str], Iterator[dict[str, Any]]]:
    """Changes of some names, and the names that change then: with them what `links` say they come to."""
    more = {key for key, came in links.items() if not names.isdisjoint(came.symbols)}
    chosen = dict.fromkeys(names)
    return names | more, ({**change, **derived(links, change, chosen)} for change in changes)


def resized(values: Any, names: set[str], changes: Iterable[dict[str, Any]]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The values as they are when these names stand for other numbers, and what all stand for then."""
    changing: dict[str, Any] = {}

    def other(value: Any) -> Any:
        if value.__class__ is int or value.__class__ is Dim:  # most are
            return value
        if isinstance(value, Spelled):
            spelling = value.spellings[0] if value.spellings else None
            return value if spelling is None or names.isdisjoint(spelling.symbols) else resized_number(value, changing)
        if isinstance(value, Free):
            return value if names.isdisjoint(value.names) else value.at(changing)
        if isinstance(value, TensorType):
            return value.with_shape(*[other(size) for size in value.shape])
        if isinstance(value, dict):
            return {key: other(item) for key, item in value.items()}
        if isinstance(value, Template):
            return Template(value.layer, other(value.arguments))
        return type(value)([other(item) for item in value]) if isinstance(value, (list, tuple)) else value

    for changing in changes:
        with suppress(ArithmeticError, KeyError):
            yield other(values), changing


def resized_number(size: Any, numbers: Mapping[str, Any]) -> int:
    """A number as it is where its names stand for these; raises ArithmeticError for a part that there is not then."""
    if whole_and_parts := getattr(size, "parted", None):
        whole, parts = whole_and_parts
        if not divides_always(size, whole, parts) and resized_number(whole, numbers) % prod(
            resized_number(part, numbers) for part in parts
        ):
            raise ArithmeticError("not divisible")
    spelling = spellings_of(size)[0]
    return spelling.at(numbers) if isinstance(spelling, Dim) else int(spelling)


def divides_always(size: Any, whole: Any, parts: Iterable[Any]) -> bool:
    """Whether a quotient times what it was divided by is written as what was divided."""
    again: Any = prod(spellings_of(part)[0] for part in (size, *parts))
    return bool(again == spellings_of(whole)[0])


def other_number(now: Any, change: Callable[[Any], Any]) -> Any:
    """Another value of its kind; what is None may be a number."""
    if isinstance(now, list):
        return [other_number(item, change) for item in now]
    return now if isinstance(now, str) else not now if isinstance(now, bool) else change(SOME if now is None else now)


def spelled_number(spelling: Dim, numbers: Mapping[str, Any]) -> int | None:
    with suppress(ArithmeticError, KeyError):
        return spelling.at(numbers)
    return None
