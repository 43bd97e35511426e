"""Numbers that remember how the author spelled them, so that the generated source can say `width * 4`, not 256.

A Spelled is an int in every respect; arithmetic carries its spellings along. Shape rules never notice.
"""

from __future__ import annotations

from itertools import islice
from itertools import product as pairs

from .dims import Dim, Size, TooLong, minimum
from .dims.calls import formula, size_of, written
from .lean import suppress
from .typed import Any, Callable, Iterable

LIMIT = 4  # spellings kept for one number


class Spelled(int):
    """An int with `spellings`, each a Dim over names of the generated constructor, and `factors` if it is a product.

    What is left of a number that was divided, by what must divide it, knows both: `parted`.
    """

    spellings: tuple[Dim, ...]
    factors: tuple[int, ...]
    parted: tuple[int, tuple[int, ...]] | None = None

    def __new__(cls, value: int, spellings: Iterable[Dim] = (), factors: tuple[int, ...] = ()) -> Spelled:
        self = super().__new__(cls, value)
        self.spellings = tuple(dict.fromkeys(spellings))[:LIMIT]
        self.factors = factors
        return self

    def __add__(self, other: Any) -> Any:
        return combine(int.__add__, self, other)

    def __radd__(self, other: Any) -> Any:
        return combine(int.__add__, other, self)

    def __sub__(self, other: Any) -> Any:
        return combine(int.__sub__, self, other)

    def __rsub__(self, other: Any) -> Any:
        return combine(int.__sub__, other, self)

    def __mul__(self, other: Any) -> Any:
        return combine(int.__mul__, self, other)

    def __rmul__(self, other: Any) -> Any:
        return combine(int.__mul__, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return combine(int.__floordiv__, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return combine(int.__floordiv__, other, self)

    def __mod__(self, other: Any) -> Any:
        return combine(int.__mod__, self, other)

    def __neg__(self) -> Any:
        return combine(int.__sub__, 0, self)


class Reckoned(float):
    """A fraction that its author worked out of other numbers, and that is longer than how: `1 - 0.9997`."""

    reckoned: str  # as it was written


def reckoned(sign: str, value: Any, left: Any, right: Any) -> Any:
    """What a sign makes of two numbers, with how that is written where this says it in fewer characters."""
    text = written(sign, (left, right), str, {}) if value.__class__ is float else ""
    if not 0 < len(text) < len(repr(value)):
        return value
    found = Reckoned(value)
    found.reckoned = text
    return found


def smallest(bound: Size, size: Size) -> Size:
    known = {name for way in (size,) if isinstance(way, Dim) and len(way.terms) == 1 for name in way.symbols}
    is_known = not isinstance(bound, Dim) or bound.symbols <= known
    return minimum(bound, size) if is_known else size_of(formula("min", bound, size))


_OPERATIONS: dict[Any, Callable[[Any, Any], Size]] = {
    int.__add__: lambda a, b: a + b,
    int.__sub__: lambda a, b: a - b,
    int.__mul__: lambda a, b: a * b,
    int.__floordiv__: lambda a, b: a // b,
    int.__mod__: lambda a, b: a % b,
    min: smallest,
}


def spellings_of(number: Any) -> tuple[Size, ...]:
    """The ways to write a number: its spellings, or itself when it has none."""
    return (getattr(number, "spellings", ()) or (int(number),)) if isinstance(number, int) else (number,)


def of_both(left: int, right: int) -> int:
    """One number that is written in two ways, the shorter first."""
    ways = sorted((*getattr(left, "spellings", ()), *getattr(right, "spellings", ())), key=lambda way: len(str(way)))
    return Spelled(left, ways, getattr(left, "factors", ())) if ways else left


def reworded(size: Any, change: Callable[[Dim], Size | None]) -> Any:
    """The number, each way to write it (and its factors) changed; a way that becomes None or a number is dropped."""
    if not isinstance(size, Spelled):
        return size
    ways = [way for way in map(change, size.spellings) if isinstance(way, Dim)]
    factors = tuple(reworded(factor, change) for factor in size.factors)
    return Spelled(size, ways, factors) if ways or factors else int(size)


def combine(operation: Any, left: Any, right: Any) -> Any:
    if not isinstance(left, int) or not isinstance(right, int):
        return NotImplemented
    value = operation(int(left), int(right))
    act = _OPERATIONS[operation]
    spelled = spelled_by(act, spellings_of(left), spellings_of(right))
    return Spelled(value, spelled) if spelled else value


def spelled_by(act: Callable[[Any, Any], Any], left: Iterable[Any], right: Iterable[Any]) -> list[Dim]:
    """The ways to write what is made of two numbers; none that would be too long to be read."""
    found: list[Dim] = []
    for a, b in pairs(left, right):
        with suppress(TooLong):
            if isinstance(size := act(a, b), Dim):
                found.append(size)
    return found


def smaller(bound: Size, size: Size) -> Size:
    """The smaller of any number and a size; of two numbers, spelled as the smaller of what they are spelled.

    The names in a size that is a product stand for sizes, at least 1; of those in other numbers nothing is known.
    """
    return combine(min, bound, size) if isinstance(bound, int) and isinstance(size, int) else minimum(bound, size)


def quotient(whole: Size, parts: Iterable[Size]) -> Size:
    """What is left of a size, divided by others, whose product is required to divide it; times these it is that size.

    So `width`, taken apart into `heads` and the rest, and put together again, is `width`.
    """
    divisors = tuple(parts)
    found = whole // product(divisors)
    if isinstance(found, Spelled) and isinstance(whole, int) and all(isinstance(part, int) for part in divisors):
        found.parted = whole, divisors  # type: ignore[assignment]
    return found


def rejoined(factors: tuple[Size, ...]) -> tuple[Size, ...]:
    """The factors, a quotient among them and what it was divided by as the size that was divided."""
    for part in factors:
        whole, divisors = getattr(part, "parted", None) or (0, ())
        if not whole:
            continue
        places: list[int] = []
        for size in (part, *divisors):
            found = (n for n, other in enumerate(factors) if n not in places and are_written_alike(size, other))
            places.extend(islice(found, 1))
        if len(places) > len(divisors):
            first = min(places)
            kept = ((n, whole if n == first else factor) for n, factor in enumerate(factors))
            return tuple(factor for n, factor in kept if n == first or n not in places)
    return factors


def are_written_alike(size: Any, other: Any) -> bool:
    """Whether two numbers have a way to be written in common."""
    return isinstance(other, int) and size == other and not set(spellings_of(size)).isdisjoint(spellings_of(other))


def product(sizes: Iterable[Size]) -> Size:
    """The product, remembering its factors when it is a number: prints as `32 * 16 * 16`."""
    factors = rejoined(tuple(sizes))
    if len(factors) == 1:
        return factors[0]
    total: Size = 1
    for factor in factors:
        total = total * factor
    if isinstance(total, int) and len(factors) > 1:
        return Spelled(total, getattr(total, "spellings", ()), factors)  # type: ignore[arg-type]
    return total
