"""Functions that make tensors: zeros, ones, arange and their kin. Those that take no tensor are factories."""

from __future__ import annotations

from math import ceil

from ..dims import Dim, ceil_div
from ..shapes import FLOATS, BadArgument, Need, Size, TensorType, WrongDtype
from ..typed import Any
from .base import ABSENT, Draws, Dtype, Output, Scalar, SizeList, Tensor, function
from .rules import require_fits, require_holds, scalar_dtype

samples = Draws("samples")


def sized(need: Need, size: tuple[Size, ...], dtype: str, argument: str = "size") -> TensorType:
    for each in size:
        need.at_least(each, 0, f"a tensor cannot have a size of {each}", argument, refusal=BadArgument)
    return TensorType(size, dtype)


def define_filled(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc, factory=True, draw=samples.for_sizes)
    def rule(need: Need, *size: Size, dtype: Dtype | None = None) -> Output:
        return sized(need, size, dtype or "float32")


def define_like(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, *, dtype: Dtype | None = None) -> Output:
        return TensorType(input.shape, dtype or input.dtype)


def define_random(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc, factory=True, draw=samples.for_sizes, effects=True)
    def rule(need: Need, *size: Size, dtype: Dtype | None = None) -> Output:
        return sized(need, size, drawn(dtype or "float32", name))


def define_random_like(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc, effects=True)
    def rule(need: Need, input: Tensor, *, dtype: Dtype | None = None) -> Output:
        return TensorType(input.shape, drawn(dtype or input.dtype, name))


def drawn(dtype: str, name: str) -> str:
    if dtype not in FLOATS:
        raise WrongDtype(f"{name} draws floating-point numbers, not {dtype}", "dtype")
    return dtype


define_filled("zeros", "A tensor of zeros.")
define_filled("ones", "A tensor of ones.")
define_like("zeros_like", "Zeros in the shape and dtype of a tensor.")
define_like("ones_like", "Ones in the shape and dtype of a tensor.")
define_random("rand", "Random numbers, uniform between 0 and 1.")
define_random("randn", "Random numbers of the standard normal distribution.")
define_random_like("rand_like", "Random numbers, uniform between 0 and 1, in the shape of a tensor.")
define_random_like("randn_like", "Random numbers of the standard normal distribution, in the shape of a tensor.")


@function("torch.full", factory=True, draw=samples.for_full)
def full(need: Need, size: SizeList, fill_value: Scalar, *, dtype: Dtype | None = None) -> Output:
    """A tensor of one number."""
    dtype = dtype or scalar_dtype(fill_value)
    require_holds(dtype, fill_value, "fill_value")
    return sized(need, size, dtype)


@function("torch.full_like")
def full_like(need: Need, input: Tensor, fill_value: Scalar, *, dtype: Dtype | None = None) -> Output:
    """One number in the shape and dtype of a tensor."""
    require_holds(dtype or input.dtype, fill_value, "fill_value")
    return TensorType(input.shape, dtype or input.dtype)


@function("torch.arange", factory=True, draw=samples.for_arange)
def arange(
    need: Need,
    start: Scalar | None = None,
    end: Scalar | None = None,
    step: Scalar = ABSENT,
    *,
    dtype: Dtype | None = None,
) -> Output:
    """The numbers from `start` (0) to before `end` in steps; one number alone is `end`."""
    if end is None and step is not ABSENT:
        raise BadArgument(f"arange takes a step only behind both ends: `arange(0, {start}, {step})`", "step")
    step = 1 if step is ABSENT else step
    if end is None:
        start, end = 0, start
    if end is None:
        raise BadArgument("arange needs an end", "end")
    if dtype == "bool":
        raise WrongDtype("arange cannot count in truth values", "dtype")
    start = 0 if start is None else start
    if dtype == "int64":
        start, end, step = (int(number) if isinstance(number, float) else number for number in (start, end, step))
    whole = not any(isinstance(number, float) for number in (start, end, step))
    return TensorType((count(need, start, end, step),), dtype or ("int64" if whole else "float32"))


def count(need: Need, start: Any, end: Any, step: Any) -> Size:
    """How many numbers `arange` gives."""
    if isinstance(step, Dim) or step == 0:
        raise BadArgument(f"the step of arange must be a number other than 0, not {step}", "step")
    if any(isinstance(number, Dim) for number in (start, end)):
        return symbolic_count(need, start, end, step)
    if (end - start) * step < 0:
        raise BadArgument(f"arange cannot come from {start} to {end} in steps of {step}", "step")
    if any(isinstance(number, float) for number in (start, end, step)):
        numbers: float = (end - start) / step
        return ceil(numbers)
    return steps_between(start, end, step)


def symbolic_count(need: Need, start: Any, end: Any, step: Any) -> Size:
    if any(isinstance(number, float) for number in (start, end, step)):
        raise BadArgument("arange over a free size takes whole numbers only", "step")
    way: Size = end - start if step > 0 else start - end
    need.at_least(way, 0, f"arange cannot come from {start} to {end} in steps of {step}", "end", refusal=BadArgument)
    return steps_between(start, end, step)


def steps_between(start: Any, end: Any, step: int) -> Size:
    """How many whole numbers there are; what they are spelled by, this is, too."""
    return ceil_div(end - start, step) if step > 0 else ceil_div(start - end, -step)


@function("torch.linspace", factory=True, draw=samples.for_linspace)
def linspace(need: Need, start: float, end: float, steps: Size, *, dtype: Dtype | None = None) -> Output:
    """`steps` numbers at equal distances from `start` to `end`, both included."""
    require_fits(dtype or "float32", start, "start")
    require_fits(dtype or "float32", end, "end")
    return sized(need, (steps,), dtype or "float32", "steps")


@function("torch.eye", factory=True)
def eye(need: Need, n: Size, m: Size | None = None, *, dtype: Dtype | None = None) -> Output:
    """The matrix with ones on its diagonal, zeros elsewhere."""
    return sized(need, (n, n if m is None else m), dtype or "float32", "n")
