"""Where two sizes come from that are equal for small inputs alone, and what would make them equal for all.

Asked only of what is warned about: the visit is over by then, so its steps are looked up in what it has made.
"""

from __future__ import annotations

from ..graph import Apply, BlockModule, Instance, SequentialModule, Value
from ..loops import every, numbered, operands_of, values_in
from ..problems import Related, advise
from ..records import dataclass
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .meeting import by_what_led_there, on_the_way
from .paddings import layer_of, written
from .program import Scope
from .provenance import Made, maker_of, named_values, origins, rank_of, size_at, source_of
from .things import Thing

MOST = 1000  # blocks that are looked at


@dataclass
class Seen:
    """What there is of a visit when it is over."""

    made: Made
    names: Mapping[str, Thing]
    body: Any
    scope: Scope


def apart(instance: Instance, place: Span, scope: Scope) -> tuple[dict[str, object], tuple[Related, ...]]:
    """The facts and second places of two sizes that meet at a place; nothing where they are not found."""
    for one in instances(instance):
        for step in every(one.body):
            if getattr(step, "span", None) != place or isinstance(step, Apply):
                continue
            values = [value for part in operands_of(step) for value in values_in(part)]
            pair = next(((values[0], other) for other in values[1:] if axis_apart(values[0], other)), None)
            if pair is not None:
                return told(seen(one, scope), pair, place)
    return {}, ()


def told(visit: Seen, pair: tuple[Value, Value], place: Span) -> tuple[dict[str, object], tuple[Related, ...]]:
    axis = axis_apart(*pair)
    sizes = [f"`{size_at(value.type, axis)}`" for value in pair]
    message = f"at axis {axis}, {sizes[0]} is not {sizes[1]}"
    helped = by_what_led_there(visit, pair, message)
    if not helped and axis is not None:
        helped = on_the_way(visit.made, *pair, axis, visit.body) or smaller(visit.made, pair, axis)
    return {"sizes": sizes, "axis": axis, **helped}, tuple(origins(visit.made, pair, place, message))


def smaller(made: Made, pair: tuple[Value, Value], axis: int) -> dict[str, object]:
    """The step that makes the one size of the other."""
    for value, other in (pair, pair[::-1]):
        step, _ = maker_of(made, value, axis)
        before, layer = source_of(step), layer_of(step)
        have, now = (size_at(before.type, axis) if before else None), size_at(value.type, axis)
        is_strided = layer is not None and "stride" in layer.fields and not layer.enlarges
        if is_strided and have == size_at(other.type, axis) and have != now:
            return {"help": advise("strides-alike", now=str(now), have=str(have), **written(step.span))}
    return {}


def axis_apart(one: Value, other: Value) -> int | None:
    """The first axis of two maps along which their sizes differ."""
    rank = rank_of(one.type)
    if rank < 3 or rank != rank_of(other.type):
        return None
    axes = (axis for axis in range(2, rank) if size_at(one.type, axis) != size_at(other.type, axis))
    return next((axis for axis in axes if 1 not in (size_at(one.type, axis), size_at(other.type, axis))), None)


def seen(instance: Instance, scope: Scope) -> Seen:
    item, _ = scope.items.get(instance.definition, (None, scope))
    body = getattr(item, "body", ())
    made = {number: step for step in every(instance.body) for number, step in numbered(step)}
    inputs = (node for node in body if isinstance(node, t.Input))
    made |= {value.number: node for value, node in zip(instance.inputs, inputs, strict=False)}
    return Seen(made, named_values(made), body, scope)


def instances(instance: Instance) -> Iterator[Instance]:
    """An instance and those of the blocks in it, each once."""
    found, left = {id(instance): instance}, [instance]
    while left and len(found) < MOST:
        one = left.pop(0)
        yield one
        modules = [step.module for step in every(one.body) if getattr(step, "module", None) is not None]
        while modules:
            module = modules.pop()
            if isinstance(module, SequentialModule):
                modules += [child.module for child in module.children]
            elif isinstance(module, BlockModule) and id(module.instance) not in found:
                found[id(module.instance)] = module.instance
                left.append(module.instance)
