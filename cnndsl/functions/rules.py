"""What shape rules share: axes, broadcasting, torch's type promotion, and the types that operators give (`+ - * / //
% ** @`, the comparisons and the minus sign). Knows no function and no syntax.
"""

from __future__ import annotations

from math import inf

from ..dims import Dim, Real, maximum
from ..dims.calls import UNKNOWN
from ..lean import reduce
from ..problems import Help, advise
from ..shapes import (
    FLOATS,
    BadArgument,
    Need,
    NoOperand,
    NoResult,
    Size,
    TensorType,
    TooLarge,
    WrongDtype,
    WrongRank,
    shown,
)
from ..spelled import Spelled, of_both
from ..typed import Any, Iterable, Sequence

__all__ = [
    "as_float",
    "axes",
    "axis",
    "broadcast",
    "broadcast_shapes",
    "promote",
    "promote_dtypes",
    "reduced",
    "replaced",
    "require_dtype",
    "require_fits",
    "require_float",
    "require_holds",
    "require_rank",
    "same",
    "spread",
]

LONG = 30  # letters of a size that people compare with another one
ACROSS = "it multiplies the features of one tensor by the positions of the other"  # what TURNED helps with
HEADS = "heads stand in front of positions: `-> transpose(1, 2)`, as for the other one"
TURNED = "its last two axes change places by `transpose(k, -2, -1)`: `q @ transpose(k, -2, -1)`"
SIGNED = ("int8", "int16", "int32", "int64")
WIDTHS = ("float16", "bfloat16", "float32", "float64")
LARGEST: dict[str, float] = {"bool": 1, "uint8": 2**8 - 1, "int8": 2**7 - 1, "int16": 2**15 - 1, "int32": 2**31 - 1}
LARGEST |= {"int64": 2**63 - 1, "float16": (2 - 2**-10) * 2**15, "bfloat16": (2 - 2**-7) * 2.0**127}
LARGEST |= {"float32": (2 - 2**-23) * 2.0**127, "float64": (2 - 2**-52) * 2.0**1023}


def same(left: Size, right: Size) -> bool:
    """Two sizes known to be one: equal numbers, or the same expression."""
    return left is right or left == right


def is_plain(size: Size, number: int) -> bool:
    """Whether a size is this number whatever the arguments are: one that is spelled may be another in other uses."""
    return same(size, number) and not isinstance(size, Spelled)


def axis(dim: int, rank: int, argument: str | None = "dim") -> int:
    """An axis counted from the front. A tensor of rank 0 lets itself be addressed as one of rank 1, as in torch."""
    room = max(rank, 1)
    if not -room <= dim < room:
        raise BadArgument(
            f"axis {dim} does not exist: the tensor has rank {rank} (axes {-room} to {room - 1})", argument
        )
    return dim % room


def axes(dims: Iterable[int], rank: int, argument: str | None = "dim") -> tuple[int, ...]:
    """Axes counted from the front, each once."""
    dims = tuple(dims)
    found = tuple(axis(dim, rank, argument) for dim in dims)
    if len(set(found)) != len(found):
        raise BadArgument(f"an axis appears twice in {list(dims)}", argument)
    return found


def replaced(tensor: TensorType, where: int, size: Size) -> TensorType:
    """The tensor with one axis of another size."""
    return tensor.with_shape(*tensor.shape[:where], size, *tensor.shape[where + 1 :])


def reduced(tensor: TensorType, gone: Sequence[int], keepdim: bool, dtype: str | None = None) -> TensorType:
    """The tensor after a reduction over the axes `gone` (counted from the front)."""
    if keepdim:
        shape = tuple(1 if place in gone else size for place, size in enumerate(tensor.shape))
    else:
        shape = tuple(size for place, size in enumerate(tensor.shape) if place not in gone)
    return TensorType(shape, dtype or tensor.dtype)


def broadcast(need: Need, what: str, *tensors: TensorType) -> tuple[Size, ...]:
    """The shape that tensors have together."""
    return broadcast_shapes(need, what, *(tensor.shape for tensor in tensors))


def broadcast_shapes(need: Need, what: str, *shapes: tuple[Size, ...]) -> tuple[Size, ...]:
    return reduce(lambda left, right: broadcast_two(need, what, left, right), shapes)


def broadcast_two(need: Need, what: str, left: tuple[Size, ...], right: tuple[Size, ...]) -> tuple[Size, ...]:
    rank = max(len(left), len(right))
    wide = [(1,) * (rank - len(shape)) + shape for shape in (left, right)]
    return tuple(
        agreed(need, what, left, right, place - rank, a, b) for place, (a, b) in enumerate(zip(*wide, strict=True))
    )


