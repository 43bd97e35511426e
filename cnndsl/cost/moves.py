"""Where each axis of an input is in the output of a call, and from which of its places each place there is made."""

from __future__ import annotations

from ..functions.index import PLACES
from ..functions.passes import Passing
from ..functions.passes.layered import ALIKE, alike, built
from ..functions.passes.moving import order_of
from ..graph import LayerModule
from ..reach import LOST, POINT, WHOLE, Move, flattened, over, standing, turned, unknown
from ..shapes import TensorType
from ..tape import Held
from ..typed import Any, Mapping
from .running import Leaf

JOINING = {"cat", "concat"}
REDUCING = {"mean", "sum", "amax", "amin", "max", "min", "prod", "logsumexp", "std", "var", "norm", "vector_norm"}
CUTTING = {"chunk", "split", "tensor_split", "narrow"}
TURNING = {"permute", "transpose", "swapaxes", "movedim"}
LOCAL = {"elementwise", "arithmetic"}  # files of functions that work element by element


def moves(leaf: Leaf, kind: TensorType, output: TensorType) -> Move:
    """How the axes of one input move in this call."""
    if isinstance(leaf.module, LayerModule):
        return leaf.module.layer.moves(kind, output)
    return unknown if leaf.call is None else of_function(leaf.call, kind, output)


def of_function(call: Passing, kind: TensorType, output: TensorType) -> Move:
    given, name = call.given, call.function
    if name in ALIKE:
        return built(alike(name), given).moves(kind, output)  # type: ignore[no-any-return]
    if name in JOINING:
        return joining(given["dim"] % output.rank)
    if name in CUTTING:
        return lambda axis: standing(axis) if kind.shape[axis] == output.shape[axis] else LOST
    if name in TURNING:
        return turned(order_of(kind.rank, given))
    if name in REDUCING and not isinstance(given.get("dim"), Held):
        return reducing(given, kind)
    if name == "linear":
        return over(kind.rank - 1)
    if name == "flatten":
        return flattened(given["start_dim"] % kind.rank, given["end_dim"] % kind.rank)
    return pointwise(kind, output) if PLACES.get(name) in LOCAL else unknown


def joining(joined: int) -> Move:
    return lambda axis: LOST if axis == joined else standing(axis)


def reducing(given: Mapping[str, Any], kind: TensorType) -> Move:
    """Over axes, or over all."""
    dims = given.get("dim")
    some = dims if isinstance(dims, (list, tuple)) else [] if dims is None else [dims]
    gone = {axis % kind.rank for axis in some} or set(range(kind.rank))
    keeps = bool(given.get("keepdim"))
    return lambda axis: WHOLE if axis in gone else (axis - (0 if keeps else sum(one < axis for one in gone)), POINT)


def pointwise(kind: TensorType, output: TensorType) -> Move:
    """Element by element, aligned at the last axis."""
    shift = output.rank - kind.rank
    return lambda axis: (axis + shift, POINT)
