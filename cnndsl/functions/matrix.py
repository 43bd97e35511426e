"""Products of matrices: matmul and its kin, linear, bilinear, einsum, attention."""

from __future__ import annotations

from ..shapes import BadArgument, Need, Size, SizeDiffers, TensorType, WrongDtype, WrongRank
from . import samples, samples_nn
from .base import Output, Tensor, function
from .rules import HEADS, TURNED, broadcast_shapes, promote, require_dtype, require_float, require_rank, same


def require_multipliable(what: str, *tensors: TensorType) -> None:
    require_dtype(what, *tensors)
    if tensors[0].dtype == "bool":
        raise WrongDtype(f"{what} is not defined on truth values: cast first")


def contract(need: Need, what: str, left: TensorType, right: TensorType, a: Size, b: Size) -> None:
    is_turned = right.rank > 1 and same(a, right.shape[-1])
    help = TURNED if is_turned else None
    message = lambda: f"{what} cannot multiply {left} by {right}: {a} columns meet {b} rows"  # noqa: E731
    need.equal(a, b, message, help=help)


def multiply(need: Need, left: TensorType, right: TensorType, what: str) -> TensorType:
    """torch.matmul's type: vectors, matrices and batches of them, batches broadcasting."""
    for tensor in (left, right):
        if not tensor.rank:
            raise WrongRank(f"{what} needs tensors of rank 1 at least, but one is a single number", "input")
    require_multipliable(what, left, right)
    outer = 2
    if left.rank == right.rank == 4 and not same(left.shape[1], right.shape[1]) and are_apart(left, right):
        message = f"{what} meets {left} and {right}: heads are axis 1 of one, and stand behind positions in the other"
        need.equal(left.shape[1], right.shape[1], message, help=HEADS)
        outer = 3
    contract(need, what, left, right, left.shape[-1], right.shape[max(right.rank - 2, 0)])
    batch = (*broadcast_shapes(need, what, left.shape[:-outer], right.shape[:-outer]), *left.shape[-outer:-2])
    rows = left.shape[-2:-1]
    columns = right.shape[-1:] if right.rank > 1 else ()
    return left.with_shape(*batch, *rows, *columns)


def are_apart(left: TensorType, right: TensorType) -> bool:
    """Whether the heads (axis 1) of one of two tensors are as many as there are rows or columns in the other, and the
    other way round."""
    first, second = left.shape[1], right.shape[1]
    if same(first, 1) or same(second, 1):
        return False
    behind = same(second, left.shape[2]) or same(second, left.shape[3])
    return behind and (same(first, right.shape[2]) or same(first, right.shape[3]))


@function("torch.matmul", draw=samples.for_matmul)
def matmul(need: Need, input: Tensor, other: Tensor) -> Output:
    """The matrix product; further axes are batches, which broadcast."""
    return multiply(need, input, other, "matmul")


@function("torch.mm", draw=samples.for_ranks(2, 2))
def mm(need: Need, input: Tensor, mat2: Tensor) -> Output:
    """The product of two matrices."""
    require_rank(input, (2,), "mm")
    require_rank(mat2, (2,), "mm", "mat2")
    return multiply(need, input, mat2, "mm")


@function("torch.bmm", draw=samples.for_ranks(3, 3))
def bmm(need: Need, input: Tensor, mat2: Tensor) -> Output:
    """The products of two batches of matrices."""
    require_rank(input, (3,), "bmm")
    require_rank(mat2, (3,), "bmm", "mat2")
    require_multipliable("bmm", input, mat2)
    batch, rows, inner = input.shape
    need.equal(batch, mat2.shape[0], f"bmm cannot multiply {input} by {mat2}: batches of {batch} and {mat2.shape[0]}")
    contract(need, "bmm", input, mat2, inner, mat2.shape[1])
    return input.with_shape(batch, rows, mat2.shape[2])


@function("torch.mv", draw=samples.for_ranks(2, 1))
def mv(need: Need, input: Tensor, vec: Tensor) -> Output:
    """The product of a matrix and a vector."""
    require_rank(input, (2,), "mv")
    require_rank(vec, (1,), "mv", "vec")
    return multiply(need, input, vec, "mv")


