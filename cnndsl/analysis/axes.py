"""Layers that most likely work along another axis than was meant: the batch for the steps of a sequence, a size for the
number of times that one is to grow; what attends to several tensors, with masks that shut out nothing or all; and a
dropout between layers that are one. Loaded only where there are such layers.
"""

from __future__ import annotations

from ..dims import Dim
from ..graph import Apply, Call, Instance, Known, LayerModule, Operate, Value
from ..layers.base import Layer
from ..loops import every
from ..problems import Related
from ..shapes import TensorType
from ..source import Span
from ..typed import Any, Callable, Iterable, Iterator, Mapping

BATCH = frozenset({"N", "B", "Batch", "BATCH"})  # what authors call the size of a batch
IN_PARTS = frozenset({"chunk", "split", "tensor_split"})
SMALL = 8  # times that a map may be meant to grow


def mixed_up(layer: Layer, kind: Any) -> Iterator[str]:
    """The code of what is wrong with a layer on an input of this type."""
    if not isinstance(kind, TensorType):
        return
    stacked = getattr(layer, getattr(layer, "element", ""), layer)  # by a TransformerEncoder
    is_sequence = getattr(stacked, "batch_first", True) is False and kind.rank == 3
    if is_sequence and is_batch(kind.shape[0]) and not is_batch(kind.shape[1]):
        yield "batch-as-steps"
    size = getattr(layer, "size", None)
    if layer.enlarges and isinstance(size, int) and size <= SMALL and all(is_less(size, one) for one in kind.shape[2:]):
        yield "size-for-scale"
    if getattr(layer, "num_layers", 2) == 1 and getattr(layer, "dropout", 0):
        yield "idle-dropout"


def alone(layer: Layer, kind: Any, span: Span) -> Iterator[tuple[str, Span, Any]]:
    """A layer in which a sequence attends to itself, and has one position."""
    stacked: Any = getattr(layer, getattr(layer, "element", ""), layer)
    if layer.kind != "attention" or not isinstance(kind, TensorType) or getattr(stacked, "add_bias_kv", False):
        return
    steps = 1 if kind.rank == 3 and stacked.batch_first else 0
    if kind.shape[steps].__class__ is not Dim and kind.shape[steps] == 1:
        name = type(layer).__name__
        yield "lone-position", span, (("name", name), ("axis", str(steps)), ("shape", str(kind)))


def shrunk(step: Call) -> Iterator[tuple[str, Span, str]]:
    """`interpolate(2)` of maps of which hardly anything is then left."""
    kind, size = getattr(step.arguments[0], "type", None), step.arguments[1] if len(step.arguments) > 1 else None
    if step.span is None or not isinstance(kind, TensorType) or not isinstance(size, Known):
        return
    times = size.value
    if type(times) is int and 1 < times <= SMALL // 2 and all(is_less(4 * times - 1, one) for one in kind.shape[2:]):
        yield "size-for-scale", step.span, step.function


def over_batch(nodes: Iterable[Any], steps: Iterable[Any]) -> Iterator[tuple[str, Span, Any]]:
    """Of softmaxes that make a network's results, those that run along the batch; one number each is a weight."""
    axes = {
        step.target.number: axis_of(step) for step in steps if isinstance(step, Call) and isinstance(step.target, Value)
    }
    for node in nodes:
        is_called, kind = isinstance(node.layer, str), node.input
        axis = axes.get(node.target) if is_called else node.layer.dim
        if not isinstance(kind, TensorType) or set(kind.shape[1:]) <= {1} or not is_batch(kind.shape[0]):
            continue
        if axis in (0, -kind.rank) and not begins_with_batch(kind):  # else, it is told wherever it stands
            name = node.layer if is_called else type(node.layer).__name__
            yield "softmax-over-batch", node.span, along_batch(name, kind)


def axis_of(step: Call) -> Any:
    """The axis that a softmax is given."""
    given = step.arguments[1] if len(step.arguments) > 1 else dict(step.keywords).get("dim")
    return given.value if isinstance(given, Known) else None


def makers_in(steps: Iterable[Any]) -> dict[int, Any]:
    """The calls of functions and operators, by the tensor that they make."""
    made = (step for step in steps if isinstance(step, (Call, Operate)))
    return {step.target.number: step for step in made if isinstance(step.target, Value)}


