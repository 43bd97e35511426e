"""What is known of a tensor, and how a shape rule states what it needs. Knows no layer and no place in a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

from .dims import Condition, Size, at_least, divides, equal
from .records import dataclass, field
from .spelled import product

__all__ = ["Misfit", "Need", "Size", "TensorType", "product", "said"]

INTEGERS = frozenset({"uint8", "int8", "int16", "int32", "int64"})
FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})


@dataclass(frozen=True)
class TensorType:
    """A tensor's shape, batch included, and its dtype under torch's name."""

    shape: tuple[Size, ...]
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        return self.dtype in FLOATS

    def with_shape(self, *shape: Size) -> TensorType:
        return TensorType(shape, self.dtype)

    def __str__(self) -> str:
        sizes = ", ".join(str(size) for size in self.shape)
        return f"[{sizes}]" if self.dtype == "float32" else f"[{sizes}] {self.dtype}"


Message = Union[str, Callable[[], str]]  # put into words only where it is said: most never are


def said(message: Message) -> str:
    return message if isinstance(message, str) else message()


class Misfit(Exception):
    """Inputs or arguments that torch would refuse. `field` names the argument at fault, if it is one."""

    def __init__(self, message: str, field: str | None = None, free: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.free = free  # the free sizes that are in the way of a number


def nothing_left(axis: int, size: Size) -> Message:
    return lambda: f"nothing is left of axis {axis}, which has the size {size}"


@dataclass
class Need:
    """What shape rules ask of sizes: refused when never true, recorded when true for some sizes only.

    `conditions` collects the undecided ones, in order, each with the message that a violation deserves.
    """

    conditions: list[tuple[Condition, Message]] = field(default_factory=list)
    marked: int = 0  # of how many the place is known to whoever collects them

    def that(self, condition: Condition, message: Message, argument: str | None = None) -> None:
        """Require a condition; raises Misfit(message, argument) if no sizes can meet it."""
        verdict = condition.decide()
        if verdict is None:
            self.conditions.append((condition, message))
        elif not verdict:
            raise Misfit(said(message), argument)

    def equal(self, left: Size, right: Size, message: Message, argument: str | None = None) -> None:
        if left is not right and left != right:
            self.that(equal(left, right), message, argument)

    def at_least(self, size: Size, low: Size, message: Message, argument: str | None = None) -> None:
        self.that(at_least(size, low), message, argument)

    def multiple(self, size: Size, factor: Size, message: Message, argument: str | None = None) -> None:
        self.that(divides(factor, size), message, argument)

    def filled(self, kind: Any) -> Any:
        """The type of a result, nested as it is; each of its sizes must be at least 1, as all sizes are."""
        if isinstance(kind, tuple):
            return tuple(self.filled(part) for part in kind)
        for axis, size in enumerate(kind.shape if isinstance(kind, TensorType) else ()):
            if not isinstance(size, int):
                self.at_least(size, 1, nothing_left(axis, size))
            elif size < 1:
                raise Misfit(said(nothing_left(axis, size)))
        return kind

    def number(self, size: Size, what: str, argument: str | None = None) -> int:
        """A size that must be a plain number, for example `in_features`."""
        if isinstance(size, int):
            return size
        free = tuple(sorted(size.symbols))
        raise Misfit(f"{what} must be a number, but it is {size}", argument, free)
