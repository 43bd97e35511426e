"""What a recurrent layer gives that runs both ways where a parameter says so. Loaded only where one does."""

from __future__ import annotations

from ..dims import Dim
from ..dims.calls import Formula, formula, name, size_of
from ..graph import Known
from ..shapes import Size, TensorType
from ..spelled import Spelled
from ..typed import Any, Iterator


def by_flag(output: Any, layer: Any, flag: Known) -> Any:
    """The sequence, which is twice as wide where it is walked both ways, and the states: one for each layer and way."""
    sequence, last = output
    width = either(layer.state_size, layer, flag)
    rows = either(layer.num_layers, layer, flag)

    def of_ways(state: TensorType) -> TensorType:
        return state.with_shape(rows, *state.shape[1:])

    states = tuple(map(of_ways, last)) if isinstance(last, tuple) else of_ways(last)
    return sequence.with_shape(*sequence.shape[:-1], width), states


def either(size: int, layer: Any, flag: Known) -> Size:
    """Twice a size, or once, as the flag has it."""
    sizes = size.spellings if isinstance(size, Spelled) else (int(size),)
    ways = (formula("if", way * 2, asked, way) for way in sizes for asked in conditions(flag))
    return Spelled(int(size) * layer.directions, [size_of(way) for way in ways if isinstance(way, (Dim, Formula))])


def conditions(flag: Known) -> Iterator[Any]:
    """The flag as a part of a formula."""
    for spelling in flag.spellings:
        yield name(spelling, "bool") if isinstance(spelling, str) and not isinstance(spelling, Formula) else spelling
