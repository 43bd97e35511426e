"""Spellings as they are where the fractions in them are whole numbers: `C * ratio` for `int(C * ratio)`."""

from __future__ import annotations

from math import prod

from ..typed import Any
from .algebra import Atom, Dim, Size, of_atom, symbol
from .calls import OPERATORS, Formula, formula, size_of
from .quotients import maximum, minimum

WHOLE = frozenset({"+", "-", "*", "//", "%", "int"})  # what makes a size of sizes


def if_whole(part: Any) -> Any:
    """A spelling as it is where the fractions in it are whole numbers: `int` of what is made of these does nothing."""
    if isinstance(part, Dim):
        return sum(prod(map(atom_if_whole, atoms), start=factor) for atoms, factor in part.terms)
    if not isinstance(part, Formula):
        return part
    if part.sign == "name":
        return symbol(part.parts[0]) if part.parts[1] == "float" else part
    parts = [*map(if_whole, part.parts)]
    if part.sign in WHOLE and all(isinstance(one, (int, Dim)) for one in parts):
        return parts[0] if part.sign == "int" else OPERATORS[part.sign][1](*parts)
    if part.sign == "**" and isinstance(parts[0], Dim) and parts[1] in (2, 3):
        return prod([parts[0]] * parts[1])
    return formula(part.sign, *parts)


def atom_if_whole(atom: Atom) -> Size:
    if atom.kind in ("symbol", "call"):
        return size_of(if_whole(atom.key)) if atom.kind == "call" else of_atom(atom)
    parts = map(if_whole, atom.parts)
    return next(parts) // next(parts) if atom.kind == "//" else (minimum if atom.kind == "min" else maximum)(*parts)


def agree_at_one(name: str, value: Any, other: Any) -> bool:
    """Whether two values are the same where a fraction is 1: `int(C * ratio)` is C then."""
    first, second = (p.subs({name: 1}) if isinstance(p, Dim) else p for p in map(if_whole, (value, other)))
    return isinstance(first, (int, Dim)) and bool(first == second)
