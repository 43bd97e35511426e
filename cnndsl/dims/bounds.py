"""Cheap bounds of an expression over all symbols >= 1: sound, not always tight. Decides most of what a network asks."""

from __future__ import annotations

from ..typed import Mapping
from .algebra import Atom, Dim, Monomial, Size, cases_of, is_quotient, of_atom

Bound = int | None
LONG = 8  # terms of a sum that is not worth the effort
HIGH = 8  # factors in one term, of which each doubles the work
MANY = 4  # choices among arguments of minima and maxima that are not, either


def lower_bound(size: Size) -> Bound:
    """A number that the size is never below; None if none was found."""
    if isinstance(size, int):
        return int(size)
    try:
        return size._low
    except AttributeError:
        size._low = termwise(size) if is_atomic(size) else highest(termwise(size), shifted(size), relaxed(size))
        return size._low


def is_atomic(size: Dim) -> bool:
    """Whether it is a multiple of an atom and a number: of that, what each term is at least says all."""
    atoms = size.terms[0][0]
    one = len(size.terms) == (2 if size.constant else 1) and len(atoms) == 1
    return one and atoms[0].kind not in ("min", "max")


def grows(size: Size) -> bool:
    """Whether nothing bounds an atom and a number: a symbol, or a quotient of what grows by a number."""
    if isinstance(size, int) or size.terms[0][1] < 0 or not is_atomic(size):
        return False
    atom = size.terms[0][0][0]
    return atom.kind == "symbol" or (is_quotient(atom) and grows(atom.parts[0]))


def upper_bound(size: Size) -> Bound:
    """A number that the size is never above; None if none was found."""
    if isinstance(size, int):
        return int(size)
    try:
        return size._high
    except AttributeError:
        low = None if grows(size) else lower_bound(-size)
        size._high = None if low is None else -low
        return size._high


def highest(*bounds: Bound) -> Bound:
    return max((bound for bound in bounds if bound is not None), default=None)


def termwise(size: Dim) -> Bound:
    """The sum of what each term is at least."""
    total = 0
    for atoms, factor in size.terms:
        low, high = product_bounds(atoms)
        bound = low if factor > 0 else high
        if bound is None:
            return None
        total += factor * bound
    return total


def shifted(size: Dim) -> Bound:
    """The same with each atom counted from its own lower bound: `H * W - H - W + 1` is `(H - 1) * (W - 1)`."""
    degree = max(len(atoms) for atoms, _ in size.terms)
    if degree < 2 or degree > HIGH or len(size.terms) > LONG:
        return None
    spans = {atom: atom_bounds(atom) for atoms, _ in size.terms for atom in atoms}
    terms: dict[Monomial, int] = {}
    for atoms, factor in size.terms:
        for part, lows in counted(atoms, spans):
            if lows is None:
                return None
            terms[part] = terms.get(part, 0) + factor * lows
    return terms.pop((), 0) + least_of(terms, spans) if can_fall(terms, spans) else None


def counted(atoms: Monomial, spans: Mapping[Atom, tuple[Bound, Bound]]) -> list[tuple[Monomial, Bound]]:
    """The product of `low + what is above it`, multiplied out: what is above, and the product of the others' lows."""
    found: list[tuple[Monomial, Bound]] = [((), 1)]
    for atom in atoms:
        low = spans[atom][0]
        found += [((*part, atom), number) for part, number in found]
        half = len(found) // 2
        found[:half] = [
            (part, None if number is None or low is None else number * low) for part, number in found[:half]
        ]
    return found


def can_fall(terms: Mapping[Monomial, int], spans: Mapping[Atom, tuple[Bound, Bound]]) -> bool:
    """Whether what is subtracted is bounded."""
    return all(factor >= 0 or all(None not in spans[atom] for atom in atoms) for atoms, factor in terms.items())


def least_of(terms: Mapping[Monomial, int], spans: Mapping[Atom, tuple[Bound, Bound]]) -> int:
    total = 0
    for atoms, factor in terms.items():
        for atom in atoms if factor < 0 else ():
            low, high = spans[atom]
            factor *= high - low  # type: ignore[operator]
        total += min(factor, 0)
    return total


def product_bounds(atoms: Monomial) -> tuple[Bound, Bound]:
    low, high = 1, 1
    for atom in atoms:
        below, above = atom_bounds(atom)
        if len(atoms) == 1:
            return below, above
        if below is None or below < 0:
            return None, None
        low, high = low * below, None if above is None or high is None else high * above  # type: ignore[assignment]
    return low, high


def atom_bounds(atom: Atom) -> tuple[Bound, Bound]:
    if atom.kind == "symbol":
        return 1, None
    if atom.kind == "call":
        return None, None
    lows, highs = [lower_bound(part) for part in atom.parts], [upper_bound(part) for part in atom.parts]
    if atom.kind == "min":
        return lowest_of(lows), -highest_of(highs, -1) if any(h is not None for h in highs) else None
    if atom.kind == "max":
        return highest(*lows), None if None in highs else max(highs)  # type: ignore[type-var]
    return quotient_bounds(lows[0], highs[0], lows[1], highs[1])


def lowest_of(bounds: list[Bound]) -> Bound:
    return None if None in bounds else min(bounds)  # type: ignore[type-var]


def highest_of(bounds: list[Bound], sign: int) -> int:
    return max(sign * bound for bound in bounds if bound is not None)


def quotient_bounds(low: Bound, high: Bound, least: Bound, most: Bound) -> tuple[Bound, Bound]:
    """Of `top // bottom`, for a bottom that is at least 1."""
    if least is None or least < 1:
        return None, None
    if least == most:
        return None if low is None else low // least, None if high is None else high // least
    below = 0 if low is not None and low >= 0 else None if low is None else low // least
    return below, None if high is None else max(high // least, 0) if high >= 0 else -1


def relaxed(size: Dim) -> Bound:
    """`q // d` lies in [(q - d + 1) / d, q / d]: put that in for every quotient, and the rest may cancel."""
    if len(size.terms) > LONG or cases_of(size) > MANY:
        return None
    found = next(((a[0], f) for a, f in size.terms if len(a) == 1 and a[0].kind != "symbol"), None)
    if found is None:
        return None
    atom, factor = found
    others = size - factor * of_atom(atom)
    if is_quotient(atom):
        top, bottom = atom.parts
        assert isinstance(bottom, int)
        low = lower_bound(bottom * others + factor * top - (factor * (bottom - 1) if factor > 0 else 0))
        return None if low is None else -(-low // bottom)
    if atom.kind in ("//", "call") or len(atom.parts) > 4:
        return None
    lows = [lower_bound(others + factor * part) for part in atom.parts]
    every = (atom.kind == "min") == (factor > 0)
    return lowest_of(lows) if every else highest(*lows)
