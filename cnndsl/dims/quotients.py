"""Floor division, minimum and maximum in canonical form. What structure alone cannot see is left to `decide.py`."""

from __future__ import annotations

from math import gcd

from ..lean import lru_cache, reduce
from ..typed import Iterable
from .algebra import (
    Atom,
    Dim,
    Monomial,
    Size,
    add_number,
    from_terms,
    is_quotient,
    key_of,
    of_atom,
    substitute,
    symbol,
    terms_of,
)
from .bounds import lower_bound, upper_bound


def ceil_div(top: Size, bottom: Size) -> Size:
    """`top / bottom`, rounded up."""
    return (top + bottom - 1) // bottom  # what remembers its spelling keeps it


def floor_divide(top: Size, bottom: Size) -> Size:
    """`top // bottom`, Python's meaning."""
    if isinstance(bottom, Dim):
        return floor_by_size(top, bottom)
    bottom = int(bottom)
    if isinstance(top, int):
        return int(top) // bottom
    if bottom == 0:
        raise ZeroDivisionError(f"{top} // 0")
    return floor_by_number(top, bottom) if bottom > 0 else floor_by_number(-top, -bottom)


@lru_cache(maxsize=4096)
def floor_by_number(top: Dim, bottom: int) -> Size:
    """Whole multiples leave the quotient, common factors cancel, nested quotients flatten, minima move outside."""
    whole, rest, sign = split_number(top, bottom) or split_multiples(top, bottom)
    if isinstance(rest, int):
        return whole + sign * (rest // bottom)
    common = reduce(gcd, (factor for atoms, factor in rest.terms if atoms), bottom)
    if common > 1:
        return whole + sign * floor_divide(from_terms({a: f // common for a, f in rest.terms}), bottom // common)
    if is_narrow(rest, bottom):
        return whole + sign * (lower_bound(rest) // bottom)  # type: ignore[operator]
    inner = next((a[0] for a, f in rest.terms if abs(f) == 1 and len(a) == 1 and is_quotient(a[0])), None)
    if inner:
        return whole + sign * flatten(rest, inner, bottom)
    extremes = [(a[0], f) for a, f in rest.terms if len(a) == 1 and a[0].kind in ("min", "max")]
    if len(extremes) == 1:
        return whole + sign * extreme_quotient(rest, *extremes[0], bottom)
    return whole + sign * of_atom(Atom("//", (rest, bottom)))


def is_narrow(rest: Dim, bottom: int) -> bool:
    """Whether its quotient is the same everywhere: `H % 2 // 5` is 0. Only remainders and extremes can be."""
    if all(atom.kind == "symbol" for atoms, _ in rest.terms for atom in atoms) or upper_bound(rest) is None:
        return False
    low, high = lower_bound(rest), upper_bound(rest)
    return low is not None and high is not None and low // bottom == high // bottom


def split_number(top: Dim, bottom: int) -> tuple[int, Dim, int] | None:
    """What `split_multiples` gives for an atom and a number, as most sizes are: only the number has multiples."""
    if bottom < 2 or top.terms[0][1] != 1 or len(top.terms) > (2 if top.constant else 1):
        return None
    number = top.constant // bottom
    return number, add_number(top, -number * bottom), 1


def split_multiples(top: Dim, bottom: int) -> tuple[Size, Size, int]:
    """whole, rest and sign with `top // bottom == whole + sign * (rest // bottom)`.

    Factors of the rest lie in (-bottom / 2, bottom / 2], its constant in [0, bottom). As `p // d` is
    `-((d - 1 - p) // d)`, the first factor that is not exactly half of bottom is made positive.
    """
    rest = from_terms({a: balanced(f, bottom) if a else f % bottom for a, f in top.terms})
    whole = divide_exactly(top - rest, bottom)
    lead = next((f for a, f in terms_of(rest).items() if a and 2 * f != bottom), 1)
    if lead > 0:
        return whole, rest, 1
    more, rest, _ = split_multiples(bottom - 1 - rest, bottom)  # type: ignore[arg-type]
    return whole - more, rest, -1


def balanced(factor: int, bottom: int) -> int:
    rest = factor % bottom
    return rest - bottom if 2 * rest > bottom else rest


def divide_exactly(size: Size, number: int) -> Size:
    return from_terms({atoms: factor // number for atoms, factor in terms_of(size).items()})


def flatten(rest: Dim, inner: Atom, bottom: int) -> Size:
    """`(± (q // e) + p) // d` is `(± q + e * p) // (d * e)`, with `+ e - 1` above for the minus."""
    factor = dict(rest.terms)[(inner,)]
    top, below = inner.parts
    assert isinstance(below, int)
    others = rest - factor * of_atom(inner)
    return floor_divide(factor * top + below * others + (below - 1 if factor < 0 else 0), bottom * below)


def extreme_quotient(rest: Dim, atom: Atom, factor: int, bottom: int) -> Size:
    """`(c * min(a, b) + p) // d` is `min((c * a + p) // d, (c * b + p) // d)`; a negative c swaps min and max."""
    others = rest - factor * of_atom(atom)
    kind = atom.kind if factor > 0 else {"min": "max", "max": "min"}[atom.kind]
    return extreme(kind, [floor_divide(factor * part + others, bottom) for part in atom.parts])


@lru_cache(maxsize=1024)
def floor_by_size(top: Size, bottom: Dim) -> Size:
    """A quotient by a symbolic size: whole multiples leave it, a common factor cancels."""
    whole, rest = divide_polynomial(top, bottom)
    if rest == 0:
        return whole
    common = common_factor(rest, bottom)
    if common != 1:
        return whole + floor_divide(divide_polynomial(rest, common)[0], divide_polynomial(bottom, common)[0])
    bounds = (lower_bound(rest), upper_bound(rest - bottom))
    if bounds[0] is not None and bounds[0] >= 0 and bounds[1] is not None and bounds[1] < 0:
        return whole  # 0 <= rest < bottom
    return whole + of_atom(Atom("//", (rest, bottom)))


def divide_polynomial(top: Size, bottom: Size) -> tuple[Size, Size]:
    """Quotient and rest: by a single term, what it divides; by a longer one, all or nothing."""
    if isinstance(bottom, int):
        return divide_exactly(top, bottom), 0
    (lead, factor), *tail = bottom.terms
    whole: Size = 0
    rest, left = top, terms_of(top)
    for _ in range(64):  # each turn removes one term of rest, a longer divisor may add some
        hit = next(((a, f) for a, f in left.items() if f % factor == 0 and contains(a, lead)), None)
        if hit is None:
            break
        part = from_terms({without(hit[0], lead): hit[1] // factor})
        whole, rest = whole + part, rest - part * bottom
        left = terms_of(rest)
    return (whole, rest) if not tail or rest == 0 else (0, top)


def contains(atoms: Monomial, wanted: Monomial) -> bool:
    return all(atoms.count(atom) >= wanted.count(atom) for atom in wanted)


def without(atoms: Monomial, taken: Monomial) -> Monomial:
    left = list(atoms)
    for atom in taken:
        left.remove(atom)
    return tuple(left)


def common_factor(*sizes: Size) -> Size:
    """The number and the atoms that every term of every size has."""
    terms = [term for size in sizes for term in terms_of(size).items()]
    shared = list(terms[0][0])
    for atoms, _ in terms[1:]:
        shared = [atom for i, atom in enumerate(shared) if atoms.count(atom) > shared[:i].count(atom)]
    return from_terms({tuple(shared): reduce(gcd, (factor for _, factor in terms), 0)})


def minimum(*sizes: Size) -> Size:
    return extreme("min", sizes)


def maximum(*sizes: Size) -> Size:
    return extreme("max", sizes)


def extreme(kind: str, sizes: Iterable[Size]) -> Size:
    """The minimum or maximum: nested ones are one, and what another argument always beats is dropped."""
    parts = undominated(kind, list(dict.fromkeys(unnested(kind, sizes))))
    if len(parts) == 1:
        return parts[0]
    parts.sort(key=lambda part: (isinstance(part, int), key_of(part)))
    shift = parts[0].constant if isinstance(parts[0], Dim) else 0
    return of_atom(Atom(kind, tuple(part - shift for part in parts))) + shift


def unnested(kind: str, sizes: Iterable[Size]) -> list[Size]:
    found: list[Size] = []
    for size in sizes:
        terms = size.terms if isinstance(size, Dim) else ()
        same = [(a[0], f) for a, f in terms if len(a) == 1 and a[0].kind == kind and f > 0]
        if len(same) == 1:
            atom, factor = same[0]
            found += [size + factor * (part - of_atom(atom)) for part in atom.parts]
        else:
            found.append(int(size) if isinstance(size, int) else size)
    return found


def undominated(kind: str, parts: list[Size]) -> list[Size]:
    kept: list[Size] = []
    for part in parts:
        if not any(beats(kind, other, part) for other in kept):
            kept = [other for other in kept if not beats(kind, part, other)] + [part]
    return kept


def beats(kind: str, left: Size, right: Size) -> bool:
    low = lower_bound(right - left if kind == "min" else left - right)
    return low is not None and low >= 0


def is_part(other: Dim, whole: Size) -> bool:
    """Whether all terms of a size that are more than names stand in another one, too."""
    worked_out = {term for term in other.terms if any(atom.kind != "symbol" for atom in term[0])}
    return bool(worked_out) and isinstance(whole, Dim) and worked_out <= {*whole.terms}


def replaced(whole: Size, call: Dim, other: Dim) -> Size:
    """A size with another one for a call, in its quotients, too: `t % 2` for `int(sqrt(n)) % 2`."""
    (((atom,), _),) = call.terms
    return substitute(whole, {name: symbol(name) for name in atom.symbols}, {atom: other})
