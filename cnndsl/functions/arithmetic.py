"""Functions of two tensors, or of a tensor and a number, element by element, with broadcasting."""

from __future__ import annotations

from ..shapes import FLOATS, BadArgument, Need, TensorType, WrongDtype, WrongRank
from ..typed import Any
from .base import Draws, Output, Scalar, Tensor, function
from .rules import as_float, binary, broadcast, dtype_of, promote, require_fits, require_float, require_holds

samples = Draws("samples")

OPERATORS = {
    "mul": ("*", "torch.mul", "`input * other`, with broadcasting."),
    "multiply": ("*", "torch.multiply", "`input * other`, with broadcasting."),
    "true_divide": ("/", "torch.true_divide", "`input / other`, with broadcasting."),
    "floor_divide": ("//", "torch.floor_divide", "`input // other`, rounded down, with broadcasting."),
    "remainder": ("%", "torch.remainder", "`input % other`, of the sign of `other`, with broadcasting."),
    "eq": ("==", "torch.eq", "Where `input == other`."),
    "ne": ("!=", "torch.ne", "Where `input != other`."),
    "lt": ("<", "torch.lt", "Where `input < other`."),
    "le": ("<=", "torch.le", "Where `input <= other`."),
    "gt": (">", "torch.gt", "Where `input > other`."),
    "ge": (">=", "torch.ge", "Where `input >= other`."),
}


def define_operator(name: str, op: str, target: str, doc: str) -> None:
    @function(target, name=name, doc=doc)
    def rule(need: Need, input: Tensor, other: Tensor | Scalar) -> Output:
        return binary(need, op, input, other)


for _name, (_op, _target, _doc) in OPERATORS.items():
    define_operator(_name, _op, _target, _doc)


def scaled(need: Need, op: str, input: TensorType, other: Any, alpha: Any) -> TensorType:
    """`input ± alpha * other`."""
    result = binary(need, op, input, other)
    if isinstance(alpha, bool) and result.dtype != "bool":
        raise BadArgument(f"alpha must be a number, not {alpha}", "alpha")
    if isinstance(alpha, float) and result.dtype not in FLOATS:
        raise BadArgument(f"alpha must be a whole number for a result of dtype {result.dtype}, not {alpha}", "alpha")
    require_fits(result.dtype, -alpha if op == "-" else alpha, "alpha")
    return result


@function("torch.add")
def add(need: Need, input: Tensor, other: Tensor | Scalar, *, alpha: Scalar = 1) -> Output:
    """`input + alpha * other`, with broadcasting."""
    return scaled(need, "+", input, other, alpha)


@function("torch.sub")
def sub(need: Need, input: Tensor, other: Tensor | Scalar, *, alpha: Scalar = 1) -> Output:
    """`input - alpha * other`, with broadcasting."""
    return scaled(need, "-", input, other, alpha)


@function("torch.div", draw=samples.for_div)
def div(need: Need, input: Tensor, other: Tensor | Scalar, *, rounding_mode: str | None = None) -> Output:
    """`input / other`, with broadcasting; `rounding_mode` "trunc" rounds to zero, "floor" down."""
    if rounding_mode not in (None, "trunc", "floor"):
        raise BadArgument(f'rounding_mode must be None, "trunc" or "floor", not {rounding_mode!r}', "rounding_mode")
    return binary(need, "/" if rounding_mode is None else "//", input, other)


@function("torch.fmod")
def fmod(need: Need, input: Tensor, other: Tensor | Scalar) -> Output:
    """The remainder of `input / other`, of the sign of `input`."""
    return binary(need, "%", input, other)


@function("torch.pow")
def pow_(need: Need, input: Tensor | Scalar, exponent: Tensor | Scalar) -> Output:
    """`input ** exponent`, with broadcasting; one of them may be a number."""
    if not isinstance(input, TensorType) and not isinstance(exponent, TensorType):
        raise BadArgument("pow needs a tensor", "input")
    return binary(need, "**", input, exponent)


@function("torch.rsub")
def rsub(need: Need, input: Tensor, other: Tensor | Scalar, *, alpha: Scalar = 1) -> Output:
    """`other - alpha * input`, with broadcasting."""
    return scaled(need, "-", input, other, alpha)


PAIRS = {
    "maximum": "The larger of two tensors, element by element.",
    "minimum": "The smaller of two tensors, element by element.",
    "fmax": "The larger of two tensors, element by element, a number rather than NaN.",
    "fmin": "The smaller of two tensors, element by element, a number rather than NaN.",
}
LOGICAL = {
    "logical_and": "Where both tensors are true (not zero).",
    "logical_or": "Where either tensor is true (not zero).",
    "logical_xor": "Where exactly one of two tensors is true (not zero).",
}
BITWISE = {
    "bitwise_and": "The bits that both have; of truth values, and.",
    "bitwise_or": "The bits that either has; of truth values, or.",
    "bitwise_xor": "The bits that exactly one has; of truth values, exclusive or.",
}


def define_pair(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, other: Tensor) -> Output:
        return TensorType(broadcast(need, name, input, other), promote(input, other))


def define_logical(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, other: Tensor) -> Output:
        return TensorType(broadcast(need, name, input, other), "bool")


