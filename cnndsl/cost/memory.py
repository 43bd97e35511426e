"""Bytes: of tensors, of what a pass keeps for the backward pass, and of what it needs at most."""

from __future__ import annotations

from _operator import add, le

from ..dims import Dim, Size
from ..dims.algebra import from_terms
from ..graph import Type
from ..lean import cache, reduce
from ..shapes import TensorType, elements, tensors
from ..tape import Operator, Storage, Tape
from ..typed import Any, Callable, Iterable, Iterator

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
    found: dict[int | None, list[Size]] = {}
    size = Sizes(dtype)
    for place, storage in kept(tape):
        found.setdefault(place, []).append(size(storage.type))
    add = Sums()
    return {place: sizes[0] if len(sizes) == 1 else add(sizes) for place, sizes in found.items()}


def kept(tape: Tape) -> Iterator[tuple[int, Storage]]:
    """The storages that autograd keeps, each with the place that keeps it first. Parameters are not among them: they
    are there anyway. Inputs are."""
    seen: set[int] = set()
    for operator in tape.operators:
        for storage in operator.kept:
            if id(storage) not in seen and storage.owner != "parameter":
                seen.add(id(storage))
                yield operator.place, storage


def total(sizes: Iterable[Size | None]) -> Size:
    """The sum of sizes, but for those that are not known; one sum of terms, for there may be many, and often one size
    is there many times."""
    number, times = 0, dict[int, list[Any]]()
    for size in sizes:
        if isinstance(size, Dim):
            times.setdefault(id(size), [size, 0])[1] += 1
        else:
            number += size or 0
    found: dict[Any, int] = {(): number} if number else {}
    for size, count in times.values():
        for atoms, factor in size.terms:
            found[atoms] = found.get(atoms, 0) + factor * count
    return from_terms(found) if times else number


class Sums:
    """Sums of sizes; what is added of the same objects, as blocks repeat, is added once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, ...], tuple[Size, Any]] = {}

    def __call__(self, sizes: list[Any]) -> Size:
        key = tuple(map(id, sizes))
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = (total(sizes), sizes)  # which are kept alive
        return found[0]


class Sizes:
    """The bytes of types; one that many calls share is looked at once."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.known: dict[int, tuple[TensorType, Size]] = {}

    def __call__(self, type: TensorType) -> Size:
        found = self.known.get(id(type))
        if found is None:
            found = self.known[id(type)] = (type, bytes_of(type, self.dtype))
        return found[1]

    def inside(self, kind: Type) -> Size:
        """Of all tensors of a nested type."""
        return self(kind) if isinstance(kind, TensorType) else bytes_in(kind, self.dtype)


def terms(size: Size) -> Iterable[tuple[Any, int]]:
    return size.terms if isinstance(size, Dim) else (((), size),)


# What a pass holds at once

Sum = list[int]  # the factor of each term


class Terms:
    """Sizes as lists of factors, each term with a place of its own: many sums are made, and compared."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.places: dict[Any, int] = {}
        self.known: dict[int, tuple[TensorType, list[tuple[int, int]]]] = {}

    def of(self, size: Size) -> list[tuple[int, int]]:
        return [(self.places.setdefault(atoms, len(self.places)), factor) for atoms, factor in terms(size)]

    def of_type(self, type: TensorType) -> list[tuple[int, int]]:
        """The bytes of a type; one that many calls share is looked at once."""
        found = self.known.get(id(type))
        if found is None:
            found = self.known[id(type)] = (type, self.of(bytes_of(type, self.dtype)))
        return found[1]

    def size(self, one: Sum) -> Size:
        return from_terms({atoms: factor for atoms, factor in zip(self.places, one, strict=False) if factor})


def peak(tape: Tape, results: Iterable[Storage], dtype: str, met: Callable[[Size], Size]) -> tuple[Size, ...]:
    """Inputs are there from beginning to end, everything else from the operator that makes it to the last that reads
    it, results to the end. Several sizes: the largest of them, which it is depends on the free sizes; `met` simplifies
    them. Parameters, and what a kernel needs for itself, are not counted.
    """
    known = Terms(dtype)
    last = lives(tape.operators, results)
    highest: list[Sum] = []
    alive: Sum = []
    seen: set[int] = set()
    ends: dict[int, list[Storage]] = {}
    grown = False  # since something was given back
    for place, operator in enumerate(tape.operators):
        for one in (*operator.read, *operator.made):
            key, owner = id(one), one.owner
            if key not in seen and owner != "parameter":
                seen.add(key)
                grown = True
                change(alive, known.of_type(one.type), 1)
                if owner == "made":
                    ends.setdefault(last[key], []).append(one)
        if grown and place in ends:
            highest, grown = added(highest, alive), False
        for one in ends.pop(place, ()):
            change(alive, known.of_type(one.type), -1)
    highest = added(highest, alive) if grown else highest
    return simplest([met(known.size(one)) for one in highest])


def lives(operators: Iterable[Operator], results: Iterable[Storage]) -> dict[int, int]:
    """The last operator that needs each storage; past the end for what is given back."""
    numbered = list(enumerate(operators))
    last = {id(one): place for place, operator in numbered for one in (*operator.read, *operator.made)}
    return last | {id(one): len(numbered) for one in results}


def change(total: Sum, size: list[tuple[int, int]], sign: int) -> None:
    """Adds a size to a sum, term by term."""
    for place, factor in size:
        while place >= len(total):
            total.append(0)
        total[place] += sign * factor


def added(highest: list[Sum], one: Sum) -> list[Sum]:
    """Those of which none is below another for all values of the free sizes; first those with the largest factors."""
    if highest and below(one, highest[0]):  # as mostly
        return highest
    size = sum(one)
    larger = [other for other in highest if sum(other) >= size]
    if any(below(one, other) for other in larger):
        return highest
    return [*larger, one.copy(), *(other for other in highest[len(larger) :] if not below(other, one))]


def below(one: Sum, other: Sum) -> bool:
    """Term by term, for every symbol and every quotient is 0 at least."""
    short = len(one) - len(other)
    if not short:
        return all(map(le, one, other))
    return all(a <= b for a, b in zip(one, other, strict=False)) and (
        all(a <= 0 for a in one[len(other) :]) if short > 0 else all(b >= 0 for b in other[len(one) :])
    )


def simplest(sizes: list[Size]) -> tuple[Size, ...]:
    """The same once more, for sizes that have been simplified."""
    known = Terms("")
    found: list[Sum] = []
    for size in sizes:
        one: Sum = []
        change(one, known.of(size), 1)
        found = added(found, one)
    return tuple(known.size(one) for one in found)
