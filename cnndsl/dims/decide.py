"""Does a condition hold for all values, for some, for none? Bounds first, then tables of one symbol, then residues."""

from __future__ import annotations

from itertools import product
from math import lcm

from ..lean import lru_cache
from . import periodic
from .algebra import Dim, Size, is_quotient, symbol
from .bounds import Bound, lower_bound, upper_bound
from .conditions import Condition
from .periodic import ALL, NONE, Solutions

CLASSES = 64  # residue classes that are told apart where two symbols meet
TRIALS = (1, 2, 3, 5, 8, 13, 32, 64, 100, 224)


@lru_cache(maxsize=16384)
def decide(condition: Condition) -> bool | None:
    """True for all values, False for none; None for some, or where it cannot be told."""
    if condition.kind in ("and", "or"):
        return decide_parts(condition)
    size = condition.size
    assert isinstance(size, Dim)
    verdict = by_bounds(condition.kind, lower_bound(size), upper_bound(size))
    if verdict is not None or (condition.kind == "nonneg" and is_one_line(size)):
        return verdict
    if len(size.symbols) > 1:
        return by_residues(condition, size)
    found = periodic.solutions(condition.kind, size)
    return found.verdict() if found else None


def by_bounds(kind: str, low: Bound, high: Bound) -> bool | None:
    if kind == "nonneg":
        return True if low is not None and low >= 0 else False if high is not None and high < 0 else None
    apart = (low is not None and low > 0) or (high is not None and high < 0)
    return (kind == "nonzero") if apart else None


def is_one_line(size: Dim) -> bool:
    """`a * n + b`: bounds are exact, and what they leave open is true somewhere and false elsewhere."""
    line = size.linear()
    return line is not None and len(line[0]) == 1


def effort(condition: Condition) -> int:
    """How many sizes are tried, at least, to decide a condition."""
    if condition.kind in ("and", "or"):
        return sum(map(effort, condition.parts))
    size = condition.size
    if not isinstance(size, Dim) or (condition.kind == "nonneg" and is_one_line(size)):
        return 0
    divisors = (int(atom.parts[1]) for atoms, _ in size.terms for atom in atoms if is_quotient(atom))  # type: ignore[arg-type]
    return max(abs(size.constant), *divisors, 0)


def decide_parts(condition: Condition) -> bool | None:
    verdicts = [decide(part) for part in condition.parts]
    settled = condition.kind == "or"
    if settled in verdicts:
        return settled
    if None not in verdicts:
        return not settled
    found = solve(condition) if len(condition.symbols) == 1 else None
    return found.verdict() if found else None


def solve(condition: Condition) -> Solutions | None:
    """The solutions of a condition on one symbol; None where that takes too long a table."""
    if condition.kind not in ("and", "or"):
        assert isinstance(condition.size, Dim)
        return periodic.solutions(condition.kind, condition.size)
    every = condition.kind == "and"
    found: Solutions | None = ALL if every else NONE
    for part in condition.parts:
        more = solve(part)
        found = found.join(more, every) if found and more else None
    return found


def by_residues(condition: Condition, size: Dim) -> bool | None:
    """On residue classes of its symbols most quotients are gone, and bounds say more."""
    if len(trial_verdicts(condition)) == 2:
        return None
    periods = {name: modulus(size, name) for name in sorted(size.symbols)}
    count = 1
    for period in periods.values():
        count *= period
    if not 1 < count <= CLASSES:
        return None
    verdicts = {residue_verdict(condition, size, residues) for residues in residue_classes(periods)}
    return verdicts.pop() if len(verdicts) == 1 else None


def trial_verdicts(condition: Condition) -> set[bool]:
    """What the condition says of a few values."""
    names, found = sorted(condition.symbols), set()
    for turn in range(2 * len(TRIALS)):
        values = {name: TRIALS[(turn + place * (turn // 5)) % len(TRIALS)] for place, name in enumerate(names)}
        try:
            found.add(condition.at(values))
        except ZeroDivisionError:  # a symbolic divisor may vanish; such values say nothing
            continue
        if len(found) == 2:
            break
    return found


@lru_cache(maxsize=4096)
def modulus(size: Size, name: str) -> int:
    """A period after which every quotient of this symbol is whole again."""
    if isinstance(size, int):
        return 1
    atoms = {atom for atoms, _ in size.terms for atom in atoms if name in atom.symbols}
    inner = [
        lcm(*(modulus(part, name) for part in atom.parts)) * divisor_of(atom.parts) for atom in atoms if atom.parts
    ]
    return lcm(1, *inner)


def divisor_of(parts: tuple[Size, ...]) -> int:
    return parts[1] if len(parts) == 2 and isinstance(parts[1], int) and parts[1] > 0 else 1


def residue_classes(periods: dict[str, int]) -> list[dict[str, tuple[int, int]]]:
    choices = product(*(range(1, period + 1) for period in periods.values()))
    return [
        {name: (period, residue) for (name, period), residue in zip(periods.items(), choice, strict=True)}
        for choice in choices
    ]


def residue_verdict(condition: Condition, size: Dim, residues: dict[str, tuple[int, int]]) -> bool | None:
    there = size.subs(
        {name: period * symbol(name) + (residue - period) for name, (period, residue) in residues.items()}
    )
    return (
        by_bounds(condition.kind, lower_bound(there), upper_bound(there)) if there != 0 else condition.kind != "nonzero"
    )
