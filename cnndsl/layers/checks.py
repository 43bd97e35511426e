"""What torch asks of arguments: types, lengths, ranges; and shape rules over spatial axes as people read them.

Knows no layer; a refusal is a Misfit that names the field.
"""

from __future__ import annotations

import math

from ..dims import Condition, Dim, at_least, ceil_div, minimum
from ..lean import lru_cache
from ..shapes import (
    FLOATS,
    INTEGERS,
    BadArgument,
    FreeArgument,
    Indivisible,
    Message,
    Need,
    Size,
    TensorType,
    TooLarge,
    TooSmall,
    WrongRank,
    shown,
)
from ..typed import Any, Callable, Sequence

SAME = "convolutions alone take words; `ceil_mode=True` lets the last window of a pooling hang over"
LETTERS = {1: "L", 2: "HW", 3: "DHW"}
WINDOWS = "floor(({size} + 2*padding - dilation*(kernel_size - 1) - 1) / stride) + 1"
AVERAGED = "floor(({size} + 2*padding - kernel_size) / stride) + 1"
UNPADDED = "floor(({size} - kernel_size) / stride) + 1"
ENLARGED = "({size} - 1)*stride - 2*padding + dilation*(kernel_size - 1) + output_padding + 1"


def spatial(dimensions: int, rule: str, channels: str = "C") -> str:
    """`[N, C, H, W] -> [N, channels, H', W'] with H' = rule`; the other axes follow the same rule."""
    axes = LETTERS[dimensions]
    size = "H" if dimensions > 1 else "L"
    before, after = ", ".join(axes), ", ".join(f"{axis}'" for axis in axes)
    return f"[N, C, {before}] -> [N, {channels}, {after}] with {size}' = {rule.format(size=size)}"


AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
EVERY = FLOATS | INTEGERS | {"bool"}
FLOAT32 = frozenset({"float32"})  # what weights are made of
MOST_COPIES = 10_000
MANY = 720_720  # stands for a size that is not known: a multiple of every number up to 16
MOST_TOLD = 24  # divisors of a number
EXACT = 65_536  # up to this size a scale factor is compared with torch's own rounding


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def whole(value: Any, field: str, low: int | None = None) -> int:
    """An integer argument, not below `low`."""
    if value.__class__ is int and (low is None or value >= low):  # as most are
        return int_of(value)
    if not is_whole(value):
        help = SAME if field == "padding" and value == "same" else to_whole(value)
        raise BadArgument(f"{field} must be an integer, not {shown(value)}", field, help=help)
    if low is not None and value < low:
        raise BadArgument(f"{field} must be at least {low}, but it is {value}", field)
    return int_of(value)


def to_whole(value: Any) -> str | None:
    """How to come to an integer from what was written."""
    if isinstance(value, float) and value.is_integer():
        return f"write {int(value)}, or what gives an integer: `a // b`, or `int(...)` around it"
    if isinstance(value, float):
        return "fractions stay fractions, as in Python; `a // b`, or `int(...)` around it, gives an integer"
    if isinstance(value, Dim):
        return f"{value} is free, and a layer's arguments are numbers; functions, like `interpolate`, take free sizes"
    sizes = value.split("x") if isinstance(value, str) else []
    if len(sizes) > 1 and all(map(str.isdigit, sizes)):
        return f"a window of {len(sizes)} sizes is `({', '.join(sizes)})`"
    return "write it without quotes" if isinstance(value, str) and value.isdigit() else None


def int_of(value: int) -> int:
    """The value itself, for the type checker; int() would lose a Spelled's memory."""
    return value


def wholes(value: Any, count: int, field: str, low: int | None = None, *, short: bool = True) -> tuple[int, ...]:
    """An integer for each of `count` axes, as torch spreads one over all; `short`: also from a list of one."""
    if value.__class__ is int and (low is None or value >= low):  # as most are
        return (value,) * count
    given = tuple(value) if isinstance(value, (list, tuple)) else (value,) * count
    if len(given) == 1 and short:
        given *= count
    if len(given) != count:
        alike = given[:1] * count if given and len({*map(str, given)}) == 1 else None
        help = f"one for each of its {count} axes is `{field}={alike}`" if alike and count > 1 else None
        raise BadArgument(f"{field} must be an integer or {count} of them, not {shown(value)}", field, help=help)
    return tuple(whole(one, field, low) for one in given)


