"""How tensors lie in memory: strides, and which new shapes are views. The rules are those of torch's
`aten/src/ATen/TensorUtils.cpp` (computeStride) and of its TensorIterator.
"""

from __future__ import annotations

from ..dims import Dim
from ..lean import cache
from ..shapes import Size

Strides = tuple[Size, ...]
SAMPLE = 1_009  # strides are put in order as they are when every free size has this value


@cache
def packed(shape: tuple[Size, ...]) -> Strides:
    """The strides of a tensor that lies in the order of its axes, without gaps."""
    found: list[Size] = []
    step: Size = 1
    for size in reversed(shape):
        found.append(step)
        step = step * size
    return tuple(reversed(found))


def is_packed(shape: tuple[Size, ...], strides: Strides) -> bool:
    """Whether strides are the packed ones, where it matters: an axis of one element may have any."""
    ideal = packed(shape)
    if strides is ideal or strides == ideal:
        return True
    step: Size = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1:
            if stride != step:
                return False
            step = step * size
    return True


def order(shape: tuple[Size, ...], strides: Strides) -> list[int]:
    """The axes from the outermost in memory to the innermost."""
    return sorted(range(len(shape)), key=lambda axis: (-at_sample(strides[axis]), axis))


def at_sample(size: Size) -> int:
    return size.at(dict.fromkeys(size.symbols, SAMPLE)) if isinstance(size, Dim) else size


@cache
def dense_like(shape: tuple[Size, ...], strides: Strides) -> Strides:
    """The strides of a new tensor of this shape whose axes lie in the same order: as TensorIterator allocates."""
    if is_packed(shape, strides) or any(stride == 0 for stride in strides):
        return packed(shape)
    found: list[Size] = [1] * len(shape)
    step: Size = 1
    for axis in reversed(order(shape, strides)):
        found[axis] = step
        step = step * shape[axis]
    return tuple(found)


def channels_last(shape: tuple[Size, ...]) -> Strides:
    """The strides of images or volumes whose channels lie together."""
    inner = packed((shape[0], *shape[2:], shape[1]))
    return (inner[0], inner[-1], *inner[1:-1])


def is_channels_last(shape: tuple[Size, ...], strides: Strides) -> bool:
    return len(shape) in (4, 5) and not is_packed(shape, strides) and strides == channels_last(shape)


@cache
def viewed(shape: tuple[Size, ...], strides: Strides, new: tuple[Size, ...]) -> Strides | None:
    """The strides of the same memory seen in another shape; None if torch has to copy."""
    if is_packed(shape, strides):
        return packed(new)
    found: list[Size] = []
    left = list(new)
    for count, base in chunks(shape, strides):
        taken: Size = 1
        while left and (taken != count or left[-1] == 1):
            found.append(base * taken)
            taken = taken * left.pop()
        if taken != count:
            return None
    return None if left else tuple(reversed(found))


def chunks(shape: tuple[Size, ...], strides: Strides) -> list[tuple[Size, Size]]:
    """Runs of axes that lie as one, from the last axis on: their number of elements and innermost stride."""
    found: list[tuple[Size, Size]] = []
    count: Size = 1
    base = strides[-1] if strides else 1
    for axis in reversed(range(len(shape))):
        count = count * shape[axis]
        if axis == 0 or (shape[axis - 1] != 1 and strides[axis - 1] != count * base):
            found.append((count, base))
            count, base = 1, strides[axis - 1]
    return found
