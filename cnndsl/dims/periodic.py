"""Where a size of one symbol is zero or at least zero, exactly. Knows no text and no second symbol.

A size f of one symbol n is, from some n on, a polynomial on each residue class of a period; mostly a line:
`f(n + period) == f(n) + step`. How far it must be tabled until the rest is known follows from its structure. Where
that is beyond LIMIT, or the structure is no such size, the answer is None.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd, lcm

from ..lean import lru_cache
from ..records import dataclass
from ..typed import Callable
from .algebra import Atom, Dim, Size

LIMIT = 65_536
STEPS = 4_096  # patterns up to this length are searched for a common step
TESTS: dict[str, Callable[[int], bool]] = {
    "zero": lambda value: value == 0,
    "nonzero": lambda value: value != 0,
    "nonneg": lambda value: value >= 0,
}


@dataclass(frozen=True)
class Line:
    """f(n + period) == f(n) + step, and f(n) * period lies within step * n + low … step * n + high."""

    step: int
    low: int
    high: int

    def plus(self, other: Line) -> Line:
        return Line(self.step + other.step, self.low + other.low, self.high + other.high)

    def times(self, factor: int) -> Line:
        return Line(self.step * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Growth:
    """From `start` on, f is a polynomial of at most this degree on each residue class of `period`."""

    start: int
    period: int
    degree: int
    line: Line | None

    def stretch(self, period: int) -> Growth:
        times = period // self.period
        line = self.line.times(times) if self.line else None
        return Growth(self.start, period, self.degree, line)


def constant(number: int) -> Growth:
    return Growth(1, 1, 0, Line(0, number, number))


def aligned(f: Growth, g: Growth) -> tuple[Growth, Growth, int, int]:
    start, period = max(f.start, g.start), lcm(f.period, g.period)
    return f.stretch(period), g.stretch(period), start, period


def plus(f: Growth, g: Growth) -> Growth:
    f, g, start, period = aligned(f, g)
    line = f.line.plus(g.line) if f.line and g.line else None
    return Growth(start, period, max(f.degree, g.degree), line)


def scaled(f: Growth, factor: int) -> Growth:
    if not f.line:
        return f
    low, high = sorted((f.line.low * factor, f.line.high * factor))
    return Growth(f.start, f.period, f.degree, Line(f.line.step * factor, low, high))


def times(f: Growth, g: Growth) -> Growth:
    f, g, start, period = aligned(f, g)
    return Growth(start, period, f.degree + g.degree, None)


@lru_cache(maxsize=4096)
def growth(size: Size) -> Growth | None:
    """How a size of one symbol goes on for ever."""
    if isinstance(size, int):
        return constant(size)
    total = constant(0)
    for atoms, factor in size.terms:
        part = product_growth([atom_growth(atom) for atom in atoms])
        total = plus(total, scaled(part, factor)) if part else None  # type: ignore[assignment]
        if total is None or total.start + total.period > LIMIT:
            return None
    return total


def product_growth(parts: list[Growth | None]) -> Growth | None:
    product = constant(1)
    for part in parts:
        if part is None:
            return None
        product = times(product, part) if len(parts) > 1 else part
    return product


@lru_cache(maxsize=4096)
def atom_growth(atom: Atom) -> Growth | None:
    if atom.kind == "symbol":
        return Growth(1, 1, 1, Line(1, 0, 0))
    if atom.kind == "call":
        return None
    first, *others = (growth(part) for part in atom.parts)
    if atom.kind == "//":
        bottom = atom.parts[1]
        return quotient_growth(first, bottom) if first and isinstance(bottom, int) else None
    for place, other in enumerate(others, 1):
        if first is None or other is None:
            return None
        if first.line and other.line:
            first = extreme_growth(first, other, first.line, other.line, atom.kind)
        else:
            first = curved_growth(first, other, [part - atom.parts[place] for part in atom.parts[:place]])
    return first


def quotient_growth(top: Growth, bottom: int) -> Growth:
    """Each polynomial, taken modulo the bottom, repeats; there the quotient is a polynomial again."""
    if top.line is None:
        return top.stretch(top.period * bottom * lcm(*range(1, top.degree + 1)) if top.degree else top.period)
    f = top.stretch(top.period * (bottom // gcd(top.line.step, bottom)))
    assert f.line is not None
    line = Line(f.line.step // bottom, f.line.low // bottom - f.period, -(-f.line.high // bottom))
    return Growth(f.start, f.period, f.degree, line)


def extreme_growth(f: Growth, g: Growth, one: Line, two: Line, kind: str) -> Growth:
    """Of two parallel lines either may win, residue by residue; of others, one wins from some n on."""
    start, period = max(f.start, g.start), lcm(f.period, g.period)
    both = one.times(period // f.period), two.times(period // g.period)
    slow, fast = sorted(both, key=lambda line: line.step)
    if slow.step == fast.step:
        choose = min if kind == "min" else max
        line = Line(slow.step, choose(slow.low, fast.low), choose(slow.high, fast.high))
    else:
        line = slow if kind == "min" else fast
        start = max(start, -(-(slow.high - fast.low) // (fast.step - slow.step)))
    return Growth(start, period, max(f.degree, g.degree), line)


def curved_growth(f: Growth, g: Growth, differences: list[Size]) -> Growth | None:
    """Where all differences keep their signs, residue by residue, the same argument wins for ever."""
    start, period = max(f.start, g.start), lcm(f.period, g.period)
    for difference in differences:
        shape = growth(difference)
        where = settled(difference, shape) if shape and isinstance(difference, Dim) else (1, 1)
        if where is None or shape is None:
            return None
        start, period = max(start, where[0]), lcm(period, where[1])
    return Growth(start, period, max(f.degree, g.degree), None)


def column(size: Size, count: int, seen: dict[Atom, list[int]]) -> list[int]:
    """The values for n = 1 … count."""
    if isinstance(size, int):
        return [size] * count
    total: list[int] = [0] * count
    for atoms, factor in size.terms:
        part = [factor] * count
        for atom in atoms:
            if atom not in seen:
                seen[atom] = atom_column(atom, count, seen)
            part = [a * b for a, b in zip(part, seen[atom], strict=True)]
        total = [a + b for a, b in zip(total, part, strict=True)]
    return total


def atom_column(atom: Atom, count: int, seen: dict[Atom, list[int]]) -> list[int]:
    if atom.kind == "symbol":
        return list(range(1, count + 1))
    parts = [column(part, count, seen) for part in atom.parts]
    if atom.kind == "//":
        return [top // bottom for top, bottom in zip(*parts, strict=True)]
    return list(map(min if atom.kind == "min" else max, *parts))


def solutions(relation: str, size: Dim) -> Solutions | None:
    """Where the size of one symbol is `zero`, `nonzero` or `nonneg`."""
    shape = growth(size)
    where = settled(size, shape) if shape else None
    if where is None or sum(where) > LIMIT:
        return None
    start, period = where
    good = bytes(map(TESTS[relation], column(size, start - 1 + period, {})))
    return Solutions(good[: start - 1], good[start - 1 :])


def settled(size: Dim, shape: Growth) -> tuple[int, int] | None:
    """From where on, and with what period, the sign of the size repeats."""
    line = shape.line
    if line is None:
        return settled_differences(size, shape)
    if line.step == 0:
        return shape.start, shape.period
    reach = line.high if line.step < 0 else -line.low  # the line leaves its band here
    return max(shape.start, reach // abs(line.step) + 2), 1


def settled_differences(size: Dim, shape: Growth) -> tuple[int, int] | None:
    """A polynomial whose forward differences have one sign never turns back."""
    start, period, degree = shape.start, shape.period, shape.degree
    if start + period * (degree + 1) > LIMIT:
        return None
    values = column(size, start - 1 + period * (degree + 1), {})
    turns = [turning(values[start - 1 + r :: period], LIMIT // period) for r in range(period)]
    return (start + period * max(turns), period)


def turning(values: list[int], limit: int) -> int:
    """After how many steps the polynomial with these first values keeps its sign, or the limit."""
    differences = []
    while values:
        differences.append(values[0])
        values = [b - a for a, b in pairwise(values)]
    for step in range(limit):
        rising, falling = min(differences) >= 0, max(differences) <= 0
        if (rising and falling) or ((rising or falling) and differences[0]):
            return step
        differences = [a + b for a, b in zip(differences, [*differences[1:], 0], strict=True)]
    return limit


class Solutions:
    """Which n >= 1 are good: `head` says it for n = 1 … len(head), then `cycle` repeats for ever. Both are shortest."""

    __slots__ = ("cycle", "head")

    def __init__(self, head: bytes, cycle: bytes) -> None:
        cycle = shortest_cycle(cycle)
        same, period = 0, len(cycle)
        while same < len(head) and head[-1 - same] == cycle[-1 - same % period]:
            same += 1
        turn = period - same % period
        self.head, self.cycle = head[: len(head) - same], cycle[turn:] + cycle[:turn]

    def __contains__(self, n: int) -> bool:
        if n <= len(self.head):
            return n >= 1 and bool(self.head[n - 1])
        return bool(self.cycle[(n - len(self.head) - 1) % len(self.cycle)])

    def table(self, count: int) -> bytes:
        """Which of 1 … count are good."""
        turns = max(0, count - len(self.head)) // len(self.cycle) + 1
        return (self.head + self.cycle * turns)[:count]

    def join(self, other: Solutions, every: bool) -> Solutions | None:
        """What both, or what either allows."""
        start, period = max(len(self.head), len(other.head)), lcm(len(self.cycle), len(other.cycle))
        if start + period > LIMIT:
            return None
        pairs = zip(self.table(start + period), other.table(start + period), strict=True)
        joint = bytes(a & b for a, b in pairs) if every else bytes(a | b for a, b in pairs)
        return Solutions(joint[:start], joint[start:])

    def step(self) -> int:
        """The greatest number that all good n differ by a multiple of."""
        if len(self.head) + len(self.cycle) > STEPS:
            return 1
        goods = [n for n, good in enumerate(self.head + self.cycle * 2, 1) if good]
        return gcd(*(b - a for a, b in pairwise(goods))) or 1

    def verdict(self) -> bool | None:
        """True for all, False for none, None for some."""
        values = {*self.head, *self.cycle}
        return None if len(values) == 2 else bool(values.pop())


def shortest_cycle(cycle: bytes) -> bytes:
    period = len(cycle)
    for prime in prime_factors(period):
        while period % prime == 0 and cycle[: period // prime] * prime == cycle[:period]:
            period //= prime
    return cycle[:period]


def prime_factors(number: int) -> list[int]:
    found, divisor = [], 2
    while number > 1:
        if number % divisor == 0:
            found.append(divisor)
            while number % divisor == 0:
                number //= divisor
        divisor = divisor + 1 if divisor * divisor <= number else max(number, divisor + 1)
    return found


ALL, NONE = Solutions(b"", b"\1"), Solutions(b"", b"\0")
