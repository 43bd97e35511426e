"""Layers that most likely work along another axis than was meant: the batch for the steps of a sequence, a size for the
number of times that one is to grow. Loaded only where there are such layers.
"""

from __future__ import annotations

from ..dims import Dim
from ..layers.base import Layer
from ..shapes import TensorType
from ..typed import Any, Iterator

BATCH = frozenset({"N", "B", "Batch", "BATCH"})  # what authors call the size of a batch
SMALL = 8  # times that a map may be meant to grow


def mixed_up(layer: Layer, kind: Any) -> Iterator[str]:
    """The code of what is wrong with a layer on an input of this type."""
    if not isinstance(kind, TensorType):
        return
    is_sequence = getattr(layer, "batch_first", True) is False and kind.rank == 3
    if is_sequence and is_batch(kind.shape[0]) and not is_batch(kind.shape[1]):
        yield "batch-as-steps"
    size = getattr(layer, "size", None)
    if layer.enlarges and isinstance(size, int) and size <= SMALL and all(is_less(size, one) for one in kind.shape[2:]):
        yield "size-for-scale"


def is_batch(size: Any) -> bool:
    return isinstance(size, Dim) and str(size) in BATCH


def is_less(size: int, other: Any) -> bool:
    """Whether a size is less than that of a map; one that is free is most likely larger."""
    return not isinstance(other, int) or size < other