def agreed(need: Need, what: str, left: Any, right: Any, place: int, a: Size, b: Size) -> Size:
    """The size two axes have together: equal, or one of them 1. Two sizes that may differ must be equal."""
    if isinstance(a, Spelled) and isinstance(b, Spelled) and a == b:
        if a == 1:
            return larger(a, b)
        if a.spellings[:1] != b.spellings[:1]:
            need.pairs.append((a, b))
        return of_both(a, b)
    if same(a, b) or same(a, 1) or same(b, 1):
        return b if same(a, 1) and (isinstance(b, Spelled) or not same(b, 1)) else a
    axis = place + len(left) if len(left) == len(right) else place

    def message() -> str:
        shown = f"{TensorType(left)} and {TensorType(right)}"
        return f"{what} cannot combine the shapes {shown}: at axis {axis}, {a} is not {b}"

    need.equal(a, b, message, None, lined_up(left, right) or alike(len(left), axis))
    return a if isinstance(a, int) or is_plainer(a, b) else b


def is_plainer(size: Dim, other: Size) -> bool:
    """Whether one of two sizes that must be equal says it more plainly: `T` beside `min(T, 64)`."""
    return isinstance(other, Dim) and size.linear() is not None and other.linear() is None


def lined_up(left: Any, right: Any) -> str | Help | None:
    """What brings axes beside one another that hold the same sizes in other places."""
    if len(left) == len(right):
        apart = [axis for axis, (a, b) in enumerate(zip(left, right, strict=True)) if not same(a, b)]
        first, last = apart[0], apart[-1]
        is_turned = len(apart) == 2 and same(left[first], right[last]) and same(left[last], right[first])
        return f"two axes have changed places: `-> transpose({first}, {last})`" if is_turned else None
    short, long = sorted((left, right), key=len)
    if short and all(map(same, short, long)):
        index = ", ".join([":"] * len(short) + ["None"] * (len(long) - len(short)))
        return advise("lined-up", shape=f"[{', '.join(map(str, short))}]", index=index)
    return None


def larger(a: Spelled, b: Spelled) -> Size:
    """A size that is 1 in both: where one of them is larger, the other is 1 or as large.

    Of sizes that much went into nobody could read which is larger; two ways that meet again make them equal.
    """
    if any(spelling in b.spellings for spelling in a.spellings):
        return Spelled(1, [spelling for spelling in a.spellings if spelling in b.spellings])
    ways = (*a.spellings[:1], *b.spellings[:1])
    if len(ways) < 2 or max(len(str(way)) for way in ways) > LONG:
        return a
    return Spelled(1, [size for size in [maximum(*ways)] if isinstance(size, Dim)])


def alike(rank: int, place: int) -> str | None:
    """What brings two tensors of maps to one size along an axis."""
    if rank < 4 or place < 1:
        return None
    if place == 1:
        return "a shortcut gets the channels (and the stride) of the long way by a convolution with a kernel of 1"
    return "both ways must come to one size: the same strides, and for a kernel of k (odd) the padding k // 2"


def promote_dtypes(left: str | None, right: str | None) -> str | None:
    """The dtype that holds both, None standing for no dtype at all."""
    if left is None or left == right or (left == "bool" and right is not None):
        return right
    if right is None or right == "bool":
        return left
    if (left in FLOATS) != (right in FLOATS):
        return left if left in FLOATS else right
    return wider_float(left, right) if left in FLOATS else wider_int(left, right)


def wider_float(left: str, right: str) -> str:
    if {left, right} == {"float16", "bfloat16"}:
        return "float32"
    return max(left, right, key=WIDTHS.index)


def wider_int(left: str, right: str) -> str:
    if "uint8" not in (left, right):
        return max(left, right, key=SIGNED.index)
    other = right if left == "uint8" else left
    return "int16" if other == "int8" else other