def number(value: Any, field: str) -> float:
    if not isinstance(value, (int, float)):
        help = "write it without quotes" if isinstance(value, str) and value.replace(".", "", 1).isdigit() else None
        raise BadArgument(f"{field} must be a number, not {shown(value)}", field, help=help)
    return value


def epsilon(value: Any) -> None:
    """A small number; `BatchNorm2d(64)`, as torch has it, must not pass for `eps=64`."""
    if number(value, "eps") >= 1:
        raise BadArgument(f"eps must be a small number, not {value}", "eps")


def probability(value: Any, field: str = "p") -> None:
    if not 0 <= number(value, field) <= 1:
        is_percent = 1 < value <= 100 and value == int(value) and (value < 8 or value % 5 == 0)  # 64 is no rate
        help = f"{value:g} % is {value / 100:g}" if is_percent else None
        raise BadArgument(f"{field} must lie between 0 and 1, but it is {value}", field, help=help)


def copies(value: Any, field: str) -> int:
    """How many layers to stack: at least one, and no more than a machine holds."""
    if whole(value, field, 1) > MOST_COPIES:
        raise BadArgument(f"{field} must be at most {MOST_COPIES}, but it is {value}", field)
    return int_of(value)


class NotOneOf(BadArgument):
    """A value that is none of those that an argument can have."""

    def __init__(self, message: str, field: str | None, choices: Sequence[str] = (), *, help: object = None) -> None:
        super().__init__(message, field, help=help)
        self.choices = choices


def one_of(value: Any, choices: Sequence[str], field: str) -> None:
    if value not in choices:
        word = str(getattr(getattr(value, "layer", None), "__name__", value)).lower()  # `activation=GELU`
        meant = word if word in choices else None
        help = f"write {meant!r}" if meant else near(value, choices)
        message = f"{field} must be one of {', '.join(map(repr, choices))}, not {shown(value)}"
        raise NotOneOf(message, field, choices, help=help)


def near(value: Any, choices: Sequence[str]) -> str | None:
    """`"bilnear"`: what is meant, where that is one letter or two away."""
    from difflib import get_close_matches

    if not isinstance(value, str):
        return None
    far = get_close_matches(value, choices, 2, 0.7)
    found = get_close_matches(value, choices, 1, 0.85) or (far if len(far) == 1 else [])
    return f"did you mean {found[0]!r}?" if found else None


def absent(value: Any, field: str) -> None:
    """For arguments that take what no .cnn file can hold."""
    if value is not None:
        raise BadArgument(f"{field} takes a Python object, which a .cnn file cannot hold", field)


def divisible(value: int, factor: int, what: str, field: str, other: int = 0) -> None:
    """`value` is a multiple of `factor`. What is advised divides another size, too."""
    if rest := int(value) % int(factor):
        other = int(other) if int(other) % MANY else 0
        common = math.gcd(int(value), other)
        found = [str(number) for number in range(1, min(common, MOST_COPIES) + 1) if common % number == 0]
        help = f"{value} is a multiple of {listed(found)}" if 1 < len(found) <= MOST_TOLD else None
        if common != value:
            help = f"{value} and {other} are multiples of {listed(found)}" if len(found) <= MOST_TOLD else None
            help = f"only 1 divides both {value} and {other}" if common == 1 else help
        raise Indivisible(f"{what} must be a multiple of {field}, but {value} % {factor} = {rest}", field, help=help)


def listed(numbers: list[str]) -> str:
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}"


def axis_of(dim: Any, rank: int, field: str = "dim") -> int:
    """The axis that `dim` means, counted from 0."""
    span = max(rank, 1)
    if not -span <= whole(dim, field) < span:
        raise BadArgument(
            f"{field} must lie between {-span} and {span - 1} for {rank} dimensions, but it is {dim}", field
        )
    return int(dim) % span


def positive(
    need: Need, size: Size, message: Callable[[], str], field: str | None = None, help: str | None = None
) -> Size:
    """A size that must be at least 1."""
    need.that(at_least(size, 1), message, field, help, TooSmall)
    return size


