"""Functions that make fewer elements of many: sums, means, extremes, norms; and running ones: cumsum, softmax."""

from __future__ import annotations

from math import inf

from ..shapes import BadArgument, Need, TensorType, TooSmall, WrongDtype
from ..typed import Iterable
from .base import ABSENT, Draws, Dtype, Ints, Output, Scalar, Tensor, function
from .rules import as_float, axes, axis, binary, promote_dtypes, reduced, require_float, same

samples = Draws("samples")


def gone_axes(input: TensorType, dim: Iterable[int] | None) -> tuple[int, ...]:
    """The axes to reduce over: all of them for None and for an empty list."""
    dims = tuple(dim) if dim is not None else ()
    return axes(dims, input.rank) if dims else tuple(range(input.rank))


def require_defined(input: TensorType, gone: Iterable[int], p: object) -> None:
    """Refuse norms of negative order over nothing."""
    if isinstance(p, (int, float)) and (p < 0 or p == inf):
        require_elements(input, gone, "the norm")


def require_elements(input: TensorType, gone: Iterable[int], what: str) -> None:
    """Refuse extremes over nothing."""
    if any(place < input.rank and same(input.shape[place], 0) for place in gone):
        raise TooSmall(f"{what} of no elements is not defined: the tensor is {input}", "input")


def summed(input: TensorType, dim: Iterable[int] | None, keepdim: bool, dtype: str | None) -> TensorType:
    whole = "int64" if not input.is_float else input.dtype
    return reduced(input, gone_axes(input, dim), keepdim, dtype or whole)


@function("torch.sum", together=(("keepdim", "dim"),))
def sum_(
    need: Need, input: Tensor, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype | None = None
) -> Output:
    """The sum over axes, or over all of them."""
    return summed(input, dim, keepdim, dtype)


@function("torch.mean", together=(("keepdim", "dim"),))
def mean(
    need: Need, input: Tensor, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype | None = None
) -> Output:
    """The mean over axes, or over all of them."""
    result = TensorType(input.shape, dtype or input.dtype)
    require_float(result, "mean")
    return reduced(result, gone_axes(input, dim), keepdim)


@function("torch.prod", together=(("keepdim", "dim"),))
def prod(need: Need, input: Tensor, dim: int = ABSENT, keepdim: bool = False, *, dtype: Dtype | None = None) -> Output:
    """The product over one axis, or over all of them."""
    return summed(input, None if dim is None else (dim,), keepdim, dtype)


def define_extreme(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: Ints = (), keepdim: bool = False) -> Output:
        gone = gone_axes(input, dim)
        require_elements(input, gone, name)
        return reduced(input, gone, keepdim)


define_extreme("amax", "The largest elements over axes, or over all of them.")
define_extreme("amin", "The smallest elements over axes, or over all of them.")


def define_best(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc, together=(("keepdim", "dim"),))
    def rule(need: Need, input: Tensor, dim: Tensor | int = ABSENT, keepdim: bool = ABSENT) -> Output:
        if isinstance(dim, TensorType):
            if keepdim is not None:
                raise BadArgument(f"{name} of two tensors has no axis to keep", "keepdim")
            return TensorType(binary(need, "==", input, dim).shape, binary(need, "+", input, dim).dtype)
        gone = gone_axes(input, None if dim is None else (dim,))
        require_elements(input, gone, name)
        values = reduced(input, gone, bool(keepdim))
        return values if dim is None else (values, TensorType(values.shape, "int64"))


define_best(
    "max", "The largest element; with `dim`, the largest along it and their indices; of two tensors, the larger."
)
define_best("min", "The smallest element; with `dim`, the smallest along it and their indices; of two, the smaller.")


def define_place(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: int | None = None, keepdim: bool = False) -> Output:
        if input.dtype == "bool":
            raise WrongDtype(f"{name} is not defined on truth values", "input")
        gone = gone_axes(input, None if dim is None else (dim,))
        require_elements(input, gone, name)
        return reduced(input, gone, keepdim, "int64")


define_place("argmax", "The index of the largest element, along `dim` or in the flattened tensor.")
define_place("argmin", "The index of the smallest element, along `dim` or in the flattened tensor.")


