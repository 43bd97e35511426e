"""The normalisations of torch.nn.functional, whose weights are arguments."""

from __future__ import annotations

from ..shapes import BadArgument, Message, Need, Size, SizeDiffers, TensorType, WrongDtype, WrongRank, said
from .base import Draws, Output, SizeList, Tensor, function
from .rules import require_float, same

samples = Draws("samples_nn")


def require_shape(
    need: Need, what: str, input: TensorType, shape: tuple[Size, ...], **tensors: TensorType | None
) -> None:
    """The weights given must have this shape and the input's dtype."""
    for name, tensor in tensors.items():
        if tensor is None:
            continue
        message = wrong_shape(name, what, shape, tensor)
        if tensor.rank != len(shape):
            raise SizeDiffers(said(message), name)
        for a, b in zip(tensor.shape, shape, strict=True):
            need.equal(a, b, message, name)
        if tensor.dtype != input.dtype:
            raise WrongDtype(f"{what} needs one dtype, but the {name} is {tensor.dtype}, the input {input.dtype}", name)


def wrong_shape(name: str, what: str, shape: tuple[Size, ...], tensor: TensorType) -> Message:
    return lambda: f"the {name} of {what} must be {TensorType(shape)}, not {tensor}"


def require_last(need: Need, input: TensorType, shape: tuple[Size, ...], what: str) -> None:
    """The input must end in the normalised shape."""

    def message() -> str:
        return f"{what} over {TensorType(shape)} does not fit an input of {input}"

    if not shape or input.rank < len(shape):
        raise SizeDiffers(message(), "normalized_shape")
    for a, b in zip(input.shape[-len(shape) :], shape, strict=True):
        need.equal(a, b, message, "normalized_shape")


@function("nn.functional.layer_norm", draw=samples.for_layer_norm)
def layer_norm(
    need: Need,
    input: Tensor,
    normalized_shape: SizeList,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Output:
    """Mean 0 and variance 1 over the last axes, scaled and shifted."""
    require_float(input, "layer_norm")
    require_last(need, input, normalized_shape, "layer_norm")
    require_shape(need, "layer_norm", input, normalized_shape, weight=weight, bias=bias)
    return input


@function("nn.functional.rms_norm", draw=samples.for_rms_norm)
def rms_norm(
    need: Need, input: Tensor, normalized_shape: SizeList, weight: Tensor | None = None, eps: float | None = None
) -> Output:
    """Mean square 1 over the last axes, scaled."""
    require_float(input, "rms_norm")
    require_last(need, input, normalized_shape, "rms_norm")
    require_shape(need, "rms_norm", input, normalized_shape, weight=weight)
    return input


@function("nn.functional.group_norm", draw=samples.for_group_norm)
def group_norm(
    need: Need,
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Output:
    """Mean 0 and variance 1 over each group of channels (axis 1), scaled and shifted by channel."""
    require_float(input, "group_norm")
    if input.rank < 2:
        raise WrongRank(f"group_norm needs a tensor of rank 2 at least, not {input}", "input")
    if num_groups < 1:
        raise BadArgument(f"group_norm needs a group at least, not {num_groups}", "num_groups")
    channels = input.shape[1]
    need.multiple(channels, num_groups, f"{channels} channels do not make {num_groups} groups", "num_groups")
    values = (input.shape[0], channels // num_groups, *input.shape[2:])
    require_several(need, values, f"group_norm over {input} in {num_groups} groups")
    require_shape(need, "group_norm", input, (channels,), weight=weight, bias=bias)
    return input


def require_several(need: Need, values: tuple[Size, ...], what: str) -> None:
    if not any(same(size, 0) for size in values):
        need.several(values, f"{what} has one value only to take the variance of", "input")


@function("nn.functional.batch_norm", draw=samples.for_batch_norm, training=True)
def batch_norm(
    need: Need,
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Output:
    """Mean 0 and variance 1 over each channel (axis 1), scaled and shifted by channel."""
    require_float(input, "batch_norm")
    if input.rank < 2:
        raise WrongRank(f"batch_norm needs a tensor of rank 2 at least, not {input}", "input")
    if running_mean is None or running_var is None:
        raise BadArgument("batch_norm needs running_mean and running_var outside training", "running_mean")
    if training:
        require_several(need, (input.shape[0], *input.shape[2:]), f"batch_norm in training over {input}")
    statistics = {"running_mean": running_mean, "running_var": running_var}
    require_shape(need, "batch_norm", input, (input.shape[1],), **statistics, weight=weight, bias=bias)
    return input


@function("nn.functional.instance_norm", draw=samples.for_instance_norm, effects=True)
def instance_norm(
    need: Need,
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Output:
    """Mean 0 and variance 1 over each channel of each sample, scaled and shifted by channel."""
    require_float(input, "instance_norm")
    if input.rank < 3:
        raise WrongRank(f"instance_norm needs a tensor of rank 3 at least, not {input}", "input")
    if use_input_stats:
        require_several(need, input.shape[2:], f"instance_norm over {input}")
    elif running_mean is None or running_var is None:
        raise BadArgument("instance_norm needs running_mean and running_var without use_input_stats", "running_mean")
    if (running_mean is None) != (running_var is None):
        raise BadArgument("instance_norm takes running_mean and running_var together", "running_mean")
    statistics = {"running_mean": running_mean, "running_var": running_var}
    require_shape(need, "instance_norm", input, (input.shape[1],), **statistics, weight=weight, bias=bias)
    return input


@function("nn.functional.local_response_norm", draw=samples.for_response)
def local_response_norm(
    need: Need, input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Output:
    """Divided by a power of the sum of squares over neighbouring channels."""
    require_float(input, "local_response_norm")
    if input.rank < 3:
        raise WrongRank(f"local_response_norm needs a tensor of rank 3 at least, not {input}", "input")
    if size < 1:
        raise BadArgument(f"local_response_norm needs a size of 1 at least, not {size}", "size")
    return input
