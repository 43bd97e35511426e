"""Minimum and maximum in canonical form."""

from __future__ import annotations

from collections.abc import Iterable

from .algebra import Atom, Dim, Size, key_of, of_atom
from .bounds import lower_bound


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