def define_spread(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(
        need: Need, input: Tensor, dim: Ints | None = None, *, correction: Scalar = 1, keepdim: bool = False
    ) -> Output:
        require_float(input, name)
        return reduced(input, gone_axes(input, dim), keepdim)


define_spread("std", "The standard deviation over axes, or over all of them.")
define_spread("var", "The variance over axes, or over all of them.")


def define_spread_and_mean(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(
        need: Need, input: Tensor, dim: Ints | None = None, *, correction: Scalar = 1, keepdim: bool = False
    ) -> Output:
        require_float(input, name)
        return (reduced(input, gone_axes(input, dim), keepdim),) * 2


define_spread_and_mean("std_mean", "The standard deviation and the mean over axes, or over all of them.")
define_spread_and_mean("var_mean", "The variance and the mean over axes, or over all of them.")


def define_quantifier(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: Ints | None = None, keepdim: bool = False) -> Output:
        dtype = "uint8" if input.dtype == "uint8" else "bool"
        gone = () if dim == () else gone_axes(input, dim)  # an empty list is not all axes here, but none
        return reduced(input, gone, keepdim, dtype)


define_quantifier("all", "Whether all elements along axes are true (not zero).")
define_quantifier("any", "Whether an element along axes is true (not zero).")


@function("torch.logsumexp")
def logsumexp(need: Need, input: Tensor, dim: Ints, keepdim: bool = False) -> Output:
    """The logarithm of the sum of exponentials over axes."""
    if not dim and input.rank:
        raise BadArgument("logsumexp needs an axis to sum over", "dim")
    return reduced(input, gone_axes(input, dim), keepdim, as_float(input.dtype))


def widened(input: TensorType, dtype: str | None, what: str, argument: str) -> TensorType:
    """The tensor in a dtype that holds no less."""
    require_float(input, what, argument)
    result = TensorType(input.shape, dtype or input.dtype)
    require_float(result, what, "dtype")
    if promote_dtypes(input.dtype, result.dtype) != result.dtype:
        raise WrongDtype(f"{what} does not narrow {input.dtype} to {dtype}: cast first", "dtype")
    return result


@function("torch.norm", draw=samples.for_norm)
def norm(
    need: Need,
    input: Tensor,
    p: float | str | None = "fro",
    dim: Ints | None = None,
    keepdim: bool = False,
    *,
    dtype: Dtype | None = None,
) -> Output:
    """The p-norm over axes, or over all of them."""
    if isinstance(p, str) and p != "fro":
        raise BadArgument(f'norm takes a number or "fro" for p, not {p!r}', "p")
    result = widened(input, dtype, "norm", "input")
    if p == "fro" and dim is not None and len(dim) > 2:
        raise BadArgument(f"the Frobenius norm is over one or two axes, not {len(dim)}: use p=2", "dim")
    gone = gone_axes(input, dim)
    require_defined(input, gone, p)
    return reduced(result, gone, keepdim)


@function("torch.linalg.vector_norm")
def vector_norm(
    need: Need, x: Tensor, ord: float = 2, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype | None = None
) -> Output:
    """The p-norm (p = `ord`) over axes, or over all of them."""
    result = widened(x, dtype, "vector_norm", "x")
    gone = gone_axes(x, dim)
    require_defined(x, gone, ord)
    return reduced(result, gone, keepdim)


@function("nn.functional.normalize")
def normalize(need: Need, input: Tensor, p: float = 2.0, dim: Ints = 1, eps: float = 1e-12) -> Output:
    """Divided by its p-norm along axes."""
    require_float(input, "normalize")
    gone = gone_axes(input, dim if isinstance(dim, tuple) else (dim,))
    require_defined(input, gone, p)
    return input


def define_running(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: int, *, dtype: Dtype | None = None) -> Output:
        axis(dim, input.rank)
        if dtype == "bool":
            raise WrongDtype(f"{name} cannot count in truth values", "dtype")
        return TensorType(input.shape, dtype or ("int64" if not input.is_float else input.dtype))


define_running("cumsum", "The running sum along an axis.")
define_running("cumprod", "The running product along an axis.")


@function("torch.logcumsumexp")
def logcumsumexp(need: Need, input: Tensor, dim: int) -> Output:
    """The logarithm of the running sum of exponentials along an axis."""
    require_float(input, "logcumsumexp")
    axis(dim, input.rank)
    return input


def chosen_axis(input: TensorType, dim: int | None, what: str) -> None:
    """torch picks an axis by the rank when none is given, and warns: refused here."""
    if dim is None:
        help = f"say which: `{what}(x, dim={(dim := 1 if input.rank in (2, 4) else -1)})`, `-> {what}(dim={dim})`"
        raise BadArgument(f"{what} needs dim, the axis along which the results sum to 1", "dim", help=help)
    axis(dim, input.rank)


def soft(input: TensorType, dim: int | None, dtype: str | None, what: str) -> TensorType:
    chosen_axis(input, dim, what)
    result = TensorType(input.shape, dtype or input.dtype)
    require_float(result, what)
    return result


def define_soft(name: str, doc: str) -> None:
    @function(f"nn.functional.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: int | None = None, *, dtype: Dtype | None = None) -> Output:
        if name == "softmin" and input.dtype == "bool":
            raise WrongDtype("softmin is not defined on truth values", "input")
        return soft(input, dim, dtype, name)


define_soft("softmax", "Exponentials along an axis, divided by their sum.")
define_soft("log_softmax", "The logarithm of the softmax along an axis.")
define_soft("softmin", "The softmax of the negative.")
