"""Functions that make fewer elements of many: sums, means, extremes, norms; and running ones: cumsum, softmax."""

from __future__ import annotations

from collections.abc import Iterable

from ..shapes import Misfit, Need, TensorType
from .base import Dtype, Ints, Output, Scalar, Tensor, function
from .operators import binary
from .rules import as_float, axes, axis, reduced, require_float, same


def gone_axes(input: TensorType, dim: Iterable[int] | None) -> tuple[int, ...]:
    """The axes to reduce over: all of them for None and for an empty list."""
    dims = tuple(dim) if dim is not None else ()
    return axes(dims, input.rank) if dims else tuple(range(input.rank))


def require_elements(input: TensorType, gone: Iterable[int], what: str) -> None:
    """Refuse extremes over nothing."""
    if any(place < input.rank and same(input.shape[place], 0) for place in gone):
        raise Misfit(f"{what} of no elements is not defined: the tensor is {input}", "input")


def summed(input: TensorType, dim: Iterable[int] | None, keepdim: bool, dtype: str | None) -> TensorType:
    whole = "int64" if not input.is_float else input.dtype
    return reduced(input, gone_axes(input, dim), keepdim, dtype or whole)


@function("torch.sum")
def sum_(
    need: Need, input: Tensor, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype | None = None
) -> Output:
    """The sum over axes, or over all of them."""
    return summed(input, dim, keepdim, dtype)


@function("torch.mean")
def mean(
    need: Need, input: Tensor, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype | None = None
) -> Output:
    """The mean over axes, or over all of them."""
    result = TensorType(input.shape, dtype or input.dtype)
    require_float(result, "mean")
    return reduced(result, gone_axes(input, dim), keepdim)


@function("torch.prod")
def prod(
    need: Need, input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Dtype | None = None
) -> Output:
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
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: Tensor | int | None = None, keepdim: bool = False) -> Output:
        if isinstance(dim, TensorType):
            return TensorType(binary(need, "==", input, dim).shape, binary(need, "+", input, dim).dtype)
        gone = gone_axes(input, None if dim is None else (dim,))
        require_elements(input, gone, name)
        values = reduced(input, gone, keepdim)
        return values if dim is None else (values, TensorType(values.shape, "int64"))


define_best(
    "max", "The largest element; with `dim`, the largest along it and their indices; of two tensors, the larger."
)
define_best("min", "The smallest element; with `dim`, the smallest along it and their indices; of two, the smaller.")


def define_place(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: int | None = None, keepdim: bool = False) -> Output:
        if input.dtype == "bool":
            raise Misfit(f"{name} is not defined on truth values", "input")
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
        return reduced(input, gone_axes(input, dim), keepdim, dtype)


define_quantifier("all", "Whether all elements along axes are true (not zero).")
define_quantifier("any", "Whether an element along axes is true (not zero).")


@function("torch.logsumexp")
def logsumexp(need: Need, input: Tensor, dim: Ints, keepdim: bool = False) -> Output:
    """The logarithm of the sum of exponentials over axes."""
    return reduced(input, gone_axes(input, dim), keepdim, as_float(input.dtype))


@function("torch.norm")
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
        raise Misfit(f'norm takes a number or "fro" for p, not {p!r}', "p")
    result = TensorType(input.shape, dtype or input.dtype)
    require_float(input, "norm")
    require_float(result, "norm", "dtype")
    return reduced(result, gone_axes(input, dim), keepdim)


@function("torch.linalg.vector_norm")
def vector_norm(
    need: Need, x: Tensor, ord: float = 2, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype | None = None
) -> Output:
    """The p-norm (p = `ord`) over axes, or over all of them."""
    require_float(x, "vector_norm", "x")
    return reduced(x, gone_axes(x, dim), keepdim, dtype)


@function("nn.functional.normalize")
def normalize(need: Need, input: Tensor, p: float = 2.0, dim: Ints = 1, eps: float = 1e-12) -> Output:
    """Divided by its p-norm along axes."""
    require_float(input, "normalize")
    dims = dim if isinstance(dim, tuple) else (dim,)
    axes(dims, input.rank)
    return input


def define_running(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: int, *, dtype: Dtype | None = None) -> Output:
        axis(dim, input.rank)
        return TensorType(input.shape, dtype or ("int64" if not input.is_float else input.dtype))


define_running("cumsum", "The running sum along an axis.")
define_running("cumprod", "The running product along an axis.")


def chosen_axis(input: TensorType, dim: int | None, what: str) -> None:
    """torch picks an axis by the rank when none is given, and warns: refused here."""
    if dim is None:
        raise Misfit(f"{what} needs dim, the axis along which the results sum to 1", "dim")
    axis(dim, input.rank)


def soft(input: TensorType, dim: int | None, dtype: str | None, what: str) -> TensorType:
    chosen_axis(input, dim, what)
    result = TensorType(input.shape, dtype or input.dtype)
    require_float(result, what)
    return result


def define_soft(name: str, doc: str) -> None:
    @function(f"nn.functional.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, dim: int | None = None, *, dtype: Dtype | None = None) -> Output:
        return soft(input, dim, dtype, name)


define_soft("softmax", "Exponentials along an axis, divided by their sum.")
define_soft("log_softmax", "The logarithm of the softmax along an axis.")
define_soft("softmin", "The softmax of the negative.")
