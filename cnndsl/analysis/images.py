"""A Linear that takes an image works along its width: where a `Flatten` was forgotten. Loaded only where one takes an
input.
"""

from __future__ import annotations

from ..graph import Value
from ..layers.base import Layer
from ..lean import Counter
from ..shapes import TensorType
from ..source import Span
from ..typed import Any, Iterator
from .lint import Node, Told
from .writing import BATCH_NORMS


def along_width(nodes: list[Node], inputs: tuple[Value, ...], uses: Counter[int]) -> Iterator[tuple[str, Span, Told]]:
    """The Linears of a model that alone take an image, and whose result no layer of maps takes."""
    images = {value.number: value.name for value in inputs if is_image(value.type) and uses[value.number] == 1}
    mapped = {node.source for node in nodes if is_of_maps(node.layer)}
    for node in nodes:
        if node.source in images and type(node.layer).__name__ == "Linear" and node.target not in mapped:
            yield "linear-on-maps", node.span, (("name", f"`{images[node.source]}`"), ("layer", "Linear"))


def is_image(kind: Any) -> bool:
    """Whether an input is a square image of one channel or three."""
    shape = kind.shape if isinstance(kind, TensorType) else ()
    return len(shape) == 4 and shape[1] in (1, 3) and shape[2] == shape[3] != 1


def is_of_maps(layer: Any) -> bool:
    """Whether what a layer is given has a channel for each of its maps: then a Linear before it is meant."""
    return isinstance(layer, Layer) and (
        layer.kind in ("convolution", "pooling") or type(layer).__name__ in BATCH_NORMS
    )
