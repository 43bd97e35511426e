"""The activations of torch.nn.functional, and dropout."""

from __future__ import annotations

from ..shapes import BadArgument, Need, TensorType, WrongDtype, WrongRank
from . import samples
from .base import Output, Tensor, function
from .rules import as_float, axis, replaced, require_fits, require_float, require_holds, require_rank


def define_plain(name: str, doc: str) -> None:
    """An activation whose one argument beside the input is `inplace`."""

    @function(f"nn.functional.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, inplace: bool = False) -> Output:
        require_float(input, name)
        return input


for _name, _doc in {
    "selu": "The self-normalising exponential linear unit.",
    "hardswish": "`x * relu6(x + 3) / 6`.",
    "hardsigmoid": "`relu6(x + 3) / 6`.",
    "mish": "`x * tanh(softplus(x))`.",
    "silu": "`x * sigmoid(x)`.",
}.items():
    define_plain(_name, _doc)


def define_ramp(name: str, doc: str) -> None:
    @function(f"nn.functional.{name}", name=name, doc=doc)
    def rule(need: Need, input: Tensor, inplace: bool = False) -> Output:
        if input.dtype == "bool":
            raise WrongDtype(f"{name} is not defined on truth values", "input")
        return input


define_ramp("relu", "The larger of the element and zero.")
define_ramp("relu6", "The element kept between 0 and 6.")


@function("nn.functional.gelu", draw=samples.choosing(approximate=("none", "tanh", "erf")))
def gelu(need: Need, input: Tensor, *, approximate: str = "none") -> Output:
    """The element times the normal distribution's probability of being smaller."""
    if approximate not in ("none", "tanh"):
        raise BadArgument(f'approximate must be "none" or "tanh", not {approximate!r}', "approximate")
    require_float(input, "gelu")
    return input


@function("nn.functional.elu")
def elu(need: Need, input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Output:
    """The exponential linear unit."""
    require_float(input, "elu")
    return input


@function("nn.functional.celu")
def celu(need: Need, input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Output:
    """The continuously differentiable exponential linear unit."""
    if isinstance(alpha, (int, float)) and alpha == 0:
        raise BadArgument("celu divides by alpha, which is 0", "alpha")
    require_float(input, "celu")
    return input


@function("nn.functional.leaky_relu")
def leaky_relu(need: Need, input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Output:
    """The element, or `negative_slope` times it where it is negative."""
    require_float(input, "leaky_relu")
    return input


@function("nn.functional.rrelu", training=True)
def rrelu(
    need: Need,
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Output:
    """`leaky_relu` with a slope drawn at random in training."""
    if lower > upper:
        raise BadArgument(f"lower {lower} is above upper {upper}", "lower")
    require_float(input, "rrelu")
    return input


@function("nn.functional.hardtanh")
def hardtanh(need: Need, input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Output:
    """The element kept between `min_val` and `max_val`."""
    if input.dtype == "bool":
        raise WrongDtype("hardtanh is not defined on truth values", "input")
    if min_val > max_val:
        raise BadArgument(f"min_val {min_val} is above max_val {max_val}", "min_val")
    if input.dtype == "uint8" and (int(min_val) < 0 or int(max_val) < 0):
        raise WrongDtype("a tensor of uint8 has no negative numbers to keep", "min_val")
    require_fits(input.dtype, min_val, "min_val")
    require_fits(input.dtype, max_val, "max_val")
    return input


@function("nn.functional.threshold")
def threshold(need: Need, input: Tensor, threshold: float, value: float, inplace: bool = False) -> Output:
    """The element where it is above `threshold`, `value` elsewhere."""
    if input.dtype == "bool":
        raise WrongDtype("threshold is not defined on truth values", "input")
    require_holds(input.dtype, threshold, "threshold")
    require_holds(input.dtype, value, "value")
    return input


@function("nn.functional.softplus")
def softplus(need: Need, input: Tensor, beta: float = 1, threshold: float = 20) -> Output:
    """`log(1 + exp(beta * x)) / beta`."""
    require_float(input, "softplus")
    return input


@function("nn.functional.softshrink")
def softshrink(need: Need, input: Tensor, lambd: float = 0.5) -> Output:
    """Nearer to zero by `lambd`, zero at least."""
    require_float(input, "softshrink")
    if lambd < 0:
        raise BadArgument(f"lambd must not be negative, but it is {lambd}", "lambd")
    return input


@function("nn.functional.hardshrink")
def hardshrink(need: Need, input: Tensor, lambd: float = 0.5) -> Output:
    """Zero where the element is within `lambd` of zero."""
    require_float(input, "hardshrink")
    require_fits(input.dtype, lambd, "lambd")
    return input


@function("nn.functional.softsign")
def softsign(need: Need, input: Tensor) -> Output:
    """`x / (1 + abs(x))`."""
    if input.dtype == "bool":
        raise WrongDtype("softsign is not defined on truth values", "input")
    return TensorType(input.shape, as_float(input.dtype))


@function("nn.functional.tanhshrink")
def tanhshrink(need: Need, input: Tensor) -> Output:
    """`x - tanh(x)`."""
    if input.dtype == "bool":
        raise WrongDtype("tanhshrink is not defined on truth values", "input")
    return TensorType(input.shape, as_float(input.dtype))


@function("nn.functional.logsigmoid")
def logsigmoid(need: Need, input: Tensor) -> Output:
    """The logarithm of the sigmoid."""
    require_float(input, "logsigmoid")
    return input


@function("nn.functional.prelu", draw=samples.for_prelu)
def prelu(need: Need, input: Tensor, weight: Tensor) -> Output:
    """`leaky_relu` with learned slopes: one, or one for each channel (axis 1)."""
    require_float(input, "prelu")
    if weight.dtype != input.dtype:
        raise WrongDtype(f"the weight of prelu is {weight.dtype}, the input {input.dtype}", "weight")
    require_rank(weight, (0, 1), "prelu", "weight")
    if weight.rank and weight.shape[0] != 1:
        channels = input.shape[1] if input.rank > 1 else 1
        need.equal(weight.shape[0], channels, f"prelu has {weight.shape[0]} slopes for {channels} channels", "weight")
    return input


@function("nn.functional.glu")
def glu(need: Need, input: Tensor, dim: int = -1) -> Output:
    """The first half along an axis, times the sigmoid of the second."""
    if not input.rank:
        raise WrongRank("glu needs an axis to halve, but the tensor has none", "input")
    place = axis(dim, input.rank)
    size = input.shape[place]
    need.multiple(size, 2, f"glu halves axis {place}, but its size {size} is odd", "dim")
    require_float(input, "glu")
    return replaced(input, place, size // 2)


@function("nn.functional.gumbel_softmax", effects=True)
def gumbel_softmax(
    need: Need, logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Output:
    """A sample of the Gumbel-softmax distribution along an axis."""
    require_float(logits, "gumbel_softmax", "logits")
    place = axis(dim, logits.rank)
    if hard and logits.rank:
        need.at_least(logits.shape[place], 1, f"there is nothing to choose from along axis {place} of {logits}", "dim")
    return logits


def require_probability(p: float, what: str) -> None:
    if not 0 <= p <= 1:
        raise BadArgument(f"the p of {what} is a probability, between 0 and 1, but it is {p}", "p")


def define_dropout(name: str, ranks: tuple[int, ...], doc: str) -> None:
    @function(f"nn.functional.{name}", name=name, doc=doc, training=True)
    def rule(need: Need, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Output:
        require_probability(p, name)
        if ranks:
            require_rank(input, ranks, name)
        require_float(input, name)
        return input


define_dropout("dropout", (), "Zeroes elements at random, with probability `p`, and scales the rest.")
define_dropout("dropout1d", (2, 3), "Zeroes whole channels of [N, C, L] or [C, L] at random.")
define_dropout("dropout2d", (3, 4), "Zeroes whole channels of [N, C, H, W] at random.")
define_dropout("dropout3d", (4, 5), "Zeroes whole channels of [N, C, D, H, W] or [C, D, H, W] at random.")


def define_alpha_dropout(name: str, doc: str) -> None:
    @function(f"nn.functional.{name}", name=name, doc=doc, training=True)
    def rule(need: Need, input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Output:
        require_probability(p, name)
        if name.startswith("feature") and input.rank < 2:
            raise WrongRank(f"{name} needs a tensor of rank 2 at least, for it drops channels, not {input}", "input")
        require_float(input, name)
        return input


define_alpha_dropout("alpha_dropout", "Dropout that keeps the mean and variance of a self-normalising net.")
define_alpha_dropout("feature_alpha_dropout", "`alpha_dropout` of whole channels.")
