"""Functions that join tensors and that split one: cat, stack, chunk, split, unbind."""

from __future__ import annotations

from itertools import pairwise

from ..dims import ceil_div
from ..shapes import INTEGERS, BadArgument, FreeArgument, Message, Need, Size, TensorType, WrongRank
from .base import Draws, IntList, Output, SizeList, Tensor, Tensors, function
from .indexing import slice_length
from .rules import alike, axis, promote, replaced, require_axis, same

samples = Draws("samples")

MOST_PIECES = 10_000  # of one tensor


def total(sizes: list[Size]) -> Size:
    result = sizes[0]
    for size in sizes[1:]:
        result = result + size
    return result


def require_alike(need: Need, tensors: Tensors, what: str, skip: int | None = None) -> None:
    """The same rank, and the same sizes except along the axis `skip`."""
    first = tensors[0]
    for tensor in tensors[1:]:
        if tensor.rank != first.rank:
            message = f"{what} needs tensors of one rank, but gets {first} and {tensor}"
            raise WrongRank(message, "tensors", help=to_one_rank(first, tensor))
        for place, (a, b) in enumerate(zip(first.shape, tensor.shape, strict=True)):
            if place != skip and a is not b:
                along = f"to join along the channels, write `{what}(..., 1)`" if place == 1 and skip != 1 else None
                help = along or turned(first, tensor, place, skip) or alike(tensor.rank, place)
                need.equal(a, b, not_joined(what, first, tensor, place), "tensors", help)


def turned(first: TensorType, other: TensorType, place: int, skip: int | None) -> str | None:
    """`[N, 64, 16]` beside `[N, 1, 64]`: sequences whose features are not last."""
    if first.rank != 3 or place + (skip or 0) != 3:
        return None
    for tensor, wanted in ((other, first.shape[place]), (first, other.shape[place])):
        if same(tensor.shape[3 - place], wanted):
            return f"in {tensor} the features stand in axis {3 - place}: turn it by `-> transpose(1, 2)` before"
    return None


def not_joined(what: str, first: TensorType, other: TensorType, place: int) -> Message:
    sizes = first.shape[place], other.shape[place]
    return lambda: f"{what} cannot join {first} and {other}: at axis {place}, {sizes[0]} is not {sizes[1]}"


def to_one_rank(first: TensorType, second: TensorType) -> str | None:
    """What brings a map and a vector, or a sequence and a vector, together."""
    shorter, longer = sorted((first, second), key=lambda tensor: tensor.rank)
    if shorter.rank == 1 and shorter.dtype in INTEGERS and longer.rank == 2 and same(shorter.shape[0], longer.shape[0]):
        return "one number for each of the batch, as of its class, becomes a vector by `-> Embedding(classes, width)`"
    if (shorter.rank, longer.rank) == (2, 3) and same(longer.shape[0], 1) and same(longer.shape[1], shorter.shape[0]):
        return f"{longer} has layers first, as the states of a recurrent layer: `[-1]` behind it takes the last one"
    if min(first.rank, second.rank) == 2 and all(same(size, 1) for size in longer.shape[2:]):
        return f"`-> Flatten` makes [{longer.shape[0]}, {longer.shape[1]}] of {longer}"
    if min(first.rank, second.rank) == 2 and longer.rank > 3:
        ends = ", ".join(["None"] * (longer.rank - 2))
        sizes = ", ".join(map(str, longer.shape[2:]))
        return (
            "one row of numbers is made of maps by `-> flatten(1)`, or `-> mean([2, 3])`; a vector `v` is at each "
            f"place of the maps by `expand(v[:, :, {ends}], -1, -1, {sizes})`"
        )
    flat, width = min(first, second, key=lambda tensor: tensor.rank).shape[-1], longer.shape[-1]
    if longer.rank == 3 and isinstance(flat, int) and isinstance(width, int) and flat > width and flat % width == 0:
        return f"steps of {width} are made of maps by `-> flatten(2) -> transpose(1, 2)`; `Flatten` makes one row"
    return "take one step of the sequence, or its mean, before" if longer.rank == 3 else None


@function("torch.cat", draw=samples.for_join)
def cat(need: Need, tensors: Tensors, dim: int = 0) -> Output:
    """Tensors joined along an axis they have; all other sizes must be equal."""
    if not tensors:
        raise BadArgument("cat needs at least one tensor", "tensors")
    if any(tensor.rank == 0 for tensor in tensors):
        stack = "" if any(tensor.rank for tensor in tensors) else ": use stack"
        raise WrongRank(f"cat cannot join tensors of rank 0{stack}", "tensors")
    dtype = promote(*tensors)
    counted = tuple(tensor for tensor in tensors if tensor.shape != (0,)) or tensors[:1]
    place = axis(dim, counted[0].rank)
    require_alike(need, counted, "cat", place)
    joined = replaced(counted[0], place, total([tensor.shape[place] for tensor in counted]))
    return TensorType(joined.shape, dtype)


@function("torch.concat", draw=samples.for_join)
def concat(need: Need, tensors: Tensors, dim: int = 0) -> Output:
    """Another name of `cat`."""
    result: Output = cat.rule(need, tensors, dim)
    return result


@function("torch.stack", draw=samples.for_stack)
def stack(need: Need, tensors: Tensors, dim: int = 0) -> Output:
    """Tensors of one shape joined along a new axis."""
    if not tensors:
        raise BadArgument("stack needs at least one tensor", "tensors")
    place = axis(dim, tensors[0].rank + 1)
    require_alike(need, tensors, "stack")
    shape = tensors[0].shape
    return TensorType((*shape[:place], len(tensors), *shape[place:]), promote(*tensors))