def windows(need: Need, size: Size, axis: str, k: int, s: int, p: int, d: int, *, ceil: bool = False) -> Size:
    """How many windows of kernel `k` fit along an axis; with `ceil`, one more may hang over the end."""
    if max(k, s, p, d) >= 2**31:
        raise TooLarge(
            "torch keeps kernels, strides, padding and dilation in 32 bits", "stride" if s >= 2**31 else None
        )
    count, enough = (count_of if isinstance(size, int) else free_count)(size, k, s, p, d, ceil)
    rounding = "ceil" if ceil else "floor"

    def arithmetic() -> str:
        return f"{rounding}(({size} + 2*{p} - {d}*({k}-1) - 1)/{s}) + 1 = {count}"

    need.worked_out(axis, arithmetic)
    help = "use a smaller kernel or more padding, or shrink the maps less before"
    message = lambda: f"kernel of {k} does not fit the padded {axis}: {arithmetic()}"  # noqa: E731
    need.that(enough, message, "kernel_size", help, TooSmall)
    return count


def count_of(size: Size, k: int, s: int, p: int, d: int, ceil: bool) -> tuple[Size, Condition]:
    """How many windows there are, and that there are some."""
    span = size + 2 * p - d * (k - 1) - 1
    count = span // s + 1
    if ceil:
        count = minimum(ceil_div(span, s) + 1, (size + (p - 1)) // s + 1)
    return count, at_least(count, 1)


free_count = lru_cache(maxsize=4096)(count_of)  # of free sizes, which forget how numbers are spelled


def scaled(size: Size, factor: float, field: str = "scale_factor") -> Size:
    """floor(size * factor), as torch rounds it; a whole factor keeps the author's spelling."""
    if abs(factor) > 2**32 or not math.isfinite(factor) or (isinstance(size, int) and size > 2**62):
        raise TooLarge(f"{size} times {field} {factor} is too large", field)
    if isinstance(factor, int):
        return size * factor
    if isinstance(size, int):
        return math.floor(float(size) * factor)
    from fractions import Fraction  # seldom needed, and slow to import

    exact = Fraction(factor)
    if exact.denominator > EXACT:
        exact = Fraction(factor).limit_denominator(1000)
        top, bottom = exact.numerator, exact.denominator
        if any(math.floor(n * factor) != n * top // bottom for n in range(1, EXACT)):
            raise FreeArgument(
                f"{field} {factor} rounds differently from any simple fraction; the size must be a number", field
            )
    return size * exact.numerator // exact.denominator


def check_borders(need: Need, mode: str, sizes: Any, before: Any, after: Any) -> None:
    """What reflecting and wrapping ask of the size along each axis."""
    if mode not in ("reflect", "circular"):
        return
    for size, first, last in zip(sizes, before, after, strict=True):
        low = max(first, last) + 1 if mode == "reflect" else max(first - min(last, 0), last - min(first, 0))
        message = f"{mode} padding of {first} and {last} needs a size of at least {low}, but it is {size}"
        need.at_least(size, low, message, "padding")


def agree(need: Need, given: Any, wanted: Sequence[Size], what: str, help: str | None = None) -> None:
    """A tensor must have this shape."""

    def message() -> str:
        return f"{what} must have the shape [{', '.join(map(str, wanted))}], not {given}"

    if not isinstance(given, TensorType) or given.rank != len(wanted):
        raise WrongRank(message())
    for actual, size in zip(given.shape, wanted, strict=True):
        need.equal(actual, size, message, help=help)


def broadcast(need: Need, left: Sequence[Size], right: Sequence[Size]) -> tuple[Size, ...]:
    """The shape that two shapes take together, aligned at the end."""
    rank = max(len(left), len(right))
    ours, theirs = ((1,) * (rank - len(one)) + tuple(one) for one in (left, right))

    def message() -> str:
        return f"[{', '.join(map(str, left))}] and [{', '.join(map(str, right))}] do not broadcast"

    return tuple(joined(need, *pair, message) for pair in zip(ours, theirs, strict=True))


def joined(need: Need, left: Size, right: Size, message: Message) -> Size:
    if isinstance(left, int) and left == 1:
        return right
    if not isinstance(right, int) or right != 1:
        need.equal(left, right, message)
    return left


def more_channels(channels: Size, square: int) -> str | None:
    """Help with fewer channels than a shuffle makes one of: `Conv2d(3, 3) -> PixelShuffle(2)` is to give three."""
    if not isinstance(channels, int) or channels > square:
        return None
    return f"to give {channels} channels it takes {channels} * {square} = {channels * square}"
