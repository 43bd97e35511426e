"""Functions that pad and resize grids: pad, interpolate."""

from __future__ import annotations

from ..dims import Dim, minimum
from ..layers.checks import scaled as layer_scaled
from ..shapes import BadArgument, Need, Size, TensorType, WrongDtype, WrongRank
from ..typed import Any
from .base import Draws, FloatList, Output, SizeList, Tensor, function
from .rules import require_holds, spread

samples = Draws("samples")

PADDING_MODES = ("constant", "reflect", "replicate", "circular")
MODES = {  # interpolation → ranks it is defined for
    "nearest": (3, 4, 5),
    "nearest-exact": (3, 4, 5),
    "area": (3, 4, 5),
    "linear": (3,),
    "bilinear": (4,),
    "bicubic": (4,),
    "trilinear": (5,),
}
CORNERS = ("linear", "bilinear", "bicubic", "trilinear")


@function("nn.functional.pad", draw=samples.for_pad)
def pad(need: Need, input: Tensor, pad: SizeList, mode: str = "constant", value: float | None = None) -> Output:
    """Grown at both ends of the last axes: `pad` is (before, after) for the last axis, then for the one before it."""
    if mode not in PADDING_MODES:
        raise BadArgument(f"mode must be one of {', '.join(PADDING_MODES)}, not {mode!r}", "mode")
    if len(pad) % 2:
        raise BadArgument(f"pad needs a before and an after for each axis: {len(pad)} numbers are odd", "pad")
    if len(pad) > 2 * input.rank:
        raise WrongRank(f"pad speaks of {len(pad) // 2} axes, but {input} has rank {input.rank}", "pad")
    if value is not None:
        require_holds(input.dtype, value, "value")
    if mode != "constant":
        check_edges(need, input, pad, mode, value)
    shape = list(input.shape)
    for place, (before, after) in enumerate(zip(pad[::2], pad[1::2], strict=True)):
        shape[-1 - place] = padded(need, input, -1 - place, before, after)
    return input.with_shape(*shape)


def padded(need: Need, input: TensorType, place: int, before: Size, after: Size) -> Size:
    left = input.shape[place] + cut(before) + cut(after)
    need.at_least(left, 0, f"pad cannot cut {before} and {after} off axis {place} of {input}", "pad")
    size = input.shape[place] + before + after
    message = f"pad cannot make axis {place} of {input} {size} long ({input.shape[place]} + {before} + {after})"
    need.at_least(size, 0, message, "pad")
    return size


def cut(amount: Size) -> Size:
    """What a padding takes away: itself where it is negative."""
    return min(amount, 0) if isinstance(amount, int) else minimum(amount, 0)


def check_edges(need: Need, input: TensorType, pad: tuple[Size, ...], mode: str, value: Any) -> None:
    """What the modes need that take the padding from the tensor itself."""
    axes = len(pad) // 2
    if value not in (None, 0):
        raise BadArgument(f'mode "{mode}" takes no value', "value")
    if not 1 <= axes <= 3 or input.rank not in (axes + 1, axes + 2):
        raise WrongRank(
            f'mode "{mode}" pads the last axes of rank 2 to 5, all but one or two, not {axes} of {input}', "pad"
        )
    if input.dtype == "bool" and mode != "circular":
        raise WrongDtype(f'mode "{mode}" is not defined on truth values', "input")
    for size in input.shape[-axes - 1 :] if input.rank == axes + 2 else input.shape:
        need.at_least(size, 1, f'mode "{mode}" cannot pad {input}, which is empty', "input")
    for place, amount in enumerate(pad):
        size = input.shape[-1 - place // 2]
        room = size - 1 if mode == "reflect" else size + cut(pad[place ^ 1])
        if place % 2:
            whole = size + amount + pad[place - 1]
            need.at_least(whole, 1, f'mode "{mode}" cannot make a size of {whole} from {size}', "pad")
        if mode != "replicate":
            need.at_least(room, amount, f'mode "{mode}" cannot pad a size of {size} by {amount}', "pad")


@function("nn.functional.interpolate", draw=samples.for_interpolate)
def interpolate(
    need: Need,
    input: Tensor,
    size: Size | SizeList | None = None,
    scale_factor: float | FloatList | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Output:
    """Resized to `size`, or by `scale_factor`, along all axes but batch and channel."""
    check_mode(input, mode, align_corners, antialias)
    if (size is None) == (scale_factor is None):
        is_pair = isinstance(scale_factor, (int, Dim)) and not isinstance(size, (list, tuple))
        help = "leave one out; two sizes are a list: `interpolate([H, W])`" if size is not None and is_pair else None
        count = "neither is" if size is None else "both are"
        raise BadArgument(f"interpolate takes one of size and scale_factor, but {count} given", "size", help=help)
    if size is not None and recompute_scale_factor:
        raise BadArgument("recompute_scale_factor needs a scale_factor, not a size", "recompute_scale_factor")
    grid = input.shape[2:]
    if size is not None:
        new = spread(size, len(grid), "size")
    else:
        new = tuple(
            scaled(each, by) for each, by in zip(grid, spread(scale_factor, len(grid), "scale_factor"), strict=True)
        )
    for each in (*input.shape[1:], *new):
        need.at_least(each, 1, f"interpolate cannot make {TensorType(new)} of {TensorType(grid)}", "size")
    return input.with_shape(*input.shape[:2], *new)


def scaled(size: Size, by: float) -> Size:
    """`floor(size * by)`, as torch computes it; a whole factor keeps the author's spelling."""
    return size * int(by) if isinstance(by, float) and by == int(by) else layer_scaled(size, by)


def check_mode(input: TensorType, mode: str, align_corners: bool | None, antialias: bool) -> None:
    if mode not in MODES:
        raise BadArgument(f"mode must be one of {', '.join(MODES)}, not {mode!r}", "mode")
    if input.rank not in MODES[mode]:
        ranks = " or ".join(map(str, MODES[mode]))
        raise WrongRank(f'mode "{mode}" resizes tensors of rank {ranks}, not {input} (rank {input.rank})', "mode")
    if align_corners is not None and mode not in CORNERS:
        raise BadArgument(f'mode "{mode}" takes no align_corners', "align_corners")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise BadArgument(f'antialias is for "bilinear" and "bicubic", not "{mode}"', "antialias")
    if not input.is_float and (
        mode not in ("nearest", "nearest-exact", "bilinear", "bicubic") or input.dtype != "uint8"
    ):
        raise WrongDtype(f'mode "{mode}" needs floating-point numbers, but input is {input.dtype}', "input")
