"""Functions that pick elements: narrow, select, gather, topk, sort, the triangles and diagonals, one_hot, embedding."""

from __future__ import annotations

from ..dims import minimum
from ..shapes import BadArgument, Need, Size, TensorType, WrongDtype, WrongRank
from .base import ABSENT, Draws, Ints, Output, Tensor, Tensors, function
from .indexing import at_least_zero, require_within
from .reducing import gone_axes, require_elements
from .rules import axis, reduced, replaced, require_axis, require_float, require_rank, same

samples = Draws("samples_nn")


def require_index(index: TensorType, what: str, argument: str = "index") -> None:
    if index.dtype not in ("int32", "int64"):
        raise WrongDtype(f"{what} needs an index of int64 or int32, not {index.dtype}", argument)


@function("torch.narrow", draw=samples.for_narrow)
def narrow(need: Need, input: Tensor, dim: int, start: Size, length: Size) -> Output:
    """The `length` elements from `start` on along an axis."""
    require_axis(input, "narrow")
    place = axis(dim, input.rank)
    size = input.shape[place]
    first = start + size if isinstance(start, int) and start < 0 else start
    for low in (first, length):
        need.at_least(low, 0, f"narrow cannot take {length} elements from {start} on", "start", refusal=BadArgument)
    need.at_least(size, first + length, f"narrow takes {first} + {length} elements of {size}", "length")
    return replaced(input, place, length)


@function("torch.select")
def select(need: Need, input: Tensor, dim: int, index: Size) -> Output:
    """The slice at one index of an axis, without that axis."""
    require_axis(input, "select")
    place = axis(dim, input.rank)
    require_within(need, index, input.shape[place], place)
    return reduced(input, (place,), False)


@function("torch.index_select", draw=samples.for_index_select)
def index_select(need: Need, input: Tensor, dim: int, index: Tensor) -> Output:
    """The slices at the indices of a vector along an axis."""
    place = axis(dim, input.rank)
    require_index(index, "index_select")
    require_rank(index, (0, 1), "index_select", "index")
    count = index.shape[0] if index.rank else 1
    if not input.rank:
        need.equal(count, 1, f"a tensor of rank 0 has one element, not {count}", "index")
        return input
    if not same(count, 0):
        need.at_least(input.shape[place], 1, f"nothing can be picked from axis {place}, which is empty", "index")
    return replaced(input, place, count)


@function("torch.gather", draw=samples.for_gather)
def gather(need: Need, input: Tensor, dim: int, index: Tensor) -> Output:
    """The elements at the places that `index` names along an axis."""
    place = axis(dim, input.rank)
    require_index(index, "gather")
    if max(index.rank, 1) != max(input.rank, 1):
        raise WrongRank(f"gather needs an index of rank {input.rank}, not {index}", "index")
    for where, (have, asked) in enumerate(zip(input.shape, index.shape, strict=False)):
        if where != place:
            need.at_least(have, asked, f"at axis {where}, the index takes {asked} of {have} elements", "index")
    if input.rank and not any(same(size, 0) for size in index.shape):
        need.at_least(input.shape[place], 1, f"nothing can be picked from axis {place}, which is empty", "index")
    return TensorType(index.shape, input.dtype)