def of_attention(step: Any, makers: Callable[[], Mapping[int, Any]]) -> Iterator[tuple[str, Span, Any]]:
    """The mistakes of what takes several tensors: its axes, and a mask that shuts out nothing."""
    layer = step.module.layer if isinstance(getattr(step, "module", None), LayerModule) else None
    if step.span is None or (layer is None and not isinstance(step, Call)):
        return
    if layer is not None and layer.kind in ("recurrent", "attention") and len(step.inputs) > 1:
        yield from ((code, step.span, type(layer).__name__) for code in mixed_up(layer, step.inputs[0].type))
        if step.inputs[0] == step.inputs[1]:
            yield from alone(layer, step.inputs[1].type, step.span)
    placed = zip((*layer.inputs, *layer.optional), step.inputs, strict=False) if layer else ()
    named = (*placed, *(step.options if layer else step.keywords))
    given = [thing for name, thing in named if name.endswith("mask")]
    masks = [mask for mask in given if isinstance(mask, Value) and isinstance(mask.type, TensorType)]
    made = makers() if masks else {}
    for mask in masks:
        name = mask.name or "mask"
        if mask.type.is_float and is_of_ones(mask, made):
            asked = shut_out(made[mask.number], layer is not None)
            yield "mask-of-ones", step.span, (("name", name), ("meant", name + asked if asked else ""))
        elif mask.type.dtype == "bool" and (found := blind(mask, made, layer is not None)):
            yield "blind-position", step.span, (("name", name), *found)


def is_of_ones(mask: Value, made: Mapping[int, Any]) -> bool:
    """Whether a mask is one half of a square of ones, or a condition as numbers."""
    half = made.get(mask.number)
    if isinstance(half, Call) and half.function == "cast":
        return getattr(getattr(half.arguments[0], "type", None), "dtype", "") == "bool"
    return is_half(half, made)


def is_half(step: Any, made: Mapping[int, Any]) -> bool:
    """Whether a step makes one half of a square of ones."""
    is_cut = isinstance(step, Call) and step.function in ("tril", "triu") and step.arguments
    first = step.arguments[0] if is_cut else None
    whole = made.get(first.number) if isinstance(first, Value) else None
    return isinstance(whole, Call) and whole.function in ("ones", "ones_like")


def shift_of(half: Call) -> Any:
    """The diagonal at which a half is cut; None if it is not known."""
    shift = half.arguments[1] if len(half.arguments) > 1 else dict(half.keywords).get("diagonal", Known(0))
    return shift.value if isinstance(shift, Known) else None


def shut_out(half: Call, is_layer: bool) -> str:
    """How to ask a half of ones where what comes later is not looked at: layers want what is true there; nothing where
    it is not sure that this is meant.
    """
    if (half.function, shift_of(half)) not in (("tril", 0), ("triu", 1)):
        return ""
    return f" == {int(is_layer == (half.function == 'triu'))}"


def blind(mask: Value, made: Mapping[int, Any], is_layer: bool) -> tuple[tuple[str, str], ...]:
    """Which position a half of ones as a condition lets look at nothing, and how to shut out what comes later."""
    half: Any = made.get(mask.number)
    asked: Any = Known(1)
    if isinstance(half, Operate) and half.operator == "==" and isinstance(half.operands[1], Known):
        first, asked = half.operands
        half = made.get(first.number) if isinstance(first, Value) else None
    if not is_half(half, made) or not isinstance(shift := shift_of(half), int) or asked.value not in (0, 1):
        return ()
    *_, rows, columns = half.target.type.shape
    is_low = (half.function == "tril") == bool(asked.value)  # true up to a diagonal, else from it on
    edge = shift + (0 if asked.value else -1 if is_low else 1)
    if not is_layer:  # where it is true, it is looked at
        is_low, edge = not is_low, edge + (1 if is_low else -1)
    if rows != columns or (edge < 0 if is_low else edge > 0):
        return ()
    ones = f"ones([{rows}, {columns}])"
    meant = f"triu({ones}, 1) == 1" if is_layer else f"tril({ones}) == 1"
    return ("which", "last" if is_low else "first"), ("meant", meant)


