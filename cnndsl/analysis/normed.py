"""Behind which modules a batch norm stands each time that they are applied. Loaded only where one cancels a bias."""

from __future__ import annotations

from ..graph import Apply, Step
from ..layers.base import Layer
from ..shapes import TensorType
from ..typed import Any
from .lint import Node, number_of
from .writing import BATCH_NORMS


class Normed:
    """Behind which modules of a definition a batch norm stands each time that they are applied."""

    def __init__(self, steps: list[Step], nodes: list[Node]) -> None:
        self.steps, self.nodes = steps, nodes
        self.given: dict[Any, list[Any]] = {}  # by the first thing that a module gives, all that it gives
        self.normed: set[Any] | None = None

    def always(self, target: Any) -> bool:
        """Whether this is what a module gives first, and all that it gives is normed."""
        if self.normed is None:
            self.gather()
        return bool(self.normed and self.normed.issuperset(self.given.get(target, (target,))))

    def gather(self) -> None:
        self.normed = {node.source for node in self.nodes if type(node.layer).__name__ in BATCH_NORMS}
        paths: dict[str, list[Any]] = {}
        for step in self.steps:
            if isinstance(step, Apply):
                paths.setdefault(step.path, []).append(number_of(step.target))
        for first, *others in paths.values():
            self.given |= {first: [first, *others], **{other: [None] for other in others}}


def adds_by_channel(layer: Layer, given: Any) -> bool:
    """Whether its bias is a number for each channel of what it gives."""
    name = type(layer).__name__
    return name.startswith("Conv") or (name == "Linear" and isinstance(given, TensorType) and given.rank == 2)