def scalar_dtype(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "float32" if isinstance(value, float) else "int64"


def promote(*operands: Any) -> str:
    """torch's result type: numbers and tensors of rank 0 matter only when they are of a higher kind."""
    found: dict[str, str | None] = {"tensor": None, "single": None, "number": None}
    for operand in operands:
        tensor = isinstance(operand, TensorType)
        kind = "number" if not tensor else "tensor" if operand.rank else "single"
        found[kind] = promote_dtypes(found[kind], operand.dtype if tensor else scalar_dtype(operand))
    result = outrank(found["tensor"], outrank(found["single"], found["number"]))
    assert result is not None
    return result


def outrank(higher: str | None, lower: str | None) -> str | None:
    if higher in FLOATS:
        return higher
    if higher in (None, "bool") or lower in FLOATS:
        return promote_dtypes(higher, lower)
    return higher


def as_float(dtype: str) -> str:
    """The dtype in which torch computes real functions of whole numbers."""
    return dtype if dtype in FLOATS else "float32"


def require_float(tensor: TensorType, what: str, argument: str | None = "input") -> None:
    if not tensor.is_float:
        raise WrongDtype(
            f"{what} needs floating-point numbers, but {argument or 'a tensor'} is {tensor.dtype}", argument
        )


def require_dtype(what: str, *tensors: TensorType) -> None:
    """Refuse tensors of different dtypes where torch does not promote."""
    if len({tensor.dtype for tensor in tensors}) > 1:
        raise WrongDtype(f"{what} needs one dtype, but gets {' and '.join(tensor.dtype for tensor in tensors)}")


def require_holds(dtype: str, value: Any, argument: str) -> None:
    """Refuse to write a number into a tensor whose dtype would silently make another number of it."""
    require_fits(dtype, value, argument)
    if dtype in FLOATS or not isinstance(value, (bool, int, float)):
        return
    if value != value or value != int(value) or (value < 0 and dtype in ("bool", "uint8")):
        raise WrongDtype(f"a tensor of {dtype} cannot hold {value}", argument)


def require_fits(dtype: str, value: Any, argument: str | None = None) -> None:
    """Refuse a number that is further from 0 than any of a dtype: torch does not make one of that dtype of it."""
    if not isinstance(value, (bool, int, float)) or value != value:
        return
    high = LARGEST[dtype]
    if (dtype in FLOATS and abs(value) == inf) or -high - (dtype in SIGNED) <= value <= high:
        return
    if dtype not in FLOATS:
        low = 0 if dtype in ("bool", "uint8") else -high - 1
        raise WrongDtype(f"a tensor of {dtype} cannot hold {value:.6g}: its numbers are {low} to {high}", argument)
    most = "65504" if dtype == "float16" else "3.4e38"
    sign, way = ("-", "below") if value < 0 else ("", "above")
    help = f'`float("{sign}inf")` is {way} all of them'
    raise TooLarge(f"{dtype} holds numbers up to {most}, and this is {value:.3g}", argument, help=help)


def require_axis(input: TensorType, what: str) -> None:
    if not input.rank:
        raise WrongRank(f"{what} needs an axis, but the tensor has none", "input")


def require_rank(tensor: TensorType, ranks: Sequence[int], what: str, argument: str | None = "input") -> None:
    if tensor.rank not in ranks:
        wanted = " or ".join(map(str, ranks))
        raise WrongRank(
            f"{what} needs a tensor of rank {wanted}, but {argument} is {tensor} (rank {tensor.rank})", argument
        )


COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/", "//", "%", "**")


def binary(need: Need, op: str, left: Any, right: Any) -> TensorType:
    """The type of `left op right`, at least one of them a tensor, the other a tensor or a number."""
    left, right = (UNKNOWN if side.__class__ is Real else side for side in (left, right))
    tensors = [side for side in (left, right) if isinstance(side, TensorType)]
    if op == "@":
        return product_of(need, left, right)
    if not tensors:
        raise TypeError(f"{op} on tensors needs a tensor")
    shape = broadcast(need, f"`{op}`", *tensors)
    return TensorType(shape, dtype_of(op, left, right))


def product_of(need: Need, left: Any, right: Any) -> TensorType:
    from .matrix import multiply

    for side in (left, right):
        if not isinstance(side, TensorType):
            raise NoOperand(f"`@` multiplies two tensors, but one side is {shown(side)}")
    return multiply(need, left, right, "`@`")


def dtype_of(op: str, left: Any, right: Any) -> str:
    """torch's dtype for an operation; refuses what torch does not define on truth values."""
    dtype = promote(left, right)
    if op in COMPARISONS:
        return "bool"
    if op not in ARITHMETIC:
        raise ValueError(f"no operator {op}")
    if op == "-" and (is_truth(left) or is_truth(right)):
        raise WrongDtype("`-` is not defined on truth values: use logical_not or logical_xor, or cast first")
    if op in ("//", "%", "**") and dtype == "bool" and not (op == "**" and isinstance(right, bool)):
        raise WrongDtype(f"`{op}` is not defined on truth values: cast first")
    if op in ("//", "%") and "int" in dtype and isinstance(right, int) and right == 0:
        raise NoResult(f"`{op}` divides whole numbers by 0")
    if op == "**" and "int" in dtype and isinstance(right, int) and right < 0:
        raise WrongDtype(f"whole numbers have no negative power: cast to a floating-point dtype before `** {right}`")
    if op == "**":
        require_fits(dtype, right)
    return as_float(dtype) if op == "/" else dtype


def is_truth(operand: Any) -> bool:
    return isinstance(operand, bool) or (isinstance(operand, TensorType) and operand.dtype == "bool")


def negative(need: Need, tensor: TensorType) -> TensorType:
    """The type of `-tensor`."""
    if tensor.dtype == "bool":
        raise WrongDtype("`-` is not defined on truth values: use logical_not, or cast first")
    return tensor


def spread(values: Any, axes: int, argument: str) -> tuple[Any, ...]:
    """A number for each axis: one for all of them, or a list of so many."""
    if not isinstance(values, tuple):
        return (values,) * axes
    if len(values) != axes:
        raise BadArgument(f"{argument} has {len(values)} number{'s' * (len(values) != 1)} for {axes} axes", argument)
    return tuple(values)
