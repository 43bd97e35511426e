"""How a layer works out the sizes of what it gives, for people: `floor((32 + 2*0 - 1*(3 - 1) - 1) / 2) + 1 = 15`."""

from __future__ import annotations

from ..graph import Apply, LayerModule, Value
from ..shapes import Misfit, Need
from ..typed import Any


def arithmetic(step: Any) -> str:
    """How a layer's output sizes are worked out: `height floor((32 + 2*0 - 1*(3 - 1) - 1) / 2) + 1 = 15`."""
    if not isinstance(step, Apply) or not isinstance(step.module, LayerModule):
        return ""
    need = Working()
    types = tuple(item.type if isinstance(item, Value) else item for item in step.inputs)
    try:
        step.module.layer.infer(need, *types)
    except (Misfit, TypeError):
        return ""
    return "; ".join(f"{' and '.join(axes)} = {text}" for text, axes in need.texts.items())


class Working(Need):
    """A need that lets rules show how they work out sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}

    def worked_out(self, axis: str, text: Any) -> None:
        self.texts.setdefault(text(), []).append(axis)
