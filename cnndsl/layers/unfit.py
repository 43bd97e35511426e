"""What may have been meant, where an input does not fit a layer: another rank, another order of axes, another dtype.

Loaded where that is so; which inputs fit says base.py.
"""

from __future__ import annotations

from ..shapes import SizeDiffers, TensorType
from ..typed import TYPE_CHECKING, Any
from . import lookup

if TYPE_CHECKING:
    from .base import Layer


OF_SEQUENCES = frozenset({"attention", "recurrent"})


def other_rank(cls: type[Layer], tensor: TensorType) -> str | None:
    """What takes a tensor of this rank, for who wrote this layer."""
    if cls.kind in ("attention", "recurrent") and tensor.rank == 4:
        return "maps become the steps of a sequence by `-> flatten(2) -> transpose(1, 2)`: [N, H * W, C]"
    if cls.__name__[-2:] not in ("1d", "2d", "3d"):
        return None
    others = (lookup(f"{cls.__name__[:-2]}{dimensions}d") for dimensions in (1, 2, 3))
    fitting = [other.__name__ for other in others if other and tensor.rank == max(other.ranks, default=0)]
    return f"{fitting[0]} takes {tensor.rank} dimensions" if fitting else None


FEW = 4  # channels of what comes from a camera


def other_axes(cls: type[Layer], size: Any, inputs: tuple[Any, ...]) -> str | None:
    """What may have been meant, where the axis of the channels holds a free size: another rank, another order."""
    tensor = inputs[0] if inputs else None
    if not isinstance(tensor, TensorType) or len(cls.ranks) < 2:
        return None
    if tensor.rank == max(cls.ranks) - 1 and size == tensor.shape[0]:
        return without_channels(cls, tensor)
    last = tensor.shape[-1]
    if tensor.rank == max(cls.ranks) == 3:
        where, there = "channels are axis 1, and the last axis", last
        if size != tensor.shape[1]:
            where, there = "features are the last axis, and axis 1", tensor.shape[1] if size == last else size
        if isinstance(there, int):
            return f"the {where} of {tensor} is {there}: write `-> transpose(1, 2)` before"
    if tensor.rank == max(cls.ranks) and str(size) == "C":
        return "a layer has as many weights as there are channels: declare their number, as in `[N, 3, ...]`"
    if tensor.rank == max(cls.ranks) > 3 and (axis := axis_of_channels(tensor)):
        order = [0, axis, *(other for other in range(1, tensor.rank) if other != axis)]
        moved = "transpose(1, 2)" if axis == 2 else f"permute({', '.join(map(str, order))})"
        return f"the channels are axis 1, and their number is fixed: declare them so, or write `-> {moved}`"
    return None


def axis_of_channels(tensor: TensorType) -> int | None:
    """Where the channels of an image or video most likely are, if not on axis 1: the one axis of a few, or the last."""
    few = [axis for axis in range(2, tensor.rank) if isinstance(size := tensor.shape[axis], int) and size <= FEW]
    last = tensor.shape[-1]
    if len(few) == 1:
        return few[0]
    return tensor.rank - 1 if isinstance(last, int) or str(last) == "C" else None


def without_channels(cls: type[Layer], tensor: TensorType) -> str | None:
    """What to say of a batch whose axis is taken for the channels: `[N, 28, 28]` for `[N, 1, 28, 28]`."""
    batch, *sizes = map(str, tensor.shape)
    is_image = len(set(sizes)) == 1 or sizes == ["H", "W"]
    if len(sizes) == 2 and batch != "N" and sizes[-1] in ("1", "3", "4") and not isinstance(tensor.shape[1], int):
        return f"torch has the batch first, and the channels next: declare `[N, {sizes[1]}, {batch}, {sizes[0]}]`"
    declared = f"declare `[{batch}, 1, {', '.join(sizes)}]`, or write `-> unsqueeze(1)` before"
    if tensor.rank == 2 or is_image:
        return f"the axis of the channels is missing behind the batch: {declared}"
    other = cls.other_rank(tensor)
    return f"without a batch, axis 0 holds the channels; {other}" if other else None


def flattened(inputs: tuple[Any, ...]) -> str | None:
    """What to say of an input with one axis left, the batch in it."""
    is_flat = inputs and isinstance(inputs[0], TensorType) and inputs[0].rank == 1
    return "one axis is left, and the batch is in it: `-> flatten(1)` keeps axis 0" if is_flat else None


def other_dtype(cls: type[Layer], tensor: TensorType) -> str | None:
    """How to come from this dtype to one that the layer takes."""
    if tensor.is_float and "int64" in cls.dtypes:
        return "indices are whole numbers: declare the input with its dtype, `[N, T] int64`"
    is_word = tensor.rank == 2 and (not isinstance(tensor.shape[1], int) or cls.kind in OF_SEQUENCES)
    if tensor.dtype == "int64" and is_word and "float32" in cls.dtypes:
        features = "as many features as this takes" if cls.kind == "attention" else "64 features"
        count = "..." if cls.kind == "attention" else 64
        return f"numbers of words need `-> Embedding(1000, {count})` before: of 1,000 words, {features} each"
    return 'cast it before: `-> cast("float32")`' if "float32" in cls.dtypes else None


def other_states(layer: Any, error: SizeDiffers, hx: Any, wanted: tuple[Any, ...]) -> SizeDiffers:
    """The refusal of states of another size, with where the one that is wanted comes from, and what takes these."""
    given, name, ways = (hx[0] if isinstance(hx, tuple) else hx), type(layer).__name__, layer.directions
    shape = given.shape if isinstance(given, TensorType) else ()
    if len(shape) != len(wanted) or not isinstance(shape[0], int) or not isinstance(shape[-1], int):
        return error
    if shape[0] != wanted[0]:
        layers, each = layer.num_layers, f"{ways} direction{'s' * (ways > 1)}"
        error.message += f": {wanted[0]} = {layers} layer{'s' * (layers > 1)} * {each}"
        if ways == 2 and shape[0] == layers:
            error.help = f"these are of one direction: leave `bidirectional=True` out, or give states of {ways}"
        elif shape[0] % ways == 0:
            either = ", and so does `bidirectional=True`" * (ways == 1 and shape[0] == 2 * layers)
            error.help = f"`num_layers={shape[0] // ways}` takes these states{either}"
    elif shape[-1] != wanted[-1] and not getattr(layer, "proj_size", 0):
        error.message += f": {wanted[-1]} is its hidden_size"
        error.help = f"`{name}({shape[-1]}, ...)` takes these states"
    return error
