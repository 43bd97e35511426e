"""What a class may ask for in its constructor, and what a call of it passes. Walks no steps."""

from __future__ import annotations

from collections.abc import Sequence

from ..functions import lookup
from ..functions.base import Function
from ..graph import BlockModule, Call, Instance, Known
from ..records import replace
from ..shapes import TensorType
from ..typed import Any
from .kinds import Kind
from .plans import Plan, Slot


def simple(value: Any) -> bool:
    """Whether a value can be a constructor argument."""
    value = value.value if isinstance(value, Known) else value
    if isinstance(value, (tuple, list)):
        return all(map(simple, value))
    return value is None or isinstance(value, (bool, int, float, str, Kind))


def keepable(members: Sequence[Instance], lost: frozenset[str] = frozenset()) -> list[str]:
    """The author's parameters that may stay constructor arguments.

    A model is called by strangers, so what decided something stays as it was; a block is called by this file alone.
    """
    pinned = lost.union(*(member.decided.pinned for member in members if member.kind == "model"))
    values: dict[str, list[Known]] = {}
    for member in members:
        for parameter in member.parameters:
            values.setdefault(parameter.name, []).append(parameter.value)
    return [name for name, given in values.items() if name not in pinned and all(map(simple, given))]


def annotation_of(function: Function, place: int) -> str:
    """What kind of value a function takes at a place; the last of them may be variadic."""
    variadic = next((i for i, p in enumerate(function.parameters) if p.variadic), len(function.parameters))
    return function.parameters[min(place, variadic, len(function.parameters) - 1)].annotation


def literal_dtypes(step: Call) -> tuple[Call, tuple[Any, ...]]:
    """The call with its dtypes written out, and those: no constructor could be given `torch.float64` as a string."""
    function = lookup(step.function)
    if function is None or not any("Dtype" in parameter.annotation for parameter in function.parameters):
        return step, ()
    named = {parameter.name: parameter.annotation for parameter in function.parameters}
    found: list[Any] = []

    def literal(item: Any, annotation: str) -> Any:
        if "Dtype" not in annotation or not isinstance(item, Known):
            return item
        found.append(item.value)
        return Known(item.value)

    arguments = tuple(literal(item, annotation_of(function, place)) for place, item in enumerate(step.arguments))
    keywords = tuple((name, literal(item, named.get(name, ""))) for name, item in step.keywords)
    return replace(step, arguments=arguments, keywords=keywords), tuple(found)


def given_for(plan: Plan, item: BlockModule, slot: Slot) -> Known:
    """What a call of the class passes for an argument, spelled over the names of the caller."""
    if slot.kind == "slot":
        return plan.extras[id(item.instance)][slot.key]
    found = argument_of(item, slot.key)
    if found is not None:
        return found
    if slot.kind == "size":
        return Known(size_of(item.instance, slot.key))
    return Known({p.name: p.value.value for p in item.instance.parameters}[slot.key])


def argument_of(item: BlockModule, name: str) -> Known | None:
    """A parameter or size as the caller spells it."""
    return next((a.value for a in (*item.arguments, *item.sizes) if a.name == name), None)


def size_of(instance: Instance, name: str) -> int | None:
    """The number behind a hidden size, None where it is known at run time only."""
    place = dict(instance.sizes).get(name)
    kind = instance.inputs[place[0]].type if place else None
    size = kind.shape[place[1]] if place and isinstance(kind, TensorType) else None
    return size if isinstance(size, int) else None
