"""Types of `x[…]`: torch's indexing by numbers, slices, None, Ellipsis, lists and tensors. Knows no syntax."""

from __future__ import annotations

from ..dims import Dim, at_least, ceil_div, maximum
from ..records import dataclass
from ..shapes import BadIndex, Need, Size, TensorType, WrongDtype, shown
from ..spelled import smaller
from ..typed import Any
from .base import is_size, is_whole
from .rules import broadcast_shapes, is_plain, same

INDEX_DTYPES = ("int32", "int64")
LARGE = 4096  # of a size
Shape = tuple[Size, ...]


@dataclass(frozen=True)
class Gathered:
    """An axis taken by an index tensor (or list) of this shape."""

    shape: Shape


def index(need: Need, tensor: TensorType, items: tuple[Any, ...]) -> TensorType:
    """The type of `tensor[items]`. Raises Misfit where torch refuses, and where the shape depends on the data."""
    result: list[Size | Gathered] = []
    axis = 0
    for item in spread(tensor, items):
        if item is None:
            result.append(1)
            continue
        result += taken(need, tensor.shape[axis], item, axis)
        axis += 1
    return tensor.with_shape(*assemble(need, result))


def free_bounds(item: Any) -> int:
    """How many bounds a slice has that hang on free sizes."""
    bounds = (item.start, item.stop) if isinstance(item, slice) else ()
    return sum(isinstance(bound, Dim) for bound in bounds)


def spread(tensor: TensorType, items: tuple[Any, ...]) -> list[Any]:
    """The items with Ellipsis, and the axes that none speaks of, written out as full slices."""
    refuse_strangers(items)
    used = sum(item is not None and item is not Ellipsis for item in items)
    dots = sum(item is Ellipsis for item in items)
    if dots > 1:
        raise BadIndex("an index may have one `...` only")
    if used > tensor.rank:
        raise BadIndex(f"too many indices: {used} for {tensor}, which has rank {tensor.rank}")
    full = [slice(None)] * (tensor.rank - used)
    place = next((place for place, item in enumerate(items) if item is Ellipsis), len(items))
    return [*items[:place], *full, *items[place + 1 :]]


def refuse_strangers(items: tuple[Any, ...]) -> None:
    """Refuse what is no index, and masks: how many elements they pick is known at run time only."""
    for item in items:
        if isinstance(item, TensorType):
            refuse_tensor(item)
        elif isinstance(item, list):
            refuse_list(item)
        elif not (item is None or item is Ellipsis or isinstance(item, slice) or is_size(item)):
            raise BadIndex(f"{shown(item)} is no index")


def refuse_tensor(item: TensorType) -> None:
    if item.dtype in ("bool", "uint8"):
        raise BadIndex(
            f"the size of what a mask ({item}) picks depends on the data: "
            "use `where` or `masked_fill`, or index with whole numbers"
        )
    if item.dtype not in INDEX_DTYPES and item.rank:
        message = f"an index tensor must be int64 or int32, not {item.dtype}"
        raise WrongDtype(message, help='whole numbers are had by a cast: `cast(i, "int64")`')


def refuse_list(item: list[Any]) -> None:
    if not all(map(is_whole, item)):
        raise BadIndex(f"a list that indexes must hold whole numbers, not {shown(item)}")


def taken(need: Need, size: Size, item: Any, axis: int) -> list[Size | Gathered]:
    """What an item leaves of an axis."""
    if isinstance(item, slice):
        return [slice_length(need, size, item.start, item.stop, item.step)]
    if isinstance(item, list):
        for number in item:
            require_within(need, number, size, axis)
        return [Gathered((len(item),))]
    if isinstance(item, TensorType):
        if not any(same(each, 0) for each in item.shape):
            need.at_least(size, 1, f"nothing can be picked from axis {axis}, which is empty")
        return [Gathered(item.shape)] if item.rank else []
    require_within(need, item, size, axis)
    return []


def require_within(need: Need, item: Size, size: Size, axis: int) -> None:
    """`-size <= item < size`."""
    message = f"index {item} is out of range for axis {axis} of size {size}"
    if isinstance(item, Dim):
        need.at_least(item + size, 0, message, refusal=BadIndex)
        need.at_least(size, item + 1, message, refusal=BadIndex)
    else:
        need.at_least(size, item + 1 if item >= 0 else -item, message, refusal=BadIndex)


def slice_length(need: Need, size: Size, start: Any, stop: Any, step: Any) -> Size:
    """How many elements `start:stop:step` takes of `size`."""
    for bound in (start, stop, step):
        if bound is not None and not is_size(bound):
            raise BadIndex(f"a slice needs whole numbers, not {shown(bound)}")
    step = 1 if step is None else step
    is_last = is_negative(start) or is_from_end(need, start)
    backwards = "torch turns an axis round by `flip`: `flip(x, [1])` does axis 1" if step == -1 else None
    message = f"the step of a slice must be at least 1, not {step}"
    need.that(at_least(step, 1), message, None, backwards, BadIndex)
    if stop is None and is_last:
        length = smaller(0 - start, size)
    else:
        to_end = is_negative(stop) or is_from_end(need, stop)
        first = 0 if start is None else from_front(need, start, size, is_last)
        last = size if stop is None else from_front(need, stop, size, to_end)
        if last is not size and not to_end:
            last = smaller(last, size)
        length = at_least_zero(last - first)
    return length if is_plain(step, 1) else ceil_div(length, step)


def from_front(need: Need, bound: Size, size: Size, from_end: bool) -> Size:
    """A bound of a slice, counted from the front: not below 0, and, where it is negative, not above the size."""
    if isinstance(bound, Dim) and not from_end:
        need.at_least(bound, 0, f"the bound {bound} of a slice must not be negative", refusal=BadIndex)
    return at_least_zero(size + bound) if from_end else bound


def is_from_end(need: Need, bound: Any) -> bool:
    """Whether a free bound is counted from the end, for it is below 0 where sizes are large: then it must always be."""
    if not isinstance(bound, Dim) or not is_negative(bound.subs(dict.fromkeys(bound.symbols, LARGE))):
        return False
    message = f"the bound {bound} of a slice must be below 0, where it is counted from the end"
    need.at_least(0 - bound, 1, message, refusal=BadIndex)
    return True


def is_negative(bound: Size | None) -> bool:
    return isinstance(bound, int) and bound < 0


def at_least_zero(size: Size) -> Size:
    """A number above 0 stays spelled as it is, for a class is not made where it is none."""
    return max(size, 0) if isinstance(size, int) else maximum(size, 0)


def assemble(need: Need, parts: list[Size | Gathered]) -> Shape:
    """The axes in order; those of index tensors together: in place if they are neighbours, else in front."""
    places = [place for place, part in enumerate(parts) if isinstance(part, Gathered)]
    if not places:
        return tuple(part for part in parts if not isinstance(part, Gathered))
    common = broadcast_shapes(need, "an index", *(part.shape for part in parts if isinstance(part, Gathered)))
    first, last = places[0], places[-1]
    before = tuple(part for part in parts[:first] if not isinstance(part, Gathered))
    after = tuple(part for part in parts[first:] if not isinstance(part, Gathered))
    if last - first + 1 == len(places):
        return (*before, *common, *after)
    return (*common, *before, *after)
