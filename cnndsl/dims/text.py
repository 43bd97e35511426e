"""Expressions as short Python, spaced as ruff format does. Knows nothing of conditions."""

from __future__ import annotations

from collections.abc import Mapping

from typing import TYPE_CHECKING

from .algebra import Atom, Dim, Monomial, Size, from_terms, is_quotient, of_atom

if TYPE_CHECKING:
    from .conditions import Condition

Names = Mapping[str, str]
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a text binds


def size_text(size: Size, names: Names) -> str:
    """The shortest of a few equal forms."""
    if isinstance(size, int):
        return str(int(size))
    return min((sum_text(form, names) for form in forms(size)), key=len)


Piece = tuple[Size, str]  # a factor, and the text it stands before


def forms(size: Dim) -> list[list[tuple[Size, object]]]:
    """Ways to split a size into (factor, what it multiplies)."""
    plain = [(factor, atoms) for atoms, factor in size.terms]
    found: list[list[tuple[Size, object]]] = [list(plain)]
    for atoms, factor in size.terms:
        if len(atoms) == 1 and is_quotient(atoms[0]):
            found += absorbed(size, atoms[0], factor) + remainders(size, atoms[0], factor)
    return found


def absorbed(size: Dim, atom: Atom, factor: int) -> list[list[tuple[Size, object]]]:
    """`q // d + c` as `(q + d * c) // d`."""
    constant = size.constant
    if constant % factor or not constant:
        return []
    top, bottom = atom.parts
    rest = size - constant - factor * of_atom(atom)
    return [[*plain_pieces(rest), (factor, ("//", top + bottom * (constant // factor), bottom))]]


def remainders(size: Dim, atom: Atom, factor: int) -> list[list[tuple[Size, object]]]:
    """`q - d * (q // d)` as `q % d`, also for the quotient `-((d - 1 - q) // d)`."""
    top, bottom = atom.parts
    if not isinstance(bottom, int) or factor % bottom:
        return []
    count = factor // bottom
    found = []
    for part, times in ((top, -count), (bottom - 1 - top, count)):
        rest = size - factor * of_atom(atom) - times * part
        if times > 0 or count < 0:
            found.append([*plain_pieces(rest), (times, ("%", part, bottom))])
    return found


def plain_pieces(size: Size) -> list[tuple[Size, object]]:
    if isinstance(size, int):
        return [(size, ())] if size else []
    return [(factor, atoms) for atoms, factor in size.terms]


def sum_text(pieces: list[tuple[Size, object]], names: Names) -> str:
    text = ""
    for factor, what in sorted(pieces, key=lambda piece: piece[0] < 0):  # type: ignore[operator]
        assert isinstance(factor, int)
        part = piece_text(abs(factor), what, names)
        if text:
            text += f" {'-' if factor < 0 else '+'} {part}"
        else:
            text = f"-{part}" if factor < 0 else part
    return text or "0"


def piece_text(factor: int, what: object, names: Names) -> str:
    if what == ():
        return str(factor)
    parts = [str(factor)] if factor != 1 else []
    if isinstance(what, tuple) and isinstance(what[0], str):
        sign, top, bottom = what
        whole = f"{bracketed(top, names)} {sign} {bracketed(bottom, names)}"
        return f"{factor} * ({whole})" if parts else whole
    assert isinstance(what, tuple)
    return monomial_text(parts, what, names)


def monomial_text(parts: list[str], atoms: Monomial, names: Names) -> str:
    alone = not parts and len(atoms) == 1
    for atom in dict.fromkeys(atoms):
        text, count = atom_text(atom, names), atoms.count(atom)
        if atom.kind == "//" and not alone:
            text = f"({text})"
        if count > 1:
            text = f"{text}**{count}" if text.replace(".", "").isidentifier() else f"{text} ** {count}"
        parts.append(text)
    return " * ".join(parts)


def atom_text(atom: Atom, names: Names) -> str:
    if atom.kind == "symbol":
        return names.get(atom.key, atom.key)
    if atom.kind == "//":
        return f"{bracketed(atom.parts[0], names)} // {bracketed(atom.parts[1], names)}"
    return f"{atom.kind}({', '.join(size_text(part, names) for part in atom.parts)})"


def bracketed(size: Size, names: Names) -> str:
    """As an operand of `//`."""
    text = size_text(size, names)
    single = isinstance(size, int) or (len(size.terms) == 1 and len(size.terms[0][0]) == 1 and size.terms[0][1] == 1)
    if single and not (isinstance(size, Dim) and size.terms[0][0][0].kind == "//"):
        return text
    return f"({text})"


SIGNS = {"zero": "==", "nonzero": "!=", "nonneg": ">="}


def condition_text(condition: Condition, names: Names) -> str:
    if not condition.parts and condition.kind in ("and", "or"):
        return str(condition.kind == "and")
    if condition.kind in ("and", "or"):
        parts = [condition_text(part, names) for part in condition.parts]
        return f" {condition.kind} ".join(f"({p})" if " or " in p or " and " in p else p for p in parts)
    assert isinstance(condition.size, Dim)
    return relation_text(SIGNS[condition.kind], condition.size, names)


def relation_text(sign: str, size: Dim, names: Names) -> str:
    """Negative terms go to the other side; the variable side comes first, unless a remainder says it shorter."""
    left = from_terms({atoms: factor for atoms, factor in size.terms if factor > 0 and atoms})
    right = left - size
    found = [f"{size_text(left, names)} {sign} {size_text(right, names)}"] if left else []
    if not left or isinstance(left, Dim) and left.constant:
        found = []
    if isinstance(left, int):
        flipped = {">=": "<="}.get(sign, sign)
        return f"{size_text(size.constant - size, names)} {flipped} {size.constant}"
    if sign != ">=":
        found.append(f"{size_text(size - size.constant, names)} {sign} {-size.constant}")
    return min(found, key=len)
