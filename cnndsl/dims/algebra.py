"""Integer expressions over symbolic sizes, always in canonical form: polynomials whose atoms are symbols, floor
quotients, minima, maxima, and formulas (`calls.py`), which it leaves alone. Every symbol stands for an integer >= 1.
structure cannot see (`H // 2 + (H + 1) // 2 == H`) is decided in `decide.py`, and text is made in `text.py`.
"""

from __future__ import annotations

from _bisect import insort_right
from math import prod

from ..lean import cache, lru_cache
from ..typed import Any, Mapping

Monomial = tuple["Atom", ...]  # sorted by key; a square is an atom twice; () is the constant
Terms = dict[Monomial, int]


LIMIT = 1_000  # atoms in one expression, repeats counted, and terms in one sum
DEGREE = 64  # atoms in one product
LARGEST = 2**64  # of numbers that divide; no size is as large
BITS = 1024  # of numbers that multiply


class TooLong(ArithmeticError):
    """An expression that nobody could read; building it on would take ever more time and memory."""


class Atom(str):
    """What cannot be taken apart: a symbol, a floor quotient, a minimum, a maximum or a formula.

    `key` is a text that says everything about it: equal keys of one kind, equal atoms. It also gives the order of
    terms, so that the form of an expression never depends on how it came about. As a text, an atom is both: Python
    compares and hashes texts without a call of ours, and terms are looked up by their atoms all the time.
    """

    __slots__ = ("cases", "key", "kind", "parts", "symbols", "weight")

    kind: str  # "symbol", "//", "min", "max", or "call": then the name is a Formula
    parts: tuple[Size, ...]
    key: str
    symbols: frozenset[str]
    weight: int
    cases: int

    def __new__(cls, kind: str, parts: tuple[Size, ...], name: str = "") -> Atom:
        key = name or short_key(f"{kind}({','.join([key_of(part) for part in parts])})")
        made = str.__new__(cls, f"{kind} {key}")
        made.kind, made.parts, made.key = kind, parts, key
        made.symbols = frozenset((name,)) if name else symbols_of(*parts)
        if kind == "call":
            made.symbols = name.symbols  # type: ignore[attr-defined]
        made.weight = 1 + sum([weight_of(part) for part in parts])
        if made.weight > LIMIT:
            raise TooLong(f"an expression of more than {LIMIT} parts")
        if kind == "//" and isinstance(parts[1], int) and parts[1] > LARGEST:
            raise TooLong(f"a quotient by more than {LARGEST}")
        choices = [cases_of(part) for part in parts]
        made.cases = min(sum(choices) if kind in ("min", "max") else prod(choices), LIMIT)
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:  # for copies
        return self.kind, self.parts, self.key if self.kind in ("symbol", "call") else ""

    def sort_key(self) -> tuple[bool, str]:
        return (self.kind != "symbol", self.key)


def weight_of(size: Size) -> int:
    """How many atoms a text of it would name."""
    return 0 if isinstance(size, int) else sum(atom.weight for atoms, _ in size.terms for atom in atoms)


def cases_of(size: Size) -> int:
    """How many ways there are to choose an argument of each minimum and maximum in it; a bound tries them all."""
    return 1 if isinstance(size, int) else min(prod(atom.cases for atoms, _ in size.terms for atom in atoms), LIMIT)


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

    __slots__ = ("_hash", "_high", "_low", "_symbols", "_text", "terms")

    terms: tuple[tuple[Monomial, int], ...]  # highest degree first, the constant last
    _hash: int
    _symbols: frozenset[str] | None
    _text: str | None
    _low: int | None
    _high: int | None

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._hash = hash(terms)
        self._symbols = self._text = None

    def __eq__(self, other: object) -> bool:
        return self is other or (other.__class__ is Dim and self._hash == other._hash and self.terms == other.terms)

    def __hash__(self) -> int:
        return self._hash

    @property
    def symbols(self) -> frozenset[str]:
        found = self._symbols
        if found is None:
            found = self._symbols = frozenset().union(*[atom.symbols for atoms, _ in self.terms for atom in atoms])
        return found

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
        return add_number(-self, int(other)) if isinstance(other, int) else NotImplemented

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
        return floor_divide(int(other), self) if isinstance(other, int) else NotImplemented

    def __mod__(self, other: Size) -> Size:
        return self - other * floor_divide(self, other) if isinstance(other, (int, Dim)) else NotImplemented

    def __rmod__(self, other: int) -> Size:
        return int(other) - self * floor_divide(int(other), self) if isinstance(other, int) else NotImplemented

    def at(self, values: Mapping[str, int]) -> int:
        """Its value where each symbol has a number."""
        return evaluate(self, values, {})

    def subs(self, values: Mapping[str, Size]) -> Size:
        """The expression with sizes put in for symbols, all at once."""
        return substitute(self, values, {})

    def text(self, names: Mapping[str, str] | None = None) -> str:
        """Short, valid Python; `names` renames symbols (to names, attributes or subscripts)."""
        from .text import size_text

        return size_text(self, names or {})

    def __str__(self) -> str:
        if self._text is None:
            self._text = plain_text(self)
        return self._text

    def __repr__(self) -> str:
        return f"Dim({self.text()})"