def define_bitwise(name: str, doc: str) -> None:
    @function(f"torch.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, other: Tensor | Scalar) -> Output:
        dtype = promote(input, other)
        if dtype in FLOATS:
            raise WrongDtype(f"{name} needs whole numbers or truth values, not {dtype}")
        return TensorType(binary(need, "==", input, other).shape, dtype)


for _name, _doc in PAIRS.items():
    define_pair(_name, _doc)
for _name, _doc in LOGICAL.items():
    define_logical(_name, _doc)
for _name, _doc in BITWISE.items():
    define_bitwise(_name, _doc)


@function("torch.atan2")
def atan2(need: Need, input: Tensor, other: Tensor) -> Output:
    """The angle of the point (other, input), with broadcasting."""
    return TensorType(broadcast(need, "atan2", input, other), as_float(promote(input, other)))


@function("torch.lerp", draw=samples.for_lerp)
def lerp(need: Need, input: Tensor, end: Tensor, weight: Tensor | float) -> Output:
    """`input + weight * (end - input)`, with broadcasting."""
    tensors = [value for value in (input, end, weight) if isinstance(value, TensorType)]
    for tensor in tensors:
        require_float(tensor, "lerp", None)
        if tensor.dtype != input.dtype:
            raise WrongDtype(f"lerp needs one dtype, but gets {input.dtype} and {tensor.dtype}")
    return TensorType(broadcast(need, "lerp", *tensors), input.dtype)


def third(need: Need, name: str, input: Tensor, tensor1: Tensor, tensor2: Tensor, value: Any) -> TensorType:
    """The type of `input + value * (tensor1 ∘ tensor2)`."""
    dtype = promote(input, tensor1, tensor2)
    if isinstance(value, float) and dtype not in FLOATS:
        raise BadArgument(f"value must be a whole number for a result of dtype {dtype}, not {value}", "value")
    if dtype not in FLOATS:
        require_fits(dtype, value, "value")
    return TensorType(broadcast(need, name, input, tensor1, tensor2), dtype)


@function("torch.addcmul")
def addcmul(need: Need, input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Output:
    """`input + value * tensor1 * tensor2`, with broadcasting."""
    result = third(need, "addcmul", input, tensor1, tensor2, value)
    if result.dtype == "bool":
        raise WrongDtype("addcmul is not defined on truth values", "input")
    return result


@function("torch.addcdiv")
def addcdiv(need: Need, input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Output:
    """`input + value * tensor1 / tensor2`, with broadcasting, on floating-point numbers."""
    result = third(need, "addcdiv", input, tensor1, tensor2, value)
    if dtype_of("*", tensor1, tensor2) not in FLOATS:
        raise WrongDtype("addcdiv divides floating-point numbers only: cast first", "tensor1")
    return result


@function("torch.where", draw=samples.for_where)
def where(need: Need, condition: Tensor, input: Tensor | Scalar, other: Tensor | Scalar) -> Output:
    """`input` where the condition holds, `other` elsewhere, with broadcasting."""
    if condition.dtype not in ("bool", "uint8"):
        message = f"the condition of where must be a bool tensor, not {condition.dtype}"
        raise WrongDtype(message, "condition", help="a comparison gives one: `x > 0`")
    tensors = [value for value in (condition, input, other) if isinstance(value, TensorType)]
    if (dtype := promote(input, other)) not in FLOATS:
        require_fits(dtype, input, "input")
        require_fits(dtype, other, "other")
    return TensorType(broadcast(need, "where", *tensors), dtype)


@function(".masked_fill", draw=samples.for_masked_fill)
def masked_fill(need: Need, input: Tensor, mask: Tensor, value: Tensor | Scalar) -> Output:
    """`value` where the mask holds, `input` elsewhere; the mask broadcasts."""
    if mask.dtype != "bool":
        message = f"the mask of masked_fill must be a bool tensor, not {mask.dtype}"
        raise WrongDtype(message, "mask", help="a comparison gives one: `mask > 0`, `mask == 0`")
    if isinstance(value, TensorType) and value.rank:
        raise WrongRank(f"the value of masked_fill must be a number or of rank 0, but it is {value}", "value")
    require_holds(input.dtype, value, "value")
    return TensorType(broadcast(need, "masked_fill", input, mask), input.dtype)


@function("torch.clamp")
def clamp(need: Need, input: Tensor, min: Tensor | Scalar | None = None, max: Tensor | Scalar | None = None) -> Output:
    """The elements kept between `min` and `max`, either of which may be left out."""
    bounds = [bound for bound in (min, max) if bound is not None]
    if not bounds:
        raise BadArgument("clamp needs min or max", "min")
    if len({isinstance(bound, TensorType) for bound in bounds}) > 1:
        raise BadArgument("min and max of clamp must be two numbers or two tensors", "max")
    dtype = promote(input, *bounds)
    if dtype == "bool":
        raise WrongDtype("clamp is not defined on truth values", "input")
    if isinstance(min, (int, float)) and isinstance(max, (int, float)) and min > max:
        raise BadArgument(f"min {min} is above max {max}, which every element would become", "min")
    require_holds(dtype, min, "min")
    require_holds(dtype, max, "max")
    tensors = [bound for bound in bounds if isinstance(bound, TensorType)]
    return TensorType(broadcast(need, "clamp", input, *tensors), dtype)
