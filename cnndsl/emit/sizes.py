"""Types as they are once the requirements are met: under `H % 4 == 0`, `[N, 4 * (H // 4)]` is `[N, H]`."""

from __future__ import annotations

from ..dims import Requirements
from ..graph import Type
from ..shapes import TensorType


def met_type(kind: Type, requirements: Requirements) -> Type:
    """A type, nested as it is, with all of its sizes met."""
    if isinstance(kind, TensorType):
        return TensorType(tuple(map(requirements.met, kind.shape)), kind.dtype)
    return tuple(met_type(item, requirements) for item in kind) if isinstance(kind, (tuple, list)) else kind
