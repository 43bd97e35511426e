"""Functions that arrange the elements of one tensor anew: reshape, permute, squeeze, expand, repeat and their kin."""

from __future__ import annotations

from ..dims import Dim, equal
from ..shapes import BadArgument, Need, Size, TensorType, WrongRank, product, quotient
from ..spelled import Spelled, are_written_alike
from .base import Draws, IntList, Ints, Output, SizeList, Tensor, function
from .rules import axes, axis, is_plain, replaced, same

samples = Draws("samples")

Shape = tuple[Size, ...]


def filled(need: Need, sizes: Shape, wanted: Shape, what: str, argument: str) -> Shape:
    """`wanted` with its -1 worked out, its product required to be that of `sizes`."""
    for size in wanted:
        if isinstance(size, int) and size < -1:
            raise BadArgument(f"{what} cannot make a size of {size}", argument)
    free = [place for place, size in enumerate(wanted) if same(size, -1)]
    if len(free) > 1:
        raise BadArgument(f"{what} can work out one -1 only, not {len(free)}", argument)
    known = tuple(size for size in wanted if not same(size, -1))
    have, asked = cancelled(sizes, known)
    total, stated = product(have), product(asked)
    shown = f"{what} cannot make {TensorType(wanted)} of {TensorType(sizes)}"
    if not free:
        need.equal(total, stated, f"{shown}: {product(sizes)} elements are not {product(known)}", argument)
        return wanted
    if same(stated, 0):
        raise BadArgument(f"{shown}: with a size of 0, -1 may be anything", argument)
    need.multiple(total, stated, f"{shown}: {product(sizes)} is no multiple of {product(known)}", argument)
    return (*wanted[: free[0]], total if is_plain(stated, 1) else quotient(total, asked), *wanted[free[0] + 1 :])


def cancelled(left: Shape, right: Shape) -> tuple[list[Size], list[Size]]:
    """Both lists of factors without those they share; zeros stay. Of free ones their product may be what they share."""
    kept, rest = [], list(left)
    for factor in right:
        place = next((place for place, other in enumerate(rest) if is_meant(factor, other)), None)
        if place is None or same(factor, 0):
            kept.append(factor)
        else:
            del rest[place]
    free = [factor for factor in kept if isinstance(factor, Dim)] if kept else []
    if free and same(product(free), product(factor for factor in rest if isinstance(factor, Dim))):
        return [size for size in rest if isinstance(size, int)], [size for size in kept if isinstance(size, int)]
    return rest, kept


def is_meant(left: Size, right: Size) -> bool:
    """Whether two sizes are one size: numbers that are equal by chance, but written in different ways, are two."""
    known = isinstance(left, Spelled), isinstance(right, Spelled)
    return same(left, right) and (not any(known) or are_written_alike(left, right))


