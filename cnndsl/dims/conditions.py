"""Conditions on sizes, in canonical form. `decide.py` tells whether they hold, `requirements.py` takes many at once."""

from __future__ import annotations

from math import gcd

from ..lean import cache, lru_cache, reduce
from ..typed import Any, Iterable, Mapping
from .algebra import Atom, Dim, Size, from_terms, is_quotient, of_atom, symbol, terms_of
from .bounds import lower_bound
from .calls import Formula, Part
from .quotients import common_factor, divide_polynomial

OPPOSITE = {"zero": "nonzero", "nonzero": "zero", "and": "or", "or": "and"}


class Condition:
    """What must be true of sizes. Immutable; equal when built from the same canonical parts.

    `kind` is "zero", "nonzero" or "nonneg" (of `size`), or "and" or "or" (of `parts`; of none: true and false).
    """

    __slots__ = ("_hash", "_text", "kind", "parts", "size")
    _text: str

    def __init__(self, kind: str, size: Size = 0, parts: tuple[Condition, ...] = ()) -> None:
        self.kind, self.size, self.parts = kind, size, parts
        self._hash = hash((kind, size, parts))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Condition)
            and self._hash == other._hash
            and (self.kind, self.size, self.parts) == (other.kind, other.size, other.parts)
        )

    def __hash__(self) -> int:
        return self._hash

    @property
    def symbols(self) -> frozenset[str]:
        own = self.size.symbols if isinstance(self.size, Dim) else frozenset()
        return own.union(*(part.symbols for part in self.parts))

    def decide(self, given: Iterable[Condition] = ()) -> bool | None:
        """True for all values of the symbols (that are as `given`), False for none; None for some, or untold."""
        decide, decide_given = deciders()
        verdict: bool | None = decide(self)
        if verdict is None and given:
            verdict = decide_given(self, given)
        return verdict

    def at(self, values: Mapping[str, int]) -> bool:
        if self.kind in ("and", "or"):
            found = (part.at(values) for part in self.parts)
            return all(found) if self.kind == "and" else any(found)
        value = self.size if isinstance(self.size, int) else self.size.at(values)
        return value >= 0 if self.kind == "nonneg" else (value == 0) == (self.kind == "zero")

    def subs(self, values: Mapping[str, Size]) -> Condition:
        """The condition with sizes put in for symbols."""
        if self.kind in ("and", "or"):
            return combine(self.kind, tuple(part.subs(values) for part in self.parts))
        return relation(self.kind, self.size if isinstance(self.size, int) else self.size.subs(values))

    def text(self, names: Mapping[str, str] | None = None, *, traced: bool = False) -> str:
        """Valid Python; `names` renames symbols. `traced`: Python that torch's tracers follow, too."""
        from .text import condition_text

        return condition_text(self, names, traced)

    def __str__(self) -> str:
        try:
            return self._text
        except AttributeError:
            self._text = self.text()
            return self._text

    def __repr__(self) -> str:
        return f"Condition({self.text()})"


TRUE, FALSE = Condition("and"), Condition("or")


@cache
def deciders() -> Any:
    """What stands above, found once: an import takes longer than most decisions, which are known."""
    from .decide import decide
    from .requirements import decide_given

    return decide, decide_given


def equal(left: Size, right: Size) -> Condition:
    return relation("zero", left - right)


def differ(left: Size, right: Size) -> Condition:
    return relation("nonzero", left - right)


def at_least(size: Size, low: Size) -> Condition:
    return relation("nonneg", size - low)


def divides(factor: Size, size: Size) -> Condition:
    """`size % factor == 0`."""
    return relation("zero", size % factor)


@lru_cache(maxsize=4096)
def several(sizes: tuple[Size, ...]) -> Condition:
    """The product of sizes, each of which is at least 1, is at least 2."""
    return either(*(part for size in sizes for part in factors_at_least_two(size)))


