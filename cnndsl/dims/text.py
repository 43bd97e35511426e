"""Sizes and conditions as short Python, spaced as ruff format does. Says what it is given; simplifies nothing else."""

from __future__ import annotations

from math import gcd

from ..lean import reduce
from ..typed import TYPE_CHECKING, Any, Iterable, Iterator, Mapping
from .algebra import Atom, Dim, Monomial, Size, Terms, from_terms, of_atom, terms_of
from .calls import POWER, level_of, written
from .quotients import common_factor, divide_polynomial

if TYPE_CHECKING:
    from .conditions import Condition

Piece = tuple[int, str, bool]  # a term: its factor, what it multiplies ("" for the constant), is that a quotient?
LONG = 50  # terms of a sum that nobody reads: no other form of it is looked for
SIGNS = {"zero": "==", "nonzero": "!=", "nonneg": ">="}


def size_text(size: Size, names: Mapping[str, str] | None = None) -> str:
    if names:
        return Printer(names).size(size)
    if len(PLAIN.known) > KEPT:
        PLAIN.known.clear()
    return PLAIN.size(size)


def condition_text(condition: Condition, names: Mapping[str, str] | None, traced: bool) -> str:
    return (Traced if traced else Printer)(names or {}).condition(condition)


class Printer:
    """Writes with symbols renamed; a name put in must be an atom of Python: a name, an attribute, a subscript."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.known: dict[Size, str] = {}

    def size(self, size: Size) -> str:
        """The shortest of a few equal forms, the plain sum before all others."""
        if isinstance(size, int):
            return str(int(size))
        if size not in self.known:
            self.known[size] = min(self.forms(size), key=effort)
        return self.known[size]

    def forms(self, size: Dim) -> Iterator[str]:
        if is_call(size):
            yield self.call(size.terms[0][0][0])
            return
        if len(size.terms) > LONG:
            yield sum_text(self.pieces(size))
            return
        for atoms, factor in size.terms:
            if len(atoms) == 1 and atoms[0].kind in ("min", "max"):
                yield from self.absorbed_extreme(size, atoms[0], factor)
        yield sum_text(self.pieces(size))
        for atoms, factor in size.terms:
            if len(atoms) > 1:
                yield from self.symbolic_remainders(size, atoms)
            elif atoms and atoms[0].kind == "//":
                yield from self.quotient_forms(size, atoms[0], factor)
        if len(size.terms) > 1:
            yield from self.factored(size)

    def pieces(self, size: Size) -> list[Piece]:
        return [self.piece(atoms, factor) for atoms, factor in terms_of(size).items()]

    def piece(self, atoms: Monomial, factor: int) -> Piece:
        if len(atoms) == 1:
            return factor, self.atom(atoms[0]), atoms[0].kind == "//"
        return factor, " * ".join(self.power(atom, atoms.count(atom)) for atom in dict.fromkeys(atoms)), False

    def power(self, atom: Atom, count: int) -> str:
        text = self.atom(atom)
        if atom.kind == "//" or (atom.kind == "call" and count > 1 and "**" in text):
            text = f"({text})"
        space = "" if text.replace(".", "").isidentifier() else " "
        return text if count == 1 else f"{text}{space}**{space}{count}"

    def atom(self, atom: Atom) -> str:
        if atom.kind == "symbol":
            return self.names.get(atom.key, atom.key)
        if atom.kind == "//":
            return self.quotient("//", *atom.parts)
        if atom.kind == "call":
            text = self.call(atom)
            return text if level_of(text) >= POWER else f"({text})"
        return self.extreme(atom.kind, atom.parts)

    def call(self, atom: Atom) -> str:
        formula: Any = atom.key
        return written(formula.sign, formula.parts, self.size, self.names)

    def extreme(self, kind: str, parts: Iterable[Size]) -> str:
        return f"{kind}({', '.join(map(self.size, parts))})"

    def quotient(self, sign: str, top: Size, bottom: Size) -> str:
        return f"{self.operand(top, 1)} {sign} {self.operand(bottom, 0)}"

    def operand(self, size: Size, signs: int) -> str:
        """In brackets, unless it is a number, a symbol, or (with signs) the negative of one."""
        if isinstance(size, Dim) and is_call(size):
            return self.atom(size.terms[0][0][0])
        terms = terms_of(size)
        bare = all(factor == 1 or (signs and factor == -1) for factor in terms.values()) or isinstance(size, int)
        simple = all(len(atoms) <= 1 and all(atom.kind != "//" for atom in atoms) for atoms in terms)
        return self.size(size) if bare and simple and len(terms) <= 1 else f"({self.size(size)})"

    def quotient_forms(self, size: Dim, atom: Atom, factor: int) -> Iterator[str]:
        """`q // d + p` as `(q + d * p) // d`, and `q - d * (q // d)` as `q % d`."""
        top, bottom = atom.parts
        own = factor * of_atom(atom)
        if size.constant and size.constant % factor == 0:
            text = self.quotient("//", top + bottom * (size.constant // factor), bottom)
            yield sum_text([*self.pieces(size - size.constant - own), (factor, text, True)])
        if isinstance(bottom, int) and abs(factor) == 1 and size.constant != size - own != 0:
            part = top if factor == 1 else bottom - 1 - top
            yield self.quotient("//", bottom * (size - own) + part, bottom)
        if isinstance(bottom, int) and factor % bottom == 0:
            count = -factor // bottom
            for times, part in ((count, top), (-count, bottom - 1 - top)):  # q // d is -((d - 1 - q) // d)
                text = self.quotient("%", part, bottom)
                yield sum_text([*self.pieces(size - own - times * part), (times, text, True)])

    def symbolic_remainders(self, size: Dim, atoms: Monomial) -> Iterator[str]:
        """`q - d * (q // d)` as `q % d` for a symbolic d."""
        for atom in atoms:
            if atom.kind == "//" and isinstance(atom.parts[1], Dim):
                for times in (1, -1):
                    rest = size - times * (atom.parts[0] - atom.parts[1] * of_atom(atom))
                    if len(terms_of(rest)) < len(size.terms):
                        yield sum_text([*self.pieces(rest), (times, self.quotient("%", *atom.parts), True)])

    def absorbed_extreme(self, size: Dim, atom: Atom, factor: int) -> Iterator[str]:
        """`min(a, b) + c` as `min(a + c, b + c)`."""
        if size.constant and size.constant % factor == 0:
            shift = size.constant // factor
            text = self.extreme(atom.kind, [part + shift for part in atom.parts])
            yield sum_text([*self.pieces(size - size.constant - factor * of_atom(atom)), (factor, text, False)])

    def factored(self, size: Dim) -> Iterator[str]:
        """A product of sums, alone or with a constant beside it."""
        for constant in {0: None, size.constant: None}:
            factors = factorise(size - constant)
            if len(factors) > 1:
                texts = [self.factor(factor) for factor in factors]
                yield sum_text([(1, " * ".join(texts), False), *self.pieces(constant)])

    def factor(self, size: Size) -> str:
        if len(terms_of(size)) > 1:
            return f"({self.size(size)})"
        text = sum_text(self.pieces(size))
        return f"({text})" if isinstance(size, Dim) and is_bare_quotient(size) else text

    def condition(self, condition: Condition) -> str:
        if condition.kind == "and":
            texts = [text if " or " not in text else f"({text})" for text in self.conjuncts(condition.parts)]
            return " and ".join(texts) or "True"
        if condition.kind == "or":
            texts = [text if " and " not in text else f"({text})" for text in self.alternatives(condition.parts)]
            return " or ".join(texts) or "False"
        assert isinstance(condition.size, Dim)
        return min(self.relations(SIGNS[condition.kind], condition.size), key=effort)

    def relations(self, sign: str, size: Dim) -> Iterator[str]:
        """Terms below zero go to the other side, the constant to either."""
        constant, variable = size.constant, size - size.constant
        left = from_terms({atoms: factor for atoms, factor in terms_of(variable).items() if factor > 0})
        right = left - variable
        if sign == ">=" and isinstance(right, Dim) and isinstance(left, Dim) and constant == -1:
            yield f"{self.size(left)} > {self.size(right)}"
        if sign == ">=" and isinstance(left, int):
            yield f"{self.size(right)} <= {constant}"
            return
        yield f"{self.size(left)} {sign} {self.size(right - constant)}"
        if isinstance(left + constant, Dim):
            yield f"{self.size(left + constant)} {sign} {self.size(right)}"
        if sign == ">=":
            yield from self.remainder_bounds(variable, constant)
        else:
            yield f"{self.size(variable)} {sign} {-constant}"
            yield f"{self.size(-variable)} {sign} {constant}"

    def remainder_bounds(self, variable: Size, constant: int) -> Iterator[str]:
        """`H % 32 >= 24`: a remainder is one expression, whatever the signs of its terms."""
        for side, sign, bound in ((variable, ">=", -constant), (-variable, "<=", constant)):
            if "%" in (text := self.size(side)):
                yield f"{text} {sign} {bound}"

    def conjuncts(self, parts: tuple[Condition, ...]) -> Iterator[str]:
        """Two bounds of one expression are an interval, several values it must not have are a set."""
        groups = grouped(parts, "nonzero")
        for base, members in groups.items():
            if isinstance(base, Dim):
                yield self.members("not in", base, members)
        yield from self.intervals([base for base in groups if not isinstance(base, Dim)])

    def intervals(self, left: list[Condition]) -> Iterator[str]:
        while left:
            part = left.pop(0)
            other = next((p for p in left if is_other_bound(part, p)), None)
            if other is None:
                yield self.condition(part)
                continue
            left.remove(other)
            low, high = (part.size, other.size) if first_factor(part.size) > 0 else (other.size, part.size)
            assert isinstance(low, Dim) and isinstance(high, Dim)
            yield f"{-low.constant} <= {self.size(low - low.constant)} <= {high.constant}"

    def alternatives(self, parts: tuple[Condition, ...]) -> Iterator[str]:
        """Several values of one expression are a set."""
        for base, members in grouped(parts, "zero").items():
            yield self.members("in", base, members) if isinstance(base, Dim) else self.condition(base)

    def members(self, word: str, base: Dim, members: list[Condition]) -> str:
        if len(members) == 1:
            return self.condition(members[0])
        values = sorted(-part.size.constant for part in members if isinstance(part.size, Dim))
        return f"{self.size(base)} {word} {{{', '.join(map(str, values))}}}"


class Traced(Printer):
    """Writes conditions that may meet sizes still unknown, of which nothing may be asked by `if`, `and`, `in`."""

    def condition(self, condition: Condition) -> str:
        if condition.kind in ("and", "or") and condition.parts:
            sign = " & " if condition.kind == "and" else " | "
            return sign.join(f"({self.condition(part)})" for part in condition.parts)
        return super().condition(condition)

    def extreme(self, kind: str, parts: Iterable[Size]) -> str:
        return reduce(lambda text, part: f"sym_{kind}({text}, {part})", map(self.size, parts))


def grouped(parts: Iterable[Condition], kind: str) -> dict[Dim | Condition, list[Condition]]:
    """The conditions of one kind by what they compare with a number; others by themselves."""
    groups: dict[Dim | Condition, list[Condition]] = {}
    for part in parts:
        size = part.size
        base = size - size.constant if isinstance(size, Dim) and part.kind == kind else part
        groups.setdefault(base if isinstance(base, Dim) else part, []).append(part)
    return groups


def effort(text: str) -> int:
    """How hard a text is to read: its length; a minus in front is easily overlooked, and what a remainder is taken off
    takes more thought than `2 * (n // 2)`.
    """
    return len(text) + 4 * text.count("-", 0, 1) + 2 * (" - " in text and "%" in text)


PLAIN = Printer({})  # expressions are made of the same quotients again and again
KEPT = 10_000


def sum_text(pieces: list[Piece]) -> str:
    """Terms above zero first: `H - 1`, not `-1 + H`."""
    ordered = sorted((piece for piece in pieces if piece[0]), key=lambda piece: (piece[0] < 0, not piece[1]))
    text = ""
    for factor, what, is_quotient in ordered:
        brackets = is_quotient and (abs(factor) > 1 or (factor < 0 and not text) or (text and what[0] == "-"))
        part = piece_text(abs(factor), f"({what})" if brackets else what)
        sign = "-" if factor < 0 else "+"
        text = f"{text} {sign} {part}" if text else f"-{part}" if factor < 0 else part
    return text or "0"


def piece_text(factor: int, what: str) -> str:
    return str(factor) if not what else what if factor == 1 else f"{factor} * {what}"


def is_call(size: Dim) -> bool:
    return len(size.terms) == 1 and size.terms[0][1] == 1 and [atom.kind for atom in size.terms[0][0]] == ["call"]


def is_bare_quotient(size: Dim) -> bool:
    (atoms, factor) = size.terms[0]
    return len(atoms) == 1 and atoms[0].kind == "//" and factor == 1


def first_factor(size: Size) -> int:
    return size.terms[0][1] if isinstance(size, Dim) else 0


def is_other_bound(low: Condition, high: Condition) -> bool:
    return low.kind == high.kind == "nonneg" and isinstance(low.size + high.size, int)


def factorise(size: Size) -> list[Size]:
    """Sizes whose product it is: numbers and atoms that all terms share, then sums over separate symbols."""
    if isinstance(size, int):
        return [size]
    common = common_factor(size)
    rest = divide_polynomial(size, common)[0]
    found = [] if common == 1 else [common]
    for name in sorted(size.symbols):
        split = split_by(rest, name)
        if split:
            found.append(split[0])
            rest = split[1]
    return [*found, rest] if rest != 1 else found


def split_by(size: Size, name: str) -> tuple[Size, Size] | None:
    """`p * q` with p about this symbol alone and q about the others; None if there is no such pair."""
    rows: dict[Monomial, Terms] = {}
    for atoms, factor in terms_of(size).items():
        mine = tuple(atom for atom in atoms if name in atom.symbols)
        rest = tuple(atom for atom in atoms if name not in atom.symbols)
        rows.setdefault(mine, {})[rest] = factor
    if any(len(atom.symbols) > 1 for mine in rows for atom in mine):
        return None
    parts = {mine: primitive(row) for mine, row in rows.items()}
    first = next(iter(parts.values()))[1]
    if len(first) == 1 or len(rows) == 1 or any(row != first for _, row in parts.values()):
        return None
    return from_terms({mine: factor for mine, (factor, _) in parts.items()}), from_terms(first)


def primitive(row: Terms) -> tuple[int, Terms]:
    """The common factor of a sum, signed so that the first term is positive, and what is left."""
    factor = reduce(gcd, row.values(), 0)
    if next(iter(row.values())) < 0:
        factor = -factor
    return factor, {atoms: count // factor for atoms, count in row.items()}
