"""Bytes: of tensors, of what a pass keeps for the backward pass, and of what it needs at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..dims import Dim, Size
from ..shapes import TensorType
from ..tape import Storage, Tape, elements

ITEM = {"bool": 1, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8}
ITEM |= {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


def bytes_of(type: TensorType, dtype: str = "float32") -> Size:
    """The bytes of a tensor of a network whose parameters are of `dtype`: what is float32 in the file is of that."""
    actual = dtype if type.dtype == "float32" else type.dtype
    return elements(type.shape) * ITEM[actual]


def kept(tape: Tape) -> Iterator[tuple[int, Storage]]:
    """The storages that autograd keeps, each with the place that keeps it first. Parameters are not among them: they
    are there anyway. Inputs are."""
    seen: set[int] = set()
    for operator in tape.operators:
        for storage in operator.kept:
            if id(storage) not in seen and storage.owner != "parameter":
                seen.add(id(storage))
                yield operator.place, storage


def peak(tape: Tape, results: Iterable[Storage], dtype: str = "float32") -> tuple[Size, ...]:
    """The bytes of tensors that are there at once, at most: inputs from beginning to end, everything else from the
    operator that makes it to the last that reads it, results to the end. Several sizes: the largest of them, which it
    is depends on the free sizes. Parameters, and what a kernel needs for itself, are not counted.
    """
    last = {id(one): place for place, operator in enumerate(tape.operators) for one in (*operator.read, *operator.made)}
    last |= {id(one): len(tape.operators) for one in results}
    ends: dict[int, list[Size]] = {}
    highest = Highest()
    alive: Size = 0
    seen: set[int] = set()
    for place, operator in enumerate(tape.operators):
        for one in (*operator.read, *operator.made):
            if id(one) not in seen and one.owner != "parameter":
                seen.add(id(one))
                size = bytes_of(one.type, dtype)
                alive = alive + size
                if one.owner == "made":
                    ends.setdefault(last[id(one)], []).append(size)
        highest.add(alive)
        for size in ends.pop(place, ()):
            alive = alive - size
    return tuple(highest.sizes)


class Highest:
    """Sizes of which none is below another for all values of the free sizes."""

    def __init__(self) -> None:
        self.sizes: list[Size] = []

    def add(self, size: Size) -> None:
        if not any(below(size, other) for other in self.sizes):
            self.sizes = [other for other in self.sizes if not below(other, size)]
            self.sizes.append(size)


def below(one: Size, other: Size) -> bool:
    """Whether the first is at most the second, term by term; every symbol and every quotient is 0 at least."""
    if isinstance(one, int) and isinstance(other, int):
        return one <= other
    difference = other - one
    return all(factor >= 0 for _, factor in terms(difference))


def terms(size: Size) -> Iterator[tuple[object, int]]:
    return iter(size.terms) if isinstance(size, Dim) else iter([((), size)])