def single(steps: Iterable[Any], span: Span) -> dict[str, object]:
    """The facts of the one tensor of size 1 along axis 0 that the step at a place takes: its name, its other axes."""
    taken = (step for step in every(steps) if isinstance(step, (Call, Operate)) and step.span == span)
    values = {one.name: one.type for step in taken for one in operands(step) if isinstance(one.type, TensorType)}
    found = [(name, kind.rank) for name, kind in values.items() if kind.shape[:1] == (1,)]
    return {"tensor": found[0][0], "rest": ", -1" * (found[0][1] - 1)} if len(found) == 1 else {}


def taken_apart(steps: Iterable[Any], place: Span) -> tuple[Related, ...]:
    """The one call, elsewhere than at a place, that takes a batch apart."""
    calls = [step for step in every(steps) if isinstance(step, Call) and step.function in IN_PARTS]
    found = {step.span for step in calls if step.span and is_of_batch(step)} - {place}
    return (Related("taken-apart", found.pop()),) if len(found) == 1 else ()


def is_of_batch(step: Call) -> bool:
    """Whether a function goes along axis 0, and that is the batch."""
    axis = step.arguments[2] if len(step.arguments) > 2 else dict(step.keywords).get("dim", Known(0))
    kind = getattr(step.arguments[0], "type", None)
    is_first = isinstance(axis, Known) and axis.value == 0
    return is_first and isinstance(kind, TensorType) and kind.rank > 0 and is_batch(kind.shape[0])


def operands(step: Any) -> Iterator[Value]:
    """The tensors that a step takes, those in lists too."""
    given: list[Any] = list(getattr(step, "operands", getattr(step, "arguments", ())))
    for thing in given:
        if isinstance(thing, Value):
            yield thing
        elif isinstance(thing, (list, tuple)):
            given += thing


def one_sample(picks: Iterable[Any], batch: Dim, instance: Instance) -> Iterator[tuple[Span, dict[str, str]]]:
    """What takes one sample for layers, in a network that gives nothing for each sample: the batch is lost."""
    given = [getattr(thing, "type", None) for _, thing in instance.result.items]
    if any(isinstance(kind, TensorType) and batch.symbols & symbols_in(kind) for kind in given):
        return
    for pick in picks:
        index, kind = pick.items[0], pick.source.type
        if len(pick.items) == getattr(kind, "rank", 0):  # an axis each: no room for the one that was meant
            continue
        is_one = isinstance(index, Known) and type(index.value) is int and isinstance(kind, TensorType)
        if not is_one or not pick.span or kind.shape[0] != batch or not begins_with_batch(kind):
            continue
        if reaches_layer(pick, instance.body) and not any(map(is_mixed_up, every(instance.body))):
            meant = pick.span.text.replace("[", "[:, ", 1)
            yield pick.span, {"shape": str(kind), "index": str(index.value), "meant": meant}


def is_mixed_up(step: Any) -> bool:
    """Whether a step takes the batch for the steps of a sequence, which is told at it."""
    if not isinstance(step, Apply) or not isinstance(step.module, LayerModule):
        return False
    return "batch-as-steps" in mixed_up(step.module.layer, getattr(step.inputs[0], "type", None))


def symbols_in(kind: TensorType) -> set[str]:
    return {name for size in kind.shape if isinstance(size, Dim) for name in size.symbols}


def reaches_layer(step: Any, steps: Iterable[Any]) -> bool:
    """Whether a module takes what a step gives, or what functions make of it."""
    from .lint import numbers_in, taken_by

    reached = set(numbers_in(step.target))
    for other in every(steps):
        if not reached.isdisjoint(taken_by(other)):
            if isinstance(other, Apply):
                return True
            reached.update(numbers_in(getattr(other, "target", ())))
    return False


def is_batch(size: Any) -> bool:
    return isinstance(size, Dim) and str(size) in BATCH


def begins_with_batch(kind: TensorType) -> bool:
    """Whether axis 0 is the batch, and no other one is: two axes and a batch twice may compare its samples."""
    return kind.rank > 2 and is_batch(kind.shape[0]) and kind.shape[0] not in kind.shape[1:]


def along_batch(name: str, kind: TensorType) -> tuple[tuple[str, str], ...]:
    """The facts of a softmax that runs along the batch; of a sequence, most likely the last axis is meant."""
    axis = "-1" if kind.rank == 3 else "1"
    return ("name", name), ("batch", str(kind.shape[0])), ("shape", str(kind)), ("axis", axis)


def is_less(size: int, other: Any) -> bool:
    """Whether a size is less than that of a map; one that is free is most likely larger."""
    return not isinstance(other, int) or size < other
