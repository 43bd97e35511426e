"""Functions that move elements between channels and space: pixel_shuffle, channel_shuffle, fold and unfold, grids."""

from __future__ import annotations

from ..layers.checks import more_channels
from ..layers.reshape import Fold, Unfold
from ..shapes import BadArgument, Need, Size, TensorType, WrongRank
from . import samples_nn as samples
from .base import Output, SizeList, Tensor, Window, function
from .rules import require_dtype, require_float, require_rank, spread


@function("nn.functional.pixel_shuffle", draw=samples.for_pixels)
def pixel_shuffle(need: Need, input: Tensor, upscale_factor: int) -> Output:
    """[..., C * r**2, H, W] made [..., C, H * r, W * r]."""
    check_pixels(input.rank, upscale_factor, "pixel_shuffle", "upscale_factor")
    *batch, channels, height, width = input.shape
    square = upscale_factor * upscale_factor
    message = f"pixel_shuffle by {upscale_factor} needs a multiple of {square} channels, but input has {channels}"
    need.multiple(channels, square, message, "upscale_factor", more_channels(channels, square))
    return input.with_shape(*batch, channels // square, height * upscale_factor, width * upscale_factor)


@function("nn.functional.pixel_unshuffle", draw=samples.for_pixels)
def pixel_unshuffle(need: Need, input: Tensor, downscale_factor: int) -> Output:
    """[..., C, H * r, W * r] made [..., C * r**2, H, W]."""
    factor = downscale_factor
    check_pixels(input.rank, factor, "pixel_unshuffle", "downscale_factor")
    *batch, channels, height, width = input.shape
    for size in (height, width):
        need.multiple(
            size, factor, f"pixel_unshuffle by {factor} needs a multiple of it, not {size}", "downscale_factor"
        )
    return input.with_shape(*batch, channels * (factor * factor), height // factor, width // factor)


def check_pixels(rank: int, factor: int, what: str, argument: str) -> None:
    if rank < 3:
        raise WrongRank(f"{what} needs a tensor of rank 3 at least, but its rank is {rank}", "input")
    if factor < 1:
        raise BadArgument(f"{argument} must be at least 1, not {factor}", argument)


@function("nn.functional.channel_shuffle", draw=samples.for_pixels)
def channel_shuffle(need: Need, input: Tensor, groups: int) -> Output:
    """Channels (axis 1) of several groups, interleaved."""
    if input.rank < 3:
        raise WrongRank(f"channel_shuffle needs a tensor of rank 3 at least, not {input}", "input")
    if groups < 1:
        raise BadArgument(f"channel_shuffle needs a group at least, not {groups}", "groups")
    need.multiple(input.shape[1], groups, f"{input.shape[1]} channels do not make {groups} groups", "groups")
    return input


@function("nn.functional.unfold", draw=samples.of_layer(Unfold))
def unfold(
    need: Need, input: Tensor, kernel_size: Window, dilation: Window = 1, padding: Window = 0, stride: Window = 1
) -> Output:
    """The windows that slide over an image, as columns: [N, C, H, W] made [N, C * kernel, L]."""
    return Unfold(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride).infer(need, input)


@function("nn.functional.fold", draw=samples.of_layer(Fold))
def fold(
    need: Need,
    input: Tensor,
    output_size: Size | SizeList,
    kernel_size: Window,
    dilation: Window = 1,
    padding: Window = 0,
    stride: Window = 1,
) -> Output:
    """Columns put back as windows of an image, summed where they overlap."""
    sizes = spread(output_size, 2, "output_size")
    for size in sizes:
        need.at_least(size, 1, f"fold cannot make an image of {TensorType(sizes)}", "output_size")
    steps = {"dilation": dilation, "padding": padding, "stride": stride}
    return Fold(output_size=sizes, kernel_size=kernel_size, **steps).folded(need, input, sizes)


@function("nn.functional.grid_sample", draw=samples.for_grid_sample)
def grid_sample(
    need: Need,
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Output:
    """The image sampled at the places (in -1 … 1) that a grid of shape [N, H, W, 2] names; also in 3-D."""
    require_rank(input, (4, 5), "grid_sample")
    require_float(input, "grid_sample")
    require_dtype("grid_sample", input, grid)
    check_sampling(mode, padding_mode, input.rank)
    if grid.rank != input.rank:
        raise WrongRank(f"grid_sample needs a grid of rank {input.rank}, not {grid}", "grid")
    axes = input.rank - 2
    need.equal(grid.shape[-1], axes, f"the last axis of the grid must be {axes}, not {grid.shape[-1]}", "grid")
    need.equal(grid.shape[0], input.shape[0], f"input {input} and grid {grid} are of different batch sizes", "grid")
    for size in input.shape[2:]:
        need.at_least(size, 1, f"grid_sample cannot sample {input}, which is empty", "input")
    return input.with_shape(*input.shape[:2], *grid.shape[1:-1])


def check_sampling(mode: str, padding_mode: str, rank: int) -> None:
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise BadArgument(f'mode must be "bilinear", "nearest" or "bicubic", not {mode!r}', "mode")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise BadArgument(
            f'padding_mode must be "zeros", "border" or "reflection", not {padding_mode!r}', "padding_mode"
        )
    if mode == "bicubic" and rank != 4:
        raise BadArgument('mode "bicubic" samples images (rank 4) only', "mode")


@function("nn.functional.affine_grid", draw=samples.for_affine_grid)
def affine_grid(need: Need, theta: Tensor, size: SizeList, align_corners: bool | None = None) -> Output:
    """The grid for `grid_sample` of affine maps of shape [N, 2, 3] (images) or [N, 3, 4] (volumes)."""
    axes = len(size) - 2
    require_float(theta, "affine_grid", "theta")
    if axes not in (2, 3):
        raise BadArgument(
            f"the size of affine_grid is that of images or volumes: 4 or 5 numbers, not {len(size)}", "size"
        )
    for each in size:
        need.at_least(each, 1, f"affine_grid cannot make a size of {each}", "size", refusal=BadArgument)
    wanted = (size[0], axes, axes + 1)
    if theta.rank != 3:
        raise BadArgument(f"theta must be of shape [{size[0]}, {axes}, {axes + 1}], not {theta}", "theta")
    for a, b in zip(theta.shape, wanted, strict=True):
        need.equal(a, b, f"theta must be of shape [{size[0]}, {axes}, {axes + 1}], not {theta}", "theta")
    return theta.with_shape(size[0], *size[2:], axes)
