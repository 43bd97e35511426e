"""Conditions on one symbol, exactly: their solutions are ultimately periodic. Knows no text and no second symbol.

A size f of one symbol n has `f(n + period) = f(n) + step` from some n on. How far it must be tabled follows from its
structure; beyond LIMIT it is not, and the answer is None.
"""

from __future__ import annotations

from math import gcd, lcm

from .algebra import Atom, Dim, Size

LIMIT = 65_536


class Growth:
    """From `start` on f(n + period) = f(n) + step, and f(n) * period lies within [step * n + low, step * n + high]."""

    __slots__ = ("high", "low", "period", "start", "step")

    def __init__(self, start: int, period: int, step: int, low: int, high: int) -> None:
        self.start, self.period, self.step, self.low, self.high = start, period, step, low, high

    def stretch(self, period: int) -> Growth:
        times = period // self.period
        return Growth(self.start, period, self.step * times, self.low * times, self.high * times)

    def scale(self, factor: int) -> Growth:
        low, high = sorted((self.low * factor, self.high * factor))
        return Growth(self.start, self.period, self.step * factor, low, high)

    def __add__(self, other: Growth) -> Growth:
        period = lcm(self.period, other.period)
        a, b = self.stretch(period), other.stretch(period)
        return Growth(max(a.start, b.start), period, a.step + b.step, a.low + b.low, a.high + b.high)


def growth(size: Size) -> Growth | None:
    """None where the size is not linear at large, or needs a table beyond LIMIT."""
    if isinstance(size, int):
        return Growth(1, 1, 0, size, size)
    total = Growth(1, 1, 0, 0, 0)
    for atoms, factor in size.terms:
        if len(atoms) > 1:
            return None
        part = atom_growth(atoms[0]) if atoms else Growth(1, 1, 0, 1, 1)
        if part is None:
            return None
        total = total + part.scale(factor)
        if total.start + total.period > LIMIT:
            return None
    return total


def atom_growth(atom: Atom) -> Growth | None:
    if atom.kind == "symbol":
        return Growth(1, 1, 1, 0, 0)
    parts = [growth(part) for part in atom.parts]
    first = parts[0]
    if first is None:
        return None
    if atom.kind == "//":
        return quotient_growth(first, atom.parts[1])
    for other in parts[1:]:
        first = None if other is None or first is None else extreme_growth(first, other, atom.kind)
    return first


def quotient_growth(top: Growth, bottom: Size) -> Growth | None:
    if not isinstance(bottom, int):
        return None
    f = top.stretch(top.period * (bottom // gcd(top.step, bottom)))
    return Growth(f.start, f.period, f.step // bottom, f.low // bottom - f.period, -(-f.high // bottom))


def extreme_growth(f: Growth, g: Growth, kind: str) -> Growth:
    period = lcm(f.period, g.period)
    f, g = f.stretch(period), g.stretch(period)
    start = max(f.start, g.start)
    if f.step == g.step:
        choose = min if kind == "min" else max
        return Growth(start, period, f.step, choose(f.low, g.low), choose(f.high, g.high))
    slow, fast = sorted((f, g), key=lambda part: part.step)
    crossing = -(-(slow.high - fast.low) // (fast.step - slow.step))  # from here on slow <= fast
    winner = slow if kind == "min" else fast
    return Growth(max(start, crossing), period, winner.step, winner.low, winner.high)


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
            part = [a * b for a, b in zip(part, seen[atom])]
        total = [a + b for a, b in zip(total, part)]
    return total


def atom_column(atom: Atom, count: int, seen: dict[Atom, list[int]]) -> list[int]:
    if atom.kind == "symbol":
        return list(range(1, count + 1))
    parts = [column(part, count, seen) for part in atom.parts]
    if atom.kind == "//":
        return [a // b for a, b in zip(*parts)]
    return list(map(min if atom.kind == "min" else max, *parts))


class Solutions:
    """Which n >= 1 are good: `head` says it for n = 1 … len(head), then `cycle` repeats for ever."""

    __slots__ = ("cycle", "head")

    def __init__(self, head: list[bool], cycle: list[bool]) -> None:
        self.head, self.cycle = head, cycle

    def __contains__(self, n: int) -> bool:
        if n <= len(self.head):
            return n >= 1 and self.head[n - 1]
        return self.cycle[(n - len(self.head) - 1) % len(self.cycle)]

    def table(self, start: int, count: int) -> list[bool]:
        """Membership of 1 … start, and of the `count` after it."""
        head = self.head[:start]
        need = start + count - len(self.head)
        rest = (self.cycle * (need // len(self.cycle) + 1))[:need] if need > 0 else []
        return (head + self.head[len(head) :] + rest)[: start + count]

    def join(self, other: Solutions, every: bool) -> Solutions | None:
        start, period = max(len(self.head), len(other.head)), lcm(len(self.cycle), len(other.cycle))
        if start + period > LIMIT:
            return None
        pairs = zip(self.table(start, period), other.table(start, period))
        both = [a and b for a, b in pairs] if every else [a or b for a, b in pairs]
        return Solutions(both[:start], both[start:])

    def verdict(self) -> bool | None:
        if all(self.head) and all(self.cycle):
            return True
        return None if any(self.head) or any(self.cycle) else False


def solutions(relation: str, size: Dim) -> Solutions | None:
    """Where the size of one symbol is `zero`, `nonzero` or `nonneg`."""
    shape = growth(size)
    if shape is None:
        return None
    start, period = shape.start, shape.period
    if shape.step:  # its sign is settled where the line has left the band
        reach = shape.high if shape.step < 0 else -shape.low
        start, period = max(start, reach // abs(shape.step) + 2), 1
    if start + period > LIMIT:
        return None
    values = column(size, start - 1 + period, {})
    test = {"zero": lambda v: v == 0, "nonzero": lambda v: v != 0, "nonneg": lambda v: v >= 0}[relation]
    good = [test(value) for value in values]
    return Solutions(good[: start - 1], good[start - 1 :])