Size = int | Dim


plain_text = lru_cache(maxsize=4096)(Dim.text)  # each use of a block makes the same sizes anew


@lru_cache(maxsize=4096)
def symbol(name: str) -> Dim:
    """The size called `name`: any text, usually an identifier, sometimes like `x.shape[2]`."""
    if not name:
        raise ValueError("a symbol needs a name")
    return Dim((((Atom("symbol", (), name),), 1),))


@cache
def above() -> Any:
    """What stands above, found once: an import takes longer than a division."""
    from . import calls, quotients

    return calls, quotients


def floor_divide(top: Size, bottom: Size) -> Size:
    _, quotients = above()
    return quotients.floor_divide(top, bottom)  # type: ignore[no-any-return]


def terms_of(size: Size) -> Terms:
    return dict(size.terms) if isinstance(size, Dim) else {(): int(size)} if size else {}


def from_terms(terms: Terms) -> Size:
    kept = [(atoms, factor) for atoms, factor in terms.items() if factor]
    if not kept:
        return 0
    if len(kept) > LIMIT:
        raise TooLong(f"a sum of more than {LIMIT} terms")
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
    if len(right.terms) == 1 and 1 < len(left.terms) < len(terms) <= LIMIT:  # so long sums grow: the rest is in order
        kept = list(left.terms)
        insort_right(kept, (right.terms[0][0], factor * right.terms[0][1]), key=term_order)
        return Dim(tuple(kept))
    return from_terms(terms)


def scale(size: Dim, factor: int) -> Dim:
    if factor == 1:
        return size
    if factor.bit_length() + max(count.bit_length() for _, count in size.terms) > BITS:
        raise TooLong(f"a number of more than {BITS} bits")
    return Dim(tuple((atoms, count * factor) for atoms, count in size.terms))


@lru_cache(maxsize=4096)
def multiply(left: Dim, right: Dim) -> Size:
    """The product, term by term; raises TooLong before it is made, if it would name too many atoms."""
    if len(left.terms) * weight_of(right) + len(right.terms) * weight_of(left) > 5 * LIMIT:
        raise TooLong(f"a product of more than {5 * LIMIT} parts")
    terms: Terms = {}
    for atoms, factor in left.terms:
        for others, count in right.terms:
            if len(atoms) + len(others) > DEGREE:
                raise TooLong(f"a product of more than {DEGREE} parts")
            both = tuple(sorted((*atoms, *others), key=Atom.sort_key))
            terms[both] = terms.get(both, 0) + factor * count
    return from_terms(terms)


def is_quotient(atom: Atom) -> bool:
    return atom.kind == "//" and isinstance(atom.parts[1], int)


def of_atom(atom: Atom) -> Dim:
    return Dim((((atom,), 1),))


def substitute(size: Size, values: Mapping[str, Size], seen: dict[Atom, Size]) -> Size:
    if isinstance(size, int):
        return size
    if len(size.terms) == 1 and size.terms[0][1] == 1 and len(size.terms[0][0]) == 1:
        (atom,) = size.terms[0][0]
        if atom not in seen:
            seen[atom] = substitute_atom(atom, values, seen)
        return seen[atom]  # None, where a condition asks whether it is
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
        if value is None or isinstance(value, int):
            return of_atom(atom) if value is None else int(value)
        return value if value.__class__ is Dim else above()[0].size_of(value)
    if not atom.symbols & values.keys():
        return of_atom(atom)
    if atom.kind == "call":
        calls, _ = above()
        return calls.size_of(calls.put(atom.key, values))  # type: ignore[no-any-return]
    parts = [substitute(part, values, seen) for part in atom.parts]
    if atom.kind == "//":
        return floor_divide(*parts)
    _, quotients = above()
    return quotients.extreme(atom.kind, parts)  # type: ignore[no-any-return]


def evaluate(size: Size, values: Mapping[str, int], seen: dict[Atom, int]) -> int:
    if isinstance(size, int):
        return int(size)
    total = 0
    for atoms, factor in size.terms:
        for atom in atoms:
            if atom not in seen:
                seen[atom] = evaluate_atom(atom, values, seen)
            factor *= seen[atom]
        total += factor
    return total


def evaluate_atom(atom: Atom, values: Mapping[str, int], seen: dict[Atom, int]) -> int:
    if atom.kind == "symbol":
        return int(values[atom.key])
    if atom.kind == "call":
        calls, _ = above()
        return calls.whole_at(atom.key, values)  # type: ignore[no-any-return]
    parts = [evaluate(part, values, seen) for part in atom.parts]
    return parts[0] // parts[1] if atom.kind == "//" else min(parts) if atom.kind == "min" else max(parts)
