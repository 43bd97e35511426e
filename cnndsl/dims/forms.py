"""A set of sizes as people say it: an interval, a remainder, both, or a few values. Knows no second symbol."""

from __future__ import annotations

from math import lcm

from ..records import twin
from ..typed import Callable, Iterator
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

    def inside(self, test: Test) -> Wanted:
        """The same, where nothing outside the test counts."""
        less: Wanted = twin(self)
        less.others = [n for n in self.others if test(n)]
        return less


def residues_of(numbers: list[int], modulus: int) -> set[int]:
    """A few more than a person reads are enough to know."""
    found: set[int] = set()
    for n in numbers:
        found.add(n % modulus)
        if len(found) > FEW:
            break
    return found


def simplest(n: Dim, good: Solutions, domain: Solutions) -> Condition | None:
    """The first form that fits, in the order in which people would like to read them; None if none does."""
    wanted = Wanted(n, good, domain)
    if not wanted.members:
        return FALSE
    if not wanted.others:
        return TRUE
    forms = (intervals, values, remainders, bounded_remainders, exceptions, residue_ranges, residue_sets)
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
        residues = residues_of(wanted.members, modulus)
        if len(residues) == 1 and not any(n % modulus in residues for n in wanted.others):
            yield equal(wanted.n % modulus, residues.pop())


def bounded_remainders(wanted: Wanted) -> Iterator[Condition]:
    """`n % 2 == 1 and n >= 7`."""
    test, bounds = span(wanted)
    inside = wanted.inside(test)
    for modulus in wanted.divisors() if not wanted.finite else gaps(wanted.members):
        residues = residues_of(inside.members, modulus)
        if len(residues) == 1 and not any(n % modulus in residues for n in inside.others):
            yield both(equal(wanted.n % modulus, residues.pop()), bounds)


def residue_ranges(wanted: Wanted) -> Iterator[Condition]:
    """`n % 32 >= 24`, `n % 32 <= 7`, perhaps within bounds: more than two residues on either side of the bound."""
    for view, also, modulus in views(wanted):
        rest, members = wanted.n % modulus, [n % modulus for n in view.members]
        others = {n % modulus for n in view.others}
        low, high = min(members), max(members)
        if 2 <= low <= modulus - 3 and not any(low <= residue for residue in others):
            yield both(at_least(rest, low), also)
        if 2 <= high <= modulus - 3 and not any(residue <= high for residue in others):
            yield both(at_least(high, rest), also)


def residue_sets(wanted: Wanted) -> Iterator[Condition]:
    """`n % 32 in {0, 31}`, `n % 3 != 0`, perhaps within bounds."""
    for view, also, modulus in views(wanted):
        residues, missing = residues_of(view.members, modulus), residues_of(view.others, modulus)
        if len(missing) < min(len(residues), FEW) and not any(n % modulus in missing for n in view.members):
            yield both(*(differ(wanted.n % modulus, residue) for residue in sorted(missing)), also)
        if len(residues) <= FEW and not any(n % modulus in residues for n in view.others):
            yield both(either(*(equal(wanted.n % modulus, residue) for residue in sorted(residues))), also)


def views(wanted: Wanted) -> Iterator[tuple[Wanted, Condition, int]]:
    """An infinite set by the remainders of each modulus: the whole of it, then what is within its bounds."""
    if wanted.finite:
        return
    test, bounds = span(wanted)
    for view, also in ((wanted, TRUE), (wanted.inside(test), bounds)):
        for modulus in wanted.divisors():
            yield view, also, modulus


def exceptions(wanted: Wanted) -> Iterator[Condition]:
    """`n != 5`, `n not in {5, 7}`."""
    if wanted.others[-1] <= wanted.settled and len(wanted.others) <= FEW:
        yield both(*(differ(wanted.n, value) for value in wanted.others))


def span(wanted: Wanted) -> tuple[Test, Condition]:
    """The members' bounds, as a test and as a condition."""
    low, high = wanted.members[0], wanted.members[-1]
    if wanted.finite:
        return (lambda value: low <= value <= high), both(at_least(wanted.n, low), at_least(high, wanted.n))
    return (lambda value: value >= low), at_least(wanted.n, low)


def gaps(members: list[int]) -> list[int]:
    gap = members[1] - members[0]
    return [gap] if gap > 1 else []
