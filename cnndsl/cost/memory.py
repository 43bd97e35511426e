"""Bytes: of tensors, of what a pass keeps for the backward pass, and of what it needs at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache, reduce
from operator import add
from typing import Any

from ..dims import Dim, Size
from ..dims.algebra import from_terms
from ..graph import Type, tensors
from ..shapes import TensorType
from ..tape import Storage, Tape, elements

Met = Callable[[Size], Size]
ITEM = {"bool": 1, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8}
ITEM |= {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


@cache
def bytes_of(type: TensorType, dtype: str = "float32") -> Size:
    """The bytes of a tensor of a network whose parameters are of `dtype`: what is float32 in the file is of that."""
    return elements(type.shape) * ITEM[actual(type.dtype, dtype)]


def actual(own: str, dtype: str) -> str:
    return dtype if own == "float32" else own


def bytes_in(kind: Type, dtype: str) -> Size:
    """The bytes of all tensors of a nested type."""
    return reduce(add, (bytes_of(one, dtype) for one in tensors(kind)), 0)


def kept_by_place(tape: Tape, dtype: str) -> dict[int | None, Size]:
    """The bytes that each call of a pass is the first to keep."""
    found: dict[int | None, Size] = {}
    for place, storage in kept(tape):
        found[place] = found.get(place, 0) + bytes_of(storage.type, dtype)
    return found


def kept(tape: Tape) -> Iterator[tuple[int, Storage]]:
    """The storages that autograd keeps, each with the place that keeps it first. Parameters are not among them: they
    are there anyway. Inputs are."""
    seen: set[int] = set()
    for operator in tape.operators:
        for storage in operator.kept:
            if id(storage) not in seen and storage.owner != "parameter":
                seen.add(id(storage))
                yield operator.place, storage


def peak(tape: Tape, results: Iterable[Storage], dtype: str = "float32", met: Met | None = None) -> tuple[Size, ...]:
    """The bytes of tensors that are there at once, at most: inputs from beginning to end, everything else from the
    operator that makes it to the last that reads it, results to the end. Several sizes: the largest of them, which it
    is depends on the free sizes. Parameters, and what a kernel needs for itself, are not counted.
    """
    last = {id(one): place for place, operator in enumerate(tape.operators) for one in (*operator.read, *operator.made)}
    last |= {id(one): len(tape.operators) for one in results}
    ends: dict[int, list[Size]] = {}
    highest = Highest()
    alive: Counter[Any] = Counter()
    seen: set[int] = set()
    for place, operator in enumerate(tape.operators):
        for one in (*operator.read, *operator.made):
            if id(one) not in seen and one.owner != "parameter":
                seen.add(id(one))
                size = bytes_of(one.type, dtype)
                change(alive, size, 1)
                if one.owner == "made":
                    ends.setdefault(last[id(one)], []).append(size)
        highest.add(alive)
        for size in ends.pop(place, ()):
            change(alive, size, -1)
    return highest_of(map(met, highest.sizes())) if met else tuple(highest.sizes())


def change(total: Counter[Any], size: Size, sign: int) -> None:
    """Adds a size to a sum, term by term."""
    for atoms, factor in terms(size):
        total[atoms] += sign * factor


def highest_of(sizes: Iterable[Size]) -> tuple[Size, ...]:
    found = Highest()
    for size in sizes:
        found.add(Counter(dict(terms(size))))
    return tuple(found.sizes())


class Highest:
    """Sums of which none is below another for all values of the free sizes: term by term, since every symbol and every
    quotient is 0 at least."""

    def __init__(self) -> None:
        self.sums: list[Counter[Any]] = []

    def add(self, one: Counter[Any]) -> None:
        if not any(below(one, other) for other in self.sums):
            self.sums = [other for other in self.sums if not below(other, one)]
            self.sums.append(one.copy())

    def sizes(self) -> list[Size]:
        return [from_terms(dict(one)) for one in self.sums]


def below(one: Counter[Any], other: Counter[Any]) -> bool:
    return all(factor <= other[atoms] for atoms, factor in one.items() if factor > 0) and all(
        factor >= 0 or one[atoms] <= factor for atoms, factor in other.items()
    )


def terms(size: Size) -> Iterable[tuple[Any, int]]:
    return size.terms if isinstance(size, Dim) else (((), size),)