def few(count: int, name: str, argument: str) -> int:
    """A number of pieces; raises BadArgument if nobody could hold so many."""
    if count > MOST_PIECES:
        raise BadArgument(f"{name} would make {count:,} pieces; at most {MOST_PIECES:,} are allowed", argument)
    return count


def pieces(input: TensorType, place: int, sizes: list[Size]) -> tuple[TensorType, ...]:
    return tuple(replaced(input, place, size) for size in sizes)


@function("torch.chunk")
def chunk(need: Need, input: Tensor, chunks: int, dim: int = 0) -> Output:
    """As many pieces of one size along an axis, the last perhaps smaller; fewer, if the size does not give so many."""
    require_axis(input, "chunk")
    place = axis(dim, input.rank)
    if chunks < 1:
        raise BadArgument(f"chunk needs at least one piece, not {chunks}", "chunks")
    size = input.shape[place]
    if isinstance(size, int):
        whole = -(-size // chunks)
        few(-(-size // whole) if whole else chunks, "chunk", "chunks")
        return pieces(input, place, parts_of(size, whole) if whole else [size] * chunks)
    each: Size = ceil_div(size, few(chunks, "chunk", "chunks"))
    last: Size = size - each * (chunks - 1)
    need.at_least(last, 1, f"{size} does not make {chunks} chunks of {each}", "chunks")
    return pieces(input, place, [each] * (chunks - 1) + [last])


def parts_of(size: int, each: int) -> list[Size]:
    """`size` in steps of `each`, what is left last: of other sizes that may be less than a step."""
    before = max(-(-int(size) // int(each)) - 1, 0)
    last: Size = size - each * before
    return [*[each] * before, last]


def of_free_count(tensor: TensorType, place: int, asked: Size, argument: str) -> FreeArgument:
    """The refusal of pieces that nobody can count, with what is most likely meant."""
    size, other = tensor.shape[place], None
    if isinstance(asked, int) and place == 0:  # `split(qkv, 64)`: along the batch, as torch has it
        other = next((n for n, one in enumerate(tensor.shape) if n and isinstance(one, int) and one > asked), None)
    if other is not None:
        help = f"it goes along axis 0 unless it says another: `dim={other}` is the one of {tensor.shape[other]}"
    else:
        by = f", {place}" if place else ""
        help = f"`chunk(x, 2{by})` gives two pieces, `split(x, [a, b]{by})` some of listed sizes"
    what = f"axis {place} of {tensor} has the size {size}"
    message = f"how many pieces split gives must be a number, but {what}, and a piece the size {asked}"
    return FreeArgument(message, argument, help=help)


@function("torch.split", draw=samples.for_split)
def split(need: Need, tensor: Tensor, split_size_or_sections: Size | SizeList, dim: int = 0) -> Output:
    """Pieces of one size along an axis, the last perhaps smaller; or pieces of the listed sizes."""
    require_axis(tensor, "split")
    place, asked, argument = axis(dim, tensor.rank), split_size_or_sections, "split_size_or_sections"
    size = tensor.shape[place]
    if isinstance(asked, tuple):
        return pieces(tensor, place, sections(need, size, asked, argument))
    if same(asked, size) and size:
        return (tensor,)
    if not isinstance(size, int) or not isinstance(asked, int):
        raise of_free_count(tensor, place, asked, argument)
    number, each = size, asked
    if each < 0 or (each == 0 and number):
        raise BadArgument(f"split cannot make pieces of {each}", argument)
    few(-(-number // each) if each else 1, "split", argument)
    return pieces(tensor, place, parts_of(number, each) if each else [0])


def sections(need: Need, size: Size, asked: tuple[Size, ...], argument: str) -> list[Size]:
    for part in asked:
        need.at_least(part, 0, f"a piece cannot have the size {part}", argument, refusal=BadArgument)
    written = " + ".join(map(str, asked)) or "0"
    whole = total([*asked]) if asked else 0
    need.equal(whole, size, f"the pieces {written} = {whole} do not make up the size {size}", argument)
    return list(asked)


@function("torch.unbind")
def unbind(need: Need, input: Tensor, dim: int = 0) -> Output:
    """The slices along an axis, without that axis."""
    require_axis(input, "unbind")
    place = axis(dim, input.rank)
    count = few(need.number(input.shape[place], "the number of pieces of unbind", "dim"), "unbind", "dim")
    return (input.with_shape(*input.shape[:place], *input.shape[place + 1 :]),) * count


@function("torch.tensor_split", draw=samples.for_tensor_split)
def tensor_split(need: Need, input: Tensor, indices_or_sections: int | IntList, dim: int = 0) -> Output:
    """As many pieces of nearly one size, or the pieces between the listed places."""
    require_axis(input, "tensor_split")
    place, size = axis(dim, input.rank), input.shape[axis(dim, input.rank)]
    if isinstance(indices_or_sections, tuple):
        bounds = (0, *indices_or_sections, None)
        found = [slice_length(need, size, low, high, None) for low, high in pairwise(bounds)]
        return pieces(input, place, found)
    count = few(indices_or_sections, "tensor_split", "indices_or_sections")
    if count < 1:
        raise BadArgument(f"tensor_split needs at least one piece, not {count}", "indices_or_sections")
    return pieces(input, place, [(size + (count - 1 - number)) // count for number in range(count)])