def factors_at_least_two(size: Size) -> list[Condition]:
    if isinstance(size, Dim) and len(size.terms) == 1 and not size.constant:
        ((atoms, factor),) = size.terms
        return [TRUE] if factor > 1 else [at_least(of_atom(atom), 2) for atom in atoms]
    return [at_least(size, 2)]


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
    """Canonical: common factors go, signs of equations are set, quotients and extremes leave inequalities."""
    size = without_common_atoms(size)
    common = reduce(gcd, (factor for atoms, factor in size.terms if atoms), 0)
    if kind == "nonneg":
        return inequality(from_terms({atoms: factor // common for atoms, factor in size.terms}))
    if size.constant % common:
        return FALSE if kind == "zero" else TRUE
    if size.terms[0][1] < 0:
        common = -common
    return Condition(kind, from_terms({atoms: factor // common for atoms, factor in size.terms}))


def without_common_atoms(size: Dim) -> Dim:
    """`N * H == N * W` is `H == W`, as sizes are at least 1."""
    if len(size.terms) == 1 or size.constant:
        return size
    shared = from_terms({atoms: 1 for atoms in terms_of(common_factor(size))})
    low = lower_bound(shared)
    divided = divide_polynomial(size, shared)[0] if shared != 1 and low is not None and low >= 1 else size
    return divided if isinstance(divided, Dim) else size


def inequality(size: Size) -> Condition:
    """`size >= 0`: a single quotient or extreme beside other terms is resolved."""
    singles = [(a[0], f) for a, f in terms_of(size).items() if len(a) == 1 and a[0].kind != "symbol"]
    if len(singles) == 1:
        (atom, factor) = singles[0]
        if is_quotient(atom) and abs(factor) == 1:
            return without_quotient(size - factor * of_atom(atom), atom, factor)
        if atom.kind in ("min", "max"):
            return without_extreme(size - factor * of_atom(atom), atom, factor)
    return Condition("nonneg", size)


def without_quotient(others: Size, atom: Atom, sign: int) -> Condition:
    """`q // d + p >= 0` is `q + d * p >= 0`, and `p - q // d >= 0` is `d * p + d - 1 - q >= 0`."""
    top, bottom = atom.parts
    assert isinstance(bottom, int)
    return relation("nonneg", bottom * others + sign * top + (bottom - 1 if sign < 0 else 0))


def without_extreme(others: Size, atom: Atom, factor: int) -> Condition:
    """`min(a, b) >= c` is both `a >= c` and `b >= c`; a negative factor swaps min and max."""
    every = (atom.kind == "min") == (factor > 0)
    return combine("and" if every else "or", tuple(relation("nonneg", others + factor * part) for part in atom.parts))


# Choices by a condition


def either_way(value: Part, condition: Part, other: Part) -> Part | None:
    """What a choice comes to whichever way it goes: `a if b or a != c else c` is a, and so is `a * b if b != 1 else a`
    the product."""
    for sign, joint, found in (("!=", "or", value), ("==", "and", other)):
        parts = [condition]
        while parts:
            part = parts.pop()
            if isinstance(part, Formula) and part.sign == joint:
                parts += part.parts
            elif isinstance(part, Formula) and part.sign == sign and agree_where(part.parts, value, other):
                return found
    return value if value == other and type(value) is type(other) else None


def agree_where(sides: tuple[Part, ...], value: Part, other: Part) -> bool:
    """Whether two values are the same where these sides are."""
    if sides in ((value, other), (other, value)):
        return True
    for named, number in (sides, sides[::-1]):
        if isinstance(named, Formula) and named.sign == "name" and number == 1:
            from .whole import agree_at_one

            return agree_at_one(str(named), value, other)
        if type(number) is int and isinstance(named, Dim) and named == symbol(str(named)):
            first, second = (p.subs({str(named): number}) if isinstance(p, Dim) else p for p in (value, other))
            return isinstance(first, (int, Dim)) and bool(first == second)
    return False
