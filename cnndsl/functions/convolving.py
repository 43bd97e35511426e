"""Convolutions with weights given as tensors. The arithmetic is that of the layers."""

from __future__ import annotations

from ..layers.conv import Conv1d, Conv2d, Conv3d
from ..layers.transposed import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..shapes import BadArgument, Need, TensorType, WrongRank
from ..typed import Any
from . import samples_nn as samples
from .base import Output, Tensor, Window, function
from .rules import require_dtype, require_float, require_rank


def check_weight(need: Need, what: str, input: TensorType, weight: TensorType, bias: TensorType | None) -> None:
    require_float(input, what)
    require_dtype(what, input, weight, *([bias] if bias else []))
    if weight.rank < 3:
        raise WrongRank(f"{what} needs a weight of rank 3 at least, not {weight}", "weight")


def check_groups(groups: int) -> None:
    if groups < 1:
        raise BadArgument(f"groups must be at least 1, but it is {groups}", "groups")


def convolved(
    need: Need, layer: Any, input: TensorType, weight: TensorType, bias: TensorType | None, groups: int, **steps: Any
) -> TensorType:
    """The output of a layer that had this weight."""
    name, count = layer.__name__, layer.dimensions
    check_groups(groups)
    require_rank(weight, (count + 2,), name, "weight")
    check_weight(need, name, input, weight, bias)
    sizes = [need.number(size, "a size of the weight", "weight") for size in weight.shape]
    turned = "Transpose" in name
    channels, out = (sizes[0], sizes[1] * groups) if turned else (sizes[1] * groups, sizes[0])
    require_rank(input, (count + 1, count + 2), name)
    actual = input.shape[-count - 1]
    need.equal(
        actual, channels, f"the weight {weight} in {groups} groups takes {channels} channels, not {actual}", "weight"
    )
    if bias:
        require_rank(bias, (1,), name, "bias")
        need.equal(bias.shape[0], out, f"the bias must have {out} numbers, not {bias.shape[0]}", "bias")
    made = layer(in_channels=channels, out_channels=out, kernel_size=tuple(sizes[2:]), groups=groups, **steps)
    result = made.infer(need, TensorType(input.shape))
    return TensorType(result.shape, input.dtype)


def define_convolution(layer: Any) -> None:
    @function(
        f"nn.functional.conv{layer.dimensions}d",
        name=f"conv{layer.dimensions}d",
        doc=f"{layer.__doc__} The weight is [out, in / groups, *kernel].",
        draw=samples.for_convolution(layer),
    )
    def rule(
        need: Need,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Window = 1,
        padding: Window | str = 0,
        dilation: Window = 1,
        groups: int = 1,
    ) -> Output:
        return convolved(need, layer, input, weight, bias, groups, stride=stride, padding=padding, dilation=dilation)


def define_transposed(layer: Any) -> None:
    @function(
        f"nn.functional.conv_transpose{layer.dimensions}d",
        name=f"conv_transpose{layer.dimensions}d",
        doc=f"{layer.__doc__} The weight is [in, out / groups, *kernel].",
        draw=samples.for_convolution(layer),
    )
    def rule(
        need: Need,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Window = 1,
        padding: Window = 0,
        output_padding: Window = 0,
        groups: int = 1,
        dilation: Window = 1,
    ) -> Output:
        steps = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
        return convolved(need, layer, input, weight, bias, groups, **steps)


for _layer in (Conv1d, Conv2d, Conv3d):
    define_convolution(_layer)
for _turned in (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d):
    define_transposed(_turned)
