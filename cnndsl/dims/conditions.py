"""Conditions on sizes, and whether they hold for all, some or no values. Simplifying many at once: `requirements.py`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, reduce
from math import gcd

from . import periodic
from .algebra import Dim, Size, floor_divide, from_terms, is_quotient, lower_bound, of_atom, terms_of, upper_bound

OPPOSITE = {"zero": "nonzero", "nonzero": "zero", "and": "or", "or": "and"}


class Condition:
    """What must be true of sizes. Immutable; equal when built from the same canonical parts.

    `kind` is "zero", "nonzero" or "nonneg" (of `size`), or "and" or "or" (of `parts`; empty: true and false).
    """

    __slots__ = ("_hash", "kind", "parts", "size")

    def __init__(self, kind: str, size: Size = 0, parts: tuple[Condition, ...] = ()) -> None:
        self.kind, self.size, self.parts = kind, size, parts
        self._hash = hash((kind, size, parts))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Condition) and (self.kind, self.size, self.parts) == (other.kind, other.size, other.parts)
        )

    def __hash__(self) -> int:
        return self._hash

    @property
    def symbols(self) -> frozenset[str]:
        own = self.size.symbols if isinstance(self.size, Dim) else frozenset()
        return own.union(*(part.symbols for part in self.parts))

    def decide(self) -> bool | None:
        """True for all values of the symbols, False for none; None for some, or where it cannot be told."""
        return decide(self)

    def at(self, values: Mapping[str, int]) -> bool:
        if self.kind in ("and", "or"):
            found = (part.at(values) for part in self.parts)
            return all(found) if self.kind == "and" else any(found)
        value = self.size if isinstance(self.size, int) else self.size.at(values)
        return value >= 0 if self.kind == "nonneg" else (value == 0) == (self.kind == "zero")

    def subs(self, values: Mapping[str, Size]) -> Condition:
        if self.kind in ("and", "or"):
            return combine(self.kind, tuple(part.subs(values) for part in self.parts))
        return relation(self.kind, self.size if isinstance(self.size, int) else self.size.subs(values))

    def text(self, names: Mapping[str, str] | None = None) -> str:
        """Valid Python; `names` renames symbols."""
        from .text import condition_text

        return condition_text(self, names or {})

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Condition({self.text()})"


TRUE, FALSE = Condition("and"), Condition("or")


def equal(left: Size, right: Size) -> Condition:
    return relation("zero", left - right)


def differ(left: Size, right: Size) -> Condition:
    return relation("nonzero", left - right)


def at_least(size: Size, low: Size) -> Condition:
    return relation("nonneg", size - low)


def divides(factor: Size, size: Size) -> Condition:
    """`size % factor == 0`."""
    return relation("zero", size % factor)


def both(*conditions: Condition) -> Condition:
    return combine("and", conditions)


def either(*conditions: Condition) -> Condition:
    return combine("or", conditions)


def negate(condition: Condition) -> Condition:
    if condition.kind in ("and", "or"):
        return combine(OPPOSITE[condition.kind], tuple(negate(part) for part in condition.parts))
    if condition.kind == "nonneg":
        return relation("nonneg", -condition.size - 1)
    return relation(OPPOSITE[condition.kind], condition.size)


def combine(kind: str, conditions: tuple[Condition, ...]) -> Condition:
    """All or any of them, flat, without repeats and without what is trivial."""
    neutral, absorbing = (TRUE, FALSE) if kind == "and" else (FALSE, TRUE)
    flat: dict[Condition, None] = {}
    for condition in conditions:
        if condition == absorbing:
            return absorbing
        flat.update(dict.fromkeys(condition.parts if condition.kind == kind else (condition,)))
    flat.pop(neutral, None)
    return next(iter(flat)) if len(flat) == 1 else Condition(kind, 0, tuple(flat)) if flat else neutral


def relation(kind: str, size: Size) -> Condition:
    if isinstance(size, Dim):
        return dim_relation(kind, size)
    truth = size >= 0 if kind == "nonneg" else (size == 0) == (kind == "zero")
    return TRUE if truth else FALSE


@lru_cache(maxsize=8192)
def dim_relation(kind: str, size: Dim) -> Condition:
    """Canonical: common factors go, signs of equations are set, quotients leave inequalities."""
    common = reduce(gcd, (factor for atoms, factor in size.terms if atoms))
    if kind == "nonneg":
        return without_quotient(from_terms({atoms: factor // common for atoms, factor in size.terms}))
    if size.constant % common:
        return FALSE if kind == "zero" else TRUE
    if size.terms[0][1] < 0:
        common = -common
    return Condition(kind, from_terms({atoms: factor // common for atoms, factor in size.terms}))


def without_quotient(size: Size) -> Condition:
    """`q // d + p >= 0` is `q + d * p >= 0`, and `p - q // d >= 0` is `d * p + d - 1 - q >= 0`."""
    quotients = [(a[0], f) for a, f in terms_of(size).items() if len(a) == 1 and is_quotient(a[0])]
    if len(quotients) != 1 or abs(quotients[0][1]) != 1:
        return Condition("nonneg", size)
    (atom, sign), (top, bottom) = quotients[0], quotients[0][0].parts
    others = size - sign * of_atom(atom)
    return relation("nonneg", bottom * others + sign * top + (bottom - 1 if sign < 0 else 0))  # type: ignore[operator]


@lru_cache(maxsize=16384)
def decide(condition: Condition) -> bool | None:
    if condition.kind in ("and", "or"):
        return decide_parts(condition)
    size = condition.size
    assert isinstance(size, Dim)
    low, high = lower_bound(size), upper_bound(size)
    verdict = by_bounds(condition.kind, low, high)
    if verdict is None and len(size.symbols) == 1 and not plainly_open(condition.kind, size):
        found = periodic.solutions(condition.kind, size)
        return found.verdict() if found else None
    return verdict


def by_bounds(kind: str, low: int | None, high: int | None) -> bool | None:
    if kind == "nonneg":
        return True if low is not None and low >= 0 else False if high is not None and high < 0 else None
    apart = (low is not None and low > 0) or (high is not None and high < 0)
    return (kind == "nonzero") if apart else None


def plainly_open(kind: str, size: Dim) -> bool:
    """`a * n + b` that the bounds left open: true somewhere, false elsewhere."""
    return kind == "nonneg" and size.linear() is not None


def decide_parts(condition: Condition) -> bool | None:
    verdicts = [decide(part) for part in condition.parts]
    settled = condition.kind == "or"
    if settled in verdicts:
        return settled
    if all(verdict is not None for verdict in verdicts):
        return not settled
    found = solve(condition) if len(condition.symbols) == 1 else None
    return found.verdict() if found else None


def solve(condition: Condition) -> periodic.Solutions | None:
    """The solutions of a condition on one symbol, or on none."""
    if condition.kind not in ("and", "or"):
        assert isinstance(condition.size, Dim)
        return periodic.solutions(condition.kind, condition.size)
    every = condition.kind == "and"
    found: periodic.Solutions | None = periodic.Solutions([], [every])
    for part in condition.parts:
        more = solve(part)
        found = found.join(more, every) if found and more else None
    return found


__all__ = ["Condition", "at_least", "both", "decide", "differ", "divides", "either", "equal", "floor_divide", "negate"]
