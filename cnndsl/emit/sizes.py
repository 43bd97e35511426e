"""Types as they are shown: under `H % 4 == 0`, `[N, 4 * (H // 4)]` is `[N, H]`; what a loop left behind has a name."""

from __future__ import annotations

from ..dims import Dim, Requirements, Size
from ..graph import Instance, Type
from ..lean import NoneType
from ..loops import Came
from ..shapes import TensorType
from ..typed import Any, Mapping


def met_type(kind: Type, requirements: Requirements) -> Type:
    """A type, nested as it is, with all of its sizes met."""
    if isinstance(kind, TensorType):
        return TensorType(tuple(map(requirements.met, kind.shape)), kind.dtype)
    return tuple(met_type(item, requirements) for item in kind) if isinstance(kind, (tuple, list)) else kind


def behind_loops(size: Dim, came_to: Mapping[str, Any], settled: Mapping[str, int]) -> Size:
    """A size in the names that hold outside of loops, as far as it has any there; what is settled as a number."""
    changed = {name: came for name in size.symbols if not isinstance(came := came_to.get(name), (Came, NoneType))}
    found = size.subs(changed) if changed else size
    found = found if isinstance(found, Dim) else size
    return found.subs(settled) if found.symbols & settled.keys() else found


def is_free(instance: Instance, kind: Type) -> bool:
    """Whether there is a free size in a type, beside the number of samples that an input has."""
    if not isinstance(kind, TensorType):
        return False
    samples = [value.type.shape[:1] for value in instance.inputs if isinstance(value.type, TensorType)]
    sizes = kind.shape[kind.shape[:1] in samples :]
    return any(isinstance(size, Dim) for size in sizes)
