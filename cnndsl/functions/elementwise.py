"""Functions of one tensor, element by element: mathematics, rounding, tests. Activations live in `activation`."""

from __future__ import annotations

from ..shapes import Need, TensorType, WrongDtype
from .base import ABSENT, Dtype, Output, Tensor, function
from .rules import as_float, require_float

# Real functions: whole numbers come out as float32.
REAL = {
    "acos": "The arc cosine.",
    "acosh": "The inverse hyperbolic cosine.",
    "asin": "The arc sine.",
    "asinh": "The inverse hyperbolic sine.",
    "atan": "The arc tangent.",
    "atanh": "The inverse hyperbolic tangent.",
    "cos": "The cosine.",
    "cosh": "The hyperbolic cosine.",
    "deg2rad": "Degrees in radians.",
    "erf": "The error function.",
    "erfc": "One minus the error function.",
    "erfinv": "The inverse of the error function.",
    "exp": "e to the power of each element.",
    "exp2": "Two to the power of each element.",
    "expm1": "`exp(x) - 1`, exact near zero.",
    "lgamma": "The logarithm of the absolute gamma function.",
    "log": "The natural logarithm.",
    "log10": "The logarithm to base 10.",
    "log1p": "`log(1 + x)`, exact near zero.",
    "log2": "The logarithm to base 2.",
    "rad2deg": "Radians in degrees.",
    "reciprocal": "`1 / x`.",
    "rsqrt": "`1 / sqrt(x)`.",
    "sigmoid": "`1 / (1 + exp(-x))`.",
    "sin": "The sine.",
    "sinc": "`sin(πx) / (πx)`.",
    "sinh": "The hyperbolic sine.",
    "sqrt": "The square root.",
    "tan": "The tangent.",
    "tanh": "The hyperbolic tangent.",
}
# Functions that keep the dtype and are not defined on truth values.
NUMERIC = {
    "abs": "The absolute value.",
    "ceil": "Rounded up.",
    "floor": "Rounded down.",
    "neg": "The negative.",
    "positive": "The tensor itself.",
    "trunc": "Rounded towards zero.",
}
# Functions whose result is a truth value.
TESTS = {
    "isfinite": "Where the element is finite.",
    "isinf": "Where the element is infinite.",
    "isnan": "Where the element is not a number.",
    "logical_not": "Where the element is zero or false.",
    "signbit": "Where the element has a minus sign.",
}


def define_real(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor) -> Output:
        return TensorType(input.shape, as_float(input.dtype))


def define_numeric(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor) -> Output:
        return numeric(input, name)


def define_test(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor) -> Output:
        return TensorType(input.shape, "bool")


def numeric(input: TensorType, name: str) -> TensorType:
    if input.dtype == "bool":
        raise WrongDtype(f"{name} is not defined on truth values: cast first", "input")
    return input


for _name, _doc in REAL.items():
    define_real(_name, _doc)
for _name, _doc in NUMERIC.items():
    define_numeric(_name, _doc)
for _name, _doc in TESTS.items():
    define_test(_name, _doc)


@function("torch.round")
def round_(need: Need, input: Tensor, *, decimals: int = ABSENT) -> Output:
    """Rounded to the nearest number of `decimals` decimals, halves to even."""
    if decimals is not None and not input.is_float:
        raise WrongDtype(f"a tensor of {input.dtype} has no decimals to round", "decimals")
    return numeric(input, "round")


@function("torch.square")
def square(need: Need, input: Tensor) -> Output:
    """`x * x`."""
    return TensorType(input.shape, "int64" if input.dtype == "bool" else input.dtype)


@function("torch.sign")
def sign(need: Need, input: Tensor) -> Output:
    """-1, 0 or 1, by the sign."""
    return input


@function("torch.frac")
def frac(need: Need, input: Tensor) -> Output:
    """What follows the decimal point, with the sign."""
    require_float(input, "frac")
    return input


@function("torch.logit")
def logit(need: Need, input: Tensor, eps: float | None = None) -> Output:
    """`log(x / (1 - x))`, of `x` kept `eps` away from 0 and 1."""
    return TensorType(input.shape, as_float(input.dtype))


@function("torch.nan_to_num")
def nan_to_num(
    need: Need, input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Output:
    """Replaces what is not a number (by 0) and infinities (by the largest numbers)."""
    return input


@function("torch.bitwise_not")
def bitwise_not(need: Need, input: Tensor) -> Output:
    """Every bit turned over; of truth values, not."""
    if input.is_float:
        raise WrongDtype(f"bitwise_not needs whole numbers or truth values, not {input.dtype}", "input")
    return input


@function(".to")
def cast(need: Need, input: Tensor, dtype: Dtype) -> Output:
    """The same numbers in another dtype."""
    return TensorType(input.shape, dtype)


@function(".type_as")
def type_as(need: Need, input: Tensor, other: Tensor) -> Output:
    """The same numbers in the other tensor's dtype."""
    return TensorType(input.shape, other.dtype)


@function(".contiguous")
def contiguous(need: Need, input: Tensor) -> Output:
    """The tensor laid out in order of its axes."""
    return input


@function(".clone")
def clone(need: Need, input: Tensor) -> Output:
    """A copy."""
    return input


@function(".detach")
def detach(need: Need, input: Tensor) -> Output:
    """The tensor, cut off from the gradient."""
    return input