@function("torch.dot", draw=samples.for_ranks(1, 1))
def dot(need: Need, input: Tensor, tensor: Tensor) -> Output:
    """The inner product of two vectors."""
    require_rank(input, (1,), "dot")
    require_rank(tensor, (1,), "dot", "tensor")
    return multiply(need, input, tensor, "dot")


@function("torch.outer", draw=samples.for_ranks(1, 1))
def outer(need: Need, input: Tensor, vec2: Tensor) -> Output:
    """The products of every element of one vector with every element of another."""
    require_rank(input, (1,), "outer")
    require_rank(vec2, (1,), "outer", "vec2")
    return TensorType((input.shape[0], vec2.shape[0]), promote(input, vec2))


@function("torch.addmm", draw=samples_nn.for_added(2))
def addmm(need: Need, input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Output:
    """`beta * input + alpha * (mat1 @ mat2)`; the input broadcasts."""
    return added(need, "addmm", input, mm.rule(need, mat1, mat2), beta, alpha)


@function("torch.baddbmm", draw=samples_nn.for_added(3))
def baddbmm(need: Need, input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Output:
    """`beta * input + alpha * (batch1 @ batch2)` of batches; the input broadcasts."""
    return added(need, "baddbmm", input, bmm.rule(need, batch1, batch2), beta, alpha)


def added(need: Need, what: str, input: TensorType, product: TensorType, beta: float, alpha: float) -> TensorType:
    """The product, to whose shape the input must broadcast."""
    require_dtype(what, input, product)
    if not product.is_float and (isinstance(beta, float) or isinstance(alpha, float)):
        raise WrongDtype(f"beta and alpha must be whole numbers for {product.dtype}", "beta")
    if input.rank > product.rank:
        raise SizeDiffers(f"{what} cannot broadcast {input} to {product}", "input")
    for a, b in zip(input.shape[::-1], product.shape[::-1], strict=False):
        if not same(a, 1):
            need.equal(a, b, f"{what} cannot broadcast {input} to {product}: {a} is not {b}", "input")
    return product


@function("nn.functional.bilinear", draw=samples_nn.for_bilinear)
def bilinear(need: Need, input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Output:
    """`input1 @ weight[k] @ input2` for each k, for a weight of shape [out, in1, in2]."""
    require_rank(weight, (3,), "bilinear", "weight")
    require_float(weight, "bilinear", "weight")
    require_dtype("bilinear", input1, input2, weight, *([bias] if bias else []))
    if not input1.rank or input1.rank != input2.rank:
        raise WrongRank(f"bilinear needs inputs of one rank, 1 at least, not {input1} and {input2}", "input2")
    for a, b in zip(input1.shape[:-1], input2.shape[:-1], strict=True):
        need.equal(a, b, f"bilinear cannot pair {input1} with {input2}: {a} is not {b}", "input2")
    out, first, second = weight.shape
    for tensor, size in ((input1, first), (input2, second)):
        need.at_least(size, 1, f"bilinear cannot weigh {tensor}, which is empty", "weight")
        need.equal(tensor.shape[-1], size, f"the weight {weight} of bilinear does not fit {tensor}", "weight")
    if bias:
        require_bias(need, bias, (out,))
    return input1.with_shape(*input1.shape[:-1], out)


@function("nn.functional.linear", draw=samples.for_linear)
def linear(need: Need, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Output:
    """`input @ weight.T + bias`, for a weight of shape [out, in]."""
    require_rank(weight, (1, 2), "linear", "weight")
    if not input.rank:
        raise WrongRank("linear needs an input of rank 1 at least", "input")
    require_multipliable("linear", input, weight, *([bias] if bias else []))
    contract(need, "linear", input, weight, input.shape[-1], weight.shape[-1])
    out = weight.shape[:-1]
    if bias and weight.rank == 1:
        raise WrongRank("linear takes no bias with a weight of rank 1", "bias")
    if bias:
        require_bias(need, bias, out)
    return input.with_shape(*input.shape[:-1], *out)


def require_bias(need: Need, bias: TensorType, out: tuple[Size, ...]) -> None:
    message = f"the bias must be {TensorType(out)}, not {bias}"
    if bias.rank != len(out):
        raise BadArgument(message, "bias")
    for a, b in zip(bias.shape, out, strict=True):
        need.equal(a, b, message, "bias")