@function("torch.topk", draw=samples.for_topk)
def topk(need: Need, input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Output:
    """The `k` largest elements along an axis, and their indices."""
    place = axis(dim, input.rank)
    if input.dtype == "bool":
        raise WrongDtype("topk is not defined on truth values", "input")
    size = input.shape[place] if input.rank else 1
    if k < 0:
        raise BadArgument(f"topk cannot pick {k} elements", "k")
    need.at_least(size, k, f"topk picks {k} elements of {size}", "k")
    values = replaced(input, place, k) if input.rank else input
    return values, TensorType(values.shape, "int64")


@function("torch.sort")
def sort(need: Need, input: Tensor, dim: int = -1, descending: bool = False) -> Output:
    """The elements in order along an axis, and their indices."""
    axis(dim, input.rank)
    return input, TensorType(input.shape, "int64")


@function("torch.argsort")
def argsort(need: Need, input: Tensor, dim: int = -1, descending: bool = False) -> Output:
    """The indices that put the elements in order along an axis."""
    axis(dim, input.rank)
    return TensorType(input.shape, "int64")


def define_middle(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: int = -1, keepdim: bool = False) -> Output:
        place = axis(dim, input.rank)
        require_elements(input, (place,), name)
        values = reduced(input, (place,), keepdim)
        return values, TensorType(values.shape, "int64")


@function("torch.median")
def median(need: Need, input: Tensor, dim: int = ABSENT, keepdim: bool = ABSENT) -> Output:
    """The median of all elements (the lower of two); with `dim`, the medians along it and their indices."""
    if input.dtype == "bool":
        raise WrongDtype("median is not defined on truth values", "input")
    if dim is None:
        if keepdim is not None:
            raise BadArgument("median takes keepdim only together with dim", "keepdim")
        return input.with_shape()
    place = axis(dim, input.rank)
    require_elements(input, (place,), "median")
    values = reduced(input, (place,), bool(keepdim))
    return values, TensorType(values.shape, "int64")


@function("torch.diff")
def diff(need: Need, input: Tensor, n: int = 1, dim: int = -1) -> Output:
    """The differences of neighbours along an axis, taken `n` times."""
    require_axis(input, "diff")
    place = axis(dim, input.rank)
    if n < 0:
        raise BadArgument(f"diff cannot be taken {n} times", "n")
    return replaced(input, place, at_least_zero(input.shape[place] - n))


define_middle("mode", "The commonest elements along an axis, and their indices.")


def define_running_best(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: int) -> Output:
        axis(dim, input.rank)
        return input, TensorType(input.shape, "int64")


define_running_best("cummax", "The largest element so far along an axis, and its index.")
define_running_best("cummin", "The smallest element so far along an axis, and its index.")


@function("torch.count_nonzero")
def count_nonzero(need: Need, input: Tensor, dim: Ints | None = None) -> Output:
    """How many elements are not zero, over axes or over all of them."""
    return reduced(input, gone_axes(input, dim), False, "int64")


def define_triangle(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, diagonal: int = 0) -> Output:
        if input.rank < 2:
            raise WrongRank(f"{name} needs a matrix, or a batch of them, not {input}", "input")
        return input


define_triangle("tril", "The elements on and below a diagonal, zeros above.")
define_triangle("triu", "The elements on and above a diagonal, zeros below.")


@function("torch.diagonal", draw=samples.for_diagonal)
def diagonal(need: Need, input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Output:
    """A diagonal of the matrices that two axes span, as a last axis."""
    first, second = axis(dim1, input.rank, "dim1"), axis(dim2, input.rank, "dim2")
    if first == second:
        raise BadArgument(f"diagonal needs two axes, but {dim1} and {dim2} are one", "dim2")
    if input.rank < 2:
        raise WrongRank(f"diagonal needs a matrix at least, not {input}", "input")
    rows = input.shape[first] + min(offset, 0)
    columns = input.shape[second] - max(offset, 0)
    shape = reduced(input, (first, second), False).shape
    return input.with_shape(*shape, at_least_zero(shorter(rows, columns)))


def shorter(left: Size, right: Size) -> Size:
    return min(left, right) if isinstance(left, int) and isinstance(right, int) else minimum(left, right)


@function("torch.scatter", draw=samples.for_scatter)
def scatter(need: Need, input: Tensor, dim: int, index: Tensor, src: Tensor) -> Output:
    """The elements of `src` written over those at the places that `index` names along an axis."""
    return scattered(need, input, dim, index, src, "scatter")


@function("torch.scatter_add", draw=samples.for_scatter)
def scatter_add(need: Need, input: Tensor, dim: int, index: Tensor, src: Tensor) -> Output:
    """The elements of `src` added to those at the places that `index` names along an axis."""
    return scattered(need, input, dim, index, src, "scatter_add")


def scattered(need: Need, input: TensorType, dim: int, index: TensorType, src: TensorType, what: str) -> TensorType:
    place = axis(dim, input.rank)
    require_index(index, what)
    if src.dtype != input.dtype:
        raise WrongDtype(f"{what} needs one dtype, but src is {src.dtype}, the input {input.dtype}", "src")
    if not max(index.rank, 1) == max(input.rank, 1) == max(src.rank, 1):
        raise WrongRank(f"{what} needs input, index and src of one rank, not {input}, {index} and {src}", "index")
    if input.rank and not any(same(size, 0) for size in index.shape):
        need.at_least(
            input.shape[place], 1, f"there is no place to write to along axis {place}, which is empty", "index"
        )
    for where, asked in enumerate(index.shape):
        rooms = [src.shape[where : where + 1], input.shape[where : where + 1] if where != place else ()]
        for room in (size for sizes in rooms for size in sizes):
            need.at_least(room, asked, f"at axis {where}, the index takes {asked} of {room} elements", "index")
    return input


@function("nn.functional.one_hot", draw=samples.for_one_hot)
def one_hot(need: Need, tensor: Tensor, num_classes: int = -1) -> Output:
    """A new last axis with a one at the index, zeros elsewhere."""
    if tensor.dtype != "int64":
        raise WrongDtype(f"one_hot needs int64, not {tensor.dtype}", "tensor")
    if num_classes == -1:
        raise BadArgument("one_hot needs num_classes: its size would depend on the data", "num_classes")
    if num_classes < 1:
        raise BadArgument(f"one_hot needs a class at least, not {num_classes}", "num_classes")
    return tensor.with_shape(*tensor.shape, num_classes)


@function("nn.functional.embedding", draw=samples.for_embedding)
def embedding(
    need: Need,
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Output:
    """The rows of `weight` at the indices."""
    require_index(input, "embedding", "input")
    require_rank(weight, (2,), "embedding", "weight")
    rows, width = weight.shape
    if padding_idx is not None:
        require_within(need, padding_idx, rows, 0)
    if max_norm is not None:
        require_float(weight, "embedding with max_norm", "weight")
    return TensorType((*input.shape, width), weight.dtype)


@function("torch.meshgrid", draw=samples.for_meshgrid)
def meshgrid(need: Need, *tensors: Tensor, indexing: str | None = None) -> Output:
    """Of vectors, the grids of their coordinates; `indexing` is "ij" or "xy"."""
    if indexing not in ("ij", "xy"):
        raise BadArgument('meshgrid needs indexing="ij" or indexing="xy"', "indexing")
    for tensor in tensors:
        require_rank(tensor, (0, 1), "meshgrid", "tensors")
    return grids(tensors, indexing)


def grids(tensors: Tensors, indexing: str) -> Output:
    if len({tensor.dtype for tensor in tensors}) > 1:
        raise WrongDtype("meshgrid needs vectors of one dtype", "tensors")
    shape = [tensor.shape[0] if tensor.rank else 1 for tensor in tensors]
    if indexing == "xy" and len(shape) > 1:
        shape[:2] = shape[1], shape[0]
    return tuple(tensor.with_shape(*shape) for tensor in tensors)