@function("torch.flatten")
def flatten(need: Need, input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Output:
    """The axes `start_dim` to `end_dim` (inclusive) made one, of the product of their sizes."""
    start = axis(start_dim, input.rank, "start_dim")
    end = axis(end_dim, input.rank, "end_dim")
    if start > end:
        raise BadArgument(f"flatten cannot start at axis {start_dim} and end before it, at {end_dim}", "start_dim")
    if input.rank == 0:
        return input.with_shape(1)
    return input.with_shape(*input.shape[:start], product(input.shape[start : end + 1]), *input.shape[end + 1 :])


@function("torch.unflatten", draw=samples.for_unflatten)
def unflatten(need: Need, input: Tensor, dim: int, sizes: SizeList) -> Output:
    """One axis split into several; one of `sizes` may be -1."""
    place = axis(dim, input.rank)
    if not input.rank:
        raise WrongRank("unflatten needs an axis, but the tensor has none", "input")
    if not sizes:
        raise BadArgument("unflatten needs at least one size", "sizes")
    new = filled(need, (input.shape[place],), sizes, "unflatten", "sizes")
    return input.with_shape(*input.shape[:place], *new, *input.shape[place + 1 :])


@function(".reshape", draw=samples.for_reshape)
def reshape(need: Need, input: Tensor, *shape: Size) -> Output:
    """The same elements in another shape; one size may be -1, which is worked out."""
    return input.with_shape(*filled(need, input.shape, shape, "reshape", "shape"))


@function(".reshape", draw=samples.for_reshape)
def view(need: Need, input: Tensor, *shape: Size) -> Output:
    """The same elements in another shape; one size may be -1.

    Compiled to `.reshape`, which gives the same result and also takes a tensor that lies elsewhere in memory
    (after `permute`, say), where torch's `view` fails at run time.
    """
    return input.with_shape(*filled(need, input.shape, shape, "view", "shape"))


@function(".reshape_as", draw=samples.for_reshape_as)
def reshape_as(need: Need, input: Tensor, other: Tensor) -> Output:
    """The same elements in the shape of another tensor."""
    return input.with_shape(*filled(need, input.shape, other.shape, "reshape_as", "other"))


@function(".reshape_as", draw=samples.for_reshape_as)
def view_as(need: Need, input: Tensor, other: Tensor) -> Output:
    """Another name of `reshape_as`; see `view`."""
    return input.with_shape(*filled(need, input.shape, other.shape, "view_as", "other"))


@function(".permute", draw=samples.for_permute)
def permute(need: Need, input: Tensor, *dims: int) -> Output:
    """The axes in another order."""
    if len(dims) != input.rank:
        raise BadArgument(f"permute must name all {input.rank} axes of {input}, not {len(dims)}", "dims")
    return input.with_shape(*(input.shape[place] for place in axes(dims, input.rank, "dims")))


@function("torch.transpose")
def transpose(need: Need, input: Tensor, dim0: int, dim1: int) -> Output:
    """Two axes exchanged."""
    return exchanged(input, axis(dim0, input.rank, "dim0"), axis(dim1, input.rank, "dim1"))


@function("torch.swapaxes")
def swapaxes(need: Need, input: Tensor, axis0: int, axis1: int) -> Output:
    """Two axes exchanged."""
    return exchanged(input, axis(axis0, input.rank, "axis0"), axis(axis1, input.rank, "axis1"))


@function("torch.t")
def t(need: Need, input: Tensor) -> Output:
    """A matrix with rows and columns exchanged."""
    if input.rank > 2:
        raise WrongRank(f"t takes a matrix, but the tensor is {input}: use transpose", "input")
    return input.with_shape(*input.shape[::-1])


def exchanged(input: TensorType, first: int, second: int) -> TensorType:
    shape = list(input.shape)
    if shape:
        shape[first], shape[second] = shape[second], shape[first]
    return input.with_shape(*shape)


@function("torch.movedim", draw=samples.for_movedim)
def movedim(need: Need, input: Tensor, source: Ints, destination: Ints) -> Output:
    """Axes moved to other places; the others keep their order."""
    if len(source) != len(destination):
        raise BadArgument(f"movedim moves {len(source)} axes to {len(destination)} places", "destination")
    origin, goal = axes(source, input.rank, "source"), axes(destination, input.rank, "destination")
    if not input.rank:
        return input
    order = [place for place in range(input.rank) if place not in origin]
    for place, where in sorted(zip(goal, origin, strict=True)):
        order.insert(place, where)
    return input.with_shape(*(input.shape[place] for place in order))


@function("torch.squeeze")
def squeeze(need: Need, input: Tensor, dim: Ints | None = None) -> Output:
    """Without the axes of size 1, or without those of `dim` that have size 1."""
    dims = range(input.rank) if dim is None else axes(dim, input.rank)
    gone = [place for place in dims if place < input.rank and is_one(input, place, dim is None)]
    return input.with_shape(*(size for place, size in enumerate(input.shape) if place not in gone))


def is_one(input: TensorType, place: int, all_axes: bool) -> bool:
    """Whether an axis has size 1; refused where it has for some sizes only."""
    verdict = equal(input.shape[place], 1).decide()
    if verdict is None:
        size = input.shape[place]
        fix = "name the axes to drop" if all_axes else f"index it with [{':, ' * place}0] or leave it"
        ones = [axis for axis, other in enumerate(input.shape) if same(other, 1)]
        help = f"those of size 1 go by `squeeze({ones if ones[1:] else ones[0]})`" if all_axes and ones else None
        raise BadArgument(f"squeeze would drop axis {place} only if {size} is 1: {fix}", "dim", help=help)
    return verdict


@function("torch.unsqueeze")
def unsqueeze(need: Need, input: Tensor, dim: int) -> Output:
    """With a new axis of size 1 at `dim`."""
    place = axis(dim, input.rank + 1)
    return input.with_shape(*input.shape[:place], 1, *input.shape[place:])


@function(".expand", draw=samples.for_expand)
def expand(need: Need, input: Tensor, *size: Size) -> Output:
    """Axes of size 1 widened without a copy; -1 keeps a size, new axes come in front."""
    return input.with_shape(*expanded(need, input, size, "expand", "size"))


@function("torch.broadcast_to", draw=samples.for_expand)
def broadcast_to(need: Need, input: Tensor, size: SizeList) -> Output:
    """Axes of size 1 widened without a copy; -1 keeps a size, new axes come in front."""
    return input.with_shape(*expanded(need, input, size, "broadcast_to", "size"))


@function(".expand_as", draw=samples.for_expand_as)
def expand_as(need: Need, input: Tensor, other: Tensor) -> Output:
    """Axes of size 1 widened to another tensor's."""
    return input.with_shape(*expanded(need, input, other.shape, "expand_as", "other"))


def expanded(need: Need, input: TensorType, sizes: Shape, what: str, argument: str) -> Shape:
    new = len(sizes) - input.rank
    if new < 0:
        raise BadArgument(f"{what} needs a size for all {input.rank} axes of {input}, not {len(sizes)}", argument)
    return tuple(
        fresh(size, what, argument) if place < new else widened(need, input, place - new, size, what, argument)
        for place, size in enumerate(sizes)
    )


def fresh(size: Size, what: str, argument: str) -> Size:
    if isinstance(size, int) and size < 0:
        raise BadArgument(f"{what} cannot keep the size of a new axis: {size}", argument)
    return size


def widened(need: Need, input: TensorType, place: int, size: Size, what: str, argument: str) -> Size:
    own = input.shape[place]
    if same(size, -1) or same(size, own):
        return own
    if isinstance(size, int) and size < 0:
        raise BadArgument(f"{what} cannot make a size of {size}", argument)
    if not same(own, 1):
        need.equal(own, size, f"{what} cannot widen axis {place} of {input} from {own} to {size}", argument)
    return size


@function(".repeat", draw=samples.for_repeat)
def repeat(need: Need, input: Tensor, *repeats: Size) -> Output:
    """Copies side by side along every axis; new axes come in front."""
    return repeated(need, input, repeats, "repeats")


def repeated(need: Need, input: TensorType, repeats: Shape, argument: str) -> TensorType:
    new = len(repeats) - input.rank
    if new < 0:
        raise BadArgument(f"repeat needs a number for all {input.rank} axes of {input}, not {len(repeats)}", argument)
    for times in repeats:
        need.at_least(times, 0, f"a tensor cannot be repeated {times} times", argument, refusal=BadArgument)
    wide = (1,) * new + input.shape
    return input.with_shape(*(multiplied(size, times) for size, times in zip(wide, repeats, strict=True)))


def multiplied(size: Size, times: Size) -> Size:
    return times if is_plain(size, 1) else size if is_plain(times, 1) else size * times


@function("torch.tile", draw=samples.for_repeat)
def tile(need: Need, input: Tensor, dims: SizeList) -> Output:
    """Copies side by side along the last axes."""
    return repeated(need, input, (1,) * (input.rank - len(dims)) + tuple(dims), "dims")


@function("torch.repeat_interleave")
def repeat_interleave(need: Need, input: Tensor, repeats: Size, dim: int | None = None) -> Output:
    """Each element repeated in place along `dim`, or of the flattened tensor."""
    need.at_least(repeats, 0, f"a tensor cannot be repeated {repeats} times", "repeats", refusal=BadArgument)
    if dim is None:
        return input.with_shape(multiplied(product(input.shape), repeats))
    if not input.rank:
        raise WrongRank("the tensor has no axis: leave dim out", "dim")
    place = axis(dim, input.rank)
    return replaced(input, place, multiplied(input.shape[place], repeats))


@function("torch.roll", draw=samples.for_roll)
def roll(need: Need, input: Tensor, shifts: Ints, dims: Ints | None = None) -> Output:
    """Elements moved along axes, those that fall off coming in at the other end."""
    places = dims or ()
    if len(shifts) != (len(places) or 1):
        raise BadArgument(f"roll has {len(shifts)} shifts for {len(places) or 1} axes", "shifts")
    if places and not input.rank:
        raise WrongRank("the tensor has no axis to roll along", "dims")
    for place in places:
        axis(place, input.rank, "dims")
    return input


@function("torch.flip")
def flip(need: Need, input: Tensor, dims: IntList) -> Output:
    """The order of the elements turned round along axes."""
    axes(dims, input.rank, "dims")
    return input
