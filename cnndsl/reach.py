"""Which places of its input each place of an output is made from, along one axis: the receptive field.

Exact, by whole numbers: an interval for each place, told for one period (a transposed convolution treats places in
turn). All maps are monotone, so that one after the other takes the ends of intervals. Knows no layer and no tensor.
Borders are looked away from: fields are those of places far enough inside.
"""

from __future__ import annotations

from math import gcd, lcm

from .records import dataclass
from .typed import TYPE_CHECKING, Any, Callable, Iterable, Sequence

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True)
class Reach:
    """Place `i` is made from the places `lo … hi`, both included, of `pairs[i]`; `period` places on, `advance` on."""

    advance: int
    pairs: tuple[tuple[int, int], ...]

    @property
    def period(self) -> int:
        return len(self.pairs)

    def at(self, place: int) -> tuple[int, int]:
        turns, phase = divmod(place, self.period)
        low, high = self.pairs[phase]
        return low + turns * self.advance, high + turns * self.advance

    @property
    def size(self) -> int:
        """Of the largest field."""
        return max(high - low + 1 for low, high in self.pairs)

    @property
    def jump(self) -> Fraction:
        """How far the field moves from one place to the next: the effective stride."""
        from fractions import Fraction  # slow to import, and seldom needed

        return Fraction(self.advance, self.period)

    @property
    def centre(self) -> Fraction:
        """The middle of the field of the first place, in places of the input."""
        from fractions import Fraction

        return Fraction(sum(self.pairs[0]), 2)

    def before(self, later: Reach) -> Reach:
        """The reach of what `later` makes of what this one makes."""
        turns = self.period // gcd(self.period, later.advance)
        ends = [later.at(place) for place in range(later.period * turns)]
        pairs = tuple((self.at(low)[0], self.at(high)[1]) for low, high in ends)
        return Reach(self.jump_of(later.advance * turns), pairs)

    def jump_of(self, places: int) -> int:
        return self.advance * places // self.period

    def beside(self, other: Reach) -> Reach | None:
        """The reach of what is made from both, place by place; None if they move at different speeds."""
        if self.advance * other.period != other.advance * self.period:
            return None
        period = lcm(self.period, other.period)
        both = [(self.at(place), other.at(place)) for place in range(period)]
        pairs = tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in both)
        return Reach(self.jump_of(period), pairs)


POINT = Reach(1, ((0, 0),))
WHOLE, LOST = "whole", "lost"  # made from all places; from which is not known
Move = Callable[[int], Any]  # of an axis: WHOLE, LOST, or (its place in the output, Reach; None: it is part of that)


def sliding(kernel: int, stride: int, padding: int, dilation: int = 1) -> Reach:
    """Of a convolution or a pool."""
    return Reach(stride, ((-padding, dilation * (kernel - 1) - padding),))


def enlarging(kernel: int, stride: int, padding: int, dilation: int) -> Reach | None:
    """Of a transposed convolution; None if some places are made from nothing."""
    pairs = []
    for place in range(stride):
        tops = [place + padding - tap * dilation for tap in range(kernel)]
        sources = [top // stride for top in tops if top % stride == 0]
        if not sources:
            return None
        pairs.append((min(sources), max(sources)))
    return Reach(1, tuple(pairs))


def repeated(factor: int) -> Reach:
    """Of the nearest value, each `factor` times."""
    return Reach(1, ((0, 0),) * factor)


def interpolated(factor: int) -> Reach:
    """Of linear interpolation between the two nearest, corners not aligned."""
    sources = [divmod(2 * place + 1 - factor, 2 * factor) for place in range(factor)]
    return Reach(1, tuple((whole, whole + (rest != 0)) for whole, rest in sources))


def together(reaches: Iterable[Reach]) -> Reach | None:
    """The reach of what is made from all."""
    found: Reach | None = None
    for reach in reaches:
        found = reach if found is None else found.beside(reach)
        if found is None:
            return None
    return found


# How all axes of a tensor move


def standing(axis: int) -> Any:
    """Each place is made from itself."""
    return axis, POINT


def swallowed(axis: int) -> Any:
    return WHOLE


def unknown(axis: int) -> Any:
    return LOST


def along(rank: int, reaches: Sequence[Reach | None]) -> Move:
    """These reaches along the last axes; None where one is not known."""
    first = rank - len(reaches)
    return lambda axis: standing(axis) if axis < first else known(axis, reaches[axis - first])


def known(axis: int, reach: Reach | None) -> Any:
    return LOST if reach is None else (axis, reach)


def over(first: int) -> Move:
    """Everything from this axis on is mixed."""
    return lambda axis: WHOLE if axis >= first else standing(axis)


def flattened(start: int, end: int) -> Move:
    """The axes from start to end, both included, made one."""
    if start == end:
        return standing
    return lambda axis: (
        standing(axis) if axis < start else (start, None) if axis <= end else (axis - end + start, POINT)
    )


def turned(order: Sequence[int]) -> Move:
    return lambda axis: (order.index(axis), POINT)
