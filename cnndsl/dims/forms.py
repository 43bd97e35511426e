"""A set of sizes as people say it: an interval, a remainder, both, or a few values. Knows no second symbol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import lcm

from .algebra import Dim
from .conditions import FALSE, TRUE, Condition, at_least, both, differ, either, equal
from .periodic import Solutions

FEW = 8  # values or residues that a person still reads
Test = Callable[[int], bool]


class Wanted:
    """The set to be said, and the domain in which it must be exact; outside the domain anything goes."""

    def __init__(self, n: Dim, good: Solutions, domain: Solutions) -> None:
        self.n, self.good = n, good
        self.period = lcm(len(good.cycle), len(domain.cycle))
        self.settled = max(len(good.head), len(domain.head))
        self.count = self.settled + 2 * self.period  # far enough for a form that starts in the first period
        members, allowed = good.table(self.count), domain.table(self.count)
        self.members = [n for n, member in enumerate(members, 1) if member]
        self.others = [n for n, (inside, member) in enumerate(zip(allowed, members, strict=True), 1) if inside > member]
        self.finite = not any(good.cycle)

    def is_exactly(self, test: Test) -> bool:
        return all(map(test, self.members)) and not any(map(test, self.others))

    def divisors(self) -> Iterator[int]:
        return (number for number in range(2, self.period + 1) if self.period % number == 0)

    def residues(self, modulus: int) -> list[int]:
        """Those of the members; too many to say are cut short."""
        found: set[int] = set()
        for n in self.members:
            found.add(n % modulus)
            if len(found) > FEW and len(found) < modulus - 1 and modulus > FEW + 2:
                break
        return sorted(found)


def simplest(n: Dim, good: Solutions, domain: Solutions) -> Condition | None:
    """The first form that fits, in the order in which people would like to read them; None if none does."""
    wanted = Wanted(n, good, domain)
    if not wanted.members:
        return FALSE
    if not wanted.others:
        return TRUE
    forms = (intervals, values, remainders, bounded_remainders, exceptions, residue_sets)
    return next((form for find in forms for form in find(wanted)), None)


def intervals(wanted: Wanted) -> Iterator[Condition]:
    """`n >= 33`, `n <= 64`, `33 <= n <= 64`."""
    n, low, high = wanted.n, wanted.members[0], wanted.members[-1]
    if not wanted.finite:
        if wanted.is_exactly(lambda value: value >= low):
            yield at_least(n, low)
        return
    if len(wanted.members) <= 2 and wanted.others[0] < low:
        return  # two values are said as values
    if wanted.is_exactly(lambda value: value <= high):
        yield at_least(high, n) if high > 1 else equal(n, 1)
    if wanted.is_exactly(lambda value: low <= value <= high):
        yield both(at_least(n, low), at_least(high, n))


def values(wanted: Wanted) -> Iterator[Condition]:
    """`n == 224`, `n in {7, 8}`."""
    if wanted.finite and len(wanted.members) <= FEW:
        yield either(*(equal(wanted.n, value) for value in wanted.members))


def remainders(wanted: Wanted) -> Iterator[Condition]:
    """`n % 16 == 0`."""
    for modulus in wanted.divisors():
        residues = wanted.residues(modulus)
        if len(residues) == 1 and wanted.is_exactly(lambda value, m=modulus, r=residues[0]: value % m == r):  # type: ignore[misc]
            yield equal(wanted.n % modulus, residues[0])


def bounded_remainders(wanted: Wanted) -> Iterator[Condition]:
    """`n % 2 == 1 and n >= 7`."""
    inside, bounds = span(wanted)
    moduli = wanted.divisors() if not wanted.finite else gaps(wanted.members)
    for modulus in moduli:
        residues = wanted.residues(modulus)
        if len(residues) == 1 and wanted.is_exactly(in_residues(modulus, residues, inside)):
            yield both(equal(wanted.n % modulus, residues[0]), bounds)


def residue_sets(wanted: Wanted) -> Iterator[Condition]:
    """`n % 32 in {0, 31}`, `n % 3 != 0`, perhaps within bounds."""
    inside, bounds = span(wanted)
    moduli = list(wanted.divisors()) if not wanted.finite else []
    for test, condition in ((anywhere, TRUE), (inside, bounds)):
        for modulus in moduli:
            residues = wanted.residues(modulus)
            few = len(residues) <= FEW or len(residues) == modulus - 1
            if few and wanted.is_exactly(in_residues(modulus, residues, test)):
                yield both(residue_condition(wanted.n, modulus, residues), condition)


def exceptions(wanted: Wanted) -> Iterator[Condition]:
    """`n != 5`."""
    if wanted.others[-1] <= wanted.settled and len(wanted.others) <= 2:
        yield both(*(differ(wanted.n, value) for value in wanted.others))


def anywhere(value: int) -> bool:
    return True


def span(wanted: Wanted) -> tuple[Test, Condition]:
    """The members' bounds, as a test and as a condition."""
    low, high = wanted.members[0], wanted.members[-1]
    if wanted.finite:
        return (lambda value: low <= value <= high), both(at_least(wanted.n, low), at_least(high, wanted.n))
    return (lambda value: value >= low), at_least(wanted.n, low)


def gaps(members: list[int]) -> list[int]:
    gap = members[1] - members[0]
    return [gap] if gap > 1 else []


def in_residues(modulus: int, residues: list[int], inside: Test) -> Test:
    return lambda value: value % modulus in residues and inside(value)


def residue_condition(n: Dim, modulus: int, residues: list[int]) -> Condition:
    if len(residues) == modulus - 1 and modulus > 2:
        (missing,) = {*range(modulus)} - {*residues}
        return differ(n % modulus, missing)
    return either(*(equal(n % modulus, residue) for residue in residues))
