"""Receptive fields: from which places of the inputs each place of a layer's output is made. Batch norm is seen as in
evaluation. Says nothing where it does not know: after a reshape, of images resized by no whole factor, …
"""

from __future__ import annotations

from ..graph import LayerModule
from ..reach import LOST, POINT, WHOLE, Reach, together
from ..records import dataclass
from ..tape import Held, tensors
from ..typed import Any, Iterable, Mapping
from .moves import moves
from .running import Leaf

Source = tuple[int, int]  # an axis of an input
Where = Any  # (axis, Reach): along that axis; (axis, None): it is part of that axis; WHOLE; LOST
State = dict[Source, Where]


@dataclass(frozen=True)
class Field:
    """The receptive field of a layer's output along the spatial axes of one input; None: the whole axis."""

    axes: tuple[Reach | None, ...]

    @property
    def size_text(self) -> str:
        return shared(self.axes, lambda reach: str(reach.size), "whole", "×")

    @property
    def jump_text(self) -> str:
        return shared(self.axes, lambda reach: str(reach.jump), "", "×")

    @property
    def centre_text(self) -> str:
        return shared(self.axes, lambda reach: f"{float(reach.centre):g}", "", ", ")


def shared(axes: Iterable[Reach | None], text: Any, none: str, sign: str) -> str:
    """One text for all axes, if they are alike."""
    found = [text(reach) if reach is not None else none for reach in axes]
    return found[0] if len(set(found)) == 1 else sign.join(found)


def fields(inputs: Iterable[Held], leaves: Iterable[Leaf]) -> dict[int, Field]:
    """The field of each leaf's output, by the identity of the leaf; those alone that have one."""
    states: dict[int, State] = {}
    for number, held in enumerate(inputs):
        states[id(held)] = {(number, axis): (axis, POINT) for axis in range(2, held.type.rank)}
    found: dict[int, Field] = {}
    for leaf in leaves:
        state = after(leaf, states)
        for held in tensors(leaf.held):
            states.setdefault(id(held), state)
        field = field_of(state)
        if field and isinstance(leaf.module, LayerModule):
            found[id(leaf)] = field
    return found


def field_of(state: State) -> Field | None:
    """The field on the input that has one; of several, the first."""
    for number in sorted({source[0] for source in state}):
        axes = [where for source, where in sorted(state.items()) if source[0] == number]
        if all(where == WHOLE or (where != LOST and where[1] is not None) for where in axes):
            return Field(tuple(None if where == WHOLE else where[1] for where in axes))
    return None


def after(leaf: Leaf, states: Mapping[int, State]) -> State:
    """The state of what a leaf makes."""
    inputs = [(held, states[id(held)]) for held in tensors(leaf.inputs) if id(held) in states]
    result: State = {}
    outputs = [*tensors(leaf.held)]
    if not inputs or not outputs:
        return result
    for held, state in inputs:
        place = moves(leaf, held.type, outputs[0].type)
        for source, where in state.items():
            here = where if where in (WHOLE, LOST) else placed(place(where[0]), where[1])
            result[source] = joined(result[source], here) if source in result else here
    return result


def placed(there: Any, reach: Reach | None) -> Where:
    """Where what was along one axis is now: `there` is WHOLE, LOST, or an axis with the step along it."""
    if there in (WHOLE, LOST):
        return there
    axis, step = there
    if reach is None or step is None:
        return (axis, None) if reach is None or step is None else LOST
    return axis, reach.before(step)


def joined(one: Where, other: Where) -> Where:
    """Of two arms: the larger field."""
    if WHOLE in (one, other):
        return WHOLE
    if LOST in (one, other) or one[0] != other[0] or one[1] is None or other[1] is None:
        return LOST
    reach = together((one[1], other[1]))
    return LOST if reach is None else (one[0], reach)
