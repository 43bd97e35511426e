"""Integer expressions over symbolic sizes, always in canonical form: polynomials whose atoms are symbols, floor
quotients, minima and maxima. Every symbol stands for an integer >= 1. Equal structure means equal value; what
structure cannot see (`H // 2 + (H + 1) // 2 == H`) is decided in `decide.py`, and text is made in `text.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, reduce
from math import gcd
from typing import Union

Monomial = tuple["Atom", ...]  # sorted by key; a square is an atom twice; () is the constant
Terms = dict[Monomial, int]


class Atom:
    """What cannot be taken apart: a symbol, a floor quotient, a minimum or a maximum.

    `key` is a text that says everything about it: equal keys, equal atoms. It also gives the order of terms, so that
    the form of an expression never depends on how it came about.
    """

    __slots__ = ("hash", "key", "kind", "parts", "symbols")

    def __init__(self, kind: str, parts: tuple[Size, ...], name: str = "") -> None:
        self.kind = kind  # "symbol", "//", "min", "max"
        self.parts = parts
        self.key = name or short_key(f"{kind}({','.join(key_of(part) for part in parts)})")
        self.symbols: frozenset[str] = frozenset((name,)) if name else symbols_of(*parts)
        self.hash = hash((kind, self.key))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Atom) and self.key == other.key and self.kind == other.kind)

    def __hash__(self) -> int:
        return self.hash

    def __repr__(self) -> str:
        return self.key

    def sort_key(self) -> tuple[bool, str]:
        return (self.kind != "symbol", self.key)


def short_key(key: str) -> str:
    """Nested atoms may repeat their parts; a digest keeps the key of the deepest short."""
    if len(key) < 400:
        return key
    from hashlib import sha256

    return f"#{sha256(key.encode()).hexdigest()}"


def key_of(size: Size) -> str:
    if isinstance(size, int):
        return str(int(size))
    return "+".join(f"{factor}*{'*'.join(atom.key for atom in atoms)}" for atoms, factor in size.terms)


def symbols_of(*sizes: Size) -> frozenset[str]:
    return frozenset().union(*(size.symbols for size in sizes if isinstance(size, Dim)))


def term_order(term: tuple[Monomial, int]) -> tuple[int, list[tuple[bool, str]]]:
    return (-len(term[0]), [atom.sort_key() for atom in term[0]])


class Dim:
    """A size that is no plain number. Immutable; `==` and hash follow the canonical form."""

    __slots__ = ("_bounds", "_hash", "_symbols", "terms")

    terms: tuple[tuple[Monomial, int], ...]  # highest degree first, the constant last
    _hash: int
    _symbols: frozenset[str]
    _bounds: tuple[int | None, int | None]

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._hash = hash(terms)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Dim) and self._hash == other._hash and self.terms == other.terms)

    def __hash__(self) -> int:
        return self._hash

    @property
    def symbols(self) -> frozenset[str]:
        try:
            return self._symbols
        except AttributeError:
            self._symbols = frozenset().union(*(atom.symbols for atoms, _ in self.terms for atom in atoms))
            return self._symbols

    @property
    def constant(self) -> int:
        """The term without atoms."""
        atoms, factor = self.terms[-1]
        return 0 if atoms else factor

    def linear(self) -> tuple[dict[str, int], int] | None:
        """The factor of each symbol, and the constant; None if the expression is not linear in its symbols."""
        factors: dict[str, int] = {}
        for atoms, factor in self.terms:
            if len(atoms) > 1 or (atoms and atoms[0].kind != "symbol"):
                return None
            if atoms:
                factors[atoms[0].key] = factor
        return factors, self.constant

    def __add__(self, other: Size) -> Size:
        if isinstance(other, int):
            return add_number(self, int(other))
        return add(self, other, 1) if isinstance(other, Dim) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Size) -> Size:
        if isinstance(other, int):
            return add_number(self, -int(other))
        return add(self, other, -1) if isinstance(other, Dim) else NotImplemented

    def __rsub__(self, other: int) -> Size:
        return -self + other

    def __neg__(self) -> Dim:
        return scale(self, -1)

    def __mul__(self, other: Size) -> Size:
        if isinstance(other, int):
            return scale(self, int(other)) if other else 0
        return multiply(self, other) if isinstance(other, Dim) else NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, other: Size) -> Size:
        return floor_divide(self, other) if isinstance(other, (int, Dim)) else NotImplemented

    def __rfloordiv__(self, other: int) -> Size:
        return floor_divide(int(other), self)

    def __mod__(self, other: Size) -> Size:
        return self - other * floor_divide(self, other) if isinstance(other, (int, Dim)) else NotImplemented

    def __rmod__(self, other: int) -> Size:
        return int(other) - self * floor_divide(int(other), self)

    def at(self, values: Mapping[str, int]) -> int:
        """Its value where each symbol has a number."""
        size = self.subs(values)
        if isinstance(size, int):
            return size
        raise KeyError(f"no value for {', '.join(sorted(size.symbols))}")

    def subs(self, values: Mapping[str, Size]) -> Size:
        """The expression with sizes put in for symbols, all at once."""
        return substitute(self, values, {})

    def text(self, names: Mapping[str, str] | None = None) -> str:
        """Short, valid Python; `names` renames symbols (to names, attributes or subscripts)."""
        from .text import size_text

        return size_text(self, names or {})

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Dim({self.text()})"


Size = Union[int, Dim]


def symbol(name: str) -> Dim:
    """The size called `name`: any text, usually an identifier, sometimes like `x.shape[2]`."""
    if not name:
        raise ValueError("a symbol needs a name")
    return Dim((((Atom("symbol", (), name),), 1),))


def ceil_div(top: Size, bottom: Size) -> Size:
    """`top / bottom`, rounded up."""
    return floor_divide(top + bottom - 1, bottom)


def minimum(*sizes: Size) -> Size:
    return extreme("min", sizes)


def maximum(*sizes: Size) -> Size:
    return extreme("max", sizes)


def terms_of(size: Size) -> Terms:
    return dict(size.terms) if isinstance(size, Dim) else {(): int(size)} if size else {}


def from_terms(terms: Terms) -> Size:
    kept = [(atoms, factor) for atoms, factor in terms.items() if factor]
    if not kept:
        return 0
    if len(kept) == 1:
        return Dim((kept[0],)) if kept[0][0] else kept[0][1]
    return Dim(tuple(sorted(kept, key=term_order)))


def add_number(size: Dim, number: int) -> Dim:
    if not number:
        return size
    constant = size.constant
    variable = size.terms[:-1] if constant else size.terms
    return Dim((*variable, ((), constant + number)) if constant + number else variable)


def add(left: Dim, right: Dim, factor: int) -> Size:
    terms = dict(left.terms)
    for atoms, count in right.terms:
        terms[atoms] = terms.get(atoms, 0) + factor * count
    return from_terms(terms)


def scale(size: Dim, factor: int) -> Dim:
    return size if factor == 1 else Dim(tuple((atoms, count * factor) for atoms, count in size.terms))


def multiply(left: Dim, right: Dim) -> Size:
    terms: Terms = {}
    for atoms, factor in left.terms:
        for others, count in right.terms:
            both = tuple(sorted((*atoms, *others), key=Atom.sort_key))
            terms[both] = terms.get(both, 0) + factor * count
    return from_terms(terms)


def of_atom(atom: Atom) -> Dim:
    return Dim((((atom,), 1),))


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
    whole, rest, sign = split_multiples(top, bottom)
    if isinstance(rest, int):
        return whole + sign * (rest // bottom)
    common = reduce(gcd, (factor for atoms, factor in rest.terms if atoms), bottom)
    if common > 1:
        return whole + sign * floor_divide(from_terms({a: f // common for a, f in rest.terms}), bottom // common)
    inner = next((a[0] for a, f in rest.terms if abs(f) == 1 and len(a) == 1 and is_quotient(a[0])), None)
    if inner:
        return whole + sign * flatten(rest, inner, bottom)
    extremes = [(a[0], f) for a, f in rest.terms if len(a) == 1 and a[0].kind in ("min", "max")]
    if len(extremes) == 1:
        return whole + sign * extreme_quotient(rest, *extremes[0], bottom)
    return whole + sign * of_atom(Atom("//", (rest, bottom)))


def is_quotient(atom: Atom) -> bool:
    return atom.kind == "//" and isinstance(atom.parts[1], int)


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
    return from_terms({tuple(shared): reduce(gcd, (factor for _, factor in terms))})


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


def lower_bound(size: Size) -> int | None:
    """A number that the size is never below; None if none was found."""
    return int(size) if isinstance(size, int) else bounds_of(size)[0]


def upper_bound(size: Size) -> int | None:
    return int(size) if isinstance(size, int) else bounds_of(size)[1]


def bounds_of(size: Dim) -> tuple[int | None, int | None]:
    try:
        return size._bounds
    except AttributeError:
        from .bounds import bounds

        size._bounds = bounds(size)
        return size._bounds


def substitute(size: Size, values: Mapping[str, Size], seen: dict[Atom, Size]) -> Size:
    if isinstance(size, int):
        return size
    total: Size = 0
    for atoms, factor in size.terms:
        part: Size = factor
        for atom in atoms:
            if atom not in seen:
                seen[atom] = substitute_atom(atom, values, seen)
            part = part * seen[atom]
        total = total + part
    return total


def substitute_atom(atom: Atom, values: Mapping[str, Size], seen: dict[Atom, Size]) -> Size:
    if atom.kind == "symbol":
        value = values.get(atom.key)
        return of_atom(atom) if value is None else int(value) if isinstance(value, int) else value
    if not atom.symbols & values.keys():
        return of_atom(atom)
    parts = [substitute(part, values, seen) for part in atom.parts]
    return floor_divide(*parts) if atom.kind == "//" else extreme(atom.kind, parts)
